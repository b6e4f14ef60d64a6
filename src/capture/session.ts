import type { Child } from "./child.js";
import type { Forks } from "./forks.js";
import type { HeapEvents } from "./heap.js";
import type { Maps } from "./maps.js";
import type { Ring } from "./ring.js";
import type { Rings } from "./rings.js";
import type { Tape } from "./tape.js";

/** What a recording works with. */
export interface Session {
  /** A private folder. */
  folder: string;
  tape: Tape;
  rings: Rings;
  /** Rings whose processes are on the tape. */
  started: WeakSet<Ring>;
  /** Forks that are on the tape. */
  forks: Forks;
  /** Where allocations go, if they are asked for. */
  heap: HeapEvents | undefined;
  /** Starts the program, with valgrind's log at a path. */
  launch(log?: string): Child;
  maps(): Maps;
}

/** What a recording found. */
export interface Found {
  child: Child;
  processes: number;
  /** Processes whose trace ends before they did. */
  cut: number;
  /** Lines of logs that were no records. */
  skipped: number;
}

/** Milliseconds between two looks at a process's mappings, and at logs and rings with nothing new. */
export const LOOK = 100;
export const IDLE = 5;
