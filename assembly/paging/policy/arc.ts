// ARC (Megiddo and Modha, FAST 2003): pages seen once (T1) and more often (T2), pages remembered of both (B1, B2), and p, the size that T1
// should have, which hits among the remembered ones move.

import { growArray, roomFor } from "../arrays";
import {
  FIRST,
  FOURTH,
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

/** Where a page is, and the bits that say so. */
const T1: u32 = 4;
const T2: u32 = 8;
const B1: u32 = 12;
const B2: u32 = 16;
const WHERE: u32 = 28;

function listOf(where: u32): u32 {
  if (where == T1) return FIRST;
  if (where == T2) return SECOND;
  return where == B1 ? THIRD : FOURTH;
}

@unmanaged
export class Arc {
  private links: usize;
  private frames: u32;
  private t1: u32;
  private t2: u32;
  private b1: u32;
  private b2: u32;
  private p: f64;
  /** The page that will be loaded, and where it was: 0, B1 or B2. */
  private coming: u32;
  private from: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.frames = frames;
    if (!this.ensure(1)) return false;
    for (let where = T2; where <= B2; where += T1) openList(this.links, listOf(where));
    return true;
  }

  ensure(pages: u32): bool {
    const links = growArray(this.links, roomFor(pages, this.frames) << 3);
    if (links) this.links = links;
    return links != 0;
  }

  resize(frames: u32): void {
    this.frames = frames;
    this.p = min(this.p, <f64>frames);
    this.trim();
  }

  hit(page: u32): void {
    if ((flagsOf(page) & WHERE) == T2) {
      moveToHead(this.links, SECOND, page);
    } else {
      this.drop(page);
      this.put(page, T2);
    }
  }

  admit(page: u32): void {
    const from = flagsOf(page) & WHERE;
    this.coming = page;
    this.from = from;
    if (!from) return;
    const b1 = <f64>this.b1;
    const b2 = <f64>this.b2;
    if (from == B1) this.p = min(this.p + max(b2 / b1, 1), <f64>this.frames);
    else this.p = max(this.p - max(b1 / b2, 1), 0);
    this.drop(page);
  }

  evict(): u32 {
    if (!this.coming) {
      const page = this.replace(false);
      this.trim();
      return page;
    }
    if (!this.from) {
      if (this.t1 + this.b1 >= this.frames) {
        if (!this.b1) return this.take(T1);
        this.take(B1);
      } else if (this.b2 && this.t1 + this.t2 + this.b1 + this.b2 >= 2 * this.frames) {
        this.take(B2);
      }
    }
    return this.replace(this.from == B2);
  }

  /** Lets go of the oldest of T1 or T2, and remembers it. */
  private replace(inB2: bool): u32 {
    const t1 = <f64>this.t1;
    const first = !this.t2 || (this.t1 && (t1 > this.p || (t1 == this.p && inB2)));
    const page = this.take(first ? T1 : T2);
    this.put(page, first ? B1 : B2);
    return page;
  }

  insert(page: u32): void {
    if (page != this.coming) {
      this.drop(page);
      this.put(page, T1);
      return;
    }
    this.put(page, this.from ? T2 : T1);
    this.coming = 0;
    this.from = 0;
  }

  drop(page: u32): void {
    const where = flagsOf(page) & WHERE;
    if (!where) return;
    unlink(this.links, page);
    mark(page, WHERE, 0);
    this.add(where, -1);
  }

  /** Where frames became fewer, fewer pages are remembered. */
  private trim(): void {
    while (this.b1 && this.t1 + this.b1 > this.frames) this.take(B1);
    while (this.b2 && this.t1 + this.t2 + this.b1 + this.b2 > 2 * this.frames) this.take(B2);
  }

  /** Takes the oldest of a list out. */
  private take(where: u32): u32 {
    const page = tailOf(this.links, listOf(where));
    this.drop(page);
    return page;
  }

  private put(page: u32, where: u32): void {
    putHead(this.links, listOf(where), page);
    mark(page, WHERE, where);
    this.add(where, 1);
  }

  private add(where: u32, by: i32): void {
    if (where == T1) this.t1 += by;
    else if (where == T2) this.t2 += by;
    else if (where == B1) this.b1 += by;
    else this.b2 += by;
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
    return Needs.OneRepeat;
  }
}
