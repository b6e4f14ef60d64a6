// The text of /proc/PID/maps and smaps (proc(5)). Files have no devices and inodes here: both are 0.

import type { MemoryRegion, RegionUsage } from "./maps.js";

/** Where Linux puts the name of a mapping: behind so many columns and a blank. */
const COLUMNS = 72;

/** Mappings as /proc/PID/maps has them, a line each; each line ends. */
export function printMaps(regions: readonly MemoryRegion[]): string {
  return regions.map((region) => `${lineOf(region)}\n`).join("");
}

/**
 * Mappings as /proc/PID/smaps has them, with what is counted here, and the three states of pages. In kB of 1024 bytes; what is no
 * whole number of them in bytes, `B`.
 */
export function printSmaps(regions: readonly RegionUsage[]): string {
  return regions.map((region) => `${lineOf(region)}\n${usageOf(region)}`).join("");
}

function lineOf({ start, end, protection, shared, offset, name }: MemoryRegion): string {
  const hex = (value: bigint) => value.toString(16).padStart(8, "0");
  const rwx = ["r", "w", "x"].map((letter) => (protection.includes(letter) ? letter : "-")).join("");
  const line = `${hex(start)}-${hex(end)} ${rwx}${shared ? "s" : "p"} ${hex(offset)} 00:00 0 `;
  return name === "" ? line : `${line.padEnd(COLUMNS)} ${name}`;
}

function usageOf(region: RegionUsage): string {
  const lines: [string, number][] = [
    ["Size", region.size],
    ["Rss", region.rss],
    ["Pss", region.pss],
    ["Shared_Clean", region.sharedClean],
    ["Shared_Dirty", region.sharedDirty],
    ["Private_Clean", region.privateClean],
    ["Private_Dirty", region.privateDirty],
    ["Swap", region.swap],
    ["Cached", region.cached],
    ["Uncached", region.uncached],
    ["Unallocated", region.unallocated],
  ];
  const text = lines.map(([name, bytes]) => `${`${name}:`.padEnd(16)}${amount(bytes)}\n`).join("");
  return `${text}VmFlags: ${region.flags.join(" ")} \n`;
}

function amount(bytes: number): string {
  const [value, unit] = bytes % 1024 === 0 ? [bytes / 1024, "kB"] : [bytes, "B"];
  return `${String(value).padStart(8)} ${unit}`;
}
