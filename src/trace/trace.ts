import { KINDS, type Kind } from "../config/model.js";
import { kindMask } from "../engine/codes.js";
import type { Core } from "../engine/core.js";
import type { Slice } from "../engine/machine.js";
import { messageOf, PagewalkError, quote } from "../errors.js";
import { type ByteSource, ChunkSource, type Chunks, chunksOf, peek } from "./bytes.js";
import { COMPRESSIONS, type Compression, compressionOf } from "./compression/index.js";
import type { OpenFile } from "./file.js";
import type { Format, Reader } from "./format.js";
import { FORMATS, formatNamed } from "./formats/index.js";

/** A path, `-` for standard input, or bytes from elsewhere. */
export type TraceSource = string | Uint8Array | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

export interface TraceOptions {
  /** The format's name; without it, the content tells. */
  format?: string;
  /** Records to pass over, and to read at most, before `kinds` leaves any out. */
  skip?: number;
  limit?: number;
  /** Kinds of record to keep; all without it. */
  kinds?: readonly Kind[];
  /** Bad records to pass over, counted, before one is an error. */
  skipBad?: number;
}

/** What opening a trace found out. */
export interface TraceHead {
  path: string;
  format: string;
  compression: string;
}

/** Bytes that a detector may look at: of a file, and of a stream, which may be slow to give more. */
const FILE_HEAD = 1 << 16;
const STREAM_HEAD = 512;
/** Compressions within compressions that are followed. */
const MAX_NESTING = 4;

/**
 * A trace that may be read. Nothing is opened until it is; each reading opens it again, so a path can be
 * read many times and a stream once.
 *
 * @param source a path, `-`, bytes, or a stream of bytes
 */
export function openTrace(source: TraceSource, options: TraceOptions = {}): Trace {
  return new Trace(source, options);
}

export class Trace {
  readonly source: TraceSource;
  readonly options: TraceOptions;

  constructor(source: TraceSource, options: TraceOptions) {
    this.source = source;
    this.options = checked(options);
  }

  /** The name for reports and errors. */
  get path(): string {
    return typeof this.source === "string" ? this.source : "(bytes)";
  }

  /** Opens the trace for a core. @throws PagewalkError `E_TRACE` if it cannot be read or is of no known format */
  async open(core: Core): Promise<Cursor> {
    const file =
      typeof this.source === "string" ? (await import("./file.js")).openFile(this.source) : undefined;
    try {
      return await this.openBytes(core, file);
    } catch (thrown) {
      file?.close();
      throw thrown;
    }
  }

  private async openBytes(core: Core, file: OpenFile | undefined): Promise<Cursor> {
    const meter = { done: 0, size: file?.size };
    const counted = (bytes: number) => {
      meter.done += bytes;
    };
    const plainHead = file?.head(FILE_HEAD);
    let head: Uint8Array;
    let bytes: ByteSource;
    let outer: Chunks | undefined;
    const names: string[] = [];
    if (file && plainHead && !compressionOf(plainHead)) {
      head = plainHead;
      bytes = file.direct(counted);
    } else {
      let chunks: Chunks = metered(file ? file.chunks() : chunksOf(this.source as Uint8Array), counted);
      let peeked = await peek(chunks, STREAM_HEAD);
      for (let found = compressionOf(peeked.head); found; found = compressionOf(peeked.head)) {
        if (names.push(found.name) > MAX_NESTING)
          throw this.error(`compressed more than ${MAX_NESTING} times`);
        chunks = this.decompress(found, peeked.all);
        peeked = await peek(chunks, STREAM_HEAD);
      }
      outer = peeked.all;
      head = peeked.head;
      bytes = new ChunkSource(peeked.all);
    }
    if (head.length === 0) throw this.error("is empty; want a trace");
    const format = this.formatOf(head);
    const reader = format.open(core, bytes, { skipBad: this.options.skipBad ?? 0, file: this.path });
    const compression = names.length > 0 ? names.join("+") : "none";
    const release = async () => {
      // A stream that is waiting for bytes cannot be closed before they come; the file can.
      void outer?.return?.();
      file?.close();
    };
    return new Cursor(
      core,
      reader,
      this.options,
      { path: this.path, format: format.name, compression },
      meter,
      release,
    );
  }

