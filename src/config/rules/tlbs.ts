import type { TlbConfig } from "../model.js";
import { listed, type Parts, type Problem, quoted, type Rule } from "./rule.js";

export const tlbRules: readonly Rule[] = [sizesExist, noOverlap, sizesAreHeld];

/** Every size named is one of a leaf of the page table. */
function sizesExist({ shape, pageSize, tlb, regions }: Parts): Problem[] {
  if (!shape) return [];
  const sizes = shape.leaves.map(({ size }) => size);
  const named = [
    ...(pageSize === undefined ? [] : [{ path: "pageSize", size: pageSize }]),
    ...tlb.flatMap(({ at, pageSizes }) =>
      pageSizes.map((size, i) => ({ path: `tlb[${at}].pageSizes[${i}]`, size })),
    ),
    // A region without a size has that of all other pages, about which enough is said.
    ...regions.flatMap(({ at, pageSize: size }) =>
      size === undefined || size === pageSize ? [] : [{ path: `regions[${at}].pageSize`, size }],
    ),
  ];
  return named
    .filter(({ size }) => !sizes.includes(size))
    .map(({ path, size }) => ({ path, found: quoted(size), allowed: listed(sizes) }));
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

/** Pages of every size in use can be held somewhere. */
function sizesAreHeld({ tlb, allTlbs, pageSize, regions, shape }: Parts): Problem[] {
  const held = new Set(tlb.flatMap(({ pageSizes }) => pageSizes));
  if (!allTlbs || tlb.length === 0) return [];
  const exists = (size: string) => shape?.leaves.some((leaf) => leaf.size === size) ?? true;
  const used = [
    ...(pageSize === undefined ? [] : [{ path: "pageSize", size: pageSize }]),
    ...regions.flatMap(({ at, pageSize: size }) =>
      size === undefined || size === pageSize ? [] : [{ path: `regions[${at}].pageSize`, size }],
    ),
  ];
  return used
    .filter(({ size }) => !held.has(size) && exists(size))
    .map(({ path, size }) => ({
      path,
      found: quoted(size),
      allowed: `a size that some TLB holds (${[...held].join(", ")}), or TLBs that hold it`,
    }));
}
