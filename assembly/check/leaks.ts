// Leaks of a checked program: its live blocks, and words of known contents (base/leaks.ts has the search).

import { freeBlock, takeBlock } from "../base/blocks";
import { Leak, pointsTo, searchLeaks } from "../base/leaks";
import { Block } from "./blocks";
import { PAGE, PAGE_SHIFT, findPage } from "./shadow";
import { space } from "./space";
import { BlockFlag } from "./state";

const KNOWN: u64 = 0x0404040404040404;
const NONE: u32 = u32.MAX_VALUE;

/** The live blocks of the space, lowest first, and how many. */
export let leakBlocks: usize = 0;
export let leakCount: u32 = 0;
let blocksBits: u32 = 0;
/** The addresses that are roots. */
let roots: usize = 0;
let rootCount: u32 = 0;
/** Words that were looked at. */
export let wordsMarked: u64 = 0;

/** Lists the live blocks of the space. False when memory is used up. */
export function listBlocks(): bool {
  if (leakBlocks) freeBlock(leakBlocks, blocksBits);
  blocksBits = 5;
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

/** The listed block that an address lies in, or that begins there; NONE: it is in none. One past a block's end is not in it. */
function blockIn(va: u64): u32 {
  let low: u32 = 0;
  let high = leakCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (blockOfIndex(middle).start <= va) low = middle + 1;
    else high = middle;
  }
  if (!low) return NONE;
  const block = blockOfIndex(low - 1);
  return va == block.start || block.holds(va) ? low - 1 : NONE;
}

/**
 * Says of each listed block what it is, from `count` addresses at `at`, and from words that lie in no block. Those that came with a fork are taken from
 * the list then: a child's copy of what its parent has is the parent's to free. False when memory is used up.
 */
export function findLeaks(at: usize, count: u32): bool {
  const work = takeBlock(blocksBits);
  const kinds = work ? takeBlock(blocksBits - 2) : 0;
  if (kinds) {
    roots = at;
    rootCount = count;
    wordsMarked = 0;
    searchLeaks(leakCount, kinds, work, followRoots, followWords);
    let own: u32 = 0;
    for (let index: u32 = 0; index < leakCount; index++) {
      const block = blockOfIndex(index);
      if (block.has(BlockFlag.Inherited)) continue;
      block.leak = load<u8>(kinds + index);
      store<usize>(leakBlocks + ((<usize>own) << 2), changetype<usize>(block));
      own++;
    }
    leakCount = own;
    freeBlock(kinds, blocksBits - 2);
  }
  if (work) freeBlock(work, blocksBits);
  return kinds != 0;
}

function followRoots(): void {
  for (let root: u32 = 0; root < rootCount; root++) follow(load<u64>(roots + ((<usize>root) << 3)));
  followOutside();
}

/** Looks where a word points. */
function follow(word: u64): void {
  wordsMarked++;
  const index = word ? blockIn(word) : NONE;
  if (index != NONE) pointsTo(index, word == blockOfIndex(index).start);
}

/** Follows the words of a block. */
function followWords(index: u32): void {
  const block = blockOfIndex(index);
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
    if (word && blockIn(from + at) == NONE) follow(word);
  }
}
