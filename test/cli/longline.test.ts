import { rmSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { expectNothing, expectPartial, Folder, pagewalk, runJson } from "./pagewalk.js";

const folder = new Folder();
const GOOD = "I  00401000,3\n L 00601000,8\n";

function withLongLine(name: string, before: string, fill: string, after = ""): string {
  const long = Buffer.alloc(1e8, fill);
  const path = folder.write(name, Buffer.concat([Buffer.from(before), long, Buffer.from(after)]));
  onTestFinished(() => rmSync(path));
  return path;
}

test.each([
  ["of x", "", "x"],
  ["that starts as a record does", "I  ", "1"],
  ["of a size without end", "I  00401000,", "0"],
])("a line of 100 MB %s is a short error", async (_, start, fill) => {
  const path = withLongLine("long.lackey", start, fill);
  const outcome = await pagewalk(["run", "--json", path]);
  expectNothing(outcome, 3, "E_TRACE", path);
  expect(outcome.stderr.length - path.length).toBeLessThan(500);
});

test.each([
  ["in the middle", "\n L 00601000,8\n"],
  ["at the end", ""],
])("a line of 100 MB %s leaves what came before it", async (_, after) => {
  const path = withLongLine("later.lackey", GOOD, "x", after);
  const outcome = await pagewalk(["run", "--json", path]);
  expect(expectPartial(outcome, path, "line 3", /longer|too long/).trace.records).toBe(2);
  expect(outcome.stderr.length - path.length).toBeLessThan(400);
});

test("a line of 100 MB counts as one bad record", async () => {
  const path = withLongLine("skipped.lackey", GOOD, "x", `\n${GOOD}`);
  const { trace } = await runJson(["--quiet", "--skip-bad", "1", path]);
  expect(trace).toMatchObject({ records: 4, skipped: 1, truncated: false });
});
