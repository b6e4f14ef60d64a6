// What the benchmarks need of the engine's inside. No part of the package: it is built beside it, so that both run the same code.

export { Future } from "./curve/future.js";
export { LruStack, OptStack } from "./curve/stacks.js";
export { WorkingSets } from "./curve/workingset.js";
export { HEAP_BASE } from "./heap/heap.js";
export { resolvePolicy } from "./heap/policy.js";
export { openHeap } from "./heap/setup.js";
export { countsOf } from "./sweep/lanes.js";
export { Pass } from "./sweep/pass.js";
export { keptStreams, type Plan as PassPlan, planOf } from "./sweep/plan.js";
export { perform } from "./sweep/tasks.js";
export { Cursor } from "./trace/cursor.js";
export * as layout from "./trace/native/layout.js";
export { openBytes } from "./trace/open.js";
