import type { Shape } from "../formats.js";
import type { WalkCacheConfig } from "../model.js";
import { listed, type Parts, type Problem, quoted, type Rule } from "./rule.js";

export const walkCacheRules: readonly Rule[] = [levelsExist];

function levelsExist({ shape, walkCache }: Parts): Problem[] {
  return shape ? walkCacheProblems(shape, walkCache, "walkCache") : [];
}

/** Levels must be those of tables above the last, each in one cache at most. */
export function walkCacheProblems(
  shape: Shape,
  caches: readonly (WalkCacheConfig & { at?: number })[],
  list: string,
): Problem[] {
  const levels = shape.levels.slice(0, -1).map(({ name }) => name);
  if (levels.length === 0 && caches.length > 0) {
    const allowed = "[]: no level of this table leads to another";
    return [{ path: list, found: `${caches.length} walk caches`, allowed }];
  }
  const seen = new Set<string>();
  return caches.flatMap((cache, i) => {
    const path = `${list}[${cache.at ?? i}]`;
    const single = cache.levels.length === 1 && cache.levels[0] === cache.level;
    return cache.levels.flatMap((level, k) => {
      const at = single ? `${path}.level` : `${path}.levels[${k}]`;
      if (!levels.includes(level)) return [{ path: at, found: quoted(level), allowed: listed(levels) }];
      const again = seen.size === seen.add(level).size;
      return again
        ? [{ path: at, found: quoted(level), allowed: "a level that no other walk cache holds" }]
        : [];
    });
  });
}
