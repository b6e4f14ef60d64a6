import { describe, expect, test } from "vitest";
import { check } from "../../src/check/check.js";
import { openTrace } from "../../src/index.js";
import { BUILDS, buildOf } from "../builds.js";
import { Folder } from "../cli/pagewalk.js";

const folder = new Folder();
// A library by its name, and a program, of which nothing but their addresses is known.
const LIBC = folder.write("libc.so.6", "no library");
const PROGRAM = folder.write("prog", "no program");
const LIBRARY = [`region 0x7000000 1M rx ${LIBC}`, `region 0x400000 8M rx ${PROGRAM} 0x1000`];

async function checked(build: "release" | "debug", lines: string[]) {
  const trace = openTrace(Buffer.from(`${lines.join("\n")}\n`), { format: "scenario" });
  return check(trace, { module: await buildOf(build) });
}

/** Findings as KIND ADDRESS. */
async function found(build: "release" | "debug", ...lines: string[]): Promise<string[]> {
  const { errors, errorCount } = await checked(build, lines);
  expect(errorCount).toBe(errors.length);
  return errors.map(({ kind, va }) => `${kind} ${va}`);
}

/** Accesses of an instruction each, which tells them apart. */
function each(...accesses: string[]): string[] {
  return accesses.flatMap((access, i) => [`I 0x40${i}000,4`, access]);
}

describe.each(BUILDS)("an allocator, by the %s build", (build) => {
  const blocks = ["malloc 0x10010 24", "malloc 0x10030 24", "free 0x10030"];

  test("may do on its own memory what the program may not", async () => {
    const deeds = each("L 0x10008,8", "S 0x10030,8", "M 0x10038,8");
    const wrong = [
      "invalid-read 0x10008",
      "use-after-free-write 0x10030",
      "use-after-free-read 0x10038",
      "use-after-free-write 0x10038",
    ];
    expect(await found(build, ...blocks, ...deeds)).toEqual(wrong);
    expect(await found(build, ...blocks, "allocator enter", ...deeds, "allocator leave")).toEqual([]);
    expect(await found(build, ...blocks, "allocator enter", "allocator leave", ...deeds)).toEqual(wrong);
  });

  test("has its accesses counted, those with bytes among them", async () => {
    const lines = [
      "allocator enter",
      "I 0x400000,4",
      "L 0x10008,8",
      "S 0x10030,8 =0102030405060708",
      "L 0x10ffe,4",
    ];
    const { errors, trace, events } = await checked(build, [...blocks, ...lines, "allocator leave"]);
    expect(errors).toEqual([]);
    expect(trace).toMatchObject({
      kinds: { instruction: 1, load: 2, store: 1, modify: 0 },
      pageCrossings: 1,
      accesses: 5,
    });
    expect(events).toEqual({ switch: 1, malloc: 2, free: 1, "allocator enter": 1, "allocator leave": 1 });
  });

  test("may give a freed block's memory back: something else is there then", async () => {
    const big = ["malloc 0x20010 20K", "S 0x20010,8", "free 0x20010"];
    const later = each("S 0x20010,8", "L 0x21000,8", "S 0x24ff8,16", "L 0x25008,4");
    expect(await found(build, ...big, ...later)).toEqual([
      "use-after-free-write 0x20010",
      "use-after-free-read 0x21000",
      "use-after-free-write 0x24ff8",
      "use-after-free-read 0x25008",
    ]);
    expect(await found(build, ...big, "allocator unmap 0x20000 24K", ...later)).toEqual([]);
    // It may be a block again.
    const again = ["malloc 0x20010 100", "L 0x20074,1"];
    expect(await found(build, ...big, "allocator unmap 0x20000 24K", ...again)).toEqual([
      "invalid-read 0x20074",
    ]);
  });

  test("gives no live block's memory back", async () => {
    const lines = [
      "malloc 0x20010 20K",
      "allocator unmap 0x20000 24K",
      "L 0x20008,8",
      "free 0x20010",
      "L 0x21000,8",
    ];
    expect(await found(build, ...lines)).toEqual(["invalid-read 0x20008", "use-after-free-read 0x21000"]);
  });

  test("that cuts a block gives back what is behind it", async () => {
    const lines = [
      "malloc 0x20010 20K",
      "realloc 0x20010 0x20010 100",
      "allocator unmap 0x21000 16K",
      "S 0x22000,8",
    ];
    expect(await found(build, ...lines, "S 0x20080,1")).toEqual(["invalid-write 0x20080"]);
  });
});

