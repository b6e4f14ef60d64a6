import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ReadOps, readOps, repOf } from "../heapops.js";
import { SAMPLES } from "./formats/samples.js";

/** The operations of a trace of one process, in which nothing was unknown or passed over. */
async function opsOf(text: string | Uint8Array): Promise<string[]> {
  const read = await readOps(text);
  expect(read).toMatchObject({
    failure: undefined,
    skipped: 0,
    unknown: { frees: 0, reallocs: 0, missedFrees: 0 },
  });
  expect(read.spaces.length).toBe(1);
  return read.spaces[0]?.ops ?? [];
}

describe("blocks have slots, which are used again", () => {
  test("in .rep", async () => {
    const lines = ["a 7 512", "a 9 1", "r 7 640", "f 7", "f -1", "a 3 0", "a 7 16", "f 9"];
    expect(await opsOf(repOf(lines))).toEqual([
      "malloc 0 512",
      "malloc 1 1",
      "realloc 0 640",
      "free 0",
      "free -",
      "malloc 0 0",
      "malloc 2 16",
      "free 1",
    ]);
  });

  test("in a scenario: words, digits and addresses are three kinds of ID", async () => {
    const lines = [
      "malloc a 10",
      "malloc 1 11",
      "malloc 0x1 12",
      "calloc b 3 8",
      "realloc a c 20",
      "realloc c c 21",
      "malloc d 5 align 64",
      "free c",
      "free 1",
      "free 0x1",
      "L 0x1000,8",
    ];
    expect(await opsOf(lines.join("\n"))).toEqual([
      "malloc 0 10",
      "malloc 1 11",
      "malloc 2 12",
      "calloc 3 24",
      "realloc 0 20",
      "realloc 0 21",
      "align 64",
      "malloc 4 5",
      "free 0",
      "free 1",
      "free 2",
    ]);
  });

  test("lines are those of the trace", async () => {
    const { spaces } = await readOps("# a comment\n\nmalloc a 10\n\nmalloc b 5 align 64\nfree a\n");
    expect(spaces[0]).toMatchObject({ lines: [3, 5, 5, 6] });
  });

  test("far lines, too", async () => {
    const { spaces } = await readOps(`malloc a 10\n${"\n".repeat(1000)}free a\nmalloc b 1\n`);
    expect(spaces[0]?.lines).toEqual([1, 1002, 1003]);
  });
});

describe("what C says of NULL and 0", () => {
  test("realloc of NULL is malloc, realloc to 0 frees and gives NULL", async () => {
    const lines = [
      "realloc 0x0 a 10",
      "realloc a b 0",
      "free b",
      "malloc b 3",
      "realloc b b 0",
      "realloc b b 7",
    ];
    expect(await opsOf(lines.join("\n"))).toEqual([
      "malloc 0 10",
      "realloc 0 0",
      "free -",
      "malloc 0 3",
      "realloc 0 0",
      "malloc 0 7",
    ]);
  });

  test("an ID that holds NULL may be allocated anew", async () => {
    expect(await opsOf(repOf(["a 0 8", "r 0 0", "a 0 9", "f 0"]))).toEqual([
      "malloc 0 8",
      "realloc 0 0",
      "malloc 0 9",
      "free 0",
    ]);
  });
});

