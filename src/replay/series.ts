import type { Machine, Slice } from "../engine/machine.js";
import type { Count, MachineStats } from "../engine/stats.js";
import {
  accessesFrom,
  beginWindow,
  frameLimitOf,
  type PageStates,
  pageStatesOf,
  workingSetOf,
} from "../engine/windows.js";
import { PagewalkError } from "../errors.js";
import { executionOf, pagingOf } from "./thrashing.js";

/** What a window of the trace did: the same counts as the whole run's, of this window alone. */
export interface SeriesPoint {
  /** The window's records; the last window may have fewer than the others. */
  records: number;
  accesses: number;
  faults: { minor: number; major: number; cow: number };
  pageIns: number;
  pageOuts: number;
  evictions: number;
  refaults: { minor: number; major: number };
  /** Page faults (minor and major) of 1000 accesses; 0 of none. */
  faultFrequency: number;
  /** Different pages that the window looked up. */
  workingSet: number;
  /** Frames in use, and those that there are (null: no limit), at the window's end. */
  resident: number;
  frames: number | null;
  /** What the pages of all address spaces are at its end. */
  pages: PageStates;
  /** Cycles of its accesses without faults, and of its refaults. */
  cycles: { execution: Count; paging: Count };
}

/** What the machine did over time. */
export interface Series {
  /** Records of a window. */
  window: number;
  points: SeriesPoint[];
}

/** Windows that are kept at most. */
const MOST = 2 ** 20;

/** @throws PagewalkError `E_OPTION` unless it is a number of records */
export function checkWindow(window: number): void {
  if (Number.isSafeInteger(window) && window >= 1) return;
  throw new PagewalkError("E_OPTION", `window: ${String(window)}; want a whole number of records, 1 or more`);
}

/** Replays a trace window by window. A window ends before the first access of the next: events behind its last access are its own. @internal */
export class Windows {
  private readonly points: SeriesPoint[] = [];
  private before: MachineStats;
  /** Accesses that the open window may still take. */
  private left: number;

  constructor(
    private readonly machine: Machine,
    private readonly window: number,
  ) {
    checkWindow(window);
    this.left = window;
    this.before = machine.stats();
    beginWindow(machine.core, machine.config);
  }

  /** As `Machine.replay`. @throws PagewalkError `E_OPTION` where there are too many windows */
  replay(slice: Slice): boolean {
    const { machine } = this;
    let { rows } = slice;
    for (let from = slice.from; from < slice.to; ) {
      const { end, accesses } = accessesFrom(machine.core, slice, from, this.left);
      // Names of rows are bound once, for the whole batch.
      if (end > from && !machine.replay({ ...slice, from, to: end, rows })) return false;
      if (end > from) rows = 0;
      this.left -= accesses;
      from = end;
      if (end < slice.to) this.next();
    }
    return true;
  }

  /** The windows until now, the open one among them if it did anything. */
  end(): Series {
    const last = this.point();
    this.machine.core.exports.closeWindow();
    const points = last.records > 0 || this.points.length === 0 ? [...this.points, last] : this.points;
    return { window: this.window, points };
  }

  private next(): void {
    if (this.points.length === MOST) {
      throw new PagewalkError(
        "E_OPTION",
        `window: more than ${MOST} windows of ${this.window} records; want a larger window`,
      );
    }
    this.points.push(this.point());
    beginWindow(this.machine.core, this.machine.config);
    this.left = this.window;
  }

  /** What was done since the window before. */
  private point(): SeriesPoint {
    const { before, machine } = this;
    const { core, config } = machine;
    const now = machine.stats();
    this.before = now;
    const more = (count: (stats: MachineStats) => number) => count(now) - count(before);
    const cycles = (count: (stats: MachineStats) => bigint) => {
      const sum = count(now) - count(before);
      return sum <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : sum.toString();
    };
    const accesses = more((stats) => stats.accesses);
    const faults = {
      minor: more((stats) => stats.faults.minor),
      major: more((stats) => stats.faults.major),
      cow: more((stats) => stats.faults.cow),
    };
    return {
      records: more(({ kinds }) => kinds.instruction + kinds.load + kinds.store + kinds.modify),
      accesses,
      faults,
      pageIns: faults.major,
      pageOuts: more(({ paging }) => paging.pageOuts),
      evictions: more(({ paging }) => paging.evictions),
      refaults: {
        minor: more(({ paging }) => paging.refaults.minor),
        major: more(({ paging }) => paging.refaults.major),
      },
      faultFrequency: accesses > 0 ? (1000 * (faults.minor + faults.major)) / accesses : 0,
      workingSet: workingSetOf(core),
      resident: now.paging.resident,
      frames: frameLimitOf(core),
      pages: pageStatesOf(core, now.paging.resident),
      cycles: {
        execution: cycles((stats) => executionOf(stats, config)),
        paging: cycles((stats) => pagingOf(stats, config)),
      },
    };
  }
}
