// A set of words without bound: a hash table with linear probing that doubles when it is half full.
// Deletion moves later words of a run up, so that no search stops early.

import { allocate } from "../../base/arena";

const FIRST_SLOTS: u32 = 64;
const GOLDEN: u64 = 0x9e3779b97f4a7c15;

@unmanaged
export class WordSet {
  table: usize;
  /** Slots of the table, a power of two, and how many hold a word. */
  slots: u32;
  used: u32;
  /** Low bits that are not part of a word's name, as the last search gave them. */
  loose: u64;
  /** Memory was used up: a word was not put in. */
  short: bool;

  /** Takes memory; false when it is used up. */
  open(): bool {
    return this.spread(FIRST_SLOTS);
  }

  find(key: u64, loose: u64): usize {
    if (loose != this.loose) this.setLoose(loose);
    let slot = this.home(key);
    for (let word = load<u64>(this.place(slot)); word; word = load<u64>(this.place(slot))) {
      if ((word ^ key) <= loose) return this.place(slot);
      slot = this.next(slot);
    }
    return 0;
  }

  insert(word: u64): void {
    if (this.used >= this.slots >> 1 && !this.spread(this.slots << 1)) return;
    this.put(word);
    this.used++;
  }

  drop(place: usize): void {
    let hole = <u32>((place - this.table) >> 3);
    for (let slot = this.next(hole); ; slot = this.next(slot)) {
      const word = load<u64>(this.place(slot));
      if (!word) break;
      if (this.distance(this.home(word), slot) < this.distance(hole, slot)) continue;
      store<u64>(this.place(hole), word);
      hole = slot;
    }
    store<u64>(this.place(hole), 0);
    this.used--;
  }

  dropWhere(mask: u64, value: u64): u32 {
    const before = this.used;
    for (let slot: u32 = 0; slot < this.slots; ) {
      const place = this.place(slot);
      const word = load<u64>(place);
      // A word may have moved up to here: looked at again.
      if (word && (word & mask) == value) this.drop(place);
      else slot++;
    }
    return before - this.used;
  }

  private setLoose(loose: u64): void {
    this.loose = loose;
    if (this.used) this.spread(this.slots);
  }

  private put(word: u64): void {
    let slot = this.home(word);
    while (load<u64>(this.place(slot))) slot = this.next(slot);
    store<u64>(this.place(slot), word);
  }

  /** Puts every word into a new table; false, and `short`, when memory is used up. */
  private spread(slots: u32): bool {
    const wider = allocate((<u64>slots) << 3, 64);
    if (!wider) {
      this.short = true;
      return false;
    }
    const end = this.place(this.slots);
    const table = this.table;
    this.table = wider;
    this.slots = slots;
    for (let place = table; place < end; place += 8) {
      const word = load<u64>(place);
      if (word) this.put(word);
    }
    return true;
  }

  private home(word: u64): u32 {
    return <u32>(((word & ~this.loose) * GOLDEN) >> (64 - <u64>ctz(this.slots)));
  }

  private next(slot: u32): u32 {
    return (slot + 1) & (this.slots - 1);
  }

  private distance(from: u32, to: u32): u32 {
    return (to - from) & (this.slots - 1);
  }

  private place(slot: u32): usize {
    return this.table + ((<usize>slot) << 3);
  }
}
