import { describe, expect, test } from "vitest";
import { goldenScenarios } from "../golden/scenarios.js";
import { runScenario } from "../oracle/process/scenario.js";
import type { System, SystemOptions } from "../oracle/process/system.js";

/** Its counts, and how many mappings each process and each file has. */
function withMappings(system: System) {
  const { processes, files, ...stats } = system.stats();
  const alive = [...system.processes.values()].filter(({ isAlive }) => isAlive);
  const vmas = [...new Set(alive.map(({ space }) => space))].flatMap((space) => space.vmas());
  const mappingsOf = (name: string) => vmas.filter(({ file }) => file?.name === name).length;
  return {
    ...stats,
    processes: processes.map((one) => ({ ...one, mappings: system.vmas(BigInt(one.pid)).length })),
    files: files.map((one) => ({ ...one, mappings: mappingsOf(one.name) })),
  };
}

/** The oracle has no heaps, and blocks no addresses: cases that say what `heap` is are the core's alone. */
const scenarios = goldenScenarios().filter(({ config }) => config.heap === undefined);

describe("a golden scenario, on the oracle", () => {
  test.each(scenarios.map((golden) => [golden.name, golden] as const))("%s", (_, golden) => {
    const { memory = {} } = golden.config as { memory?: SystemOptions };
    const { failures, system } = runScenario(golden.text, memory);
    expect(failures).toEqual([]);
    expect(withMappings(system)).toMatchObject(golden.expected);
  });
});

describe("an expectation that is not met", () => {
  const WRONG: [text: string, said: string][] = [
    ["expect-errno EINVAL\nmunmap 0x1000 4K", "1: expect-errno EINVAL: none"],
    ["expect-errno none\nmunmap 0x1001 4K", "1: expect-errno none: EINVAL"],
    ["expect-fault minor 0x10000\nL 0x10000,1", "1: expect-fault minor 0x10000: segv 0x10000 load"],
    ["expect-fault none 0x10000\nL 0x10001,1", "1: expect-fault none 0x10000: segv 0x10001 load"],
    ["expect-fault segv 0x10000 store\nL 0x10000,1", "1: expect-fault segv 0x10000 store: segv 0x10000 load"],
    ["expect-fault cow 0x10000", "1: expect-fault cow 0x10000: there is no next line"],
    ["expect 0x10000 =00", "1: expect 0x10000 =00: there is nothing"],
    ["mmap 0x10000 4K rw private,anon,fixed\n\nL 0x10000,2 =0001", "3: L 0x10000,2 =0001: there is 0000"],
  ];
  test.each(WRONG)("%s", (text, said) => {
    expect(runScenario(text).failures).toEqual([said]);
  });
});
