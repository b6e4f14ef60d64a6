import type { Core } from "./core.js";

/**
 * The 4K pages that a survey found, and their accesses. A page has a number by which processes come one after the
 * other, and in each process the pages by address: see `addressOf`. @internal
 */
export interface SurveyedPages {
  /** Page numbers, rising. */
  numbers: Float64Array;
  /** Calls `page` with each page and its accesses, in no order. */
  each(page: (number: number, instructions: number, loads: number, stores: number) => void): void;
}

/** A process by its number, and its accesses. @internal */
export interface SurveyedProcess {
  process: number;
  records: number;
}

/** Bits of a page's number that are its address's; those that tell canonical addresses apart. */
const PAGE_BITS = 36;
const SPACE = 2 ** PAGE_BITS;

/** u32 halves of the u64 words of an entry: name, instructions, loads, stores. */
const HALVES = 2;
const HIGH = 2 ** 32;

/** Reads the survey's table out of linear memory: as numbers, for pages are below 2^52. @internal */
export function readSurvey(core: Core): SurveyedPages {
  const { surveyTable, surveyCapacity, surveyPages } = core.exports;
  const entry = core.enums.Survey.Words * HALVES;
  const words = core.u32(surveyTable.value, surveyCapacity.value * entry);
  const word = (at: number): number => (words[at] ?? 0) + HIGH * (words[at + 1] ?? 0);
  const process = 2 ** core.enums.Survey.PageBits;
  /** A name of the table as a page's number; 0 for an empty entry. */
  const numberOf = (name: number): number => Math.floor(name / process) * SPACE + (name % process);
  const numbers = new Float64Array(surveyPages.value);
  let found = 0;
  for (let at = 0; at < words.length; at += entry) {
    const name = word(at);
    if (name > 0) numbers[found++] = numberOf(name) - 1;
  }
  numbers.sort();
  return {
    numbers,
    each(page) {
      for (let at = 0; at < words.length; at += entry) {
        const name = word(at);
        if (name > 0) page(numberOf(name) - 1, word(at + 2), word(at + 4), word(at + 6));
      }
    },
  };
}

/** The address of a page by its number, and the place of its process among those seen, from 1; 0: none was named. @internal */
export function addressOf(number: number): { address: bigint; process: number } {
  const page = BigInt.asIntN(PAGE_BITS, BigInt(number % SPACE));
  return { address: BigInt.asUintN(64, page << 12n), process: Math.floor(number / SPACE) };
}

/** The first byte of the lowest page and the last of the highest, over all processes; undefined of none. @internal */
export function reachOf(numbers: Float64Array): { lowest?: bigint; highest?: bigint } {
  if (numbers.length === 0) return {};
  let lowest = SPACE;
  let highest = 0;
  for (const number of numbers) {
    const page = number % SPACE;
    lowest = Math.min(lowest, page);
    highest = Math.max(highest, page);
  }
  return { lowest: addressOf(lowest).address, highest: addressOf(highest).address + 4095n };
}

/** Whether two pages, the second not before the first, are of one process and at most `gap` pages apart. @internal */
export function areNear(first: number, second: number, gap: number): boolean {
  // The low half of the canonical addresses ends where, in these numbers, the high half begins.
  const half = (number: number) => Math.floor(number / (SPACE / 2));
  return second - first <= gap && half(first) === half(second);
}

/** The processes that a survey met, in that order. @internal */
export function readProcesses(core: Core): SurveyedProcess[] {
  const { processTable, processes } = core.exports;
  const words = core.enums.Survey.ProcessWords;
  const table = core.numbers(processTable.value, processes.value * words);
  return Array.from({ length: processes.value }, (_, i) => ({
    process: table[i * words] ?? 0,
    records: table[i * words + 1] ?? 0,
  }));
}
