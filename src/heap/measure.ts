import type { Core } from "../engine/core.js";
import type { Pace } from "../pace.js";
import type { Progress } from "../trace/read.js";
import { type GcPlan, type GcResult, replayCollected } from "./gc.js";
import { type HeapMap, readMap } from "./map.js";
import type { Numbering } from "./numbering.js";
import { SLOT_MASK } from "./opcodes.js";
import type { OpStream } from "./opstream.js";
import type { HeapPolicy } from "./policy.js";
import { Runner } from "./runner.js";
import { openHeap } from "./setup.js";
import { type Validation, validate } from "./validate.js";

/** A pass of so many seconds is taken for its rate as it is; the first touches fresh memory, in code that is not yet optimised. */
const LONG = 2;
/** Other rates come from so many passes, at least so many seconds of them; from fewer only where these take ENOUGH. */
const PASSES = { least: 5, most: 2000 };
const MEASURED = 0.1;
const ENOUGH = 1;

/** A heap behind an operation. Sizes are bytes. */
export interface HeapSample {
  /** Operations done. */
  operation: number;
  /** What was asked for and is live. */
  payload: number;
  /** What the heap has grown to, and what is mapped by itself at the time. */
  heapBytes: number;
  /** Internal fragmentation: bytes of allocated blocks that nobody asked for, headers and footers among them. */
  internal: number;
  freeBytes: number;
  largestFree: number;
  /** External fragmentation: 1 - largest free block / free bytes; 0 where nothing is free. */
  external: number;
}

/** Over the samples: their mean, their most, and what it was where the trace's payload was at its peak. */
export interface Fragmentation {
  mean: number;
  peak: number;
  atPeak: number;
}

/** What one policy made of a trace. Sizes are bytes. */
export interface PolicyResult {
  name: string;
  config: HeapPolicy;
  ops: number;
  peakPayload: number;
  /** What the heap grew to, and the most that was mapped by itself. */
  heapBytes: number;
  /** The first by the second; 0 of an empty heap. */
  utilization: number;
  /** Means over the samples. */
  internalFragmentation: number;
  externalFragmentation: number;
  /** Requests that had no room. */
  failed: number;
  internal: Fragmentation;
  external: Fragmentation;
  /** The most of both at any one time, and the most that was mapped. */
  peakBytes: number;
  mappedBytes: number;
  /** Blocks that were live at once, at most. */
  peakBlocks: number;
  work: {
    /** Times that the heap grew. */
    grown: number;
    splits: number;
    merges: number;
    /** Blocks that searches looked at. */
    visited: number;
    /** Reallocations that stayed where they were, and bytes that the others copied. */
    inPlace: number;
    copied: number;
  };
  series: HeapSample[];
  map?: HeapMap;
  /** Where it was asked for: the same with a collector. */
  gc?: GcResult;
  /** Where it was asked for; what does not hold is an error. */
  validated?: Validation;
  timing: { opsPerSecond: number; seconds: number; passes: number };
}

/** A policy, and what results call it. @internal */
export interface NamedPolicy {
  name: string;
  policy: HeapPolicy;
}

/** What is replayed, and where it is looked at. Places are entries of the stream. @internal */
export interface Plan {
  ops: OpStream;
  slots: number;
  numbering: Numbering;
  /** Ascending; the last is the end. */
  samples: readonly number[];
  peak: number;
  map: number | undefined;
  /** Replays once more, and checks. */
  validate: boolean;
  /** Replays once more, without frees. */
  gc?: GcPlan | undefined;
}

/** Replays a trace through a heap of its own, once for the samples, and as often again as its rate needs. @internal */
export async function measure(
  core: Core,
  named: NamedPolicy,
  plan: Plan,
  pace: Pace<Progress>,
  progress: (entries: number) => Progress,
): Promise<PolicyResult> {
  const { name, policy } = named;
  const { ops, slots, samples, peak, map, numbering } = plan;
  // Where that fails, so does the operation that needs it.
  core.exports.reserveSlots(slots);
  openHeap(core, policy);
  const runner = new Runner(core, ops, pace);
  const stops = [...new Set([...samples, peak, ...(map === undefined ? [] : [map])])].sort((a, b) => a - b);
  const series: HeapSample[] = [];
  let atPeak = sampleOf(core, 0);
  let drawn: HeapMap | undefined;
  let next = 0;
  for (const stop of stops) {
    await runner.run(stop, progress);
    const sample = sampleOf(core, numbering.operations(stop));
    if (stop === samples[next]) {
      series.push(sample);
      next++;
    }
    if (stop === peak) atPeak = sample;
    if (stop === map) drawn = mapOf(core, plan, stop);
  }
  const result = countsOf(core);
  const timing = await timed(core, policy, plan, pace, runner.seconds, progress);
  const validated = plan.validate ? await validate(core, named, plan, pace, progress) : undefined;
  const gc = plan.gc
    ? await replayCollected(core, named, plan, plan.gc, result.peakPayload, pace, progress)
    : undefined;
  const internal = fragmentation(series, atPeak, ({ internal }) => internal);
  const external = fragmentation(series, atPeak, ({ external }) => external);
  return {
    name,
    config: policy,
    ops: numbering.operations(ops.length),
    ...result,
    internalFragmentation: internal.mean,
    externalFragmentation: external.mean,
    internal,
    external,
    series,
    ...(drawn ? { map: drawn } : {}),
    ...(gc ? { gc } : {}),
    ...(validated ? { validated } : {}),
    timing: {
      ...timing,
      opsPerSecond: timing.seconds > 0 ? numbering.operations(ops.length) / timing.seconds : 0,
    },
  };
}

