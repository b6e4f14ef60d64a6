// The page walk: one entry a level, from below the deepest walk cache that hits down to the leaf.
// Intel SDM vol. 3A, section 5.10.3 (paging-structure caches).

import { Counter, count } from "../base/counters";
import { cpu } from "./cpu";
import { Flag } from "./format";
import { Step, log, logging } from "./log";
import { dirtyHost, hostExhausted, nested, translateGuest } from "./nested";
import { TableKind, findPage, format, kind, mapPage, readHashed, rootOf } from "./pagetable";
import { physicalOf } from "./physical";
import { addReads, beginReads, observed, readEntry, readNothing, reads } from "./reads";
import { space } from "./schedule";
import { Space } from "./space";
import { addFlags, descend } from "./tree";

/** Entries that the last walk read. */
export let lastReads: u32 = 0;
/** Whether the last walk mapped its page. */
export let lastMapped: bool = false;
/** The last walk ended for want of memory. */
export let exhausted: bool = false;

/**
 * Walks to the leaf of a cut address in the tables of `owner`, for a lookup. What is missing is made on the way where `permitted`: a page's first touch is a minor
 * fault, and costs the reads of a walk that finds everything. The leaf's place; 0 where there is none, or memory is used up (`exhausted`).
 */
export function walk(owner: Space, va: u64, size: u32, attributes: u32, permitted: bool): usize {
  beginReads(false);
  lastMapped = false;
  exhausted = false;
  const slot =
    kind == TableKind.Tree
      ? walkTree(owner, va, size, attributes, permitted)
      : walkHashed(owner, va, size, attributes, permitted);
  lastReads = reads;
  count(Counter.PteReads, reads);
  return slot;
}

/** Walks ahead of need: maps nothing, sets no A. The leaf's place, or 0. */
export function walkAhead(owner: Space, va: u64, size: u32): usize {
  beginReads(true);
  const slot = kind == TableKind.Tree ? readAhead(owner, va, size) : readHashed(owner, va);
  count(Counter.PrefetchReads, reads);
  return slot;
}

function map(owner: Space, va: u64, size: u32, attributes: u32): usize {
  const slot = mapPage(owner, va, size, attributes);
  if (!slot) {
    exhausted = true;
    return 0;
  }
  lastMapped = true;
  count(Counter.MinorFaults);
  return slot;
}

function walkHashed(owner: Space, va: u64, size: u32, attributes: u32, permitted: bool): usize {
  if (permitted && !findPage(owner, va, size) && !map(owner, va, size, attributes)) return 0;
  return readHashed(owner, va);
}

function walkTree(owner: Space, va: u64, size: u32, attributes: u32, permitted: bool): usize {
  const leaf = format.levelOf(size);
  let slot = descend(format, rootOf(owner, va), va, leaf) ? format.pathAt(leaf) : 0;
  if (slot && !format.isPresent(format.loadEntry(slot))) slot = 0;
  if (!slot && permitted) {
    if (logging) log(Step.Missing, firstMissing(leaf));
    slot = map(owner, va, size, attributes);
    if (!slot) return 0;
  }
  const start = cpu.walkCaches.start(format, va, space.tag, leaf);
  if (nested) return readNested(va, size, start, slot, permitted);
  if (!observed) addReads(start - leaf + 1);
  for (let level = start; level > leaf; level--) {
    const at = format.pathAt(level);
    if (observed) readLogged(at, level);
    passTable(va, at, level, permitted);
  }
  if (observed) readLogged(format.pathAt(leaf), leaf);
  return slot;
}

/** The level of the first entry of the path that is not present. */
function firstMissing(leaf: u32): u32 {
  let level = format.levels - 1;
  while (level > leaf && format.pathAt(level - 1)) level--;
  return level;
}

function readLogged(slot: usize, level: u32): void {
  if (slot) readEntry(physicalOf(slot), level, format.loadEntry(slot));
  else readNothing();
}

/** What reading the entry at `slot`, which may lead to a table, changes: its A bit, where the access is permitted, and the walk cache of its level. */
function passTable(va: u64, slot: usize, level: u32, permitted: bool): void {
  if (!slot) return;
  const entry = format.loadEntry(slot);
  if (!format.isPresent(entry)) return;
  if (permitted && format.tableAccessed & ~entry) format.storeEntry(slot, entry | format.tableAccessed);
  cpu.walkCaches.learn(format, va, space.tag, level);
}

/** The same of nested tables: each table's guest-physical address is translated before its entry is read, but for one that a walk cache gave. */
function readNested(va: u64, size: u32, start: u32, slot: usize, permitted: bool): usize {
  const leaf = format.levelOf(size);
  for (let level = start; ; level--) {
    const at = format.pathAt(level);
    if (at && !isGiven(level, start)) translateGuest(physicalOf(at));
    readLogged(at, level);
    if (level == leaf) break;
    passTable(va, at, level, permitted);
  }
  if (slot) translateGuest(format.physical(format.loadEntry(slot), size, va));
  return slot;
}

/** A walk cache gave the table of this level. */
function isGiven(level: u32, start: u32): bool {
  return level == start && start != format.levels - 1;
}

function readAhead(owner: Space, va: u64, size: u32): usize {
  const leaf = format.levelOf(size);
  descend(format, rootOf(owner, va), va, leaf);
  const start = cpu.walkCaches.start(format, va, space.tag, leaf);
  for (let level = start; level > leaf; level--) {
    const at = format.pathAt(level);
    if (!isRead(at, level, start)) return 0;
    cpu.walkCaches.learn(format, va, space.tag, level);
  }
  const at = format.pathAt(leaf);
  if (!isRead(at, leaf, start)) return 0;
  if (nested) translateGuest(format.physical(format.loadEntry(at), size, va));
  return at;
}

/** Reads the entry at `slot`, if there is one. Whether it is present. */
function isRead(slot: usize, level: u32, start: u32): bool {
  if (!slot) return false;
  if (nested && !isGiven(level, start)) translateGuest(physicalOf(slot));
  const entry = format.loadEntry(slot);
  readEntry(physicalOf(slot), level, entry);
  return format.isPresent(entry);
}

/** Marks a leaf as used, and as written by a store. */
export function mark(slot: usize, size: u32, written: bool): void {
  const flags = format.flagsOf(format.loadEntry(slot));
  const wanted: u32 = written ? <u32>Flag.Accessed | <u32>Flag.Dirty : Flag.Accessed;
  if ((flags & wanted) == wanted) return;
  if (written && !(flags & <u32>Flag.Dirty)) count(Counter.PagesDirty);
  addFlags(format, slot, size, wanted);
  if (nested && written) dirtyHost(format.physical(format.loadEntry(slot), size, 0));
}
