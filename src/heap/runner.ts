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
  private size = FIRST;

  constructor(core: Core, ops: OpStream, pace: Pace<Progress>) {
    this.core = core;
    this.ops = ops;
    this.pace = pace;
  }

  /**
   * Goes on to entry `to`.
   *
   * @param progress what is done when so many entries are
   * @throws PagewalkError `E_ABORTED`, `E_MEMORY`
   */
  async run(to: number, progress: (entries: number) => Progress): Promise<void> {
    while (this.at < to) {
      const words = this.ops.words(this.at, Math.min(to, this.at + this.size));
      const taken = this.call(words);
      this.at += words.length / 2;
      if (taken < CALL / 2) this.size = Math.min(2 * this.size, BUFFER);
      else if (taken > 2 * CALL) this.size = Math.max(this.size >> 1, 1);
      await this.pace.turn(() => progress(this.at));
    }
  }

  /** Performs some operations. The milliseconds that they took. */
  private call(words: Uint32Array): number {
    const { core } = this;
    const { exports, enums } = core;
    const buffer = exports.opsBuffer(BUFFER);
    if (buffer === 0) throw noMemory();
    core.u32(buffer, words.length).set(words);
    const started = performance.now();
    const status = exports.runOps(0, words.length / 2);
    const taken = performance.now() - started;
    this.seconds += taken / 1000;
    if (status === enums.Status.Ok) return taken;
    if (status === enums.Status.OutOfMemory) throw noMemory();
    throw new PagewalkError("E_INTERNAL", `heap: the core does not know operation ${this.at + 1}`);
  }
}

function noMemory(): PagewalkError {
  const full = "the heap and its table of blocks do not fit in the 4 GiB that WebAssembly can address";
  return new PagewalkError("E_MEMORY", `${full}; want a smaller limit, as in --set limit=1G`);
}
