// Least recently used: one list, the page used last at its head.

import { growArray, roomFor } from "../arrays";
import { FIRST, moveToHead, putHead, readBeside, readLinks, tailOf, unlink } from "../lists";
import { Page, flagsOf } from "../moment";
import { Needs } from "../policy";

@unmanaged
export class Lru {
  private links: usize;
  private frames: u32;

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
    moveToHead(this.links, FIRST, page);
  }

  admit(page: u32): void {}

  evict(): u32 {
    const page = tailOf(this.links, FIRST);
    unlink(this.links, page);
    return page;
  }

  insert(page: u32): void {
    putHead(this.links, FIRST, page);
  }

  drop(page: u32): void {
    if (!(flagsOf(page) & Page.Resident)) return;
    unlink(this.links, page);
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
