// Which blocks are lost, by plain reachability: the naive twin of assembly/check/leaks.ts.

import type { TwinBlock, TwinMemory } from "./memory.js";

export type LeakKind = "reachable" | "possible" | "definite" | "indirect";

/** What each live block is, from roots that are addresses, and from all words that lie in no block. */
export function leaksOf(memory: TwinMemory, roots: readonly bigint[]): Map<TwinBlock, LeakKind> {
  const live = memory.blocks.filter(({ isLive, isFrame }) => isLive && !isFrame);
  const words = knownWords(memory);
  const pointee = (value: bigint) =>
    live.find(({ start, size }) => value === start || (value > start && value < start + size));
  const isIn = (at: bigint, { start, size }: TwinBlock) => at >= start && at + 8n <= start + size;
  const outside = [...roots, ...words.filter(([at]) => !pointee(at)).map(([, value]) => value)];
  const pointersOf = (block: TwinBlock) => words.filter(([at]) => isIn(at, block)).map(([, value]) => value);
  const isStart = (value: bigint) => pointee(value)?.start === value;

  /** Blocks that chains of pointers lead to. */
  const reached = (from: readonly bigint[], follows: (value: bigint) => boolean): Set<TwinBlock> => {
    const found = new Set<TwinBlock>();
    const grow = (values: readonly bigint[]): void => {
      for (const value of values.filter(follows)) {
        const block = pointee(value);
        if (!block || found.has(block)) continue;
        found.add(block);
        grow(pointersOf(block));
      }
    };
    grow(from);
    return found;
  };

  const reachable = reached(outside, isStart);
  const possible = reached(outside, () => true);
  const kinds = new Map<TwinBlock, LeakKind>();
  for (const block of live) {
    if (possible.has(block)) kinds.set(block, reachable.has(block) ? "reachable" : "possible");
  }
  // Of the rest, the lowest that was not found yet is definite, and what its pointers find is indirect, a definite one before it, too.
  const find = (leader: TwinBlock, from: TwinBlock): void => {
    for (const value of pointersOf(from)) {
      const block = pointee(value);
      if (!block || block === leader) continue;
      const before = kinds.get(block);
      if (before === undefined || before === "definite") kinds.set(block, "indirect");
      if (before === undefined) find(leader, block);
    }
  };
  for (const block of [...live].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    if (kinds.has(block)) continue;
    kinds.set(block, "definite");
    find(block, block);
  }
  return kinds;
}

/** Aligned words all of whose bytes are known. */
function knownWords({ contents }: TwinMemory): [at: bigint, value: bigint][] {
  const starts = new Set([...contents.keys()].map((at) => at - (at % 8n)));
  return [...starts].flatMap((at): [bigint, bigint][] => {
    const bytes = Array.from({ length: 8 }, (_, i) => contents.get(at + BigInt(i)));
    if (bytes.includes(undefined)) return [];
    const value = bytes.reduceRight<bigint>((all, byte) => (all << 8n) | BigInt(byte ?? 0), 0n);
    return value === 0n ? [] : [[at, value]];
  });
}
