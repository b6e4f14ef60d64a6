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

/** What each event says, by its name. */
export interface EventFields {
  /** An access that says more than an address and a size. `bytes`: its contents, hexadecimal. */
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
  };
  munmap: { address: Address; length: bigint };
  mprotect: { address: Address; length: bigint; protection: Protection[] };
  mremap: {
    address: Address;
    oldLength: bigint;
    newLength: bigint;
    mayMove: boolean;
    to?: bigint;
    name?: string;
  };
  madvise: { address: Address; length: bigint; advice: string };
  /** `name`: what later lines may call the answer by. */
  brk: { address: Address; name?: string };
  fork: { child: bigint };
  vfork: { child: bigint };
  /** A process that shares its parent's memory. */
  clone: { child: bigint };
  exec: { file: string };
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
  free: { id: BlockId };
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
  /** What `exec` of this program maps: private, of the file, or anonymous where none is named. */
  segment: {
    program: string;
    address: Address;
    length: bigint;
    protection: Protection[];
    file?: string;
    offset?: bigint;
  };
}

export type EventName = keyof EventFields;

/** Something that happened between two accesses. */
export type TraceEvent = {
  [E in EventName]: { event: E; at?: SourcePlace } & EventFields[E];
}[EventName];
