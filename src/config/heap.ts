// The key `heap`: the policy of the heaps of processes.

import * as v from "valibot";
import { policyEntries } from "../heap/policy.js";
import { HEAP_PRESETS } from "../heap/presets.js";

type Json = Record<string, unknown>;

const NAMES = Object.keys(HEAP_PRESETS) as (keyof typeof HEAP_PRESETS)[];

/** A name stands for all of its policy, so that what is said of it lies over that. */
export const heapSchema = v.strictObject(
  {
    policy: v.picklist(NAMES, `a policy: ${NAMES.join(", ")}`),
    ...policyEntries,
  },
  "null, a policy's name, or an object { policy, ... } of what differs from it",
);

/** What a layer says of the heap, with all of the policy that it names. */
export function withPolicy(heap: unknown): unknown {
  const named = typeof heap === "string" ? { policy: heap } : heap;
  if (typeof named !== "object" || named === null || Array.isArray(named)) return named;
  const { policy } = named as Json;
  if (typeof policy !== "string" || !Object.hasOwn(HEAP_PRESETS, policy)) return named;
  return { policy, ...HEAP_PRESETS[policy as keyof typeof HEAP_PRESETS], ...named };
}
