import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { ConfigInput } from "../../../src/config/model.js";
import type { SweepResult } from "../../../src/sweep/model.js";
import { type SweepOptions, sweep } from "../../../src/sweep/sweep.js";

const folder = mkdtempSync(join(tmpdir(), "pagewalk-"));
afterAll(() => rmSync(folder, { recursive: true }));
const trace = join(folder, "tiny.lackey");
const out = join(folder, "cells.jsonl");
const config: ConfigInput = {
  tlb: [
    { name: "l1", level: 1, pageSizes: ["4K"], entries: 4, ways: 2 },
    { name: "l2", level: 2, pageSizes: ["4K"], entries: 16, ways: 4 },
  ],
};
// Cells of each method.
const axes = { "l1.policy": ["lru", "fifo", "srrip"], "l1.sets": [1, 2, 4] };

beforeEach(() => {
  copyFileSync("traces/tiny.lackey", trace);
  rmSync(out, { force: true });
});

async function swept(options: SweepOptions = {}, on: string | string[] = trace): Promise<SweepResult> {
  return sweep(on, axes, { config, jobs: 2, ...options }).result();
}

/** All of a result that is the same each time. */
const lasting = ({ timing: _timing, ...rest }: SweepResult) => JSON.stringify(rest);

function lines(): string[] {
  return readFileSync(out, "utf8").split("\n").slice(0, -1);
}

describe("a file of cells", () => {
  test("has every cell once, and tells what the trace is", async () => {
    const { cells } = await swept({ out });
    const rows = lines().map((line) => JSON.parse(line));
    expect(rows[0]).toMatchObject({ schema: 1, cells: [{ format: "lackey" }] });
    expect(rows.filter(({ sha256 }) => sha256)).toHaveLength(1);
    const kept = rows.filter(({ key }) => key).map(({ cell }) => cell);
    expect(kept.sort((a, b) => a.index - b.index)).toEqual(cells);
    expect(new Set(cells.map(({ method }) => method))).toEqual(new Set(["one-pass", "filtered", "replay"]));
  });

  test("cut anywhere is gone on with to the same result", async () => {
    const whole = lasting(await swept({ out }));
    const { length } = readFileSync(out);
    const kept = join(folder, "kept");
    copyFileSync(out, kept);
    for (let cut = 0; cut <= length; cut += 997) {
      copyFileSync(kept, out);
      truncateSync(out, cut);
      // Behind its first line, without any cell, there is nothing to go on with, but nothing wrong either.
      expect(lasting(await swept({ out, resume: true })), `cut at ${cut}`).toBe(whole);
      expect(lines().filter((line) => line.includes('"key"'))).toHaveLength(9);
    }
  });

  test("gives the same for any number of workers", async () => {
    const [one, two, three] = await Promise.all([1, 2, 3].map((jobs) => swept({ jobs })));
    expect([two, three].map((each) => each && lasting(each))).toEqual([
      lasting(one as SweepResult),
      lasting(one as SweepResult),
    ]);
  });

  test("takes in more values of an axis", async () => {
    await swept({ out });
    const before = lines().length;
    const more = { ...axes, "l1.sets": [1, 2, 4, 8] };
    const { cells } = await sweep(trace, more, { config, out, resume: true }).result();
    expect(cells.map(({ index }) => index)).toEqual([...Array(12).keys()]);
    expect(lines()).toHaveLength(before + 4);
    expect(cells).toEqual((await sweep(trace, more, { config }).result()).cells);
  });

  test.each([
    ["that is there", {}, () => {}, "is there already"],
    ["of another trace", { resume: true }, () => appendFileSync(trace, " L 1000,4\n"), "is of another trace"],
    [
      "that is none",
      { resume: true },
      () => writeFileSync(out, "hello\n"),
      "line 1 is none of a file of cells",
    ],
    [
      "without an end of its line",
      { resume: true },
      () => writeFileSync(out, "hello"),
      "is no file of cells",
    ],
    ["that is the trace", { out: trace, force: true }, () => {}, "is the trace itself"],
    ["of JSON", { resume: true }, () => writeFileSync(out, "{}\n"), "is no file of cells"],
    [
      "with a broken line",
      { resume: true },
      () => writeFileSync(out, readFileSync(out, "utf8").replace('{"key"', '{key"')),
      "is none of a file of cells",
    ],
    [
      "of another version",
      { resume: true },
      () => writeFileSync(out, readFileSync(out, "utf8").replace('"pagewalk":"', '"pagewalk":"9')),
      "was begun by pagewalk 9",
    ],
    [
      "of a machine that is another",
      { resume: true, config: { ...config, walkCache: [{ level: "pd", entries: 4, ways: 4 }] } },
      () => {},
      "none of its 9 cells is one of this sweep",
    ],
    ["without a path", { resume: true, out: undefined }, () => {}, "want out beside it"],
  ] as const)("%s is refused", async (_what, options, change, message) => {
    await swept({ out });
    change();
    const before = [out, trace].map((path) => readFileSync(path, "utf8"));
    const given = { out, ...options } as SweepOptions;
    await expect(async () => swept(given)).rejects.toMatchObject({
      code: "E_OPTION",
      message: expect.stringContaining(message),
    });
    expect([out, trace].map((path) => readFileSync(path, "utf8"))).toEqual(before);
  });

  test("whose trace was changed in its middle is refused", async () => {
    // Longer than both ends that tell it from others.
    const line = " L 0000000000001000,8\n";
    writeFileSync(trace, line.repeat(130_000));
    await swept({ out });
    const text = readFileSync(trace, "utf8");
    const middle = 65_000 * line.length;
    writeFileSync(trace, `${text.slice(0, middle)} S${text.slice(middle + 2)}`);
    await expect(swept({ out, resume: true })).rejects.toMatchObject({
      code: "E_OPTION",
      message: expect.stringContaining("is not what it was"),
    });
  });

  test("that cannot be written ends the sweep", async () => {
    await expect(swept({ out: "/dev/full", force: true })).rejects.toMatchObject({ code: "E_OUTPUT" });
    await expect(swept({ out: join(folder, "no", "such") })).rejects.toMatchObject({ code: "E_OUTPUT" });
  });

  test("of several traces has those of each", async () => {
    const other = join(folder, "other.lackey");
    writeFileSync(other, `${readFileSync(trace, "utf8")} S 7000,4\n`);
    const whole = await swept({ out }, [trace, other]);
    expect(whole.trace).toHaveLength(2);
    expect(whole.cells).toHaveLength(18);
    truncateSync(out, readFileSync(out).length / 2);
    expect(lasting(await swept({ out, resume: true }, [trace, other]))).toBe(lasting(whole));
  });
});

describe("a loop over the cells", () => {
  test("that is left ends the sweep", async () => {
    const run = sweep(trace, { ...axes, "l2.sets": "1..40" }, { config, jobs: 2 });
    for await (const { index } of run) {
      expect(index).toBeGreaterThanOrEqual(0);
      break;
    }
    await expect(run.result()).rejects.toMatchObject({ code: "E_ABORTED", partial: { interrupted: true } });
  });

  test("that is left does not, where the result was asked for", async () => {
    const run = sweep(trace, axes, { config, jobs: 2 });
    const result = run.result();
    for await (const _cell of run) break;
    expect((await result).cells).toHaveLength(9);
  });
});
