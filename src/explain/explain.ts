import { type Shape, shapeOf } from "../config/formats.js";
import type { Access, CacheConfig, Config, TlbConfig } from "../config/model.js";
import { cacheBytes } from "../config/sizes.js";
import { hex, lineAddress } from "../config/state.js";
import type { Machine, Translation } from "../engine/machine.js";
import { PagewalkError } from "../errors.js";
import { type LoggedStep, logged } from "./steps.js";

/** A part of an address: the bits from `high` down to `low`, and their value. */
export interface Field {
  name: string;
  high: number;
  low: number;
  value: bigint;
}

/** An entry that a TLB's set held before it was probed. */
export interface HeldEntry {
  vpn: bigint;
  tag: bigint;
  /** null for a page of another process, or one that is mapped no more. */
  ppn: bigint | null;
  size: string;
  /** An address-space id, or null: of none, or of all. */
  asid: number | null;
  global: boolean;
  dirty: boolean;
}

export interface TlbProbe {
  name: string;
  level: number;
  set: number;
  sets: number;
  tag: bigint;
  hit: boolean;
  held: HeldEntry[];
}

/** An entry of a page table that was read. */
export interface EntryRead {
  level: string;
  /** Of the nested table. */
  host: boolean;
  index: bigint;
  address: bigint;
  value: bigint;
  /** What it says: present, a leaf or a table, what it lets be done, A, D, G. */
  flags: string[];
  /** The physical address in it. */
  pointsTo: bigint | null;
  servedBy: string;
  /** What this access made of it: the entry was not present before, or stands in a table that was not there. */
  made: "entry" | "table" | null;
}

export interface CacheProbe {
  name: string;
  level: number;
  set: number;
  tag: bigint;
  offset: number;
  hit: boolean;
}

/** Where a page is, of a machine with an operating system. */
export interface PageWhere {
  /** unallocated: nothing maps it; cached: in a frame; uncached: on disk; untouched: mapped, and never used. */
  state: "unallocated" | "cached" | "uncached" | "untouched";
  /** Of an uncached page: its slot of swap, from 0, or its page of a file. */
  disk: { swap: number } | { file: string; page: number } | null;
  /** What its page-table entry says; 0 where there is no table for it. */
  entry: bigint;
  /** The slot of swap, from 0, of the highest of its tables that is on disk; null: none is. */
  table: number | null;
}

/** One translation, step by step. Numbers are bigints where they are addresses or parts of them. */
export interface Explanation {
  va: bigint;
  access: Access;
  mode: Config["mode"];
  /** `none`: the address is physical, and nothing is looked up. */
  translation: Config["translation"];
  /** The size of its page. */
  pageSize: string;
  /** VPN and VPO; and what of the VPN chooses the entry at each level. */
  fields: { page: Field[]; levels: Field[]; tlb: Field[] };
  /** Where the page was before; null without an operating system. */
  page: PageWhere | null;
  tlbs: TlbProbe[];
  prefetch: { hit: boolean } | null;
  walkCaches: { level: string; host: boolean; hit: boolean }[];
  nestedTlb: { address: bigint; hit: boolean }[];
  reads: EntryRead[];
  fault: Translation["fault"];
  servedBy: string | null;
  pa: bigint | null;
  ppn: bigint | null;
  ppo: bigint | null;
  caches: CacheProbe[];
  /** The byte there, where the state typed in says it and a cache still holds it. */
  byte: number | null;
}

/**
 * Translates one address as `machine.translate` does, and says how. The access is counted, and changes TLBs and tables as any other.
 *
 * @param va an address of 64 bits
 * @throws PagewalkError `E_OPTION` for anything else, `E_MEMORY` when page tables outgrow memory
 */
