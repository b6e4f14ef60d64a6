import type { HeapPolicy } from "../../../src/heap/policy.js";
import { NaiveBuddies } from "./buddies.js";
import type { NaiveHeap } from "./heap.js";
import { NaiveLists } from "./lists.js";

/** The naive heap of a policy. */
export function naiveHeap(policy: HeapPolicy): NaiveHeap {
  return policy.organisation === "buddy" ? new NaiveBuddies(policy) : new NaiveLists(policy);
}
