// The stack of OPT: its first N pages are those that Belady's optimum has in N frames, for every N (Mattson, Gecsei, Slutz and Traiger 1970).
// The page that is looked up comes on top. The one that was there goes down until it meets one that is looked up later, whose place it takes;
// that one goes on down in its stead, and so on to the place that the page has left.
//
//   depth     1   2   3   4   5   6                 1   2   3   4   5   6
//   next use  7   5   9   8   4: looked up again ->  6   5   7   8   9         at 6
//
// The next that goes on is found by a tree over the next uses, so that a lookup takes a logarithm of steps for each page that moves.
//
// Pages that will not be looked up again, the dead, go to the bottom at once. The policy takes clean ones before dirty ones: then which one leaves is not the same
// with every size, for a page may be clean with few frames and dirty with many. But it is only counted: with N frames,
// dirty ones leave where more dead pages have left than clean ones had died, so many as the most by which they ever were more (`crests`).

import { Status } from "../base/status";
import { growArray } from "../paging/arrays";
import { firstFrom, growTree, setWord, wordAt } from "../paging/highest";
import { NEVER } from "../paging/moment";
import { crestAt, newCrests, raise, settle } from "./crests";
import { pageCount, runCount, runs } from "./lookups";
import { TALLY, Tally } from "./tally";

/** What opt does with every number of frames. */
export const optTally: usize = memory.data(TALLY, 8);
const tally: Tally = changetype<Tally>(optTally);

/** Depths that there is room for, a power of two, and pages in the stack. */
let room: u32 = 0;
let count: u32 = 0;
/** By depth, the page's next use + 1, in a tree; the page, u32 each. By page, its depth (0: none), u32 each. */
let nextUses: usize = 0;
let pages: usize = 0;
let depthOf: usize = 0;
/** By frames: dead pages that have left, less those that were clean when they died. */
let deaths: usize = 0;

/** A word of `nextUses`: one that never comes. */
const DEAD: u64 = <u64>NEVER + 1;

/** Readies the stack for all pages that will be looked up. Once, before the first. */
export function readyOptStack(): Status {
  room = 64;
  while (room < pageCount + 2) room <<= 1;
  nextUses = growTree(room, 0, 0);
  pages = growArray(0, (<u64>room) << 2);
  depthOf = growArray(0, (<u64>room) << 2);
  deaths = newCrests(room);
  const isReady = nextUses && pages && depthOf && deaths && tally.ensure(<u64>pageCount + 1);
  return isReady ? Status.Ok : Status.OutOfMemory;
}

/** Makes the lookups of the column; `nexts` has the next use of each run's page (u32 each). */
export function lookOptStack(nexts: usize): void {
  const end = runs + ((<usize>runCount) << 3);
  for (let at = runs; at < end; at += 8) {
    const run = load<u64>(at);
    if (!(<u32>run)) continue;
    tally.repeat(run >> 33);
    look(<u32>run, (<u32>(run >> 32) & 1) != 0, load<u32>(nexts + ((at - runs) >> 1)));
  }
}

function look(page: u32, isStore: bool, nextUse: u32): void {
  let depth = load<u32>(depthOf + ((<usize>page) << 2));
  if (depth) {
    tally.found(page, depth, isStore);
  } else {
    tally.first(page, isStore);
    depth = ++count;
  }
  comeUp(page, depth, <u64>nextUse + 1);
  // With fewer frames than it was dirty from on, it is clean, and dead.
  if (nextUse == NEVER) raise(deaths, room, 1, min(tally.dirtyFromOf(page), room), -1);
}

/** A page comes on top from a depth, or is new and makes the stack so deep. */
function comeUp(page: u32, depth: u32, word: u64): void {
  let down = page;
  let downWord = word;
  for (let at: u32 = 1; at < depth; ) {
    const next = load<u32>(pages + ((<usize>at) << 2));
    const nextWord = wordAt(nextUses, room, at);
    put(at, down, downWord);
    down = next;
    downWord = nextWord;
    if (downWord == DEAD) {
      // With each of so many frames, a dead page leaves for the one that comes.
      raise(deaths, room, at, depth, 1);
      break;
    }
    at = firstFrom(nextUses, room, at + 1, depth, downWord + 1);
  }
  put(depth, down, downWord);
}

function put(depth: u32, page: u32, word: u64): void {
  setWord(nextUses, room, depth, word);
  store<u32>(pages + ((<usize>depth) << 2), page);
  store<u32>(depthOf + ((<usize>page) << 2), depth);
}

/** The trace is over: what left dead and dirty is counted. */
export function endOptStack(): void {
  settle(deaths, room);
  let before: i32 = 0;
  for (let frames: u32 = 1; frames <= count; frames++) {
    const written = crestAt(deaths, room, frames);
    tally.step(frames, <i64>(written - before));
    before = written;
  }
}
