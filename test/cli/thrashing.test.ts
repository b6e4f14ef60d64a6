import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { RunResult } from "../../src/index.js";
import { Folder, pagewalk, succeeded, TINY } from "./pagewalk.js";

const folder = new Folder();
const SCENARIO = "traces/thrashing.scenario";
const runJson = async (...args: string[]): Promise<RunResult> =>
  succeeded(await pagewalk(["run", "--json", ...args]));
const withFrames = (frames: number) => runJson("--set", `memory.frames=${frames}`, "--window", "4", SCENARIO);

test.concurrent("the scenario thrashes with 16 frames, in the windows in which both processes run", async () => {
  const { series, thrashing, faults, paging } = await withFrames(16);
  expect(series?.points.map(({ faults }) => faults.major)).toEqual([0, 0, 24, 48, 48, 48, 8, 0]);
  expect(series?.points.map(({ workingSet }) => workingSet)).toEqual([12, 12, 24, 24, 24, 24, 12, 12]);
  expect(thrashing).toMatchObject({ thrashed: true, windows: { all: 8, thrashing: 4 }, enough: 24 });
  expect(series?.points.reduce((sum, { evictions }) => sum + evictions, 0)).toBe(paging.evictions);
  expect(paging.refaults).toEqual({ minor: 0, major: faults.major });
});

test.concurrent("with as many frames as the verdict says it does not, and with one fewer it does", async () => {
  const enough = await withFrames(24);
  expect(enough.thrashing).toMatchObject({ thrashed: false, windows: { thrashing: 0 }, enough: null });
  expect(enough.paging).toMatchObject({ evictions: 0, refaults: { minor: 0, major: 0 } });
  expect((await withFrames(23)).thrashing).toMatchObject({ thrashed: true, enough: 24 });
});

test.concurrent("the effective access time is an access and its share of the faults", async () => {
  const { cycles, trace, config, faults } = await withFrames(16);
  const { accesses } = trace;
  const { latency } = config;
  const { access, faults: added, total } = cycles.effective;
  expect(access).toBe((Number(cycles.translation) + accesses * latency.memory) / accesses);
  expect(added).toBe((faults.minor * latency.minorFault + faults.major * latency.majorFault) / accesses);
  expect(total).toBeCloseTo(access + added, 6);
});

test.concurrent("the report shows the windows, the CSV a row for each, the manual what they are", async () => {
  const csv = `${folder.path}/windows.csv`;
  const flags = ["--set", "memory.frames=16", "--window", "4", "--csv", csv];
  const { stdout, code } = await pagewalk(["run", ...flags, SCENARIO]);
  expect(code).toBe(0);
  const manual = readFileSync("docs/thrashing.md", "utf8");
  const lines = stdout.slice(stdout.indexOf("Paging\n")).split("\n").slice(0, -3);
  expect(lines.length).toBeGreaterThan(15);
  for (const line of lines) expect(manual).toContain(line);
  const rows = readFileSync(csv, "utf8").trimEnd().split("\n");
  expect(rows).toHaveLength(9);
  expect(rows[0]).toMatch(/^window,records,accesses,minor,major,cow,/);
  expect(rows[4]).toMatch(/^4,4,48,0,48,0,48,48,48,0,48,1000,24,16,16,/);
});

test.concurrent("without windows the verdict is the run's, without a limit there is none", async () => {
  const whole = await runJson("--set", "memory.frames=16", SCENARIO);
  expect(whole.thrashing).toMatchObject({ thrashed: true });
  expect(whole).not.toHaveProperty("series");
  expect(whole.thrashing).not.toHaveProperty("enough");
  const unlimited = await runJson("--window", "4", SCENARIO);
  expect(unlimited).not.toHaveProperty("thrashing");
  expect(unlimited.series?.points.map(({ frames }) => frames)).toEqual(Array(8).fill(null));
});

test.concurrent("windows take units, and are an error where they are none", async () => {
  expect((await runJson("--window", "1K", TINY)).series).toMatchObject({ window: 1024 });
  for (const wrong of ["0", "-1", "1.5", "x", "1T"]) {
    const { code, stderr } = await pagewalk(["run", "--window", wrong, TINY]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/want a whole number, 1 or more/)]);
  }
  const { code, stderr } = await pagewalk(["run", "--csv", `${folder.path}/x.csv`, TINY]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/--csv: want --window N beside it/)]);
});
