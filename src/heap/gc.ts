import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { checkOptions, type Wanted, YES_OR_NO } from "../options.js";
import type { Pace } from "../pace.js";
import type { Progress } from "../trace/read.js";
import { type Amount, type Collection, collect, finishSweep } from "./collect.js";
import type { Contents } from "./contents.js";
import type { NamedPolicy, Plan } from "./measure.js";
import { Memory } from "./memory.js";
import { Runner } from "./runner.js";
import { openHeap } from "./setup.js";

/** A collection is due after so many bytes at least. */
const LEAST = 65536;

/** How a trace's blocks are collected. */
export interface GcOptions {
  /** Whether a pointer to any byte of a block keeps it; without it, true. */
  interior?: boolean;
  /** Whether only words that the trace says are pointers are followed; without it, false. */
  precise?: boolean;
  /** Whether blocks are freed as requests find no room, rather than at once; without it, false. */
  lazy?: boolean;
  /** A collection is due when what was asked for since the last is more than what that left, times this - 1; without it, 2. */
  growth?: number;
}

const OPTIONS: Readonly<Record<keyof GcOptions, Wanted>> = {
  interior: YES_OR_NO,
  precise: YES_OR_NO,
  lazy: YES_OR_NO,
  growth: {
    want: "a number from 1 to 1000",
    is: (value) => typeof value === "number" && value >= 1 && value <= 1000,
  },
};

/** One collection of a replay. */
export interface GcPause {
  /** Operations before it. */
  operation: number;
  wordsMarked: number;
  /** Blocks that were looked at while the program waited; of a lazy one, none. */
  blocksSwept: number;
  live: Amount;
  collected: Amount;
  falselyRetained: Amount | null;
}

/** What a policy made of a trace whose frees were dropped. Sizes are bytes. */
export interface GcResult extends Required<GcOptions> {
  /** Where pointers are known from: what the trace tells of memory, or (`frees`) that blocks are needed until the trace frees them. */
  basis: "contents" | "frees";
  heapBytes: number;
  /** The most that the trace needs at once, by these. */
  utilization: number;
  /** Requests that had no room, even after a collection. */
  failed: number;
  wordsMarked: number;
  /** Those of pauses and, of lazy collections, the others. */
  blocksSwept: number;
  /** The most blocks that a lazy collection left to one request. */
  sweptAtOnce: number;
  /** Blocks that searches for free ones looked at. */
  visited: number;
  collections: number;
  collected: Amount;
  /** The most that any collection kept only for words that are no pointers; null where that is not known. */
  falselyRetained: Amount | null;
  pauses: GcPause[];
  /** What a collection after the last operation finds; it is not among the others. */
  atEnd: Pick<GcPause, "live" | "collected" | "falselyRetained">;
  /** Frees, reallocs and stores of blocks that were collected, for the trace told of no pointer to them. */
  lostUses: number;
  /** Stores and roots that name no block, or bytes beyond its end. */
  unplaced: number;
  timing: { seconds: number; opsPerSecond: number };
}

/** What is collected. @internal */
export interface GcPlan {
  options: Required<GcOptions>;
  /** Absent where the trace tells nothing of memory. */
  contents: Contents | undefined;
}

/**
 * @param contents what the trace tells
 * @throws PagewalkError `E_OPTION`
 * @internal
 */
export function gcPlan(options: GcOptions, contents: Contents, file: string): GcPlan {
  checkOptions("gc", options, OPTIONS);
  const { interior = true, precise = false, lazy = false, growth = 2 } = options;
  const { isTold } = contents;
  if (precise && !isTold) {
    const want = "want a scenario with roots and stores such as S p+8,8 =&q";
    throw new PagewalkError("E_OPTION", `precise: ${file} says of no word whether it is a pointer; ${want}`);
  }
  return { options: { interior, precise, lazy, growth }, contents: isTold ? contents : undefined };
}

