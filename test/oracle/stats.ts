// The counts of an oracle, as a machine reports them.

import type { Config } from "../../src/config/model.js";
import type { Count, MachineStats } from "../../src/engine/stats.js";
import type { Oracle } from "./machine.js";
import { cutBits, type Level } from "./shapes.js";
import { tlbStats } from "./tlbs.js";
import type { HitsAndMisses } from "./walkcaches.js";

export function statsOf(oracle: Oracle): MachineStats {
  const { config, reads, caches, schedule, flushes, faults } = oracle;
  const walks = sum(oracle.walks);
  const pages = pageStats(oracle);
  const { all, asid, page, entries, shootdowns } = flushes;
  return structuredClone({
    accesses: oracle.accesses,
    pageCrossings: oracle.pageCrossings,
    kinds: oracle.kinds,
    tlb: Object.fromEntries(config.tlb.map(({ name }, i) => [name, tlbStats(at(oracle.tlbTallies, i))])),
    walk: {
      walks,
      byKind: oracle.walks,
      pteReads: reads.walk,
      dirtyAssists: oracle.dirtyAssists,
      cycles: reads.cycles,
      caches: byName(config.walkCache, oracle.walkCacheTallies),
      servedBy: reads.servedBy,
      ...nestedStats(oracle),
    },
    pages,
    context: { switches: schedule.switches, recycled: schedule.recycled },
    flushes: { all, asid, page, entries },
    shootdowns,
    ...(config.caches.length > 0 ? { caches: caches.stats() } : {}),
    ...(oracle.prefetching
      ? { prefetch: oracle.prefetching.stats(walks, reads.ahead, flushes.ahead, oracle.cores) }
      : {}),
    ...(config.validate ? { validation: oracle.validation } : {}),
    faults,
    paging: {
      policy: config.memory.policy,
      frames: config.memory.frames,
      resident: sum(pages.touched),
      pageIns: 0,
      pageOuts: 0,
      evictions: 0,
      refaults: { minor: 0, major: 0 },
      swapUsed: 0,
      swapPeak: 0,
      outOfMemory: 0,
    },
    cycles: cycles(oracle),
    faultList: oracle.faultList,
    faultListTotal: faults.segv + faults.protection,
  });
}

/** What a machine and an oracle both count: how much memory cuckoo tables take is their own affair. */
export function comparable(stats: MachineStats, { pageTable }: Config): MachineStats {
  if (pageTable.format !== "elastic-cuckoo") return stats;
  const { tables } = stats.pages;
  return { ...stats, pages: { ...stats.pages, tableBytes: 0, byLevel: { table: { tables, bytes: 0 } } } };
}

function pageStats({ shape, schedule, tables, hashed, resizer }: Oracle): MachineStats["pages"] {
  const { spaces } = schedule;
  const touched = shape.sizes.map((size) => [
    size.name,
    spaces.reduce((all, space) => all + space.count(size), 0),
  ]);
  const byLevel = hashed
    ? { table: { tables: hashed.tables, bytes: hashed.bytes } }
    : Object.fromEntries(
        shape.levels.map(({ name, bytes }, i) => {
          return [name, { tables: at(tables, i), bytes: at(tables, i) * bytes }];
        }),
      );
  const flat = 2n ** (cutBits(shape) - BigInt(shape.pageBits)) * BigInt(shape.pteBytes);
  return {
    touched: Object.fromEntries(touched),
    dirty: spaces.reduce((all, space) => all + space.countDirty(), 0),
    tables: Object.values(byLevel).reduce((all, { tables }) => all + tables, 0),
    tableBytes: Object.values(byLevel).reduce((all, { bytes }) => all + bytes, 0),
    byLevel,
    flatBytes: count(flat),
    promoted: resizer.promoted,
    demoted: resizer.demoted,
    refused: resizer.refused,
  };
}

function nestedStats({ config, host, reads }: Oracle): Pick<MachineStats["walk"], "nested"> {
  if (!host || !config.nested) return {};
  return {
    nested: {
      guestReads: reads.walk - reads.host,
      hostReads: reads.host,
      tlb: config.nested.tlb && host.tally,
      caches: byName(config.nested.walkCache, host.cacheTallies),
      tables: host.tables.reduce((all, tables) => all + tables, 0),
      tableBytes: tableBytes(host.shape.levels, host.tables),
    },
  };
}

function tableBytes(levels: readonly Level[], tables: readonly number[]): number {
  return levels.reduce((all, { bytes }, i) => all + at(tables, i) * bytes, 0);
}

function cycles({ config, tlbTallies, reads, caches, faults, accesses }: Oracle): MachineStats["cycles"] {
  const probes = config.tlb.map(({ latency }, i) => latency * tlbStats(at(tlbTallies, i)).accesses);
  const translation = BigInt(reads.cycles) + BigInt(probes.reduce((all, each) => all + each, 0));
  const data = caches.dataCycles;
  const ofFaults = BigInt(faults.minor * config.latency.minorFault);
  const total = translation + data + ofFaults;
  const memory = config.caches.length > 0 ? data : BigInt(accesses * config.latency.memory);
  const each = (cycles: bigint) => (accesses > 0 ? Number(cycles) / accesses : 0);
  return {
    total: count(total),
    translation: count(translation),
    data: count(data),
    faults: count(ofFaults),
    perAccess: accesses > 0 ? Number(total) / accesses : 0,
    effective: {
      access: each(translation + memory),
      faults: each(ofFaults),
      total: each(translation + memory + ofFaults),
    },
  };
}

function byName(caches: Config["walkCache"], tallies: readonly HitsAndMisses[]) {
  return Object.fromEntries(caches.map(({ level }, i) => [level, at(tallies, i)]));
}

function at<T>(list: readonly T[], place: number): T {
  return list[place] as T;
}

function count(value: bigint): Count {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((all, each) => all + each, 0);
}
