// A second entry, for tests: inner kernels by name, beside everything that the core exports.

export * from "./index";
export { info, kindOf, reachOf } from "./base/batch";
export { hexDigit } from "./decode/hex";
export { insert, touch } from "./mmu/lru";
export { entryOf, findLeaf, isCanonical, physical, rootTable, tableOf } from "./mmu/pagetable";
