import { addressOf, areNear, type SurveyedPages, type SurveyedProcess } from "../engine/pages.js";

/** Touched pages near to one another. */
export interface Region {
  /** The first byte, and the first byte behind, hexadecimal. */
  from: string;
  to: string;
  /** The process that has it, where the trace names any. */
  process?: number;
  /** What the trace calls it, or parts of it: at most 8 names. */
  names?: string[];
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
  processes: readonly SurveyedProcess[],
  limit: number,
): { regions: Region[]; total: number } {
  const starts: number[] = [];
  let total = 0;
  let kept = numbers.length;
  for (let i = 0; i < numbers.length; i++) {
    if (i > 0 && areNear(at(numbers, i - 1), at(numbers, i), GAP)) continue;
    if (total++ < limit) starts.push(i);
    else kept = Math.min(kept, i);
  }
  const regions = starts.map((start, i) => {
    const end = starts[i + 1] ?? kept;
    const { address, process: place } = addressOf(at(numbers, start));
    const process = processes[place - 1]?.process;
    return {
      from: hex(address),
      to: hex(addressOf(at(numbers, end - 1)).address + 4096n),
      ...(process === undefined ? {} : { process }),
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

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
