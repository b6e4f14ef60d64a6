import { isCanonical, type Shape } from "../formats.js";
import type { RegionConfig } from "../model.js";
import { sizeBits } from "../sizes.js";
import type { Parts, Placed, Problem, Rule } from "./rule.js";

export const regionRules: readonly Rule[] = [rangesAreRight, neighboursAreWhole, noOverlap];

function rangesAreRight({ regions, shape }: Parts): Problem[] {
  return regions.flatMap((region) => {
    const path = `regions[${region.at}]`;
    const { from, to } = region;
    const [first, end] = [BigInt(from), BigInt(to)];
    if (end <= first) return [{ path: `${path}.to`, found: to, allowed: `more than from, ${from}` }];
    if (!shape) return [];
    return [...misaligned(region, path), ...outside(shape, first, end, path, region)];
  });
}

/** What lies beside a region, another or none, must not be cut by it: a page there has its own size. */
function neighboursAreWhole({ regions, pageSize }: Parts): Problem[] {
  if (pageSize === undefined) return [];
  const ending = new Map(regions.map(({ to, pageSize }) => [BigInt(to), pageSize]));
  const beginning = new Map(regions.map(({ from, pageSize }) => [BigInt(from), pageSize]));
  return regions.flatMap((region) => {
    const before = ending.get(BigInt(region.from)) ?? pageSize;
    const behind = beginning.get(BigInt(region.to)) ?? pageSize;
    const own = sizeBits(region.pageSize) ?? 0;
    const wrong = (key: "from" | "to", size: string) =>
      (sizeBits(size) ?? 0) > own && BigInt(region[key]) % (1n << BigInt(sizeBits(size) ?? 0)) !== 0n;
    return (["from", "to"] as const)
      .map((key) => ({ key, size: key === "from" ? before : behind }))
      .filter(({ key, size }) => wrong(key, size))
      .map(({ key, size }) => ({
        path: `regions[${region.at}].${key}`,
        found: region[key],
        allowed: `a multiple of ${size}, the page size beside it`,
      }));
  });
}

function misaligned({ from, to, pageSize }: RegionConfig, path: string): Problem[] {
  const page = 1n << BigInt(sizeBits(pageSize) ?? 0);
  return (["from", "to"] as const)
    .map((key) => ({ key, value: key === "from" ? from : to }))
    .filter(({ value }) => BigInt(value) % page !== 0n)
    .map(({ key, value }) => ({
      path: `${path}.${key}`,
      found: value,
      allowed: `a multiple of its page size, ${pageSize} (0x${page.toString(16)})`,
    }));
}

function outside(
  shape: Shape,
  first: bigint,
  end: bigint,
  path: string,
  { from, to }: RegionConfig,
): Problem[] {
  const allowed = `an address of the space, of ${shape.vaBits} bits${shape.canonical === "unsigned" ? "" : ", or in its upper half"}`;
  if (!isCanonical(shape, first)) return [{ path: `${path}.from`, found: from, allowed }];
  const sameHalf = first >> 63n === (end - 1n) >> 63n;
  if (!isCanonical(shape, end - 1n) || !sameHalf) return [{ path: `${path}.to`, found: to, allowed }];
  return [];
}

function noOverlap({ regions }: Parts): Problem[] {
  const sorted = [...regions].sort((a, b) => (BigInt(a.from) < BigInt(b.from) ? -1 : 1));
  return sorted.flatMap((region, i) => {
    const before = sorted[i - 1];
    return before && BigInt(before.to) > BigInt(region.from) ? [overlap(region, before)] : [];
  });
}

function overlap(region: Placed<RegionConfig>, before: Placed<RegionConfig>): Problem {
  return {
    path: `regions[${region.at}].from`,
    found: region.from,
    allowed: `an address outside regions[${before.at}], ${before.from} to ${before.to}`,
  };
}
