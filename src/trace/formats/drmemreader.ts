import type { Core } from "../../engine/core.js";
import { PagewalkError } from "../../errors.js";
import type { Reader, ReaderOptions } from "../format.js";
import type { Window } from "../window.js";
import { BadRecords } from "./bad.js";
import { countsByName } from "./drmemnames.js";

const BYTES = 12;
/** Threads that one file may name. */
const MAX_THREADS = 1 << 16;
/** Later than any timestamp. */
const NEVER = (1n << 64n) - 1n;
const MAX_LIMIT = 2 ** 32 - 1;

/** One of the files that are read side by side. */
export class ThreadFile {
  /** Its place among them, which is also its number in the core. */
  readonly place: number;
  readonly name: string;
  readonly window: Window;
  /** The timestamp that it has come to. */
  time = 0n;
  ended = false;
  /** The process of each thread that it has named. */
  readonly processes = new Map<bigint, bigint>();

  constructor(place: number, name: string, window: Window) {
    this.place = place;
    this.name = name;
    this.window = window;
  }
}

/** Reads DynamoRIO's files, of several always on in the one whose next timestamp is the lowest. */
export class DrmemReader implements Reader {
  readonly processes = [];
  events = 0;
  private readonly core: Core;
  private readonly files: readonly ThreadFile[];
  /** Those that are not at their end, the next first. */
  private readonly queue: ThreadFile[];
  private readonly bad: BadRecords;
  private readonly file: string;
  /** Accesses that are still wanted. */
  private left: number;
  private any = false;

  constructor(core: Core, files: readonly ThreadFile[], options: ReaderOptions) {
    const { file, limit, asid } = options;
    this.core = core;
    this.files = files;
    this.queue = [...files];
    this.bad = new BadRecords(options);
    this.file = file;
    this.left = limit;
    const { Capacity } = core.enums.DrmemFiles;
    if (files.length > Capacity) {
      const found = `${file}: ${files.length} files of threads`;
      throw new PagewalkError("E_TRACE", `${found}; want ${Capacity} at most`, { file });
    }
    if (core.exports.openDrmemtrace(files.length, asid === "thread")) return;
    throw new PagewalkError("E_MEMORY", `${file}: no memory for its threads`, { file });
  }

  get skipped(): number {
    return this.bad.skipped;
  }

  get other(): Readonly<Record<string, number>> {
    return countsByName(this.core);
  }

  close(): void {
    for (const { window } of this.files) window.close();
  }

  async next(): Promise<number> {
    const records = await this.batch();
    this.left -= records - this.events;
    this.any ||= records > 0;
    if (this.any) return records;
    throw new PagewalkError("E_TRACE", `${this.file}: holds no accesses`, { file: this.file });
  }

  private async batch(): Promise<number> {
    const { exports, enums } = this.core;
    const { DrmemStop, Status } = enums;
    let records = 0;
    this.events = 0;
    exports.beginBatch();
    for (let file = this.queue[0]; file; file = this.queue[0]) {
      const status = this.decode(file);
      const results = this.core.results();
      file.window.start = results[enums.Result.Consumed] ?? 0;
      this.events = results[enums.Result.Events] ?? 0;
      records = results[enums.Result.Records] ?? 0;
      const stop = exports.drmemStop.value;
      if (status === Status.BadRecord) {
        if (records > 0) return records;
        this.passOver(file);
      } else if (stop === DrmemStop.Space) {
        if (file.window.end - file.window.start >= BYTES) return records;
        if (records > 0 && (file.window.atEnd || this.files.length === 1)) return records;
        if (file.window.atEnd) this.finish(file);
        else await file.window.refill();
      } else this.heed(file, stop);
    }
    return records;
  }

  /** On from where the file stands, up to where another's turn comes. */
  private decode({ place, window }: ThreadFile): number {
    window.show();
    const limit = Math.min(this.left, MAX_LIMIT);
    return this.core.exports.decodeDrmemtrace(place, window.start, window.end, limit, this.until());
  }

  /** The last timestamp that the first of the queue may pass: at the same one, the place decides. */
  private until(): bigint {
    const [first, second] = this.queue;
    if (!first || !second) return NEVER;
    return first.place < second.place ? second.time : second.time - 1n;
  }

  /** Does what the core stopped for. */
  private heed(file: ThreadFile, stop: number): void {
    const { exports, enums } = this.core;
    const { Thread, Process, Time } = enums.DrmemStop;
    const thread = BigInt.asUintN(64, exports.drmemThread.value);
    if (stop === Thread) exports.setDrmemProcess(file.place, file.processes.get(thread) ?? 0n);
    else if (stop === Process) this.remember(file, thread, BigInt.asUintN(64, exports.drmemProcess.value));
    else if (stop === Time) this.requeue(file);
    else file.ended = true;
  }

  private remember({ name, window, processes }: ThreadFile, thread: bigint, process: bigint): void {
    processes.set(thread, process);
    if (processes.size <= MAX_THREADS) return;
    const byte = window.position - BYTES;
    throw new PagewalkError("E_TRACE", `${name}: byte ${byte}: more than ${MAX_THREADS} threads`, {
      file: name,
      byte,
    });
  }

  /** Puts the first of the queue where its next timestamp belongs. */
  private requeue(file: ThreadFile): void {
    const { bytes, start } = file.window;
    file.time = new DataView(bytes.buffer, bytes.byteOffset + start).getBigUint64(4, true);
    this.queue.shift();
    const { time, place } = file;
    const later = this.queue.findIndex(
      (other) => other.time > time || (other.time === time && other.place > place),
    );
    this.queue.splice(later < 0 ? this.queue.length : later, 0, file);
  }

  private finish({ name, window, ended }: ThreadFile): void {
    if (window.failure) throw window.failure;
    const left = window.end - window.start;
    const lack = left > 0 ? `only ${left} of the ${BYTES} bytes of a record are there` : "there is no footer";
    if (left > 0 || !ended) this.bad.passOver(name, window.position, `${lack}: the trace is cut`);
    this.queue.shift();
  }

  private passOver({ name, place, window }: ThreadFile): void {
    this.bad.passOver(name, window.position, this.why(window));
    this.core.exports.passOverDrmem(place);
    window.start += BYTES;
  }

  private why({ bytes, start }: Window): string {
    const { DrmemFault } = this.core.enums;
    const view = new DataView(bytes.buffer, bytes.byteOffset + start);
    const type = view.getUint16(0, true);
    const fault = this.core.exports.drmemFault.value;
    if (fault === DrmemFault.NoHeader) return `its type is ${type}; want the header, 25`;
    if (fault === DrmemFault.SecondHeader) return "a header, which only the first record may be";
    if (fault === DrmemFault.AfterFooter) return "it stands behind the footer";
    if (fault === DrmemFault.Bundle) {
      return "a bundle; want 1 to 8 instructions, of 1 byte at least, behind an instruction";
    }
    return `there is no type ${type}; want 0 to 49`;
  }
}
