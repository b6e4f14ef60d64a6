// OPT, Belady's optimum (IBM Systems Journal, 1966): the page that is looked up again last leaves. Those that will never be looked up again leave first,
// of these the clean ones: which of two alike makes no difference to any count.

import { growArray, roomFor } from "../arrays";
import { FIRST, SECOND, headOf, isEmpty, openList, putTail, unlink } from "../lists";
import { NEVER, Page, flagsOf, nextUse } from "../moment";
import { Needs } from "../policy";

const CLEAN: u32 = FIRST;
const DIRTY: u32 = SECOND;

@unmanaged
export class Opt {
  /** A binary heap, the farthest on top, from place 1; a word is the next use, then the page. */
  private heap: usize;
  private count: u32;
  /** Each page's place in the heap; 0: it is in one of the two lists of pages without a next use. */
  private places: usize;
  private links: usize;
  private frames: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.frames = frames;
    if (!this.ensure(1)) return false;
    openList(this.links, DIRTY);
    return true;
  }

  ensure(pages: u32): bool {
    const room = roomFor(pages, this.frames);
    const heap = growArray(this.heap, room << 3);
    const places = growArray(this.places, room << 2);
    const links = growArray(this.links, room << 3);
    if (heap) this.heap = heap;
    if (places) this.places = places;
    if (links) this.links = links;
    return heap != 0 && places != 0 && links != 0;
  }

  resize(frames: u32): void {
    this.frames = frames;
  }

  hit(page: u32): void {
    const place = this.placeOf(page);
    if (nextUse == NEVER) {
      this.drop(page);
      this.retire(page);
    } else {
      this.raise(place, wordOf(page));
    }
  }

  admit(page: u32): void {}

  evict(): u32 {
    const links = this.links;
    const clean = !isEmpty(links, CLEAN);
    const page = clean || !isEmpty(links, DIRTY) ? headOf(links, clean ? CLEAN : DIRTY) : <u32>this.wordAt(1);
    this.drop(page);
    return page;
  }

  insert(page: u32): void {
    if (nextUse == NEVER) this.retire(page);
    else this.raise(++this.count, wordOf(page));
  }

  drop(page: u32): void {
    if (!(flagsOf(page) & Page.Resident)) return;
    const place = this.placeOf(page);
    if (!place) {
      unlink(this.links, page);
      return;
    }
    const last = this.wordAt(this.count--);
    if (place > this.count) return;
    if (place > 1 && last > this.wordAt(place >> 1)) this.raise(place, last);
    else this.lower(place, last);
  }

  /** Puts a page that will not be looked up again with its like. */
  private retire(page: u32): void {
    store<u32>(this.places + ((<usize>page) << 2), 0);
    putTail(this.links, flagsOf(page) & Page.Dirty ? DIRTY : CLEAN, page);
  }

  /** Puts a word at a place, or above it. */
  private raise(from: u32, word: u64): void {
    let place = from;
    while (place > 1) {
      const above = this.wordAt(place >> 1);
      if (above >= word) break;
      this.put(place, above);
      place >>= 1;
    }
    this.put(place, word);
  }

  /** Puts a word at a place, or below it. */
  private lower(from: u32, word: u64): void {
    let place = from;
    while (true) {
      let below: u32 = 2 * place;
      if (below > this.count) break;
      if (below < this.count && this.wordAt(below + 1) > this.wordAt(below)) below++;
      const larger = this.wordAt(below);
      if (larger <= word) break;
      this.put(place, larger);
      place = below;
    }
    this.put(place, word);
  }

  private put(place: u32, word: u64): void {
    store<u64>(this.heap + ((<usize>place) << 3), word);
    store<u32>(this.places + ((<usize>(<u32>word)) << 2), place);
  }

  private wordAt(place: u32): u64 {
    return load<u64>(this.heap + ((<usize>place) << 3));
  }

  private placeOf(page: u32): u32 {
    return load<u32>(this.places + ((<usize>page) << 2));
  }

  expired(): u32 {
    return 0;
  }

  read(page: u32): u32 {
    return this.placeOf(page);
  }

  readMore(page: u32): u32 {
    return 0;
  }

  needs(): Needs {
    return Needs.Future;
  }
}

function wordOf(page: u32): u64 {
  return ((<u64>nextUse) << 32) | <u64>page;
}
