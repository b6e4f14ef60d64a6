import type { Core } from "./core.js";

/** The 4K pages that a survey found, and their accesses. @internal */
export interface SurveyedPages {
  /** Page numbers (virtual address / 4096), rising. */
  numbers: Float64Array;
  /** Calls `page` with each page and its accesses, in no order. */
  each(page: (number: number, instructions: number, loads: number, stores: number) => void): void;
}

/** u32 halves of the u64 words of an entry: name, instructions, loads, stores. */
const HALVES = 2;
const HIGH = 2 ** 32;

/** Reads the survey's table out of linear memory: as numbers, for pages are below 2^52. @internal */
export function readSurvey(core: Core): SurveyedPages {
  const { surveyTable, surveyCapacity, surveyPages } = core.exports;
  const entry = core.enums.Survey.Words * HALVES;
  const words = core.u32(surveyTable.value, surveyCapacity.value * entry);
  const word = (at: number): number => (words[at] ?? 0) + HIGH * (words[at + 1] ?? 0);
  const numbers = new Float64Array(surveyPages.value);
  let found = 0;
  for (let at = 0; at < words.length; at += entry) {
    const name = word(at);
    if (name > 0) numbers[found++] = name - 1;
  }
  numbers.sort();
  return {
    numbers,
    each(page) {
      for (let at = 0; at < words.length; at += entry) {
        const name = word(at);
        if (name > 0) page(name - 1, word(at + 2), word(at + 4), word(at + 6));
      }
    },
  };
}