  private formatOf(head: Uint8Array): Format {
    if (this.options.format !== undefined) return formatNamed(this.options.format);
    const format = FORMATS.find((format) => format.detect(head));
    if (format) return format;
    const start = new TextDecoder("latin1").decode(head.subarray(0, 200)).split("\n")[0] ?? "";
    const known = FORMATS.map(({ name, example }) => `${name} (${example})`).join(", ");
    const wrappers = COMPRESSIONS.map(({ name }) => name).join(", ");
    throw this.error(
      `no known format; it starts with ${quote(start)}; want ${known}, plain or in ${wrappers}`,
    );
  }

  private async *decompress(compression: Compression, chunks: Chunks): AsyncGenerator<Uint8Array, undefined> {
    let bytes = 0;
    try {
      for await (const chunk of compression.decompress(chunks)) {
        bytes += chunk.length;
        yield chunk;
      }
    } catch (thrown) {
      if (thrown instanceof PagewalkError) throw thrown;
      const message = `${this.path}: the ${compression.name} data is broken or ends early, after ${bytes} decompressed bytes (${messageOf(thrown)})`;
      throw new PagewalkError("E_TRACE", message, { file: this.path, byte: bytes });
    }
  }

  private error(what: string): PagewalkError {
    return new PagewalkError("E_TRACE", `${this.path}: ${what}`, { file: this.path });
  }
}

/** One reading of a trace: batches of the records that are wanted. */
export class Cursor {
  readonly head: TraceHead;
  /** Bytes of the file read so far, and in all where that is known. */
  readonly meter: { readonly done: number; readonly size: number | undefined };
  /** Records that were read and left out, by `skip` or `kinds`. */
  filtered = 0;
  private readonly core: Core;
  private readonly reader: Reader;
  private readonly release: () => Promise<void>;
  private readonly mask: number | undefined;
  private toSkip: number;
  private toRead: number;
  /** Records read. */
  private position = 0;

  constructor(
    core: Core,
    reader: Reader,
    options: TraceOptions,
    head: TraceHead,
    meter: Cursor["meter"],
    release: () => Promise<void>,
  ) {
    this.core = core;
    this.reader = reader;
    this.head = head;
    this.meter = meter;
    this.release = release;
    this.toSkip = options.skip ?? 0;
    this.toRead = options.limit ?? Number.POSITIVE_INFINITY;
    const kinds = options.kinds;
    this.mask = kinds && kinds.length < KINDS.length ? kindMask(core, kinds) : undefined;
  }

  get skipped(): number {
    return this.reader.skipped;
  }

  get processes(): readonly number[] {
    return this.reader.processes;
  }

  /** The next records, in the core's columns until the next call; undefined at the end. */
  async next(): Promise<Slice | undefined> {
    while (this.toRead > 0) {
      const records = await this.reader.next();
      if (records === 0) return undefined;
      const slice = this.wanted(records);
      if (slice.to > slice.from) return slice;
    }
    return undefined;
  }

  /** Lets go of the file or stream. */
  async close(): Promise<void> {
    await this.release();
  }

  private wanted(records: number): Slice {
    const record = BigInt(this.position + 1);
    const from = Math.min(this.toSkip, records);
    const to = Math.min(records, from + this.toRead);
    this.position += records;
    this.toSkip -= from;
    this.toRead -= to - from;
    this.filtered += from;
    if (this.mask === undefined) return { from, to, record, selected: false };
    const kept = this.core.exports.select(from, to, this.mask);
    this.filtered += to - from - kept;
    return { from: 0, to: kept, record, selected: true };
  }
}

async function* metered(
  chunks: Chunks,
  counted: (bytes: number) => void,
): AsyncGenerator<Uint8Array, undefined> {
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    counted(next.value.length);
    yield next.value;
  }
}

function checked(options: TraceOptions): TraceOptions {
  for (const name of ["skip", "limit", "skipBad"] as const) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
    throw new PagewalkError(
      "E_OPTION",
      `${name}: ${String(value)} is no number of records; want a whole number, 0 or more`,
    );
  }
  const unknown = options.kinds?.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) {
    throw new PagewalkError(
      "E_OPTION",
      `kinds: no kind ${quote(String(unknown))}; want some of ${KINDS.join(",")}`,
    );
  }
  if (options.format !== undefined) formatNamed(options.format);
  return options;
}
