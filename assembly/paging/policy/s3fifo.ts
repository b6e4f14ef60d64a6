// S3-FIFO (Yang, Zhang, Qiu, Yue and Vigfusson, SOSP 2023): a small FIFO that pages are loaded into, a main one for those that were used twice
// or more there, and a ghost that remembers which ones left the small one.

import { growArray, roomFor } from "../arrays";
import { FIRST, SECOND, THIRD, openList, putHead, tailOf, unlink } from "../lists";
import { flagsOf, mark } from "../moment";
import { Needs } from "../policy";

/** Where a page is, and how often it was used there, up to 3. */
const SMALL: u32 = 4;
const MAIN: u32 = 8;
const GHOST: u32 = 12;
const WHERE: u32 = 12;
const USE: u32 = 16;
const USES: u32 = 48;

@unmanaged
export class S3Fifo {
  private links: usize;
  private frames: u32;
  private mostMain: u32;
  private mostGhost: u32;
  private small: u32;
  private main: u32;
  private ghost: u32;
  /** The page that will be loaded, if it was remembered. */
  private known: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.resize(frames);
    if (!this.ensure(1)) return false;
    openList(this.links, SECOND);
    openList(this.links, THIRD);
    return true;
  }

  ensure(pages: u32): bool {
    const links = growArray(this.links, roomFor(pages, this.frames) << 3);
    if (links) this.links = links;
    return links != 0;
  }

  resize(frames: u32): void {
    this.frames = frames;
    const small = max(1, frames / 10);
    this.mostMain = max(1, frames - small);
    this.mostGhost = max(1, <u32>((<u64>frames * 9) / 10));
    while (this.ghost > this.mostGhost) this.drop(tailOf(this.links, THIRD));
  }

  hit(page: u32): void {
    const state = flagsOf(page);
    if ((state & USES) != USES) mark(page, USES, (state & USES) + USE);
  }

  admit(page: u32): void {
    this.known = 0;
    if ((flagsOf(page) & WHERE) != GHOST) return;
    this.drop(page);
    this.known = page;
  }

  evict(): u32 {
    if (this.main <= this.mostMain) {
      const page = this.evictSmall();
      if (page) return page;
    }
    return this.evictMain();
  }

  /** The oldest page of the small list that was not used twice leaves; those before it go over. 0 where all do. */
  private evictSmall(): u32 {
    while (this.small) {
      const page = this.take(FIRST);
      const uses = flagsOf(page) & USES;
      this.small--;
      if (uses >= 2 * USE) {
        this.put(page, MAIN);
        continue;
      }
      if (this.ghost == this.mostGhost) this.drop(tailOf(this.links, THIRD));
      this.put(page, GHOST);
      return page;
    }
    return 0;
  }

  private evictMain(): u32 {
    while (true) {
      const page = this.take(SECOND);
      const uses = flagsOf(page) & USES;
      if (!uses) {
        mark(page, WHERE, 0);
        this.main--;
        return page;
      }
      putHead(this.links, SECOND, page);
      mark(page, USES, uses - USE);
    }
  }

  /** Takes the oldest of a list out. */
  private take(list: u32): u32 {
    const page = tailOf(this.links, list);
    unlink(this.links, page);
    return page;
  }

  insert(page: u32): void {
    const known = page == this.known;
    if (known) this.known = 0;
    else this.drop(page);
    this.put(page, known ? MAIN : SMALL);
  }

  drop(page: u32): void {
    const where = flagsOf(page) & WHERE;
    if (!where) return;
    if (where == SMALL) this.small--;
    else if (where == MAIN) this.main--;
    else this.ghost--;
    unlink(this.links, page);
    mark(page, WHERE | USES, 0);
  }

  private put(page: u32, where: u32): void {
    mark(page, WHERE | USES, where);
    if (where == SMALL) {
      putHead(this.links, FIRST, page);
      this.small++;
    } else if (where == MAIN) {
      putHead(this.links, SECOND, page);
      this.main++;
    } else {
      putHead(this.links, THIRD, page);
      this.ghost++;
    }
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
    return Needs.ThreeRepeats;
  }
}
