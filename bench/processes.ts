// What an operating system's calls cost: events of a batch, replayed.

import { Machine, presets } from "pagewalk";
import type { Core } from "../src/engine/core.js";
import { coreOf } from "./columns.js";
import { median, printRow, same } from "./rows.js";

const VMAS = 100_000;
const CALLS = 100_000;
const ROUNDS = 7;
const PAGE = 4096n;
const BASE = 1n << 32n;
/** `rw`, and `anon,fixed` as the flags of an event (src/trace/eventcodec.ts). */
const MAP_FLAGS = 3 | ((2 | 4) << 8);

interface Call {
  maps: boolean;
  va: bigint;
}

export async function processRows(): Promise<void> {
  const machine = await Machine.create({
    ...presets["intel-skylake"],
    memory: { maxMaps: 2 * VMAS },
  });
  const core = coreOf(machine);
  // Every second page, so that no two are neighbours.
  const place = (i: number) => BASE + 2n * PAGE * BigInt(i);
  perform(
    core,
    Array.from({ length: VMAS }, (_, i) => ({ maps: true, va: place(i) })),
  );
  const times: number[] = [];
  let state = 1n;
  for (let round = 0; round < ROUNDS; round++) {
    const calls: Call[] = [];
    for (let pair = 0; pair < CALLS / 2; pair++) {
      state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
      const va = place(Number(state >> 33n) % VMAS);
      calls.push({ maps: false, va }, { maps: true, va });
    }
    times.push(perform(core, calls));
  }
  const failed = core.enums.Counter.FailedCalls;
  same("failed calls", Number(core.u64(core.exports.counters.value, failed + 1)[failed]), 0);
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

/** Replays calls, a batch after another: milliseconds, without those that it takes to write them down. */
function perform(core: Core, calls: readonly Call[]): number {
  const { exports, enums } = core;
  const { EventRow, EventKind, Batch, Status } = enums;
  let spent = 0;
  for (let from = 0; from < calls.length; from += EventRow.Capacity) {
    const some = calls.slice(from, from + EventRow.Capacity);
    const rows = new DataView(core.u32(exports.events.value, some.length * EventRow.Words).buffer);
    const addresses = core.u64(exports.addresses.value, some.length);
    const infos = core.u32(exports.infos.value, some.length);
    for (const [i, { maps, va }] of some.entries()) {
      const at = exports.events.value + i * EventRow.Words * 4;
      for (let word = 0; word < EventRow.Words; word++) rows.setUint32(at + 4 * word, 0, true);
      rows.setUint32(at, maps ? EventKind.Mmap : EventKind.Munmap, true);
      rows.setUint32(at + 4 * EventRow.Flags, maps ? MAP_FLAGS : 0, true);
      rows.setBigUint64(at + 4 * EventRow.A, va, true);
      rows.setBigUint64(at + 4 * EventRow.B, PAGE, true);
      addresses[i] = exports.EVENT_ADDRESS.value + BigInt(i);
      infos[i] = Batch.Event;
    }
    const start = performance.now();
    const status = exports.replay(exports.addresses.value, exports.infos.value, some.length, 1n, false);
    spent += performance.now() - start;
    if (status !== Status.Ok) throw new Error(`replay: status ${status}`);
  }
  return spent;
}
