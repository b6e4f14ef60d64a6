// Clock: a ring, in which a page that is loaded comes just behind the hand. The hand clears used bits, and takes the first page that has none.
// The parameter is 1 where a page is loaded with the bit set (clock), 0 where with it clear (clock0).

import { growArray, roomFor } from "../arrays";
import { FIRST, headOf, nextOf, previousOf, putAfter, putTail, unlink } from "../lists";
import { Page, flagsOf, mark } from "../moment";
import { Needs } from "../policy";

const USED: u32 = 4;

@unmanaged
export class Clock {
  /** The ring; the sentinel stands where the hand is, before the page it comes to next. */
  private links: usize;
  private frames: u32;
  /** What a page is loaded with. */
  private loaded: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.frames = frames;
    this.loaded = parameter ? USED : 0;
    return this.ensure(1);
  }

  ensure(pages: u32): bool {
    const links = growArray(this.links, roomFor(pages, this.frames) << 3);
    if (links) this.links = links;
    return links != 0;
  }

  resize(frames: u32): void {}

  hit(page: u32): void {
    mark(page, USED, USED);
  }

  admit(page: u32): void {}

  evict(): u32 {
    const links = this.links;
    let page = headOf(links, FIRST);
    while (page == FIRST || flagsOf(page) & USED) {
      if (page != FIRST) mark(page, USED, 0);
      page = nextOf(links, page);
    }
    const before = previousOf(links, page);
    unlink(links, page);
    if (before != FIRST) {
      unlink(links, FIRST);
      putAfter(links, before, FIRST);
    }
    return page;
  }

  insert(page: u32): void {
    mark(page, USED, this.loaded);
    putTail(this.links, FIRST, page);
  }

  drop(page: u32): void {
    if (!(flagsOf(page) & Page.Resident)) return;
    mark(page, USED, 0);
    unlink(this.links, page);
  }

  expired(): u32 {
    return 0;
  }

  read(page: u32): u32 {
    return 0;
  }

  readMore(page: u32): u32 {
    return 0;
  }

  needs(): Needs {
    return Needs.OneRepeat;
  }
}
