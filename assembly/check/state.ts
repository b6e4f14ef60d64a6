// The words of the checker, which the host reads by these names.

/** What is known of a byte, a bit each; 0: it may be accessed and was written. */
export enum ByteState {
  /** It may not be accessed. */
  Forbidden = 1,
  /** Nothing was ever written to it. */
  Undefined = 2,
  /** Its contents stand in the page's bytes. */
  Known = 4,
}

/** What a block is. */
export enum BlockFlag {
  /** It was freed, or its frame popped. */
  Freed = 1,
  /** A frame of a stack. */
  Frame = 2,
  /** Its address is that of a program which was traced, not one of the checker's. */
  Captured = 4,
  /** It came into its space with a fork. */
  Inherited = 8,
  /** Of a finding: the access is a store. */
  Store = 16,
  /** Of a finding: a library's load of a whole vector, in a run of them that has good bytes. */
  Ahead = 32,
  /** Of a finding: what is wrong with a free is so with a realloc, which frees. */
  Realloc = 64,
}

export enum FindingKind {
  InvalidRead,
  InvalidWrite,
  FreedRead,
  FreedWrite,
  DoubleFree,
  InvalidFree,
  Uninitialised,
  StackOverflow,
  DeadFrame,
  Unmapped,
  Overlap,
  SizeConfusion,
  SizeOverflow,
}

/** Where an address lies to a block. */
export enum Where {
  Before,
  Inside,
  After,
}
