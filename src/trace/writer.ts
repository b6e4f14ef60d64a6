import type { Core } from "../engine/core.js";
import type { Records } from "./records.js";
import type { Sink } from "./sink.js";

/** Takes a trace, batch by batch. */
export interface TraceWriter {
  /** Before the first records. */
  begin(): Promise<void>;
  write(records: Records): Promise<void>;
  /** Behind the last. */
  end(): Promise<void>;
  /** Counts, by name, of what the format has no place for. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export interface WriterOptions {
  /** What made the trace, for formats that say so: a command line. */
  command: string;
  /** What it was made from. */
  source: string;
  /** How hard blocks are packed: zlib's level; 0: not at all. Of the native format. */
  level?: number;
}

/** A format that can be written. */
export interface OutputFormat {
  name: string;
  /** The ends of file names that ask for it. */
  extensions: readonly string[];
  /** What it cannot hold, in a few words. */
  leavesOut: string;
  open(core: Core, sink: Sink, options: WriterOptions): TraceWriter;
}
