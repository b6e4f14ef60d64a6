type Range = readonly [from: bigint, to: bigint];

/** Ranges of addresses, kept apart and in order. @internal */
export class Areas {
  ranges: Range[] = [];

  constructor(ranges: readonly Range[] = []) {
    this.ranges = [...ranges];
  }

  add(from: bigint, to: bigint): void {
    if (from >= to) return;
    const before = this.ranges.filter(([, end]) => end < from);
    const behind = this.ranges.filter(([start]) => start > to);
    const touched = this.ranges.slice(before.length, this.ranges.length - behind.length);
    const low = touched.reduce((least, [start]) => (start < least ? start : least), from);
    const high = touched.reduce((most, [, end]) => (end > most ? end : most), to);
    this.ranges = [...before, [low, high], ...behind];
  }

  remove(from: bigint, to: bigint): void {
    this.ranges = this.ranges.flatMap(([start, end]): Range[] => {
      if (end <= from || start >= to) return [[start, end]];
      return [[start, from] as const, [to, end] as const].filter(([low, high]) => low < high);
    });
  }
}
