import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import type { Pace } from "../pace.js";
import type { Progress } from "../trace/read.js";
import type { OpStream } from "./opstream.js";

/** Entries that a core is given at once, at most. */
const BUFFER = 1 << 16;
/** Entries of the first call, and milliseconds that a call should take: then there is a turn for signals. */
const FIRST = 1 << 10;
const CALL = 20;

/** Performs a stream's operations on a core's heap, call by call. @internal */
export class Runner {
  /** Seconds in the core's calls so far. */
  seconds = 0;
  /** Entries done. */
  at = 0;
  private readonly core: Core;
  private readonly ops: OpStream;
  private readonly pace: Pace<Progress>;
  private readonly perform: (count: number) => number;
  private size = FIRST;

  /** @param perform performs so many operations of the core's buffer, and gives a status; without it, as fast as they go */
  constructor(core: Core, ops: OpStream, pace: Pace<Progress>, perform?: (count: number) => number) {
    this.core = core;
    this.ops = ops;
    this.pace = pace;
    this.perform = perform ?? ((count) => core.exports.runOps(0, count));
  }

  /**
   * Goes on to entry `to`, or to the one behind which `perform` stopped.
   *
   * @param progress what is done when so many entries are
   * @returns whether it came to `to`
   * @throws PagewalkError `E_ABORTED`, `E_MEMORY`
   */
  async run(to: number, progress: (entries: number) => Progress): Promise<boolean> {
    while (this.at < to) {
      const words = this.ops.words(this.at, Math.min(to, this.at + this.size));
      const started = performance.now();
      const done = this.give(words);
      const taken = performance.now() - started;
      this.at += done;
      if (done < words.length / 2) return false;
      if (taken < CALL / 2) this.size = Math.min(2 * this.size, BUFFER);
      else if (taken > 2 * CALL) this.size = Math.max(this.size >> 1, 1);
      await this.pace.turn(() => progress(this.at));
    }
    return true;
  }

  /** Performs some operations, and says how many were done. */
  private give(words: Uint32Array): number {
    const { core } = this;
    const { exports, enums } = core;
    const buffer = exports.opsBuffer(BUFFER);
    if (buffer === 0) throw noMemory();
    core.u32(buffer, words.length).set(words);
    const started = performance.now();
    const status = this.perform(words.length / 2);
    this.seconds += (performance.now() - started) / 1000;
    if (status === enums.Status.Ok) return words.length / 2;
    const done = core.results()[enums.Result.Consumed] ?? 0;
    if (status === enums.Status.Stopped) return done;
    if (status === enums.Status.OutOfMemory) throw noMemory();
    throw new PagewalkError("E_INTERNAL", `heap: the core does not know operation ${this.at + done + 1}`);
  }
}

function noMemory(): PagewalkError {
  const full = "the heap and its table of blocks do not fit in the 4 GiB that WebAssembly can address";
  return new PagewalkError("E_MEMORY", `${full}; want a smaller limit, as in --set limit=1G`);
}
