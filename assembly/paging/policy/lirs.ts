// LIRS (Jiang and Zhang, SIGMETRICS 2002). Pages of low inter-reference recency (LIR) stay; the others (HIR) pass through a few frames, a hundredth
// of all. The stack S holds pages by recency, those of it that are not resident among them, and its bottom is LIR always; the queue Q holds
// the resident HIR pages, and its front leaves next.

import { growArray, roomFor } from "../arrays";
import {
  FIRST,
  SECOND,
  headOf,
  isEmpty,
  openList,
  previousOf,
  putHead,
  putTail,
  readBeside,
  readLinks,
  tailOf,
  unlink,
} from "../lists";
import { flagsOf, mark } from "../moment";
import { Needs } from "../policy";

/** A page in the stack; LIR; in the queue, which is resident HIR; in the stack only, which is HIR and not resident. */
const STACKED: u32 = 4;
const LIR: u32 = 8;
const QUEUED: u32 = 16;
const GHOST: u32 = 32;

const STACK: u32 = FIRST;
const QUEUE: u32 = FIRST;
/** Ghosts in the order in which they left, which is that of the stack: pages are queued in the order in which they are put on it. */
const GHOSTS: u32 = SECOND;

@unmanaged
export class Lirs {
  /** Two links a page: of the stack, top at the head; of the queue or the ghosts, front at the head. */
  private stack: usize;
  private queue: usize;
  private frames: u32;
  private mostLirs: u32;
  private lirs: u32;
  private stacked: u32;
  /** The page that will be loaded. */
  private coming: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.count(frames);
    if (!this.ensure(1)) return false;
    openList(this.queue, GHOSTS);
    return true;
  }

  private count(frames: u32): void {
    this.frames = frames;
    this.mostLirs = frames - max(1, frames / 100);
  }

  ensure(pages: u32): bool {
    const bytes = roomFor(pages, this.frames) << 3;
    const stack = growArray(this.stack, bytes);
    const queue = growArray(this.queue, bytes);
    if (stack) this.stack = stack;
    if (queue) this.queue = queue;
    return stack != 0 && queue != 0;
  }

  resize(frames: u32): void {
    this.count(frames);
    while (this.lirs > this.mostLirs) this.demote();
    this.bound();
  }

  hit(page: u32): void {
    const state = flagsOf(page);
    if (state & LIR) {
      if (headOf(this.stack, STACK) == page) return;
      const bottom = tailOf(this.stack, STACK) == page;
      this.unstack(page);
      this.push(page);
      if (bottom) this.prune();
      return;
    }
    unlink(this.queue, page);
    mark(page, QUEUED, 0);
    if (state & STACKED) this.unstack(page);
    this.push(page);
    this.place(page, (state & STACKED) != 0);
  }

  admit(page: u32): void {
    this.coming = page;
  }

  evict(): u32 {
    if (isEmpty(this.queue, QUEUE)) this.demote();
    const page = headOf(this.queue, QUEUE);
    unlink(this.queue, page);
    mark(page, QUEUED, 0);
    if (flagsOf(page) & STACKED) {
      mark(page, GHOST, GHOST);
      putTail(this.queue, GHOSTS, page);
    }
    return page;
  }

  insert(page: u32): void {
    const remembered = (flagsOf(page) & GHOST) != 0;
    const known = remembered && page == this.coming;
    if (remembered) this.forget(page);
    this.push(page);
    this.place(page, known);
    if (page == this.coming) this.coming = 0;
  }

  drop(page: u32): void {
    const state = flagsOf(page);
    if (state & GHOST) {
      this.forget(page);
      return;
    }
    if (state & QUEUED) unlink(this.queue, page);
    if (state & STACKED) this.unstack(page);
    if (state & LIR) this.lirs--;
    mark(page, LIR | QUEUED, 0);
    this.prune();
  }

  /** The page on top of the stack becomes LIR if it was in the stack, or while LIR pages are few; else it is the last of the queue. */
  private place(page: u32, wasStacked: bool): void {
    if (this.mostLirs && (wasStacked || this.lirs < this.mostLirs)) {
      mark(page, LIR, LIR);
      this.lirs++;
      if (this.lirs > this.mostLirs) this.demote();
    } else {
      this.enqueue(page);
      this.prune();
    }
    this.bound();
  }

  /** The lowest page of the stack, which is LIR, becomes HIR, the last of the queue. */
  private demote(): void {
    const page = tailOf(this.stack, STACK);
    mark(page, LIR, 0);
    this.lirs--;
    this.enqueue(page);
    this.prune();
  }

  private enqueue(page: u32): void {
    putTail(this.queue, QUEUE, page);
    mark(page, QUEUED, QUEUED);
  }

  /** Takes HIR pages off the stack's bottom; those that are not resident are forgotten. */
  private prune(): void {
    let page = tailOf(this.stack, STACK);
    while (page != STACK && !(flagsOf(page) & LIR)) {
      const above = previousOf(this.stack, page);
      if (flagsOf(page) & GHOST) this.forget(page);
      else this.unstack(page);
      page = above;
    }
  }

  /** The stack has two entries a frame at most: the oldest ghosts go. */
  private bound(): void {
    while (this.stacked > 2 * this.frames && !isEmpty(this.queue, GHOSTS))
      this.forget(headOf(this.queue, GHOSTS));
  }

  private forget(ghost: u32): void {
    unlink(this.queue, ghost);
    mark(ghost, GHOST, 0);
    this.unstack(ghost);
  }

  private push(page: u32): void {
    putHead(this.stack, STACK, page);
    mark(page, STACKED, STACKED);
    this.stacked++;
  }

  private unstack(page: u32): void {
    unlink(this.stack, page);
    mark(page, STACKED, 0);
    this.stacked--;
  }

  expired(): u32 {
    return 0;
  }

  read(page: u32): u32 {
    return readLinks(this.stack, page);
  }

  readMore(page: u32): u32 {
    return readBeside(this.stack, page);
  }

  needs(): Needs {
    return Needs.OneRepeat;
  }
}
