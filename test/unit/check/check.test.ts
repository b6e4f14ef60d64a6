import { describe, expect, test } from "vitest";
import { PartialError } from "../../../src/trace/read.js";
import { BUILDS, buildOf } from "../../builds.js";
import { brief, checkLines } from "./text.js";

const kindsOf = (result: Awaited<ReturnType<typeof checkLines>>) => result.errors.map(({ kind }) => kind);
const messagesOf = (result: Awaited<ReturnType<typeof checkLines>>) =>
  result.errors.map(({ message }) => message);

describe.each(BUILDS)("with the %s core", (build) => {
  const run = async (lines: readonly string[], options = {}) =>
    checkLines(lines, { module: await buildOf(build), ...options });

  test("an access is told of with its block, and where its first byte lies to it", async () => {
    const result = await run([
      "malloc p 40 at a.c:9",
      "S p+0,4 at a.c:10",
      "S p-1,1 at a.c:11",
      "S p+36,8 at a.c:12",
      "S p+40,4 at a.c:13",
      "S p+1000,4 at a.c:14",
    ]);
    expect(messagesOf(result)).toEqual([
      "store of 1 byte at 0x10000000000f, 1 byte before a block of 40 bytes (p)",
      "store of 8 bytes at 0x100000000034, 36 bytes inside a block of 40 bytes (p), the last 4 bytes beyond its end",
      "store of 4 bytes at 0x100000000038, 0 bytes after a block of 40 bytes (p)",
      "store of 4 bytes at 0x1000000003f8, 960 bytes after a block of 40 bytes (p)",
    ]);
    expect(new Set(kindsOf(result))).toEqual(new Set(["invalid-write"]));
  });

  test("a block is meant by its name, wherever the address is", async () => {
    const result = await run([
      "malloc p 16 at a.c:1",
      "malloc q 16 at a.c:2",
      "S q,8 at a.c:3",
      "L p+48,8 at a.c:4",
    ]);
    expect(brief(result)).toEqual([
      {
        kind: "invalid-read",
        size: 8,
        va: "0x100000000040",
        block: "32 after 16",
        places: ["a.c:4", "a.c:1", null],
        count: 1,
      },
    ]);
  });

  test("a freed block is one after the quarantine has forgotten it, too", async () => {
    const lines = [
      "malloc p 100 at a.c:1",
      "S p,8",
      "free p at a.c:2",
      "malloc q 100",
      "free q",
      "L p+8,8 at a.c:5",
    ];
    for (const quarantine of [0, 150, 1000]) {
      const [finding] = brief(await run(lines, { quarantine }));
      expect(finding).toMatchObject({
        kind: "use-after-free-read",
        block: "8 inside 100",
        places: ["a.c:5", "a.c:1", "a.c:2"],
      });
    }
  });

  test("what is wrong in one way at the same three places is told once", async () => {
    const loop = ["S p+8,4 at a.c:7", "S p+12,4 at a.c:7", "S p+16,4 at a.c:8"];
    const result = await run(["malloc p 8 at a.c:5", ...loop, ...loop]);
    expect(brief(result).map(({ block, places, count }) => [block, places[0], count])).toEqual([
      ["0 after 8", "a.c:7", 4],
      ["8 after 8", "a.c:8", 2],
    ]);
    expect(result.errorCount).toBe(6);
  });

  test("without places lines of the trace stand for them", async () => {
    const result = await run(["malloc p 8", "S p+8,1", "S p+8,1", "free p", "S p,1"]);
    expect(result.errors.map(({ access, lines, count }) => [access, lines, count])).toEqual([
      [null, { access: 2, allocated: 1 }, 1],
      [null, { access: 3, allocated: 1 }, 1],
      [null, { access: 5, allocated: 1, freed: 4 }, 1],
    ]);
  });

  test("frees that are wrong", async () => {
    const result = await run([
      "free p at a.c:1",
      "malloc p 24 at a.c:2",
      "free p+8 at a.c:3",
      "free p at a.c:4",
      "free p at a.c:5",
      "realloc p q 48 at a.c:6",
      "frame push 32 main at a.c:7",
      "free $main+16 at a.c:8",
      "free 0x1234 at a.c:9",
      "free 0x0 at a.c:10",
      "free q at a.c:11",
      "realloc z z 8 at a.c:12",
      "realloc 0x1234 0x5678 8 at a.c:13",
      "free z",
      "free 0x5678",
    ]);
    expect(result.errors.map(({ kind, message, access }) => [access, kind, message])).toEqual([
      ["a.c:1", "invalid-free", "free of p, which was never allocated"],
      ["a.c:3", "invalid-free", "free of 0x100000000018, 8 bytes inside a block of 24 bytes (p)"],
      ["a.c:5", "double-free", "free of 0x100000000010, which was freed before: a block of 24 bytes (p)"],
      ["a.c:6", "double-free", "realloc of 0x100000000010, which was freed before: a block of 24 bytes (p)"],
      ["a.c:8", "invalid-free", "free of 0x4001ffffefe0, 16 bytes inside the frame $main, 32 bytes"],
      ["a.c:9", "invalid-free", "free of 0x1234, where no block is"],
      ["a.c:12", "invalid-free", "realloc of z, which was never allocated"],
      ["a.c:13", "invalid-free", "realloc of 0x1234, where no block is"],
    ]);
    expect(result.leaks?.definite.blocks).toBe(0);
  });

  test("requests that cannot be meant, or met, give the null pointer", async () => {
    const result = await run([
      "malloc minus 18446744073709551592 at a.c:1",
      "malloc half 9223372036854775808 at a.c:2",
      "calloc product 4294967296 4294967296 at a.c:3",
      "calloc signed 3G 3G at a.c:4",
      "malloc pointer 140737488355328 at a.c:5",
      "malloc large 2G at a.c:6",
      "S large+8,4 at a.c:7",
      "free large at a.c:8",
    ]);
    expect(result.errors.map(({ kind, size, va, message }) => [kind, size, va, message])).toEqual([
      [
        "size-confusion",
        "18446744073709551592",
        null,
        "allocation of 18446744073709551592 bytes: -24 as a signed number",
      ],
      [
        "size-overflow",
        "9223372036854775808",
        null,
        "allocation of 9223372036854775808 bytes: 2^63 or more, which no block can have",
      ],
      [
        "size-overflow",
        "18446744073709551615",
        null,
        "allocation of 4294967296 times 4294967296 bytes: the product is 2^64 or more",
      ],
      [
        "size-overflow",
        "10376293541461622784",
        null,
        "allocation of 3221225472 times 3221225472 bytes: the product is 2^63 or more",
      ],
      [
        "size-confusion",
        140737488355328,
        null,
        "allocation of 140737488355328 bytes: more than the 2^47 bytes that a program can address",
      ],
      [
        "unmapped",
        4,
        "0x8",
        "store of 4 bytes at 0x8, through large, which is null: its allocation gave no block",
      ],
    ]);
    expect(result.heap).toMatchObject({ allocations: 0, failed: 6 });
  });

  test("malloc(0), realloc of nothing, realloc to nothing", async () => {
    const result = await run([
      "malloc p 0 at a.c:1",
      "L p,1 at a.c:2",
      "free p",
      "realloc 0x0 q 24 at a.c:4",
      "S q,8",
      "realloc q r 0 at a.c:6",
      "L q,8 at a.c:7",
      "free r",
    ]);
    expect(brief(result).map(({ kind, block, places }) => [kind, block, places])).toEqual([
      ["invalid-read", "0 after 0", ["a.c:2", "a.c:1", null]],
      ["use-after-free-read", "0 inside 24", ["a.c:7", "a.c:4", "a.c:6"]],
    ]);
    expect(result.leaks?.definite.blocks).toBe(0);
  });

  test("whole words may read over the end of a block, and nothing else may", async () => {
    const result = await run([
      "calloc p 1 10",
      "L p+8,8",
      "L p+0,16",
      "L p+0,32 at a.c:1",
      "L p+8,4",
      "L p+8,2",
      "L p+6,8 at a.c:2",
      "L p+9,2 at a.c:3",
      "L p+12,4 at a.c:4",
      "S p+8,8 at a.c:5",
      "M p+8,4 at a.c:6",
    ]);
    // 32 bytes from the block's start are not aligned to 32: it begins at a multiple of 16.
    expect(brief(result).map(({ kind, places }) => [kind, places[0]])).toEqual([
      ["invalid-read", "a.c:1"],
      ["invalid-read", "a.c:2"],
      ["invalid-read", "a.c:3"],
      ["invalid-read", "a.c:4"],
      ["invalid-write", "a.c:5"],
      ["invalid-write", "a.c:6"],
    ]);
  });

  test("bytes are written one by one, by realloc and calloc too", async () => {
    const result = await run([
      "malloc p 16 at a.c:1",
      "S p+0,4",
      "L p+0,4",
      "L p+3,2 at a.c:4",
      "realloc p q 24 at a.c:5",
      "L q+0,4",
      "L q+2,4 at a.c:7",
      "L q+20,4 at a.c:8",
      "calloc r 3 8",
      "L r+16,8",
      "M q+8,8 at a.c:11",
      "L q+8,8",
    ]);
    expect(brief(result).map(({ kind, block, places }) => [kind, block, places[0]])).toEqual([
      ["uninitialised-read", "3 inside 16", "a.c:4"],
      ["uninitialised-read", "2 inside 24", "a.c:7"],
      ["uninitialised-read", "20 inside 24", "a.c:8"],
      ["uninitialised-read", "8 inside 24", "a.c:11"],
    ]);
    expect((await run(["malloc p 16", "L p,8"], { uninitialised: false })).errors).toEqual([]);
  });

  test("frames: what is beyond them, what was popped, recursion, and a stack that is too small", async () => {
    const result = await run([
      "frame push 16 f at f.c:1",
      "S $f+8,8",
      "frame push 16 f at f.c:1",
      "L $f+8,8 at f.c:3",
      "frame pop at f.c:4",
      "L $f+8,8",
      "L $f-8,8 at f.c:5",
      "frame pop at f.c:6",
      "frame push 32 g at g.c:1",
      "L $f+8,8 at f.c:8",
      "frame push 9M deep at d.c:1",
      "S $deep,1 at d.c:2",
      "frame pop",
      "frame pop",
      "frame pop",
    ]);
    expect(brief(result).map(({ kind, block, places }) => [kind, block, places])).toEqual([
      ["uninitialised-read", "8 inside 16", ["f.c:3", "f.c:1", null]],
      ["stack-overflow", "8 before 16", ["f.c:5", "f.c:1", null]],
      ["dead-frame", "8 inside 16", ["f.c:8", "f.c:1", "f.c:6"]],
      ["stack-overflow", "0 inside 9437184", ["d.c:1", "d.c:1", null]],
      ["unmapped", null, ["d.c:2", null, null]],
    ]);
    expect(result.notes).toEqual(["frame pop: 1 time there was no frame to pop"]);
    const large = await run(["limit stack 10M", "frame push 9M deep", "S $deep,1", "frame pop"]);
    expect(large.errors).toEqual([]);
  });

  test("an address that nothing maps is an error where the trace has memory of its own", async () => {
    const bare = await run(["L 0x5000,8", "S 0x10,4"]);
    expect(bare.errors).toEqual([]);
    const lines = ["L 0x5000,8", "malloc p 8", "L 0x5000,8 at a.c:3", "free p"];
    expect(brief(await run(lines)).map(({ kind, va }) => [kind, va])).toEqual([["unmapped", "0x5000"]]);
    expect((await run(lines, { unmapped: "ignore" })).errors).toEqual([]);
    expect((await run(["L 0x5000,8"], { unmapped: "error" })).errors).toHaveLength(1);
    const mapped = await run([
      "mmap 0x50000 4K rw private,anon,fixed",
      "region 0x9010 16 rw data",
      "L 0x50ff8,8",
      "L 0x50ffc,8",
      "L 0x50ffd,8 at a.c:5",
      "S 0x9010,8",
      "S 0x9018,8",
      "S 0x901c,8 at a.c:8",
      "L 0x9008,8 at a.c:9",
      "munmap 0x50000 4K",
      "L 0x50ff8,8 at a.c:11",
    ]);
    expect(brief(mapped).map(({ kind, places }) => [kind, places[0]])).toEqual([
      ["unmapped", null],
      ["unmapped", "a.c:5"],
      ["unmapped", "a.c:8"],
      ["unmapped", "a.c:9"],
      ["unmapped", "a.c:11"],
    ]);
  });

  test("mappings that move, and the break, keep what they hold", async () => {
    const result = await run([
      "mmap 0 8K rw private,anon as $a",
      "malloc p 8",
      "S $a+8,8 =&p",
      "mremap $a 8K 64K maymove to 0x700000 as $b",
      "L $b+60000,8",
      "L $b+8,8 =&p",
      "L $a+8,8 at a.c:6",
      "mremap $b 64K 4K as $c",
      "L $c+4096,8 at a.c:8",
      "sbrk 100 as $h",
      "S $h+96,4",
      "S $h+97,4 at a.c:11",
      "sbrk -50",
      "L $h+49,4 at a.c:13",
      "brk $h+200 as $e",
      "L $e-8,8",
    ]);
    expect(brief(result).map(({ places }) => places[0])).toEqual(["a.c:6", "a.c:8", "a.c:11", "a.c:13"]);
    expect(result.leaks?.reachable).toEqual({ bytes: 8, blocks: 1 });
    expect(result.expect).toEqual({ checked: 1, failed: [] });
  });

  test("a captured heap is judged on its pages, and nothing beside them is", async () => {
    const result = await run([
      "L 0x7fff0000,8",
      "malloc 0x4010 24 at a.c:1",
      "malloc 0x4030 24 at a.c:2",
      "L 0x4010,8",
      "S 0x4028,8 at a.c:4",
      "free 0x4030 at a.c:5",
      "L 0x4030,8 at a.c:6",
      "L 0x5000,8",
      "S 0x601040,8",
      "L 0x8,8 at a.c:9",
      "malloc 0x4030 16 at a.c:10",
      "S 0x4030,8",
      "malloc 0x4038 32 at a.c:12",
      "free 0x4010",
      "realloc 0x4038 0x4038 48 at a.c:14",
      "L 0x4060,8",
      "L 0x4068,8 at a.c:16",
      "free 0x4038",
    ]);
    expect(brief(result).map(({ kind, va, block, places }) => [kind, va, block, places])).toEqual([
      ["invalid-write", "0x4028", "0 after 24", ["a.c:4", "a.c:1", null]],
      ["use-after-free-read", "0x4030", "0 inside 24", ["a.c:6", "a.c:2", "a.c:5"]],
      ["unmapped", "0x8", null, ["a.c:9", null, null]],
      ["overlap", "0x4038", "8 inside 16", ["a.c:12", "a.c:10", null]],
      ["invalid-read", "0x4068", "0 after 48", ["a.c:16", "a.c:14", null]],
    ]);
    const uninitialised = await run(
      ["malloc 0x4010 24 at a.c:1", "L 0x4010,8 at a.c:2", "S 0x4010,8", "L 0x4010,8"],
      {
        uninitialised: true,
      },
    );
    expect(kindsOf(uninitialised)).toEqual(["uninitialised-load"]);
  });

  test("each process has memory of its own, and its copy of what its parent had is not its to free", async () => {
    const result = await run([
      "malloc p 16 at a.c:1",
      "S p,8 =&p",
      "fork 2",
      "@2 free p at a.c:3",
      "@2 L p,8 at a.c:4",
      "@2 malloc q 8 at a.c:5",
      "L p,8",
      "L q,8 at a.c:7",
      "@2 exit",
      "@2 malloc p 4 at b.c:1",
      "clone 3",
      "@3 free p at a.c:8",
      "@1 L p,8 at a.c:9",
      "vfork 4",
      "@4 exec ls",
      "@4 malloc r 4 at ls.c:1",
      "@4 free r",
      "@4 exit",
      "@2 exec cat",
    ]);
    expect(result.errors.map(({ process, kind, access }) => [process, kind, access])).toEqual([
      [2, "use-after-free-read", "a.c:4"],
      [1, "use-after-free-read", "a.c:9"],
    ]);
    expect(result.trace.unplaced).toBe(1);
    // What an exec leaves behind is gone with the program.
    expect(result.leaks?.sites).toEqual([{ at: "a.c:5", kind: "definite", bytes: 8, blocks: 1 }]);
  });

  test("bytes that are known are held against what the trace expects", async () => {
    const result = await run([
      "malloc p 16",
      "S p,4 =01020304",
      "expect p =0102",
      "L p,4 =01020305 at a.c:4",
      "S p,2",
      "L p+4,4 =aabbccdd",
      "expect p+4 =aabbccde",
      "expect p+12 =00",
      "expect-errno none",
    ]);
    expect(result.expect).toEqual({
      checked: 3,
      failed: [
        { line: 4, record: 2, message: "expected 05 at 0x100000000013, found 04" },
        { line: 7, record: 5, message: "expected de at 0x100000000017, found dd" },
      ],
    });
    expect(result.notes).toEqual(["1 line expects faults or errors of calls, which run checks, not check"]);
  });

  test("more live bytes than the limit end the check, with what was found so far", async () => {
    const lines = ["malloc p 60 at a.c:1", "S p+60,1 at a.c:2", "malloc q 60 at a.c:3", "S q+60,1 at a.c:4"];
    const failure = await run(lines, { heapLimit: 100 }).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(PartialError);
    const { code, message, partial } = failure as PartialError<Awaited<ReturnType<typeof checkLines>>>;
    expect(code).toBe("E_MEMORY");
    expect(message).toMatch(
      /^a\.c:3: more than 100 bytes of blocks are live at once, which is the limit; want .*--heap-limit/,
    );
    expect(brief(partial).map(({ places }) => places[0])).toEqual(["a.c:2"]);
    const captured = ["malloc 0x4000 60", "malloc 0x5000 60 at a.c:2"];
    await expect(run(captured, { heapLimit: 100 })).rejects.toThrow(/^a\.c:2: more than 100 bytes/);
    expect((await run(["malloc p 200", "malloc q 90", "free q"], { heapLimit: 100 })).heap.failed).toBe(1);
  });

  test("blocks of a gigabyte cost what is written of them", async () => {
    const result = await run([
      "malloc p 1023M at a.c:1",
      "S p,8",
      "S p+1072693240,8",
      "L p+500000000,8 at a.c:4",
      "S p+1072693248,1 at a.c:5",
      "free p",
      "calloc q 1023 1M",
      "L q+700000000,8",
      "free q",
    ]);
    expect(kindsOf(result)).toEqual(["uninitialised-read", "invalid-write"]);
  });

  test("options that make no sense are errors", async () => {
    for (const [options, why] of [
      [{ redzone: 8 }, /redzone: 8; want a whole number of bytes from 16/],
      [{ redzone: 24 }, /redzone: 24; want a multiple of 16/],
      [{ quarantine: -1 }, /quarantine: -1/],
      [{ heapLimit: 2 ** 31 }, /heapLimit: 2147483648; want .* to 1073741824/],
      [{ stackSize: 1.5 }, /stackSize: 1.5/],
      [{ unmapped: "maybe" }, /unmapped: maybe; want one of auto, error, ignore/],
      [{ leakCheck: "some" }, /leakCheck: some; want one of no, summary, full/],
      [{ uninitialised: "yes" }, /uninitialised: yes; want true or false/],
    ] as const) {
      await expect(run(["L 0x1,1"], options)).rejects.toThrow(why);
    }
  });
});
