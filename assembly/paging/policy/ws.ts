// Working set (Denning, CACM 1968): a page leaves when as many lookups of its process as the parameter says passed without it. Its process is
// the one that looked it up last. Frames are a cap: where it is reached, the least recently used page leaves.

import { growArray, roomFor } from "../arrays";
import { firstFrom, growTree, highestWord, setWord } from "../highest";
import { Page, flagsOf, now, process, processNow, processes } from "../moment";
import { Needs } from "../policy";

/** Bytes of a page's stamp: its last lookup by its process's time, and by that of all; the process. */
const STAMP: usize = 24;

@unmanaged
export class WorkingSet {
  private window: u64;
  private frames: u32;
  /** Of each page the next older and the next newer of its process, 0 of none: two u32. (Apart from the stamps, for neighbours are asked for these.) */
  private links: usize;
  private stamps: usize;
  /** The newest and the oldest page of each process: two u32. */
  private ends: usize;
  /** By process the last lookup of its oldest page, in a tree of so many leaves; the older, the higher. */
  private oldest: usize;
  private leaves: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.frames = frames;
    this.window = parameter;
    return this.ensure(1);
  }

  ensure(pages: u32): bool {
    const room = roomFor(pages, this.frames);
    const links = growArray(this.links, room << 3);
    const stamps = growArray(this.stamps, room * <u64>STAMP);
    const ends = growArray(this.ends, (<u64>processes + 1) << 3);
    if (links) this.links = links;
    if (stamps) this.stamps = stamps;
    if (ends) this.ends = ends;
    if (!links || !stamps || !ends) return false;
    let leaves = max(this.leaves, 1);
    while (leaves < processes) leaves <<= 1;
    if (leaves == this.leaves) return true;
    const oldest = growTree(leaves, this.oldest, this.leaves);
    if (!oldest) return false;
    this.oldest = oldest;
    this.leaves = leaves;
    return true;
  }

  resize(frames: u32): void {
    this.frames = frames;
  }

  hit(page: u32): void {
    if (load<u32>(this.linkOf(page), 4) || load<u32>(this.stampOf(page), 16) != process) {
      this.leave(page);
      this.enter(page);
    } else {
      this.stamp(page);
    }
  }

  admit(page: u32): void {}

  evict(): u32 {
    const number = firstFrom(this.oldest, this.leaves, 0, this.leaves, highestWord(this.oldest));
    const page = load<u32>(this.endsOf(number), 4);
    this.leave(page);
    return page;
  }

  insert(page: u32): void {
    this.enter(page);
  }

  drop(page: u32): void {
    if (flagsOf(page) & Page.Resident) this.leave(page);
  }

  expired(): u32 {
    const page = load<u32>(this.endsOf(process), 4);
    if (!page || processNow - load<u64>(this.stampOf(page)) < this.window) return 0;
    this.leave(page);
    return page;
  }

  private linkOf(page: u32): usize {
    return this.links + ((<usize>page) << 3);
  }

  private stampOf(page: u32): usize {
    return this.stamps + <usize>page * STAMP;
  }

  private endsOf(number: u32): usize {
    return this.ends + ((<usize>number) << 3);
  }

  /** A page, the newest of its process, was looked up now. */
  private stamp(page: u32): void {
    const stamp = this.stampOf(page);
    store<u64>(stamp, processNow);
    store<u64>(stamp, now, 8);
    store<u32>(stamp, process, 16);
    if (!load<u32>(this.linkOf(page))) this.noteOldest(process, page);
  }

  /** Makes a page the newest of the process that runs. */
  private enter(page: u32): void {
    const link = this.linkOf(page);
    const ends = this.endsOf(process);
    const older = load<u32>(ends);
    store<u32>(link, older);
    store<u32>(link, 0, 4);
    store<u32>(ends, page);
    if (older) store<u32>(this.linkOf(older), page, 4);
    else store<u32>(ends, page, 4);
    this.stamp(page);
  }

  private leave(page: u32): void {
    const link = this.linkOf(page);
    const number = load<u32>(this.stampOf(page), 16);
    const ends = this.endsOf(number);
    const older = load<u32>(link);
    const newer = load<u32>(link, 4);
    if (newer) store<u32>(this.linkOf(newer), older);
    else store<u32>(ends, older);
    if (older) {
      store<u32>(this.linkOf(older), newer, 4);
    } else {
      store<u32>(ends, newer, 4);
      this.noteOldest(number, newer);
    }
  }

  private noteOldest(number: u32, page: u32): void {
    setWord(this.oldest, this.leaves, number, page ? ~load<u64>(this.stampOf(page), 8) : 0);
  }

  read(page: u32): u32 {
    return load<u32>(this.linkOf(page)) + load<u32>(this.stampOf(page));
  }

  readMore(page: u32): u32 {
    return load<u32>(this.linkOf(load<u32>(this.linkOf(page)))) + load<u32>(this.linkOf(load<u32>(this.linkOf(page), 4)));
  }

  needs(): Needs {
    return <Needs>(Needs.OneRepeat | Needs.Time | Needs.Expiry);
  }
}
