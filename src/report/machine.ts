// The sections of a run's report that only some machines have.

import { aliasBits } from "../config/sizes.js";
import type { RunResult } from "../replay/replay.js";
import { bytes, integer, pairs, percent, ratio, table } from "./format.js";

type Row = [string, string];

/** Tables by level, and what one flat table would take. */
export function tables({ pages }: RunResult): string {
  const rows = Object.entries(pages.byLevel).map(([level, { tables, bytes: size }]) => [
    level,
    integer(tables),
    bytes(size),
  ]);
  const flat = bytes(Number(pages.flatBytes));
  const all = `${integer(pages.tables)} ${pages.tables === 1 ? "table" : "tables"}, ${bytes(pages.tableBytes)}; one flat table: ${flat} a process`;
  return `${table(["", "tables", "bytes"], rows)}\n  ${all}`;
}

/** Context switches, flushes and shootdowns; undefined where there were none. */
export function switching({ context, flushes, shootdowns, config }: RunResult): string | undefined {
  const { all, asid, page, entries } = flushes;
  if (context.switches + all + asid + page === 0) return undefined;
  const ids = config.asids === null ? "no address-space ids" : `${integer(config.asids)} address-space ids`;
  const recycled = config.asids === null ? "" : `, ${integer(context.recycled)} taken from another process`;
  const rows: Row[] = [
    ["context switches", `${integer(context.switches)} (${ids}${recycled})`],
    [
      "flushes",
      `${integer(all)} of all, ${integer(asid)} of an id, ${integer(page)} of a page; ${integer(entries)} entries dropped`,
    ],
  ];
  if (config.cores > 1) {
    rows.push([
      "shootdowns",
      `${integer(shootdowns.sent)} sent, ${integer(shootdowns.received)} received by other cores`,
    ]);
  }
  return pairs(rows);
}

/** Data caches; undefined where there are none. */
export function caches({ caches, config, walk }: RunResult): string | undefined {
  if (!caches) return undefined;
  const rows = config.caches.map(({ name, size, ways, line }) => {
    const { accesses = 0, hits = 0, misses = 0, writebacks = 0, byKind } = caches[name] ?? {};
    const shape = `${size}/${ways}/${line}`;
    return [
      name,
      shape,
      integer(accesses),
      integer(hits),
      integer(misses),
      percent(misses, accesses),
      integer(byKind?.walk ?? 0),
      integer(writebacks),
    ];
  });
  const head = ["", "size/ways/line", "accesses", "hits", "misses", "miss rate", "by walks", "written back"];
  const { l1, l2, l3, memory } = walk.servedBy;
  const served = `  entries of page tables came from: L1 ${integer(l1)}, L2 ${integer(l2)}, L3 ${integer(l3)}, memory ${integer(memory)}`;
  const walked = config.translation === "none" ? [] : [served];
  return [table(head, rows), ...walked, ...aliases(config)].join("\n");
}

/** Caches whose set hangs on more of the virtual address than the offset in a page. */
function aliases({ caches, pageSize }: RunResult["config"]): string[] {
  return caches
    .filter((cache) => cache.vipt && aliasBits(cache, pageSize) > 0)
    .map((cache) => {
      const bits = aliasBits(cache, pageSize);
      return `  ${cache.name}: ${bits} bits of its index are above the offset in a page of ${pageSize}: a line may stand in ${2 ** bits} sets`;
    });
}

/** The prefetcher; undefined where there is none. */
export function prefetching({ prefetch, config }: RunResult): string | undefined {
  if (!prefetch || !config.prefetch) return undefined;
  const { issued, pteReads, hits, unmapped, evicted, dropped, held } = prefetch;
  const { policy, degree, buffer } = config.prefetch;
  const wasted = unmapped + evicted + dropped;
  return pairs([
    ["policy", `${policy}, up to ${integer(degree)} a miss, a buffer of ${integer(buffer)}`],
    ["walks ahead", `${integer(issued)}, ${integer(pteReads)} entries read`],
    [
      "used",
      `${integer(hits)}: ${percent(hits, issued)} of them (accuracy), ${shareOf(prefetch.coverage)} of misses (coverage)`,
    ],
    [
      "wasted",
      `${integer(wasted)}: ${integer(unmapped)} not mapped, ${integer(evicted)} never used, ${integer(dropped)} flushed; ${integer(held)} still held`,
    ],
  ]);
}

function shareOf(share: number): string {
  return percent(share, 1);
}

/** The nested table; undefined where there is none. */
export function nesting({ walk, config }: RunResult): string | undefined {
  const { nested } = walk;
  if (!nested || !config.nested) return undefined;
  const { guestReads, hostReads, tlb } = nested;
  const rows: Row[] = [
    [
      "host",
      `${config.nested.pageTable.format}, pages of ${config.nested.pageSize}; ${integer(nested.tables)} tables, ${bytes(nested.tableBytes)}`,
    ],
    [
      "entries read",
      `${integer(guestReads)} of the guest, ${integer(hostReads)} of the host; ${ratio(guestReads + hostReads, walk.walks)} a walk`,
    ],
  ];
  if (tlb) rows.push(["nested TLB", `${integer(tlb.hits)} hits, ${integer(tlb.misses)} misses`]);
  for (const [level, { hits, misses }] of Object.entries(nested.caches)) {
    rows.push([
      `walk cache ${level}`,
      `${integer(hits)} walks begun below it, ${integer(misses)} found nothing`,
    ]);
  }
  return pairs(rows);
}

/** TLB hits held against the tables; undefined where none were. */
export function validation({ validation }: RunResult): string | undefined {
  if (!validation) return undefined;
  const { checked, failed } = validation;
  return pairs([
    ["TLB hits", `${integer(checked)} checked against the page tables, ${integer(failed)} differ`],
  ]);
}
