// An inverted page table: one entry a frame of physical memory, for all spaces, found through anchors. An entry:
//
//   | vpn u64 | space u32 | - | PTE u64 | next u64 |
//
// Anchors (u64) and `next` are a frame's number + 1, 0: none. A PTE stays where it is until its page is removed.

import { allocate } from "../../base/arena";
import { Result, result } from "../../base/counters";
import { Shortage } from "../../base/status";
import { readEntry } from "../reads";
import { bitsFor, hash } from "./hash";

const SPACE_SHIFT: u64 = 44;
const ANCHOR_BYTES: u64 = 8;

@unmanaged
class Entry {
  vpn: u64;
  space: u32;
  pte: u64;
  next: u64;
}

@unmanaged
class Inverted {
  entries: usize;
  frames: u32;
  /** Frames handed out so far: 0, 1, 2 and so on. */
  taken: u32;
  /** A frame + 1 that was given back, whose entry leads to the next; or 0. */
  free: u64;
  anchors: usize;
  /** log2 of the anchors. */
  bits: u32;

  /** Takes memory; false when it is used up. */
  open(frames: u32): bool {
    this.frames = frames;
    this.bits = bitsFor(frames);
    this.entries = allocate(<u64>frames * offsetof<Entry>(), 64);
    this.anchors = allocate(ANCHOR_BYTES << (<u64>this.bits), 64);
    return this.entries != 0 && this.anchors != 0;
  }

  anchor(vpn: u64, space: u32): usize {
    return this.anchors + (hash(vpn ^ ((<u64>space) << SPACE_SHIFT), this.bits) << 3);
  }

  /** Where an entry or an anchor is in physical memory: behind the frames. */
  private physical(address: usize): u64 {
    return ((<u64>this.frames) << 12) + <u64>(address - this.entries);
  }

  /** The entry that a link leads to. */
  entryAt(link: u64): usize {
    return this.entries + <usize>(link - 1) * offsetof<Entry>();
  }

  /** A link to a frame that holds no page; 0: all do. */
  takeFrame(): u64 {
    const link = this.free;
    if (!link) return this.taken < this.frames ? ++this.taken : 0;
    this.free = changetype<Entry>(this.entryAt(link)).next;
    return link;
  }

  /** Where the link to the entry of a page stands, or 0. `reading`: the anchor and each entry examined are read. */
  seek(vpn: u64, space: u32, reading: bool): usize {
    let place = this.anchor(vpn, space);
    if (reading) readEntry(this.physical(place));
    for (let link = load<u64>(place); link; link = load<u64>(place)) {
      const at = this.entryAt(link);
      if (reading) readEntry(this.physical(at), 0, changetype<Entry>(at).pte);
      const entry = changetype<Entry>(at);
      if (entry.vpn == vpn && entry.space == space) return place;
      place = at + offsetof<Entry>("next");
    }
    return 0;
  }

  /** The place of the PTE that the link at `place` leads to; 0 for none. */
  pteOf(place: usize): usize {
    return place ? this.entryAt(load<u64>(place)) + offsetof<Entry>("pte") : 0;
  }
}

/** A table for at least one frame; 0 when memory is used up. */
export function newInverted(frames: u32): usize {
  const table = allocate(offsetof<Inverted>(), 8);
  return table && changetype<Inverted>(table).open(frames) ? table : 0;
}

/** The place of the PTE of a space's page, or 0. */
export function find(table: usize, vpn: u64, space: u32): usize {
  const inverted = changetype<Inverted>(table);
  return inverted.pteOf(inverted.seek(vpn, space, false));
}

/** The same, as a walk. */
export function walk(table: usize, vpn: u64, space: u32): usize {
  const inverted = changetype<Inverted>(table);
  return inverted.pteOf(inverted.seek(vpn, space, true));
}

/** The place of a PTE of 0 for a page that has none; 0 when all frames hold pages. */
export function insert(table: usize, vpn: u64, space: u32): usize {
  const inverted = changetype<Inverted>(table);
  const link = inverted.takeFrame();
  if (!link) {
    result(Result.Shortage, Shortage.Frames);
    return 0;
  }
  const at = inverted.entryAt(link);
  const entry = changetype<Entry>(at);
  const anchor = inverted.anchor(vpn, space);
  entry.vpn = vpn;
  entry.space = space;
  entry.pte = 0;
  entry.next = load<u64>(anchor);
  store<u64>(anchor, link);
  return at + offsetof<Entry>("pte");
}

/** Takes a page out; its frame is the next to be handed out. */
export function remove(table: usize, vpn: u64, space: u32): void {
  const inverted = changetype<Inverted>(table);
  const place = inverted.seek(vpn, space, false);
  if (!place) return;
  const link = load<u64>(place);
  const entry = changetype<Entry>(inverted.entryAt(link));
  store<u64>(place, entry.next);
  entry.next = inverted.free;
  inverted.free = link;
}

/** The number of the frame whose PTE stands at `place`. */
export function frameOf(table: usize, place: usize): u64 {
  return (place - changetype<Inverted>(table).entries) / offsetof<Entry>();
}

export function bytesOf(table: usize): u64 {
  const inverted = changetype<Inverted>(table);
  return <u64>inverted.frames * offsetof<Entry>() + (ANCHOR_BYTES << (<u64>inverted.bits));
}
