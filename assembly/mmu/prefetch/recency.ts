// Recency prefetching: pages that left the last TLB together come back together.
// Saulsbury, Dahlgren, Stenstrom, Recency-based TLB Preloading, ISCA 2000.

import { predict } from "./predictions";
import { Node, Stack, newStack } from "./stack";

/** The stack of pages that the last TLB gave up, without bound; null when memory is used up. */
export function newRecency(): Stack | null {
  return newStack(0, offsetof<Node>());
}

/** The neighbours of a page in the stack, the newer one first; the page leaves the stack. */
export function missRecency(stack: Stack, page: u64, degree: u32): u32 {
  const at = stack.find(page);
  if (!at) return 0;
  const newer = changetype<Node>(at).newer;
  const older = changetype<Node>(at).older;
  let count: u32 = 0;
  if (newer && count < degree) predict(count++, changetype<Node>(newer).key);
  if (older && count < degree) predict(count++, changetype<Node>(older).key);
  stack.remove(at);
  return count;
}

/** Puts a page on top of the stack. False when memory is used up. */
export function pushRecency(stack: Stack, page: u64): bool {
  const at = stack.find(page);
  if (at) stack.raise(at);
  return at != 0 || stack.push(page) != 0;
}
