// Doubly linked lists of free blocks, with their links where a payload would be. A list is a ring that its head is part of; so neither end is a special case:
//
//   head   u32 next, u32 previous          a block   word | u32 next | u32 previous | ...
//
// A link is the address of a block's word, or of the four bytes before a head.

/** Bytes of links. */
export const LINKS: u32 = 8;

const NEXT: usize = 4;
const PREVIOUS: usize = 8;

/** The heads at `heads` become empty lists. What a list is named by is the place of its head, less four. */
export function emptyLists(heads: usize, count: u32): void {
  for (let list: u32 = 0; list < count; list++) {
    const ring = ringAt(heads, list);
    store<u32>(ring, <u32>ring, NEXT);
    store<u32>(ring, <u32>ring, PREVIOUS);
  }
}

export function ringAt(heads: usize, list: u32): usize {
  return heads + ((<usize>list) << 3) - 4;
}

/** Which of the lists a ring is. */
export function listOf(heads: usize, ring: usize): u32 {
  return <u32>((ring + 4 - heads) >> 3);
}

/** The block after one, or the first of a ring; the ring itself at its end. */
export function nextOf(block: usize): usize {
  return load<u32>(block, NEXT);
}

export function previousOf(block: usize): usize {
  return load<u32>(block, PREVIOUS);
}

/** Puts a block behind another, or first in a ring. */
export function putBehind(place: usize, block: usize): void {
  const next = load<u32>(place, NEXT);
  store<u32>(block, next, NEXT);
  store<u32>(block, <u32>place, PREVIOUS);
  store<u32>(next, <u32>block, PREVIOUS);
  store<u32>(place, <u32>block, NEXT);
}

/** Takes a block out of its list. Whether it was the only one. */
export function unlink(block: usize): bool {
  const next = load<u32>(block, NEXT);
  const previous = load<u32>(block, PREVIOUS);
  store<u32>(previous, next, NEXT);
  store<u32>(next, previous, PREVIOUS);
  return next == previous;
}

/** A block takes the place of another in its list. */
export function replace(old: usize, block: usize): void {
  const next = load<u32>(old, NEXT);
  const previous = load<u32>(old, PREVIOUS);
  store<u32>(block, next, NEXT);
  store<u32>(block, previous, PREVIOUS);
  store<u32>(previous, <u32>block, NEXT);
  store<u32>(next, <u32>block, PREVIOUS);
}

/** Whether the links of a ring agree in both directions. */
export function isWhole(ring: usize): bool {
  let at = ring;
  do {
    const next = load<u32>(at, NEXT);
    if (load<u32>(next, PREVIOUS) != <u32>at) return false;
    at = next;
  } while (at != ring);
  return true;
}
