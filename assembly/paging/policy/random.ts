// Random: any resident page, by xorshift64. Resident pages stand in an array without gaps; the last takes the place of one that leaves.

import { nextRandom, seedState } from "../../mmu/policy/random";
import { growArray, roomFor } from "../arrays";
import { Page, flagsOf } from "../moment";
import { Needs } from "../policy";

@unmanaged
export class Random {
  private state: u64;
  /** Resident pages, and where each is among them: u32 both. */
  private pages: usize;
  private places: usize;
  private count: u32;
  private frames: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.frames = frames;
    this.state = seedState(seed, 0);
    return this.ensure(1);
  }

  ensure(pages: u32): bool {
    const bytes = roomFor(pages, this.frames) << 2;
    const held = growArray(this.pages, bytes);
    const places = growArray(this.places, bytes);
    if (held) this.pages = held;
    if (places) this.places = places;
    return held != 0 && places != 0;
  }

  resize(frames: u32): void {}

  hit(page: u32): void {}

  admit(page: u32): void {}

  evict(): u32 {
    this.state = nextRandom(this.state);
    const place = <u32>(this.state % <u64>this.count);
    const page = this.pageAt(place);
    this.put(place, this.pageAt(--this.count));
    return page;
  }

  insert(page: u32): void {
    this.put(this.count++, page);
  }

  drop(page: u32): void {
    if (!(flagsOf(page) & Page.Resident)) return;
    const place = load<u32>(this.places + ((<usize>page) << 2));
    this.put(place, this.pageAt(--this.count));
  }

  private pageAt(place: u32): u32 {
    return load<u32>(this.pages + ((<usize>place) << 2));
  }

  private put(place: u32, page: u32): void {
    store<u32>(this.pages + ((<usize>place) << 2), page);
    store<u32>(this.places + ((<usize>page) << 2), place);
  }

  expired(): u32 {
    return 0;
  }

  read(page: u32): u32 {
    return load<u32>(this.places + ((<usize>page) << 2));
  }

  readMore(page: u32): u32 {
    return 0;
  }

  needs(): Needs {
    return Needs.Nothing;
  }
}