/** The seconds that a pass takes: the quickest of some, which other programs disturbed least, or that of the samples where it was long. */
async function timed(
  core: Core,
  policy: HeapPolicy,
  { ops }: Plan,
  pace: Pace<Progress>,
  first: number,
  progress: (entries: number) => Progress,
): Promise<{ seconds: number; passes: number }> {
  if (first >= LONG) return { seconds: first, passes: 1 };
  const all: number[] = [];
  let sum = 0;
  const isEnough = () => sum >= ENOUGH || (sum >= MEASURED && all.length >= PASSES.least);
  while (!isEnough() && all.length < PASSES.most) {
    openHeap(core, policy);
    const runner = new Runner(core, ops, pace);
    await runner.run(ops.length, () => progress(ops.length));
    all.push(runner.seconds);
    sum += runner.seconds;
  }
  return { seconds: Math.min(...all), passes: all.length };
}

function sampleOf(core: Core, operation: number): HeapSample {
  core.exports.sampleHeap();
  const stats = statsOf(core);
  const { HeapStat } = core.enums;
  const at = (slot: number) => stats[slot] ?? 0;
  const freeBytes = at(HeapStat.FreeBytes);
  const largestFree = at(HeapStat.LargestFree);
  return {
    operation,
    payload: at(HeapStat.Live),
    heapBytes: at(HeapStat.HeapBytes) + at(HeapStat.MmapBytes),
    internal: at(HeapStat.BlockBytes) - at(HeapStat.Live),
    freeBytes,
    largestFree,
    external: freeBytes === 0 ? 0 : 1 - largestFree / freeBytes,
  };
}

function countsOf(core: Core) {
  const stats = statsOf(core);
  const { HeapStat } = core.enums;
  const at = (slot: number) => stats[slot] ?? 0;
  const peakPayload = at(HeapStat.PeakPayload);
  const mappedBytes = at(HeapStat.PeakMmapBytes);
  const heapBytes = at(HeapStat.HeapBytes) + mappedBytes;
  return {
    peakPayload,
    heapBytes,
    utilization: heapBytes === 0 ? 0 : peakPayload / heapBytes,
    failed: at(HeapStat.Failed),
    peakBytes: at(HeapStat.PeakBytes),
    mappedBytes,
    peakBlocks: at(HeapStat.PeakLiveBlocks),
    work: {
      grown: at(HeapStat.Sbrks),
      splits: at(HeapStat.Splits),
      merges: at(HeapStat.Merges),
      visited: at(HeapStat.Visited),
      inPlace: at(HeapStat.InPlace),
      copied: at(HeapStat.Copied),
    },
  };
}

function statsOf(core: Core): number[] {
  return core.numbers(core.exports.heapStats.value, core.enums.HeapStat.Length);
}

function fragmentation(
  series: readonly HeapSample[],
  atPeak: HeapSample,
  of: (sample: HeapSample) => number,
): Fragmentation {
  const values = series.map(of);
  const sum = values.reduce((a, b) => a + b, 0);
  return {
    mean: values.length === 0 ? 0 : sum / values.length,
    peak: values.reduce((a, b) => Math.max(a, b), of(atPeak)),
    atPeak: of(atPeak),
  };
}

/** The heap as it is, and what allocated its blocks. */
function mapOf(core: Core, { ops, slots, numbering }: Plan, entries: number): HeapMap {
  const map = readMap(core, slots);
  const makers = makersOf(ops, slots, entries);
  const all = map.blocks.flatMap(({ slot }) => (slot === undefined ? [] : [makers[slot] ?? 0]));
  const lines = new Map(Array.from(Uint32Array.from(all).sort(), (maker) => [maker, ops.lineOf(maker - 1)]));
  const placed = (entry: number) => {
    const line = lines.get(entry + 1) ?? ops.lineOf(entry);
    return { operation: numbering.operations(entry + 1), ...(line > 0 ? { line } : {}) };
  };
  const blocks = map.blocks.map((block) => {
    const maker = block.slot === undefined ? 0 : (makers[block.slot] ?? 0);
    return maker === 0 ? block : { ...block, ...placed(maker - 1) };
  });
  return { ...(entries > 0 ? placed(entries - 1) : { operation: 0 }), ...map, blocks };
}

/** By slot, the entry that its block is of, + 1. */
function makersOf(ops: OpStream, slots: number, entries: number): Uint32Array {
  const makers = new Uint32Array(slots);
  ops.each(0, entries, (words, from) => {
    for (let i = 0; i < words.length; i += 2) {
      // What a free leaves is of no block, and NULL's slot, which alignments have, is beyond them all.
      const slot = (words[i] as number) & SLOT_MASK;
      if (slot < slots) makers[slot] = from + i / 2 + 1;
    }
  });
  return makers;
}
