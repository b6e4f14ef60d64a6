import type { SurveyedPages } from "../engine/pages.js";

/** Touched pages near to one another. */
export interface Region {
  /** The first byte, and the first byte behind, hexadecimal. */
  from: string;
  to: string;
  /** Pages of 4K in it that were touched. */
  pages: number;
  instructions: number;
  loads: number;
  stores: number;
}

/** Untouched pages that part two regions: a table's reach, 2 MiB. */
const GAP = 512;

/** Groups pages into regions, the lowest first; at most `limit` are kept, `total` is how many there are. @internal */
export function regionsOf(
  { numbers, each }: SurveyedPages,
  limit: number,
): { regions: Region[]; total: number } {
  const starts: number[] = [];
  let total = 0;
  let kept = numbers.length;
  for (let i = 0; i < numbers.length; i++) {
    if (i > 0 && at(numbers, i) - at(numbers, i - 1) <= GAP) continue;
    if (total++ < limit) starts.push(i);
    else kept = Math.min(kept, i);
  }
  const regions = starts.map((start, i) => {
    const end = starts[i + 1] ?? kept;
    return {
      from: hex(at(numbers, start)),
      to: hex(at(numbers, end - 1) + 1),
      pages: end - start,
      instructions: 0,
      loads: 0,
      stores: 0,
    };
  });
  const firsts = starts.map((start) => at(numbers, start));
  const behind = kept > 0 ? at(numbers, kept - 1) : -1;
  each((page, instructions, loads, stores) => {
    const region = page <= behind ? regions[lastAtMost(firsts, page)] : undefined;
    if (!region) return;
    region.instructions += instructions;
    region.loads += loads;
    region.stores += stores;
  });
  return { regions, total };
}

/** The place of the last of some rising numbers that is not above `value`. */
function lastAtMost(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function at(numbers: Float64Array, place: number): number {
  return numbers[place] ?? 0;
}

function hex(page: number): string {
  return `0x${(BigInt(page) << 12n).toString(16)}`;
}
