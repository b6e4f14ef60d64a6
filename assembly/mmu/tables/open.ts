// A hashed page table with open addressing: linear probing. A slot:
//
//   | tag u64 | PTE u64 |      tag: the page's number + 2; 0: empty; 1: removed
//
// A PTE stays where it is until the next insertion.

import { allocate } from "../../base/arena";
import { readEntry } from "../reads";
import { bitsFor, hash } from "./hash";

const EMPTY: u64 = 0;
const REMOVED: u64 = 1;
const FIRST_TAG: u64 = 2;
const SLOT_SHIFT: usize = 4;

@unmanaged
class Open {
  first: usize;
  /** log2 of the slots. */
  bits: u32;
  /** Slots that are not empty. */
  used: u32;

  /** Takes memory for 2^bits empty slots; false when it is used up. */
  open(bits: u32): bool {
    const first = allocate((<u64>1) << (<u64>bits + SLOT_SHIFT), 64);
    if (!first) return false;
    this.first = first;
    this.bits = bits;
    this.used = 0;
    return true;
  }

  home(vpn: u64): usize {
    return this.first + (hash(vpn, this.bits) << SLOT_SHIFT);
  }

  next(slot: usize): usize {
    const next = slot + (1 << SLOT_SHIFT);
    return next == this.end() ? this.first : next;
  }

  end(): usize {
    return this.first + ((<usize>1) << (<usize>this.bits + SLOT_SHIFT));
  }

  /** Puts a page into the first slot of its sequence that holds none: its slot. */
  put(vpn: u64, pte: u64): usize {
    let slot = this.home(vpn);
    while (load<u64>(slot) >= FIRST_TAG) slot = this.next(slot);
    if (load<u64>(slot) == EMPTY) this.used++;
    store<u64>(slot, vpn + FIRST_TAG);
    store<u64>(slot, pte, 8);
    return slot;
  }

  /** Another insertion would use more than three quarters. */
  isFull(): bool {
    return (<u64>this.used + 1) * 4 > (<u64>3) << (<u64>this.bits);
  }

  double(): bool {
    const first = this.first;
    const end = this.end();
    if (!this.open(this.bits + 1)) return false;
    for (let slot = first; slot != end; slot += 1 << SLOT_SHIFT) {
      const tag = load<u64>(slot);
      if (tag >= FIRST_TAG) this.put(tag - FIRST_TAG, load<u64>(slot, 8));
    }
    return true;
  }

  /** The slot of a page, or 0. `reading`: each slot examined is read. */
  seek(vpn: u64, reading: bool): usize {
    let slot = this.home(vpn);
    if (reading) readEntry(slot, 0, load<u64>(slot, 8));
    while (load<u64>(slot) != vpn + FIRST_TAG) {
      if (load<u64>(slot) == EMPTY) return 0;
      slot = this.next(slot);
      if (reading) readEntry(slot, 0, load<u64>(slot, 8));
    }
    return slot;
  }
}

/** A table with room for `slots`; 0 when memory is used up. */
export function newOpen(slots: u32): usize {
  const table = allocate(offsetof<Open>(), 8);
  return table && changetype<Open>(table).open(bitsFor(slots)) ? table : 0;
}

/** The place of a page's PTE, or 0. */
export function find(table: usize, vpn: u64): usize {
  const slot = changetype<Open>(table).seek(vpn, false);
  return slot ? slot + 8 : 0;
}

/** The same, as a walk. */
export function walk(table: usize, vpn: u64): usize {
  const slot = changetype<Open>(table).seek(vpn, true);
  return slot ? slot + 8 : 0;
}

/** The place of a PTE of 0 for a page that has none; 0 when memory is used up. */
export function insert(table: usize, vpn: u64): usize {
  const open = changetype<Open>(table);
  if (open.isFull() && !open.double()) return 0;
  return open.put(vpn, 0) + 8;
}

export function remove(table: usize, vpn: u64): void {
  const slot = changetype<Open>(table).seek(vpn, false);
  if (!slot) return;
  store<u64>(slot, REMOVED);
  store<u64>(slot, 0, 8);
}

export function bytesOf(table: usize): u64 {
  return (<u64>1) << (<u64>changetype<Open>(table).bits + SLOT_SHIFT);
}
