import type * as insideOf from "../src/inside.js";

// The engine's inside, as it was built with the package, which does not export it.
const DIST = "../../../dist/inside.js";

const inside = (await import(DIST)) as typeof insideOf;
export const { Cursor, Future, LruStack, OptStack, WorkingSets, openBytes, layout } = inside;
export const { HEAP_BASE, openHeap, resolvePolicy } = inside;
export const { Pass, countsOf, keptStreams, perform, planOf } = inside;
export type PassPlan = insideOf.PassPlan;
