import type * as insideOf from "../src/inside.js";

// The engine's inside, as it was built with the package, which does not export it.
const DIST = "../../../dist/inside.js";

export const {
  Cursor,
  Future,
  HEAP_BASE,
  layout,
  LruStack,
  OptStack,
  openBytes,
  openHeap,
  resolvePolicy,
  WorkingSets,
} = (await import(DIST)) as typeof insideOf;
