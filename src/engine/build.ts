// A machine's parts, made in a core: the calls of `assembly/mmu/setup.ts`, in its order.

import { type Shape, shapeOf } from "../config/formats.js";
import type { CacheConfig, Config, PageTableConfig, RegionConfig, WalkCacheConfig } from "../config/model.js";
import { readReplacement } from "../config/replacement.js";
import { cacheBytes } from "../config/sizes.js";
import { PagewalkError } from "../errors.js";
import {
  accessMask,
  canonicalNumber,
  familyNumber,
  indexNumber,
  levelNumber,
  policyNumber,
  prefetchNumber,
  replacementNumber,
  sizeMask,
  sizeNumber,
  tableNumber,
} from "./codes.js";
import type { Core } from "./core.js";
import { outOfMemory } from "./memory.js";
import type { MachineParts, Part } from "./parts.js";
import { applyState } from "./state.js";

/** What the numbers of arrays, which `random` hangs on, begin at: see docs/model.md. */
const NUMBERS = { tlb: 0, walkCache: 1024, cache: 2048, nestedTlb: 3000, nestedWalkCache: 3001 } as const;

/** Makes the machine of a configuration. @throws PagewalkError `E_MEMORY` */
export function buildMachine(core: Core, config: Config): MachineParts {
  const { exports } = core;
  const shape = shapeOf(config.pageTable);
  openFormat(core, false, shape, config.pageTable);
  if (config.translation === "paged") openTable(core, config.pageTable, shape);
  for (const region of sorted(config.regions)) addRegion(core, shape, region);
  const held = config.tlb.length > 0 ? config.tlb.flatMap(({ pageSizes }) => pageSizes) : allSizes(shape);
  const seed = BigInt(config.seed);
  const everywhere = sizeNumber(shape, config.pageSize) | flags(core, shape, "rwx", true, false);
  const { cores, asids, mode, validate } = config;
  const user = mode === "user";
  const opened = exports.openMachine(
    cores,
    asids ?? 0,
    user,
    everywhere,
    sizeMask(shape, held),
    validate,
    seed,
  );
  want(opened, `${cores} cores`);
  const tlbs = config.tlb.map((tlb, i) => addTlb(core, config, shape, tlb, NUMBERS.tlb + i));
  const walkCaches = config.walkCache.map((cache, i) =>
    addWalkCache(core, config, false, shape, cache, NUMBERS.walkCache + i),
  );
  const hostCaches = openHost(core, config);
  openPrefetch(core, config);
  exports.setMemoryLatency(config.latency.memory);
  const caches = byLevel(config.caches).map(({ cache, number }) => addCache(core, cache, number));
  openSystem(core, config, shape);
  applyState(core, config, shape);
  const { modify, crossing } = config.count;
  const inUse = sizeMask(shape, [config.pageSize, ...config.regions.map(({ pageSize }) => pageSize)]);
  const physicalBits = config.translation === "none" ? shape.paBits : 0;
  exports.openReplay(
    modify === "once",
    crossing === "first",
    config.onFault === "stop",
    inUse,
    validate,
    physicalBits,
  );
  return { shape, tlbs, walkCaches, hostCaches, caches };
}

/** The highest address that programs of a table may map, and one. */
function topOf({ canonical, vaBits, family }: Shape): bigint {
  const half = 1n << BigInt(canonical === "unsigned" || canonical === "halves" ? vaBits : vaBits - 1);
  // Linux leaves the last page of x86's lower half unused.
  return family === "x86" ? half - 4096n : half;
}

/** Lowest address that is mapped without being named, as on Linux. */
const LOWEST = 65536n;
const WIDE_BITS = 33;

function openSystem(core: Core, config: Config, shape: Shape): void {
  const { memory, seed } = config;
  const { frames, swap, contents, maxMaps, maxProcesses } = memory;
  const choice = readReplacement(memory.policy);
  if ("problem" in choice) throw new PagewalkError("E_CONFIG", choice.problem);
  const { policy, parameter } = choice;
  const limited = frames ?? (policy === "ws" ? 0xffffffff : 0);
  const ram = frames === null ? (1n << 64n) - 1n : BigInt(frames);
  const opened = core.exports.openSystem(
    shape.paBits < WIDE_BITS,
    topOf(shape),
    LOWEST,
    ram,
    swap ?? 0xffffffff,
    maxMaps,
    maxProcesses ?? 0xffffffff,
    memory.stackPages,
    contents || memory.pagedTables,
    limited,
    replacementNumber(core, policy),
    BigInt(policy === "clock" ? 1 : parameter),
    BigInt(seed),
    memory.pagedTables,
  );
  if (!opened) throw outOfMemory(core, config);
}

function want(done: unknown, what: string): void {
  if (!done) throw new PagewalkError("E_MEMORY", `no memory for ${what}: WebAssembly can address 4 GiB`);
}

function openFormat(core: Core, host: boolean, shape: Shape, table: PageTableConfig): void {
  const { exports } = core;
  const { family, pageBits, vaBits, canonical, pteBytes, levels, leaves } = shape;
  const wide = "lpa" in table && table.lpa;
  const opened = exports.openFormat(
    host,
    familyNumber(core, family),
    wide,
    pageBits,
    vaBits,
    canonicalNumber(canonical),
    Math.log2(pteBytes),
  );
  want(opened, "a page-table format");
  for (const { shift, bits } of levels) exports.addLevel(host, shift, bits);
  const last = Math.max(levels.length - 1, 0);
  for (const { bits, level, run } of leaves) exports.addSize(host, bits, last - level, run);
}

