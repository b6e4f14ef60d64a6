import { DEFAULTS } from "../model.js";
import { type Parts, type Problem, quoted, type Rule } from "./rule.js";

/** What arrays of sets and ways have in common, and names. */
export const setRules: readonly Rule[] = [idealsAlone, wholeSets, powersForXor, uniqueNames, freeNames];

/** An ideal TLB has no entries and no ways; any other has both. */
function idealsAlone(parts: Parts): Problem[] {
  return parts.tlb.flatMap(({ at, entries, ways, policy }) => {
    const ideal = policy === "ideal";
    const wrong = (["entries", "ways"] as const).filter(
      (key) => ((key === "entries" ? entries : ways) === null) !== ideal,
    );
    const allowed = ideal
      ? "none: an ideal TLB has no bound"
      : "a whole number (only an ideal TLB goes without)";
    return wrong.map((key) => ({
      path: `tlb[${at}].${key}`,
      found: ideal ? quoted(key === "entries" ? entries : ways) : "missing",
      allowed,
    }));
  });
}

interface Sized {
  path: string;
  entries: number;
  ways: number;
}

/** Everything that has entries and ways. */
function sized(parts: Parts): Sized[] {
  const tlbs = parts.tlb.flatMap(({ at, entries, ways }) =>
    entries === null || ways === null ? [] : [{ path: `tlb[${at}].ways`, entries, ways }],
  );
  const walkCaches = parts.walkCache.map(({ at, entries, ways }) => ({
    path: `walkCache[${at}].ways`,
    entries,
    ways,
  }));
  const { nested } = parts;
  const host = (nested?.walkCache ?? []).map(({ entries, ways }, at) => ({
    path: `nested.walkCache[${at}].ways`,
    entries,
    ways,
  }));
  const tlb = nested?.tlb ? [{ path: "nested.tlb.ways", ...nested.tlb }] : [];
  return [...tlbs, ...walkCaches, ...host, ...tlb];
}

function wholeSets(parts: Parts): Problem[] {
  return sized(parts)
    .filter(({ entries, ways }) => entries % ways !== 0)
    .map(({ path, entries, ways }) => ({
      path,
      found: `${ways} ways of ${entries} entries`,
      allowed: `ways that divide the entries into whole sets, such as ${nearestDivisor(entries, ways)}`,
    }));
}

function nearestDivisor(entries: number, ways: number): number {
  for (let distance = 1; distance < Math.max(entries, ways); distance++) {
    if (ways - distance > 0 && entries % (ways - distance) === 0) return ways - distance;
    if (ways + distance <= entries && entries % (ways + distance) === 0) return ways + distance;
  }
  return 1;
}

function powersForXor(parts: Parts): Problem[] {
  return parts.tlb
    .filter(
      ({ index, entries, ways }) => index === "xor" && Math.log2((entries ?? 1) / (ways ?? 1)) % 1 !== 0,
    )
    .map(({ at, entries, ways }) => ({
      path: `tlb[${at}].index`,
      found: `"xor" of ${(entries ?? 1) / (ways ?? 1)} sets`,
      allowed: 'a number of sets that is a power of two, or "mod"',
    }));
}

/** Paths, and the report, name TLBs, caches and walk caches by one word each. */
function uniqueNames(parts: Parts): Problem[] {
  const seen = new Set<string>();
  return named(parts)
    .filter(({ name }) => seen.size === seen.add(name).size)
    .map(({ path, name }) => ({ path, found: quoted(name), allowed: "a name used once" }));
}

function named(parts: Parts): { path: string; name: string }[] {
  return [
    ...parts.tlb.map(({ at, name }) => ({ path: `tlb[${at}].name`, name })),
    ...parts.walkCache.map(({ at, level }) => ({ path: `walkCache[${at}].level`, name: level })),
    ...parts.caches.map(({ at, name }) => ({ path: `caches[${at}].name`, name })),
  ];
}

/** A path that begins with a name must not mean a key of the configuration. */
function freeNames(parts: Parts): Problem[] {
  return named(parts)
    .filter(({ name }) => Object.hasOwn(DEFAULTS, name))
    .map(({ path, name }) => ({
      path,
      found: quoted(name),
      allowed: "a name that is no key of the configuration",
    }));
}
