import { describe, expect, test } from "vitest";
import type { TraceEvent } from "../../src/trace/events.js";
import { parseLine } from "../../src/trace/scenario/parse.js";
import { printEvent } from "../../src/trace/scenario/print.js";

const at = { file: "a.c", line: 12 };

/** Every line that docs/scenario.md names: what it says, and how it is printed where that is another way. */
const LINES: [line: string, event: TraceEvent, printed?: string][] = [
  ["L 0x1000,8", { event: "access", kind: "load", address: 0x1000n, size: 8n }],
  [
    "S 0x1000,2 =BEef",
    { event: "access", kind: "store", address: 0x1000n, size: 2n, bytes: "beef" },
    "S 0x1000,2 =beef",
  ],
  ["M $a+16,4", { event: "access", kind: "modify", address: { base: "$a", offset: 16n }, size: 4n }],
  ["I 4K,1", { event: "access", kind: "instruction", address: 4096n, size: 1n }, "I 0x1000,1"],
  ["L 16,0", { event: "access", kind: "load", address: 16n, size: 1n }, "L 0x10,1"],
  ["L p-8,8", { event: "access", kind: "load", address: { base: "p", offset: -8n }, size: 8n }],
  ["L p,1", { event: "access", kind: "load", address: { base: "p", offset: 0n }, size: 1n }],
  ["L $a,1", { event: "access", kind: "load", address: { base: "$a", offset: 0n }, size: 1n }],
  ["L 12+0,1", { event: "access", kind: "load", address: { base: "12", offset: 0n }, size: 1n }],
  [
    "L 0x0AB+1K,1",
    { event: "access", kind: "load", address: { base: "0xab", offset: 1024n }, size: 1n },
    "L 0xab+1024,1",
  ],
  ["L 0x10,1M", { event: "access", kind: "load", address: 16n, size: 1n << 20n }, "L 0x10,1048576"],
  ["L 0x10,4 at a.c:12", { event: "access", kind: "load", address: 16n, size: 4n, at }],
  [
    "S p+8,8 =&q",
    { event: "access", kind: "store", address: { base: "p", offset: 8n }, size: 8n, bytes: "&q" },
  ],
  [
    "S 0x10,4 =&$a+1K",
    { event: "access", kind: "store", address: 16n, size: 4n, bytes: "&$a+1024" },
    "S 0x10,4 =&$a+1024",
  ],
  [
    "L p,8 =&12-8 at a.c:12",
    { event: "access", kind: "load", address: { base: "p", offset: 0n }, size: 8n, bytes: "&12-8", at },
  ],
  [
    "S 0x10,8 =&4K",
    { event: "access", kind: "store", address: 16n, size: 8n, bytes: "&0x1000" },
    "S 0x10,8 =&0x1000",
  ],
  ["free p+8", { event: "free", id: "p", offset: 8n }],
  ["free $buf-4 at a.c:12", { event: "free", id: "$buf", offset: -4n, at }],
  ["free $buf", { event: "free", id: "$buf" }],
  ["free 12+4", { event: "free", id: "12", offset: 4n }],
  [
    "mmap 0 64K rw private,anon as $a",
    mmap({ length: 65536n, flags: ["anon"], name: "$a" }),
    "mmap 0x0 65536 rw private,anon as $a",
  ],
  [
    "mmap 0x7000 1 r-x shared lib.so 0x1000",
    mmap({
      address: 0x7000n,
      length: 1n,
      protection: ["read", "execute"],
      flags: ["shared"],
      file: "lib.so",
      offset: 4096n,
    }),
    "mmap 0x7000 1 rx shared lib.so 0x1000",
  ],
  [
    "mmap 0 1G - private,anon,fixed,noreplace,populate,growsdown,noreserve,locked,hugetlb",
    mmap({
      length: 1n << 30n,
      protection: [],
      flags: ["anon", "fixed", "noreplace", "populate", "growsdown", "noreserve", "locked", "hugetlb"],
    }),
    "mmap 0x0 1073741824 - private,anon,fixed,noreplace,populate,growsdown,noreserve,locked,hugetlb",
  ],
  [
    'mmap 0 1 rw private "as" 0 as $b',
    mmap({ length: 1n, file: "as", offset: 0n, name: "$b" }),
    'mmap 0x0 1 rw private "as" 0x0 as $b',
  ],
  ["munmap $a 4K", { event: "munmap", address: { base: "$a", offset: 0n }, length: 4096n }, "munmap $a 4096"],
  [
    "mprotect 0x1000 4096 rwx",
    { event: "mprotect", address: 4096n, length: 4096n, protection: ["read", "write", "execute"] },
  ],
  [
    "mremap $a 4096 8192",
    {
      event: "mremap",
      address: { base: "$a", offset: 0n },
      oldLength: 4096n,
      newLength: 8192n,
      mayMove: false,
    },
  ],
  [
    "mremap $a 1 2 maymove to 0x9000 as $c",
    {
      event: "mremap",
      address: { base: "$a", offset: 0n },
      oldLength: 1n,
      newLength: 2n,
      mayMove: true,
      to: 0x9000n,
      name: "$c",
    },
  ],
  ["madvise 0x1000 4096 dontneed", { event: "madvise", address: 4096n, length: 4096n, advice: "dontneed" }],
  ["brk 0x5000", { event: "brk", address: 0x5000n }],
  ["brk 0x5000 -> ok", { event: "brk", address: 0x5000n, answer: "ok" }],
  ["fork 2 -> EAGAIN", { event: "fork", child: 2n, answer: "EAGAIN" }],
  ["brk 0 as $h", { event: "brk", address: 0n, name: "$h" }, "brk 0x0 as $h"],
  ["sbrk -4K as $h", { event: "sbrk", increment: -4096n, name: "$h" }, "sbrk -4096 as $h"],
  ["sbrk 16", { event: "sbrk", increment: 16n }],
  ["mlock $a 4096", { event: "mlock", address: { base: "$a", offset: 0n }, length: 4096n }],
  ["munlock 0x1000 1", { event: "munlock", address: 4096n, length: 1n }],
  ["limit as 1M", { event: "limit", resource: "as", value: 1n << 20n }, "limit as 1048576"],
  ["limit stack unlimited", { event: "limit", resource: "stack", value: (1n << 64n) - 1n }],
  ["overcommit always", { event: "overcommit", mode: "always" }],
  ["overcommit never 50", { event: "overcommit", mode: "never", ratio: 50n }],
  ["mmap 0x0 1 rw neither,anon", mmap({ length: 1n, flags: ["anon", "neither"] })],
  ["fork 2", { event: "fork", child: 2n }],
  ["vfork 3", { event: "vfork", child: 3n }],
  ["clone 4", { event: "clone", child: 4n }],
  ["exec /bin/ls", { event: "exec", file: "/bin/ls" }],
  ["exit", { event: "exit" }],
  ["switch 7", { event: "switch", process: 7n }],
  ["switch 7 70", { event: "switch", process: 7n, thread: 70n }],
  [
    "file data.bin 1M",
    { event: "file", name: "data.bin", size: 1n << 20n, readOnly: false },
    "file data.bin 1048576 rw",
  ],
  ["file data.bin 1 rw", { event: "file", name: "data.bin", size: 1n, readOnly: false }],
  ['file "a b" 1 ro', { event: "file", name: "a b", size: 1n, readOnly: true }],
  ["file a 1 wo", { event: "file", name: "a", size: 1n, readOnly: false, writeOnly: true }],
  [
    "file a 4 =00ff",
    { event: "file", name: "a", size: 4n, readOnly: false, contents: "00ff" },
    "file a 4 rw =00ff",
  ],
  ["open a", { event: "open", name: "a", readOnly: false }, "open a rw"],
  ["open a ro", { event: "open", name: "a", readOnly: true }],
  ["open a wo", { event: "open", name: "a", readOnly: false, writeOnly: true }],
  ["close a", { event: "close", name: "a" }],
  [
    "segment prog 0x400000 8192 rx prog 0x0",
    {
      event: "segment",
      program: "prog",
      address: 0x400000n,
      length: 8192n,
      protection: ["read", "execute"],
      file: "prog",
      offset: 0n,
    },
  ],
  [
    "segment prog 0x500000 1 rw",
    { event: "segment", program: "prog", address: 0x500000n, length: 1n, protection: ["read", "write"] },
  ],
  [
    "segment prog 0x400000 8192 rx prog 0x0 entry 0x400100",
    {
      event: "segment",
      program: "prog",
      address: 0x400000n,
      length: 8192n,
      protection: ["read", "execute"],
      file: "prog",
      offset: 0n,
      entry: 0x400100n,
    },
  ],
  [
    "segment prog 0x500000 1 x entry 0x500001",
    {
      event: "segment",
      program: "prog",
      address: 0x500000n,
      length: 1n,
      protection: ["execute"],
      entry: 0x500001n,
    },
  ],
  ["truncate data.bin 0", { event: "truncate", name: "data.bin", size: 0n }],
  ["frames 64", { event: "frames", frames: 64n }],
  ["user", { event: "user" }],
  ["kernel", { event: "kernel" }],
  ["malloc p 24", { event: "malloc", id: "p", size: 24n }],
  ["malloc 3 24 align 64 at a.c:12", { event: "malloc", id: "3", size: 24n, alignment: 64n, at }],
  ["malloc 0x00FF 24", { event: "malloc", id: "0xff", size: 24n }, "malloc 0xff 24"],
  ["calloc p 3 8", { event: "calloc", id: "p", count: 3n, size: 8n }],
  ["realloc p q 100", { event: "realloc", id: "p", newId: "q", size: 100n }],
  ["realloc 0x0 1 100", { event: "realloc", id: "0x0", newId: "1", size: 100n }],
  ["free p at a.c:12", { event: "free", id: "p", at }],
  ["allocator enter", { event: "allocator enter" }],
  ["allocator leave at a.c:12", { event: "allocator leave", at }],
  [
    "allocator unmap 0x1000 8K",
    { event: "allocator unmap", address: 4096n, length: 8192n },
    "allocator unmap 0x1000 8192",
  ],
  ["frame push 64 main", { event: "frame push", size: 64n, name: "main" }],
  ["frame pop", { event: "frame pop" }],
  ["root 0x1000", { event: "root", address: 4096n }],
  ["root 12", { event: "root", address: { base: "12", offset: 0n } }],
  ["root p", { event: "root", address: { base: "p", offset: 0n } }],
  ["expect $a+1 =00ff", { event: "expect", address: { base: "$a", offset: 1n }, bytes: "00ff" }],
  ["expect-fault segv 0x0", { event: "expect-fault", kind: "segv", address: 0n }],
  [
    "expect-fault cow $a store",
    { event: "expect-fault", kind: "cow", address: { base: "$a", offset: 0n }, access: "store" },
  ],
  ["expect-fault bus 0x10 fetch", { event: "expect-fault", kind: "bus", address: 16n, access: "fetch" }],
  ["expect-errno ENOMEM", { event: "expect-errno", errno: "ENOMEM" }],
  [
    "region 0x1000 4096 rx libc.so",
    { event: "region", address: 4096n, length: 4096n, protection: ["read", "execute"], name: "libc.so" },
  ],
  [
    "region 0x1000 4096 r libc.so 0x2000",
    { event: "region", address: 4096n, length: 4096n, protection: ["read"], name: "libc.so", offset: 8192n },
  ],
  ["pagesize 0x200000 2097152 2M", { event: "pagesize", address: 0x200000n, length: 0x200000n, size: "2M" }],
  [
    "pagesize $a+1 1G 1024k",
    { event: "pagesize", address: { base: "$a", offset: 1n }, length: 1n << 30n, size: "1M" },
    "pagesize $a+1 1073741824 1M",
  ],
  ["pagesize 64 64 64", { event: "pagesize", address: 64n, length: 64n, size: "64" }, "pagesize 0x40 64 64"],
  [
    "pagesize 0x8000000000000000 0x8000000000000000 8E",
    { event: "pagesize", address: 1n << 63n, length: 1n << 63n, size: "8E" },
    "pagesize 0x8000000000000000 9223372036854775808 8E",
  ],
];

