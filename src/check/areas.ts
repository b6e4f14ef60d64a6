/** Ranges of addresses, kept apart and in order. @internal */
export class Areas {
  /** Where each begins, and where it ends. */
  private readonly starts: bigint[];
  private readonly ends: bigint[];

  constructor(starts: readonly bigint[] = [], ends: readonly bigint[] = []) {
    this.starts = [...starts];
    this.ends = [...ends];
  }

  copy(): Areas {
    return new Areas(this.starts, this.ends);
  }

  /** Adds [from, to), which is one with what it touches, or takes it out. */
  put(from: bigint, to: bigint, isIn: boolean): void {
    if (from >= to) return;
    const { starts, ends } = this;
    const first = isIn ? this.firstTo(from - 1n) : this.firstTo(from);
    let last = first;
    while (last < starts.length && (isIn ? at(starts, last) <= to : at(starts, last) < to)) last++;
    const low = last > first ? at(starts, first) : from;
    const high = last > first ? at(ends, last - 1) : to;
    const left: [from: bigint, to: bigint][] = isIn
      ? [[low < from ? low : from, high > to ? high : to]]
      : [
          ...(low < from ? [[low, from] as [bigint, bigint]] : []),
          ...(high > to ? [[to, high] as [bigint, bigint]] : []),
        ];
    if (last === first && left.length === 0) return;
    starts.splice(first, last - first, ...left.map(([start]) => start));
    ends.splice(first, last - first, ...left.map(([, end]) => end));
  }

  has(va: bigint): boolean {
    return this.meets(va, va + 1n);
  }

  /** Whether any of [from, to) is in it. */
  meets(from: bigint, to: bigint): boolean {
    const index = this.firstTo(from);
    return index < this.starts.length && at(this.starts, index) < to;
  }

  /** Where what holds an address ends; the address itself where nothing does. */
  endOf(va: bigint): bigint {
    return this.has(va) ? at(this.ends, this.firstTo(va)) : va;
  }

  /** What of [from, to) is in it. */
  within(from: bigint, to: bigint): [from: bigint, to: bigint][] {
    const found: [bigint, bigint][] = [];
    for (let index = this.firstTo(from); index < this.starts.length; index++) {
      const [start, end] = [at(this.starts, index), at(this.ends, index)];
      if (start >= to) break;
      found.push([start > from ? start : from, end < to ? end : to]);
    }
    return found;
  }

  /** What of [from, to) is not in it. */
  around(from: bigint, to: bigint): [from: bigint, to: bigint][] {
    const found: [bigint, bigint][] = [];
    let low = from;
    for (const [start, end] of this.within(from, to)) {
      if (start > low) found.push([low, start]);
      low = end;
    }
    if (low < to) found.push([low, to]);
    return found;
  }

  /** The first range that ends above an address. */
  private firstTo(va: bigint): number {
    let [low, high] = [0, this.ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(this.ends, middle) <= va) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function at(list: readonly bigint[], index: number): bigint {
  return list[index] ?? 0n;
}
