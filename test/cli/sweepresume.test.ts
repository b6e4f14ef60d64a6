import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ended, Folder, MAIN, pagewalk, ROOT, SORT } from "./pagewalk.js";

const folder = new Folder();
const out = folder.at("cells.jsonl");
const SIZES = JSON.stringify(["4K", "2M", "1G"]);
/** 3 x 12 x 4 machines, of all methods. */
const ARGS = [
  "sweep",
  SORT,
  "--quiet",
  "--limit",
  "60000",
  "--set",
  `tlb=[{"name":"l1","level":1,"pageSizes":${SIZES},"entries":64,"ways":4},{"name":"l2","level":2,"pageSizes":${SIZES},"entries":512,"ways":8}]`,
  ...["--axis", "pageSize=4K,2M,1G"],
  ...["--axis", "l1.sets=1..12"],
  ...["--axis", "l1.policy=lru,fifo,random,srrip"],
];

/** Cells in the file. */
function written(): number {
  return existsSync(out) ? readFileSync(out, "utf8").split('"key"').length - 1 : 0;
}

describe("a sweep that is killed", () => {
  test("and gone on with gives the same table, byte for byte", async () => {
    const whole = await pagewalk([...ARGS, "--csv", folder.at("whole.csv")]);
    expect(whole.stderr).toBe("");
    // In the middle of the cells: while few are there, and when many are.
    for (const cells of [1, 100]) {
      rmSync(out, { force: true });
      const child = spawn(process.execPath, [MAIN, ...ARGS, "--out", out], {
        cwd: ROOT,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const over = ended(child);
      while (written() < cells && child.exitCode === null) await setTimeout(5);
      child.kill("SIGKILL");
      await over;
      expect(written()).toBeGreaterThanOrEqual(cells);
      const { code, stderr } = await pagewalk([
        ...ARGS,
        "--out",
        out,
        "--resume",
        "--csv",
        folder.at("resumed.csv"),
      ]);
      expect(code, stderr).toBe(0);
      expect(readFileSync(folder.at("resumed.csv"), "utf8")).toBe(
        readFileSync(folder.at("whole.csv"), "utf8"),
      );
      expect(written()).toBe(144);
    }
  });

  test("by Ctrl-C prints what was done, and is gone on with", async () => {
    rmSync(out, { force: true });
    const child = spawn(process.execPath, [MAIN, ...ARGS, "--json", "--out", out], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const over = ended(child);
    while (written() < 40 && child.exitCode === null) await setTimeout(5);
    child.kill("SIGINT");
    const { code, stdout, stderr } = await over;
    expect(code, stderr).toBe(130);
    expect(stderr).toMatch(/^pagewalk: error E_ABORTED: /);
    const { interrupted, cells } = JSON.parse(stdout);
    expect(interrupted).toBe(true);
    expect(cells).toHaveLength(written());
    const resumed = await pagewalk([...ARGS, "--json", "--out", out, "--resume"]);
    const { timing: _timing, ...rest } = JSON.parse(resumed.stdout);
    const { timing: _other, ...whole } = JSON.parse((await pagewalk([...ARGS, "--json"])).stdout);
    expect(rest).toEqual(whole);
  });
});

test("cells that cannot be answered are told, beside the others", async () => {
  const { code, stdout, stderr } = await pagewalk([
    ...["sweep", SORT, "--axis", "pageTable.frames=64,4096", "--set", "walkCache=[]"],
    ...["--set", 'pageTable={"format":"inverted","frames":64}'],
    ...["--set", 'tlb=[{"name":"l1","level":1,"pageSizes":["4K"],"entries":16,"ways":4}]', "--json"],
  ]);
  expect(code).toBe(3);
  expect(stderr).toMatch(
    /^pagewalk: error E_MEMORY: sweep: 1 of 2 cells could not be answered: all 64 frames/,
  );
  const [lost, answered] = JSON.parse(stdout).cells;
  expect(lost.error.code).toBe("E_MEMORY");
  expect(answered.walk.walks).toBeGreaterThan(0);
});
