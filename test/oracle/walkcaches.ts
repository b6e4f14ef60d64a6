// Walk caches: entries that lead to tables, by the part of an address that chooses them.

import type { WalkCacheConfig } from "../../src/config/model.js";
import { NaiveSets } from "./sets.js";
import type { Shape } from "./shapes.js";

export interface HitsAndMisses {
  hits: number;
  misses: number;
}

interface Part {
  config: WalkCacheConfig;
  /** Places of its levels, from the root. */
  levels: number[];
  sets: NaiveSets;
  tally: HitsAndMisses;
}

/** A word: the address above the level's shift, the tag, the level, a one. */
function wordOf(number: bigint, tag: number, level: number): bigint {
  return (number << 40n) | (BigInt(tag) << 8n) | (BigInt(level) << 1n) | 1n;
}

function tagIn(word: bigint): number {
  return Number((word >> 8n) & 0xffff_ffffn);
}

/** The walk caches of one core, for one kind of table. */
export class NaiveWalkCaches {
  private readonly parts: Part[];
  private readonly shape: Shape;

  /** `tallies`: a place a cache; cores share them. */
  constructor(
    configs: readonly WalkCacheConfig[],
    shape: Shape,
    tallies: HitsAndMisses[],
    stateOf: (place: number) => bigint,
  ) {
    this.shape = shape;
    this.parts = configs.map((config, i) => ({
      config,
      levels: shape.levels.flatMap(({ name }, at) => (config.levels.includes(name) ? [at] : [])),
      sets: new NaiveSets(config.entries / config.ways, config.ways, config.policy, "mod", stateOf(i)),
      tally: tallies[i] as HitsAndMisses,
    }));
  }

  /** The level at which a walk to a leaf's level starts. */
  start(va: bigint, tag: number, leaf: number): number {
    let start = 0;
    let server: Part | undefined;
    for (const part of this.parts) {
      let found = false;
      for (const level of part.levels.filter((each) => each < leaf)) {
        const number = this.numberOf(va, level);
        if (part.sets.touch(part.sets.setOf(number), wordOf(number, tag, level), 0n) === 0n) continue;
        found = true;
        if (level + 1 > start) {
          start = level + 1;
          server = part;
        }
      }
      if (!found) part.tally.misses++;
    }
    if (server) server.tally.hits++;
    return start;
  }

  /** An entry of a level was read that leads to a table. */
  learn(va: bigint, tag: number, level: number): void {
    const number = this.numberOf(va, level);
    for (const { levels, sets } of this.parts) {
      if (levels.includes(level)) sets.insert(sets.setOf(number), wordOf(number, tag, level));
    }
  }

  /** The table to which an entry of a level leads was freed. */
  forget(number: bigint, tag: number, level: number): void {
    const word = wordOf(number, tag, level);
    for (const { levels, sets } of this.parts) {
      if (levels.includes(level)) sets.dropWhere((other) => other === word);
    }
  }

  /** A page was flushed. */
  flushPage(tag: number): void {
    for (const { config, sets } of this.parts) {
      if (config.invlpg === "all") sets.dropWhere((word) => tagIn(word) === tag);
    }
  }

  dropTag(tag: number): void {
    for (const { sets } of this.parts) sets.dropWhere((word) => tagIn(word) === tag);
  }

  dropAll(): void {
    for (const { sets } of this.parts) sets.dropAll();
  }

  private numberOf(va: bigint, level: number): bigint {
    return va >> (this.shape.levels[level]?.shift ?? 0n);
  }
}