/** Replays a trace without its frees. @param peak the most bytes that it needs at once @internal */
export async function replayCollected(
  core: Core,
  { policy }: NamedPolicy,
  plan: Plan,
  { options, contents }: GcPlan,
  peak: number,
  pace: Pace<Progress>,
  progress: (entries: number) => Progress,
): Promise<GcResult> {
  const { ops, numbering } = plan;
  openHeap(core, policy);
  const memory = new Memory(core, contents, { frees: false });
  const collector = new Collector(core, memory, options);
  const runner = new Runner(core, ops, pace, (count) => core.exports.runCollected(0, count));
  for (let done = false; !done; ) {
    const stop = memory.nextStop(ops.length);
    while (!(await runner.run(stop, progress))) collector.collect(numbering.operations(runner.at));
    memory.act(stop);
    done = stop === ops.length;
  }
  collector.sweep();
  const { HeapStat } = core.enums;
  const stats = core.numbers(core.exports.heapStats.value, HeapStat.Length);
  const count = (slot: number) => stats[slot] ?? 0;
  const heapBytes = count(HeapStat.HeapBytes) + count(HeapStat.PeakMmapBytes);
  const seconds = runner.seconds + collector.seconds;
  const last = collector.find({});
  return {
    basis: contents ? "contents" : "frees",
    ...options,
    heapBytes,
    utilization: heapBytes === 0 ? 0 : peak / heapBytes,
    failed: count(HeapStat.Failed),
    visited: count(HeapStat.Visited),
    ...collector.totals(),
    atEnd: { live: last.live, collected: last.collected, falselyRetained: last.falselyRetained },
    lostUses: core.exports.lostUses.value + memory.lost,
    unplaced: memory.unplaced,
    timing: { seconds, opsPerSecond: seconds > 0 ? numbering.operations(ops.length) / seconds : 0 },
  };
}

/** Collects when it is told to, and adds up. */
class Collector {
  seconds = 0;
  private readonly core: Core;
  private readonly memory: Memory;
  private readonly options: Required<GcOptions>;
  private readonly pauses: GcPause[] = [];
  private later = 0;
  private atOnce = 0;

  constructor(core: Core, memory: Memory, options: Required<GcOptions>) {
    this.core = core;
    this.memory = memory;
    this.options = options;
    core.exports.collectAfter(LEAST);
  }

  collect(operation: number): void {
    const started = performance.now();
    this.sweep();
    const { live, collected, falselyRetained, wordsMarked, blocksSwept } = this.find({
      lazy: this.options.lazy,
    });
    this.pauses.push({ operation, wordsMarked, blocksSwept, live, collected, falselyRetained });
    this.core.exports.collectAfter(Math.max(LEAST, live.bytes * (this.options.growth - 1)));
    this.seconds += (performance.now() - started) / 1000;
  }

  /** Finishes what the last one left. */
  sweep(): void {
    const { blocksSwept, mostAtOnce } = finishSweep(this.core);
    this.later += blocksSwept;
    this.atOnce = Math.max(this.atOnce, mostAtOnce);
  }

  find({ lazy = false }): Collection {
    const { memory, options } = this;
    const { interior, precise } = options;
    return collect(this.core, {
      ...memory.roots(),
      ...{ interior, precise, lazy },
      falsePointers: memory.isTold && !precise,
    });
  }

  totals() {
    const { pauses, later, atOnce } = this;
    const sum = (of: (pause: GcPause) => number) => pauses.reduce((total, pause) => total + of(pause), 0);
    const falsely = pauses.flatMap(({ falselyRetained }) => (falselyRetained ? [falselyRetained] : []));
    const isKnown = this.memory.isTold && !this.options.precise;
    return {
      collections: pauses.length,
      wordsMarked: sum(({ wordsMarked }) => wordsMarked),
      blocksSwept: sum(({ blocksSwept }) => blocksSwept) + later,
      sweptAtOnce: atOnce,
      collected: {
        blocks: sum(({ collected }) => collected.blocks),
        bytes: sum(({ collected }) => collected.bytes),
      },
      falselyRetained: isKnown
        ? {
            blocks: Math.max(0, ...falsely.map(({ blocks }) => blocks)),
            bytes: Math.max(0, ...falsely.map(({ bytes }) => bytes)),
          }
        : null,
      pauses,
    };
  }
}
