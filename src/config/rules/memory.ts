import type { Parts, Problem, Rule } from "./rule.js";

export const memoryRules: readonly Rule[] = [nothingToPage, tablesOfAPage];

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

/** A table that leaves its frame fills it. */
function tablesOfAPage({ memory, shape, pageSize, nested, translation }: Parts): Problem[] {
  if (!memory?.pagedTables || !shape) return [];
  const bits = shape.leaves.find(({ size }) => size === pageSize)?.bits;
  const below = shape.levels.slice(1);
  const fits = below.length > 0 && below.every((level) => level.bits + Math.log2(shape.pteBytes) === bits);
  if (fits && !nested && translation !== "none") return [];
  const allowed =
    "false: only of a tree, not nested, whose tables below the root are as large as a page of pageSize";
  return [{ path: "memory.pagedTables", found: "true", allowed }];
}
