import type { Kind } from "../config/model.js";
import type { Slice } from "../engine/machine.js";
import type { Strings } from "./strings.js";

/** What opening a trace found out. */
export interface TraceHead {
  path: string;
  format: string;
  compression: string;
}

/** One of several traces that were read in turn: what it gave. */
export interface TracePart extends TraceHead {
  /**
   * Its processes in the order in which they came: `pid` is the number in the run, `named` the trace's own, which is 1
   * for what runs before it names one.
   */
  processes: { pid: number; named: number | string }[];
  /** The thread of process 1 that it was, where all were threads of one. */
  thread?: number;
  records: number;
  kinds: Record<Kind, number>;
  filtered: number;
  skipped: number;
  /** It was this one that broke off. */
  truncated: boolean;
  other: Record<string, number>;
  notes: string[];
}

/** What only several traces have. @internal */
export interface Several {
  /** Accesses of a turn. */
  every: number;
  /** What each gave of the first so many accesses, once no more is read. */
  parts(accesses: number): TracePart[];
}

/** What a reading goes through: the records of a trace, or of several in turn, in a core's columns. @internal */
export interface Feed {
  /** @throws PagewalkError `E_TRACE` if a trace cannot be read or is of no known format */
  open(signal?: AbortSignal): Promise<void>;
  /** The next records, in the core's columns until the next call; undefined at the end. */
  next(): Promise<Slice | undefined>;
  /** Lets go of files and streams. */
  close(): void;
  readonly head: TraceHead;
  /** Bytes read so far, and in all where that is known. */
  readonly meter: { readonly done: number; readonly size: number | undefined };
  /** Records that were read and left out, by `skip` or `kinds`. */
  readonly filtered: number;
  /** Bad records passed over. */
  readonly skipped: number;
  /** Processes that a trace names, other than in `switch` events. */
  readonly processes: readonly number[];
  /** The strings that events name. */
  readonly strings: Strings;
  readonly other: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  readonly several?: Several;
}
