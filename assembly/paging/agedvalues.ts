// Values of eight bits at places in a row that all are halved at times, and the first place of the lowest of them.
//
// Groups of 64 values have above them a value each, a bound that none of the group is below; of these 64 each again, and so on up to one
// group. Halving keeps bounds true, so that each group is halved only when it is looked at, as often as it missed. A value that grows leaves the
// bounds above too low: who finds that raises them.
//
//   level 2   | 0 .. 63 |                                a value is 16 bits, NOTHING (-1, which halved stays -1) where nothing is;
//   level 1   | 0 .. 63 | 64 .. 127 | ...                a group 128 bytes, and a word of 32 bits says how often it was halved
//   level 0   | 0 .. 63 | ... | places

import { growArray } from "./arrays";

export const NOTHING: u32 = 0xffff;

const GROUP_BITS: u32 = 6;
/** Five levels of groups: 2^30 places. */
const LEVELS: u32 = 5;
const BYTES: usize = 128;

@unmanaged
export class AgedValues {
  /** Halvings so far. */
  private halvings: u32;
  private places: u32;
  private levels: u32;
  /** By level, its groups and how often each was halved: addresses. */
  private groups0: usize;
  private groups1: usize;
  private groups2: usize;
  private groups3: usize;
  private groups4: usize;
  private halved0: usize;
  private halved1: usize;
  private halved2: usize;
  private halved3: usize;
  private halved4: usize;

  /** Has so many places, no fewer than before; nothing is at the new ones. All zero at first. False when memory is used up. */
  grow(places: u32): bool {
    let groups = places;
    let before = this.places;
    let level: u32 = 0;
    do {
      const bounds = groups - before;
      const firstBound = (<usize>before) << 1;
      groups = (groups + 63) >> GROUP_BITS;
      before = (before + 63) >> GROUP_BITS;
      const values = growArray(this.groupsOf(level), (<u64>groups) << 7);
      const halved = growArray(this.halvedOf(level), (<u64>groups) << 2);
      if (!values || !halved) return false;
      memory.fill(values + <usize>before * BYTES, 0xff, <usize>(groups - before) * BYTES);
      // Bounds of new groups are 0, which is true of anything.
      if (level) memory.fill(values + firstBound, 0, (<usize>bounds) << 1);
      store<usize>(this.fieldOf(level), values);
      store<usize>(this.fieldOf(level + LEVELS), halved);
      level++;
    } while (groups > 1);
    this.levels = level;
    this.places = places;
    return true;
  }

  private fieldOf(number: u32): usize {
    return changetype<usize>(this) + offsetof<AgedValues>("groups0") + ((<usize>number) << 2);
  }

  private groupsOf(level: u32): usize {
    return load<usize>(this.fieldOf(level));
  }

  private halvedOf(level: u32): usize {
    return load<usize>(this.fieldOf(level + LEVELS));
  }

  halve(): void {
    this.halvings++;
  }

  /** A group, up to date. */
  private group(level: u32, number: u32): usize {
    const at = this.groupsOf(level) + <usize>number * BYTES;
    const word = this.halvedOf(level) + ((<usize>number) << 2);
    const missed = this.halvings - load<u32>(word);
    if (!missed) return at;
    store<u32>(word, this.halvings);
    const shift = min(missed, 15);
    for (let place: usize = 0; place < BYTES; place += 16) {
      v128.store(at + place, i16x8.shr_s(v128.load(at + place), shift));
    }
    return at;
  }

  private slot(level: u32, place: u32): usize {
    return this.group(level, place >> GROUP_BITS) + ((<usize>(place & 63)) << 1);
  }

  get(place: u32): u32 {
    return load<u16>(this.slot(0, place));
  }

  /** Sets bits of a value. */
  set(place: u32, bits: u32): void {
    const slot = this.slot(0, place);
    store<u16>(slot, <u32>load<u16>(slot) | bits);
  }

  /** Raises a value, or takes it away. */
  raise(place: u32, value: u32): void {
    store<u16>(this.slot(0, place), value);
  }

  /** Gives a place a value, whatever it had. */
  put(place: u32, value: u32): void {
    let at = place;
    for (let level: u32 = 0; level < this.levels; level++) {
      const slot = this.slot(level, at);
      if (level && <u32>load<u16>(slot) <= value) return;
      store<u16>(slot, value);
      at >>= GROUP_BITS;
    }
  }

  /** The first place with the lowest value of all; there must be one. */
  lowest(): u32 {
    const top = this.levels - 1;
    let level = top;
    let number: u32 = 0;
    let above: usize = 0;
    while (true) {
      const group = this.group(level, number);
      const value = lowestOf(group);
      if (above && value > <u32>load<u16>(above)) {
        store<u16>(above, value);
        level = top;
        number = 0;
        above = 0;
        continue;
      }
      const place = (number << GROUP_BITS) + firstOf(group, value);
      if (!level) return place;
      above = group + ((<usize>(place & 63)) << 1);
      number = place;
      level--;
    }
  }
}

/** The lowest of a group's values. */
function lowestOf(group: usize): u32 {
  let low = v128.load(group);
  for (let place: usize = 16; place < BYTES; place += 16) low = i16x8.min_u(low, v128.load(group + place));
  low = i16x8.min_u(low, i8x16.shuffle(low, low, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  low = i16x8.min_u(low, i8x16.shuffle(low, low, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return min(<u32>i16x8.extract_lane_u(low, 0), <u32>i16x8.extract_lane_u(low, 1));
}

/** The first of a group's values that is this one. */
function firstOf(group: usize, value: u32): u32 {
  const wanted = i16x8.splat(<i16>value);
  for (let place: usize = 0; place < BYTES; place += 16) {
    const found = i16x8.bitmask(i16x8.eq(v128.load(group + place), wanted));
    if (found) return <u32>(place >> 1) + ctz<u32>(found);
  }
  return 0;
}
