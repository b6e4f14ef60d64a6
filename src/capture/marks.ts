import { kindNumber } from "../engine/codes.js";
import type { HeapEvents } from "./heap.js";
import type { Ring } from "./ring.js";
import type { Tape } from "./tape.js";

/** What native/recorder.c says by the word that it stores to on its page. */
const MARK = { event: 0, pause: 8, resume: 16 };

/**
 * Turns a recorder's marks among the accesses of one process into events, and leaves out what the recorder itself did.
 * An access belongs to the fetch before it, also where threads take turns.
 */
export class Marks {
  private readonly tape: Tape;
  private readonly heap: HeapEvents;
  /** The last fetch was of the recorder's code; the recorder is busy elsewhere. */
  private inside = false;
  private paused = false;

  constructor(tape: Tape, heap: HeapEvents) {
    this.tape = tape;
    this.heap = heap;
  }

  /** Goes over the first `records` of the columns, all of them accesses. What is left of them is in `columns`. */
  apply(records: number, ring: Ring): void {
    const { core, columns } = this.tape;
    const { KindShift, KindMask } = core.enums.Batch;
    const instruction = kindNumber(core, "instruction");
    const addresses = core.u32(core.exports.addresses.value, 2 * records);
    const infos = core.u32(core.exports.infos.value, records);
    columns.begin();
    for (let at = 0; at < records; at++) {
      const address = (addresses[2 * at] ?? 0) + (addresses[2 * at + 1] ?? 0) * 2 ** 32;
      const isFetch = (((infos[at] ?? 0) >> KindShift) & KindMask) === instruction;
      if (isFetch) this.inside = address >= ring.textStart && address < ring.textEnd;
      if (!this.inside && !this.paused) columns.keep(at);
      else if (!isFetch && this.inside) this.read(address - ring.page, ring);
    }
  }

  private read(mark: number, ring: Ring): void {
    if (mark === MARK.event) this.heap.take(ring);
    else if (mark === MARK.pause) this.paused = true;
    else if (mark === MARK.resume) this.paused = false;
  }
}
