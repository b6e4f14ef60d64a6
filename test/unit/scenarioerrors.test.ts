import { describe, expect, test } from "vitest";
import { parseLine } from "../../src/trace/scenario/parse.js";
import { buildOf } from "../builds.js";
import { readEntries } from "../roundtrip.js";

/** What is wrong, and a part of what is said of it. */
const WRONG: [line: string, said: string][] = [
  ["nonsense 1", '"nonsense" begins no line of a scenario; want one of L S M I mmap'],
  ["constructor 0x1,2", "begins no line"],
  ["toString", "begins no line"],
  ["__proto__ 1", "begins no line"],
  ["l 0x1000,8", "begins no line"],
  ["@2", "behind the process"],
  ["@ exit", "is no process"],
  ["@p exit", "is no process"],
  ["@-1 exit", "is no process"],
  ["@2 @3 exit", "begins no line"],
  ["L", "VA,SIZE is missing"],
  ["L 0x1000", "is no access; want VA,SIZE"],
  ["L 0x1000,8,8", "is no access"],
  ["L 0x1000, 8", "is no access"],
  ["L ,8", "is no access"],
  ["L 0x1000,eight", "is no SIZE"],
  ["L 0x1000,-8", "is no SIZE"],
  ["L 0x1g,8", '"0x1g" is no VA; want a number, $NAME+OFFSET or ID+OFFSET'],
  ["L 1000h,8", "is no VA"],
  ["L 0x,8", "is no VA"],
  ["L 18446744073709551616,8", "below 2^64"],
  ["L 999999999999999999999999,8", "is no VA"],
  ["L 0x11111111111111111,8", "is no VA"],
  ["L 17179869184G,8", "below 2^64"],
  ["L -8,8", "is no VA"],
  ["L $+8,8", "is no VA"],
  ["L $1,8", "is no VA"],
  ["L p+,8", "is no VA"],
  ["L p+q,8", '"q" is no offset'],
  ["L 4K+8,8", "is no VA"],
  ["L 012+8,8", "is no VA"],
  ["L 0x10,2 =00", "the size is 2, but there are 1 bytes"],
  ["L 0x10,1 =0", "want = and two digits a byte"],
  ["L 0x10,1 =0g", "are no bytes"],
  ["L 0x10,1 00", "are no bytes"],
  ["L 0x10,1 =00 more", 'there is "more" behind it'],
  ["mmap 0", "LEN is missing; want mmap VA LEN PROT FLAGS"],
  ["mmap 0 4K", "PROT is missing"],
  ["mmap 0 4K rw", "FLAGS is missing"],
  ["mmap 0 4K wr private", "is no protection; want some of rwx, or -"],
  ["mmap 0 4K rw anon", "want one of private, shared and neither"],
  ["mmap 0 4K rw private,shared", "want one of private, shared and neither"],
  ["mmap 0 4K rw private,private", "want one of private, shared and neither"],
  ["mmap 0 4K rw private,anom", '"anom" is no flag'],
  ["mmap 0 4K rw private,", '"" is no flag'],
  ["mmap 0 4K rw private a.so", "OFFSET is missing"],
  ['mmap 0 4K rw private "" 0', "FILE is empty"],
  ["mmap 0 4K rw private,anon as a", '"a" is no name of an address; want $ and a word'],
  ["mmap 0 4K rw private,anon as", "$NAME is missing"],
  ["mmap 0 4K rw private,anon as $a more", "behind it"],
  ["mmap 0 4K rw private a.so 0 $a", "behind it"],
  ["munmap 0x1000", "LEN is missing; want munmap VA LEN"],
  ["mprotect 0x1000 4K z", "is no protection"],
  ["mremap $a 4K", "NEW is missing"],
  ["mremap $a 4K 8K mayMove", "behind it"],
  ["mremap $a 4K 8K to", "VA is missing"],
  ["madvise 0x1000 4K", "ADVICE is missing"],
  ["brk", "VA is missing; want brk VA"],
  ["brk 0x5000 -> 7", '"7" is no answer; want ok, or one of EPERM'],
  ["brk 0x5000 ->", 'there is "->" behind it'],
  ["exit -> ok", 'there is "->" behind it'],
  ["sbrk", "BYTES is missing"],
  ["sbrk - 4", '"-" is no BYTES'],
  ["sbrk 0x8000000000000000", "want a number from -2^63"],
  ["mlock 0x1000", "LEN is missing"],
  ["limit cpu 1", '"cpu" is no resource; want one of as, data, stack, memlock, maps'],
  ["limit as", "N or unlimited is missing"],
  ["limit as some", "is no N or unlimited"],
  ["overcommit 2", '"2" is no mode; want one of heuristic, always, never'],
  ["open a rx", "behind it"],
  ["file a 1 rw =0", "are no bytes"],
  ["segment a 0x1000 1 r b", "OFFSET is missing"],
  ["segment a 0x1000 1 r entry", "VA is missing"],
  ["segment a 0x1000 1 r b 0 entry start", '"start" is no VA'],
  ["fork", "CHILD is missing"],
  ["fork two", "is no CHILD"],
  ["exec", "FILE is missing"],
  ["exit now", 'there is "now" behind it; want exit'],
  ["switch", "PROCESS is missing"],
  ["switch 1 2 3", "behind it"],
  ["file a", "SIZE is missing"],
  ["file a 1 rx", "behind it"],
  ["frames many", "is no N"],
  ["malloc p", "SIZE is missing; want malloc ID SIZE [align N]"],
  ["malloc p-1 8", "is no ID; want a word, digits, or 0x and an address"],
  ["malloc 01 8", "is no ID"],
  ["malloc 99999999999999999999 8", "is no ID"],
  ["malloc p 8 align", "N is missing"],
  ["malloc p -8", "is no SIZE"],
  ["realloc p 8", "SIZE is missing; want realloc ID NEWID SIZE"],
  ["free", "ID is missing"],
  ["allocator", "deed of an allocator is missing"],
  ["allocator go", '"go" is no deed of an allocator; want one of enter, leave, unmap'],
  ["allocator leave 0x1000", "behind it"],
  ["allocator unmap 0x1000", "LEN is missing"],
  ["frame", "want frame push SIZE NAME, or frame pop"],
  ["frame push 8", "NAME is missing"],
  ["frame pop 8", "behind it"],
  ["root", "VA or ID is missing"],
  ["expect 0x10", "=HEXBYTES is missing"],
  ["expect 0x10 =", "are no bytes"],
  ["expect-fault segv", "VA is missing"],
  ["expect-fault segv 0 read", "behind it"],
  ["expect-errno", "NAME is missing"],
  ["region 0x1000 4K r", "NAME is missing"],
  ["pagesize 0x1000 4K", "SIZE is missing; want pagesize VA LEN SIZE"],
  ["pagesize 0x1000 4K 3K", '"3K" is no size of pages; want a power of two such as 4K, 2M or 1G'],
  ["pagesize 0x1000 4K 0", "is no size of pages"],
  ["pagesize 0x1000 4K 0x1000", "is no size of pages"],
  ["pagesize 0x1000 4K 16E", "there are no pages of 2^64 bytes"],
  ["pagesize 0x1000 4K 4K at", "behind it"],
  ["pagesize 0x1000 0 4K", "the length is 0"],
  ["pagesize 0x1000 4095 4K", "the length 4095 is not a multiple of 4K"],
  ["pagesize $a 6K 4K", "the length 6144 is not a multiple of 4K"],
  ["pagesize 0x1000 2M 2M", "the address 0x1000 is not a multiple of 2M"],
  ["pagesize 0xfffffffffffff000 8K 4K", "behind the end of the 64 bits"],
  ['exit at ""', "FILE:LINE is empty"],
  ['exec "a', "a quotation mark is not closed"],
  ['exec "a\\q"', "is not quoted rightly"],
  ["exec \u0000 \u0000", 'there is "\\u0000" behind it'],
];

