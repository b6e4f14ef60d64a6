// Which live blocks are lost: what a search from the roots along aligned words of known contents says of each.
//
//   reachable  a chain of pointers to starts leads to it from a root
//   possible   chains lead to it, and all of them have a pointer into the middle of a block
//   definite   no pointer to it is known, or only from blocks that it leads to; of a cycle of such, the lowest
//   indirect   pointers to it are known in lost blocks only
//
// What is lost is looked at from the lowest address on: a block that was not found yet is definite, and all that its pointers find indirect, a
// definite one among it, too. Blocks that were found before are not searched again, so that a pointer into a lost cycle from above leaves the cycle
// its leader: memcheck does the same.

import { freeBlock, takeBlock } from "../base/blocks";
import { Block } from "./blocks";
import { PAGE, PAGE_SHIFT, findPage } from "./shadow";
import { space } from "./space";
import { BlockFlag, Leak } from "./state";

const KNOWN: u64 = 0x0404040404040404;

/** The live blocks of the space, lowest first, and how many. */
export let leakBlocks: usize = 0;
export let leakCount: u32 = 0;
let blocksBits: u32 = 0;
/** Blocks that are still to be searched; each is in it once at most. */
let work: usize = 0;
let working: u32 = 0;
/** Words that were looked at. */
export let wordsMarked: u64 = 0;

/** Lists the live blocks of the space. False when memory is used up. */
export function listBlocks(): bool {
  if (leakBlocks) freeBlock(leakBlocks, blocksBits);
  blocksBits = 4;
  while ((<u64>1) << (<u64>blocksBits) < space.liveBlocks << 2) blocksBits++;
  leakBlocks = takeBlock(blocksBits);
  leakCount = 0;
  if (!leakBlocks) return false;
  listTree(space.root);
  return true;
}

function listTree(node: usize): void {
  if (!node) return;
  const block = changetype<Block>(node);
  listTree(block.left);
  if (block.isLive() && !block.has(BlockFlag.Frame)) {
    block.leak = Leak.None;
    store<usize>(leakBlocks + ((<usize>leakCount) << 2), node);
    leakCount++;
  }
  listTree(block.right);
}

function blockOfIndex(index: u32): Block {
  return changetype<Block>(load<usize>(leakBlocks + ((<usize>index) << 2)));
}

/** The listed block that a word points to, one past its end left out; null: none. */
function pointee(word: u64): Block | null {
  let low: u32 = 0;
  let high = leakCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (blockOfIndex(middle).start <= word) low = middle + 1;
    else high = middle;
  }
  if (!low) return null;
  const block = blockOfIndex(low - 1);
  return word == block.start || block.holds(word) ? block : null;
}

/** Says of each listed block what it is, from `roots` addresses at `at`, and from words that lie in no block. False when memory is used up. */
export function findLeaks(at: usize, roots: u32): bool {
  work = takeBlock(blocksBits);
  if (!work) return false;
  wordsMarked = 0;
  for (pass = Leak.Reachable; pass <= Leak.Possible; pass++) {
    for (let root: u32 = 0; root < roots; root++) follow(load<u64>(at + ((<usize>root) << 3)));
    followOutside();
    for (let index: u32 = 0; pass == Leak.Possible && index < leakCount; index++) {
      const block = blockOfIndex(index);
      if (block.leak == Leak.Reachable) followWords(block);
    }
    drain();
  }
  for (let index: u32 = 0; index < leakCount; index++) {
    if (blockOfIndex(index).leak == Leak.None) lose(blockOfIndex(index));
  }
  freeBlock(work, blocksBits);
  return true;
}

/** What is looked for: `Reachable`, then `Possible`, then what a lost block leads to (`Indirect`). */
let pass: Leak = Leak.None;
let leader: Block = changetype<Block>(0);

/** Whether a word of the blocks that are lost leads from the one that is looked at. */
function lose(block: Block): void {
  pass = Leak.Indirect;
  leader = block;
  block.leak = Leak.Definite;
  followWords(block);
  drain();
}

function drain(): void {
  while (working) {
    working--;
    followWords(changetype<Block>(load<usize>(work + ((<usize>working) << 2))));
  }
}

/** Looks where a word points. */
function follow(word: u64): void {
  wordsMarked++;
  if (!word) return;
  const block = pointee(word);
  if (!block) return;
  if (pass == Leak.Indirect) {
    if (block.leak == Leak.None) mark(block);
    else if (block.leak == Leak.Definite && block != leader) block.leak = Leak.Indirect;
  } else if (block.leak == Leak.None && (pass == Leak.Possible || word == block.start)) {
    mark(block);
  }
}

function mark(block: Block): void {
  block.leak = pass;
  store<usize>(work + ((<usize>working) << 2), changetype<usize>(block));
  working++;
}

/** Follows the words of a block. */
function followWords(block: Block): void {
  const end = block.end();
  let at = (block.start + 7) & ~7;
  while (at + 8 <= end) {
    const next = min((at | (PAGE - 1)) + 1, end);
    const entry = findPage(at >> PAGE_SHIFT);
    if (entry && load<usize>(entry, 12)) followRange(entry, at, next);
    at = next;
  }
}

/** Follows the known words of one page from `from` to before `to`. */
function followRange(entry: usize, from: u64, to: u64): void {
  const states = load<usize>(entry, 8);
  const contents = load<usize>(entry, 12);
  const first = <usize>(from & (PAGE - 1));
  const end = first + <usize>(to - from);
  for (let at = first; at + 8 <= end; at += 8) {
    if (load<u64>(states + at) == KNOWN) follow(load<u64>(contents + at));
  }
}

/** Follows the known words that lie in no listed block: frames, and what is mapped. */
function followOutside(): void {
  if (!space.pages) return;
  const end = space.pages + ((<usize>1) << (<usize>space.pagesBits + 4));
  for (let entry = space.pages; entry < end; entry += 16) {
    if (load<u64>(entry) && load<usize>(entry, 12)) followPage(entry, (load<u64>(entry) - 1) << PAGE_SHIFT);
  }
}

function followPage(entry: usize, from: u64): void {
  const states = load<usize>(entry, 8);
  const contents = load<usize>(entry, 12);
  for (let at: usize = 0; at < <usize>PAGE; at += 8) {
    if (load<u64>(states + at) != KNOWN) continue;
    const word = load<u64>(contents + at);
    if (word && !pointee(from + at)) follow(word);
  }
}
