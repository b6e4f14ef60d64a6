// TLBs: sets of words that name a page; those without bound are a set of words and nothing else.

import type { Access, TlbConfig } from "../../src/config/model.js";
import type { TlbStats } from "../../src/engine/stats.js";
import { NaiveSets } from "./sets.js";

const ACCESSES: readonly Access[] = ["instruction", "load", "store"];

/** Entries of global pages carry it, and serve every process. */
export const GLOBAL_TAG = 0;

// How TLBs and the prefetch buffer name a page; of 64 bits, as prefetchers remember it:
//
//    63                        18 17      5 4      1   0
//   |  page number at its size   |   tag   |  size  |  1 |

export function pageWord(number: bigint, tag: number, size: number): bigint {
  return (number << 18n) | (BigInt(tag) << 5n) | (BigInt(size) << 1n) | 1n;
}

export function tagIn(word: bigint): number {
  return Number((word >> 5n) & 0x1fffn);
}

export function sizeIn(word: bigint): number {
  return Number((word >> 1n) & 15n);
}

export function numberIn(word: bigint): bigint {
  return word >> 18n;
}

export type Tally = Record<Access, { hits: number; misses: number }>;

export const tally = (): Tally => ({
  instruction: { hits: 0, misses: 0 },
  load: { hits: 0, misses: 0 },
  store: { hits: 0, misses: 0 },
});

export class NaiveTlb {
  readonly config: TlbConfig;
  /** Shared by the cores. */
  readonly tally: Tally;
  /** Every word held, in no order. */
  private readonly held = new Set<bigint>();
  private readonly sets: NaiveSets | null;

  constructor(config: TlbConfig, tally: Tally, random: bigint) {
    this.config = config;
    this.tally = tally;
    const { entries, ways, policy, index } = config;
    this.sets =
      policy === "ideal" || entries === null || ways === null
        ? null
        : new NaiveSets(entries / ways, ways, policy, index, random);
  }

  holds(word: bigint): boolean {
    return this.held.has(word);
  }

  /** Whether a word is held, as a use. */
  touch(word: bigint): boolean {
    if (!this.held.has(word)) return false;
    this.sets?.touch(this.sets.setOf(numberIn(word)), word, 0n);
    return true;
  }

  /** Puts a word in. What had to go, or 0. */
  insert(word: bigint): bigint {
    this.held.add(word);
    const gone = this.sets?.insert(this.sets.setOf(numberIn(word)), word) ?? 0n;
    this.held.delete(gone);
    return gone;
  }

  /** Drops a word. Whether it was held. */
  drop(word: bigint): boolean {
    if (!this.held.delete(word)) return false;
    this.sets?.drop(this.sets.setOf(numberIn(word)), word);
    return true;
  }

  /** Drops all words of a tag. How many there were. */
  dropTag(tag: number): number {
    const all = [...this.held].filter((word) => tagIn(word) === tag);
    for (const word of all) this.drop(word);
    return all.length;
  }
}

export function tlbStats(counts: Tally): TlbStats {
  const kinds = ACCESSES.map((kind) => {
    const { hits, misses } = counts[kind];
    return [kind, { accesses: hits + misses, hits, misses }] as const;
  });
  const total = (field: "accesses" | "hits" | "misses") =>
    kinds.reduce((all, [, part]) => all + part[field], 0);
  return {
    accesses: total("accesses"),
    hits: total("hits"),
    misses: total("misses"),
    byKind: Object.fromEntries(kinds.filter(([, part]) => part.accesses > 0)),
  };
}
