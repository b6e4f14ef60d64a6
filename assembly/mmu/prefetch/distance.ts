// Distance prefetching: which distances between misses followed a distance.
// Kandiraju, Sivasubramaniam, Going the Distance for TLB Prefetching, ISCA 2002.

import { allocate } from "../../base/arena";
import { predict } from "./predictions";
import { Node, Stack, newStack, rowOf } from "./stack";

/** The distances that followed one, the key: `count` u64s behind the row, the most recent first. */
@unmanaged
class DistanceRow extends Node {
  count: u32;
}

@unmanaged
export class Distances {
  private table: Stack;
  private rows: u32;
  private degree: u32;
  /** Misses seen, up to 2: the first has no distance. */
  private seen: u32;
  private vpn: u64;
  private distance: u64;

  /** Takes memory; false when it is used up. */
  open(rows: u32, degree: u32): bool {
    const table = newStack(rows, offsetof<DistanceRow>() + (degree << 3));
    if (!table) return false;
    this.table = table;
    this.rows = rows;
    this.degree = degree;
    return true;
  }

  miss(vpn: u64): u32 {
    const distance = vpn - this.vpn;
    const seen = this.seen;
    if (seen == 2) this.follow(this.distance, distance);
    if (seen < 2) this.seen = seen + 1;
    this.vpn = vpn;
    this.distance = distance;
    return seen ? this.expect(vpn, distance) : 0;
  }

  /** Learns that `distance` came after `previous`. */
  private follow(previous: u64, distance: u64): void {
    const at = rowOf(this.table, previous, this.rows);
    const row = changetype<DistanceRow>(at);
    const first = at + offsetof<DistanceRow>();
    let place: u32 = 0;
    while (place < row.count && load<u64>(first + ((<usize>place) << 3)) != distance) place++;
    if (place == row.count) {
      if (row.count < this.degree) row.count++;
      else place--;
    }
    memory.copy(first + 8, first, (<usize>place) << 3);
    store<u64>(first, distance);
  }

  private expect(vpn: u64, distance: u64): u32 {
    const at = this.table.find(distance);
    if (!at) return 0;
    this.table.raise(at);
    const count = changetype<DistanceRow>(at).count;
    const first = at + offsetof<DistanceRow>();
    for (let i: u32 = 0; i < count; i++) predict(i, vpn + load<u64>(first + ((<usize>i) << 3)));
    return count;
  }
}

/** Null when memory is used up. */
export function newDistances(rows: u32, degree: u32): Distances | null {
  const at = allocate(offsetof<Distances>(), 8);
  return at && changetype<Distances>(at).open(rows, degree) ? changetype<Distances>(at) : null;
}
