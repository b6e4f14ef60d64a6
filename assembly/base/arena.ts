// Linear memory, from low to high. One arena, one owner (the machine), nothing is ever freed:
//
//   0             __heap_base                                               memory.size
//   | static data | columns | byte window | TLBs | walk caches | page tables ... |  free  |
//
// The columns and the byte window are taken once, by `base/batch.ts`; the rest follows the
// configuration, and page tables follow the trace. Fresh wasm memory is zero, and so is every
// region when it is handed out.

import { Result, result } from "./counters";
import { Shortage } from "./status";

const WASM_PAGE: u64 = 65536;
const LIMIT: u64 = 1 << 32;
/**
 * Memory grows by what there is already, within these bounds: what is not touched costs nothing, while each time that much is added V8
 * collects all garbage (measured: 3 to 15 ms a time, of a heap of 3 MB).
 */
const LEAST_GROWTH: u64 = 1 << 20;
const MOST_GROWTH: u64 = 1 << 29;

export let top: u64 = __heap_base;

/** How often linear memory did not suffice. */
export let shortages: u32 = 0;

/** There is no memory: 0. */
export function runShort(): usize {
  shortages++;
  result(Result.Shortage, Shortage.Linear);
  return 0;
}

/** Takes `bytes` zeroed bytes aligned to `align` (a power of two); 0 when memory is used up. */
export function allocate(bytes: u64, align: u64): usize {
  const start = (top + align - 1) & ~(align - 1);
  const end = start + bytes;
  if (end < start || end > LIMIT || !reserve(end)) {
    return runShort();
  }
  top = end;
  return <usize>start;
}

/** Bytes of linear memory in use. */
export function arenaTop(): f64 {
  return <f64>top;
}

function reserve(end: u64): bool {
  const have = <u64>memory.size() * WASM_PAGE;
  if (end <= have) return true;
  const need = <i32>((end - have + WASM_PAGE - 1) / WASM_PAGE);
  const growth = max(LEAST_GROWTH, min(have, MOST_GROWTH));
  const wish = <i32>((min(end + growth, LIMIT) - have + WASM_PAGE - 1) / WASM_PAGE);
  return memory.grow(wish) >= 0 || memory.grow(need) >= 0;
}
