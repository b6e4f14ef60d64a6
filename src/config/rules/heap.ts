import { policyProblems } from "../../heap/rules.js";
import type { Parts, Problem, Rule } from "./rule.js";

export const heapRules: readonly Rule[] = [soundPolicy];

function soundPolicy({ heap }: Parts): Problem[] {
  if (!heap) return [];
  return policyProblems(heap).map((problem) => ({ ...problem, path: `heap.${problem.path}` }));
}
