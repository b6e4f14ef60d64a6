// What the host asks of a collection, and what one came to.

/** Slots of the options, 64 bits each; they stay until they are written anew. */
export enum CollectParam {
  /** What a pointer to the heap's first byte says: words hold addresses as the host has them. */
  Origin,
  /** Bytes of a word, 8 or 4: pointers stand at multiples of it. */
  Word,
  /** 1: a word that points anywhere into a block keeps it; 0: only one to its first byte does. */
  Interior,
  /** 1: of blocks with a layout only the words that it names are pointers. Without that only those that have none are passed over. */
  Precise,
  /** 1: what is dead is freed when an allocation finds nothing. */
  Lazy,
  /** 1: tells what a precise collection would not have kept. */
  Truth,
  /** 1: the blocks of all slots are roots. */
  SlotsAreRoots,
  Length,
}

export const collectParams: usize = memory.data(<i32>CollectParam.Length * 8, 8);

export function collectParam(slot: CollectParam): u64 {
  return load<u64>(collectParams + ((<usize>slot) << 3));
}

/** Slots of the counts of the last collection, 64 bits each. */
export enum CollectCount {
  /** Words that were looked at, roots among them. */
  WordsMarked,
  /** Blocks that were looked at to free those that are dead; while the collection lasted, and after it (lazily), and the most of these in one go. */
  BlocksSwept,
  SweptLater,
  SweptAtOnce,
  /** What was found, and the bytes that were asked for. */
  LiveBlocks,
  LiveBytes,
  /** What was not. */
  DeadBlocks,
  DeadBytes,
  /** Of what was found, what a precise collection would not have kept. */
  FalseBlocks,
  FalseBytes,
  /** Blocks that were dead but for their finalizers, now to be run; and those that they lead to. */
  Finalized,
  Resurrected,
  Length,
}

export const collectCounts: usize = memory.data(<i32>CollectCount.Length * 8, 8);

export function collectCount(slot: CollectCount): u64 {
  return load<u64>(collectCounts + ((<usize>slot) << 3));
}

export function addCollected(slot: CollectCount, by: u64): void {
  const at = collectCounts + ((<usize>slot) << 3);
  store<u64>(at, load<u64>(at) + by);
}

export function setCollected(slot: CollectCount, value: u64): void {
  store<u64>(collectCounts + ((<usize>slot) << 3), value);
}
