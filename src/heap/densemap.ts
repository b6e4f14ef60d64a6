const PAGE_BITS = 14;
const PAGE = 1 << PAGE_BITS;

/** From small numbers to numbers below 2^32 - 1: pages of an array, which are there while a key of theirs is. */
export class DenseMap {
  private readonly pages: (Uint32Array | undefined)[];
  private readonly counts: number[];

  constructor(from?: DenseMap) {
    this.pages = (from?.pages ?? []).map((page) => page?.slice());
    this.counts = from?.counts.slice() ?? [];
  }

  /** The value of a key; -1 where there is none. */
  get(key: number): number {
    const page = this.pages[key >>> PAGE_BITS];
    return page === undefined ? -1 : (page[key & (PAGE - 1)] as number) - 1;
  }

  set(key: number, value: number): void {
    const number = key >>> PAGE_BITS;
    while (this.pages.length <= number) {
      this.pages.push(undefined);
      this.counts.push(0);
    }
    this.pages[number] ??= new Uint32Array(PAGE);
    const page = this.pages[number] as Uint32Array;
    const at = key & (PAGE - 1);
    if (page[at] === 0) this.counts[number] = (this.counts[number] ?? 0) + 1;
    page[at] = value + 1;
  }

  /** Removes a key. Its value; -1 where there is none. */
  take(key: number): number {
    const value = this.get(key);
    if (value < 0) return -1;
    const number = key >>> PAGE_BITS;
    const left = (this.counts[number] ?? 0) - 1;
    this.counts[number] = left;
    if (left === 0) this.pages[number] = undefined;
    else (this.pages[number] as Uint32Array)[key & (PAGE - 1)] = 0;
    return value;
  }
}
