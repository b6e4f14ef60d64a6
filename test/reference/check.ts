// `npm run reference -- FOLDER`: replays the traces of FOLDER that other simulators have counted, and holds
// pagewalk to their counts. Without them, nothing is checked, and the exit code is 3.
//
// Sources: the full stream by DynamoRIO's TLB simulator and a C program that agrees with it, walk caches by
// the C program; the D stream (data records in order, one lookup each) by six programs that agree, among them
// DynamoRIO's TLB simulator and Cheetah; single-level counts by Cheetah, and Dinero IV where it was run; what is in
// DynamoRIO's own traces by its tools; events by grep, awk and Python; page replacement by libCacheSim (sfifo by a program of its own); heaps by
// the textbook's allocators in C.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type ConfigInput, curve, Machine, openTrace, replay, survey, sweep } from "pagewalk";
import { contents } from "./contents.js";
import { cases, ONE_LEVEL, sweepCases } from "./counts.js";
import { eventCases } from "./events.js";
import { heapCases, replayRep } from "./heap.js";
import { DATA, replacementCases } from "./replacement.js";

async function run(folder: string): Promise<number> {
  let checked = 0;
  let failed = 0;
  const compare = (name: string, result: object, expected: Record<string, number>) => {
    for (const [key, wanted] of Object.entries(expected)) {
      checked++;
      const found = at(result, key);
      if (found === wanted) continue;
      failed++;
      console.error(`${name}: ${key} is ${found}, want ${wanted}`);
    }
  };
  for (const { trace, name, config, kinds, expected } of cases) {
    const path = join(folder, trace);
    if (!existsSync(path)) continue;
    const machine = await Machine.create(config as ConfigInput);
    const result = await replay(machine, openTrace(path, kinds ? { kinds } : {}));
    compare(`${trace}, ${name}`, result, expected);
  }
  for (const { trace, misses } of sweepCases) {
    const path = join(folder, trace);
    if (!existsSync(path)) continue;
    const { kinds, config } = ONE_LEVEL;
    const axes = { "l1.sets": Object.keys(misses).map(Number), "l1.ways": "1..16*2" };
    const { cells } = await sweep(openTrace(path, { kinds }), axes, { config }).result();
    const found = Object.fromEntries(
      cells.map((cell) => [JSON.stringify(cell.config), cell.tlb["l1"]?.misses]),
    );
    const wanted = Object.entries(misses).flatMap(([sets, row]) =>
      row.map((count, i) => [JSON.stringify({ "l1.sets": Number(sets), "l1.ways": 2 ** i }), count] as const),
    );
    for (const [cell, count] of wanted)
      compare(`${trace}, one sweep`, { [cell]: found[cell] }, { [cell]: count });
  }
  for (const { trace, frames, faults } of replacementCases) {
    const path = join(folder, trace);
    if (!existsSync(path)) continue;
    const { kinds, count } = DATA;
    const policies = Object.keys(faults);
    const { curves } = await curve(openTrace(path, { kinds }), { policies, frames, count });
    for (const { policy, points } of curves) {
      const found = Object.fromEntries(points.map((point) => [point.frames, point.faults]));
      const wanted = Object.fromEntries(frames.map((size, i) => [size, faults[policy]?.[i] ?? Number.NaN]));
      compare(`${trace}, D stream, ${policy}`, found, wanted);
    }
  }
  for (const { trace, expected } of contents) {
    const path = join(folder, trace);
    if (!existsSync(path)) continue;
    const result = await survey(openTrace(path));
    const other = Object.values(result.trace.other).reduce((sum, count) => sum + count, 0);
    compare(trace, { ...result, all: result.trace.records + other }, expected);
  }
  for (const { trace, format, events, other = {} } of eventCases) {
    const path = join(folder, trace);
    if (!existsSync(path)) continue;
    const result = await survey(openTrace(path));
    const found = { format: result.trace.format, events: result.events, other: result.trace.other };
    checked++;
    if (isDeepStrictEqual(found, { format, events, other })) continue;
    failed++;
    console.error(`${trace}: ${JSON.stringify(found)}, want ${JSON.stringify({ format, events, other })}`);
  }
  for (const { trace, operations, peakPayload, heapBytes, tuned } of heapCases) {
    const path = join(folder, trace);
    if (!existsSync(path)) continue;
    for (const [policy, expected] of Object.entries(heapBytes)) {
      const result = await replayRep(path, policy);
      compare(`${trace}, ${policy}`, result, { ops: operations, peakPayload, heapBytes: expected });
    }
    const { utilization } = await replayRep(path, "tuned");
    const percent = Number((100 * utilization).toFixed(2));
    compare(`${trace}, tuned`, { reached: Math.min(percent, tuned) }, { reached: tuned });
  }
  console.log(`${checked - failed} passed, ${failed} failed`);
  if (checked === 0) return 3;
  return failed > 0 ? 1 : 0;
}

function at(result: object, path: string): unknown {
  if (Object.hasOwn(result, path)) return (result as Record<string, unknown>)[path];
  return path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], result);
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: npm run reference -- FOLDER (with gzip.lackey.zst, py3.lackey.zst, cc1.rep ...)");
  process.exit(2);
}
process.exit(await run(folder));
