// What a stack comes to, of any policy whose pages in memory are all among those that it has there with one frame more: a lookup that
// finds its page at a depth is a hit with as many frames or more, with fewer a fault (Mattson, Gecsei, Slutz and Traiger 1970).
//
// Writes: a page is dirty with all sizes from `dirtyFrom` on. With those that are also less than the depth of a lookup it has left memory
// before it, and was written then.

import { growArray } from "../paging/arrays";

/** Clean with every size. */
const NEVER: u32 = u32.MAX_VALUE;

/** u32 words of a Tally that the host reads. */
export enum TallyWord {
  Depths,
  Steps,
  Firsts,
  Length,
}

/** Bytes of a Tally. */
export const TALLY: i32 = 16;

@unmanaged
export class Tally {
  /** By depth, u64 each: lookups that found their page so deep. */
  depths: usize;
  /** By frames, i64 each: how many more pages are written out with so many than with one frame less. */
  steps: usize;
  /** First lookups of pages. */
  firsts: u32;
  /** By page, u32 each: the fewest frames with which it is dirty. */
  dirtyFrom: usize;

  /** Readies it for page ids below `pages`. False when memory is used up. */
  ensure(pages: u64): bool {
    this.depths = growArray(this.depths, (pages + 1) << 3);
    this.steps = growArray(this.steps, (pages + 1) << 3);
    this.dirtyFrom = growArray(this.dirtyFrom, (pages + 1) << 2);
    return this.depths != 0 && this.steps != 0 && this.dirtyFrom != 0;
  }

  /** Lookups of the page that is on top. */
  repeat(times: u64): void {
    const at = this.depths + 8;
    store<u64>(at, load<u64>(at) + times);
  }

  first(page: u32, isStore: bool): void {
    this.firsts++;
    store<u32>(this.dirtyFrom + ((<usize>page) << 2), isStore ? 1 : NEVER);
  }

  found(page: u32, depth: u32, isStore: bool): void {
    const at = this.depths + ((<usize>depth) << 3);
    store<u64>(at, load<u64>(at) + 1);
    const place = this.dirtyFrom + ((<usize>page) << 2);
    const dirty = load<u32>(place);
    this.written(dirty, depth);
    if (isStore) store<u32>(place, 1);
    else if (depth > dirty) store<u32>(place, depth);
  }

  /** The trace is over, and a page lies so deep: it has left all memories that are smaller. */
  left(page: u32, depth: u32): void {
    this.written(this.dirtyFromOf(page), depth);
  }

  dirtyFromOf(page: u32): u32 {
    return load<u32>(this.dirtyFrom + ((<usize>page) << 2));
  }

  /** One page more is written with `from` frames or more, up to `to`. */
  written(from: u32, to: u32): void {
    if (to <= from) return;
    this.step(from, 1);
    this.step(to, -1);
  }

  /** So many pages more are written with so many frames or more. */
  step(frames: u32, pages: i64): void {
    const at = this.steps + ((<usize>frames) << 3);
    store<i64>(at, load<i64>(at) + pages);
  }
}
