/** A 4K page of a trace, and its accesses. */
export interface Page {
  /** Virtual address / 4096. */
  number: bigint;
  instructions: number;
  loads: number;
  stores: number;
}

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
const GAP = 512n;

/** Groups pages, sorted by number, into regions. */
export function regionsOf(pages: readonly Page[]): Region[] {
  const groups: Page[][] = [];
  for (const page of pages) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group && last && page.number - last.number <= GAP) group.push(page);
    else groups.push([page]);
  }
  return groups.map(regionOf);
}

function regionOf(pages: readonly Page[]): Region {
  const sum = (count: (page: Page) => number) => pages.reduce((total, page) => total + count(page), 0);
  const first = pages[0]?.number ?? 0n;
  const last = pages.at(-1)?.number ?? 0n;
  return {
    from: `0x${(first << 12n).toString(16)}`,
    to: `0x${((last + 1n) << 12n).toString(16)}`,
    pages: pages.length,
    instructions: sum((page) => page.instructions),
    loads: sum((page) => page.loads),
    stores: sum((page) => page.stores),
  };
}
