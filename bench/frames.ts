// `node frames.js POLICY`: fills 4 M frames under a policy, evicts half a million pages, and prints the MiB that the process had resident at most.

import { readFileSync } from "node:fs";
import { POLICIES, TimedPools } from "./paging.js";

const FRAMES = 1 << 22;
const PAGES = FRAMES + (1 << 19);
const BATCH = 32_768;

const [name] = process.argv.slice(2);
const chosen = POLICIES.filter(([policy]) => policy === name);
const pools = await TimedPools.create([FRAMES], chosen);
const addresses = new BigUint64Array(BATCH);
const halves = new Uint32Array(addresses.buffer);
const infos = new Uint32Array(BATCH);
for (let from = 0; chosen.length > 0 && from < PAGES; from += BATCH) {
  for (let at = 0; at < BATCH; at++) {
    const page = from + at;
    halves[2 * at] = page << 12;
    halves[2 * at + 1] = page >>> 20;
    infos[at] = (page & 3 ? 1 : 2) << 4;
  }
  pools.take(addresses, infos);
}
await pools.ended();
// The kernel's own figure, as in process.ts.
console.log(Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024);
