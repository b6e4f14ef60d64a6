// The prefetch buffer: translations that no lookup has asked for yet, the oldest first out.

import { allocate } from "../../base/arena";
import { Index, Policy, Sets } from "../sets";

@unmanaged
export class Buffer {
  /** Words held. */
  length: u32;
  private words: Sets;

  /** Takes memory; false when it is used up. */
  open(entries: u32): bool {
    const at = allocate(offsetof<Sets>(), 8);
    if (!at) return false;
    this.words = changetype<Sets>(at);
    return this.words.open(1, entries, Policy.Fifo, Index.Mod, 0);
  }

  /** Takes out the word that is `key`, but for `loose` bits: it, or 0. */
  take(key: u64, loose: u64): u64 {
    const place = this.words.find(0, key, loose);
    if (!place) return 0;
    const word = load<u64>(place);
    this.words.drop(0, place);
    this.length--;
    return word;
  }

  holds(key: u64, loose: u64): bool {
    return this.words.find(0, key, loose) != 0;
  }

  /** Puts in a word that is not held; the oldest goes where it is full: that, or 0. */
  put(word: u64): u64 {
    const gone = this.words.insert(0, word);
    if (!gone) this.length++;
    return gone;
  }

  /** Drops all words of which `word & mask` is `value`: how many. */
  dropWhere(mask: u64, value: u64): u32 {
    const dropped = this.words.dropWhere(mask, value);
    this.length -= dropped;
    return dropped;
  }
}

/** A buffer of at least 1 entry; null when memory is used up. */
export function newBuffer(entries: u32): Buffer | null {
  const at = allocate(offsetof<Buffer>(), 8);
  return at && changetype<Buffer>(at).open(entries) ? changetype<Buffer>(at) : null;
}
