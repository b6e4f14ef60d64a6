import { KINDS, type Kind } from "../config/model.js";
import type { Core } from "../engine/core.js";
import type { Slice } from "../engine/machine.js";
import type { Stream } from "./approach.js";
import { Lane, type LaneCounts, type LaneSpec, type Lookups, taken } from "./lanes.js";
import { type PackedWords, Packer } from "./packed.js";

/** Bytes of words that are kept at once. */
const MOST_BYTES = 512 * 2 ** 20;

/** Words of one division of kinds into classes, and what reads them. */
interface Source {
  gather: number;
  column: number;
  strips: { number: number; column: number; pageBits: number; slots: number }[];
}

/**
 * One reading of the trace for a whole sweep: words of lookups are gathered from records, stripped, looked up in lanes, and kept for what is done
 * with them later. @internal
 */
export class Pass {
  private readonly core: Core;
  private readonly sources = new Map<string, Source>();
  private readonly lanes: { lane: Lane; source: Source }[] = [];
  private readonly packers: { key: string; packer: Packer; source: Source }[] = [];
  /** Numbers of page sizes in the core's table of crossings. */
  private readonly sizes = new Map<number, number>();
  private bytes = 0;
  /** An event or a record was met that is not for passes: what was counted stands for nothing. */
  isUnfit = false;

  constructor(core: Core, lanes: readonly LaneSpec[], kept: readonly Stream[]) {
    this.core = core;
    const streams = [...lanes.map(({ stream }) => stream), ...kept];
    const sizes = [...new Set(streams.map(({ pageBits }) => pageBits))].sort((a, b) => a - b);
    const base = sizes[0] ?? 12;
    core.exports.openGathering(base);
    for (const bits of sizes) this.sizes.set(bits, core.exports.countCrossings(bits));
    // Smaller pages first, and of a size fewer slots: others read what they leave.
    const order = (a: Stream, b: Stream) => a.pageBits - b.pageBits || a.slots - b.slots;
    for (const stream of [...streams, ...streams.map((stream) => ({ ...stream, slots: 1 }))].sort(order))
      this.columnOf(stream, base);
    for (const spec of lanes) {
      const lane = new Lane(core, this.columnOf(spec.stream, base), spec);
      this.lanes.push({ lane, source: this.sourceOf(spec.stream) });
    }
    for (const stream of kept) {
      const packer = new Packer(core, this.columnOf(stream, base));
      this.packers.push({ key: keyOf(stream), packer, source: this.sourceOf(stream) });
    }
  }

  /** Takes records of a slice. False when they are not for passes. */
  take({ from, to }: Pick<Slice, "from" | "to">): boolean {
    const { exports } = this.core;
    let isCounting = true;
    for (const source of this.sources.values()) {
      for (let at = from; at < to; at = exports.gatheredTo.value) {
        if (!exports.gatherWords(source.gather, at, to, isCounting)) {
          this.isUnfit = true;
          return false;
        }
        for (const { number } of source.strips) exports.runStrip(number);
        for (const { lane, source: its } of this.lanes) if (its === source) lane.run();
        for (const { packer, source: its } of this.packers) if (its === source) this.bytes += packer.take();
        if (this.bytes > MOST_BYTES) this.dropLargest();
      }
      isCounting = false;
    }
    return true;
  }

  /** What each lane counted, in their order. */
  counts(): LaneCounts[] {
    return this.lanes.map(({ lane }) => lane.counts());
  }

  /** The kept words of a stream; undefined where they were too many. */
  words(stream: Stream): PackedWords | undefined {
    return this.packers.find(({ key }) => key === keyOf(stream))?.packer.packed;
  }

  /** Records by kind. */
  kinds(): Record<Kind, number> {
    const { exports, enums } = this.core;
    const counts = this.core.numbers(exports.recordCounts.value, KINDS.length);
    const number = { instruction: "Instruction", load: "Load", store: "Store", modify: "Modify" } as const;
    const of = (kind: Kind) => counts[enums.Kind[number[kind]]] ?? 0;
    return { instruction: of("instruction"), load: of("load"), store: of("store"), modify: of("modify") };
  }

  /** Lookups by access, with pages of a size. */
  lookups({ pageBits, count }: Pick<Stream, "pageBits" | "count">): Lookups {
    const all = this.core.numbers(this.core.exports.crossings.value, KINDS.length * this.sizes.size);
    const size = this.sizes.get(pageBits) ?? 0;
    const kinds = this.kinds();
    const of = (kind: Kind) => {
      const crossings =
        count.crossing === "split" ? (all[size * KINDS.length + KINDS.indexOf(kind)] ?? 0) : 0;
      return kinds[kind] + crossings;
    };
    const modifies = of("modify");
    return {
      instruction: of("instruction"),
      load: of("load") + (count.modify === "twice" ? modifies : 0),
      store: of("store") + modifies,
    };
  }

  /** Of all addresses: bits that differ from the highest, and bits that are set. */
  get addressBits(): { folded: bigint; set: bigint } {
    const { foldedBits, addressBits } = this.core.exports;
    return { folded: BigInt.asUintN(64, foldedBits.value), set: BigInt.asUintN(64, addressBits.value) };
  }

  private sourceOf({ classes, count }: Stream): Source {
    const key = JSON.stringify([classes, count]);
    const found = this.sources.get(key);
    if (found) return found;
    const { exports } = this.core;
    const gather = taken(exports.newGather(classes, count.modify === "once", count.crossing === "first"));
    const source = { gather, column: exports.columnOfGather(gather) >>> 0, strips: [] };
    this.sources.set(key, source);
    return source;
  }

  /** The column of a stream's words: its strip's, which is made if there is none, of what is left by one of fewer slots, or of one slot and smaller pages. */
  private columnOf({ pageBits, slots, classes, count }: Stream, base: number): number {
    const source = this.sourceOf({ pageBits, slots, classes, count });
    if (pageBits === base && slots === 1) return source.column;
    const { strips } = source;
    const found = strips.find((strip) => strip.pageBits === pageBits && strip.slots === slots);
    if (found) return found.column;
    const before =
      strips.filter((strip) => strip.pageBits === pageBits && strip.slots < slots).at(-1) ??
      strips.filter((strip) => strip.pageBits < pageBits && strip.slots === 1).at(-1);
    const from = before ?? { column: source.column, pageBits: base };
    const number = taken(this.core.exports.newStrip(from.column, classes, pageBits - from.pageBits, slots));
    const column = this.core.exports.columnOfStrip(number) >>> 0;
    strips.push({ number, column, pageBits, slots });
    return column;
  }

  private dropLargest(): void {
    const largest = this.packers.reduce((a, b) => (b.packer.bytes > a.packer.bytes ? b : a));
    this.bytes -= largest.packer.bytes;
    this.packers.splice(this.packers.indexOf(largest), 1);
  }
}

function keyOf(stream: Stream): string {
  return JSON.stringify(stream);
}
