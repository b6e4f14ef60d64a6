// One access, byte by byte: what is wrong with it, and which block it is to be told of.

import { isOwnArena } from "./areas";
import { Block, blockAt, blockFrom, blockOf, blockUpTo } from "./blocks";
import { pc, report, setAhead } from "./findings";
import { isAhead } from "./lookback";
import { PAGE, PAGE_SHIFT, findPage, notePage, own, statesOf } from "./shadow";
import { BlockFlag, ByteState, FindingKind } from "./state";

/** How far from a block an address may lie and still be told of it. */
const NEAR: u64 = 65536;
/** No address. */
const NOWHERE: u64 = u64.MAX_VALUE;

/** Loads of bytes that were never written are errors, of the checker's own blocks and of captured ones. */
let ownUndefined: bool = true;
let capturedUndefined: bool = false;

export function setUndefined(own_: bool, captured: bool): void {
  ownUndefined = own_;
  capturedUndefined = captured;
}

/** Whether bytes of a captured block are to be known as never written. */
export function watchesCaptured(): bool {
  return capturedUndefined;
}

/** What the bytes looked at last were: the first that is forbidden, the first that was never written; whether any may be accessed. */
let firstForbidden: u64 = NOWHERE;
let firstUndefined: u64 = NOWHERE;
let anyAllowed: bool = false;

/** Looks at the bytes from `va` to `last`. False when memory is used up. */
function look(va: u64, last: u64): bool {
  firstForbidden = NOWHERE;
  firstUndefined = NOWHERE;
  anyAllowed = false;
  let at = va;
  while (true) {
    const page = at >> PAGE_SHIFT;
    const states = statesOf(page);
    if (!states) return false;
    notePage(page, states);
    const end = min(last, at | (PAGE - 1));
    for (; at < end; at++) lookAt(at, states);
    lookAt(at, states);
    if (end == last) return true;
    at++;
  }
}

function lookAt(at: u64, states: usize): void {
  const state = load<u8>(states + <usize>(at & (PAGE - 1)));
  if (state & ByteState.Forbidden) {
    if (firstForbidden == NOWHERE) firstForbidden = at;
  } else {
    anyAllowed = true;
    if (state & ByteState.Undefined && firstUndefined == NOWHERE) firstUndefined = at;
  }
}

/** What a store leaves of its bytes: those that may be written are written, with what is not known. False when memory is used up. */
function write(va: u64, last: u64): bool {
  let at = va;
  while (true) {
    const page = at >> PAGE_SHIFT;
    const end = min(last, at | (PAGE - 1));
    if (!writePage(page, at, end)) return false;
    if (end == last) return true;
    at = end + 1;
  }
}

function writePage(page: u64, first: u64, last: u64): bool {
  let states = statesOf(page);
  if (!states) return false;
  if (!differs(states, first, last)) return true;
  const entry = own(page);
  if (!entry) return false;
  states = load<usize>(entry, 8);
  notePage(page, states);
  for (let at = first & (PAGE - 1); at <= (last & (PAGE - 1)); at++) {
    const slot = states + <usize>at;
    store<u8>(slot, load<u8>(slot) & ByteState.Forbidden);
  }
  return true;
}

/** Whether a store to these bytes of a page changes any state. */
function differs(states: usize, first: u64, last: u64): bool {
  for (let at = first & (PAGE - 1); at <= (last & (PAGE - 1)); at++) {
    if (load<u8>(states + <usize>at) & ~ByteState.Forbidden) return true;
  }
  return false;
}

/** A load of the libraries' kind: whole words, of which bytes behind a block's end are thrown away. */
function isWholeWord(va: u64, size: u64): bool {
  return (size == 4 || size == 8 || size == 16 || size == 32) && (va & (size - 1)) == 0;
}

