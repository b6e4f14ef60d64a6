// What a trace says that calls answered, held against what they answer here.
//
//   | line u32, kind u32 | process u64 | told u32, errno u32 | wanted u64 | result u64 |   a difference

import { EventKind, EventRow, longOf, wordOf } from "../base/events";
import { thread } from "../mmu/schedule";
import { brk } from "./brk";
import { Memory } from "./memory";
import { Map } from "./mmap";
import { munmap } from "./munmap";

/** Where in an event's flags an answer lies, as the host lays them out (eventparts.ts): 0: none, 1: no error, else an errno + 1. */
const ANSWER_SHIFT: u32 = 20;
const MAP_SHIFT: u32 = 8;

/** The list of the first differences. */
export enum Differences {
  Capacity = 20,
  /** u64 words of one. */
  Words = 5,
}

/** Calls whose answer the trace tells. */
export let callsTold: u64 = 0;
/** Those of them that answered otherwise, by kind. */
export const callsDiffering: usize = memory.data(<i32>EventKind.Length * 8, 8);
export const differences: usize = memory.data(<i32>Differences.Capacity * <i32>Differences.Words * 8, 8);
export let differencesListed: u32 = 0;

/** What a call that fails in the trace, and does not here, is taken back to. */
let oldBreak: u64 = 0;
let oldStart: u64 = 0;

/** Before a call. */
export function noteBreak(memory: Memory): void {
  oldBreak = memory.brk;
  oldStart = memory.brkStart;
}

/** Behind a call of an address, which answered `result`, or failed with `errno`: counts it, where the trace tells of it, and notes where it says otherwise. */
export function holdAgainst(
  row: usize,
  kind: EventKind,
  va: u64,
  errno: u32,
  result: u64,
  memory: Memory | null,
): void {
  const answer = wordOf(row, EventRow.Flags) >> ANSWER_SHIFT;
  if (!answer) return;
  callsTold++;
  const told = answer - 1;
  const wanted = told ? 0 : wantedOf(row, kind, va);
  if (told == errno && (!wanted || wanted == result)) return;
  const slot = callsDiffering + ((<usize>kind) << 3);
  store<u64>(slot, load<u64>(slot) + 1);
  list(row, kind, told, errno, wanted, result);
  if (told && !errno && memory) takeBack(memory, row, kind, result);
}

/** The address that a call should answer; 0: any. */
function wantedOf(row: usize, kind: EventKind, va: u64): u64 {
  if (kind == EventKind.Mmap || kind == EventKind.Brk) return va;
  if (kind != EventKind.Mremap) return 0;
  const to = longOf(row, EventRow.D);
  return to ? to : va;
}

function list(row: usize, kind: EventKind, told: u32, errno: u32, wanted: u64, result: u64): void {
  if (differencesListed == Differences.Capacity) return;
  const at = differences + <usize>differencesListed * Differences.Words * 8;
  store<u32>(at, wordOf(row, EventRow.Line2) >> 1);
  store<u32>(at + 4, kind);
  store<u64>(at + 8, thread.process);
  store<u32>(at + 16, told);
  store<u32>(at + 20, errno);
  store<u64>(at + 24, wanted);
  store<u64>(at + 32, result);
  differencesListed++;
}

/** The trace's program goes on without memory that it did not get. What FIXED replaced is gone. */
function takeBack(memory: Memory, row: usize, kind: EventKind, result: u64): void {
  if (kind == EventKind.Brk) {
    if (result <= oldBreak) return;
    brk(memory, oldBreak);
    memory.brkStart = oldStart;
    memory.brk = oldBreak;
  } else if (kind == EventKind.Mmap && !((wordOf(row, EventRow.Flags) >> MAP_SHIFT) & Map.Fixed)) {
    munmap(memory, result, longOf(row, EventRow.B));
  }
}
