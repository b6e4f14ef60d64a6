// A second entry, for tests: inner kernels by name, beside everything that the core exports.

export * from "./index";
export { seedState } from "./mmu/policy/random";
export { Index, Policy } from "./mmu/sets";
export * from "./testing/sets";
export * from "./testing/caches";
export * from "./testing/formats";
export * from "./testing/prefetch";
export * from "./testing/tables";
export * from "./testing/paging";
export * from "./testing/process";
export * from "./testing/curve";
export * from "./testing/invariants";