describe("a line that is none of a scenario's", () => {
  test.each(WRONG)("%s", (line, said) => {
    expect(() => parseLine(line)).toThrow(said);
  });
});

const MANY = 1 << 19;
const read = async (text: string | Uint8Array, options = {}) => {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return readEntries(await buildOf("release"), bytes, { format: "scenario", ...options });
};

describe("a scenario that breaks off", () => {
  const start = "# comment\r\n\r\nL 0x1000,8\r\n@2 exit\r\n";

  test("hands out what came before, and says the line and byte", async () => {
    const { entries, error } = await read(`${start}nonsense\n`);
    expect(entries).toHaveLength(4);
    expect(error).toMatchObject({ code: "E_TRACE", at: { line: 5, byte: start.length } });
    expect(error?.message).toMatch(/^\(bytes\): line 5: "nonsense": "nonsense" begins no line/);
  });

  test("counts bytes, not characters, and those that are no UTF-8 as one each", async () => {
    const bytes = Buffer.concat([
      Buffer.from("exec é\u{1f600}\nexec "),
      Buffer.from([0xff, 0xfe]),
      Buffer.from("\n"),
    ]);
    const { error } = await read(new Uint8Array(Buffer.concat([bytes, Buffer.from("bad\n")])));
    expect(error?.at).toMatchObject({ line: 3, byte: bytes.length });
  });

  test.each(["exec ", 'exec "', '"', "#", 'exec "\\"', "L p+", "a", "\u0000", " ", "é"])(
    "at a line of a mebibyte that begins %j, in bounded time",
    async (begin) => {
      const long = `${begin}${"x".repeat(MANY * 2)}`;
      const { entries, error } = await read(`${start}${long}\nexit\n`);
      expect(entries).toHaveLength(4);
      expect(error).toMatchObject({ code: "E_TRACE", at: { line: 5, byte: start.length } });
      expect(error?.message).toMatch(/the line is longer than/);
      expect(error?.message.length).toBeLessThan(400);
      const skipped = await read(`${start}${long}\nexit\n`, { skipBad: 1 });
      expect(skipped.entries).toHaveLength(6);
      expect(skipped).toMatchObject({ error: undefined, skipped: 1 });
    },
  );

  const half = MANY - 100;
  test.each([
    ["a comment", `# ${"x".repeat(half)}`, undefined],
    ["a name in quotes", `exec "${"\\\\".repeat(half / 2)}"`, undefined],
    ["a quote that stays open", `exec "${"\\\\".repeat(half / 2)}`, /not closed/],
    ["many quotes", `exec ${'""'.repeat(half / 2)}`, /behind it/],
    ["many words", `exec ${"a ".repeat(half / 2)}`, /behind it/],
    ["blanks", " ".repeat(half), undefined],
    ["a number", `fork ${"1".repeat(half)}`, /is no CHILD/],
    ["an offset", `L p+${"1".repeat(half)},1`, /is no offset/],
    ["commas", `L ${",".repeat(half)}`, /is no access/],
    ["flags", `mmap 0 1 r ${"private,".repeat(half / 8)}`, /is no flag/],
    ["bytes", `L 0x10,${half / 2} =${"0".repeat(half)}`, undefined],
    ["an ID", `free ${"a".repeat(half)}`, undefined],
  ])("at a line of half a mebibyte, if at all: %s", async (_, line, said) => {
    const { error } = await read(`exit\n${line}\n`);
    if (said) expect(error?.message).toMatch(said);
    else expect(error).toBeUndefined();
    expect(error?.message.length ?? 0).toBeLessThan(500);
  });

  test("at an access that is too large", async () => {
    const { error } = await read("L 0x10,1048577\n");
    expect(error?.message).toMatch(/line 1: .*the size 1048577 is too large; want 0 to 1048576/);
    expect((await read("L 0x10,18446744073709551615\n")).error?.message).toMatch(/too large/);
  });

  test("with nothing in it", async () => {
    for (const text of ["# comment\n", "\n\n", ""]) {
      expect((await read(text)).error).toMatchObject({ code: "E_TRACE" });
    }
  });

  test("passes over as many bad lines as it may", async () => {
    const { entries, skipped, error } = await read("L 0x10,1\nbad\nL 0x20,1\nbad\nbad\nexit\n", {
      skipBad: 2,
    });
    expect(entries).toHaveLength(3);
    expect({ skipped, line: error?.at.line }).toEqual({ skipped: 2, line: 5 });
  });
});