describe("sizes that no heap has", () => {
  const huge = 2 ** 32 - 1;

  test.each([
    ["2147483648", 2 ** 31],
    ["4294967294", 2 ** 32 - 2],
    ["4294967295", huge],
    ["4294967296", huge],
    ["9223372036854775808", huge],
    ["18446744073709551615", huge],
  ])("%s in .rep", async (size, written) => {
    const { spaces, demand } = await readOps(repOf([`a 0 ${size}`, "f 0"]));
    expect(spaces[0]?.ops).toEqual([`malloc 0 ${written}`, "free 0"]);
    expect(demand.huge).toBe(written === huge ? 1 : 0);
  });

  test.each([
    ["calloc a 0x100000000 0x100000000", huge],
    ["calloc a 0xffffffffffffffff 0xffffffffffffffff", huge],
    ["calloc a 0x8000000000000001 2", huge],
    ["calloc a 0xffffffffffffffff 0", 0],
    ["calloc a 0x10000 0xffff", 0xffff0000],
    ["calloc a 65536 65536", huge],
  ])("%s", async (line, written) => {
    expect((await readOps(`${line}\n`)).spaces[0]?.ops).toEqual([`calloc 0 ${written}`]);
  });

  test.each([
    ["malloc a 1 align 4", ["malloc 0 1"]],
    ["malloc a 1 align 8", ["malloc 0 1"]],
    ["malloc a 1 align 48", ["align 64", "malloc 0 1"]],
    ["malloc a 1 align 0x80000001", [`malloc 0 ${huge}`]],
    ["malloc a 1 align 0x80000000", [`align ${2 ** 31}`, "malloc 0 1"]],
    ["malloc a 1 align 0xffffffffffffffff", [`malloc 0 ${huge}`]],
  ])("%s", async (line, ops) => {
    expect((await readOps(`${line}\n`)).spaces[0]?.ops).toEqual(ops);
  });
});

describe("names that are used wrongly are bad records, and say where", () => {
  const cases: [name: string, text: string, line: number, says: RegExp][] = [
    ["an ID twice, .rep", repOf(["a 0 8", "a 1 8", "a 0 8"]), 7, /block 0 is allocated already/],
    ["a free of none, .rep", repOf(["a 0 8", "f 1"]), 6, /free of block 1, which is not allocated/],
    ["a free twice, .rep", repOf(["a 0 8", "f 0", "f 0"]), 7, /free of block 0/],
    ["a realloc behind its free, .rep", repOf(["a 0 8", "f 0", "r 0 9"]), 7, /realloc of block 0/],
    ["a realloc of none, .rep", repOf(["r 0 9"]), 5, /realloc of block 0/],
    ["more frees than mallocs, .rep", repOf(["a 0 8", "f 0", "f -1", "f 2"]), 8, /free of block 2/],
    ["an ID twice", "malloc a 8\n# b\nmalloc a 9\n", 3, /block a is allocated already/],
    ["a realloc onto another", "malloc a 8\nmalloc b 8\nrealloc a b 9\n", 3, /block b is allocated already/],
    ["a free of none", "malloc a 8\nfree b\n", 2, /free of block b/],
    ["a free twice", "malloc 5 8\nfree 5\nfree 5\n", 3, /free of block 5/],
    ["a realloc behind its free", "malloc a 8\nfree a\nrealloc a b 9\n", 3, /realloc of block a/],
  ];

  test.each(cases)("%s", async (_, text, line, says) => {
    const { failure, spaces } = await readOps(text);
    expect(failure).toMatch(says);
    expect(failure).toContain(`: line ${line}: `);
    expect(failure).toMatch(/; want /);
    const ops = text.split("\n").filter((text) => /^([arf] -?\d|\w+alloc|free)/.test(text)).length;
    // What came before it is there.
    expect(spaces[0]?.ops.length ?? 0).toBeLessThan(ops);
  });

  test.each(cases)("%s, passed over", async (_, text) => {
    expect(await readOps(text, { skipBad: 1 })).toMatchObject({ failure: undefined, skipped: 1 });
    expect((await readOps(text, { skipBad: 0 })).failure).toBeDefined();
  });

  test("one that is passed over has done nothing", async () => {
    const { spaces } = await readOps("malloc a 8\nmalloc b 8\nrealloc a b 9\nfree a\nfree b\n", {
      skipBad: 1,
    });
    expect(spaces[0]?.ops).toEqual(["malloc 0 8", "malloc 1 8", "free 0", "free 1"]);
  });

  test("bad lines and bad names count together", async () => {
    const text = repOf(["a 0 8", "a 0 9", "a 1", "f 1", "f 0"]);
    expect(await readOps(text, { skipBad: 3 })).toMatchObject({ failure: undefined, skipped: 3 });
    expect((await readOps(text, { skipBad: 2 })).failure).toMatch(/line [78]: /);
  });
});

