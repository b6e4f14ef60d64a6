// Tree PLRU over the next power of two of ways: one bit a node, node 1 the root, the children of n
// are 2n and 2n + 1, and way w is leaf `leaves` + w. A bit says in which half the victim is: 0 the
// lower ways, 1 the upper.
//
//     7        4   3      2    1    0
//   |  third row  | second row | root | - |      the first byte

/** Leaves of the tree. `ways` is at most 2^31. */
export function plruLeaves(ways: u32): u32 {
  return ways == 1 ? 1 : (<u32>1) << (32 - clz(ways - 1));
}

/** Bytes of a set's tree. */
export function plruBytes(ways: u32): u32 {
  return (plruLeaves(ways) + 7) >> 3;
}

/** A use of `way`: every node above it points to its other half. */
export function usePlru(tree: usize, ways: u32, way: u32): void {
  for (let node = plruLeaves(ways) + way; node > 1; node >>= 1) {
    const parent = node >> 1;
    const at = tree + (parent >> 3);
    const bit = (<u32>1) << (parent & 7);
    const bits = <u32>load<u8>(at);
    store<u8>(at, node & 1 ? bits & ~bit : bits | bit);
  }
}

/** The way that the bits lead to; a half without ways is passed by. */
export function victimPlru(tree: usize, ways: u32): u32 {
  const leaves = plruLeaves(ways);
  const end = leaves + ways;
  let node: u32 = 1;
  for (let span = leaves >> 1; span; span >>= 1) {
    const upper = (<u32>load<u8>(tree + (node >> 3)) >> (node & 7)) & 1;
    node = (node << 1) | upper;
    if (node * span >= end) node--;
  }
  return node - leaves;
}