describe("who does it", () => {
  const who = async (text: string) => {
    const { entries, error } = await read(text);
    expect(error).toBeUndefined();
    return entries.map((entry) => ("event" in entry ? entry : entry.address));
  };
  const to = (process: bigint, thread?: bigint) => ({
    event: "switch",
    process,
    ...(thread === undefined ? {} : { thread }),
  });

  test("is process 1 at first", async () => {
    expect(await who("L 1,1\nL 2,1\n")).toEqual([to(1n), 1n, 2n]);
  });

  test("is another for the lines that name it", async () => {
    expect(await who("L 1,1\n@2 L 2,1\n@2 L 3,1\nL 4,1\n@1 L 5,1\n")).toEqual([
      ...[to(1n), 1n, to(2n), 2n, 3n, to(1n), 4n, 5n],
    ]);
  });

  test("is from a switch on who that says, with its thread", async () => {
    expect(await who("switch 5 50\nL 1,1\n@2 L 2,1\nL 3,1\n@5 L 4,1\n")).toEqual([
      ...[to(5n, 50n), 1n, to(2n), 2n, to(5n, 50n), 3n, 4n],
    ]);
  });

  test("stays so over comments, blank lines and either line end", async () => {
    expect(await who("\ufeff# a\r\n@3 L 1,1\r\n\r\n# b\r\n@3 L 2,1")).toEqual([to(3n), 1n, 2n]);
  });
});
