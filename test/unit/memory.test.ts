// Memory that is used up: which, and that no frame is handed out twice until then.

import { describe, expect, test } from "vitest";
import type { ConfigInput } from "../../src/config/model.js";
import { presets } from "../../src/config/presets/index.js";
import type { CompiledCore } from "../../src/engine/core.js";
import { Machine } from "../../src/engine/machine.js";
import { replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf } from "../builds.js";

/** Physical memory of 32 bits. */
const narrow = {
  format: "radix" as const,
  vaBits: 32,
  paBits: 32,
  pageBits: 12,
  levels: [10, 10],
  pteBytes: 4 as const,
};

/** Loads of `count` addresses, so many bytes apart. */
function loads(count: number, apart: number): string {
  return Array.from({ length: count }, (_, i) => `L 0x${(BigInt(i) * BigInt(apart)).toString(16)},1\n`).join(
    "",
  );
}

async function run(config: ConfigInput, text: string, module: CompiledCore) {
  const machine = await Machine.create(config, { module });
  return replay(machine, openTrace(Buffer.from(text)));
}

describe.each(BUILDS)("the %s core", (build) => {
  test.each<[string, ConfigInput, string, RegExp]>([
    [
      "all frames of an inverted table",
      { pageTable: { format: "inverted", frames: 4 } },
      loads(5, 4096),
      /all 4 frames .* want a larger pageTable\.frames/,
    ],
    [
      "physical memory",
      presets["csapp-small"],
      loads(256, 64),
      /physical memory of 4K bytes \(12 bits of address\) is used up; want a larger pageTable\.paBits/,
    ],
    [
      "physical memory of a fixed format",
      { pageTable: { format: "sv32" }, pageSize: "4M" },
      Array.from({ length: 5 }, (_, i) => `switch ${i + 1}\n${loads(1024, 2 ** 22)}`).join(""),
      /physical memory of 16G bytes .* want a smaller --page-size/,
    ],
    [
      "the part of it that has tables",
      { pageTable: { ...narrow, vaBits: 36, levels: [8, 8, 8] } },
      loads(20_000, 2 ** 20),
      /page tables fill the lowest 64M .* want a pageTable\.paBits of 33 or more/,
    ],
    [
      "a host's memory",
      {
        pageSize: "1G",
        nested: {
          pageTable: {
            format: "radix",
            vaBits: 48,
            paBits: 33,
            pageBits: 12,
            levels: [9, 9, 9, 9],
            leaves: ["l2"],
          },
          pageSize: "1G",
        },
      },
      loads(5, 2 ** 30),
      /the guest's memory is more than its host .* 48 bits of address to 33; want a nested\.pageTable/,
    ],
    [
      "linear memory, by tables of every process",
      { pageTable: { format: "hashed", slots: 2 ** 24 } },
      Array.from({ length: 40 }, (_, i) => `switch ${i + 1}\nL 0x1000,1\n`).join(""),
      /4 GiB that WebAssembly can address/,
    ],
    [
      "linear memory, by pages of 256T that become ones of 4K: before it is tried",
      { pageTable: { format: "sv57" }, pageSize: "256T" },
      "L 0x1000,1\npagesize 0x0 281474976710656 4K\n",
      /4 GiB that WebAssembly can address/,
    ],
  ])("says what is used up: %s", async (_, config, text, message) => {
    await expect(run(config, text, await buildOf(build))).rejects.toMatchObject({
      code: "E_MEMORY",
      message: expect.stringMatching(message),
    });
  });

  test.each<[string, ConfigInput["pageTable"], string, bigint]>([
    ["wide", { format: "x86-64" }, "100000", 0x1_0000_0000n],
    ["wide, far behind", { format: "x86-64" }, "100002", 0x1_0000_2000n],
    ["narrow, at the top", narrow, "fffff", 0xffff_f000n],
    ["narrow", narrow, "ffffe", 0xffff_e000n],
  ])("a frame typed in is no other page's: %s", async (_, pageTable, ppn, frame) => {
    const state = {
      pageTable: [
        { vpn: "50", ppn },
        { vpn: "51", ppn },
      ],
    };
    const machine = await Machine.create({ pageTable, state } as ConfigInput, {
      module: await buildOf(build),
    });
    expect(machine.translate(0x50_000n, "load").pa).toBe(frame);
    expect(machine.translate(0x51_000n, "load").pa).toBe(frame);
    const others = [1n, 2n, 3n, 4n].map((page) => machine.translate(page << 12n, "load").pa);
    expect(new Set([frame, ...others]).size).toBe(5);
  });

  test("a frame above the tables' part is free once its page is gone, and not before", async () => {
    const pageTable = { ...narrow, leaves: ["l1"] };
    const machine = await Machine.create({ pageTable }, { module: await buildOf(build) });
    // A page of 4K, then one of another range; the first becomes part of a page of 4M.
    const text = "L 0x1000,1\nL 0x80000000,1\npagesize 0x0 4194304 4M\nL 0x80001000,1\nL 0x80002000,1\n";
    await replay(machine, openTrace(Buffer.from(text)));
    const large = machine.translate(0x0n, "load").pa ?? 0n;
    const small = [0x8000_0000n, 0x8000_1000n, 0x8000_2000n].map(
      (va) => machine.translate(va, "load").pa ?? 0n,
    );
    expect(new Set(small).size).toBe(3);
    for (const pa of small) expect(pa >= large && pa < large + (1n << 22n)).toBe(false);
  });

  test.each([17, 20, 24, 26])(
    "tables of pages of 2^%i bytes stand each at a page's beginning",
    async (pageBits) => {
      const vaBits = pageBits + 20;
      const pageTable = { format: "radix" as const, vaBits, paBits: 44, pageBits, levels: [10, 10] };
      const pageSize = `${2 ** (pageBits - (pageBits < 20 ? 10 : 20))}${pageBits < 20 ? "K" : "M"}`;
      const machine = await Machine.create({ pageTable, pageSize }, { module: await buildOf(build) });
      const far = [0n, 1n, 2n, 3n].map((i) => i << BigInt(pageBits + 10));
      const first = far.map((va) => machine.translate(va, "load"));
      expect(first.map(({ fault }) => fault)).toEqual(far.map(() => "minor"));
      expect(far.map((va) => machine.translate(va, "load").pa)).toEqual(first.map(({ pa }) => pa));
      expect(machine.stats().pages.tables).toBe(5);
    },
  );
});

test("ten thousand regions, and as many processes with a thousand, do not take long", async () => {
  const regions = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      from: `0x${(i * 8192).toString(16)}`,
      to: `0x${(i * 8192 + 4096).toString(16)}`,
    }));
  const module = await buildOf("release");
  const many = await run({ regions: regions(10_000) }, "L 0x1000,1\n", module);
  expect(many.faults.minor).toBe(1);
  const text = Array.from({ length: 10_000 }, (_, i) => `switch ${i + 1}\nL 0x1000,1\n`).join("");
  expect((await run({ regions: regions(1000) }, text, module)).faults.minor).toBe(10_000);
});
