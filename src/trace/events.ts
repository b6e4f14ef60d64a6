import type { Kind } from "../config/model.js";

/** A line of a source file; line 0 where only the file, or a module's offset in its place, is known. */
export interface SourcePlace {
  file: string;
  line: number;
}

/** An address, or an offset from one that the machine gives: `$NAME` of a mapping, or a block's ID. */
export type Address = bigint | { base: string; offset: bigint };

/**
 * The name of a block: digits or a word; or `0x` and the address that the block had in the program that was traced.
 */
export type BlockId = string;

export const PROTECTIONS = ["read", "write", "execute"] as const;
export type Protection = (typeof PROTECTIONS)[number];
export const MAP_FLAGS = [
  "shared",
  "anon",
  "fixed",
  "noreplace",
  "populate",
  "growsdown",
  "noreserve",
  "locked",
  "hugetlb",
  "neither",
] as const;
export type MapFlag = (typeof MAP_FLAGS)[number];
/** What `limit` bounds: resources of a process, and the number of its mappings. */
export const LIMITS = ["as", "data", "stack", "memlock", "maps"] as const;
export type Limit = (typeof LIMITS)[number];
/** What stands for no limit. */
export const UNLIMITED = (1n << 64n) - 1n;
export const OVERCOMMIT = ["heuristic", "always", "never"] as const;
export type Overcommit = (typeof OVERCOMMIT)[number];

/** Linux's numbers of the errors that calls on memory and processes give. */
export const ERRNOS = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ELOOP: 40,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
} as const;
/** What the system answered that a trace is of: it did what was asked for, or an error. */
export type Answer = "ok" | keyof typeof ERRNOS;
/** A call of which the trace may say what it answered. `ok` of `mmap`, `mremap` and `brk`: the address that the call names, where it names one. */
interface Answered {
  answer?: Answer;
}

/** What each event says, by its name. */
export interface EventFields {
  /** An access that says more than an address and a size. `bytes`: its contents, hexadecimal; or `&` and an address (`&q+16`), whose bytes they are. */
  access: { kind: Kind; address: Address; size: bigint; bytes?: string };
  /** Private unless flagged `shared`, or `neither`, which is refused. Address 0: anywhere. `name`: what later lines may call the address by. */
  mmap: {
    address: Address;
    length: bigint;
    protection: Protection[];
    flags: MapFlag[];
    file?: string;
    offset?: bigint;
    name?: string;
  } & Answered;
  munmap: { address: Address; length: bigint } & Answered;
  mprotect: { address: Address; length: bigint; protection: Protection[] } & Answered;
  mremap: {
    address: Address;
    oldLength: bigint;
    newLength: bigint;
    mayMove: boolean;
    to?: bigint;
    name?: string;
  } & Answered;
  madvise: { address: Address; length: bigint; advice: string } & Answered;
  /** `name`: what later lines may call the answer by. */
  brk: { address: Address; name?: string } & Answered;
  fork: { child: bigint } & Answered;
  vfork: { child: bigint } & Answered;
  /** A process that shares its parent's memory. */
  clone: { child: bigint } & Answered;
  exec: { file: string } & Answered;
  exit: Record<never, never>;
  /** What follows is done by this process, in this thread where that is known (0: not). */
  switch: { process: bigint; thread?: bigint };
  /** `contents`: how the file begins, hexadecimal. */
  file: { name: string; size: bigint; readOnly: boolean; writeOnly?: boolean; contents?: string };
  truncate: { name: string; size: bigint };
  frames: { frames: bigint };
  user: Record<never, never>;
  kernel: Record<never, never>;
  malloc: { id: BlockId; size: bigint; alignment?: bigint };
  calloc: { id: BlockId; count: bigint; size: bigint };
  realloc: { id: BlockId; newId: BlockId; size: bigint };
  /** `id` may be `$NAME`, and `offset` not 0: then it is of no block's start. */
  free: { id: BlockId; offset?: bigint };
  /** What follows is done by the allocator, on memory of its own, until it is left. Within it, it gave memory back to the system. */
  "allocator enter": Record<never, never>;
  "allocator leave": Record<never, never>;
  "allocator unmap": { address: Address; length: bigint };
  "frame push": { size: bigint; name: string };
  "frame pop": Record<never, never>;
  root: { address: Address };
  expect: { address: Address; bytes: string };
  "expect-fault": { kind: string; address: Address; access?: "load" | "store" | "fetch" };
  "expect-errno": { errno: string };
  /** A name for addresses, for reports; nothing is mapped by it. */
  region: { address: Address; length: bigint; protection: Protection[]; name: string; offset?: bigint };
  /** The pages of [address, address + length) of the running process are `size` (4K, 2M, 64) from now on. */
  pagesize: { address: Address; length: bigint; size: string };
  mlock: { address: Address; length: bigint };
  munlock: { address: Address; length: bigint };
  limit: { resource: Limit; value: bigint };
  /** `ratio`: percent of memory that may be committed under `never`. */
  overcommit: { mode: Overcommit; ratio?: bigint };
  sbrk: { increment: bigint; name?: string };
  /** The file is opened anew, in this way from now on. */
  open: { name: string; readOnly: boolean; writeOnly?: boolean };
  close: { name: string };
  /** What `exec` of this program maps: private, of the file, or anonymous where none is named. `entry`: where the program begins. */
  segment: {
    program: string;
    address: Address;
    length: bigint;
    protection: Protection[];
    file?: string;
    offset?: bigint;
    entry?: bigint;
  };
}

export type EventName = keyof EventFields;

/** Something that happened between two accesses. */
export type TraceEvent = {
  [E in EventName]: { event: E; at?: SourcePlace } & EventFields[E];
}[EventName];
