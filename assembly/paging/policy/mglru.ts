// MGLRU, a repeatable reduction of Linux's multi-generational LRU (mm/vmscan.c): generations of pages in the order in which they came, two or three of
// them. Pages are loaded into the youngest. Where only two exist when a page must leave, a third begins with all pages used since.

import { growArray, roomFor } from "../arrays";
import { FIRST, SECOND, THIRD, headOf, isEmpty, nextOf, openList, putTail, unlink } from "../lists";
import { Page, flagsOf, mark } from "../moment";
import { Needs } from "../policy";

const USED: u32 = 4;

@unmanaged
export class MultiGenLru {
  /** Lists from the first to come, at the head, to the last. */
  private links: usize;
  private frames: u32;
  private oldest: u32;
  private middle: u32;
  /** FIRST, SECOND, THIRD as they are free or generations; `youngest` is the middle one where only two exist. */
  private youngest: u32;
  private three: bool;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.frames = frames;
    if (!this.ensure(1)) return false;
    openList(this.links, SECOND);
    openList(this.links, THIRD);
    this.oldest = FIRST;
    this.middle = SECOND;
    this.youngest = SECOND;
    return true;
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
    while (true) {
      if (!this.three) this.age();
      if (isEmpty(links, this.oldest)) {
        this.retire();
        continue;
      }
      const page = headOf(links, this.oldest);
      unlink(links, page);
      if (!(flagsOf(page) & USED)) return page;
      mark(page, USED, 0);
      putTail(links, this.youngest, page);
    }
  }

  /** A third generation begins. Every page is looked at: each leaves its generation before this happens three times more. */
  private age(): void {
    const links = this.links;
    const next: u32 = this.unused();
    this.three = true;
    this.youngest = next;
    this.moveUsed(links, this.oldest);
    this.moveUsed(links, this.middle);
  }

  /** The list that is no generation while there are two. */
  private unused(): u32 {
    if (this.oldest != FIRST && this.middle != FIRST) return FIRST;
    return this.oldest != SECOND && this.middle != SECOND ? SECOND : THIRD;
  }

  private moveUsed(links: usize, generation: u32): void {
    let page = headOf(links, generation);
    while (page != generation) {
      const next = nextOf(links, page);
      if (flagsOf(page) & USED) {
        mark(page, USED, 0);
        unlink(links, page);
        putTail(links, this.youngest, page);
      }
      page = next;
    }
  }

  /** The oldest generation is empty, and ends. */
  private retire(): void {
    this.oldest = this.middle;
    this.middle = this.youngest;
    this.three = false;
  }

  insert(page: u32): void {
    putTail(this.links, this.youngest, page);
  }

  drop(page: u32): void {
    if (!(flagsOf(page) & Page.Resident)) return;
    unlink(this.links, page);
    mark(page, USED, 0);
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
