// Aging: a value of eight bits a page. A lookup sets the top bit, after every 10,000 lookups all values are shifted right; the page with the lowest
// value leaves, of those the one that was loaded first. The pages of each value are a heap by loading, so that a shift joins 256 heaps to 128.

import { growArray, roomFor } from "../arrays";
import { Page, flagsOf, now } from "../moment";
import { LOOSE, NODE, meld, openNode, removeNode, userOf, wordOf } from "../pairingheap";
import { Needs } from "../policy";

const PERIOD: u64 = 10_000;
const VALUES: u32 = 256;
const TOP: u32 = 128;

@unmanaged
export class Aging {
  /** A page's word is the number of its loading and, in the low bits, its value at the shift that the node's u32 numbers. */
  private heaps: usize;
  /** Their roots, by value. */
  private roots: usize;
  private frames: u32;
  /** Shifts so far, and the last lookup before the next. */
  private shifts: u32;
  private until: u64;
  private loads: u64;
  /** No page has a lower value. */
  private lowest: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.frames = frames;
    this.until = PERIOD;
    this.roots = growArray(0, (<u64>VALUES) << 2);
    return this.roots != 0 && this.ensure(1);
  }

  ensure(pages: u32): bool {
    const heaps = growArray(this.heaps, roomFor(pages, this.frames) * NODE);
    if (heaps) this.heaps = heaps;
    return heaps != 0;
  }

  resize(frames: u32): void {}

  hit(page: u32): void {
    if (now > this.until) this.shift();
    const value = this.valueOf(page);
    if (value & TOP) return;
    const load = wordOf(this.heaps, page) >> LOOSE;
    this.drop(page);
    this.put(page, load, value | TOP);
  }

  admit(page: u32): void {}

  evict(): u32 {
    if (now > this.until) this.shift();
    while (!this.root(this.lowest)) this.lowest++;
    const page = this.root(this.lowest);
    this.setRoot(this.lowest, removeNode(this.heaps, page, page));
    return page;
  }

  insert(page: u32): void {
    if (now > this.until) this.shift();
    this.put(page, ++this.loads, TOP);
  }

  drop(page: u32): void {
    if (!(flagsOf(page) & Page.Resident)) return;
    const value = this.valueOf(page);
    this.setRoot(value, removeNode(this.heaps, this.root(value), page));
  }

  /** A page's value after the shifts since it was written. */
  private valueOf(page: u32): u32 {
    const value = <u32>wordOf(this.heaps, page) & (VALUES - 1);
    return value >> min(8, this.shifts - userOf(this.heaps, page));
  }

  private put(page: u32, load: u64, value: u32): void {
    openNode(this.heaps, page, this.shifts, (load << LOOSE) | <u64>value);
    this.setRoot(value, meld(this.heaps, this.root(value), page));
    this.lowest = min(this.lowest, value);
  }

  private shift(): void {
    while (now > this.until) {
      for (let value: u32 = 0; value < VALUES / 2; value++) {
        this.setRoot(value, meld(this.heaps, this.root(2 * value), this.root(2 * value + 1)));
      }
      for (let value: u32 = VALUES / 2; value < VALUES; value++) this.setRoot(value, 0);
      this.lowest >>= 1;
      this.shifts++;
      this.until += PERIOD;
    }
  }

  private root(value: u32): u32 {
    return load<u32>(this.roots + ((<usize>value) << 2));
  }

  private setRoot(value: u32, page: u32): void {
    store<u32>(this.roots + ((<usize>value) << 2), page);
  }

  expired(): u32 {
    return 0;
  }

  needs(): Needs {
    return <Needs>(Needs.OneRepeat | Needs.Time);
  }
}
