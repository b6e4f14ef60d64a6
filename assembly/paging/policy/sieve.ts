// SIEVE (Zhang, Yang, Yue, Vigfusson and Rashmi, NSDI 2024): one list in the order of loading; a hand goes from its tail towards its head, clears
// visited bits, and takes the first page that has none.

import { growArray, roomFor } from "../arrays";
import { FIRST, previousOf, putHead, unlink } from "../lists";
import { Page, flagsOf, mark } from "../moment";
import { Needs } from "../policy";

const VISITED: u32 = 4;

@unmanaged
export class Sieve {
  private links: usize;
  private frames: u32;
  /** Where the hand goes on. FIRST, the sentinel, is before the tail. */
  private hand: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.frames = frames;
    return this.ensure(1);
  }

  ensure(pages: u32): bool {
    const links = growArray(this.links, roomFor(pages, this.frames) << 3);
    if (links) this.links = links;
    return links != 0;
  }

  resize(frames: u32): void {}

  hit(page: u32): void {
    mark(page, VISITED, VISITED);
  }

  admit(page: u32): void {}

  evict(): u32 {
    const links = this.links;
    let page = this.hand;
    while (page == FIRST || flagsOf(page) & VISITED) {
      if (page != FIRST) mark(page, VISITED, 0);
      page = previousOf(links, page);
    }
    this.hand = previousOf(links, page);
    unlink(links, page);
    return page;
  }

  insert(page: u32): void {
    putHead(this.links, FIRST, page);
  }

  drop(page: u32): void {
    if (!(flagsOf(page) & Page.Resident)) return;
    if (this.hand == page) this.hand = previousOf(this.links, page);
    unlink(this.links, page);
    mark(page, VISITED, 0);
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
