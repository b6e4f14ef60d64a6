import { KINDS } from "../config/model.js";
import { kindMask } from "../engine/codes.js";
import type { Core } from "../engine/core.js";
import type { Slice } from "../engine/machine.js";
import { PagewalkError } from "../errors.js";
import { type Opened, openAny } from "./directory.js";
import type { Feed, TraceHead } from "./feed.js";
import type { Reader } from "./format.js";
import { Strings } from "./strings.js";
import type { Trace } from "./trace.js";

/** Decompressed bytes that are read, behind a bad record, to find out whether the compression is at fault. */
const LOOK_AHEAD = 1 << 28;

/** Kinds, by the core's mask, the share of pages (of 2^32), and what their choice hangs on. */
interface Filter {
  mask: number;
  share: bigint;
  seed: bigint;
}

const WHOLE = 1n << 32n;
const NO_STRINGS = new Strings();

/** One reading of a trace into a core's columns: batches of the records that are wanted. @internal */
export class Cursor implements Feed {
  filtered = 0;
  private readonly core: Core;
  private readonly trace: Trace;
  /** Which accesses are kept, where not all are. */
  private readonly filter: Filter | undefined;
  private readonly everything: Filter;
  private opened: Opened | undefined;
  private reader: Reader | undefined;
  private closed = false;
  private toSkip: number;
  private toRead: number;
  /** Records read. */
  private position = 0;
  /** Accesses that the reader passed over unread. */
  private passed = 0;

  constructor(core: Core, trace: Trace) {
    const { skip = 0, limit = Number.POSITIVE_INFINITY, kinds = KINDS, sample = 1, seed = 0 } = trace.options;
    this.core = core;
    this.trace = trace;
    this.toSkip = skip;
    this.toRead = limit;
    this.everything = { mask: kindMask(core, KINDS), share: WHOLE, seed: 0n };
    const share = BigInt(Math.round(sample * Number(WHOLE)));
    const filter = { mask: kindMask(core, kinds), share, seed: BigInt(seed) };
    const all = filter.mask === this.everything.mask && share === WHOLE;
    this.filter = all ? undefined : filter;
  }

  async open(signal?: AbortSignal): Promise<void> {
    const opened = await openAny(this.trace, signal);
    if (this.closed) return opened.close();
    const { name, options } = this.trace;
    this.opened = opened;
    const { skipBad = 0, asid = "process", columns } = options;
    const limit = this.toSkip + this.toRead;
    const reading = { skipBad, file: name, limit, asid, ...(columns ? { columns } : {}) };
    const reader = await opened.reader(this.core, reading);
    this.reader = reader;
    if (this.closed) return reader.close();
    if (this.toSkip > 0) reader.skip?.(this.toSkip);
  }

  async next(): Promise<Slice | undefined> {
    while (this.toRead > 0) {
      const records = await this.read();
      this.notePassed();
      if (records === 0) return undefined;
      const slice = this.wanted(records);
      if (slice.to > slice.from) return slice;
    }
    return undefined;
  }

  close(): void {
    this.closed = true;
    this.reader?.close();
    this.opened?.close();
  }

  get head(): TraceHead {
    const format = this.opened?.format.name ?? "unknown";
    return { path: this.trace.path, format, compression: this.opened?.compression ?? "unknown" };
  }

  get meter(): Feed["meter"] {
    return this.opened?.meter ?? { done: 0, size: undefined };
  }

  get skipped(): number {
    return this.reader?.skipped ?? 0;
  }

  get processes(): readonly number[] {
    return this.reader?.processes ?? [];
  }

  get strings(): Strings {
    return this.reader?.strings ?? NO_STRINGS;
  }

  get other(): Readonly<Record<string, number>> {
    return this.reader?.other ?? {};
  }

  get notes(): readonly string[] {
    return this.reader?.notes ?? [];
  }

  private async read(): Promise<number> {
    if (!this.reader) throw new PagewalkError("E_INTERNAL", `${this.trace.path}: read before it was opened`);
    try {
      return await this.reader.next();
    } catch (thrown) {
      if (!this.closed) await this.lookAhead();
      throw thrown;
    }
  }

  /** Broken compression shows as garbled text before its checksum is read: then that is what to report. */
  private async lookAhead(): Promise<void> {
    const rest = this.opened?.rest;
    let bytes = 0;
    for (let next = await rest?.next(); next && !next.done && bytes < LOOK_AHEAD; next = await rest?.next()) {
      bytes += next.value.length;
    }
  }

  /** Accounts for what the reader passed over unread. */
  private notePassed(): void {
    const passed = (this.reader?.passed ?? 0) - this.passed;
    this.passed += passed;
    this.position += passed;
    this.toSkip -= passed;
    this.filtered += passed;
  }

  private wanted(records: number): Slice {
    const record = BigInt(this.position + 1);
    const events = this.reader?.events ?? 0;
    if (events > 0 || this.filter) return this.select(records, record);
    const from = Math.min(this.toSkip, records);
    const to = Math.min(records, from + this.toRead);
    this.position += records;
    this.toSkip -= from;
    this.toRead -= to - from;
    this.filtered += from;
    return { from, to, record, selected: false, accesses: to - from, rows: 0 };
  }

  /** Leaves records out by kind and page; events stay, and are no records to be skipped or limited. */
  private select(records: number, record: bigint): Slice {
    const { exports, enums } = this.core;
    const { Result } = enums;
    const skip = Math.min(this.toSkip, records);
    const limit = Math.min(this.toRead, records);
    const { mask, share, seed } = this.filter ?? this.everything;
    exports.openSelect(share, seed);
    const to = exports.select(records, skip, limit, mask);
    const results = this.core.results();
    const accesses = results[Result.Accesses] ?? 0;
    const kept = results[Result.Kept] ?? 0;
    const skipped = Math.min(skip, accesses);
    this.position += accesses;
    this.toSkip -= skipped;
    this.toRead -= accesses - skipped;
    this.filtered += accesses - kept;
    return { from: 0, to, record, selected: true, accesses: kept, rows: this.reader?.events ?? 0 };
  }
}
