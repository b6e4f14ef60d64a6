// What a machine of processes is told, as plain data, and what it answers: the core's and the oracle's.

import type { TraceEvent } from "../../../src/trace/events.js";
import type { Fault } from "./access.js";
import type { Counts } from "./process.js";

/** An access or an event, and the process that it is of. */
export interface Command {
  process: bigint;
  event: TraceEvent;
}

export interface Outcome {
  /** What the call answers, or minus the errno; of an access 0, -EFAULT or, where memory ran out, -ENOMEM. */
  result: bigint;
  /** In their order, the one that ended an access last; also those of calls that bring pages in. */
  faults: Fault[];
  /** What a load or fetch read, hexadecimal. */
  bytes?: string;
}

export interface ProcessStats {
  pid: number;
  ended: boolean;
  entry: string | null;
  /** Pages of its mappings. */
  mapped: number;
  resident: number;
  /** Of these, pages that others map too. */
  shared: number;
  faults: Counts;
}

/** Of a named file: its bytes, its pages in frames, and those of them that several mappings share. */
export interface FileStats {
  name: string;
  bytes: number;
  resident: number;
  shared: number;
}

export interface Stats {
  faults: Counts;
  paging: {
    resident: number;
    pageIns: number;
    pageOuts: number;
    evictions: number;
    refaults: { minor: number; major: number };
    /** Where tables take frames. */
    tables?: { resident: number; peak: number; pageIns: number; pageOuts: number };
  };
  /** Slots of swap in use. */
  swapped: number;
  outOfMemory: number;
  /** Of which the trace tells what they answered, and those that answered otherwise. */
  calls: { told: number; differing: number };
  processes: ProcessStats[];
  files: FileStats[];
}

export interface Driver {
  apply(command: Command): Outcome;
  stats(): Stats;
  /** What a load would read, without one; undefined where it could not. */
  peek(process: bigint, address: bigint, size: number): string | undefined;
}
