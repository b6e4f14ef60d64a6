// What was found, a row for each kind at the same three places, with how often.
//
//   u64   0      1       2     3          4       5       6       7           8        9       10    11       12        13     14
//       | kind | where | va  | size     | start | bytes | access | allocated | freed  | pc    | flags | name   | count   | record | process |
//                                       |          the block          |
//
// and behind them 15: whether there is a block, and from 16 on the callers.
// They stand in pieces of `Findings.Piece` rows, whose addresses are in `pieces`; a hash table finds the row of a key.

import { allocate } from "../base/arena";
import { freeBlock, takeBlock } from "../base/blocks";
import { splitmix } from "../base/splitmix";
import { Block } from "./blocks";
import { findCallers, isRuntime } from "./lookback";
import { space } from "./space";
import { BlockFlag, FindingKind, Where } from "./state";

export enum Findings {
  /** u64 words of a row, and what is where. */
  Words = 24,
  Kind = 0,
  Where = 1,
  Va = 2,
  Size = 3,
  Start = 4,
  Bytes = 5,
  Access = 6,
  Allocated = 7,
  Freed = 8,
  Pc = 9,
  Flags = 10,
  Name = 11,
  Count = 12,
  Record = 13,
  Process = 14,
  /** 1: there is a block. */
  HasBlock = 15,
  /** The last fetches of the program before an access of a library, the latest first, six at most; 0: none. */
  Callers = 16,
  /** Rows of a piece; rows at most. */
  Piece = 1024,
  Most = 131072,
}

const ROW: usize = 192;
/** Callers that tell findings apart: further back are those of whatever came before the call. */
const TELLING: usize = 3;
const FIRST_BITS: u32 = 10;

/** Addresses of the pieces. */
export const pieces: usize = memory.data(128 * sizeof<usize>(), 8);
/** Rows so far; findings in all; those that found no row, for there are too many. */
export let findingCount: u32 = 0;
export let findingTotal: u64 = 0;
export let findingsUnlisted: u64 = 0;
/** The kind of the last. */
export let lastKind: FindingKind = FindingKind.InvalidRead;

/** The row that the next finding is put together in, and the last stands in, with how often it was found. */
export const draft: usize = memory.data(192, 8);

let table: usize = 0;
let tableBits: u32 = 0;

/** The place of the access, or 0 and the address of the last fetch, and the record's number in the trace. */
export let place: u64 = 0;
export let pc: u64 = 0;
export let record: u64 = 0;

export function setPlace(at: u64, pc_: u64, record_: u64): void {
  place = at;
  pc = at ? 0 : pc_;
  record = record_;
}

/** The access that is judged may be a library's that is ahead of what it looks at. */
let ahead: bool = false;

export function setAhead(is: bool): void {
  ahead = is;
}

/** What frees is a realloc. */
let reallocates: bool = false;

export function setRealloc(is: bool): void {
  reallocates = is;
}

function put(word: Findings, value: u64): void {
  store<u64>(draft + ((<usize>word) << 3), value);
}

function rowOf(index: u32): usize {
  const piece = load<usize>(pieces + ((<usize>(index / <u32>Findings.Piece)) << 2));
  return piece + <usize>(index % <u32>Findings.Piece) * ROW;
}

/** Reports what is wrong with `size` bytes at an address, of a block or (null) of none. False when memory is used up. */
export function report(
  kind: FindingKind,
  va: u64,
  size: u64,
  block: Block | null,
  isStore: bool = false,
): bool {
  memory.fill(draft, 0, ROW);
  put(Findings.Kind, kind);
  put(Findings.Va, va);
  put(Findings.Size, size);
  const own = (isStore ? <u32>BlockFlag.Store : 0) | (ahead ? <u32>BlockFlag.Ahead : 0);
  put(Findings.Flags, own);
  if (block) {
    put(Findings.HasBlock, 1);
    put(Findings.Where, whereOf(va, block));
    put(Findings.Start, block.start);
    put(Findings.Bytes, block.size);
    put(Findings.Allocated, block.allocated);
    put(Findings.Freed, block.freed);
    put(Findings.Flags, block.flags | own);
    put(Findings.Name, block.name);
  }
  return reportDraft();
}

