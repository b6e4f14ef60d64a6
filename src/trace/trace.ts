import { KINDS, type Kind } from "../config/model.js";
import type { CompiledCore } from "../engine/core.js";
import { PagewalkError, quote } from "../errors.js";
import { Pace } from "../pace.js";
import { type CsvColumns, checkColumns } from "./formats/csvcolumns.js";
import { formatNamed } from "./formats/index.js";
import { Iteration, type TraceBatch, type TraceProgress } from "./iterate.js";

/** A path, `-` for standard input, or bytes from elsewhere. */
export type TraceSource = string | Uint8Array | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

export const ASIDS = ["process", "thread"] as const;
/** What `switch` events name as a process. */
export type Asid = (typeof ASIDS)[number];

export interface TraceOptions {
  /** The format's name; without it, the content tells. */
  format?: string;
  /**
   * A command of the shell that decompresses: the trace's bytes are its standard input, and what it writes to
   * its standard output is read instead. In Node only.
   */
  decompressCmd?: string;
  /** Records to pass over, and to read at most, before `kinds` leaves any out. */
  skip?: number;
  limit?: number;
  /** Kinds of record to keep; all without it. */
  kinds?: readonly Kind[];
  /** The share of pages whose accesses are kept, above 0 and up to 1, chosen by a hash of the page and `seed`. */
  sample?: number;
  seed?: number;
  /** Bad records to pass over, counted, before one is an error. */
  skipBad?: number;
  /** The columns of CSV, where its header does not tell; makes csv the format where none is named. */
  columns?: CsvColumns;
  /** Ends every reading of the trace. */
  signal?: AbortSignal;
  /** A compiled core (`compileCore`) for `for await` to share. */
  module?: CompiledCore;
  /** What an address space is, where a trace names processes and threads: a process, without it. */
  asid?: Asid;
}

/**
 * A trace that may be read: where it is, and which of its records are wanted. `replay`, `survey` and `convert` take it;
 * `for await` goes through its batches.
 */
export class Trace implements AsyncIterable<TraceBatch> {
  readonly source: TraceSource;
  readonly options: TraceOptions;
  /** The path for reports, and the name for errors. */
  readonly path: string;
  readonly name: string;
  private iteration: Iteration | undefined;
  private closing: AbortController | undefined;

  /** @param path what it is called, where the source does not tell @internal */
  constructor(source: TraceSource, options: TraceOptions, path = "(bytes)") {
    this.source = source;
    this.options = options;
    this.path = typeof source === "string" ? source : path;
    this.name = this.path === "-" ? "standard input" : this.path;
  }

  /** What the latest `for await` over the trace has found so far; undefined before the first batch. */
  get info(): TraceProgress | undefined {
    return this.iteration?.progress;
  }

  /**
   * Reads the trace from its start.
   *
   * @throws PagewalkError `E_TRACE` where the trace cannot be opened or breaks off, after what came before was handed
   *   out; `E_ABORTED` after `signal` or `close`
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<TraceBatch, undefined> {
    this.closing = new AbortController();
    const { signal: given } = this.options;
    const signal = AbortSignal.any([this.closing.signal, ...(given ? [given] : [])]);
    const iteration = await Iteration.begin(this);
    this.iteration = iteration;
    const pace = new Pace({ signal });
    try {
      await pace.race(() => iteration.cursor.open(signal));
      const next = () => pace.race(() => iteration.next());
      for (let batch = await next(); batch; batch = await next()) yield batch;
    } finally {
      iteration.cursor.close();
    }
  }

  /** Ends a `for await` that is under way, and lets go of the file. */
  close(): void {
    this.closing?.abort();
  }
}

/**
 * Names a trace. Nothing is opened until it is read; each reading opens it again, so a path can be read many
 * times and a stream once.
 *
 * @param source a path, `-`, bytes, or a stream of bytes
 * @throws PagewalkError `E_OPTION` for options that make no sense
 */
export function openTrace(source: TraceSource, options: TraceOptions = {}): Trace {
  for (const name of ["skip", "limit", "skipBad"] as const) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
    const found = `${name}: ${String(value)} is no number of records`;
    throw new PagewalkError("E_OPTION", `${found}; want a whole number, 0 or more`);
  }
  const { sample = 1, seed = 0 } = options;
  if (!(sample > 0 && sample <= 1)) {
    throw new PagewalkError(
      "E_OPTION",
      `sample: ${String(sample)} is no share of the pages; want above 0, up to 1`,
    );
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new PagewalkError("E_OPTION", `seed: ${String(seed)}; want a whole number, 0 or more`);
  }
  const unknown = options.kinds?.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) {
    throw new PagewalkError("E_OPTION", `kinds: no kind ${quote(String(unknown))}; want some of ${KINDS}`);
  }
  if (options.asid !== undefined && !ASIDS.includes(options.asid)) {
    throw new PagewalkError(
      "E_OPTION",
      `asid: no ${quote(String(options.asid))}; want ${ASIDS.join(" or ")}`,
    );
  }
  const { decompressCmd } = options;
  if (decompressCmd !== undefined && (!/\S/.test(decompressCmd) || decompressCmd.includes("\0"))) {
    throw new PagewalkError(
      "E_OPTION",
      `decompressCmd: ${quote(decompressCmd)} is no command; want one that decompresses standard input`,
    );
  }
  if (!isSource(source)) {
    throw new PagewalkError(
      "E_OPTION",
      "openTrace: want a path, a Uint8Array, or a stream or iterable of them",
    );
  }
  if (options.columns !== undefined) checkColumns(options.columns);
  if (options.format !== undefined) formatNamed(options.format);
  return new Trace(source, options);
}

function isSource(source: unknown): boolean {
  if (typeof source === "string" || source instanceof Uint8Array) return true;
  return typeof source === "object" && source !== null && Symbol.asyncIterator in source;
}
