import { KINDS, type Kind } from "../config/model.js";
import { PagewalkError, quote } from "../errors.js";
import { formatNamed } from "./formats/index.js";

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
  /** The share of pages whose accesses are kept, above 0 and up to 1, chosen by a hash of the page and `seed`. */
  sample?: number;
  seed?: number;
  /** Bad records to pass over, counted, before one is an error. */
  skipBad?: number;
}

/** A trace that may be read: where it is, and which of its records are wanted. */
export interface Trace {
  readonly source: TraceSource;
  readonly options: TraceOptions;
  /** The path for reports, and the name for errors. */
  readonly path: string;
  readonly name: string;
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
  if (!isSource(source)) {
    throw new PagewalkError(
      "E_OPTION",
      "openTrace: want a path, a Uint8Array, or a stream or iterable of them",
    );
  }
  if (options.format !== undefined) formatNamed(options.format);
  const path = typeof source === "string" ? source : "(bytes)";
  return { source, options, path, name: path === "-" ? "standard input" : path };
}

function isSource(source: unknown): boolean {
  if (typeof source === "string" || source instanceof Uint8Array) return true;
  return typeof source === "object" && source !== null && Symbol.asyncIterator in source;
}
