// Pairing heaps of pages (Fredman, Sedgewick, Sleator and Tarjan, 1986), any number in one array; a heap is its root. The page whose word is
// lowest in all but LOOSE bits is on top. Putting in and melding take a few steps, taking out a logarithm of them, amortised.
//
//   | first child u32 | next sibling u32 | parent or previous sibling u32 | the user's u32 | word u64 |     24 bytes a page

export const NODE: u64 = 24;
/** Low bits of a word that do not count. */
export const LOOSE: u64 = 8;

export function nodeOf(heaps: usize, page: u32): usize {
  return heaps + <usize>page * <usize>NODE;
}

export function userOf(heaps: usize, page: u32): u32 {
  return load<u32>(nodeOf(heaps, page), 12);
}

export function wordOf(heaps: usize, page: u32): u64 {
  return load<u64>(nodeOf(heaps, page), 16);
}

/** Makes a page a heap by itself. */
export function openNode(heaps: usize, page: u32, user: u32, word: u64): void {
  const node = nodeOf(heaps, page);
  store<u64>(node, 0);
  store<u32>(node, 0, 8);
  store<u32>(node, user, 12);
  store<u64>(node, word, 16);
}

/** The heap of two, either of which may be 0. */
export function meld(heaps: usize, one: u32, other: u32): u32 {
  if (!one) return other;
  return other ? join(heaps, one, other) : one;
}

function join(heaps: usize, one: u32, other: u32): u32 {
  let top = one;
  let under = other;
  if (wordOf(heaps, other) >> LOOSE < wordOf(heaps, one) >> LOOSE) {
    top = other;
    under = one;
  }
  const parent = nodeOf(heaps, top);
  const child = nodeOf(heaps, under);
  const first = load<u32>(parent);
  store<u32>(child, first, 4);
  store<u32>(child, top, 8);
  if (first) store<u32>(nodeOf(heaps, first), under, 8);
  store<u32>(parent, under);
  return top;
}

/** Takes a page out of the heap of a root. The root of the rest, 0 of none. */
export function removeNode(heaps: usize, root: u32, page: u32): u32 {
  const node = nodeOf(heaps, page);
  const children = joinAll(heaps, load<u32>(node));
  if (page == root) return children;
  const next = load<u32>(node, 4);
  const before = load<u32>(node, 8);
  const beforeNode = nodeOf(heaps, before);
  if (load<u32>(beforeNode) == page) store<u32>(beforeNode, next);
  else store<u32>(beforeNode, next, 4);
  if (next) store<u32>(nodeOf(heaps, next), before, 8);
  return meld(heaps, root, children);
}

/** Joins siblings: in pairs from the first on, and then those from the last back. */
function joinAll(heaps: usize, first: u32): u32 {
  let pairs: u32 = 0;
  let page = first;
  while (page) {
    const other = load<u32>(nodeOf(heaps, page), 4);
    const rest = other ? load<u32>(nodeOf(heaps, other), 4) : 0;
    const pair = other ? join(heaps, page, other) : page;
    store<u32>(nodeOf(heaps, pair), pairs, 4);
    pairs = pair;
    page = rest;
  }
  let root: u32 = 0;
  while (pairs) {
    const rest = load<u32>(nodeOf(heaps, pairs), 4);
    root = meld(heaps, root, pairs);
    pairs = rest;
  }
  if (root) store<u64>(nodeOf(heaps, root), 0, 4);
  return root;
}
