import { OP_SHIFT, type OpCodes } from "./opcodes.js";
import type { OpStream } from "./opstream.js";

/** Which entries of a stream are operations: an alignment is none, it belongs to the allocation behind it. */
export class Numbering {
  /** Entries that are alignments, ascending. */
  private alignments = new Uint32Array(0);
  private count = 0;

  /** @param alignments how many entries of the stream are none */
  constructor(ops: OpStream, alignments: number, op: OpCodes) {
    if (alignments === 0) return;
    this.alignments = new Uint32Array(alignments);
    ops.each(0, ops.length, (words, from) => {
      for (let i = 0; i < words.length; i += 2) {
        if ((words[i] as number) >>> OP_SHIFT === op.Align) this.alignments[this.count++] = from + i / 2;
      }
    });
  }

  /** Operations among the first `entries`. */
  operations(entries: number): number {
    return entries - this.before(entries);
  }

  /** Entries up to the end of so many operations. */
  entries(operations: number): number {
    if (operations === 0) return 0;
    // Of the entries up to alignment i, i + 1 are none.
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.alignments[middle] as number) - middle < operations) low = middle + 1;
      else high = middle;
    }
    return operations + low;
  }

  /** Alignments among the first `entries`. */
  private before(entries: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.alignments[middle] as number) < entries) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
