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
  const lost = live.filter((block) => !possible.has(block));
  const leadsTo = new Map(lost.map((block) => [block, reached(pointersOf(block), () => true)]));
  const kindOf = (block: TwinBlock): LeakKind => {
    if (reachable.has(block)) return "reachable";
    if (possible.has(block)) return "possible";
    const from = lost.filter((other) => other !== block && leadsTo.get(other)?.has(block));
    // Definite: only blocks that it leads to lead to it, and it is the lowest of them.
    const isLeader = from.every((other) => leadsTo.get(block)?.has(other) && other.start > block.start);
    return isLeader ? "definite" : "indirect";
  };
  return new Map(live.map((block) => [block, kindOf(block)]));
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