/** Checks a load or store of memory by its address alone. False when memory is used up. */
export function judge(va: u64, size: u64, isStore: bool): bool {
  const last = va + size - 1;
  if (last < va) return report(FindingKind.Unmapped, va, size, null, isStore);
  if (!look(va, last)) return false;
  if (firstForbidden != NOWHERE && (isStore || !anyAllowed || !isWholeWord(va, size))) {
    setAhead(!isStore && isAhead(pc, va, size));
    const reported = reportForbidden(va, size, isStore);
    setAhead(false);
    if (!reported) return false;
  } else if (!isStore && firstUndefined != NOWHERE) {
    return reportUndefined(va, size, blockOf(firstUndefined));
  }
  return !isStore || write(va, last);
}

/** Which block is meant by an access that goes to forbidden bytes, and how. */
function reportForbidden(va: u64, size: u64, isStore: bool): bool {
  let block = blockOf(va);
  if (block && block.isLive()) return report(beyond(block, isStore), va, size, block, isStore);
  if (!block) block = blockOf(firstForbidden);
  if (!block) block = reached(va, size);
  if (block && !block.isLive()) return report(afterEnd(block, isStore), va, size, block, isStore);
  if (!findPage(firstForbidden >> PAGE_SHIFT) && !isOwnArena(firstForbidden)) {
    return report(FindingKind.Unmapped, va, size, null, isStore);
  }
  block = nearest(va);
  if (!block) return report(FindingKind.Unmapped, va, size, null, isStore);
  return report(beyond(block, isStore), va, size, block, isStore);
}

/** The first block that an access reaches which begins outside of all, or null. */
function reached(va: u64, size: u64): Block | null {
  const block = blockFrom(va);
  return block && block.start - va < size ? block : null;
}

/** The block that an address outside of all is nearest to, or null. */
function nearest(va: u64): Block | null {
  const below = blockUpTo(va);
  const above = blockFrom(va);
  const behind = below ? va - below.end() : NEAR;
  const before = above ? above.start - va : NEAR;
  if (below && behind <= before && behind < NEAR) return below;
  return above && before < NEAR ? above : null;
}

/** The kind of an access that is outside of a block. */
function beyond(block: Block, isStore: bool): FindingKind {
  if (block.has(BlockFlag.Frame)) return block.isLive() ? FindingKind.StackOverflow : FindingKind.DeadFrame;
  return isStore ? FindingKind.InvalidWrite : FindingKind.InvalidRead;
}

/** The kind of an access to a block whose time is over. */
function afterEnd(block: Block, isStore: bool): FindingKind {
  if (block.has(BlockFlag.Frame)) return FindingKind.DeadFrame;
  return isStore ? FindingKind.FreedWrite : FindingKind.FreedRead;
}

function reportUndefined(va: u64, size: u64, block: Block | null): bool {
  const captured = block != null && block.has(BlockFlag.Captured);
  if (captured ? !capturedUndefined : !ownUndefined) return true;
  return report(FindingKind.Uninitialised, va, size, block);
}

/**
 * Checks an access that the trace makes through the block that began at `start`, with this serial: whatever is at the address, it must lie
 * within that block. False when memory is used up.
 */
export function judgeWithin(va: u64, size: u64, isStore: bool, block: Block): bool {
  const last = va + size - 1;
  if (!block.isLive()) return report(afterEnd(block, isStore), va, size, block, isStore);
  const from = max(va, block.start);
  const to = min(last + 1, block.end());
  const any = last >= va && from < to;
  if (!any) return report(beyond(block, isStore), va, size, block, isStore);
  if (!look(from, to - 1)) return false;
  const isWhole = from == va && to == last + 1;
  if (!isWhole && (isStore || !isWholeWord(va, size))) {
    if (!report(beyond(block, isStore), va, size, block, isStore)) return false;
  } else if (!isStore && firstUndefined != NOWHERE) {
    return reportUndefined(va, size, block);
  }
  return !isStore || write(from, to - 1);
}

/** The block with this serial that begins at an address, as far as it is known yet. */
export function ownerOf(start: u64, serial: u64): Block | null {
  const block = blockAt(start);
  return block && block.serial == serial ? block : null;
}
