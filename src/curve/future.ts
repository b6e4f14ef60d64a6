import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";

/** Runs that are kept at most: 8 bytes each. */
const MOST_RUNS = 2 ** 28;
const NEVER = 2 ** 32 - 1;
/** A run as it is kept: a page's id, and this bit where one of its lookups is a store. */
const STORE = 2 ** 31;

/**
 * A stream of lookups kept as a whole, for policies that know the future: read forwards, then backwards to learn when each
 * page is looked up next, then replayed. @internal
 */
export class Future {
  private readonly core: Core;
  private readonly chunks: Uint32Array[] = [];
  private length = 0;
  private readonly nexts: number;

  constructor(core: Core) {
    this.core = core;
    this.nexts = core.exports.allocate(BigInt(core.enums.Runs.Capacity * 4), 64n);
    if (!this.nexts) throw new PagewalkError("E_MEMORY", "no memory for a column of next uses");
  }

  /** Keeps the column's runs. @throws PagewalkError `E_MEMORY` */
  take(): void {
    const { runs, runCount } = this.core.exports;
    const count = runCount.value;
    const words = this.core.u32(runs.value, 2 * count);
    const chunk = this.room(count);
    let kept = 0;
    for (let at = 0; at < count; at++) {
      const id = words[2 * at] ?? 0;
      // What stands for a switch is of no page.
      if (id !== 0) chunk[kept++] = ((words[2 * at + 1] ?? 0) & 1 ? STORE : 0) + id;
    }
    this.chunks.push(kept < count ? chunk.slice(0, kept) : chunk);
    this.length += kept;
  }

  private room(count: number): Uint32Array {
    try {
      if (this.length + count <= MOST_RUNS) return new Uint32Array(count);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
    }
    const message = `opt keeps what follows in memory, 8 bytes for each change from one page to another, ${MOST_RUNS} at most; want --limit`;
    throw new PagewalkError("E_MEMORY", message);
  }

  /** Makes the lookups again: fills the column, and calls `look` with the address of the next uses of its runs; `turn` is called now and then. */
  async replay(look: (nexts: number) => void, turn: () => Promise<void>): Promise<void> {
    const { core, chunks } = this;
    const last = new Uint32Array(core.exports.pageCount.value + 1).fill(NEVER);
    const nexts: Uint32Array[] = [];
    let end = this.length;
    for (let number = chunks.length - 1; number >= 0; number--) {
      const chunk = chunks[number] ?? new Uint32Array();
      end -= chunk.length;
      nexts[number] = nextUses(chunk, end, last);
      await turn();
    }
    for (const [number, chunk] of chunks.entries()) {
      this.fill(chunk, nexts[number] ?? new Uint32Array());
      look(this.nexts);
      await turn();
    }
  }

  private fill(chunk: Uint32Array, nexts: Uint32Array): void {
    const { core } = this;
    const words = core.u32(core.exports.runs.value, 2 * chunk.length);
    for (let at = 0; at < chunk.length; at++) {
      const word = chunk[at] ?? 0;
      words[2 * at] = word & (STORE - 1);
      words[2 * at + 1] = word >>> 31;
    }
    core.u32(this.nexts, nexts.length).set(nexts);
    core.exports.setRuns(chunk.length);
  }
}

/** When the page of each run, of which the first is run `first`, has its next; `last` has that of the runs behind, by page. */
function nextUses(chunk: Uint32Array, first: number, last: Uint32Array): Uint32Array {
  const nexts = new Uint32Array(chunk.length);
  for (let at = chunk.length - 1; at >= 0; at--) {
    const id = (chunk[at] ?? 0) & (STORE - 1);
    nexts[at] = last[id] ?? NEVER;
    last[id] = first + at;
  }
  return nexts;
}
