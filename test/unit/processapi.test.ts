import { beforeEach, describe, expect, test } from "vitest";
import {
  AccessFault,
  type ConfigInput,
  explain,
  Machine,
  openTrace,
  PagewalkError,
  printMaps,
  printSmaps,
  replay,
  SyscallError,
} from "../../src/index.js";
import { BUILDS, buildOf } from "../builds.js";

const PAGE = 4096;
const bytes = (...values: number[]) => Uint8Array.from(values);

/** What a call throws. */
function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

function errnoOf(call: () => unknown): string | undefined {
  const error = thrown(call);
  return error instanceof SyscallError ? error.errno : undefined;
}

function faultOf(call: () => unknown): string | undefined {
  const error = thrown(call);
  return error instanceof AccessFault
    ? `${error.kind} 0x${error.address.toString(16)} ${error.access}`
    : undefined;
}

describe.each(BUILDS)("processes of the %s core", (build) => {
  let machine: Machine;
  const make = async (memory: ConfigInput["memory"] = {}) =>
    Machine.create({ memory }, { module: await buildOf(build) });

  beforeEach(async () => {
    machine = await make();
  });

  describe("which there are", () => {
    test("none at first; numbers rise, and none is given twice unless it is asked for", () => {
      expect(machine.processes()).toEqual([]);
      const first = machine.spawn();
      const second = machine.spawn();
      const child = first.fork(7);
      second.exit();
      const third = machine.spawn();
      expect(machine.processes()).toEqual([first, third, child]);
      expect([first, third, child].map(({ pid }) => pid)).toEqual([1, 3, 7]);
      expect(machine.process(2)).toBeUndefined();
      expect(machine.process(7)).toBe(child);
      expect(
        machine
          .spawn({ pid: 2 })
          .maps()
          .map(({ name }) => name),
      ).toEqual(["[stack]"]);
    });

    test("the first may have any number, and stats tell of no other", () => {
      machine.file("data", 10);
      machine.spawn({ pid: 12 });
      expect(machine.stats().processes?.map(({ pid }) => pid)).toEqual([12]);
    });

    test("a number that lives is refused, and one that is none", () => {
      const process = machine.spawn();
      expect(errnoOf(() => machine.spawn({ pid: 1 }))).toBe("EEXIST");
      expect(errnoOf(() => process.fork(1))).toBe("EEXIST");
      for (const pid of [0, -1, 1.5])
        expect(thrown(() => machine.spawn({ pid }))).toBeInstanceOf(PagewalkError);
    });

    test("no more than memory.maxProcesses", async () => {
      machine = await make({ maxProcesses: 2 });
      machine.spawn();
      machine.spawn();
      expect(errnoOf(() => machine.spawn())).toBe("EAGAIN");
    });

    test("one that ended can do nothing, and the number of its successor is no way to it", () => {
      const process = machine.spawn();
      const at = process.mmap(PAGE);
      process.limit("as", 1 << 20);
      process.exit();
      const calls = [
        () => process.load(at, 1),
        () => process.mmap(1),
        () => process.fork(),
        () => process.maps(),
      ];
      for (const call of calls) expect(errnoOf(call)).toBe("ESRCH");
      expect(errnoOf(() => machine.file("x", 1))).toBe("ESRCH");
      const next = machine.spawn({ pid: 1 });
      expect(errnoOf(() => process.load(at, 1))).toBe("ESRCH");
      expect(faultOf(() => next.load(at, 1))).toBe(`segv 0x${at.toString(16)} load`);
      expect(next.mmap(1 << 30)).toBeTypeOf("bigint");
    });

    test("those of a trace's events are there too", () => {
      const process = machine.spawn();
      process.vfork(4).exit();
      const child = machine.process(1)?.clone(5);
      const at = process.mmap(PAGE);
      process.store(at, bytes(1, 2));
      expect(child?.load(at, 2)).toEqual(bytes(1, 2));
    });
  });

  describe("calls", () => {
    test("mmap, mprotect, mremap, munmap, madvise, and the flags they leave", () => {
      const process = machine.spawn();
      const at = process.mmap(3 * PAGE, {
        address: 0x10000000n,
        protection: "rw",
        flags: ["fixed", "noreserve"],
      });
      expect(at).toBe(0x10000000n);
      process.mprotect(at, PAGE, "");
      process.madvise(at + 4096n, PAGE, "hugepage");
      process.madvise(at + 8192n, PAGE, "nohugepage");
      const [none, huge, small] = process.maps();
      expect(none).toMatchObject({ protection: "", flags: ["mr", "mw", "me", "nr"] });
      expect(huge?.flags).toEqual(["rd", "wr", "mr", "mw", "me", "nr", "hg"]);
      expect(small?.flags).toEqual(["rd", "wr", "mr", "mw", "me", "nr", "nh"]);
      const moved = process.mremap(at, PAGE, 2 * PAGE, { mayMove: true, to: 0x20000000n });
      expect(moved).toBe(0x20000000n);
      process.munmap(at, 3 * PAGE);
      expect(process.maps().map(({ start, end }) => [start, end])).toEqual([
        [moved, moved + 8192n],
        [0x7ffffffde000n, 0x7ffffffff000n],
      ]);
    });

    test("the heap", () => {
      const process = machine.spawn();
      const start = process.brk();
      expect(process.sbrk(100)).toBe(start);
      expect(process.brk(start + 5000n)).toBe(start + 5000n);
      expect(process.sbrk(-5000)).toBe(start + 5000n);
      expect(errnoOf(() => process.brk(1n))).toBeUndefined();
      expect(errnoOf(() => process.brk(0x7ffffffff000n))).toBe("ENOMEM");
      process.sbrk(PAGE);
      process.store(start, bytes(1));
      expect(process.maps()[0]).toMatchObject({ start, end: start + 4096n, name: "[heap]" });
    });

    test("limits, locks and promises", () => {
      const process = machine.spawn();
      process.limit("as", 40 * PAGE);
      expect(errnoOf(() => process.mmap(100 * PAGE))).toBe("ENOMEM");
      process.limit("as", null);
      const at = process.mmap(2 * PAGE);
      process.limit("memlock", 0);
      expect(errnoOf(() => process.mlock(at, PAGE))).toBe("EPERM");
      process.limit("memlock", PAGE);
      process.mlock(at, PAGE);
      expect(process.smaps()[0]).toMatchObject({ rss: PAGE, flags: expect.arrayContaining(["lo"]) });
      process.munlock(at, PAGE);
      expect(process.maps()).toHaveLength(2);
    });

    test("errors say which call, Linux's name and number, and are PagewalkErrors", () => {
      const process = machine.spawn();
      const error = thrown(() => process.mmap(0));
      expect(error).toBeInstanceOf(PagewalkError);
      expect(error).toMatchObject({
        name: "SyscallError",
        code: "E_SYSCALL",
        call: "mmap",
        errno: "EINVAL",
        number: 22,
        message: "mmap: EINVAL (22), process 1",
      });
      expect(machine.stats().processes).toHaveLength(1);
    });

    test("what is no argument at all is E_OPTION, and nothing happens", () => {
      const process = machine.spawn();
      const calls = [
        () => process.mmap(-1),
        () => process.mmap(1.5),
        () => process.mmap(1, { protection: "wr" }),
        () => process.mmap(1, { flags: ["large" as "fixed"] }),
        () => process.mmap(1, { file: "" }),
        () => process.munmap(1 as unknown as bigint, 1),
        () => process.sbrk(0.5),
        () => process.limit("cpu" as "as", 1),
        () => process.load(0n, 0),
        () => process.load(0n, (1 << 20) + 1),
        () => process.access("load", 0n, 65),
        () => machine.overcommit("maybe" as "never"),
        () => machine.file("a", 1, { contents: bytes(1, 2) }),
        () => machine.file("a", 1, { mode: "r" as "rw" }),
      ];
      for (const call of calls) expect(thrown(call)).toMatchObject({ code: "E_OPTION" });
      expect(process.maps()).toHaveLength(1);
    });

    test("a machine that cannot have processes says so", async () => {
      const inverted = await Machine.create(
        { pageTable: { format: "inverted", frames: 64 } },
        { module: await buildOf(build) },
      );
      expect(thrown(() => inverted.spawn())).toMatchObject({ code: "E_CONFIG" });
    });
  });

  describe("accesses", () => {
    test("carry bytes, and a copy on write parts them", () => {
      const parent = machine.spawn();
      const at = parent.mmap(2 * PAGE);
      parent.store(at + 4094n, bytes(1, 2, 3, 4));
      const child = parent.fork();
      child.store(at + 4095n, bytes(9));
      expect(parent.load(at + 4094n, 4)).toEqual(bytes(1, 2, 3, 4));
      expect(child.load(at + 4094n, 4)).toEqual(bytes(1, 9, 3, 4));
      expect(child.peek(at + 8190n, 10)).toEqual(bytes(0, 0));
      expect(machine.stats().faults).toMatchObject({ minor: 2, cow: 1 });
      expect(machine.stats().processes?.map(({ pid, resident, shared }) => [pid, resident, shared])).toEqual([
        [1, 2, 1],
        [2, 2, 1],
      ]);
    });

    test("end in faults that have a kind and an address; what came before was stored", () => {
      const process = machine.spawn();
      const file = machine.file("f", PAGE, { mode: "ro" });
      const at = process.mmap(2 * PAGE, { address: 0x10000000n, file, protection: "r" });
      expect(faultOf(() => process.load(at + 4090n, 10))).toBe("bus 0x10001000 load");
      expect(faultOf(() => process.store(at + 1n, bytes(1)))).toBe("protection 0x10000001 store");
      expect(faultOf(() => process.fetch(at + 2n, 4))).toBe("protection 0x10000002 fetch");
      const low = process.mmap(PAGE, { address: 0x20000000n });
      expect(faultOf(() => process.store(low + 4095n, bytes(7, 8)))).toBe("segv 0x20001000 store");
      expect(process.load(low + 4095n, 1)).toEqual(bytes(7));
      expect(thrown(() => process.load(0n, 1))).toMatchObject({ code: "E_FAULT", pid: 1, access: "load" });
      expect(machine.stats().faultList.at(-1)).toMatchObject({
        record: null,
        pid: 1,
        va: "0x0",
        kind: "segv",
      });
      expect(machine.stats().faults).toMatchObject({ bus: 1, protection: 2, segv: 2 });
    });

    test("are listed with what they lie in", () => {
      const process = machine.spawn();
      const file = machine.file("libx.so", PAGE);
      const at = process.mmap(2 * PAGE, { file, protection: "r" });
      const anonymous = process.mmap(PAGE, { protection: "" });
      const shared = process.mmap(PAGE, { protection: "r", flags: ["shared"] });
      const heap = process.sbrk(PAGE);
      for (const address of [at, at + 4096n, anonymous, shared, 0x1000n]) process.access("store", address);
      for (const address of [heap, 0x7fffffffe000n]) process.access("fetch", address);
      const listed = machine.stats().faultList.map(({ kind, region }) => `${kind} ${region}`);
      expect(listed).toEqual([
        "protection libx.so",
        "protection libx.so",
        "protection anon",
        "protection /dev/zero (deleted)",
        "segv null",
        "protection [heap]",
        "protection [stack]",
      ]);
    });

    test("of more pages than faults are watched for end in the right one", () => {
      const process = machine.spawn();
      const at = process.mmap(100 * PAGE, { address: 0x10000000n });
      const many = new Uint8Array(101 * PAGE);
      expect(faultOf(() => process.store(at, many))).toBe("segv 0x10064000 store");
      expect(machine.stats().faults.minor).toBe(100);
    });

    test("tell their faults where they are asked for, and throw none", () => {
      const process = machine.spawn();
      const at = process.mmap(PAGE);
      process.store(at, bytes(5));
      expect(process.access("store", at, 8)).toEqual([]);
      expect(process.load(at, 1)).toEqual(bytes(5));
      const child = process.fork();
      expect(child.access("store", at + 1n)).toEqual([{ kind: "cow", address: at + 1n, access: "store" }]);
      expect(child.access("fetch", 0n, 4)).toEqual([{ kind: "segv", address: 0n, access: "fetch" }]);
      expect(machine.stats().kinds).toEqual({ instruction: 1, load: 1, store: 3, modify: 0 });
    });
  });

  describe("translate", () => {
    test("is of the process that ran last, with its faults", () => {
      const process = machine.spawn();
      const at = process.mmap(2 * PAGE);
      expect(machine.translate(at, "store")).toMatchObject({ fault: "minor", page: at });
      expect(machine.translate(at, "load")).toMatchObject({ fault: null });
      process.fork().peek(at, 1);
      expect(machine.translate(at, "load")).toMatchObject({ fault: null });
      expect(machine.translate(at, "store")).toMatchObject({ fault: "cow" });
      expect(machine.translate(at, "instruction")).toMatchObject({ fault: "protection", pa: null });
      expect(machine.translate(0n, "load")).toMatchObject({ fault: "segv", pa: null });
      expect(machine.translate(1n << 60n, "load")).toMatchObject({ fault: "segv", pa: null });
      process.madvise(at, PAGE, "pageout");
      process.store(at + 4096n, bytes(1));
      process.madvise(at + 4096n, PAGE, "pageout");
      expect(machine.translate(at + 4096n, "load")).toMatchObject({ fault: "major" });
    });

    test("of a machine without processes that is strict, maps nothing", async () => {
      machine = await make({ unmapped: "strict", contents: true });
      expect(machine.translate(0x1000n, "load")).toMatchObject({ fault: "segv" });
    });
  });

  describe("memory that is short", () => {
    test("pages leave for swap, come back with their bytes, and are counted", () => {
      const process = machine.spawn();
      const at = process.mmap(8 * PAGE);
      for (let page = 0; page < 8; page++) process.store(at + BigInt(page * PAGE), bytes(page + 1));
      machine.frames(4);
      expect(process.smaps()[0]).toMatchObject({
        rss: 4 * PAGE,
        swap: 4 * PAGE,
        uncached: 4 * PAGE,
        unallocated: 0,
      });
      expect(process.access("load", at)).toEqual([{ kind: "major", address: at, access: "load" }]);
      expect(process.load(at, 1)).toEqual(bytes(1));
      expect(machine.stats().paging).toMatchObject({ resident: 4, pageIns: 1, pageOuts: 5, evictions: 5 });
      expect(errnoOf(() => machine.frames(0))).toBe("EINVAL");
    });

    test("the least recently used leave, also what was used before frames were limited", () => {
      const process = machine.spawn();
      const at = process.mmap(3 * PAGE);
      for (const page of [0, 1, 2, 0]) process.access("load", at + BigInt(page * PAGE));
      machine.frames(2);
      expect(process.access("load", at)).toEqual([]);
      expect(process.access("load", at + 4096n)).toMatchObject([{ kind: "minor" }]);
    });

    test("none left is a fault of its own", async () => {
      machine = await make({ frames: 2, swap: 0 });
      const process = machine.spawn();
      const at = process.mmap(3 * PAGE, { address: 0x10000000n });
      expect(faultOf(() => process.store(at, new Uint8Array(3 * PAGE)))).toBe("oom 0x10002000 store");
      expect(errnoOf(() => machine.frames(1))).toBe("ENOMEM");
    });

    test("promises", async () => {
      machine = await make({ frames: 10, swap: 0 });
      machine.overcommit("never", 100);
      const process = machine.spawn();
      expect(errnoOf(() => process.mmap(11 * PAGE))).toBe("ENOMEM");
      machine.overcommit("always");
      expect(process.mmap(11 * PAGE)).toBeTypeOf("bigint");
    });
  });

  describe("files and programs", () => {
    test("a shared mapping writes to the file when its pages leave", () => {
      const file = machine.file("data", 2 * PAGE, { contents: bytes(1, 2, 3) });
      const process = machine.spawn();
      const at = process.mmap(file.size, { file, flags: ["shared"] });
      process.store(at + 1n, bytes(8));
      expect([file.read(0, 3), file.readDisk(0, 3)]).toEqual([bytes(1, 8, 3), bytes(1, 2, 3)]);
      process.madvise(at, PAGE, "pageout");
      expect(file.readDisk(0, 3)).toEqual(bytes(1, 8, 3));
      expect(file.read(2 * PAGE - 1, 5)).toEqual(bytes(0));
      file.truncate(2);
      expect([file.size, file.read()]).toEqual([2n, bytes(1, 8)]);
      expect(faultOf(() => process.load(at + 4096n, 1))).toMatch(/^bus/);
    });

    test("how it is open decides who may map it", () => {
      const file = machine.file("data", PAGE, { mode: "ro" });
      const process = machine.spawn();
      expect(errnoOf(() => process.mmap(PAGE, { file, flags: ["shared"] }))).toBe("EACCES");
      file.open("rw");
      process.mmap(PAGE, { file: "data", flags: ["shared"] });
      file.close();
      expect(errnoOf(() => process.mmap(PAGE, { file }))).toBe("EBADF");
      expect(errnoOf(() => file.close())).toBe("EBADF");
      expect(errnoOf(() => machine.file("data", 1))).toBe("EEXIST");
      expect(errnoOf(() => process.mmap(PAGE, { file: "nothing" }))).toBe("EBADF");
    });

    test("exec maps a program's segments, and says where it begins", () => {
      const program = machine.file("/bin/sh", 2 * PAGE, { contents: bytes(0x90), mode: "ro" });
      machine.program(
        "/bin/sh",
        [
          { address: 0x400000n, length: PAGE, protection: "rx", file: program },
          { address: 0x401000n, length: PAGE, protection: "rw", file: program, offset: PAGE },
          { address: 0x402000n, length: PAGE, protection: "rw" },
        ],
        { entry: 0x400000n },
      );
      const process = machine.spawn();
      expect(process.entry).toBeUndefined();
      process.exec("/bin/sh");
      expect(process.fetch(process.entry ?? 0n, 1)).toEqual(bytes(0x90));
      expect(process.brk()).toBe(0x403000n);
      expect(process.fork().entry).toBe(0x400000n);
      expect(printMaps(process.maps())).toBe(`\
00400000-00401000 r-xp 00000000 00:00 0                                  /bin/sh
00401000-00402000 rw-p 00001000 00:00 0                                  /bin/sh
00402000-00403000 rw-p 00000000 00:00 0 
7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0                          [stack]
`);
      expect(errnoOf(() => process.exec("/bin/zsh"))).toBe("ENOENT");
      expect(errnoOf(() => machine.program("/bin/sh", []))).toBe("EEXIST");
      expect(thrown(() => machine.program("y", [], { entry: 1n }))).toMatchObject({ code: "E_OPTION" });
      expect(thrown(() => machine.program("y", [], { entry: -1n }))).toMatchObject({ code: "E_OPTION" });
      machine.program("y", [{ address: 0x500000n, length: PAGE, protection: "x" }]);
      process.exec("y");
      expect(process.entry).toBe(0x500000n);
      machine.program("z", []);
      process.exec("z");
      expect(process.entry).toBeUndefined();
      const unaligned = [{ address: 1n, length: 1, protection: "r" }];
      expect(errnoOf(() => machine.program("x", unaligned))).toBe("EINVAL");
    });
  });

  describe("smaps", () => {
    test("text that two have mapped is shared; each has what it stored", () => {
      const library = machine.file("libc.so", 4 * PAGE, { mode: "ro" });
      const [one, two] = [machine.spawn(), machine.spawn()];
      for (const process of [one, two]) {
        const text = process.mmap(2 * PAGE, { file: library, protection: "rx" });
        process.fetch(text, 1);
        const data = process.mmap(2 * PAGE, { file: library, offset: 2 * PAGE });
        process.store(data, bytes(process.pid));
      }
      const [data, text] = one.smaps();
      expect(text).toMatchObject({
        rss: PAGE,
        pss: PAGE / 2,
        sharedClean: PAGE,
        cached: PAGE,
        uncached: PAGE,
      });
      expect(data).toMatchObject({
        rss: PAGE,
        pss: PAGE,
        privateDirty: PAGE,
        uncached: PAGE,
        unallocated: 0,
      });
      expect(printSmaps([text].flatMap((region) => region ?? []))).toMatch(/^Shared_Clean: {10}4 kB$/m);
      two.exit();
      expect(one.smaps()[1]).toMatchObject({ sharedClean: 0, privateClean: PAGE });
    });

    test("shared anonymous memory is named as on Linux, and never touched pages are nowhere", () => {
      const process = machine.spawn();
      const at = process.mmap(4 * PAGE, { flags: ["shared"] });
      process.store(at, bytes(1));
      const [region] = process.smaps();
      expect(region).toMatchObject({ name: "/dev/zero (deleted)", shared: true, unallocated: 3 * PAGE });
      expect(region?.flags).toEqual(["rd", "wr", "sh", "mr", "mw", "me", "ms"]);
    });
  });
});

