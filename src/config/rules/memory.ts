import type { Parts, Problem, Rule } from "./rule.js";

export const memoryRules: readonly Rule[] = [nothingToPage];

/** Pages come and go by their entries in a page table: without translation there are none. */
function nothingToPage({ translation, memory }: Parts): Problem[] {
  if (translation !== "none" || !memory) return [];
  const without = 'where translation is "none"';
  return [
    ...(memory.frames === null
      ? []
      : [{ path: "memory.frames", found: String(memory.frames), allowed: `null ${without}` }]),
    ...(memory.contents ? [{ path: "memory.contents", found: "true", allowed: `false ${without}` }] : []),
  ];
}
