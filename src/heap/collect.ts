import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { deepFreeze } from "../freeze.js";
import { checkOptions, type Wanted, YES_OR_NO } from "../options.js";

/** Bytes of live blocks, headers included, that a collector takes. */
export const MOST_COLLECTED = 2 ** 30;

/** How a collection goes about it. */
export interface CollectOptions {
  /** Pointers that the program holds, into blocks or not. */
  roots?: Iterable<number>;
  /** Memory of the program that is outside of the heap, such as its stack: each aligned word of it may be a pointer. Bytes as they lie there. */
  segments?: Iterable<Uint8Array>;
  /** Whether a pointer to any byte of a block keeps it, or only one to its first. Without it, true. */
  interior?: boolean;
  /** Whether, of blocks with a layout, only the words that it names may be pointers. Without it, false: every word of every block that is not atomic. */
  precise?: boolean;
  /** Whether what is dead is freed only as allocations find no room. Without it, false. */
  lazy?: boolean;
  /** Bytes of a word, and what pointers are aligned to: 8, or 4. */
  word?: 8 | 4;
  /** Whether to tell what a precise collection would not have kept; that marks twice. Without it, false. */
  falsePointers?: boolean;
}

const isIterable = (value: unknown) =>
  typeof value === "object" && value !== null && Symbol.iterator in value;
const OPTIONS: Readonly<Record<keyof CollectOptions, Wanted>> = {
  roots: {
    want: "pointers in an array, or anything else that can be iterated over, as in [head]",
    is: isIterable,
  },
  segments: {
    want: "an array of Uint8Arrays, or anything else that gives them",
    is: (value) => isIterable(value) && !(value instanceof Uint8Array),
  },
  interior: YES_OR_NO,
  precise: YES_OR_NO,
  lazy: YES_OR_NO,
  word: { want: "8 or 4", is: (value) => value === 8 || value === 4 },
  falsePointers: YES_OR_NO,
};

/** @throws PagewalkError `E_OPTION` @internal */
export function checkCollect(options: CollectOptions): void {
  checkOptions("collect", options, OPTIONS);
}

/** What a collection came to. Bytes are those that were asked for. */
export interface Collection {
  /** The work that the program waited for: words looked at, roots among them, and blocks looked at to free them. */
  wordsMarked: number;
  blocksSwept: number;
  /** What was kept. */
  live: Amount;
  /** What was not; after a lazy collection, some or all of it is yet to be freed. */
  collected: Amount;
  /** Of what was kept, what only words that are no pointers led to; null where that was not asked for. */
  falselyRetained: Amount | null;
  /** Pointers to blocks that are dead but for `setFinalizer`, each before those that it leads to. */
  finalized: number[];
  /** What is kept besides, for these lead to it. */
  resurrected: number;
}

export interface Amount {
  blocks: number;
  bytes: number;
}

/** Which words of a block are pointers: none, any, or those at some bytes, again each `size` bytes. */
export type Layout = "atomic" | "unknown" | { size: number; pointers: readonly number[] };

/** The same with what only the replay of traces knows. @internal */
export interface Collecting extends CollectOptions {
  /** What a pointer to the heap's first byte says. */
  origin: number;
  /** The blocks of all slots are roots. */
  slots?: boolean;
  /** Further roots. */
  words?: readonly bigint[];
  /** Words that may be pointers and are known to be none. */
  doubtful?: readonly bigint[];
}

/**
 * Collects in the heap of a core.
 *
 * @throws PagewalkError `E_MEMORY` beyond `MOST_COLLECTED`, and where linear memory is used up; `E_OPTION`
 * @internal
 */
export function collect(core: Core, options: Collecting): Collection {
  const { exports, enums } = core;
  const { CollectCount, CollectParam, HeapStat } = enums;
  const held = Number(core.u64(exports.heapStats.value, HeapStat.Length)[HeapStat.BlockBytes]);
  if (held > MOST_COLLECTED) {
    throw new PagewalkError(
      "E_MEMORY",
      `collect: the heap has ${held} bytes of blocks; a collector takes up to ${MOST_COLLECTED}`,
    );
  }
  const { origin, word = 8, doubtful = [] } = options;
  const known = rootsOf(options, word);
  writeRoots(core, known, doubtful);
  const params = core.u64(exports.collectParams.value, CollectParam.Length);
  params[CollectParam.Origin] = BigInt(origin);
  params[CollectParam.Word] = BigInt(word);
  params[CollectParam.Interior] = flag(options.interior ?? true);
  params[CollectParam.Precise] = flag(options.precise ?? false);
  params[CollectParam.Lazy] = flag(options.lazy ?? false);
  params[CollectParam.Truth] = flag(options.falsePointers ?? false);
  params[CollectParam.SlotsAreRoots] = flag(options.slots ?? false);
  check(core, exports.collectHeap(known.length, doubtful.length));
  const counts = core.numbers(exports.collectCounts.value, CollectCount.Length);
  const count = (slot: number) => counts[slot] ?? 0;
  const amount = (blocks: number, bytes: number) => ({ blocks: count(blocks), bytes: count(bytes) });
  const addresses = core.u32(exports.finalized.value, count(CollectCount.Finalized));
  return deepFreeze({
    wordsMarked: count(CollectCount.WordsMarked),
    blocksSwept: count(CollectCount.BlocksSwept),
    live: amount(CollectCount.LiveBlocks, CollectCount.LiveBytes),
    collected: amount(CollectCount.DeadBlocks, CollectCount.DeadBytes),
    falselyRetained: options.falsePointers ? amount(CollectCount.FalseBlocks, CollectCount.FalseBytes) : null,
    finalized: Array.from(addresses, (address) => address - (exports.heapBase() >>> 0) + origin),
    resurrected: count(CollectCount.Resurrected),
  });
}