function openTable(core: Core, table: PageTableConfig, { paBits }: Shape): void {
  const { slots, ways } = slotsOf(table);
  want(core.exports.openTable(tableNumber(core, table), paBits, slots, ways), "the page table");
}

function slotsOf(table: PageTableConfig): { slots: number; ways: number } {
  if (table.format === "hashed") return { slots: table.slots, ways: 1 };
  if (table.format === "inverted") return { slots: table.frames, ways: 1 };
  if (table.format === "elastic-cuckoo") return { slots: table.slots, ways: table.ways };
  return { slots: 0, ways: 0 };
}

function allSizes(shape: Shape): string[] {
  return shape.leaves.map(({ size }) => size);
}

/** The flags of a page's attributes. x86 has no bit for reading: what may be written or executed may be read. */
function flags(core: Core, shape: Shape, access: string, user: boolean, global: boolean): number {
  const { Flag } = core.enums;
  const may = (letter: string) => access.includes(letter);
  const read = may("r") || (shape.family === "x86" && (may("w") || may("x")));
  return (
    (read ? Flag.Read : 0) |
    (may("w") ? Flag.Write : 0) |
    (may("x") ? Flag.Execute : 0) |
    (user ? Flag.User : 0) |
    (global ? Flag.Global : 0)
  );
}

/** Regions by rising address. */
export function sorted(regions: readonly RegionConfig[]): RegionConfig[] {
  return [...regions].sort((a, b) => (BigInt(a.from) < BigInt(b.from) ? -1 : 1));
}

function addRegion(core: Core, shape: Shape, region: RegionConfig): void {
  const { from, to, pageSize, access, user, global } = region;
  const attributes = sizeNumber(shape, pageSize) | flags(core, shape, access, user, global);
  want(core.exports.addRegion(BigInt(from), BigInt(to) - 1n, attributes), `region ${from}`);
}

function addTlb(core: Core, config: Config, shape: Shape, tlb: Config["tlb"][number], number: number): Part {
  const { name, kinds, pageSizes, entries, ways, policy, index } = tlb;
  const counts = core.exports.addTlb(
    accessMask(core, kinds),
    sizeMask(shape, pageSizes),
    (entries ?? 1) / (ways ?? 1),
    ways ?? 1,
    policyNumber(core, policy),
    indexNumber(core, index),
    number,
  );
  want(counts, `TLB "${name}" of ${entries ?? "any"} entries`);
  return { name, counts: [...core.u32(counts, config.cores)] };
}

function addWalkCache(
  core: Core,
  config: Config,
  host: boolean,
  shape: Shape,
  cache: WalkCacheConfig,
  number: number,
): Part {
  const { level: name, levels, entries, ways, policy, invlpg } = cache;
  const mask = levels.reduce((mask, level) => mask | (1 << levelNumber(shape, level)), 0);
  const all = invlpg === "all";
  const { exports } = core;
  const place = exports.addWalkCache(
    host,
    mask,
    entries / ways,
    ways,
    policyNumber(core, policy),
    all,
    number,
  );
  want(place, `walk cache "${name}" of ${entries} entries`);
  const counts = Array.from({ length: config.cores }, (_, each) =>
    exports.walkCacheCounts(each, host, place),
  );
  return { name, counts };
}

/** Nests the table in another. The walk caches of that one. */
function openHost(core: Core, config: Config): Part[] {
  const { nested } = config;
  if (!nested) return [];
  const shape = shapeOf(nested.pageTable);
  openFormat(core, true, shape, nested.pageTable);
  const { tlb } = nested;
  const sets = tlb ? tlb.entries / tlb.ways : 0;
  const policy = policyNumber(core, tlb?.policy ?? "lru");
  const size = sizeNumber(shape, nested.pageSize);
  const opened = core.exports.openHost(size, shape.paBits, sets, tlb?.ways ?? 0, policy, NUMBERS.nestedTlb);
  want(opened, "the nested TLB");
  return nested.walkCache.map((cache, i) =>
    addWalkCache(core, config, true, shape, cache, NUMBERS.nestedWalkCache + i),
  );
}

function openPrefetch(core: Core, config: Config): void {
  if (!config.prefetch) return;
  const { policy, degree, entries, buffer } = config.prefetch;
  const opened = core.exports.openPrefetcher(prefetchNumber(core, policy), degree, entries, buffer);
  want(opened, `the prefetcher and its buffer of ${buffer} pages`);
}

/** Data caches from the nearest, with their numbers in the configuration. */
function byLevel(caches: readonly CacheConfig[]): { cache: CacheConfig; number: number }[] {
  return caches
    .map((cache, i) => ({ cache, number: NUMBERS.cache + i }))
    .sort((a, b) => a.cache.level - b.cache.level);
}

function addCache(core: Core, cache: CacheConfig, number: number): Part {
  const { name, level, kinds, size, line, ways, policy, latency, vipt } = cache;
  const { exports } = core;
  const counts = exports.addCache(
    level,
    accessMask(core, kinds),
    Math.log2(line),
    cacheBytes(size) / line / ways,
    ways,
    policyNumber(core, policy),
    vipt,
    exports.seedOf(BigInt(number)),
    latency,
  );
  want(counts, `cache "${name}" of ${size}`);
  return { name, counts: [counts] };
}
