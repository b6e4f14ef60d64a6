// Which blocks of a program are lost: what a search from the roots along pointers says of each. Whose blocks they are, and where their words stand, is
// the caller's: it numbers them by address, and tells of each word that points to one.
//
//   reachable  a chain of pointers to starts leads to it from a root
//   possible   chains lead to it, and all of them have a pointer into the middle of a block
//   definite   no pointer to it is known, or only from blocks that it leads to; of a cycle of such, the lowest
//   indirect   pointers to it are known in lost blocks only
//
// What is lost is looked at from the lowest address on: a block that was not found yet is definite, and all that its pointers find indirect, a
// definite one among it, too. Blocks that were found before are not searched again, so that a pointer into a lost cycle from above leaves the cycle
// its leader: memcheck does the same.

/** What a search says of a block. */
export enum Leak {
  /** Nothing yet. */
  None,
  Reachable,
  Possible,
  Definite,
  Indirect,
}

/** A byte a block: its `Leak`. */
let kinds: usize = 0;
/** Numbers of blocks that are still to be looked through; each is in it once at most. */
let work: usize = 0;
let working: u32 = 0;
/** What is looked for: `Reachable`, then `Possible`, then what a lost block leads to (`Indirect`). */
let pass: Leak = Leak.None;
let leader: u32 = 0;

/**
 * Says of each block what it is.
 *
 * @param into a byte a block, for what is said (`Leak`)
 * @param room 4 bytes a block, for the search
 * @param roots tells (`pointsTo`) of the words that lie in no block
 * @param words tells of those in a block
 */
export function searchLeaks(
  count: u32,
  into: usize,
  room: usize,
  roots: () => void,
  words: (block: u32) => void,
): void {
  kinds = into;
  work = room;
  working = 0;
  memory.fill(kinds, <u8>Leak.None, count);
  pass = Leak.Reachable;
  roots();
  drain(words);
  pass = Leak.Possible;
  roots();
  for (let block: u32 = 0; block < count; block++) {
    if (kindOf(block) == Leak.Reachable) words(block);
  }
  drain(words);
  pass = Leak.Indirect;
  for (leader = 0; leader < count; leader++) {
    if (kindOf(leader) != Leak.None) continue;
    store<u8>(kinds + leader, <u8>Leak.Definite);
    words(leader);
    drain(words);
  }
}

/** A word points to a block: to its first byte, or to another. */
export function pointsTo(block: u32, isStart: bool): void {
  const kind = kindOf(block);
  if (kind == Leak.None) {
    if (pass == Leak.Reachable && !isStart) return;
    store<u8>(kinds + block, <u8>pass);
    store<u32>(work + ((<usize>working) << 2), block);
    working++;
  } else if (kind == Leak.Definite && block != leader) {
    store<u8>(kinds + block, <u8>Leak.Indirect);
  }
}

function kindOf(block: u32): Leak {
  return <Leak>load<u8>(kinds + block);
}

function drain(words: (block: u32) => void): void {
  while (working) {
    working--;
    words(load<u32>(work + ((<usize>working) << 2)));
  }
}