export function explain(machine: Machine, va: bigint, access: Access = "load"): Explanation {
  const { core, config, parts } = machine;
  const { shape } = parts;
  const bits = core.exports.pageShiftAt(BigInt.asUintN(64, va));
  const before = probes(machine, va, access, bits);
  const page = whereabouts(machine, va);
  core.exports.explain(true);
  let found: Translation;
  let steps: LoggedStep[];
  try {
    found = machine.translate(va, access);
    steps = logged(core);
  } finally {
    core.exports.explain(false);
  }
  const asked = new Map(
    steps.filter(({ what }) => what === "tlb").map((step) => [step.which, step.b !== 0n]),
  );
  const tlbs = before.flatMap(({ place, ...probe }) => {
    const hit = asked.get(place);
    return hit === undefined ? [] : [{ ...probe, hit }];
  });
  const missing = steps.find(({ what }) => what === "missing")?.which ?? -1;
  const buffer = steps.find(({ what }) => what === "buffer");
  const offset = (1n << BigInt(bits)) - 1n;
  const data = steps.find(({ what }) => what === "data");
  const caches = found.pa === null || !data ? [] : cacheProbes(config, access, va, found.pa, data.which);
  return {
    va,
    access,
    mode: core.exports.userMode.value ? "user" : "supervisor",
    translation: config.translation,
    pageSize: shape.leaves.find((leaf) => leaf.bits === bits)?.size ?? "",
    fields: fieldsOf(shape, va, bits, tlbs[0], config),
    page,
    tlbs,
    prefetch: buffer ? { hit: buffer.a !== 0n } : null,
    walkCaches: steps.flatMap(({ what, which, b, c }) =>
      what === "walkCache"
        ? [{ level: levelOf(machine, which, c !== 0n), host: c !== 0n, hit: b !== 0n }]
        : [],
    ),
    nestedTlb: steps.flatMap(({ what, a, b }) =>
      what === "nestedTlb" ? [{ address: a, hit: b !== 0n }] : [],
    ),
    reads: steps.flatMap((step) => readOf(machine, va, step, missing)),
    fault: found.fault,
    servedBy: found.servedBy,
    pa: found.pa,
    ppn: found.pa === null ? null : found.pa >> BigInt(bits),
    ppo: found.pa === null ? null : found.pa & offset,
    caches,
    byte: found.pa === null ? null : byteAt(config, found.pa, caches),
  };
}

function whereabouts({ core, names }: Machine, va: bigint): PageWhere | null {
  const { exports, enums } = core;
  if (!exports.managed.value) return null;
  const { PagePlace, Whereabouts } = enums;
  exports.locate(va);
  const found = core.u64(exports.described.value, Whereabouts.Length);
  const at = (slot: number): bigint => found[slot] ?? 0n;
  const place = Number(at(Whereabouts.Place));
  const states: Record<number, Omit<PageWhere, "entry" | "table">> = {
    [PagePlace.Unallocated]: { state: "unallocated", disk: null },
    [PagePlace.Cached]: { state: "cached", disk: null },
    [PagePlace.Untouched]: { state: "untouched", disk: null },
    [PagePlace.Swapped]: { state: "uncached", disk: { swap: place - 1 } },
    [PagePlace.OnDisk]: {
      state: "uncached",
      disk: { file: names.text(Number(at(Whereabouts.File))), page: place },
    },
  };
  const state = states[Number(at(Whereabouts.State))];
  const table = Number(at(Whereabouts.Table));
  return state ? { ...state, entry: at(Whereabouts.Entry), table: table === 0 ? null : table - 1 } : null;
}

/** The name of a level of the machine's table, or of the nested one. */
function levelOf({ config, parts }: Machine, level: number, host: boolean): string {
  const { levels } = host && config.nested ? shapeOf(config.nested.pageTable) : parts.shape;
  return levels[levels.length - 1 - level]?.name ?? "table";
}

