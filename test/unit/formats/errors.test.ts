import { beforeAll, describe, expect, test } from "vitest";
import { Core } from "../../../src/engine/core.js";
import { buildOf } from "../../builds.js";
import { entriesOf } from "../../records.js";

let core: Core;
beforeAll(async () => {
  core = await Core.create(await buildOf("release"));
});

const HEADER = "1\n2\n2\n1\n";
const COLUMNS = "address,kind,size\n";
const MMAP = "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x1000\n";

/** Of each text: its format, the entries before the bad line, the line, and words of the reason. */
const BAD: [format: string, text: string, entries: number, line: number, why: RegExp][] = [
  ["rep", `${HEADER}a 0 8\na 1\n`, 1, 6, /size is missing/],
  ["rep", `${HEADER}a 0 8\na 2 8\n`, 1, 6, /an ID from 0 to 1/],
  ["rep", `${HEADER}a 0 8\nx 0 8\n`, 1, 6, /want "a 0 48"/],
  ["rep", `${HEADER}a 0 8\nf -2\n`, 1, 6, /an ID from 0/],
  ["rep", `${HEADER}a 0 8\nf 0 8\n`, 1, 6, /want "a 0 48"/],
  ["rep", `${HEADER}a 0 8\nr 0 -8\n`, 1, 6, /the size is negative/],
  ["rep", `${HEADER}a 0 8\nr 0 0x8\n`, 1, 6, /no decimal number/],
  ["rep", `${HEADER}a 0 8\nr 0 18446744073709551616\n`, 1, 6, /want a number below 2\^64/],
  ["rep", `${HEADER}a 0 8\n`, 1, 5, /says 2 operations, and there are 1/],
  ["mtrace", "= Start\n@ a:[0x1] + 0x10 0x8\n@ a:[0x1] + 0x10\n", 1, 3, /size is missing/],
  ["mtrace", "= Start\n@ a:[0x1] + 0x10 0x8\n@ a:[0x1] - 0x10 0x8\n", 1, 3, /size behind/],
  ["mtrace", "= Start\n@ a:[0x1] + 0x10 0x8\n@ a:[0x1] > 0x10 0x8\n", 1, 3, /one of them is missing/],
  ["mtrace", "= Start\n@ a:[0x1] + 0x10 0x8\n@ a:[0x1] < 0x10\n@ a:[0x1] - 0x10\n", 1, 4, /one of them/],
  ["mtrace", "= Start\n@ a:[0x1] + 0x10 0x8\n@ a:[0x1] < 0x10\n", 1, 3, /cut between/],
  ["mtrace", "= Start\n@ a:[0x1] + 0x10 0x8\n@ a:[0x1] + 0x1", 1, 3, /size is missing/],
  ["ltrace", "malloc(8) = 0x10\nmalloc(8\n", 1, 2, /want a call/],
  ["ltrace", "malloc(8) = 0x10\nmalloc(-8) = 0x10\n", 1, 2, /no size/],
  ["ltrace", "malloc(8) = 0x10\nmalloc() = 0x10\n", 1, 2, /nothing is no size/],
  ["ltrace", "malloc(8) = 0x10\nstrdup(0x10) = 0x10\n", 1, 2, /string that is copied/],
  ["ltrace", "malloc(8) = 0x10\n<... malloc resumed> ) = 0x10\n", 1, 2, /no unfinished "malloc"/],
  ["memcheck", "--1-- malloc(8) = 0x10\nhello\n", 2, 2, /line of valgrind's/],
  ["memcheck", "--1-- malloc(8) = 0x10\n--1-- malloc(0xg) = 0x10\n", 2, 2, /no size/],
  ["memcheck", "==1== Memcheck, a memory error detector\n==1== Command: a\n", 0, 0, /holds no records/],
  ["heaptrack", "v 10400 3\n+ 8 0 10\n+ 8 1 10\n", 1, 3, /has not been told/],
  ["heaptrack", "v 10400 3\n+ 8 0 10\nt 10 1\n", 1, 3, /parent/],
  ["heaptrack", "v 10400 3\n+ 8 0 10\n+ 8\n", 1, 3, /a size, a trace/],
  ["heaptrack", "v 10400 3\n+ 8 0 10\nm ff /a 10\n", 1, 3, /shorter than its length/],
  ["heaptrack", "v 10400 3\ns 3 abc\n", 0, 2, /heaptrack_interpret/],
  ["strace", `${MMAP}mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, -1, 0) = 0x1000\n`, 1, 2, /want a descriptor/],
  ["strace", `${MMAP}mmap(NULL, 4096, PROT_ODD, MAP_PRIVATE, 3, 0) = 0x1000\n`, 1, 2, /a protection such as/],
  ["strace", `${MMAP}mmap(NULL, 4096, PROT_READ, MAP_PRI\n`, 1, 2, /want a call/],
  ["strace", `${MMAP}<... mmap resumed>) = 0x1000\n`, 1, 2, /no unfinished "mmap"/],
  ["maps", "1000-2000 r--p 0 0:0 0\n3000-2000 r--p 0 0:0 0\n", 1, 2, /ends before it begins/],
  ["maps", "1000-2000 r--p 0 0:0 0\nSize: 4 kB\n", 1, 2, /this is smaps/],
  ["perf", "a 1 1.0: 1 mem-loads: 10\na 1 1.0: 1 mem-loads: 10 |OP LOAD\n", 2, 2, /no address/],
  ["perf", "a 1 1.0: 1 mem-loads: 10\nhello\n", 2, 2, /want a sample/],
  ["csv", `${COLUMNS}16,load,8\nff,load,8\n`, 1, 3, /hexadecimal without 0x/],
  ["csv", `${COLUMNS}16,load,8\n16,jump,8\n`, 1, 3, /no kind of access/],
  ["csv", `${COLUMNS}16,load,8\n16,constructor,8\n`, 1, 3, /no kind of access/],
  ["csv", `${COLUMNS}16,load,8\n16,load\n`, 1, 3, /size is column 3/],
  ["csv", `${COLUMNS}16,load,8\n16,load,2000000\n`, 1, 3, /too large/],
  ["csv", `${COLUMNS}16,load,8\n"16,load,8\n`, 1, 3, /quotation/],
];

describe("a bad line", () => {
  test.each(BAD)("of %s: %j", async (format, text, entries, line, why) => {
    const found = await entriesOf(core, text);
    expect(found.format).toBe(format);
    expect(found.entries).toHaveLength(entries);
    expect(found.error).toMatchObject({ code: "E_TRACE", message: expect.stringMatching(why) });
    if (line > 0) expect(found.error?.at.line).toBe(line);
  });

  test.each(BAD.filter(([, , entries]) => entries > 0))(
    "is passed over: %s, %j",
    async (_, text, entries) => {
      const found = await entriesOf(core, text, { skipBad: 2 });
      expect(found.error).toBeUndefined();
      expect(found.skipped).toBe(1);
      expect(found.entries.length).toBeGreaterThanOrEqual(entries);
    },
  );
});

test("operations beyond what a .rep header says are read, and counted", async () => {
  const found = await entriesOf(core, `${HEADER}a 0 8\na 1 8\nf 0\nf 1\n`);
  expect(found).toMatchObject({ error: undefined, other: { "operations beyond the header's number": 2 } });
  expect(found.entries).toHaveLength(4);
});

test("smaps, XML and source are of no known format", async () => {
  for (const text of ["Size: 4 kB\n", '<?xml version="1.0"?>\n', "  p = malloc(24);\n", "int a;\n"]) {
    expect((await entriesOf(core, text)).error?.message).toMatch(/no known format/);
  }
});