/**
 * Says of each block what pointers lead to it; `leakOf` has it by slot. Nothing is freed.
 *
 * @throws PagewalkError `E_MEMORY` where linear memory is used up
 * @internal
 */
export function findLeaks(core: Core, { origin, words = [], doubtful = [] }: Collecting): void {
  const { exports, enums } = core;
  writeRoots(core, BigUint64Array.from(words), doubtful);
  const params = core.u64(exports.collectParams.value, enums.CollectParam.Length);
  params[enums.CollectParam.Origin] = BigInt(origin);
  params[enums.CollectParam.Interior] = 1n;
  check(core, exports.findHeapLeaks(words.length + doubtful.length));
}

/** Frees what the last collection left to be freed. How many blocks were looked at since, and the most before one operation. @internal */
export function finishSweep(core: Core): { blocksSwept: number; mostAtOnce: number } {
  const { exports, enums } = core;
  exports.finishSweep();
  const counts = core.numbers(exports.collectCounts.value, enums.CollectCount.Length);
  return {
    blocksSwept: counts[enums.CollectCount.SweptLater] ?? 0,
    mostAtOnce: counts[enums.CollectCount.SweptAtOnce] ?? 0,
  };
}

/** Says which words of a block are pointers. `address`: as the core has it. @internal */
export function setLayout(core: Core, address: number, bytes: number, layout: Layout): void {
  const { exports } = core;
  if (layout === "unknown") {
    exports.clearLayout(address, bytes);
    return;
  }
  const { size, pointers } = layout === "atomic" ? { size: bytes, pointers: [] } : checked(layout);
  const buffer = exports.rootBuffer(Math.ceil(pointers.length / 2));
  if (pointers.length > 0 && !buffer) throw noMemory();
  core.u32(buffer, pointers.length).set(pointers);
  // A word that begins at a multiple of 8 may be one of 8; any other is one of 4.
  const word = pointers.every((offset) => offset % 8 === 0) && size % 8 === 0 ? 8 : 4;
  if (!exports.setLayout(address, bytes, word, buffer, pointers.length, Math.min(size, bytes + 1)))
    throw noMemory();
}

function checked(layout: unknown): { size: number; pointers: readonly number[] } {
  const { size, pointers } = (layout ?? {}) as { size?: unknown; pointers?: unknown };
  const isOffset = (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) % 4 === 0;
  const isWhole = isOffset(size) && (size as number) > 0 && Array.isArray(pointers);
  if (isWhole && pointers.every((offset) => isOffset(offset) && offset + 4 <= (size as number))) {
    return { size: size as number, pointers };
  }
  throw new PagewalkError(
    "E_OPTION",
    `setLayout: ${JSON.stringify(layout)}; want "atomic", "unknown", or { size, pointers } with a size above 0 and offsets below it, all multiples of 4`,
  );
}

/** Pointers and the words of segments, one after the other. */
function rootsOf({ roots = [], segments = [], words: more = [] }: Collecting, word: 8 | 4): BigUint64Array {
  const given = Array.from(roots, (root) => {
    if (Number.isSafeInteger(root) && root >= 0) return BigInt(root);
    throw new PagewalkError("E_OPTION", `collect: root ${String(root)}; want a pointer, 0 or more`);
  });
  const pointers = [...given, ...more];
  const words = Array.from(segments, (bytes) => {
    if (bytes instanceof Uint8Array) return wordsOf(bytes, word);
    throw new PagewalkError("E_OPTION", "collect: segments: want bytes, a Uint8Array for each");
  });
  const all = new BigUint64Array(words.reduce((sum, { length }) => sum + length, pointers.length));
  all.set(pointers);
  let at = pointers.length;
  for (const each of words) {
    all.set(each, at);
    at += each.length;
  }
  return all;
}

/** Little endian, as the heap is. */
function wordsOf(bytes: Uint8Array, word: 8 | 4): BigUint64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = new BigUint64Array(Math.floor(bytes.length / word));
  for (let at = 0; at < words.length; at++) {
    words[at] = word === 8 ? view.getBigUint64(at * 8, true) : BigInt(view.getUint32(at * 4, true));
  }
  return words;
}

function writeRoots(core: Core, known: BigUint64Array, doubtful: readonly bigint[]): void {
  const count = known.length + doubtful.length;
  if (count === 0) return;
  const buffer = core.exports.rootBuffer(count);
  if (!buffer) throw noMemory();
  const words = core.u64(buffer, count);
  words.set(known);
  words.set(doubtful, known.length);
}

/** @throws PagewalkError `E_MEMORY`, `E_INTERNAL` */
function check(core: Core, status: number): void {
  const { Status } = core.enums;
  if (status === Status.Ok) return;
  if (status === Status.OutOfMemory) throw noMemory();
  throw new PagewalkError(
    "E_INTERNAL",
    "collect: the tables of who has which block have other blocks than the heap counts, so that nothing can be said of what is reachable; this is a fault of pagewalk",
  );
}

function flag(set: boolean): bigint {
  return set ? 1n : 0n;
}

/** @internal */
export function noMemory(): PagewalkError {
  return new PagewalkError(
    "E_MEMORY",
    "collect: no linear memory is left for the collector's tables; want a smaller limit of the heap, or fewer blocks",
    { path: "limit" },
  );
}