/** What the TLBs that an access asks hold in the sets it falls in. */
function probes(
  machine: Machine,
  va: bigint,
  access: Access,
  bits: number,
): (Omit<TlbProbe, "hit"> & { place: number })[] {
  const { config, parts } = machine;
  const size = parts.shape.leaves.find((leaf) => leaf.bits === bits)?.size ?? "";
  return config.tlb.flatMap((tlb, place) => {
    if (!tlb.kinds.includes(access) || !tlb.pageSizes.includes(size)) return [];
    const sets = (tlb.entries ?? 1) / (tlb.ways ?? 1);
    const vpn = cutOf(parts.shape, va) >> BigInt(bits);
    const { name, level } = tlb;
    const set = setOf(tlb, vpn, sets);
    return [
      { place, name, level, set, sets, tag: vpn / BigInt(sets), held: heldIn(machine, tlb, place, va, sets) },
    ];
  });
}

/** The part of an address that is translated. */
function cutOf({ vaBits, canonical }: Shape, va: bigint): bigint {
  return BigInt.asUintN(vaBits + (canonical === "halves" ? 1 : 0), va);
}

function setOf({ index }: TlbConfig, vpn: bigint, sets: number): number {
  const folded = index === "xor" ? vpn ^ (vpn >> BigInt(Math.log2(sets))) : vpn;
  return Number(folded % BigInt(sets));
}

function heldIn(machine: Machine, tlb: TlbConfig, place: number, va: bigint, sets: number): HeldEntry[] {
  const { core, config, parts } = machine;
  const { exports } = core;
  const address = exports.setFor(place, va);
  if (!address || tlb.ways === null) return [];
  const words = [...core.u64(address, tlb.ways)].filter((word) => word !== 0n);
  const { VpnShift, TagShift, TagMask, SizeShift, SizeMask, Dirty } = core.enums.TlbEntry;
  return words.map((word) => {
    const vpn = word >> BigInt(VpnShift);
    const id = Number((word >> BigInt(TagShift)) & BigInt(TagMask));
    const leaf = parts.shape.leaves[Number((word >> BigInt(SizeShift)) & BigInt(SizeMask))];
    const shift = BigInt(leaf?.bits ?? 0);
    const at = exports.addressOfPage(vpn, shift);
    const known = (id === 0 || id === exports.runningTag()) && exports.isMapped(at);
    return {
      vpn,
      tag: vpn / BigInt(sets),
      ppn: known ? exports.addressOf(at) >> shift : null,
      size: leaf?.size ?? "",
      asid: config.asids === null || id === 0 ? null : id - 1,
      global: id === 0,
      dirty: (word & BigInt(Dirty)) !== 0n,
    };
  });
}

function fieldsOf(
  shape: Shape,
  va: bigint,
  bits: number,
  first: TlbProbe | undefined,
  { tlb: tlbs }: Config,
): Explanation["fields"] {
  const top = shape.vaBits - 1;
  const field = (name: string, high: number, low: number): Field => ({
    name,
    high,
    low,
    value: (va >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n),
  });
  const page = [field("VPN", top, bits), field("VPO", bits - 1, 0)];
  const levels = shape.levels
    .filter(({ shift }) => shift >= bits)
    .map(({ name, shift, bits: width }) => field(name, shift + width - 1, shift));
  const index = Math.log2(first?.sets ?? 0.5);
  const cut =
    first &&
    Number.isInteger(index) &&
    index > 0 &&
    tlbs.find(({ name }) => name === first.name)?.index === "mod";
  const tlb = cut
    ? [field("TLBT", top, bits + index), field("TLBI", bits + index - 1, bits), field("VPO", bits - 1, 0)]
    : [];
  return { page, levels, tlb };
}

