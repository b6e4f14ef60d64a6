// What a replacement policy is. It knows pages by number only, from 1, keeps its state in arrays by number, and is told what happens; whoever
// owns the frames (a pool, `curve/pool.ts`; the machine) does the rest. To add one: a class with these methods in a file of its own in
// `policy/`, its line in `policies.ts`, its twin in `test/oracle/paging/`.
//
//   lookup of a page that is resident:   hit(page)
//   lookup of one that is not:           admit(page); evict() while there is no room; insert(page)
//
// An interface has no cost here: the owner's loop is compiled for each class by itself.

/** What evict() adds to a page that is to be written out and stays. */
export const WRITE_ONLY: u32 = 1 << 31;

/** What a policy needs of its owner, beside the calls. */
export enum Needs {
  Nothing = 0,
  /** Hits that repeat a lookup of the same page: one of them, or up to three, must be told of. Others change nothing. */
  OneRepeat = 1,
  ThreeRepeats = 3,
  Repeats = 3,
  /** `now` and `processNow`. */
  Time = 4,
  /** `nextUse`. */
  Future = 8,
  /** That expired() is asked at each lookup. */
  Expiry = 16,
}

export interface Policy {
  /** Readies an empty one, on zeroed memory. False when memory is used up; so of `ensure`. */
  open(frames: u32, parameter: u64, seed: u64): bool;
  /** Pages below `pages`, and processes below `processes`, may come. */
  ensure(pages: u32): bool;
  /** There are so many frames from now on. ensure() follows, and evict() where more pages are resident. */
  resize(frames: u32): void;
  /** A lookup of a resident page; never the one that loads it. Its dirty bit is set already. */
  hit(page: u32): void;
  /** A page will be loaded: before anything is evicted for it. 0: none will, the last one could not be. */
  admit(page: u32): void;
  /** Chooses a resident page and lets go of it. With WRITE_ONLY, the page is to be written out now and stays; evict() is asked again. */
  evict(): u32;
  /**
   * A page is resident now. Without admit() before it, it was resident all the time and becomes evictable again: as one that is not
   * remembered, even where evict() chose it; and a page that was admitted is still to come.
   */
  insert(page: u32): void;
  /** A page is to be forgotten, resident, remembered or neither: it exists no more, or may not be evicted; then this is not asked again. */
  drop(page: u32): void;
  /** A page that leaves by itself, or 0. Asked at each lookup: after hit(), after admit(), until it is 0. */
  expired(): u32;
  /** Reads what a lookup of a page will need of its arrays, and the other what that leads to: the sum of anything read. The page may be one that it does not know. */
  read(page: u32): u32;
  readMore(page: u32): u32;
  /** A constant of the class. */
  needs(): Needs;
}
