// Aging: a value of eight bits a page. A lookup sets the top bit, after every 10,000 lookups all values are shifted right; the page with the lowest
// value leaves, of those the one that was loaded first.

import { AgedValues, NOTHING } from "../agedvalues";
import { growArray, roomFor } from "../arrays";
import { Page, flagsOf, now } from "../moment";
import { Needs } from "../policy";

const PERIOD: u64 = 10_000;
const TOP: u32 = 128;

@unmanaged
export class Aging {
  private frames: u32;
  /** Places in the order of loading: those taken so far, and how many there are. A page that leaves leaves its place empty. */
  private used: u32;
  private places: u32;
  /** The page at each place, 0 of none; the place of each page. */
  private pageAt: usize;
  private placeOf: usize;
  private resident: u32;
  /** The last lookup before the next shift. */
  private until: u64;
  private values: AgedValues;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.frames = frames;
    this.until = PERIOD;
    const values = growArray(0, <u64>offsetof<AgedValues>());
    if (!values) return false;
    this.values = changetype<AgedValues>(values);
    return this.ensure(1);
  }

  ensure(pages: u32): bool {
    const room = roomFor(pages, this.frames);
    const placeOf = growArray(this.placeOf, room << 2);
    if (!placeOf) return false;
    this.placeOf = placeOf;
    // Twice as many places as pages that can be resident: half of them or more are gained when they are used up.
    const most: u32 = max(this.resident, min(<u32>room, this.frames));
    const need: u32 = (2 * most + 128) & ~63;
    return need <= this.places || this.moveTo(need);
  }

  resize(frames: u32): void {
    this.frames = frames;
  }

  hit(page: u32): void {
    if (now > this.until) this.shift();
    this.values.set(this.placeAt(page), TOP);
  }

  admit(page: u32): void {}

  evict(): u32 {
    if (now > this.until) this.shift();
    const page = load<u32>(this.pageAt + ((<usize>this.values.lowest()) << 2));
    this.drop(page);
    return page;
  }

  insert(page: u32): void {
    if (now > this.until) this.shift();
    if (this.used == this.places) this.compact();
    this.put(this.used++, page, TOP);
    this.resident++;
  }

  drop(page: u32): void {
    if (!(flagsOf(page) & Page.Resident)) return;
    const place = this.placeAt(page);
    this.values.raise(place, NOTHING);
    store<u32>(this.pageAt + ((<usize>place) << 2), 0);
    this.resident--;
  }

  private placeAt(page: u32): u32 {
    return load<u32>(this.placeOf + ((<usize>page) << 2));
  }

  private put(place: u32, page: u32, value: u32): void {
    store<u32>(this.pageAt + ((<usize>place) << 2), page);
    store<u32>(this.placeOf + ((<usize>page) << 2), place);
    this.values.put(place, value);
  }

  private shift(): void {
    for (; now > this.until; this.until += PERIOD) this.values.halve();
  }

  /** Moves pages to the first places, in their order. */
  private compact(): void {
    const used = this.used;
    this.used = 0;
    for (let place: u32 = 0; place < used; place++) {
      const page = load<u32>(this.pageAt + ((<usize>place) << 2));
      if (!page) continue;
      const value = this.values.get(place);
      this.values.raise(place, NOTHING);
      store<u32>(this.pageAt + ((<usize>place) << 2), 0);
      this.put(this.used++, page, value);
    }
  }

  /** Has so many places from now on. */
  private moveTo(places: u32): bool {
    const pageAt = growArray(this.pageAt, (<u64>places) << 2);
    if (!pageAt) return false;
    this.pageAt = pageAt;
    if (!this.values.grow(places)) return false;
    this.places = places;
    return true;
  }

  expired(): u32 {
    return 0;
  }

  read(page: u32): u32 {
    return this.placeAt(page);
  }

  readMore(page: u32): u32 {
    return 0;
  }

  needs(): Needs {
    return <Needs>(Needs.OneRepeat | Needs.Time);
  }
}
