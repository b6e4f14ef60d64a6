// The alignment of the next block. While there is one, no request is small enough for the quick way, so that this does not ask for it.

import { heap } from "./state";

/** 0: the policy's. */
export let alignment: u32 = 0;

export function setAlignment(wanted: u32): void {
  alignment = wanted;
  heap.large = wanted ? 0 : heap.largest;
}
