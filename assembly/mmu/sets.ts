// Set-associative arrays of u64 words, the store of TLBs, walk caches and data caches, under any
// replacement policy. An empty way is the word 0.
//
//   words:  | set 0: way 0 | way 1 | ... | set 1: way 0 | ...
//   state:  | set 0: what its policy knows | set 1 | ...
//
// Under lru and fifo a set is a queue in place of ways (policy/fifo.ts). Under ideal there is one set,
// without bound (policy/ideal.ts).
//
// Two words are the same entry when they differ in no bit above `loose`, a mask of low bits that are
// state rather than name. A key has a bit set above `loose`, so that no empty word is its entry.

import { allocate } from "../base/arena";
import { BRRIP_MOST, fillBrrip } from "./policy/brrip";
import { push, remove } from "./policy/fifo";
import { WordSet } from "./policy/ideal";
import { addLfu, forgetLfu, victimLfu } from "./policy/lfu";
import { touchLru } from "./policy/lru";
import { forgetNru, nruBytes, useNru, victimNru } from "./policy/nru";
import { plruBytes, usePlru, victimPlru } from "./policy/plru";
import { nextRandom } from "./policy/random";
import { victimRrip } from "./policy/rrip";
import { SRRIP_FILL, SRRIP_MOST } from "./policy/srrip";
import { search } from "./search";

export enum Policy {
  Lru,
  Fifo,
  Plru,
  Nru,
  Random,
  Srrip,
  Brrip,
  Lfu,
  Ideal,
}

/** How a number chooses its set: number mod sets, or of 2^k sets (number ^ number >> k) mod sets. */
export enum Index {
  Mod,
  Xor,
}

const NO_MASK: u32 = u32.MAX_VALUE;
/** Words that linear memory could hold at most. */
const MOST_WORDS: u64 = 1 << 29;

@unmanaged
export class Sets {
  /** The first set; of ideal, its `WordSet`. */
  words: usize;
  /** What the policy knows of the first set, and its bytes a set. */
  state: usize;
  stateBytes: u32;
  sets: u32;
  ways: u32;
  /** sets - 1 where sets is a power of two, else NO_MASK. */
  mask: u32;
  policy: Policy;
  index: Index;
  /** The state of random's generator. */
  random: u64;
  /** Words put in, for brrip. */
  fills: u64;

  /**
   * Takes memory, all ways empty; false when it is used up. `sets` and `ways` are at least 1, and
   * neither holds of ideal. `xor` is for powers of two. `seedState`: of `policy/random.ts`.
   */
  open(sets: u32, ways: u32, policy: Policy, index: Index, seedState: u64): bool {
    this.sets = policy == Policy.Ideal ? 1 : sets;
    this.ways = ways;
    this.mask = this.sets & (this.sets - 1) ? NO_MASK : this.sets - 1;
    this.policy = policy;
    this.index = index;
    this.random = seedState;
    return policy == Policy.Ideal ? this.openIdeal() : this.openSets();
  }

  private openSets(): bool {
    const words = <u64>this.sets * <u64>this.ways;
    if (words > MOST_WORDS) return false;
    this.stateBytes = bytesOfState(this.policy, this.ways);
    this.words = allocate(words << 3, 64);
    this.state = allocate(<u64>this.sets * <u64>this.stateBytes, 8);
    return this.words != 0 && this.state != 0;
  }

  private openIdeal(): bool {
    this.words = allocate(offsetof<WordSet>(), 8);
    return this.words != 0 && this.ideal().open();
  }

  /** The set that a number belongs to. */
  setOf(number: u64): u32 {
    const mask = this.mask;
    if (mask == NO_MASK) return <u32>(number % <u64>this.sets);
    if (this.index == Index.Xor) number ^= number >> <u64>popcnt(mask);
    return <u32>number & mask;
  }

  /** The address of a set's first word; 0 of ideal. */
  placeOf(set: u32): usize {
    return this.policy == Policy.Ideal ? 0 : this.first(set);
  }

  /** The place of the word that is `key`, or 0. Changes nothing. */
  find(set: u32, key: u64, loose: u64): usize {
    if (this.policy == Policy.Ideal) return this.ideal().find(key, loose);
    return search(this.first(set), this.end(set), key, loose);
  }

  /** The same, as a use: the place holds until the next call. */
  touch(set: u32, key: u64, loose: u64): usize {
    if (this.policy == Policy.Lru) return touchLru(this.first(set), this.ways, key, loose);
    return this.touchOther(set, key, loose);
  }

  /** The same, of any policy but lru. */
  touchOther(set: u32, key: u64, loose: u64): usize {
    const place = this.find(set, key, loose);
    if (place) this.hit(set, place);
    return place;
  }

  /**
   * Puts in a word that the set does not hold: in the lowest empty way, else in place of the
   * policy's victim. The word that had to go, or 0.
   */
  insert(set: u32, word: u64): u64 {
    if (this.policy <= Policy.Fifo) return push(this.first(set), this.ways, word);
    return this.insertOther(set, word);
  }

