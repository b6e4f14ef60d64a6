// A configuration's `state`, put into a machine: pages, TLB entries, cache lines.

import type { Shape } from "../config/formats.js";
import type { Config, StateConfig } from "../config/model.js";
import { hex, lineAddress, vpnOf } from "../config/state.js";
import { PagewalkError } from "../errors.js";
import type { Core } from "./core.js";

type Page = StateConfig["pageTable"][number];

/** @throws PagewalkError `E_MEMORY` where physical memory has no room for what is typed in, or for its tables */
export function applyState(core: Core, config: Config, shape: Shape): void {
  const { state } = config;
  if (!state) return;
  const shift = shape.leaves.find(({ size }) => size === config.pageSize)?.bits ?? shape.pageBits;
  const entries = entriesOf(config, state);
  const pages = withEntries(state.pageTable, entries);
  for (const ppn of [...new Set(pages.map(({ ppn }) => hex(ppn)))].sort(byValue)) {
    const pa = ppn << BigInt(shift);
    if (!core.exports.reserve(pa, shift)) throw noRoom(`frame 0x${ppn.toString(16)}`);
  }
  for (const page of pages) putPage(core, page, shift);
  for (const { place, vpn } of entries) {
    core.exports.putEntry(place, core.exports.addressOfPage(vpn, BigInt(shift)));
  }
  putLines(core, config, state);
}

function byValue(a: bigint, b: bigint): number {
  return a < b ? -1 : 1;
}

function noRoom(what: string): PagewalkError {
  return new PagewalkError(
    "E_MEMORY",
    `state: physical memory has no room for ${what}; want a larger paBits`,
  );
}

function putPage(
  core: Core,
  { vpn, ppn, access = "rwx", user = true, dirty = false }: Page,
  shift: number,
): void {
  const { Flag } = core.enums;
  const flags =
    (access.includes("r") ? Flag.Read : 0) |
    (access.includes("w") ? Flag.Write : 0) |
    (access.includes("x") ? Flag.Execute : 0) |
    (user ? Flag.User : 0) |
    (dirty ? Flag.Dirty : 0);
  const va = core.exports.addressOfPage(hex(vpn), BigInt(shift));
  if (!core.exports.putPage(va, hex(ppn) << BigInt(shift), flags)) throw noRoom("the page tables");
}

interface Entry {
  /** The TLB's place among those of the configuration. */
  place: number;
  vpn: bigint;
  ppn: string;
}

function entriesOf(config: Config, state: StateConfig): Entry[] {
  return config.tlb.flatMap((tlb, place) =>
    (state.tlb[tlb.name] ?? []).map(({ set, tag, ppn }) => ({ place, vpn: vpnOf(tlb, set, hex(tag)), ppn })),
  );
}

/** Pages typed in, and those that only a TLB's entry names. */
function withEntries(pages: readonly Page[], entries: readonly Entry[]): Page[] {
  const known = new Set(pages.map(({ vpn }) => hex(vpn)));
  const more = entries.filter(({ vpn }) => known.size < known.add(vpn).size);
  return [...pages, ...more.map(({ vpn, ppn }) => ({ vpn: vpn.toString(16), ppn }))];
}

function putLines(core: Core, config: Config, state: StateConfig): void {
  const caches = [...config.caches].sort((a, b) => a.level - b.level);
  caches.forEach((cache, place) => {
    for (const { set, tag } of state.caches[cache.name] ?? []) {
      core.exports.putLine(place, lineAddress(cache, set, hex(tag)));
    }
  });
}
