// WSClock (Carr and Hennessy, SOSP 1981): a ring in the order of loading, where a page takes the place of the one that left for it. The hand passes
// pages that were used, and makes now their last use; and those whose last use is no older than the parameter, in lookups. Of older ones it has
// the dirty written, and takes the first that is clean. After a full turn it takes the first one that it had written, or the one whose
// last use is oldest, the nearest of those.

import { growArray, roomFor } from "../arrays";
import { firstFrom, growTree, highestWord, setWord, wordAt } from "../highest";
import { Page, flagsOf, now } from "../moment";
import { Needs, WRITE_ONLY } from "../policy";

/** A place's word where the page was used since the hand passed; else the lower, the later its last use was. 0: no page. */
const USED: u64 = u64.MAX_VALUE;

function wordOf(lastUse: u64): u64 {
  return ~(lastUse + 1);
}

const NONE: u32 = u32.MAX_VALUE;

@unmanaged
export class WsClock {
  private age: u64;
  private frames: u32;
  private hand: u32;
  /** Words of the ring's places, in a tree of so many leaves; places that were ever taken. */
  private tree: usize;
  private leaves: u32;
  private used: u32;
  /** The page at each place, or of an empty one the one that was empty before it; the last that became empty, NONE of none. */
  private pages: usize;
  private empty: u32;
  /** By page. */
  private places: usize;
  /** The hand is on its way: from where it goes on, whether it is past the ring's end, the first page that it had written. */
  private turning: bool;
  private wrapped: bool;
  private at: u32;
  private written: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.frames = frames;
    this.age = parameter;
    this.empty = NONE;
    return this.ensure(1);
  }

  ensure(pages: u32): bool {
    const most = roomFor(pages, this.frames);
    const room = most << 2;
    const places = growArray(this.places, room);
    const held = growArray(this.pages, room);
    if (places) this.places = places;
    if (held) this.pages = held;
    if (!places || !held) return false;
    const need = min(<u32>most, max(this.frames, this.used));
    let leaves = max(this.leaves, 64);
    while (leaves < need) leaves <<= 1;
    if (leaves == this.leaves) return true;
    const tree = growTree(leaves, this.tree, this.leaves);
    if (!tree) return false;
    this.tree = tree;
    this.leaves = leaves;
    return true;
  }

  resize(frames: u32): void {
    this.frames = frames;
  }

  hit(page: u32): void {
    setWord(this.tree, this.leaves, this.placeOf(page), USED);
  }

  admit(page: u32): void {}

  evict(): u32 {
    if (!this.turning) {
      this.turning = true;
      this.wrapped = false;
      this.at = this.hand;
      this.written = NONE;
    }
    // From here on upwards: used, or older than the parameter.
    const bound = now > this.age ? wordOf(now - this.age - 1) : USED;
    while (true) {
      const end = this.wrapped ? this.hand : this.used;
      const place = firstFrom(this.tree, this.leaves, this.at, end, bound);
      if (place == end) {
        if (this.wrapped) break;
        this.wrapped = true;
        this.at = 0;
        continue;
      }
      this.at = place + 1;
      if (wordAt(this.tree, this.leaves, place) == USED) {
        setWord(this.tree, this.leaves, place, wordOf(now));
        continue;
      }
      const page = this.pageAt(place);
      if (!(flagsOf(page) & Page.Dirty)) return this.take(place);
      if (this.written == NONE) this.written = place;
      return page | WRITE_ONLY;
    }
    if (this.written != NONE) return this.take(this.written);
    const oldest = highestWord(this.tree);
    const place = firstFrom(this.tree, this.leaves, this.hand, this.used, oldest);
    return this.take(place < this.used ? place : firstFrom(this.tree, this.leaves, 0, this.used, oldest));
  }

  /** The page at a place leaves; the hand stops past it. */
  private take(place: u32): u32 {
    const page = this.pageAt(place);
    this.turning = false;
    this.hand = place + 1 < this.used ? place + 1 : 0;
    this.drop(page);
    return page;
  }

  insert(page: u32): void {
    this.turning = false;
    const reused = this.empty != NONE;
    const place = reused ? this.empty : this.used++;
    if (reused) this.empty = this.pageAt(place);
    store<u32>(this.pages + ((<usize>place) << 2), page);
    store<u32>(this.places + ((<usize>page) << 2), place);
    setWord(this.tree, this.leaves, place, USED);
  }

  drop(page: u32): void {
    if (!(flagsOf(page) & Page.Resident)) return;
    const place = this.placeOf(page);
    setWord(this.tree, this.leaves, place, 0);
    store<u32>(this.pages + ((<usize>place) << 2), this.empty);
    this.empty = place;
    if (this.written == place) this.written = NONE;
  }

  private placeOf(page: u32): u32 {
    return load<u32>(this.places + ((<usize>page) << 2));
  }

  private pageAt(place: u32): u32 {
    return load<u32>(this.pages + ((<usize>place) << 2));
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
    return <Needs>(Needs.OneRepeat | Needs.Time);
  }
}
