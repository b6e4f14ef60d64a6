import { expect, test } from "vitest";
import { Folder, infoJson, runJson } from "./pagewalk.js";

const folder = new Folder();

test.concurrent.each([
  [" L 7fffffffffff,1"],
  [" L ffff800000000000,8"],
  ["I  fffffffffffffff8,8"],
  [" S ffffffffffffffff,1"],
])("%s is canonical", async (line) => {
  const { trace, faults, faultList } = await runJson([folder.write("canonical.lackey", `${line}\n`)]);
  expect(trace).toMatchObject({ records: 1, accesses: 1 });
  expect({ ...faults, faultList }).toMatchObject({ minor: 1, segv: 0, faultList: [] });
});

test.concurrent.each([
  [" L 8000000000000000,8", "load"],
  [" S 800000000000,1", "store"],
  ["I  ffff7fffffffffff,1", "instruction"],
  [" L 1234567890123456,4", "load"],
  [" M fffe800000000000,4", "load"],
])("%s is a counted fault, and no error", async (line, access) => {
  const path = folder.write("fault.lackey", ` L 00601000,8\n${line}\n L 00601008,8\n`);
  const { trace, faults, faultList, faultListTotal } = await runJson([path]);
  expect(trace).toMatchObject({ records: 3, accesses: 2, truncated: false });
  expect(faults).toMatchObject({ minor: 1, segv: 1 });
  const va = `0x${/[0-9a-f]{9,}/.exec(line)?.[0]}`;
  expect(faultList).toEqual([{ record: 2, pid: 1, va, kind: "segv", region: null, access }]);
  expect(faultListTotal).toBe(1);
  expect((await infoJson([path])).addresses.nonCanonical).toBe(1);
});

test.concurrent("an access that runs out of the canonical half faults at its second page", async () => {
  const { trace, faultList } = await runJson([folder.write("edge.lackey", " L 7fffffffffff,2\n")]);
  expect(trace.accesses).toBe(1);
  expect(faultList).toMatchObject([{ record: 1, va: "0x800000000000", access: "load" }]);
});

test.concurrent("an access that runs over the end of the address space faults", async () => {
  const { trace, faults } = await runJson([folder.write("end.lackey", " L ffffffffffffffff,2\n")]);
  expect(trace.accesses).toBe(1);
  expect(faults.segv).toBe(1);
});

test.concurrent("faults are numbered by their place in the file, whatever is left out", async () => {
  const text = " L 00601000,8\n S 00601000,8\n L 800000000000,8\nI  00401000,3\n L 900000000000,8\n";
  const path = folder.write("numbered.lackey", text);
  const { faultList } = await runJson(["--skip", "1", "--kinds", "load", path]);
  expect(faultList.map(({ record }) => record)).toEqual([3, 5]);
});

test.concurrent("the list of faults ends at 100, their number does not", async () => {
  const path = folder.write("many.lackey", " L 800000000000,8\n".repeat(250));
  const { faults, faultList, faultListTotal } = await runJson([path]);
  expect({ segv: faults.segv, listed: faultList.length, faultListTotal }).toEqual({
    segv: 250,
    listed: 100,
    faultListTotal: 250,
  });
});

test.concurrent("--on-fault stop ends at the first, successfully", async () => {
  const path = folder.write("stop.lackey", " L 00601000,8\n L 800000000000,8\n L 00601000,8\n");
  const { trace, stoppedAt } = await runJson(["--on-fault", "stop", path]);
  expect(trace.records).toBe(2);
  expect(stoppedAt).toEqual({ record: 2 });
});