describe("bad lines of .rep", () => {
  const cases: [name: string, text: string, says: RegExp][] = [
    ["no size", repOf(["a 0 8", "a 1"]), /line 6: .*the size is missing/],
    ["a negative size", repOf(["a 0 -1"]), /line 5: .*the size is negative/],
    ["a size of 2^64", repOf(["a 0 18446744073709551616"]), /line 5: .*want a number below 2\^64/],
    ["a size in words", repOf(["a 0 x"]), /line 5: .*no decimal number/],
    ["an ID beyond the header's", repOf(["a 5 8"], 5), /line 5: .*want an ID from 0 to 4/],
    [
      "too few operations",
      repOf(["a 0 8"]).replace("\n1\n", "\n9\n"),
      /the header says 9 operations, and there are 1/,
    ],
  ];

  test.each(cases)("%s", async (_, text, says) => {
    expect((await readOps(text, { format: "rep" })).failure).toMatch(says);
  });

  test("more operations than the header says are read", async () => {
    const text = repOf(["a 0 8", "f 0", "a 1 9"]).replace("\n3\n", "\n1\n");
    expect(await opsOf(text)).toEqual(["malloc 0 8", "free 0", "malloc 0 9"]);
  });

  test("lines that are written otherwise come to the same", async () => {
    const plain = ["a 0 8", "r 0 9", "f 0", "f -1", "a 1 0"];
    const other = ["a  0 8", " r 0 9 ", "f 00", "f -1", "a 1 000", ""];
    expect(await opsOf(repOf(other).replace("\n6\n", "\n5\n"))).toEqual(await opsOf(repOf(plain)));
    expect(await opsOf(repOf(plain).replaceAll("\n", "\r\n"))).toEqual(await opsOf(repOf(plain)));
  });
});

describe("what tracers miss is counted", () => {
  test("in mtrace", async () => {
    const lines = [
      "= Start",
      "@ ./p:[0x1] + 0x10 0x20",
      "@ ./p:[0x1] - 0x30",
      "@ ./p:[0x1] < 0x50",
      "@ ./p:[0x1] > 0x60 0x8",
      "@ ./p:[0x1] + 0x10 0x9",
      "@ ./p:[0x1] < 0x60",
      "@ ./p:[0x1] > 0x10 0x7",
    ];
    const { spaces, unknown, failure } = await readOps(lines.join("\n"));
    expect(failure).toBeUndefined();
    expect(unknown).toEqual({ frees: 1, reallocs: 1, missedFrees: 2, failed: 0 });
    expect(spaces[0]?.ops).toEqual([
      "malloc 0 32",
      "malloc 1 8",
      "free 0",
      "malloc 0 9",
      "free 0",
      "realloc 1 7",
    ]);
  });

  test("a call that failed in the program is no operation", async () => {
    const { spaces, unknown } = await readOps("malloc 0x0 10\nmalloc a 1\n");
    expect(unknown.failed).toBe(1);
    expect(spaces[0]?.ops).toEqual(["malloc 0 1"]);
  });
});

test("a realloc that failed in the program left its block", async () => {
  const lines = [
    "malloc 0x1000 16",
    "realloc 0x1000 0x0 100",
    "free 0x1000",
    "malloc a 1",
    "realloc a 0x0 9",
    "free a",
  ];
  const { spaces, unknown, failure } = await readOps(lines.join("\n"));
  expect(failure).toBeUndefined();
  expect(unknown).toEqual({ frees: 0, reallocs: 0, missedFrees: 0, failed: 2 });
  expect(spaces[0]?.ops).toEqual(["malloc 0 16", "free 0", "malloc 0 1", "free 0"]);
});

describe("a free of what lies beside the start of a block", () => {
  test("is a bad record, of a name", async () => {
    const text = "malloc p 16\nmalloc 7 16\nfree p+4\nfree 7-8\nfree p+0\nfree 7\n";
    expect((await readOps(text)).failure).toMatch(/line 3: free of p\+4, where no block begins; want .* p$/);
    const read = await readOps(text, { skipBad: 2 });
    expect(read).toMatchObject({ failure: undefined, skipped: 2 });
    expect(read.spaces[0]?.ops).toEqual(["malloc 0 16", "malloc 1 16", "free 0", "free 1"]);
    expect((await readOps(text, { skipBad: 1 })).failure).toMatch(/line 4: free of 7-8,/);
  });

  test("is a free of that address, of an address", async () => {
    const lines = [
      "malloc 0x1000 16",
      "malloc 0x1020 16",
      "free 0x1000+32",
      "free 0x1020-31",
      "free 0x1008-8",
    ];
    const { spaces, unknown } = await readOps(lines.join("\n"));
    expect(spaces[0]?.ops).toEqual(["malloc 0 16", "malloc 1 16", "free 1", "free 0"]);
    expect(unknown.frees).toBe(1);
  });
});