function whereOf(va: u64, block: Block): Where {
  if (va < block.start) return Where.Before;
  // An empty block has no inside.
  return va < block.end() ? Where.Inside : Where.After;
}

/** Reports what stands in `draft`, at the place of the access. False when memory is used up. */
export function reportDraft(): bool {
  if (reallocates) put(Findings.Flags, word(draft, Findings.Flags) | BlockFlag.Realloc);
  put(Findings.Access, place);
  put(Findings.Pc, pc);
  put(Findings.Record, record);
  put(Findings.Count, 1);
  put(Findings.Process, space.number);
  if (isRuntime(pc)) findCallers(draft + ((<usize>Findings.Callers) << 3));
  findingTotal++;
  lastKind = <FindingKind>word(draft, Findings.Kind);
  if (!table && !growTable()) return false;
  const slot = slotOf(draft);
  const known = load<u32>(slot);
  if (known) {
    const row = rowOf(known - 1);
    put(Findings.Count, word(row, Findings.Count) + 1);
    store<u64>(row, word(draft, Findings.Count), (<usize>Findings.Count) << 3);
    return true;
  }
  if (findingCount == <u32>Findings.Most) {
    findingsUnlisted++;
    return true;
  }
  if (findingCount % <u32>Findings.Piece == 0) {
    const piece = allocate(<u64>Findings.Piece * ROW, 64);
    if (!piece) return false;
    store<usize>(pieces + ((<usize>(findingCount / <u32>Findings.Piece)) << 2), piece);
  }
  memory.copy(rowOf(findingCount), draft, ROW);
  store<u32>(slot, ++findingCount);
  return findingCount * 2 < (<u32>1) << tableBits || growTable();
}

/** The slot of the table that a row's key is in, or belongs into. */
function slotOf(row: usize): usize {
  const mask = ((<u32>1) << tableBits) - 1;
  let index = <u32>hash(row) & mask;
  while (true) {
    const slot = table + ((<usize>index) << 2);
    const known = load<u32>(slot);
    if (!known || isSame(rowOf(known - 1), row)) return slot;
    index = (index + 1) & mask;
  }
}

function isSame(a: usize, b: usize): bool {
  return (
    word(a, Findings.Kind) == word(b, Findings.Kind) &&
    word(a, Findings.Access) == word(b, Findings.Access) &&
    word(a, Findings.Allocated) == word(b, Findings.Allocated) &&
    word(a, Findings.Freed) == word(b, Findings.Freed) &&
    word(a, Findings.Pc) == word(b, Findings.Pc) &&
    word(a, Findings.Process) == word(b, Findings.Process) &&
    (word(a, Findings.Flags) & BlockFlag.Ahead) == (word(b, Findings.Flags) & BlockFlag.Ahead) &&
    memory.compare(
      a + ((<usize>Findings.Callers) << 3),
      b + ((<usize>Findings.Callers) << 3),
      TELLING << 3,
    ) == 0
  );
}

function hash(row: usize): u64 {
  let value = splitmix(word(row, Findings.Kind) ^ word(row, Findings.Access));
  value = splitmix(value ^ word(row, Findings.Allocated));
  value = splitmix(value ^ word(row, Findings.Freed));
  value = splitmix(value ^ word(row, Findings.Pc) ^ (word(row, Findings.Process) << 48));
  value ^= word(row, Findings.Flags) & BlockFlag.Ahead;
  for (let caller: usize = 0; caller < TELLING; caller++) {
    value = splitmix(value ^ load<u64>(row + ((<usize>Findings.Callers + caller) << 3)));
  }
  return value;
}

function word(row: usize, at: Findings): u64 {
  return load<u64>(row + ((<usize>at) << 3));
}

function growTable(): bool {
  const old = table;
  const bits = tableBits;
  tableBits = old ? bits + 1 : FIRST_BITS;
  table = takeBlock(tableBits + 2);
  if (!table) return false;
  for (let index: u32 = 0; index < findingCount; index++) store<u32>(slotOf(rowOf(index)), index + 1);
  if (old) freeBlock(old, bits + 2);
  return true;
}
