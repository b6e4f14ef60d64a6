// The events of a batch, a row each. Only the host knows strings: here they are numbers, 0 is none.
//
//   u32   0      1       2       4       6       8       10     11     12     13     14     15
//       | kind | flags | a u64 | b u64 | c u64 | d u64 | name | text | file | line | base | zero |
//
// What a row's words mean for each kind stands in one table of the host, `trace/eventcodec.ts`. `file` and `line` are the
// source place. With a `base`, `a` is an offset from an address that is known only to the machine.

import { allocate } from "./arena";
import { EVENT_ADDRESS } from "./batch";

export enum EventKind {
  /** A load, store, modify or fetch that says more than an address and a size. */
  Access,
  Mmap,
  Munmap,
  Mprotect,
  Mremap,
  Madvise,
  Brk,
  Fork,
  Vfork,
  Clone,
  Exec,
  Exit,
  Switch,
  File,
  Truncate,
  Frames,
  User,
  Kernel,
  Malloc,
  Calloc,
  Realloc,
  Free,
  FramePush,
  FramePop,
  Root,
  Expect,
  ExpectFault,
  ExpectErrno,
  Region,
  PageSize,
  Mlock,
  Munlock,
  Limit,
  Overcommit,
  Sbrk,
  Open,
  Close,
  Segment,
  AllocatorEnter,
  AllocatorLeave,
  AllocatorUnmap,
  Length,
}

export enum EventRow {
  /** Rows of a batch. */
  Capacity = 8192,
  /** u32 words of a row, and the places of its parts among them. */
  Words = 16,
  Kind = 0,
  Flags = 1,
  A = 2,
  B = 4,
  C = 6,
  D = 8,
  Name = 10,
  Text = 11,
  File = 12,
  Line = 13,
  Base = 14,
  /** The line of the trace, twice; its lowest bit says that names are the machine's numbers now. */
  Line2 = 15,
}

export let events: usize = 0;

/** Events met by the replays and surveys so far, a u64 a kind. */
export const eventCounts: usize = memory.data(<i32>EventKind.Length * 8, 8);

export function openEvents(): bool {
  events = allocate(<u64>EventRow.Capacity * EventRow.Words * 4, 64);
  return events != 0;
}

/** The row of the event whose record has this address. */
export function rowOf(address: u64): usize {
  return events + <usize>(address - EVENT_ADDRESS) * EventRow.Words * 4;
}

/** Counts an event. Its kind. */
export function countEvent(row: usize): EventKind {
  const kind = load<u32>(row);
  const slot = eventCounts + ((<usize>kind) << 3);
  store<u64>(slot, load<u64>(slot) + 1);
  return kind;
}

export function wordOf(row: usize, word: EventRow): u32 {
  return load<u32>(row + ((<usize>word) << 2));
}

export function longOf(row: usize, word: EventRow): u64 {
  return load<u64>(row + ((<usize>word) << 2));
}
