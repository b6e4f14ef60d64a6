// Tables below the root that take frames, and leave them (`memory.pagedTables`). An address space has a table where a page of its range is
// known: in a frame, or on disk; and one above each that it has. A table is held, and leaves no frame, while a page that it leads to is mapped
// to a frame, or a table below it is in one; else it may be chosen as pages are, and is then written to swap, for it has changed since.
//
// A table is a page (paging/page.ts) of the file TABLE:
//
//   refs    pages of its range that are mapped to frames, or tables right below that are in frames; and pins
//   index   | level u8 | unused u8 | known u16 | stamp u32 |   known: the same of pages that are known, and tables that there are
//   page    the number of the first page of its range
//   next    its Memory

import { cpuAt, cpus } from "../mmu/cpu";
import { SIZE, everywhere } from "../mmu/attributes";
import { cut } from "../mmu/address";
import { format } from "../mmu/pagetable";
import { Page, TABLE, newPage, pageAt } from "../paging/page";
import { PageMap, newPageMap } from "../paging/pagemap";
import { Memory, pageShift } from "./memory";
import { Bring, bring, destroy, lock, stored, unlock } from "./residency";

/** Tables take frames. */
export let pagedTables: bool = false;
export let tablesResident: u32 = 0;
export let tablesPeak: u32 = 0;
/** Tables that came back from swap, and that were written there. */
export let tableIns: u64 = 0;
export let tableOuts: u64 = 0;

/** Pages, by memory, level and range. */
let tables: PageMap = changetype<PageMap>(0);
let stamps: u32 = 0;
/** A table came back: the fault handler counts a fault. */
type Fault = (page: u64) => void;
let cameBack: Fault = (page: u64): void => {};

const KNOWN: u64 = 1 << 32;

/** False when memory is used up. */
export function openTables(onReturn: Fault): bool {
  const made = newPageMap();
  if (!made) return false;
  tables = made;
  cameBack = onReturn;
  pagedTables = true;
  return true;
}

/** The level of the tables that hold leaves, and of the highest ones that may leave. */
function leafLevel(): u32 {
  return format.levelOf(everywhere & SIZE);
}

/** log2 of the pages that a table of a level covers. */
function coverOf(level: u32): u64 {
  return <u64>(format.shiftOf(level) + format.bitsOf(level)) - pageShift;
}

function keyOf(memory: Memory, page: u64, level: u32): u64 {
  return ((<u64>memory.number) << 40) | ((<u64>level) << 36) | (page >> coverOf(level));
}

/** The table of a level for a page; 0: there is none, or it is the root. */
function tableFor(memory: Memory, page: u64, level: u32): u32 {
  return level + 1 >= format.levels ? 0 : tables.get(keyOf(memory, page, level));
}

function levelOf(table: Page): u32 {
  return <u32>(table.index >> 56);
}

function knownOf(table: Page): u32 {
  return <u32>(table.index >> 32) & 0xffff;
}

/** When a table was made: those of one moment leave in this order. */
export function stampOf(id: u32): u32 {
  return <u32>pageAt(id).index;
}

/** A page came to be known, or is no more (`known`); was mapped to its frame, or is no more (`mapped`): each 1, 0 or -1. Its tables are there. */
export function note(memory: Memory, page: u64, known: i32, mapped: i32): void {
  if (pagedTables) noteIn(memory, page, leafLevel(), known, mapped);
}

function noteIn(memory: Memory, page: u64, level: u32, known: i32, mapped: i32): void {
  const id = tableFor(memory, page, level);
  if (!id) return;
  const table = pageAt(id);
  table.index += <i64>known * KNOWN;
  table.refs += mapped;
  if (!knownOf(table)) {
    dismiss(id, table);
  } else if (mapped > 0 && table.refs == <u32>mapped) {
    lock(table, id);
  } else if (mapped < 0 && !table.refs) {
    if (waiting) wait(id);
    else unlock(table, id);
  }
}

/** A table that leads to nothing is no more. */
function dismiss(id: u32, table: Page): void {
  const memory = changetype<Memory>(table.next);
  const level = levelOf(table);
  const was = i32(table.frame != 0);
  if (was) tablesResident--;
  tables.remove(keyOf(memory, table.page, level));
  table.next = 0;
  destroy(id);
  noteIn(memory, table.page, level + 1, -1, -was);
}

