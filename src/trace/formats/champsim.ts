import type { Core } from "../../engine/core.js";
import { PagewalkError } from "../../errors.js";
import type { Format, Reader, ReaderOptions } from "../format.js";
import { Window } from "../window.js";

/** Bytes of a record; `is_branch` and `branch_taken` are 0 or 1. */
const BYTES = 64;
const FLAGS = [8, 9];

/** ChampSim's instruction traces. Data accesses count as 8 bytes, fetches as 4. */
export const champsim: Format = {
  name: "champsim",
  example: "records of 64 bytes",
  detect(head) {
    const records = Math.min(Math.floor(head.length / BYTES), 64);
    const starts = Array.from({ length: records }, (_, i) => i * BYTES);
    return (
      records > 0 &&
      starts.every((start) => FLAGS.every((flag) => (head[start + flag] ?? 2) <= 1)) &&
      starts.every((start) => head.subarray(start, start + 8).some((byte) => byte !== 0))
    );
  },
  open: (core, bytes, options) => new ChampSimReader(core, new Window(core, bytes), options),
};

class ChampSimReader implements Reader {
  skipped = 0;
  readonly processes = [];
  private readonly core: Core;
  private readonly window: Window;
  private readonly options: ReaderOptions;

  constructor(core: Core, window: Window, options: ReaderOptions) {
    this.core = core;
    this.window = window;
    this.options = options;
  }

  close(): void {
    this.window.close();
  }

  async next(): Promise<number> {
    const { exports, enums } = this.core;
    const { window } = this;
    while (true) {
      const status = exports.decodeChampSim(window.start, window.end);
      const results = this.core.results();
      window.start = results[enums.Result.Consumed] ?? 0;
      const records = results[enums.Result.Records] ?? 0;
      if (records > 0) return records;
      if (status === enums.Status.BadRecord) this.passOver(BYTES, "its branch flags are not 0 or 1");
      else if (!window.atEnd) await window.refill();
      else return this.finish();
    }
  }

  private finish(): 0 {
    const { window } = this;
    if (window.failure) throw window.failure;
    const left = window.end - window.start;
    if (left > 0) this.passOver(left, `only ${left} of its ${BYTES} bytes are there: the trace is cut`);
    return 0;
  }

  private passOver(bytes: number, why: string): void {
    if (this.skipped < this.options.skipBad) {
      this.skipped++;
      this.window.start += bytes;
      return;
    }
    const { file } = this.options;
    const byte = this.window.position;
    throw new PagewalkError("E_TRACE", `${file}: byte ${byte}: a bad record: ${why}`, { file, byte });
  }
}
