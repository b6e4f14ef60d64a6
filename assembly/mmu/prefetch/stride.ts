// Arbitrary stride prefetching: an instruction whose misses are equally far apart goes on so.
// Chen, Baer, Effective Hardware-Based Data Prefetching for High-Performance Processors, IEEE ToC 1995; for TLBs: Kandiraju,
// Sivasubramaniam, ISCA 2002.

import { predict } from "./predictions";
import { Node, Stack, newStack, rowOf } from "./stack";

/** The misses of an instruction; its address is the key. */
@unmanaged
class StrideRow extends Node {
  last: u64;
  stride: u64;
}

/** A table of `rows` instructions; null when memory is used up. */
export function newStrides(rows: u32): Stack | null {
  return newStack(rows, offsetof<StrideRow>());
}

/** Two equal strides, not 0, confirm each other. */
export function missStride(table: Stack, rows: u32, vpn: u64, pc: u64, degree: u32): u32 {
  const isNew = !table.find(pc);
  const row = changetype<StrideRow>(rowOf(table, pc, rows));
  const stride: u64 = isNew ? 0 : vpn - row.last;
  const confirmed = stride != 0 && stride == row.stride;
  row.last = vpn;
  row.stride = stride;
  if (!confirmed) return 0;
  for (let i: u32 = 0; i < degree; i++) predict(i, vpn + stride * (i + 1));
  return degree;
}