/** A table left its frame for swap. What led to it is forgotten. */
export function left(table: Page): void {
  tablesResident--;
  tableOuts++;
  const memory = changetype<Memory>(table.next);
  const level = levelOf(table);
  const at = cut(table.page << pageShift);
  for (let each: u32 = 0; each < cpus; each++) {
    if ((memory.space.held >> <u64>each) & 1)
      cpuAt(each).walkCaches.forget(format, at, memory.space.tag, level + 1);
  }
  noteIn(memory, table.page, level + 1, 0, -1);
}

/** Tables that are held no longer, while what a page's mappings held is let go of. */
let waiting: bool = false;
const WAITING: u32 = 64;
const held: usize = memory.data(64 * 4, 4);
let waiters: u32 = 0;

function wait(id: u32): void {
  if (waiters == WAITING) {
    release();
    waiting = true;
  }
  // By rising stamp.
  let place = held + ((<usize>waiters) << 2);
  for (; place > held && stampOf(load<u32>(place - 4)) > stampOf(id); place -= 4)
    store<u32>(place, load<u32>(place - 4));
  store<u32>(place, id);
  waiters++;
}

/** All who map a page let go of it: their tables are held no longer in the order in which they were made, at `release`. */
export function holdBack(): void {
  waiting = pagedTables;
}

export function release(): void {
  if (!waiting) return;
  waiting = false;
  for (let at: u32 = 0; at < waiters; at++) {
    const id = load<u32>(held + ((<usize>at) << 2));
    unlock(pageAt(id), id);
  }
  waiters = 0;
}

/** Sees to it that the tables of a page are there, in frames, and stay until `unpin`: Bring.Was, or what there was too little of. */
export function pin(memory: Memory, page: u64): Bring {
  const leaf = leafLevel();
  for (let above = format.levels - 1; above > leaf; above--) {
    const level = above - 1;
    const done = have(memory, page, level);
    if (done != Bring.Was) {
      unpinAbove(memory, page, level);
      return done;
    }
    noteIn(memory, page, level, 1, 1);
  }
  return Bring.Was;
}

function have(memory: Memory, page: u64, level: u32): Bring {
  let id = tableFor(memory, page, level);
  const isNew = !id;
  if (isNew) {
    id = newPage(TABLE, ((<u64>level) << 56) | <u64>++stamps);
    if (!id) return Bring.NoMemory;
  }
  const table = pageAt(id);
  if (table.frame) return Bring.Was;
  const brought = bring(id, 0);
  if (brought >= Bring.NoFrame) {
    if (isNew) destroy(id);
    return brought;
  }
  stored(id, table);
  tablesResident++;
  tablesPeak = max(tablesPeak, tablesResident);
  if (isNew) {
    table.page = (page >> coverOf(level)) << coverOf(level);
    table.next = changetype<usize>(memory);
    if (!tables.put(keyOf(memory, page, level), id)) return Bring.NoMemory;
  } else {
    tableIns++;
    cameBack(page);
  }
  noteIn(memory, page, level + 1, i32(isNew), 1);
  return Bring.Was;
}

/** The tables of a page may leave again, and those that lead to nothing are no more. */
export function unpin(memory: Memory, page: u64): void {
  for (let level = leafLevel(); level + 1 < format.levels; level++) noteIn(memory, page, level, -1, -1);
}

function unpinAbove(memory: Memory, page: u64, level: u32): void {
  for (let above = level + 1; above + 1 < format.levels; above++) noteIn(memory, page, above, -1, -1);
}

/** The first page behind those that have the tables of a page. */
export function endOfTable(page: u64): u64 {
  const cover = coverOf(leafLevel());
  return ((page >> cover) + 1) << cover;
}

/** The slot of swap, + 1, of the highest table of a page that is out; 0: none is. */
export function slotOfTable(memory: Memory, page: u64): u32 {
  if (!pagedTables) return 0;
  const leaf = leafLevel();
  for (let above = format.levels - 1; above > leaf; above--) {
    const id = tableFor(memory, page, above - 1);
    if (id && !pageAt(id).frame) return pageAt(id).slot;
  }
  return 0;
}
