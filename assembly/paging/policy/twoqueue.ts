// 2Q (Johnson and Shasha, VLDB 1994, the full version): pages are loaded into a FIFO, Ain; those that leave it are remembered in another,
// Aout, and a page that is loaded again while it is remembered comes into an LRU list, Am.

import { growArray, roomFor } from "../arrays";
import {
  FIRST,
  SECOND,
  THIRD,
  moveToHead,
  openList,
  putHead,
  readBeside,
  readLinks,
  tailOf,
  unlink,
} from "../lists";
import { flagsOf, mark } from "../moment";
import { Needs } from "../policy";

const AIN: u32 = FIRST;
const AM: u32 = SECOND;
const AOUT: u32 = THIRD;

/** Where a page is. */
const IN_AIN: u32 = 4;
const IN_AM: u32 = 8;
const IN_AOUT: u32 = 12;
const WHERE: u32 = 12;

@unmanaged
export class TwoQueue {
  private links: usize;
  private frames: u32;
  private mostIn: u32;
  private mostOut: u32;
  private ain: u32;
  private am: u32;
  private aout: u32;
  /** The page that will be loaded, if it was remembered. */
  private known: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.resize(frames);
    if (!this.ensure(1)) return false;
    openList(this.links, AM);
    openList(this.links, AOUT);
    return true;
  }

  ensure(pages: u32): bool {
    const links = growArray(this.links, roomFor(pages, this.frames) << 3);
    if (links) this.links = links;
    return links != 0;
  }

  resize(frames: u32): void {
    this.frames = frames;
    this.mostIn = max(1, frames / 4);
    this.mostOut = max(1, frames / 2);
    while (this.aout > this.mostOut) this.forgetOldest();
  }

  hit(page: u32): void {
    if ((flagsOf(page) & WHERE) == IN_AM) moveToHead(this.links, AM, page);
  }

  admit(page: u32): void {
    this.known = 0;
    if ((flagsOf(page) & WHERE) != IN_AOUT) return;
    this.drop(page);
    this.known = page;
  }

  evict(): u32 {
    if (this.ain > this.mostIn || !this.am) {
      const page = tailOf(this.links, AIN);
      this.drop(page);
      if (this.aout == this.mostOut) this.forgetOldest();
      putHead(this.links, AOUT, page);
      mark(page, WHERE, IN_AOUT);
      this.aout++;
      return page;
    }
    const page = tailOf(this.links, AM);
    this.drop(page);
    return page;
  }

  insert(page: u32): void {
    if (page == this.known) {
      putHead(this.links, AM, page);
      mark(page, WHERE, IN_AM);
      this.am++;
      this.known = 0;
    } else {
      this.drop(page);
      putHead(this.links, AIN, page);
      mark(page, WHERE, IN_AIN);
      this.ain++;
    }
  }

  drop(page: u32): void {
    const where = flagsOf(page) & WHERE;
    if (!where) return;
    if (where == IN_AIN) this.ain--;
    else if (where == IN_AM) this.am--;
    else this.aout--;
    unlink(this.links, page);
    mark(page, WHERE, 0);
  }

  private forgetOldest(): void {
    this.drop(tailOf(this.links, AOUT));
  }

  expired(): u32 {
    return 0;
  }

  read(page: u32): u32 {
    return readLinks(this.links, page);
  }

  readMore(page: u32): u32 {
    return readBeside(this.links, page);
  }

  needs(): Needs {
    return Needs.Nothing;
  }
}
