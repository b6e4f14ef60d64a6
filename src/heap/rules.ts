import type { HeapPolicy } from "./policy.js";

/** A problem of a policy: where it lies, what stands there, and what is allowed. */
export interface Problem {
  path: string;
  found: string;
  allowed: string;
}

type Rule = (policy: HeapPolicy) => Problem[];

/** What is wrong with a policy whose parts are right by themselves. */
export function policyProblems(policy: HeapPolicy): Problem[] {
  return RULES.flatMap((rule) => rule(policy));
}

const RULES: readonly Rule[] = [];