type Mmap = Extract<TraceEvent, { event: "mmap" }>;

function mmap(fields: Partial<Mmap>): TraceEvent {
  return { event: "mmap", address: 0n, length: 1n, protection: ["read", "write"], flags: [], ...fields };
}

describe("a line of a scenario", () => {
  test.each(LINES)("%s", (line, event, printed = line) => {
    expect(parseLine(line)).toEqual({ process: undefined, event });
    expect(printEvent(event)).toBe(printed);
    expect(parseLine(printed)?.event).toEqual(event);
  });

  test.each([
    ["@2 exit", 2n],
    ["  @0x10\texit  ", 16n],
    ["@18446744073709551615 exit # all ones", (1n << 64n) - 1n],
  ])("%s names its process", (line, process) => {
    expect(parseLine(line)).toEqual({ process, event: { event: "exit" } });
  });

  test.each([
    "exit# no comment without a blank",
    "exit at a.c",
    'exit at "a b.c:7"',
    "exit at C:\\a.c:12",
    "exit at libc.so+0x1f",
    'exit at "a\\nb:3"',
    "exit at x:99999999999",
  ])("%s: the place comes back", (line) => {
    if (line.includes("#")) return expect(() => parseLine(line)).toThrow(/begins no line/);
    const event = parseLine(line)?.event as TraceEvent;
    expect(event.at).toBeDefined();
    expect(parseLine(printEvent(event))?.event).toEqual(event);
  });

  test.each(["", "   \t", "# L 0x1000,8", "  # a", "#\u2028L 0x1000,8", "# a\rL 0x1000,8"])(
    "%j says nothing",
    (line) => {
      expect(parseLine(line)).toBeUndefined();
    },
  );

  test("has its blanks and its comment passed by", () => {
    const wanted = parseLine("malloc p 24 at a.c:12");
    expect(parseLine("  malloc\tp   24 at a.c:12   # 'p' lives")).toEqual(wanted);
    expect(parseLine('malloc p 24 at a.c:12 #\u2028"')).toEqual(wanted);
  });

  test("keeps a name whatever is in it", () => {
    for (const name of ["#", "@1", "=00", "$a", "at", "as", '"', "\\", "a\nb", "\u0000", "\u2028", "é", ""]) {
      const event: TraceEvent = { event: "exec", file: name };
      const line = printEvent(event);
      expect(line).not.toMatch(/[\n\r]/);
      expect(parseLine(line)?.event).toEqual(event);
    }
  });

  test("prints what no scenario can say as one that is refused, not as another", () => {
    const odd: TraceEvent[] = [
      mmap({ length: 1n, name: "$a\nexit" }),
      { event: "free", id: "p\nexit" },
      { event: "root", address: { base: "p q", offset: 0n } },
      { event: "expect", address: 0n, bytes: "00\nexit" },
    ];
    for (const event of odd) {
      expect(printEvent(event)).not.toContain("\n");
      expect(() => parseLine(printEvent(event))).toThrow();
    }
  });
});
