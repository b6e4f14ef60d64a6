import type { CacheConfig } from "../model.js";
import { cacheBytes, sizeBits } from "../sizes.js";
import { type Parts, type Placed, type Problem, quoted, type Rule } from "./rule.js";

export const cacheRules: readonly Rule[] = [levelsExist, wholeLines, linesInPages, oneALevel];

const MOST_LEVELS = 3;

/** A cache without a level has that of its place in the list. */
function levelsExist({ caches }: Parts): Problem[] {
  return caches
    .filter(({ level }) => level > MOST_LEVELS)
    .map(({ at, level }) => ({
      path: `caches[${at}].level`,
      found: `${level}, by its place`,
      allowed: `a whole number from 1 to ${MOST_LEVELS}`,
    }));
}

function wholeLines({ caches }: Parts): Problem[] {
  return caches.flatMap(({ at, size, line, ways }) => {
    const bytes = cacheBytes(size);
    if (bytes < line) {
      return [{ path: `caches[${at}].size`, found: quoted(size), allowed: `at least a line, ${line} bytes` }];
    }
    if (bytes % (line * ways) === 0) return [];
    const found = `${ways} ways of ${quoted(size)} in lines of ${line}`;
    const lines = Math.floor(bytes / line);
    return [
      { path: `caches[${at}].ways`, found, allowed: `ways that divide the lines (${lines}) into whole sets` },
    ];
  });
}

/** A line lies in one page, so that one translation finds it. */
function linesInPages({ caches, shape, nested }: Parts): Problem[] {
  if (!shape) return [];
  const host = nested && sizeBits(nested.pageSize);
  const page = 2 ** Math.min(shape.pageBits, host ?? shape.pageBits);
  return caches
    .filter(({ line }) => line > page)
    .map(({ at, line }) => ({
      path: `caches[${at}].line`,
      found: String(line),
      allowed: `at most a page, ${page} bytes`,
    }));
}

function oneALevel({ caches }: Parts): Problem[] {
  return caches.flatMap((cache, i) => {
    const other = caches.slice(0, i).find((earlier) => overlaps(earlier, cache));
    if (!other) return [];
    return [
      {
        path: `caches[${cache.at}]`,
        found: `"${cache.name}" serves accesses that "${other.name}" serves too, at level ${cache.level}`,
        allowed: "one cache a level and kind",
      },
    ];
  });
}

function overlaps(a: Placed<CacheConfig>, b: Placed<CacheConfig>): boolean {
  return a.level === b.level && a.kinds.some((kind) => b.kinds.includes(kind));
}