test("an expectation before anything is mapped is not met, and harms nothing", async () => {
  const text = "expect 0x1000 =00\nL 0x1000,1\nmmap 0 4K rw private,anon as $a\nS $a,1 =07\nexpect $a =07\n";
  const machine = await Machine.create({});
  const result = await replay(machine, openTrace(new TextEncoder().encode(text), { format: "scenario" }));
  expect(result.expect?.checked).toBe(2);
  expect(result.expect?.failed).toMatchObject([{ line: 1 }]);
});

test("a table that is on disk is told of before its page is brought in", async () => {
  const machine = await Machine.create({ memory: { frames: 4, pagedTables: true } });
  const process = machine.spawn();
  const far = process.mmap(4096, { address: 0x20000000n, flags: ["fixed"] });
  const near = process.mmap(4096, { address: 0x10000000n, flags: ["fixed"] });
  for (const address of [near, far]) process.access("store", address);
  const before = explain(machine, near, "load").page;
  expect(before).toMatchObject({ state: "uncached", disk: { swap: 0 }, table: 1 });
  expect(explain(machine, near, "load").page).toMatchObject({ state: "cached", table: null });
  expect(machine.stats().paging).toMatchObject({ pageIns: 2, tables: { pageIns: 1 } });
});

test("tables take frames only where they fill them", async () => {
  const flat = { pageTable: { format: "hashed" as const }, memory: { pagedTables: true } };
  await expect(Machine.create(flat)).rejects.toThrow("memory.pagedTables: true; want false: only of a tree");
  const large = { pageSize: "2M", memory: { pagedTables: true } };
  await expect(Machine.create(large)).rejects.toThrow("memory.pagedTables: true");
});
