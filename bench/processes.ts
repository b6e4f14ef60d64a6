// What an operating system costs: calls, first touches and forks, as events and accesses of a batch.

import { Machine, presets } from "pagewalk";
import type { Core } from "../src/engine/core.js";
import { coreOf } from "./columns.js";
import { median, printRow, same } from "./rows.js";

const VMAS = 100_000;
const CALLS = 100_000;
const PAGES = 1 << 20;
const ROUNDS = 7;
const PAGE = 4096n;
const BASE = 1n << 32n;
/** `rw`, and `anon,fixed` as the flags of an event (src/trace/eventcodec.ts). */
const MAP_FLAGS = 3 | ((2 | 4) << 8);

interface Event {
  kind: number;
  a: bigint;
  b?: bigint;
  flags?: number;
}

export async function processRows(): Promise<void> {
  await callRow();
  await pageRows();
}

/** mmap and munmap of single pages at random places among many others. */
async function callRow(): Promise<void> {
  const core = await coreWith({ maxMaps: 2 * VMAS });
  const { Mmap, Munmap } = core.enums.EventKind;
  // Every second page, so that no two are neighbours.
  const place = (i: number) => BASE + 2n * PAGE * BigInt(i);
  const mmap = (a: bigint): Event => ({ kind: Mmap, a, b: PAGE, flags: MAP_FLAGS });
  perform(
    core,
    Array.from({ length: VMAS }, (_, i) => mmap(place(i))),
  );
  const times: number[] = [];
  let state = 1n;
  for (let round = 0; round < ROUNDS; round++) {
    const calls: Event[] = [];
    for (let pair = 0; pair < CALLS / 2; pair++) {
      state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
      const a = place(Number(state >> 33n) % VMAS);
      calls.push({ kind: Munmap, a, b: PAGE }, mmap(a));
    }
    times.push(perform(core, calls));
  }
  noneFailed(core);
  printRow({
    name: "mmap and munmap",
    figure: `${((median(times) * 1e6) / CALLS).toFixed(0)} ns a call`,
    against: `${CALLS} calls, ${VMAS} mappings there`,
    ratio: median(times) / 1000,
    unit: "s",
    bar: 0.2,
    better: "below",
  });
}

/** First touches of a mapping's pages, and a fork of the process that has them. */
async function pageRows(): Promise<void> {
  const touches: number[] = [];
  const forks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const core = await coreWith({});
    const { Mmap, Fork } = core.enums.EventKind;
    perform(core, [{ kind: Mmap, a: BASE, b: BigInt(PAGES) * PAGE, flags: MAP_FLAGS }]);
    touches.push(touch(core));
    same("minor faults", count(core, core.enums.Counter.MinorFaults), PAGES);
    forks.push(perform(core, [{ kind: Fork, a: 2n }]));
    noneFailed(core);
  }
  printRow({
    name: "minor faults",
    figure: `${median(touches).toFixed(0)} ms`,
    against: `first stores to ${PAGES} pages`,
    ratio: (median(touches) * 1e6) / PAGES,
    unit: "ns a page",
    bar: 100,
    better: "below",
  });
  printRow({
    name: "fork",
    figure: `${((median(forks) * 1e6) / PAGES).toFixed(0)} ns a page`,
    against: `a process with ${PAGES} pages`,
    ratio: median(forks),
    unit: "ms",
    bar: 50,
    better: "below",
  });
}

async function coreWith(memory: { maxMaps?: number }): Promise<Core> {
  return coreOf(await Machine.create({ ...presets["intel-skylake"], memory }));
}

function count(core: Core, counter: number): number {
  return core.counters()[counter] ?? 0;
}

function noneFailed(core: Core): void {
  const failed = core.numbers(core.exports.callsFailed.value, core.enums.EventKind.Length);
  same(
    "failed calls",
    failed.reduce((sum, each) => sum + each, 0),
    0,
  );
}

/** Stores to each page of the mapping, by rising address: milliseconds. */
function touch(core: Core): number {
  const { EventRow, Kind } = core.enums;
  let spent = 0;
  for (let from = 0; from < PAGES; from += EventRow.Capacity) {
    const records = Math.min(EventRow.Capacity, PAGES - from);
    const addresses = core.u64(core.exports.addresses.value, records);
    for (let i = 0; i < records; i++) addresses[i] = BASE + PAGE * BigInt(from + i);
    // A byte each.
    core.u32(core.exports.infos.value, records).fill(Kind.Store << core.enums.Batch.KindShift);
    spent += replayed(core, records);
  }
  return spent;
}

/** Replays events, a batch after another: milliseconds, without those that it takes to write them down. */
function perform(core: Core, events: readonly Event[]): number {
  const { exports, enums } = core;
  const { EventRow, Batch } = enums;
  let spent = 0;
  for (let from = 0; from < events.length; from += EventRow.Capacity) {
    const some = events.slice(from, from + EventRow.Capacity);
    const bytes = core.u32(exports.events.value, some.length * EventRow.Words);
    const rows = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const addresses = core.u64(exports.addresses.value, some.length);
    const infos = core.u32(exports.infos.value, some.length);
    bytes.fill(0);
    for (const [i, { kind, a, b = 0n, flags = 0 }] of some.entries()) {
      const at = i * EventRow.Words * 4;
      rows.setUint32(at, kind, true);
      rows.setUint32(at + 4 * EventRow.Flags, flags, true);
      rows.setBigUint64(at + 4 * EventRow.A, a, true);
      rows.setBigUint64(at + 4 * EventRow.B, b, true);
      addresses[i] = exports.EVENT_ADDRESS.value + BigInt(i);
      infos[i] = Batch.Event;
    }
    spent += replayed(core, some.length);
  }
  return spent;
}

/** Replays the records in the columns: milliseconds. */
function replayed({ exports, enums }: Core, records: number): number {
  const start = performance.now();
  exports.openReplaying(exports.addresses.value, exports.infos.value, records, 1n, false);
  const status = exports.resume(0);
  if (status !== enums.Status.Ok) throw new Error(`replay: status ${status}`);
  return performance.now() - start;
}