describe.each(BUILDS)("loads of whole vectors, by the %s build", (build) => {
  const block = [...LIBRARY, "malloc 0x10010 36", "malloc 0x10040 40", "free 0x10040"];
  const strlen = ["I 0x400100,5", "I 0x7000100,4"];

  test("are no errors in a string function that begins in a block and goes over its end", async () => {
    // Not aligned, and then four at once.
    const lines = [
      ...strlen,
      "L 0x10018,32",
      "I 0x7000140,4",
      "L 0x10020,32",
      "L 0x10040,32",
      "L 0x10060,32",
    ];
    expect(await found(build, ...block, ...lines)).toEqual([]);
  });

  test("are in code of the program", async () => {
    const lines = ["I 0x400100,4", "L 0x10018,32", "I 0x400104,4", "L 0x10040,32"];
    expect(await found(build, ...block, ...lines)).toEqual([
      "invalid-read 0x10018",
      "use-after-free-read 0x10040",
    ]);
  });

  test("are where the call begins with what was freed", async () => {
    const before = [...strlen, "L 0x10010,32", "I 0x400104,4"];
    expect(await found(build, ...block, ...before, "I 0x7000100,4", "L 0x10040,32")).toEqual([
      "use-after-free-read 0x10040",
    ]);
  });

  test("are in another function of the library", async () => {
    const lines = [...strlen, "L 0x10010,32", "I 0x7008000,4", "L 0x10040,32"];
    expect(await found(build, ...block, ...lines)).toEqual(["use-after-free-read 0x10040"]);
  });

  test("are far from the block, and where they are shorter, or stores", async () => {
    const lines = [
      ...strlen,
      "L 0x10018,16",
      "I 0x7000104,4",
      "L 0x100c8,16",
      "I 0x7000108,4",
      "L 0x10040,8",
      "S 0x10018,32",
    ];
    expect(await found(build, ...block, ...lines)).toEqual([
      "invalid-read 0x100c8",
      "use-after-free-read 0x10040",
      "invalid-write 0x10018",
    ]);
  });

  test("are where a process has become another program, without the library", async () => {
    const lines = ["exec /other", "malloc 0x10010 36", "I 0x7000100,4", "L 0x10018,32"];
    expect(await found(build, ...LIBRARY, ...lines)).toEqual(["invalid-read 0x10018"]);
  });

  test("may go on in the next batch", async () => {
    // A batch holds 32768 records, and fewer events.
    for (const spare of [0, 1, 2, 3, 4]) {
      const fill = Array.from({ length: 32768 - block.length - strlen.length - spare }, () => "I 0x400000,4");
      const lines = [
        ...block,
        ...fill,
        ...strlen,
        "L 0x10018,32",
        "L 0x10040,32",
        "I 0x7000104,4",
        "L 0x10060,32",
      ];
      expect(await found(build, ...lines)).toEqual([]);
    }
  });
});

describe.each(BUILDS)("the place of an access in a library, by the %s build", (build) => {
  const block = [...LIBRARY, "malloc 0x10010 40", "free 0x10010"];

  test("is in the library, where no line of the program is known", async () => {
    const { errors } = await checked(build, [...block, "I 0x400100,5", "I 0x7000100,4", "S 0x10010,1"]);
    expect(errors).toMatchObject([{ access: "libc.so.6+0x100", pc: "0x7000100", count: 1 }]);
  });

  test("in the program is in its file", async () => {
    const { errors } = await checked(build, [...block, "I 0x400100,5", "S 0x10010,1"]);
    expect(errors).toMatchObject([{ access: "prog+0x1100", pc: "0x400100" }]);
    expect(errors[0]).not.toHaveProperty("within");
  });

  test("is another one for each call", async () => {
    const call = (pc: string) => [`I ${pc},5`, "I 0x7000100,4", "S 0x10010,1"];
    const { errors, errorCount } = await checked(build, [...block, ...call("0x400100"), ...call("0x400200")]);
    // Nothing is known of their lines here, so they are told as one.
    expect(errors.map(({ count }) => count)).toEqual([2]);
    expect(errorCount).toBe(2);
  });

  test("of a process that became another program is in the program that it was", async () => {
    const other = folder.write("other", "no program");
    const lines = [
      ...["switch 7", `region 0x400000 1M rx ${PROGRAM}`, "malloc 0x10010 40", "free 0x10010"],
      ...["I 0x400100,4", "L 0x10010,1", `exec ${other}`, "malloc 0x10010 8", "free 0x10010"],
      ...["I 0x400100,4", "L 0x10010,1", `region 0x400000 1M rx ${other}`],
    ];
    const { errors } = await checked(build, lines);
    expect(errors.map(({ access }) => access)).toEqual(["prog+0x100", "other+0x100"]);
  });

  test("of a child is in its parent's program", async () => {
    const lines = ["switch 7", ...LIBRARY, "malloc 0x10010 40", "free 0x10010", "fork 8", "switch 8"];
    const { errors } = await checked(build, [
      ...lines,
      "I 0x400100,4",
      "L 0x10010,1",
      "I 0x7000100,4",
      "L 0x10010,1",
    ]);
    expect(errors.map(({ access }) => access)).toEqual(["prog+0x1100", "libc.so.6+0x100"]);
  });
});

test("what run-time libraries keep is told apart from leaks", async () => {
  const lines = [
    "malloc 0x10010 40 at prog.c:7",
    "malloc 0x10040 1K at libc.so.6+0x758cb",
    "malloc 0x20040 72704 at libstdc++.so.6.0.30+0xa5a2d",
  ];
  const { leaks } = await checked("release", lines);
  expect(leaks).toMatchObject({
    definite: { bytes: 40, blocks: 1 },
    runtime: { bytes: 1024 + 72704, blocks: 2 },
    sites: [{ at: "prog.c:7", kind: "definite", bytes: 40, blocks: 1 }],
  });
});
