// Leaves of one address space for another, by rising page: a table of a tree is looked for once, and what an entry says is worked out once
// for all that say the same.

import { SIZE, everywhere } from "../mmu/attributes";
import { cut } from "../mmu/address";
import { Flag } from "../mmu/format";
import { TableKind, addPages, format, kind, newSlot, rootOf } from "../mmu/pagetable";
import { descend } from "../mmu/tree";
import { pageAt } from "../paging/page";
import { enter, isInTable, narrow } from "./hardware";
import { ID, Memory, pageShift } from "./memory";

const KEPT: u32 = <u32>Flag.Accessed | <u32>Flag.Dirty;
/** No table. */
const NONE: u64 = u64.MAX_VALUE;

let parent: Memory = changetype<Memory>(0);
let child: Memory = changetype<Memory>(0);
/** Tables are trees whose leaves are entries of their own. */
let plain: bool = false;
/** The table that was found last, by its number: where both have it, 0 where not. */
let table: u64 = NONE;
let from: usize = 0;
let to: usize = 0;

/** What entries that say `said`, and may be used as `given`, say in parent and child. */
let said: u64 = NONE;
let given: u32 = 0;
let inParent: u64 = 0;
let inChild: u64 = 0;

/** Begins: leaves of a parent for its child, with nothing changed in between but by `copyLeaf`. */
export function openLeaves(parent_: Memory, child_: Memory): void {
  parent = parent_;
  child = child_;
  plain = kind == TableKind.Tree && format.runOf(everywhere & SIZE) == 0;
  table = NONE;
  said = NONE;
}

/** Gives the child the leaf of a page, if the parent has it; both may use it as `flags` say, the parent only where it is `narrowed`. False when memory is used up. */
export function copyLeaf(page: u64, flags: u32, narrowed: bool): bool {
  if (!plain) return copyAny(page, flags, narrowed);
  const size = everywhere & SIZE;
  const level = format.levelOf(size);
  const number = page >> format.bitsOf(level);
  if (number != table) findTables(page, number, level);
  if (!from) return true;
  const at = (<usize>(page & (((<u64>1) << format.bitsOf(level)) - 1))) << format.entryShift;
  const entry = format.loadEntry(from + at);
  if (!format.isPresent(entry)) return true;
  if (!to) {
    const slot = newSlot(child.space, cut(page << pageShift), size);
    if (!slot) return false;
    to = slot - at;
  }
  const says = format.besideFrame(entry);
  if (says != said || flags != given) {
    said = says;
    given = flags;
    inParent = format.besideFrame(format.withFlags(entry, (format.flagsOf(entry) & KEPT) | flags));
    inChild = format.besideFrame(format.withFlags(entry, flags));
  }
  const frame = entry ^ says;
  if (narrowed) format.storeEntry(from + at, frame | inParent);
  format.storeEntry(to + at, frame | inChild);
  addPages(size, 1);
  return true;
}

function findTables(page: u64, number: u64, level: u32): void {
  const at = cut(page << pageShift);
  table = number;
  to = 0;
  from = 0;
  if (!descend(format, rootOf(parent.space, at), at, level)) return;
  const index = page & (((<u64>1) << format.bitsOf(level)) - 1);
  from = format.pathAt(level) - ((<usize>index) << format.entryShift);
}

/** The same in tables of any kind. */
function copyAny(page: u64, flags: u32, narrowed: bool): bool {
  if (!isInTable(parent, page)) return true;
  if (narrowed) narrow(parent, page, flags, true);
  return enter(child, page, pageAt(parent.pages.get(page) & ID).frame, flags);
}
