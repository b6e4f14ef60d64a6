import type { Core } from "../engine/core.js";
import type { Slice } from "../engine/machine.js";
import { PagewalkError } from "../errors.js";
import { Pace } from "../pace.js";
import { Cursor } from "./cursor.js";
import type { Feed, Several, TraceHead } from "./feed.js";
import { Interleaved } from "./interleave.js";
import type { Trace } from "./trace.js";
import { Turns } from "./turns.js";

export interface Progress {
  /** Records taken so far, those left out not counted. */
  records: number;
  /** Bytes of the file read so far, and in all where that is known. */
  bytes: number;
  totalBytes: number | undefined;
}

/** Options of every long call. */
export interface ReadOptions {
  /** Called some times a second. */
  onProgress?: (progress: Progress) => void;
  /** Ends the call between batches. */
  signal?: AbortSignal;
}

/** How a reading of a trace went: the fields of `trace` that every result has. @internal */
export interface Reading {
  head: TraceHead;
  /** Records read and left out, by `skip` or `kinds`. */
  filtered: number;
  /** Bad records passed over. */
  skipped: number;
  processes: readonly number[];
  /** Counts, by name, of what was neither access nor event. */
  other: Readonly<Record<string, number>>;
  /** What a user should know of every trace of the format. */
  notes: readonly string[];
  /** The trace ended before its end, or was given up at something broken. */
  truncated: boolean;
  /** An AbortSignal ended it. */
  interrupted: boolean;
  /** Wall time from opening the trace to the last record, in seconds. */
  seconds: number;
  failure: PagewalkError | undefined;
  several: Several | undefined;
  /** Nothing was taken, neither access nor event. */
  isEmpty: boolean;
}

/** A long call that failed on its way: `partial` holds its result until then. */
export class PartialError<R> extends PagewalkError {
  readonly partial: R;

  constructor(cause: PagewalkError, partial: R) {
    super(cause.code, cause.message, cause.at, cause.problems);
    this.partial = partial;
  }
}

/** Reads a trace, or several in turn, batch by batch, until `take` returns false. Failures of the trace are in the result. @internal */
export async function readTrace(
  core: Core,
  trace: Trace | Interleaved,
  options: ReadOptions,
  take: (slice: Slice, feed: Feed) => boolean | Promise<boolean>,
): Promise<Reading> {
  if (core.busy) throw new PagewalkError("E_OPTION", `${trace.name}: the machine is reading another trace`);
  const started = performance.now();
  core.busy = true;
  const traces = trace instanceof Interleaved ? trace.traces : [trace];
  const given = [options.signal, ...traces.map((each) => each.options.signal)];
  const signal = AbortSignal.any(given.filter((each) => each !== undefined));
  const pace = new Pace<Progress>({ ...options, signal });
  const feed: Feed = trace instanceof Interleaved ? new Turns(core, trace) : new Cursor(core, trace);
  let failure: PagewalkError | undefined;
  let isEmpty = true;
  try {
    await pace.race(() => feed.open(signal));
    await takeAll(feed, pace, (slice) => {
      isEmpty = false;
      return take(slice, feed);
    });
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    failure = thrown;
  } finally {
    feed.close();
    core.busy = false;
  }
  const { head, filtered, skipped, processes, other, notes, several } = feed;
  const interrupted = failure?.code === "E_ABORTED";
  const truncated = failure !== undefined && !interrupted;
  const seconds = (performance.now() - started) / 1000;
  const ended = { truncated, interrupted, seconds, failure, isEmpty, several };
  return { head, filtered, skipped, processes, other, notes, ...ended };
}

async function takeAll(
  feed: Feed,
  pace: Pace<Progress>,
  take: (slice: Slice) => boolean | Promise<boolean>,
): Promise<void> {
  let records = 0;
  const next = () => pace.race(() => feed.next());
  for (let slice = await next(); slice; slice = await next()) {
    const taken = take(slice);
    if (!(typeof taken === "boolean" ? taken : await taken)) return;
    records += slice.accesses;
    await pace.turn(() => ({ records, bytes: feed.meter.done, totalBytes: feed.meter.size }));
  }
}

/**
 * @internal
 *
 * The result of a reading that came to its end.
 *
 * @throws PartialError with the result, if it did not
 * @throws PagewalkError if the trace failed before its first access or event
 */
export function concluded<R>({ failure, isEmpty }: Reading, result: R): R {
  if (!failure) return result;
  if (isEmpty && failure.code === "E_TRACE") throw failure;
  throw new PartialError(failure, result);
}
