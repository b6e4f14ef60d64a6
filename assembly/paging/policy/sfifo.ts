// Segmented FIFO (Turner and Levy, SIGMETRICS 1981): a primary FIFO whose pages overflow into a secondary list, from which a lookup reclaims
// them. The parameter is the secondary's share of the frames in percent: 0 is FIFO, 100 is LRU.

import { growArray, roomFor } from "../arrays";
import { FIRST, SECOND, isEmpty, openList, putHead, readBeside, readLinks, tailOf, unlink } from "../lists";
import { Page, flagsOf, mark } from "../moment";
import { Needs } from "../policy";

const SECONDARY: u32 = 4;

@unmanaged
export class SegmentedFifo {
  private links: usize;
  private frames: u32;
  private percent: u32;
  private mostPrimary: u32;
  private primary: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.percent = <u32>parameter;
    this.resize(frames);
    if (!this.ensure(1)) return false;
    openList(this.links, SECOND);
    return true;
  }

  ensure(pages: u32): bool {
    const links = growArray(this.links, roomFor(pages, this.frames) << 3);
    if (links) this.links = links;
    return links != 0;
  }

  resize(frames: u32): void {
    this.frames = frames;
    const share = <u32>((<u64>frames * <u64>this.percent) / 100);
    this.mostPrimary = this.percent ? frames - max(1, share) : frames;
    while (this.primary > this.mostPrimary) this.overflow();
  }

  hit(page: u32): void {
    if (!(flagsOf(page) & SECONDARY)) return;
    unlink(this.links, page);
    this.insert(page);
  }

  admit(page: u32): void {}

  evict(): u32 {
    const links = this.links;
    const page = tailOf(links, isEmpty(links, SECOND) ? FIRST : SECOND);
    this.drop(page);
    return page;
  }

  insert(page: u32): void {
    mark(page, SECONDARY, 0);
    putHead(this.links, FIRST, page);
    if (++this.primary > this.mostPrimary) this.overflow();
  }

  private overflow(): void {
    const links = this.links;
    const page = tailOf(links, FIRST);
    unlink(links, page);
    putHead(links, SECOND, page);
    mark(page, SECONDARY, SECONDARY);
    this.primary--;
  }

  drop(page: u32): void {
    if (!(flagsOf(page) & Page.Resident)) return;
    if (!(flagsOf(page) & SECONDARY)) this.primary--;
    unlink(this.links, page);
    mark(page, SECONDARY, 0);
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
