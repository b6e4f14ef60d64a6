// The page table of the machine, whatever its kind: finding, mapping and unmapping pages. A page is named by its space, a cut address
// and a size; what maps it is a leaf, an entry in linear memory.

import { openAddresses } from "./address";
import { FLAGS } from "./attributes";
import { Family, Format, Most, newFormat } from "./format";
import { layAarch64 } from "./formats/aarch64";
import { layRadix } from "./formats/radix";
import { layRiscv } from "./formats/riscv";
import { layX86 } from "./formats/x86";
import { NOWHERE, openPhysical, takeFrames } from "./physical";
import { Space, spaces } from "./space";
import * as chained from "./tables/chained";
import * as cuckoo from "./tables/cuckoo";
import * as inverted from "./tables/inverted";
import * as open from "./tables/open";
import { extend, findLeaf, tableCounts, writeLeaf } from "./tree";

export enum TableKind {
  Tree,
  /** Hashed, with open addressing and with chains. */
  Open,
  Chained,
  Inverted,
  Cuckoo,
}

export let kind: TableKind = TableKind.Tree;
/** The format of the machine's table, and of a nested one. */
export let format: Format = changetype<Format>(0);
export let hostFormat: Format = changetype<Format>(0);
/** Slots that a new table has, and ways of a cuckoo table. */
let firstSlots: u32 = 0;
let cuckooWays: u32 = 0;
/** The inverted table. */
let invertedTable: usize = 0;

/** Mapped leaves by size, a u64 a size. */
export const pageCounts: usize = memory.data(<i32>Most.Sizes * 8, 8);

/**
 * Describes the entries of the machine's table (`host`: of the nested one). `canonical`: 0 bits above `vaBits` are copies of the highest,
 * 1 they are zero, 2 they are all alike and choose one of two halves. False when memory is used up.
 */
export function openFormat(
  host: bool,
  family: Family,
  wide: bool,
  pageBits: u32,
  vaBits: u32,
  canonical: u32,
  entryShift: u32,
): bool {
  const made = newFormat();
  if (!made) return false;
  if (host) hostFormat = made;
  else format = made;
  made.pageBits = pageBits;
  made.halves = canonical == 2;
  made.vaBits = made.halves ? vaBits + 1 : vaBits;
  made.signed = canonical != 1;
  made.entryShift = entryShift;
  if (!host) openAddresses(made.vaBits, made.signed);
  if (family == Family.X86) layX86(made);
  else if (family == Family.Riscv) layRiscv(made);
  else if (family == Family.Aarch64) layAarch64(made, wide);
  else layRadix(made);
  return made.close();
}

/** Adds a level of tables, the root first. */
export function addLevel(host: bool, shift: u32, bits: u32): void {
  (host ? hostFormat : format).addLevel(shift, bits);
}

/** Adds a size of page of 2^shift bytes, by rising size: a run of 2^run leaves of a level. */
export function addSize(host: bool, shift: u32, level: u32, run: u32): void {
  (host ? hostFormat : format).addSize(shift, level, run);
}

/** Readies the table, after its format. `slots` and `ways` are of tables that are no tree. False when memory is used up. */
export function openTable(kind_: TableKind, paBits: u32, slots: u32, ways: u32): bool {
  kind = kind_;
  firstSlots = slots;
  cuckooWays = ways;
  if (!openPhysical(paBits, format.pageBits)) return false;
  if (kind == TableKind.Inverted) {
    invertedTable = inverted.newInverted(slots);
    return invertedTable != 0;
  }
  return true;
}

/** Where the root for a cut address stands. */
export function rootOf(space: Space, va: u64): usize {
  const high = format.halves && (va >> (<u64>format.vaBits - 1)) & 1;
  return changetype<usize>(space) + (high ? offsetof<Space>("highRoot") : offsetof<Space>("lowRoot"));
}

/** The number of the page of a cut address. */
export function pageNumber(va: u64, size: u32): u64 {
  return va >> format.sizeShift(size);
}

/** The leaf of a page that is mapped with `size`, or 0. */
export function findPage(space: Space, va: u64, size: u32): usize {
  if (kind == TableKind.Tree) return findLeaf(format, rootOf(space, va), va, size);
  const number = pageNumber(va, size);
  if (kind == TableKind.Inverted) return inverted.find(invertedTable, number, space.number);
  const table = load<usize>(space.tableAt(size));
  if (!table) return 0;
  if (kind == TableKind.Open) return open.find(table, number);
  if (kind == TableKind.Chained) return chained.find(table, number);
  return cuckoo.find(table, number);
}