describe("processes", () => {
  const pids = ({ spaces }: ReadOps) => spaces.map(({ pid, ops }) => [Number(pid), ops]);

  test("each has its own blocks", async () => {
    const read = await readOps("malloc a 1\n@2 malloc a 2\n@1 free a\n@2 free a\n");
    expect(pids(read)).toEqual([
      [1, ["malloc 0 1", "free 0"]],
      [2, ["malloc 0 2", "free 0"]],
    ]);
  });

  test("a child of fork begins with its parent's, and a thread shares them", async () => {
    const lines = [
      "malloc a 1",
      "fork 2",
      "malloc b 2",
      "@2 free a",
      "@2 malloc c 3",
      "@1 clone 3",
      "@3 free a",
      "@3 free b",
    ];
    expect(pids(await readOps(lines.join("\n")))).toEqual([
      [1, ["malloc 0 1", "malloc 1 2", "free 0", "free 1"]],
      [2, ["malloc 0 1", "free 0", "malloc 0 3"]],
    ]);
  });

  test("a call that failed makes no child", async () => {
    const { failure } = await readOps("malloc a 1\nfork 2 -> EAGAIN\n@2 free a\n");
    expect(failure).toMatch(/line 3: free of block a/);
  });

  test("exec begins anew; vfork shares until then", async () => {
    const lines = [
      "malloc a 1",
      "vfork 2",
      "@2 free a",
      "@2 exec prog",
      "@2 malloc a 2",
      "@2 exit",
      "malloc b 5",
    ];
    expect(pids(await readOps(lines.join("\n")))).toEqual([
      [1, ["malloc 0 1", "free 0", "malloc 0 5"]],
      [2, ["malloc 0 2"]],
    ]);
  });
});

describe("every format with allocations", () => {
  test.each<[format: string, unknownFrees: number, ops: Record<number, string>]>([
    ["rep", 0, { 1: "malloc 0 512, malloc 1 1, realloc 0 640, free 0, free -, malloc 0 0, free 1" }],
    ["mtrace", 1, { 1: "malloc 0 512, malloc 1 0, realloc 0 1024, free 0" }],
    [
      "ltrace",
      1,
      {
        31416:
          "calloc 0 512, malloc 1 16, malloc 2 7, malloc 3 10, malloc 4 3, malloc 5 32, realloc 5 48, free 5, malloc 5 99",
        31417: "align 64, malloc 0 100, malloc 1 24, free 1, free -, malloc 1 3",
      },
    ],
    [
      "memcheck",
      0,
      {
        16716:
          "malloc 0 72704, malloc 1 24, realloc 1 100, free 1, align 64, malloc 1 100, align 64, malloc 2 65, free 2, calloc 2 15",
        16717: "free -",
      },
    ],
    ["heaptrack", 0, { 1: "malloc 0 472, malloc 1 512, malloc 2 0, free 1, malloc 1 8" }],
  ])("%s", async (format, unknownFrees, wanted) => {
    const { spaces, failure } = await readOps(SAMPLES[format]?.text ?? "");
    expect(failure).toBeUndefined();
    expect(Object.fromEntries(spaces.map(({ pid, ops }) => [Number(pid), ops.join(", ")]))).toEqual(wanted);
    expect(spaces.at(-1)?.unknown.frees).toBe(unknownFrees);
  });

  test("the example scenario of processes allocates nothing", async () => {
    const { spaces } = await readOps(readFileSync("traces/fork.scenario"));
    expect(spaces).toEqual([]);
  });
});

test("no more operations are taken than asked for", async () => {
  const { spaces } = await readOps(repOf(["a 0 1", "a 1 2", "f 0", "f 1"]), {}, 3);
  expect(spaces[0]?.ops).toEqual(["malloc 0 1", "malloc 1 2", "free 0"]);
});
