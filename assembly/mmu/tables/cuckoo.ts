// An elastic cuckoo page table: Skarlatos, Kokolis, Xu, Torrellas, Elastic Cuckoo Page Tables: Rethinking Virtual Memory
// Translation for Parallelism, ASPLOS 2020. A page has one slot in each way, and stands in one of them:
//
//   | tag u64 | PTE u64 |      tag: the page's number + 1; 0: empty
//
// A table that fills grows a slot at a time: with each insertion, slot `moved` of every way moves to ways twice as wide.
//
//   way:        | moved |  not yet  |      a page's slot is in the wider way if its slot here is moved, else here:
//   wider way:  |    in use    |               |      one slot a way to look at, always
//
// A slot's number is the top bits of the page's hash, so that slot n moves to 2n or 2n + 1, both empty till then: moving finds
// room always. An insertion kicks pages from way to way until one finds an empty slot; after MOST_KICKS the ways are widened at
// once. A PTE stays where it is until the next insertion.

import { allocate } from "../../base/arena";
import { splitmix } from "../../base/splitmix";
import { readEntry } from "../reads";
import { bitsFor } from "./hash";

const MOST_KICKS: u32 = 32;
const SLOT_SHIFT: usize = 4;
/** Numbers of pages are smaller, so that each way has hashes of its own. */
const WAY_SHIFT: u64 = 56;

/** The slots whose pages an insertion kicked, in order. */
const kicked: usize = memory.data(32 * sizeof<usize>(), 4);
/** What is on its way to a slot. */
let tag: u64 = 0;
let pte: u64 = 0;

@unmanaged
class Cuckoo {
  ways: u32;
  /** log2 of the slots of a way. */
  bits: u32;
  /** Pages held. */
  used: u32;
  /** Slots of each way that have moved. */
  moved: u32;
  /** The ways, one behind the other; and the wider ones, or 0. */
  first: usize;
  wider: usize;

  /** The slot of a page in a way. */
  slot(vpn: u64, way: u32): usize {
    const hash = splitmix(vpn + ((<u64>way) << WAY_SHIFT));
    const slot = <u32>(hash >> (64 - <u64>this.bits));
    if (slot >= this.moved) return this.first + placed(way, this.bits, slot);
    return this.wider + placed(way, this.bits + 1, <u32>(hash >> (63 - <u64>this.bits)));
  }

  /** The first empty slot of a page, or 0. */
  emptySlot(vpn: u64): usize {
    for (let way: u32 = 0; way < this.ways; way++) {
      const slot = this.slot(vpn, way);
      if (!load<u64>(slot)) return slot;
    }
    return 0;
  }

  /** Puts a page into a slot, if need be by kicks from each way to the next. False, and nothing is changed: too many kicks. */
  put(vpn: u64): bool {
    tag = vpn + 1;
    pte = 0;
    let way: u32 = 0;
    for (let kicks: u32 = 0; kicks < MOST_KICKS; kicks++) {
      const empty = this.emptySlot(tag - 1);
      if (empty) {
        exchange(empty);
        return true;
      }
      const slot = this.slot(tag - 1, way);
      exchange(slot);
      store<usize>(kicked + ((<usize>kicks) << 2), slot);
      way = way + 1 < this.ways ? way + 1 : 0;
    }
    for (let kicks = MOST_KICKS; kicks; kicks--) exchange(load<usize>(kicked + ((<usize>kicks - 1) << 2)));
    return false;
  }

  /** Another insertion would fill more than 3/5; of fewer than three ways, which cannot be more than half full, 2/5. */
  isFull(): bool {
    const most: u64 = this.ways < 3 ? 2 : 3;
    return (<u64>this.used + 1) * 5 > (<u64>this.ways * most) << (<u64>this.bits);
  }

  /** Begins to grow; false when memory is used up. */
  widen(): bool {
    this.wider = newWays(this.ways, this.bits + 1);
    return this.wider != 0;
  }