/** Maps a page that is not mapped to new frames. Its leaf, or 0 when memory is used up. */
export function mapPage(space: Space, va: u64, size: u32, attributes: u32): usize {
  const slot = newSlot(space, va, size);
  if (!slot) return 0;
  const pa =
    kind == TableKind.Inverted
      ? inverted.frameOf(invertedTable, slot) << 12
      : takeFrames(<u32>format.sizeShift(size));
  if (pa == NOWHERE) return 0;
  writeLeaf(format, slot, size, pa, attributes & FLAGS);
  addPages(size, 1);
  return slot;
}

/** The place for the leaf of a page that is not mapped; 0 when memory is used up. */
export function newSlot(space: Space, va: u64, size: u32): usize {
  if (kind == TableKind.Tree) {
    const level = format.levelOf(size);
    return extend(format, rootOf(space, va), va, level, tableCounts) ? format.pathAt(level) : 0;
  }
  const number = pageNumber(va, size);
  if (kind == TableKind.Inverted) return inverted.insert(invertedTable, number, space.number);
  const at = space.tableAt(size);
  if (!load<usize>(at)) store<usize>(at, newHashed());
  const table = load<usize>(at);
  if (!table) return 0;
  if (kind == TableKind.Open) return open.insert(table, number);
  if (kind == TableKind.Chained) return chained.insert(table, number);
  return cuckoo.insert(table, number);
}

function newHashed(): usize {
  if (kind == TableKind.Open) return open.newOpen(firstSlots);
  if (kind == TableKind.Chained) return chained.newChained(firstSlots);
  return cuckoo.newCuckoo(cuckooWays, firstSlots);
}

/** Takes a page out of a table that is no tree. */
export function removePage(space: Space, va: u64, size: u32): void {
  const number = pageNumber(va, size);
  const table = load<usize>(space.tableAt(size));
  if (kind == TableKind.Open) open.remove(table, number);
  else if (kind == TableKind.Chained) chained.remove(table, number);
  else if (kind == TableKind.Cuckoo) cuckoo.remove(table, number);
}

/** Reads what a walk of a table that is no tree reads: the tables of all sizes, by rising size until the page is found. Its leaf, or 0. */
export function readHashed(space: Space, va: u64): usize {
  if (kind == TableKind.Inverted) return inverted.walk(invertedTable, pageNumber(va, 0), space.number);
  let found: usize = 0;
  for (let size: u32 = 0; size < format.sizes; size++) {
    const table = load<usize>(space.tableAt(size));
    if (!table) continue;
    const number = pageNumber(va, size);
    if (kind == TableKind.Cuckoo) {
      const slot = cuckoo.walk(table, number);
      if (slot) found = slot;
      continue;
    }
    const slot = kind == TableKind.Open ? open.walk(table, number) : chained.walk(table, number);
    if (slot) return slot;
  }
  return found;
}

export function addPages(size: u32, by: i64): void {
  const at = pageCounts + ((<usize>size) << 3);
  store<u64>(at, load<u64>(at) + by);
}

/** Bytes of the tables that are no tree, and how many there are, over all spaces: two slots. */
const hashed: usize = memory.data(16, 8);

/** Counts the tables that are no tree. The address of their bytes and their number. */
export function hashedTables(): usize {
  let bytes: u64 = 0;
  let tables: u64 = 0;
  if (kind == TableKind.Inverted) {
    bytes = inverted.bytesOf(invertedTable);
    tables = 1;
  }
  for (let at = spaces; at; at = changetype<Space>(at).next) {
    for (let size: u32 = 0; size < format.sizes; size++) {
      const table = load<usize>(changetype<Space>(at).tableAt(size));
      if (!table) continue;
      tables++;
      if (kind == TableKind.Open) bytes += open.bytesOf(table);
      else if (kind == TableKind.Chained) bytes += chained.bytesOf(table);
      else bytes += cuckoo.bytesOf(table);
    }
  }
  store<u64>(hashed, bytes);
  store<u64>(hashed + 8, tables);
  return hashed;
}
