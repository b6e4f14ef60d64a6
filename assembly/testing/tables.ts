// The functions of the page tables that are no tree, by kind.

import { setLogging, stepsLogged } from "../mmu/log";
import { TableKind } from "../mmu/pagetable";
import { beginReads, reads } from "../mmu/reads";
import * as chained from "../mmu/tables/chained";
import * as cuckoo from "../mmu/tables/cuckoo";
import * as inverted from "../mmu/tables/inverted";
import * as open from "../mmu/tables/open";

/** A new table, or 0 when memory is used up. */
export function newTable(kind: TableKind, slots: u32, ways: u32): usize {
  if (kind == TableKind.Open) return open.newOpen(slots);
  if (kind == TableKind.Chained) return chained.newChained(slots);
  if (kind == TableKind.Inverted) return inverted.newInverted(slots);
  return cuckoo.newCuckoo(ways, slots);
}

export function findPte(kind: TableKind, table: usize, vpn: u64, space: u32): usize {
  if (kind == TableKind.Open) return open.find(table, vpn);
  if (kind == TableKind.Chained) return chained.find(table, vpn);
  if (kind == TableKind.Inverted) return inverted.find(table, vpn, space);
  return cuckoo.find(table, vpn);
}

export function insertPte(kind: TableKind, table: usize, vpn: u64, space: u32): usize {
  if (kind == TableKind.Open) return open.insert(table, vpn);
  if (kind == TableKind.Chained) return chained.insert(table, vpn);
  if (kind == TableKind.Inverted) return inverted.insert(table, vpn, space);
  return cuckoo.insert(table, vpn);
}

export function removePte(kind: TableKind, table: usize, vpn: u64, space: u32): void {
  if (kind == TableKind.Open) open.remove(table, vpn);
  else if (kind == TableKind.Chained) chained.remove(table, vpn);
  else if (kind == TableKind.Inverted) inverted.remove(table, vpn, space);
  else cuckoo.remove(table, vpn);
}

export function walkTo(kind: TableKind, table: usize, vpn: u64, space: u32): usize {
  beginReads(false);
  if (kind == TableKind.Open) return open.walk(table, vpn);
  if (kind == TableKind.Chained) return chained.walk(table, vpn);
  if (kind == TableKind.Inverted) return inverted.walk(table, vpn, space);
  return cuckoo.walk(table, vpn);
}

/** The same; how many reads are logged. */
export function walkLogged(kind: TableKind, table: usize, vpn: u64, space: u32): u32 {
  setLogging(true);
  walkTo(kind, table, vpn, space);
  setLogging(false);
  return stepsLogged;
}

/** Entries that the last walk read. */
export function readsMade(): u32 {
  return reads;
}

export function tableBytes(kind: TableKind, table: usize): u64 {
  if (kind == TableKind.Open) return open.bytesOf(table);
  if (kind == TableKind.Chained) return chained.bytesOf(table);
  if (kind == TableKind.Inverted) return inverted.bytesOf(table);
  return cuckoo.bytesOf(table);
}

/** Of an inverted table. */
export function frameAt(table: usize, place: usize): u64 {
  return inverted.frameOf(table, place);
}