  /** Moves the next slot of every way. */
  move(): void {
    const slot = this.moved++;
    for (let way: u32 = 0; way < this.ways; way++) {
      const from = this.first + placed(way, this.bits, slot);
      tag = load<u64>(from);
      if (!tag) continue;
      const to = this.slot(tag - 1, way);
      store<u64>(to, tag);
      store<u64>(to, load<u64>(from, 8), 8);
    }
    if (this.moved >> this.bits) this.finish();
  }

  finish(): void {
    this.first = this.wider;
    this.wider = 0;
    this.bits++;
    this.moved = 0;
  }

  /** The slot of a page, or 0. `reading`: its slots are read. */
  seek(vpn: u64, reading: bool): usize {
    let found: usize = 0;
    for (let way: u32 = 0; way < this.ways; way++) {
      const slot = this.slot(vpn, way);
      if (reading) readEntry(slot, 0, load<u64>(slot, 8));
      if (load<u64>(slot) == vpn + 1) found = slot;
    }
    return found;
  }
}

/** Where a slot of a way is, from the first of the first way. */
function placed(way: u32, bits: u32, slot: u32): usize {
  return (((<usize>way) << (<usize>bits)) + <usize>slot) << SLOT_SHIFT;
}

/** Exchanges what a slot holds for what is on its way. */
function exchange(slot: usize): void {
  const otherTag = load<u64>(slot);
  const otherPte = load<u64>(slot, 8);
  store<u64>(slot, tag);
  store<u64>(slot, pte, 8);
  tag = otherTag;
  pte = otherPte;
}

/** Empty ways of 2^bits slots; 0 when memory is used up. */
function newWays(ways: u32, bits: u32): usize {
  return allocate((<u64>ways) << (<u64>bits + SLOT_SHIFT), 64);
}

/** A table of 2 ways or more, each with room for `slots`; 0 when memory is used up. */
export function newCuckoo(ways: u32, slots: u32): usize {
  const table = allocate(offsetof<Cuckoo>(), 8);
  const bits = bitsFor(slots);
  const first = newWays(ways, bits);
  if (!table || !first) return 0;
  const cuckoo = changetype<Cuckoo>(table);
  cuckoo.ways = ways;
  cuckoo.bits = bits;
  cuckoo.first = first;
  return table;
}

/** The place of a page's PTE, or 0. */
export function find(table: usize, vpn: u64): usize {
  const slot = changetype<Cuckoo>(table).seek(vpn, false);
  return slot ? slot + 8 : 0;
}

/** The same, as a walk: one slot of each way is read. */
export function walk(table: usize, vpn: u64): usize {
  const slot = changetype<Cuckoo>(table).seek(vpn, true);
  return slot ? slot + 8 : 0;
}

/** The place of a PTE of 0 for a page that has none; 0 when memory is used up. */
export function insert(table: usize, vpn: u64): usize {
  const cuckoo = changetype<Cuckoo>(table);
  if (!cuckoo.wider && cuckoo.isFull() && !cuckoo.widen()) return 0;
  while (!cuckoo.put(vpn)) {
    if (!cuckoo.wider && !cuckoo.widen()) return 0;
    while (cuckoo.wider) cuckoo.move();
  }
  cuckoo.used++;
  if (cuckoo.wider) cuckoo.move();
  return find(table, vpn);
}

export function remove(table: usize, vpn: u64): void {
  const cuckoo = changetype<Cuckoo>(table);
  const slot = cuckoo.seek(vpn, false);
  if (!slot) return;
  store<u64>(slot, 0);
  store<u64>(slot, 0, 8);
  cuckoo.used--;
}

/** Of the ways, and of the wider ones while they are filled. */
export function bytesOf(table: usize): u64 {
  const cuckoo = changetype<Cuckoo>(table);
  const bytes = (<u64>cuckoo.ways) << (<u64>cuckoo.bits + SLOT_SHIFT);
  return cuckoo.wider ? bytes * 3 : bytes;
}
