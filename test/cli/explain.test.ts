import { describe, expect, test } from "vitest";
import { presets } from "../../src/index.js";
import { expectError, expectNothing, Folder, pagewalk, succeeded, TINY } from "./pagewalk.js";

const folder = new Folder();
const SMALL = ["--preset", "csapp-small"];

/** The report without colours, which some environments set. */
async function text(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await pagewalk(["explain", ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters.
  return stdout.replace(/\x1b\[\d+m/g, "");
}

interface Explained {
  va: string;
  mode: string;
  pageSize: string;
  fields: Record<"page" | "levels" | "tlb", { name: string; value: string }[]>;
  tlbs: { name: string; set: number; sets: number; tag: string; hit: boolean; held: object[] }[];
  reads: { level: string; host: boolean; made: string | null }[];
  page: { state: string; disk: object | null; entry: string } | null;
  walkCaches: object[];
  nestedTlb: { address: string }[];
  fault: string | null;
  servedBy: string | null;
  pa: string | null;
  ppn: string | null;
  caches: { set: number; tag: string; offset: number; hit: boolean }[];
  byte: number | null;
}

async function explained(...args: string[]): Promise<Explained> {
  return succeeded(await pagewalk(["explain", "--json", ...args]));
}

const file = (config: object) => ["--config", folder.json("machine.json", config)];

// CS:APP 3e, section 9.6.4 and practice problem 9.4; homework problems 9.11 and 9.12.
describe.concurrent("the textbook's small machine", () => {
  test("0x3d4, as text", async () => {
    const report = await text(...SMALL, "0x03d4");
    for (const part of [
      "VPN 0xf",
      "VPO 0x14",
      "TLBI 0x3",
      "TLBT 0x3",
      "set 3 (TLBI 0x3), tag 0x3 (TLBT): hit",
      "PPN 0xd, PPO 0x14: PA 0x354",
      "l1: set 0x5 (CI), tag 0xd (CT), offset 0x0 (CO): hit",
      "byte 0x36",
    ]) {
      expect(report).toContain(part);
    }
    expect(report).not.toContain("Page walk");
  });

  test.each<[string, object]>([
    ["0x03d4", { pa: "0x354", byte: 0x36, fault: null, servedBy: "l1tlb" }],
    ["0x03d7", { pa: "0x357", byte: 0x1d, fault: null, servedBy: "l1tlb" }],
    ["0x027c", { pa: "0x5fc", byte: null, fault: null, servedBy: "walk" }],
    ["0x03a9", { pa: "0x469", byte: null, fault: null, servedBy: "walk" }],
    ["0x0040", { fault: "minor", servedBy: "walk" }],
  ])("%s, as JSON", async (va, wanted) => {
    const found = await explained(...SMALL, va);
    expect(found).toMatchObject(wanted);
    expect(found).toMatchObject({
      pagewalk: expect.any(String),
      schema: 1,
      va: `0x${BigInt(va).toString(16)}`,
    });
  });

  test("a walk, as text", async () => {
    const report = await text(...SMALL, "0x03a9");
    expect(report).toMatch(/Page walk\n +1\. l1\[14\] at 0x[0-9a-f]+ \(memory\): .*present, leaf, rwx, user/);
    expect(report).toContain("PPN 0x11, PPO 0x29: PA 0x469");
    expect(await text(...SMALL, "0x0040")).toContain("minor fault");
  });
});

describe.concurrent("after a trace", () => {
  // tiny.lackey begins with instructions and a load: I 401000, L 602010, I 401003, S 1ffefff8d8.
  test.each<[string, string, string | null]>([
    ["0", "walk", "minor"],
    ["1", "l1i", null],
  ])("--after %s: 0x401000 is served by %s", async (after, servedBy, fault) => {
    const args = ["--trace", TINY, "--after", after, "--access", "instruction", "0x401000"];
    expect(await explained(...args)).toMatchObject({ servedBy, fault });
  });

  test("whole, and by kinds", async () => {
    expect(await explained("--trace", TINY, "--access", "store", "0x603008")).toMatchObject({ fault: null });
    const kinds = ["--trace", TINY, "--kinds", "load", "--access", "instruction", "0x401000"];
    expect(await explained(...kinds)).toMatchObject({ fault: "minor" });
  });

  test("that breaks off, what it left is explained, and the error told", async () => {
    const cut = folder.write("cut.lackey", "I  00401000,3\nnonsense\n");
    const outcome = await pagewalk(["explain", "--json", "--format", "lackey", "--trace", cut, "0x401000"]);
    expectError(outcome, 3, "E_TRACE", "cut.lackey");
    expect(JSON.parse(outcome.stdout)).toMatchObject({ pa: expect.stringMatching(/^0x/) });
  });
});

describe.concurrent("is refused", () => {
  test.each(["", "0x", "0xg", "12x", "-1", "1e3", "0x1 ", "0x10000000000000000", "18446744073709551616"])(
    "an address of %j",
    async (va) => {
      expectNothing(await pagewalk(["explain", "--", va]), 2, "E_OPTION", "want an address of 64 bits");
    },
  );

  test.each<[string, string[], number, string[]]>([
    ["no address", [], 2, ["E_OPTION", "'va'"]],
    ["two addresses", ["1", "2"], 2, ["E_OPTION"]],
    ["--after without --trace", ["--after", "3", "1"], 2, ["E_OPTION", "--after: want --trace FILE"]],
    ["a bad --after", ["--after", "x", "--trace", TINY, "1"], 2, ["E_OPTION", "whole number of records"]],
    ["a missing trace", ["--trace", "/nope.lackey", "1"], 3, ["E_TRACE", "/nope.lackey", "no such file"]],
    ["a bad --access", ["--access", "jump", "1"], 2, ["E_OPTION", "instruction, load, store"]],
    ["a bad preset", ["--preset", "vax", "1"], 2, ["E_CONFIG", "vax"]],
    [
      "a bad machine",
      ["--set", "cores=65", "1"],
      2,
      ["E_CONFIG", "cores: 65; want a whole number from 1 to 64"],
    ],
  ])("%s", async (_, args, code, said) => {
    expectNothing(await pagewalk(["explain", ...args]), code, ...said);
  });
});

describe.concurrent("a machine with an operating system", () => {
  const scenario = folder.write(
    "paging.scenario",
    `frames 2
file data 8K
mmap 0x10000000 12K rw private,anon,fixed
mmap 0x20000000 8K r shared,fixed data 0
S 0x10000000,1
S 0x10001000,1
S 0x10002000,1
`,
  );

  test.each<[string, string, string, object, string]>([
    ["swapped out", "0x10000000", "uncached", { swap: 0 }, "major"],
    ["never read of a file", "0x20001000", "uncached", { file: "data", page: 1 }, "major"],
  ])("a page %s shows where it is on disk", async (_, va, state, disk, fault) => {
    const { page, fault: its } = await explained("--trace", scenario, va);
    expect(page).toMatchObject({ state, disk });
    expect(its).toBe(fault);
  });

  test("its page-table entry holds the slot of swap", async () => {
    // Slot 0 is told as 1, above the twelve bits that the processor looks at.
    expect((await explained("--trace", scenario, "0x10000000")).page?.entry).toBe("0x1000");
    expect(await text("--trace", scenario, "0x10000000")).toContain(
      "on disk, slot 0 of swap; its entry is 0x1000",
    );
  });

  test.each([
    ["nothing maps", "0x20004000", "unallocated", "segv"],
    ["is in a frame", "0x10002000", "cached", null],
  ])("a page that %s", async (_, va, state, fault) => {
    expect(await explained("--trace", scenario, va)).toMatchObject({ fault, page: { state, disk: null } });
  });
});

describe.concurrent("faults", () => {
  test("an address that is not canonical", async () => {
    expect(await text("0x800000000000")).toContain("segv: the address is not canonical");
    expect(await explained("0x800000000000")).toMatchObject({ fault: "segv", pa: null, tlbs: [], reads: [] });
  });

  test.each<[string, string[], string | null]>([
    ["a store to what is read only", ["--access", "store"], "protection"],
    ["a load of it", ["--access", "load"], "minor"],
    ["an instruction of it", ["--access", "instruction"], "protection"],
    ["a store by the kernel", ["--access", "store", "--mode", "supervisor"], "protection"],
  ])("%s", async (_, args, fault) => {
    const config = file({ regions: [{ from: "0x10000", to: "0x20000", access: "r--" }] });
    expect((await explained(...config, ...args, "0x10000")).fault).toBe(fault);
    if (fault === "protection") {
      expect(await text(...config, ...args, "0x10000")).toContain("protection fault");
    }
  });
});

describe.concurrent("machines", () => {
  test.each(Object.keys(presets))("the preset %s", async (name) => {
    const found = await explained("--preset", name, "0x140");
    expect(found.pa).toMatch(/^0x[0-9a-f]+$/);
    expect(found.tlbs.length).toBeGreaterThan(0);
    const report = await text("--preset", name, "0x140");
    expect(report).toContain(`PA ${found.pa}`);
    for (const { name } of found.tlbs) expect(report).toContain(`${name} (L`);
  });

  test("nested: 24 reads of the first walk, the host's among them", async () => {
    const config = file({ nested: { pageTable: { format: "x86-64" } }, walkCache: [] });
    const found = await explained(...config, "0x7fff12345678");
    expect(found.reads).toHaveLength(24);
    expect(found.reads.filter(({ host }) => host)).toHaveLength(20);
    expect(await text(...config, "0x7fff12345678")).toContain("host pml4[");
    const held = file({
      nested: { pageTable: { format: "x86-64" }, tlb: { entries: 8, ways: 8 } },
      walkCache: [],
    });
    expect((await explained(...held, "0x1000")).nestedTlb).toHaveLength(5);
  });

  test("an ideal TLB has one set, and no ways to show", async () => {
    const config = file({ tlb: [{ name: "all", level: 1, pageSizes: ["4K"], policy: "ideal" }] });
    const { tlbs, fields } = await explained(...config, "0x12345");
    expect(tlbs).toEqual([{ name: "all", level: 1, set: 0, sets: 1, tag: "0x12", hit: false, held: [] }]);
    expect(fields.tlb).toEqual([]);
  });

  test.each([0x1000, 0x5000, 0x12000])("a folded set: page %i", async (va) => {
    const tlb = { name: "t", level: 1, pageSizes: ["4K"], entries: 16, ways: 4, index: "xor" };
    const { tlbs, fields } = await explained(...file({ tlb: [tlb] }), String(va));
    const vpn = va / 4096;
    expect(tlbs[0]).toMatchObject({ set: (vpn ^ (vpn >> 2)) & 3, tag: `0x${(vpn >> 2).toString(16)}` });
    // No bits of the address are the set.
    expect(fields.tlb).toEqual([]);
  });

  test("a store dirties, and what a process held is shown", async () => {
    const trace = folder.write("two.scenario", "S 0x1000,8\nL 0x2000,8\n");
    const flags = ["--trace", trace, "--set", "l1d.entries=2", "--set", "l1d.ways=2"];
    const { tlbs } = await explained(...flags, "0x1000");
    expect(tlbs[0]?.hit).toBe(true);
    expect(tlbs[0]?.held).toMatchObject([{ dirty: expect.any(Boolean) }, { dirty: expect.any(Boolean) }]);
  });
});
