import type { Parts, Problem, Rule } from "./rule.js";

export const coreRules: readonly Rule[] = [enoughIds];

/** A space that runs on a core must keep its id: with fewer ids than cores there might be none to take. */
function enoughIds({ cores, asids }: Parts): Problem[] {
  if (cores === undefined || asids === undefined || asids === null || asids >= cores) return [];
  return [{ path: "asids", found: String(asids), allowed: `null, or at least one a core, ${cores}` }];
}
