import type { Shape } from "../formats.js";
import type { CacheConfig, StateConfig, TlbConfig } from "../model.js";
import { cacheBytes } from "../sizes.js";
import { hex, vpnOf } from "../state.js";
import { type Parts, type Placed, type Problem, quoted, type Rule } from "./rule.js";

export const stateRules: readonly Rule[] = [tableStates, tlbStates, cacheStates];

/** The bits of a page of the size that all pages outside regions have. */
function pageBits({ shape, pageSize }: Parts): number | undefined {
  return shape?.leaves.find(({ size }) => size === pageSize)?.bits;
}

function tableStates(parts: Parts): Problem[] {
  const { state, shape } = parts;
  const bits = pageBits(parts);
  if (!state || !shape || bits === undefined) return [];
  if (shape.levels.length === 0) {
    return [{ path: "state", found: "contents of a table that is no tree", allowed: "null there" }];
  }
  const seen = new Set<bigint>();
  return state.pageTable.flatMap(({ vpn, ppn }, i) => {
    const path = `state.pageTable[${i}]`;
    const number = hex(vpn);
    const again = seen.size === seen.add(number).size;
    return [
      ...tooWide(`${path}.vpn`, vpn, shape.vaBits - bits),
      ...tooWide(`${path}.ppn`, ppn, shape.paBits - bits),
      ...(again ? [{ path: `${path}.vpn`, found: vpn, allowed: "a page that is typed in once" }] : []),
    ];
  });
}

function tooWide(path: string, text: string, bits: number): Problem[] {
  if (hex(text) < 1n << BigInt(bits)) return [];
  return [{ path, found: quoted(text), allowed: `a number of ${bits} bits` }];
}

function tlbStates(parts: Parts): Problem[] {
  const { state, shape, tlb } = parts;
  const bits = pageBits(parts);
  if (!state || !shape || bits === undefined || !parts.allTlbs) return [];
  return Object.entries(state.tlb).flatMap(([name, entries]) => {
    const its = tlb.find((each) => each.name === name);
    const path = `state.tlb.${name}`;
    if (!its || its.entries === null || !its.pageSizes.includes(parts.pageSize ?? "")) {
      const names = tlb.filter(
        ({ pageSizes, entries }) => entries !== null && pageSizes.includes(parts.pageSize ?? ""),
      );
      return [
        {
          path,
          found: quoted(name),
          allowed: `a TLB that holds pages of ${parts.pageSize}: ${names.map(({ name }) => name).join(", ") || "there is none"}`,
        },
      ];
    }
    if (!isWhole(its)) return [];
    return [...entriesFit(its, entries, path, shape, bits), ...entriesAgree(its, entries, path, state)];
  });
}

/** Whether a TLB's sets are as they should be: about others, enough is said. */
function isWhole({ entries, ways, index }: TlbConfig): boolean {
  const sets = (entries ?? 1) / (ways ?? 1);
  return Number.isInteger(index === "xor" ? Math.log2(sets) : sets);
}

function entriesFit(
  tlb: Placed<TlbConfig>,
  entries: StateConfig["tlb"][string],
  path: string,
  shape: Shape,
  bits: number,
): Problem[] {
  const sets = (tlb.entries ?? 1) / (tlb.ways ?? 1);
  const used = new Map<number, number>();
  return entries.flatMap(({ set, tag, ppn }, i) => {
    const at = `${path}[${i}]`;
    const count = (used.get(set) ?? 0) + 1;
    used.set(set, count);
    if (set >= sets)
      return [{ path: `${at}.set`, found: String(set), allowed: `a set from 0 to ${sets - 1}` }];
    const wide = vpnOf(tlb, set, hex(tag)) >= 1n << BigInt(shape.vaBits - bits);
    return [
      ...(wide
        ? [
            {
              path: `${at}.tag`,
              found: quoted(tag),
              allowed: `a tag of a page number of ${shape.vaBits - bits} bits`,
            },
          ]
        : []),
      ...tooWide(`${at}.ppn`, ppn, shape.paBits - bits),
      ...(count > (tlb.ways ?? 1)
        ? [{ path: at, found: `entry ${count} of set ${set}`, allowed: `at most ${tlb.ways} ways` }]
        : []),
    ];
  });
}

/** An entry repeats what the page table says of its page, where it says something; and no page stands in a TLB twice. */
function entriesAgree(
  tlb: TlbConfig,
  entries: StateConfig["tlb"][string],
  path: string,
  state: StateConfig,
): Problem[] {
  const table = new Map(state.pageTable.map(({ vpn, ppn }) => [hex(vpn), ppn]));
  const seen = new Set<bigint>();
  return entries.flatMap(({ set, tag, ppn }, i) => {
    const vpn = vpnOf(tlb, set, hex(tag));
    const known = table.get(vpn);
    if (seen.size === seen.add(vpn).size) {
      return [
        {
          path: `${path}[${i}]`,
          found: `page 0x${vpn.toString(16)}`,
          allowed: "a page that the TLB holds once",
        },
      ];
    }
    if (known === undefined || hex(known) === hex(ppn)) return [];
    return [
      {
        path: `${path}[${i}].ppn`,
        found: quoted(ppn),
        allowed: `what the page table says, ${quoted(known)}`,
      },
    ];
  });
}

function cacheStates({ state, caches }: Parts): Problem[] {
  if (!state) return [];
  return Object.entries(state.caches).flatMap(([name, lines]) => {
    const cache = caches.find((each) => each.name === name);
    const path = `state.caches.${name}`;
    if (!cache) {
      const names = caches.map(({ name }) => name).join(", ") || "there is none";
      return [{ path, found: quoted(name), allowed: `a cache: ${names}` }];
    }
    return linesFit(cache, lines, path);
  });
}

function linesFit(cache: CacheConfig, lines: StateConfig["caches"][string], path: string): Problem[] {
  const sets = cacheBytes(cache.size) / cache.line / cache.ways;
  const used = new Map<number, number>();
  return lines.flatMap(({ set, bytes }, i) => {
    const at = `${path}[${i}]`;
    const count = (used.get(set) ?? 0) + 1;
    used.set(set, count);
    const length = bytes.trim().split(/\s+/).length;
    return [
      ...(set >= sets
        ? [{ path: `${at}.set`, found: String(set), allowed: `a set from 0 to ${sets - 1}` }]
        : []),
      ...(length !== cache.line
        ? [{ path: `${at}.bytes`, found: `${length} bytes`, allowed: `a line, ${cache.line} bytes` }]
        : []),
      ...(count > cache.ways
        ? [{ path: at, found: `line ${count} of set ${set}`, allowed: `at most ${cache.ways} ways` }]
        : []),
    ];
  });
}
