// The first of many places whose word is high: a tree of u64 words, each inner node the higher of the two below it. The word of a place that
// nothing is at is 0.
//
//   node 0   1      2 3    4 5 6 7    ...   leaves .. 2 x leaves - 1
//        | - | root | ... | ...    |  ...  | the words of places 0, 1, ... |

import { freeArray, growArray } from "./arrays";

/**
 * A tree of `leaves` places, a power of two, with the words of an old one of `oldLeaves` fewer, which is freed; `old` is 0 at
 * first. 0 when memory is used up.
 */
export function growTree(leaves: u32, old: usize, oldLeaves: u32): usize {
  const tree = growArray(0, (<u64>leaves) << 4);
  if (!tree || !old) return tree;
  // The old tree becomes the leftmost subtree: its levels one by one, and then its root's word on all levels above.
  const scale = leaves / oldLeaves;
  for (let first: u32 = 1; first <= oldLeaves; first <<= 1) {
    memory.copy(wordOf(tree, first * scale), wordOf(old, first), (<usize>first) << 3);
  }
  for (let node = scale >> 1; node > 0; node >>= 1) store<u64>(wordOf(tree, node), load<u64>(wordOf(old, 1)));
  freeArray(old);
  return tree;
}

function wordOf(tree: usize, node: u32): usize {
  return tree + ((<usize>node) << 3);
}

export function wordAt(tree: usize, leaves: u32, place: u32): u64 {
  return load<u64>(wordOf(tree, leaves + place));
}

/** The highest word of all. */
export function highestWord(tree: usize): u64 {
  return load<u64>(wordOf(tree, 1));
}

export function setWord(tree: usize, leaves: u32, place: u32, word: u64): void {
  let node = leaves + place;
  let highest = word;
  if (load<u64>(wordOf(tree, node)) == word) return;
  store<u64>(wordOf(tree, node), word);
  while (node > 1) {
    highest = max(highest, load<u64>(wordOf(tree, node ^ 1)));
    node >>= 1;
    if (load<u64>(wordOf(tree, node)) == highest) return;
    store<u64>(wordOf(tree, node), highest);
  }
}

/** The first place from `from` on, below `end`, with a word of `bound` or higher, which is not 0; `end` of none. */
export function firstFrom(tree: usize, leaves: u32, from: u32, end: u32, bound: u64): u32 {
  if (from >= end) return end;
  let node = leaves + from;
  while (load<u64>(wordOf(tree, node)) < bound) {
    // On to the subtree to the right, as large as it can be.
    while (node & 1) {
      node >>= 1;
      if (!node) return end;
    }
    node++;
  }
  while (node < leaves) {
    node <<= 1;
    if (load<u64>(wordOf(tree, node)) < bound) node++;
  }
  return min(node - leaves, end);
}
