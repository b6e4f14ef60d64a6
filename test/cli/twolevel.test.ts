import { expect, test } from "vitest";
import { pagewalk } from "./pagewalk.js";

const RUN = ["run", "traces/two-level.scenario", "--config", "traces/two-level.json"];

test.concurrent("the textbook's example: a root and three tables of two levels, 4 MiB of one", async () => {
  const two = await pagewalk(RUN);
  expect(two.stdout).toMatch(/l1 +1 +4 KiB\n +l2 +3 +12 KiB\n +4 tables, 16 KiB; one flat table: 4 MiB/);
  const flat = await pagewalk([...RUN, "--set", "pageTable.levels=[20]"]);
  expect(flat.stdout).toMatch(/l1 +1 +4 MiB\n +1 table, 4 MiB; one flat table: 4 MiB/);
});
