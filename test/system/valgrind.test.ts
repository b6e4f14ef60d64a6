import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readLackey } from "../oracle/lackey.js";
import { Oracle } from "../oracle/machine.js";

const MAIN = new URL("../../dist/cli/main.js", import.meta.url).pathname;

test("a program traced through a pipe", () => {
  const command = `valgrind --tool=lackey --trace-mem=yes ls / 2>&1 >/dev/null | "${process.execPath}" "${MAIN}" run - --json`;
  const { stdout, stderr, status } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const { trace, tlb, faults } = JSON.parse(stdout);
  expect(trace).toMatchObject({
    path: "-",
    format: "lackey",
    compression: "none",
    truncated: false,
    skipped: 0,
  });
  expect(trace.kinds.instruction).toBeGreaterThan(100_000);
  expect(tlb.l1i.accesses + tlb.l1d.accesses).toBe(trace.accesses);
  expect(faults.minor).toBeGreaterThan(50);
});

test("a program's log, counted as the oracle counts it", () => {
  const folder = mkdtempSync(join(tmpdir(), "pagewalk-"));
  const log = join(folder, "true.lackey");
  execFileSync("valgrind", ["--tool=lackey", "--trace-mem=yes", `--log-file=${log}`, "true"]);
  const result = JSON.parse(
    execFileSync(process.execPath, [MAIN, "run", log, "--json"], { encoding: "utf8" }),
  );
  const { records, badLine } = readLackey(readFileSync(log, "latin1"));
  rmSync(folder, { recursive: true });
  const oracle = new Oracle(result.config);
  oracle.replay(records);
  const { accesses, pageCrossings, kinds, ...counts } = oracle.stats();
  expect(badLine).toBeUndefined();
  expect(result).toMatchObject({ ...counts, trace: { accesses, pageCrossings, kinds } });
});
