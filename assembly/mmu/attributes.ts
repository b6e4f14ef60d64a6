// What a page's address says of it: its size, what may be done there, whose it is. Most machines have one answer for all
// addresses; with regions each address space has a map of them.
//
//   attributes   10     8        7      6   5   4   3    0
//              |      global | user | X | W | R |  size  |
//
//   map   | from u64 | behind u64 | attributes u32, region u32 |  a range, by rising address, none overlapping

import { allocate } from "../base/arena";
import { Flag } from "./format";

export const SIZE: u32 = 15;
/** The flags of a leaf that attributes have too. */
export const FLAGS: u32 =
  <u32>Flag.Read | <u32>Flag.Write | <u32>Flag.Execute | <u32>Flag.User | <u32>Flag.Global;

const RANGE: usize = 24;
const FIRST_CAPACITY: u32 = 16;

/** Attributes of addresses in no range. */
export let everywhere: u32 = 0;
/** Some address space has a range. */
export let mixed: bool = false;

/** log2 of the bytes of a page in no range. */
export let everyShift: u64 = 12;

export function setEverywhere(attributes: u32, shift: u64): void {
  everywhere = attributes;
  everyShift = shift;
}

/** The ranges of an address space. */
@unmanaged
export class AddressMap {
  ranges: usize;
  /** The place that the last search found. */
  private found: u32;
  count: u32;
  capacity: u32;

  /** The place of the first range that ends above `va`. */
  private place(va: u64): u32 {
    let low: u32 = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (va <= this.last(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private at(place: u32): usize {
    return this.ranges + <usize>place * RANGE;
  }

  first(place: u32): u64 {
    return load<u64>(this.at(place));
  }

  /** Its last byte. */
  last(place: u32): u64 {
    return load<u64>(this.at(place) + 8);
  }

  attributes(place: u32): u32 {
    return load<u32>(this.at(place) + 16);
  }

  find(va: u64): u32 {
    // Mostly the range that was found last.
    let place = this.found;
    if (place >= this.count || va < this.first(place) || va > this.last(place)) {
      place = this.place(va);
      this.found = place;
    }
    return place < this.count && this.first(place) <= va ? this.attributes(place) : everywhere;
  }

  /** The number from 1 of the configured region that holds `va`; 0: none. */
  regionOf(va: u64): u32 {
    const place = this.place(va);
    return place < this.count && this.first(place) <= va ? load<u32>(this.at(place) + 20) : 0;
  }

  /** Whether a range with a flag overlaps [first, last]. */
  hasFlag(first: u64, last: u64, flag: u32): bool {
    for (let place = this.place(first); place < this.count && this.first(place) <= last; place++) {
      if (this.attributes(place) & flag) return true;
    }
    return false;
  }

  /** Adds a range behind all others. False when memory is used up. */
  append(first: u64, last: u64, attributes: u32, region: u32): bool {
    mixed = true;
    return this.put(this.count, first, last, attributes, region);
  }

  private put(place: u32, first: u64, last: u64, attributes: u32, region: u32): bool {
    if (this.count == this.capacity && !this.grow()) return false;
    const at = this.at(place);
    memory.copy(at + RANGE, at, <usize>(this.count - place) * RANGE);
    this.count++;
    store<u64>(at, first);
    store<u64>(at + 8, last);
    store<u32>(at + 16, attributes);
    store<u32>(at + 20, region);
    return true;
  }

  private remove(place: u32): void {
    const at = this.at(place);
    this.count--;
    memory.copy(at, at + RANGE, <usize>(this.count - place) * RANGE);
  }

  private grow(): bool {
    const capacity = max(this.capacity * 2, FIRST_CAPACITY);
    const ranges = allocate(<u64>capacity * RANGE, 8);
    if (!ranges) return false;
    memory.copy(ranges, this.ranges, <usize>this.count * RANGE);
    this.ranges = ranges;
    this.capacity = capacity;
    return true;
  }

  /** Starts as a copy of another map. False when memory is used up. */
  copy(other: AddressMap): bool {
    const bytes = <usize>other.count * RANGE;
    this.count = 0;
    if (this.capacity < other.count) {
      this.ranges = allocate(bytes, 8);
      if (!this.ranges) return false;
      this.capacity = other.count;
    }
    memory.copy(this.ranges, other.ranges, bytes);
    this.count = other.count;
    return true;
  }

  /** Makes all of [first, last] of one size, and leaves what else is said there. False when memory is used up. */
  resize(first: u64, last: u64, size: u32): bool {
    mixed = true;
    if (!this.cut(first) || (last != u64.MAX_VALUE && !this.cut(last + 1))) return false;
    let at = first;
    let place = this.place(first);
    while (true) {
      if (place >= this.count || this.first(place) > last)
        return this.put(place, at, last, sized(everywhere, size), 0) && this.join();
      if (this.first(place) > at) {
        if (!this.put(place, at, this.first(place) - 1, sized(everywhere, size), 0)) return false;
        place++;
      }
      store<u32>(this.at(place) + 16, sized(this.attributes(place), size));
      if (this.last(place) >= last) return this.join();
      at = this.last(place) + 1;
      place++;
    }
  }

  /** Sees to it that a range begins at `va`, if one holds it. */
  private cut(va: u64): bool {
    const place = this.place(va);
    if (place >= this.count || this.first(place) >= va) return true;
    const region = load<u32>(this.at(place) + 20);
    const last = this.last(place);
    store<u64>(this.at(place) + 8, va - 1);
    return this.put(place + 1, va, last, this.attributes(place), region);
  }

  /** Joins neighbours that say the same. */
  private join(): bool {
    for (let place: u32 = 1; place < this.count; ) {
      const before = this.at(place - 1);
      const at = this.at(place);
      if (load<u64>(before + 8) + 1 == load<u64>(at) && load<u64>(before + 16) == load<u64>(at + 16)) {
        store<u64>(before + 8, this.last(place));
        this.remove(place);
      } else {
        place++;
      }
    }
    return true;
  }
}

function sized(attributes: u32, size: u32): u32 {
  return (attributes & ~SIZE) | size;
}

export function newMap(): AddressMap | null {
  return changetype<AddressMap | null>(allocate(offsetof<AddressMap>(), 8));
}