/** @param missing the level of the first entry that was not present; -1: all were */
function readOf(machine: Machine, va: bigint, step: LoggedStep, missing: number): EntryRead[] {
  if (step.what !== "read" && step.what !== "hostRead") return [];
  const { core, config, parts } = machine;
  const host = step.what === "hostRead";
  const shape = host && config.nested ? shapeOf(config.nested.pageTable) : parts.shape;
  const flat = shape.levels.length === 0;
  const level = shape.levels[shape.levels.length - 1 - step.which];
  const present = core.exports.isPresentEntry(host, step.b);
  const leaf = present && (flat || core.exports.isLeafEntry(host, step.b, step.which));
  const width = level ? (1n << BigInt(level.bits)) - 1n : 0n;
  const bytes = BigInt(shape.pteBytes);
  return [
    {
      level: level?.name ?? "table",
      host,
      index: host ? (step.a / bytes) & width : level ? (va >> BigInt(level.shift)) & width : 0n,
      address: step.a,
      value: step.b,
      flags: present ? flagNames(machine, host, step.b, leaf) : ["not present"],
      pointsTo: present && !flat ? core.exports.addressInEntry(host, step.b) : null,
      servedBy: step.c === 0n ? "memory" : `l${step.c}`,
      made: host || step.which > missing ? null : step.which === missing ? "entry" : "table",
    },
  ];
}

function flagNames(machine: Machine, host: boolean, entry: bigint, leaf: boolean): string[] {
  const { Flag } = machine.core.enums;
  if (!leaf) return ["present", "table"];
  const flags = machine.core.exports.flagsOfEntry(host, entry);
  const may = (flag: number, letter: string) => (flags & flag ? letter : "-");
  const access = may(Flag.Read, "r") + may(Flag.Write, "w") + may(Flag.Execute, "x");
  return [
    "present",
    "leaf",
    access,
    flags & Flag.User ? "user" : "supervisor",
    ...(flags & Flag.Global ? ["global"] : []),
    ...(flags & Flag.Accessed ? ["accessed"] : []),
    ...(flags & Flag.Dirty ? ["dirty"] : []),
  ];
}

/** The caches that a data access asked, up to the level that served it (0: memory). */
function cacheProbes(config: Config, access: Access, va: bigint, pa: bigint, served: number): CacheProbe[] {
  const chain = config.caches.filter(({ kinds }) => kinds.includes(access)).sort((a, b) => a.level - b.level);
  return chain
    .filter(({ level }) => served === 0 || level <= served)
    .map((cache) => {
      const { name, level, size, line, ways, vipt } = cache;
      const sets = BigInt(cacheBytes(size) / line / ways);
      const at = pa / BigInt(line);
      const set = Number((vipt ? va / BigInt(line) : at) % sets);
      return { name, level, set, tag: at / sets, offset: Number(pa % BigInt(line)), hit: level === served };
    });
}

/** The byte at a physical address, as the state typed in has it. */
function byteAt(config: Config, pa: bigint, probes: readonly CacheProbe[]): number | null {
  const hit = probes.find(({ hit }) => hit);
  const cache = config.caches.find(({ name }) => name === hit?.name);
  const lines = cache ? (config.state?.caches[cache.name] ?? []) : [];
  const line = cache && lines.find(({ set, tag }) => contains(cache, lineAddress(cache, set, hex(tag)), pa));
  const bytes = line ? line.bytes.trim().split(/\s+/) : [];
  const byte = cache ? bytes[Number(pa % BigInt(cache.line))] : undefined;
  return byte === undefined ? null : Number.parseInt(byte, 16);
}

function contains({ line }: CacheConfig, address: bigint, pa: bigint): boolean {
  return address <= pa && pa < address + BigInt(line);
}

/** An address as text. @throws PagewalkError `E_OPTION` for anything but a whole number of 64 bits */
export function parseAddress(text: string): bigint {
  const value = /^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(text) ? BigInt(text) : -1n;
  if (value >= 0n && value < 1n << 64n) return value;
  throw new PagewalkError(
    "E_OPTION",
    `VA ${text.slice(0, 80)}: want an address of 64 bits, as in 0x7fff1234 or 4096`,
  );
}
