// Leaves records out of a batch, by kind, before it is replayed.

import { addresses, infos, kindOf, ordinals } from "../base/batch";

/**
 * Keeps the records of [from, to) whose kind's bit is set in `kinds`, moves them to the front of the
 * columns in order, and notes each one's former place in `ordinals`. The number kept.
 */
export function select(from: u32, to: u32, kinds: u32): u32 {
  let kept: u32 = 0;
  for (let at = from; at < to; at++) {
    const info = load<u32>(infos + ((<usize>at) << 2));
    if (!((kinds >> kindOf(info)) & 1)) continue;
    store<u64>(addresses + ((<usize>kept) << 3), load<u64>(addresses + ((<usize>at) << 3)));
    store<u32>(infos + ((<usize>kept) << 2), info);
    store<u32>(ordinals + ((<usize>kept) << 2), at);
    kept++;
  }
  return kept;
}
