import type { Config } from "../config/model.js";
import type { Count, MachineStats } from "../engine/stats.js";
import type { Series, SeriesPoint } from "./series.js";

/** Whether a machine of few frames thrashed: more time went into bringing pages back than into everything else. */
export interface Thrashing {
  /** With windows: some window did, and its working set was larger than the frames. Without: the run as a whole did. */
  thrashed: boolean;
  /** Cycles of all accesses without faults, and of all refaults. */
  execution: Count;
  paging: Count;
  /** Windows, and those that thrashed. */
  windows?: { all: number; thrashing: number };
  /** Frames with which no window can thrash; null where none does. Only with windows. */
  enough?: number | null;
}

type Counted = Pick<MachineStats, "accesses" | "cycles" | "paging">;

/** Cycles of the accesses, without faults. Where there are no caches to time them, each is one of memory. */
export function executionOf({ accesses, cycles }: Counted, { caches, latency }: Config): bigint {
  const data = caches.length > 0 ? 0n : BigInt(accesses) * BigInt(latency.memory);
  return BigInt(cycles.translation) + BigInt(cycles.data) + data;
}

/** Cycles of the faults of pages that had been in a frame. */
export function pagingOf({ paging }: Counted, { latency }: Config): bigint {
  const { minor, major } = paging.refaults;
  return BigInt(minor) * BigInt(latency.minorFault) + BigInt(major) * BigInt(latency.majorFault);
}

/** The verdict; `isLimited`: frames are limited now. Undefined where they never were. */
export function thrashingOf(
  stats: Counted,
  config: Config,
  isLimited: boolean,
  series: Series | undefined,
): Thrashing | undefined {
  const points = series?.points ?? [];
  if (!isLimited && points.every(({ frames }) => frames === null)) return undefined;
  const execution = executionOf(stats, config);
  const paging = pagingOf(stats, config);
  const cycles = { execution: count(execution), paging: count(paging) };
  if (!series) return { thrashed: paging > execution, ...cycles };
  const thrashing = points.filter(thrashes).length;
  return {
    thrashed: thrashing > 0,
    ...cycles,
    windows: { all: points.length, thrashing },
    enough: thrashing > 0 ? enough(points, config.memory.policy) : null,
  };
}

/** A window thrashes where its working set does not fit, and it spends more time on refaults than on all else. */
export function thrashes({ workingSet, frames, cycles }: SeriesPoint): boolean {
  return frames !== null && workingSet > frames && BigInt(cycles.paging) > BigInt(cycles.execution);
}

/**
 * Frames that hold every working set. Under lru, with which a fault of more frames is one of fewer, too, a window without refaults
 * never has any, and need not fit.
 */
function enough(points: readonly SeriesPoint[], policy: string): number {
  const some = points.filter(({ refaults }) => policy !== "lru" || refaults.minor + refaults.major > 0);
  return some.reduce((most, { workingSet }) => Math.max(most, workingSet), 0);
}

function count(value: bigint): Count {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}
