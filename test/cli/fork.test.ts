import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pagewalk } from "./pagewalk.js";

test("the README shows the report of the scenario that forks: copy-on-write faults, shared pages, each process's", async () => {
  const { code, stdout } = await pagewalk(["run", "traces/fork.scenario"]);
  expect(code).toBe(0);
  expect(stdout).toContain("cow    2 stores to pages shared copy-on-write");
  const from = stdout.indexOf("Processes\n");
  const section = stdout.slice(from, stdout.indexOf("\n\n", from));
  expect(section.split("\n")).toHaveLength(6);
  expect(readFileSync(new URL("../../README.md", import.meta.url), "utf8")).toContain(section);
});
