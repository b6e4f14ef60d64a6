import type { Core } from "../engine/core.js";
import type { ByteSource } from "./bytes.js";
import type { CsvColumns } from "./formats/csvcolumns.js";
import type { Strings } from "./strings.js";
import type { Asid } from "./trace.js";

/** A trace format: how it is known, and how it is read. */
export interface Format {
  name: string;
  /** What its records look like, for errors. */
  example: string;
  /** Whether a trace that starts with `head` is of this format. */
  detect(head: Uint8Array): boolean;
  open(core: Core, bytes: ByteSource, options: ReaderOptions): Reader | Promise<Reader>;
}

export interface ReaderOptions {
  /** Bad records that are passed over before one is an error. */
  skipBad: number;
  /** The file's name, for errors. */
  file: string;
  /** Accesses that are wanted; a reader may give more, but need not read on for them. */
  limit: number;
  /** What an address space is, where a trace names both. */
  asid: Asid;
  /** The columns of CSV, where its header does not tell. */
  columns?: CsvColumns;
}

/** Fills the core's columns with records, a batch at a time. */
export interface Reader {
  /**
   * Decodes the next batch. The number of records now in the columns, accesses and events; 0 at the end. What came
   * before something bad is handed out first.
   *
   * @throws PagewalkError `E_TRACE` where the trace is broken, or ends before its end
   */
  next(): number | Promise<number>;
  /** Lets it pass over so many accesses unread, if that is cheaper, and says in `passed` how many it did. */
  skip?(accesses: number): void;
  readonly passed?: number;
  /** Leaves the core alone from now on, whatever still arrives. */
  close(): void;
  /** Bad records passed over. */
  readonly skipped: number;
  /** Processes that the trace names, other than in `switch` events. */
  readonly processes: readonly number[];
  /** Events among the records of the last batch; absent: none. */
  readonly events?: number;
  /** The strings that events name by number. */
  readonly strings?: Strings;
  /** Counts, by name, of what the trace holds that is neither access nor event. */
  readonly other?: Readonly<Record<string, number>>;
  /** What a user should know of every trace of the format. */
  readonly notes?: readonly string[];
}
