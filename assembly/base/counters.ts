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
  PteReads,
  DirtyAssists,
  /** Mapped leaves, a slot a size; the order is that of `PageSize`. */
  Pages4K,
  Pages2M,
  Pages1G,
  PagesDirty,
  TablePages,
  MinorFaults,
  SegvFaults,
  /** Accesses of an address that only an allocation or a mapping gives. */
  Unplaced,
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
  /** Events among the records. */
  Events,
  /** Accesses that `select` took, and kept. */
  Accesses,
  Kept,
  Length,
}

export const results: usize = memory.data(<i32>Result.Length * 8, 8);

export function result(slot: Result, value: u64): void {
  store<u64>(results + ((<usize>slot) << 3), value);
}
