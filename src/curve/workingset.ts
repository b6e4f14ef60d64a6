import type { Core } from "../engine/core.js";
import { powersUpTo } from "./options.js";

/** Windows where none were asked for: the powers of two up to this. */
const MOST_LOOKUPS = 2 ** 40;

/** The working sets of one window: pages that their process looked up among its last TAU lookups, together. */
export interface WorkingSetPoint {
  tau: number;
  /** Their mean size after a lookup, in pages. */
  mean: number;
  /** The most after any. */
  peak: number;
  /** Lookups of pages that were not in it: those of the policy `ws:TAU` with frames for all. */
  faults: number;
}

/** Windows of several lengths over the same lookups, in one pass. @internal */
export class WorkingSets {
  private readonly core: Core;
  private readonly windows: readonly number[];
  private readonly isAsked: boolean;
  private readonly rows: number;
  private hasEnded = false;

  /** `windows` rise; without them, the powers of two up to the first that is as long as the trace. */
  constructor(core: Core, windows: readonly number[] | undefined) {
    this.core = core;
    this.isAsked = windows !== undefined;
    this.windows = windows ?? powersUpTo(MOST_LOOKUPS);
    this.rows = core.exports.openWorkingSets(this.windows.length) >>> 0;
    const { WindowWord } = core.enums;
    const words = this.rows ? core.u64(this.rows, this.windows.length * WindowWord.Length) : undefined;
    for (const [i, tau] of this.windows.entries()) {
      if (words) words[i * WindowWord.Length + WindowWord.Tau] = BigInt(tau);
    }
  }

  /** Makes the lookups of the core's column. False when memory is used up. */
  take(): boolean {
    const { exports, enums } = this.core;
    if (!this.rows || exports.readyWorkingSets() !== enums.Status.Ok) return false;
    return exports.lookWorkingSets() === enums.Status.Ok;
  }

  /** Behind the last lookup. */
  points(): WorkingSetPoint[] {
    const { core, windows, isAsked, rows } = this;
    const { WindowWord } = core.enums;
    const lookups = Number(core.exports.lookups.value);
    if (!this.hasEnded && lookups > 0) core.exports.endWorkingSets();
    this.hasEnded = true;
    const words = core.numbers(rows, windows.length * WindowWord.Length);
    const shown = isAsked ? windows : powersUpTo(Math.max(lookups, 1));
    return shown.map((tau, i) => {
      const at = (word: number) => words[i * WindowWord.Length + word] ?? 0;
      const mean = lookups > 0 ? at(WindowWord.Area) / lookups : 0;
      return { tau, mean, peak: at(WindowWord.Peak), faults: at(WindowWord.Faults) };
    });
  }
}