  /** The same, of any policy but lru and fifo. */
  insertOther(set: u32, word: u64): u64 {
    if (this.policy == Policy.Ideal) {
      this.ideal().insert(word);
      return 0;
    }
    const empty = search(this.first(set), this.end(set), 0, 0);
    const place = empty ? empty : this.first(set) + ((<usize>this.victim(set)) << 3);
    const gone = load<u64>(place);
    store<u64>(place, word);
    this.fill(set, this.wayOf(set, place));
    return gone;
  }

  /** Empties the place that `find` or `touch` gave. */
  drop(set: u32, place: usize): void {
    if (this.policy <= Policy.Fifo) remove(place, this.end(set));
    else if (this.policy == Policy.Ideal) this.ideal().drop(place);
    else this.empty(set, place);
  }

  /** Empties all words of which `word & mask` is `value`: how many. */
  dropWhere(mask: u64, value: u64): u32 {
    if (this.policy == Policy.Ideal) return this.ideal().dropWhere(mask, value);
    let dropped: u32 = 0;
    for (let set: u32 = 0; set < this.sets; set++) dropped += this.dropInSet(set, mask, value);
    return dropped;
  }

  dropAll(): u32 {
    return this.dropWhere(0, 0);
  }

  /** Uses of the word at `place` that were not looked up; they matter to lfu alone. */
  addUses(set: u32, place: usize, uses: u64): void {
    if (this.policy == Policy.Lfu) addLfu(this.stateOf(set), this.wayOf(set, place), uses);
  }

  /** Memory was used up: a word was not put in. Of ideal alone. */
  isShort(): bool {
    return this.policy == Policy.Ideal && this.ideal().short;
  }

  private dropInSet(set: u32, mask: u64, value: u64): u32 {
    const first = this.first(set);
    let dropped: u32 = 0;
    // From the last: what a queue moves up has been looked at.
    for (let place = this.end(set) - 8; place >= first; place -= 8) {
      const word = load<u64>(place);
      if (!word || (word & mask) != value) continue;
      this.drop(set, place);
      dropped++;
    }
    return dropped;
  }

  private hit(set: u32, place: usize): void {
    if (this.policy == Policy.Fifo || this.policy == Policy.Random || this.policy == Policy.Ideal) return;
    const state = this.stateOf(set);
    const way = this.wayOf(set, place);
    if (this.policy == Policy.Plru) usePlru(state, this.ways, way);
    else if (this.policy == Policy.Nru) useNru(state, this.ways, way);
    else if (this.policy == Policy.Lfu) addLfu(state, way, 1);
    else store<u8>(state + way, 0);
  }

  private fill(set: u32, way: u32): void {
    const state = this.stateOf(set);
    switch (this.policy) {
      case Policy.Plru:
        usePlru(state, this.ways, way);
        break;
      case Policy.Nru:
        useNru(state, this.ways, way);
        break;
      case Policy.Srrip:
        store<u8>(state + way, SRRIP_FILL);
        break;
      case Policy.Brrip:
        store<u8>(state + way, fillBrrip(this.fills++));
        break;
      case Policy.Lfu:
        store<u64>(state + ((<usize>way) << 3), 1);
        break;
    }
  }

  /** The way whose word goes; the set is full. */
  private victim(set: u32): u32 {
    const state = this.stateOf(set);
    switch (this.policy) {
      case Policy.Plru:
        return victimPlru(state, this.ways);
      case Policy.Nru:
        return victimNru(state, this.ways);
      case Policy.Srrip:
        return victimRrip(state, this.ways, SRRIP_MOST);
      case Policy.Brrip:
        return victimRrip(state, this.ways, BRRIP_MOST);
      case Policy.Lfu:
        return victimLfu(state, this.ways);
      default:
        this.random = nextRandom(this.random);
        return <u32>(this.random % <u64>this.ways);
    }
  }

  private empty(set: u32, place: usize): void {
    store<u64>(place, 0);
    if (this.policy == Policy.Nru) forgetNru(this.stateOf(set), this.wayOf(set, place));
    else if (this.policy == Policy.Lfu) forgetLfu(this.stateOf(set), this.wayOf(set, place));
  }

  /** The address of a set's first word, but of ideal. */
  first(set: u32): usize {
    return this.words + ((<usize>set * <usize>this.ways) << 3);
  }

  private end(set: u32): usize {
    return this.first(set) + ((<usize>this.ways) << 3);
  }

  private stateOf(set: u32): usize {
    return this.state + <usize>set * <usize>this.stateBytes;
  }

  private wayOf(set: u32, place: usize): u32 {
    return <u32>(place - this.first(set)) >> 3;
  }

  private ideal(): WordSet {
    return changetype<WordSet>(this.words);
  }
}

function bytesOfState(policy: Policy, ways: u32): u32 {
  switch (policy) {
    case Policy.Plru:
      return plruBytes(ways);
    case Policy.Nru:
      return nruBytes(ways);
    case Policy.Srrip:
    case Policy.Brrip:
      return ways;
    case Policy.Lfu:
      return ways << 3;
    default:
      return 0;
  }
}
