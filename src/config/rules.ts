import type { Config, TlbConfig } from "./model.js";

/** A problem of a configuration: where it lies, what stands there, and what is allowed. */
export interface Problem {
  path: string;
  found: string;
  allowed: string;
}

/** What the parts of a configuration must have in common, beyond each key's own shape. */
export const RULES: readonly ((config: Config) => Problem[])[] = [
  wholeSets,
  uniqueNames,
  noOverlap,
  pageSizeIsHeld,
];

function wholeSets(config: Config): Problem[] {
  const tlbs = config.tlb.map((tlb, i) => ({ path: `tlb[${i}].ways`, ...tlb }));
  const caches = config.walkCache.map((cache, i) => ({ path: `walkCache[${i}].ways`, ...cache }));
  return [...tlbs, ...caches]
    .filter(({ entries, ways }) => entries % ways !== 0)
    .map(({ path, entries, ways }) => ({
      path,
      found: `${ways} ways of ${entries} entries`,
      allowed: `ways that divide the entries into whole sets, such as ${nearestDivisor(entries, ways)}`,
    }));
}

function nearestDivisor(entries: number, ways: number): number {
  for (let distance = 1; distance < entries; distance++) {
    if (ways - distance > 0 && entries % (ways - distance) === 0) return ways - distance;
    if (ways + distance <= entries && entries % (ways + distance) === 0) return ways + distance;
  }
  return 1;
}

/** Paths, and the report, name TLBs and walk caches by one word each. */
function uniqueNames(config: Config): Problem[] {
  const seen = new Set<string>();
  const names = [
    ...config.tlb.map((tlb, i) => ({ path: `tlb[${i}].name`, name: tlb.name })),
    ...config.walkCache.map((cache, i) => ({ path: `walkCache[${i}].level`, name: cache.level })),
  ];
  return names
    .filter(({ name }) => seen.size === seen.add(name).size)
    .map(({ path, name }) => ({ path, found: JSON.stringify(name), allowed: "a name used once" }));
}

/** A lookup is charged to one TLB a level: two may not hold the same size for the same kind there. */
function noOverlap(config: Config): Problem[] {
  return config.tlb.flatMap((tlb, i) => {
    const other = config.tlb.slice(0, i).find((earlier) => overlaps(earlier, tlb));
    if (!other) return [];
    return {
      path: `tlb[${i}]`,
      found: `"${tlb.name}" holds pages for accesses that "${other.name}" holds too, at level ${tlb.level}`,
      allowed: "one TLB a level, kind and page size",
    };
  });
}

function overlaps(a: TlbConfig, b: TlbConfig): boolean {
  return (
    a.level === b.level &&
    a.kinds.some((kind) => b.kinds.includes(kind)) &&
    a.pageSizes.some((size) => b.pageSizes.includes(size))
  );
}

function pageSizeIsHeld(config: Config): Problem[] {
  const held = config.tlb.flatMap((tlb) => tlb.pageSizes);
  if (config.tlb.length === 0 || held.includes(config.pageSize)) return [];
  return [
    {
      path: "pageSize",
      found: JSON.stringify(config.pageSize),
      allowed: `a size that some TLB holds (${[...new Set(held)].join(", ")}), or TLBs that hold it`,
    },
  ];
}
