// How a machine's counts can be had exactly, at the least cost. What each way asks for is said in docs/sweep.md.

import { isDeepStrictEqual } from "node:util";
import { shapeOf } from "../config/formats.js";
import { ACCESSES, type Access, type Config, DEFAULTS, type Kind, type TlbConfig } from "../config/model.js";
import { sizeBits } from "../config/sizes.js";
import type { Method } from "./model.js";

/** Kinds of one class share their first TLB; those of NO_CLASS have none. Two bits a kind, in the order of ACCESSES. @internal */
export const NO_CLASS = 3;
/** Slots that strips may have. */
const SLOTS = [256, 64, 16, 4, 1];
/** Most ways of a TLB that a pass over its sets is worth. */
const MOST_WAYS = 64;
/** Most sets, for their memory. */
const MOST_SETS = 1 << 16;
/** Smallest pages of a pass (log2): the lookups of any one record fit into a column of its words. */
const LEAST_PAGE_BITS = 6;
/** Physical memory holds at least so many pages (log2), and has so many bits of address, so that no pass need watch it and its tables. */
const ROOM_BITS = 20;
const LEAST_PA_BITS = 33;

/** The words that a machine can be told from: stripped by slots that divide its first TLBs' sets. @internal */
export interface Stream {
  pageBits: number;
  classes: number;
  slots: number;
  count: Config["count"];
}

/** The TLBs, by level, that lookups of a kind of access go through. @internal */
export type Chains = Readonly<Record<Access, readonly TlbConfig[]>>;

/** @internal */
export interface Approach {
  method: Method;
  stream: Stream;
  chains: Chains;
}

/** @param kinds records that the trace may have; @param walks figures of walks are wanted too @internal */
export function approachTo(config: Config, kinds: readonly Kind[], walks: boolean): Approach {
  const chains = chainsOf(config);
  const present = presentOf(kinds);
  const stream = {
    pageBits: sizeBits(config.pageSize) ?? 0,
    classes: classesOf(chains),
    slots: slotsOf(chains, present),
    count: config.count,
  };
  const method =
    stream.pageBits < LEAST_PAGE_BITS || !isPlain(config) || !isInOrder(chains, present)
      ? "replay"
      : methodOf(config, chains, present, walks);
  return { method, stream, chains };
}

function methodOf(config: Config, chains: Chains, present: readonly Access[], walks: boolean): Method {
  const isOnePass =
    !walks &&
    hasRoom(config) &&
    present.every((access) => isStacked(chains[access])) &&
    !isTwofold(chains, present);
  if (isOnePass) return "one-pass";
  const { policies } = FILTERED;
  const isFiltered = present.every((access) => policies.includes(chains[access][0]?.policy ?? "none"));
  return isFiltered ? "filtered" : "replay";
}

/** First TLBs that a repeat of the last lookup leaves as it was. */
const FILTERED = { policies: ["lru", "fifo", "random", "plru", "nru", "ideal"] };

/** Nothing but TLBs, walk caches and tables takes part: no events, limits or prefetches, one size of page. */
function isPlain(config: Config): boolean {
  const { memory, regions, prefetch, nested, caches, cores, mode, translation, validate, state } = config;
  const { policy: _policy, swap: _swap, unmapped, ...rest } = memory;
  const { policy: _p, swap: _s, unmapped: _u, ...usual } = DEFAULTS.memory;
  const isUsual =
    isDeepStrictEqual({ ...rest }, usual) && unmapped !== "strict" && !memory.policy.startsWith("ws");
  const none =
    regions.length === 0 && caches.length === 0 && prefetch === null && nested === null && state === null;
  return isUsual && none && cores === 1 && mode === "user" && translation === "paged" && !validate;
}

/** Accesses that records of some kinds make. */
function presentOf(kinds: readonly Kind[]): Access[] {
  return ACCESSES.filter(
    (access) => kinds.includes(access) || (access !== "instruction" && kinds.includes("modify")),
  );
}

function chainsOf({ tlb, pageSize }: Config): Chains {
  const of = (access: Access) =>
    tlb
      .filter(({ kinds, pageSizes }) => kinds.includes(access) && pageSizes.includes(pageSize))
      .sort((a, b) => a.level - b.level);
  return { instruction: of("instruction"), load: of("load"), store: of("store") };
}

/** One TLB a level, and none that is the first of some kind and not of another. */
function isInOrder(chains: Chains, present: readonly Access[]): boolean {
  const firsts = present.map((access) => chains[access][0]);
  return present.every((access) => {
    const levels = chains[access].map(({ level }) => level);
    const behind = chains[access].slice(1);
    return new Set(levels).size === levels.length && !behind.some((tlb) => firsts.includes(tlb));
  });
}

function classesOf(chains: Chains): number {
  const firsts = ACCESSES.map((access) => chains[access][0]);
  return firsts.reduce((classes, tlb, i) => classes | ((tlb ? firsts.indexOf(tlb) : NO_CLASS) << (2 * i)), 0);
}

/** @internal */
export function setsOf({ entries, ways }: TlbConfig): number {
  return entries === null ? 1 : entries / (ways ?? 1);
}

function slotsOf(chains: Chains, present: readonly Access[]): number {
  const fitting = present.map((access) => {
    const first = chains[access][0];
    if (!first) return SLOTS[0] ?? 1;
    const sets = setsOf(first);
    return first.index === "xor" && sets > 1 ? 1 : sets & -sets;
  });
  return SLOTS.find((slots) => fitting.every((most) => slots <= most)) ?? 1;
}

/** Tables of all pages there may be fit in memory, as a pass takes for granted. */
function hasRoom({ pageTable, pageSize }: Config): boolean {
  const { levels, paBits } = shapeOf(pageTable);
  return levels.length > 0 && paBits >= LEAST_PA_BITS && paBits - (sizeBits(pageSize) ?? 0) >= ROOM_BITS;
}

/** Whether one pass answers for a chain: lru all through; the last TLB is one of all shapes, or the only one. */
function isStacked(chain: readonly TlbConfig[]): boolean {
  if (chain.length > 2) return false;
  const [, second] = chain;
  if (
    !chain.every(({ policy, index, ways }) => policy === "lru" && index === "mod" && (ways ?? 0) <= MOST_WAYS)
  )
    return false;
  return second === undefined || isOfStack(second);
}

/** Whether one TLB stands before another for some kind of access, and would be of a stack for one that has no other. */
function isTwofold(chains: Chains, present: readonly Access[]): boolean {
  const before = present.map((access) => chains[access]).filter(({ length }) => length > 1);
  return present.some((access) => {
    const [first, second] = chains[access];
    return first && !second && isOfStack(first) && before.some(([other]) => other === first);
  });
}

/** Whether a TLB may be one of the shapes of a stack. @internal */
export function isOfStack(tlb: TlbConfig): boolean {
  const sets = setsOf(tlb);
  return (sets & (sets - 1)) === 0 && sets <= MOST_SETS;
}

/** Whether every address of a trace is one that a table translates: bits that differ from the highest, and bits that are set. @internal */
export function holdsAddresses({ pageTable }: Config, folded: bigint, set: bigint): boolean {
  const { canonical, vaBits } = shapeOf(pageTable);
  if (canonical === "unsigned") return set >> BigInt(vaBits) === 0n;
  return folded >> BigInt(canonical === "signed" ? vaBits - 1 : vaBits) === 0n;
}
