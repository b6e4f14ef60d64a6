import { cacheRules } from "./caches.js";
import { coreRules } from "./cores.js";
import { heapRules } from "./heap.js";
import { memoryRules } from "./memory.js";
import { nestedRules } from "./nested.js";
import { pageTableProblems } from "./pagetable.js";
import { regionRules } from "./regions.js";
import type { Rule } from "./rule.js";
import { setRules } from "./sets.js";
import { stateRules } from "./state.js";
import { tlbRules } from "./tlbs.js";
import { walkCacheRules } from "./walkcaches.js";

export type { Parts, Placed, Problem } from "./rule.js";
export { pageTableProblems };

/** What the parts of a configuration must have in common, beyond each key's own shape. */
export const RULES: readonly Rule[] = [
  ...setRules,
  ...tlbRules,
  ...walkCacheRules,
  ...cacheRules,
  ...regionRules,
  ...nestedRules,
  ...coreRules,
  ...stateRules,
  ...memoryRules,
  ...heapRules,
];
