import { DEFAULTS, type PageSize, type TlbConfig, type WalkCacheConfig } from "./model.js";

/** A problem of a configuration: where it lies, what stands there, and what is allowed. */
export interface Problem {
  path: string;
  found: string;
  allowed: string;
}

/** The parts of a configuration whose own shape is right, each list's with its place in it. */
export interface Parts {
  tlb: Placed<TlbConfig>[];
  walkCache: Placed<WalkCacheConfig>[];
  pageSize?: PageSize;
}

type Placed<T> = T & { at: number };

/** What the parts of a configuration must have in common, beyond each key's own shape. */
export const RULES: readonly ((parts: Parts) => Problem[])[] = [
  wholeSets,
  uniqueNames,
  freeNames,
  noOverlap,
  pageSizeIsHeld,
];

function wholeSets(parts: Parts): Problem[] {
  const tlbs = parts.tlb.map((tlb) => ({ path: `tlb[${tlb.at}].ways`, ...tlb }));
  const caches = parts.walkCache.map((cache) => ({ path: `walkCache[${cache.at}].ways`, ...cache }));
  return [...tlbs, ...caches]
    .filter(({ entries, ways }) => (entries ?? 1) % (ways ?? 1) !== 0)
    .map(({ path, entries, ways }) => ({
      path,
      found: `${ways} ways of ${entries} entries`,
      allowed: `ways that divide the entries into whole sets, such as ${nearestDivisor(entries ?? 1, ways ?? 1)}`,
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
function uniqueNames(parts: Parts): Problem[] {
  const seen = new Set<string>();
  const names = [
    ...parts.tlb.map(({ at, name }) => ({ path: `tlb[${at}].name`, name })),
    ...parts.walkCache.map(({ at, level }) => ({ path: `walkCache[${at}].level`, name: level as string })),
  ];
  return names
    .filter(({ name }) => seen.size === seen.add(name).size)
    .map(({ path, name }) => ({ path, found: JSON.stringify(name), allowed: "a name used once" }));
}

/** A path that begins with a name must not mean a key of the configuration. */
function freeNames(parts: Parts): Problem[] {
  return parts.tlb
    .filter(({ name }) => Object.hasOwn(DEFAULTS, name))
    .map(({ at, name }) => ({
      path: `tlb[${at}].name`,
      found: JSON.stringify(name),
      allowed: "a name that is no key of the configuration",
    }));
}

/** A lookup is charged to one TLB a level: two may not hold the same size for the same kind there. */
function noOverlap(parts: Parts): Problem[] {
  return parts.tlb.flatMap((tlb, i) => {
    const other = parts.tlb.slice(0, i).find((earlier) => overlaps(earlier, tlb));
    if (!other) return [];
    return {
      path: `tlb[${tlb.at}]`,
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

function pageSizeIsHeld({ tlb, pageSize }: Parts): Problem[] {
  const held = tlb.flatMap(({ pageSizes }) => pageSizes);
  if (pageSize === undefined || tlb.length === 0 || held.includes(pageSize)) return [];
  return [
    {
      path: "pageSize",
      found: JSON.stringify(pageSize),
      allowed: `a size that some TLB holds (${[...new Set(held)].join(", ")}), or TLBs that hold it`,
    },
  ];
}
