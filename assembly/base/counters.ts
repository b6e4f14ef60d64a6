/** Slots of the counter array, 64 bits each. A lookup is of one page, at the first TLB level. */
export enum Counter {
  InstructionRecords,
  LoadRecords,
  StoreRecords,
  ModifyRecords,
  InstructionLookups,
  LoadLookups,
  StoreLookups,
  PageCrossings,
  InstructionWalks,
  LoadWalks,
  StoreWalks,
  /** Entries that walks read for lookups, both tables' where they are nested, and the host's of them. */
  PteReads,
  HostReads,
  /** Where there are data caches: all reads of entries by the level that served them, and the cycles of those for lookups. */
  ServedByMemory,
  ServedByL1,
  ServedByL2,
  ServedByL3,
  WalkCycles,
  DirtyAssists,
  PagesDirty,
  Promoted,
  Demoted,
  MinorFaults,
  MajorFaults,
  CowFaults,
  ProtectionFaults,
  SegvFaults,
  BusFaults,
  /** Accesses that ended for want of a frame, or of room in swap. */
  OutOfFrames,
  PageOuts,
  Evictions,
  ContextSwitches,
  Recycled,
  FlushesOfAll,
  FlushesOfIds,
  FlushesOfPages,
  FlushedEntries,
  ShootdownsSent,
  ShootdownsReceived,
  NestedHits,
  NestedMisses,
  PrefetchIssued,
  PrefetchReads,
  PrefetchHits,
  PrefetchUnmapped,
  PrefetchEvicted,
  PrefetchDropped,
  Validated,
  ValidationFailed,
  /** Accesses of an address that only an allocation or a mapping gives. */
  Unplaced,
  /** `pagesize` events that fit no page. */
  Refused,
  /** Pages that came back into a frame after replacement had taken them out of one, and those of them that were read from a disk. */
  Refaults,
  DiskRefaults,
  Length,
}

export const counters: usize = memory.data(<i32>Counter.Length * 8, 8);

export function count(counter: Counter, by: u64 = 1): void {
  const slot = counters + ((<usize>counter) << 3);
  store<u64>(slot, load<u64>(slot) + by);
}

/** Slots of the result array: what the last call did, beside its status. */
export enum Result {
  /** Bytes of the window that are done with. */
  Consumed,
  /** Records in the columns. */
  Records,
  /** Lines that ended in those bytes. */
  Lines,
  /** The record whose fault stopped the replay. */
  StoppedAt,
  /** The place among its records of what the host is to do. */
  Place,
  /** Events among the records. */
  Events,
  /** Accesses that `select` took, and kept. */
  Accesses,
  Kept,
  /** What there was too little of (`Shortage`). */
  Shortage,
  Length,
}

export const results: usize = memory.data(<i32>Result.Length * 8, 8);

export function result(slot: Result, value: u64): void {
  store<u64>(results + ((<usize>slot) << 3), value);
}
