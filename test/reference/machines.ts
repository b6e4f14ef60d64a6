// `npm run reference:machines -- FOLDER [TRACE...]`: replays the D stream of traces on machines of every kind, and
// holds each count of the core to the oracle's. Without a trace, nothing is checked, and the exit code is 3.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { MachineStats } from "pagewalk";
import { machineCases, WHOLE } from "./machinecases.js";
import { Stream } from "./stream.js";
import { type Outcome, versus } from "./versus.js";

const HEADS = ["L1 misses", "L2 misses", "walks", "PTE reads", "prefetch hits/issued"];
const WIDTHS = [28, ...HEADS.map((head) => Math.max(head.length, 10)), 8];

async function run(folder: string, traces: readonly string[]): Promise<number> {
  let passed = 0;
  let failed = 0;
  for (const trace of traces) {
    const path = join(folder, trace);
    if (!existsSync(path)) continue;
    const stream = await Stream.read(path, { kinds: ["load", "store", "modify"] });
    for (const [group, cases] of Object.entries(machineCases(WHOLE))) {
      console.log(`\n${trace}: ${group}\n`);
      printRow(["", ...HEADS, "oracle"]);
      console.log(`|${WIDTHS.map((width, i) => line(width, i)).join("|")}|`);
      for (const { name, config } of cases) {
        const outcome = await versus(config, stream);
        printRow([name, ...figures(outcome.stats), verdict(outcome)]);
        if (outcome.difference === null) passed++;
        else failed++;
      }
    }
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  if (passed + failed === 0) return 3;
  return failed > 0 ? 1 : 0;
}

function verdict({ difference }: Outcome): string {
  return difference === null ? "= oracle" : `differs: ${difference}`;
}

function figures({ tlb, walk, prefetch }: MachineStats): string[] {
  const counts = [tlb["dtlb"]?.misses, tlb["stlb"]?.misses, walk.walks, walk.pteReads];
  const ahead = prefetch ? `${grouped(prefetch.hits)}/${grouped(prefetch.issued)}` : "-";
  return [...counts.map((count) => (count === undefined ? "-" : grouped(count))), ahead];
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

const isNumber = (column: number) => column > 0 && column <= HEADS.length;

function line(width: number, column: number): string {
  return isNumber(column) ? `${"-".repeat(width + 1)}:` : "-".repeat(width + 2);
}

function printRow(cells: readonly string[]): void {
  const padded = cells.map((cell, i) =>
    isNumber(i) ? cell.padStart(WIDTHS[i] ?? 0) : cell.padEnd(WIDTHS[i] ?? 0),
  );
  console.log(`| ${padded.join(" | ")} |`);
}

const [folder, ...traces] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: npm run reference:machines -- FOLDER [TRACE...] (gzip.lackey.zst, if none is named)");
  process.exit(2);
}
process.exit(await run(folder, traces.length > 0 ? traces : ["gzip.lackey.zst"]));
