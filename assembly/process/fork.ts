// fork: a child with the same mappings. Private pages are shared until one of both stores to them.

import { FLAGS } from "../mmu/attributes";
import { invalidateSpace } from "../mmu/flush";
import { attributesOf } from "../mmu/mmu";
import { addMapper, pageAt } from "../paging/page";
import { FAN, NO_PAGE, PageMap } from "../paging/pagemap";
import { flagsOfProtection, leafFlags } from "./fault";
import { copyLeaf, openLeaves } from "./leafcopy";
import { forkHeap } from "./heaps";
import { countPages, mayCommit } from "./limits";
import { COW, ID, MAPPED, Memory, pageShift } from "./memory";
import { Bring } from "./residency";
import { endOfTable, note, pagedTables, pin, unpin } from "./tables";
import { Vma, VmaFlag, addVma, vmaFrom } from "./vma";

/** Whether the child of a memory may be promised what its parent was; mapping by mapping, as Linux asks. */
export function mayFork(parent: Memory): bool {
  let promised: u64 = 0;
  let at: u64 = 0;
  while (true) {
    const vma = vmaFrom(parent, at);
    if (!vma) break;
    at = vma.end;
    if (vma.flags & VmaFlag.DontFork || !(vma.flags & VmaFlag.Accounted)) continue;
    if (!mayCommit(vma.pages(), promised)) return false;
    promised += vma.pages();
  }
  return true;
}

/** Makes an empty memory a copy of its parent's. False when memory is used up, or there is no frame for a table; what the parent may store to is copied first then, too. */
export function copyMemory(parent: Memory, child: Memory): bool {
  pinned = NO_PAGE;
  const copied = copyAll(parent, child);
  if (pinned != NO_PAGE) unpin(child, pinned);
  invalidateSpace(parent.space);
  return copied;
}

function copyAll(parent: Memory, child: Memory): bool {
  child.brkStart = parent.brkStart;
  child.brk = parent.brk;
  child.heapTold = parent.heapTold;
  child.mmapBase = parent.mmapBase;
  child.entry = parent.entry;
  forkHeap(parent, child);
  let at: u64 = 0;
  while (true) {
    const vma = vmaFrom(parent, at);
    if (!vma) break;
    if (!copyPages(parent, child, null, at, vma.first) || !copyVma(parent, child, vma)) return false;
    at = vma.end;
  }
  return copyPages(parent, child, null, at, NO_PAGE);
}

function copyVma(parent: Memory, child: Memory, vma: Vma): bool {
  if (vma.flags & VmaFlag.DontFork) return true;
  const flags = vma.flags & ~(<u32>VmaFlag.Locked);
  const made = addVma(child, vma.first, vma.end, vma.protection, flags, vma.file, vma.offset);
  if (!made) return false;
  made.name = vma.name;
  countPages(child, made, made.pages());
  return (vma.flags & VmaFlag.WipeOnFork) != 0 || copyPages(parent, child, vma, vma.first, vma.end);
}

/** A page of the child whose tables are pinned. */
let pinned: u64 = NO_PAGE;

/** The tables of a page of the child are there, and pinned instead of those before. False: there is no frame for one. */
function haveTables(child: Memory, page: u64): bool {
  if (pinned != NO_PAGE && page < endOfTable(pinned)) return true;
  if (pinned != NO_PAGE) unpin(child, pinned);
  pinned = NO_PAGE;
  if (pin(child, page) != Bring.Was) return false;
  pinned = page;
  return true;
}

/** The child maps the pages of [first, end) that its parent has, of a mapping or (null) of none. */
function copyPages(parent: Memory, child: Memory, vma: Vma | null, first: u64, end: u64): bool {
  if (first >= end) return true;
  openLeaves(parent, child);
  let from = first;
  while (from < end) {
    const page = parent.pages.next(from, end - 1);
    if (page == NO_PAGE) break;
    from = page + 1;
    if (!pagedTables) {
      from = min(end, (page | (FAN - 1)) + 1);
    } else {
      if (!haveTables(child, page)) return false;
      // Bringing tables in may have driven the page out, for good.
      const entry = parent.pages.get(page);
      if (!entry) continue;
      note(child, page, 1, entry & MAPPED ? 1 : 0);
    }
    if (!copyRun(parent, child, vma, page, from)) return false;
  }
  return true;
}

/** The same of pages whose values both page maps have in one place. */
function copyRun(parent: Memory, child: Memory, vma: Vma | null, first: u64, end: u64): bool {
  const from = parent.pages.valuesAt(first);
  const to = child.pages.valuesFor(first);
  if (!to) return false;
  const copied = !vma || !vma.isShared();
  const mark: u32 = copied ? COW : 0;
  let flags: u32 = vma ? flagsOfProtection(vma.protection) : 0;
  let given = leafFlags(flags, copied);
  for (let page = first; page < end; page++) {
    const place = PageMap.place(page);
    let entry = load<u32>(from + place);
    if (!entry) continue;
    entry |= mark;
    if (!addMapper(pageAt(entry & ID), changetype<usize>(child), page)) return false;
    store<u32>(to + place, entry);
    child.pages.count++;
    if (copied) store<u32>(from + place, entry);
    if (!(entry & MAPPED)) continue;
    child.resident++;
    if (!vma) {
      flags = attributesOf(page << pageShift) & FLAGS;
      given = leafFlags(flags, copied);
    }
    if (!copyLeaf(page, given, copied)) return false;
  }
  return true;
}
