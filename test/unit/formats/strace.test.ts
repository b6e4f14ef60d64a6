import { beforeAll, expect, test } from "vitest";
import { Core } from "../../../src/engine/core.js";
import { buildOf } from "../../builds.js";
import type { Entry } from "../../records.js";
import { entriesOf } from "../../records.js";

let core: Core;
beforeAll(async () => {
  core = await Core.create(await buildOf("release"));
});

const read = async (text: string): Promise<Entry[]> => {
  const { entries, error } = await entriesOf(core, text);
  expect(error).toBeUndefined();
  return entries;
};
const munmap = (address: bigint): Entry => ({ event: "munmap", address, length: 4096n, answer: "ok" });
const process = (process: bigint, thread?: bigint): Entry =>
  ({ event: "switch", process, ...(thread === undefined ? {} : { thread }) }) as Entry;

test.each([
  "munmap(0x1000, 4096) = 0",
  "17:38:32 munmap(0x1000, 4096) = 0",
  "17:38:32.666284 munmap(0x1000, 4096) = 0 <0.000012>",
  "1700000000.666284 munmap(0x1000, 4096) = 0",
  "     0.000012 munmap(0x1000, 4096) = 0",
  "17:38:32 (+     0.000012) munmap(0x1000, 4096) = 0",
  "[  11] munmap(0x1000, 4096) = 0",
  "[00007f3cf8cfe62a] munmap(0x1000, 4096) = 0",
  "[????????????????] munmap(0x1000, 4096)         = 0 (flags)",
])("columns before a call: %s", async (line) => {
  expect(await read(`${line}\n`)).toEqual([munmap(0x1000n)]);
});

test("a process that is not numbered at first is the same when it is", async () => {
  const text = `execve("./f", ["./f"], 0x7fff /* 35 vars */) = 0
clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0}strace: Process 100 attached
 => {parent_tid=[100]}, 88) = 100
[pid   100] munmap(0x1000, 4096) = 0
[pid    99] munmap(0x2000, 4096 <unfinished ...>
[pid   100] +++ exited with 0 +++
<... munmap resumed>) = 0
clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>
strace: Process 101 attached
[pid   101] munmap(0x3000, 4096) = 0
[pid    99] <... clone resumed>) = 101
[pid    99] exit_group(0) = ?
[pid    99] +++ exited with 0 +++
munmap(0x4000, 4096) = 0
+++ exited with 1 +++
`;
  expect(await read(text)).toEqual([
    { event: "exec", file: "./f", answer: "ok" },
    process(1n, 100n),
    munmap(0x1000n),
    process(1n),
    munmap(0x2000n),
    { event: "fork", child: 101n, answer: "ok" },
    process(101n),
    munmap(0x3000n),
    process(1n),
    { event: "exit" },
    process(101n),
    munmap(0x4000n),
    { event: "exit" },
  ]);
});

test.each([
  ["CLONE_VM|CLONE_VFORK|SIGCHLD", "vfork"],
  ["CLONE_VM|SIGCHLD", "clone"],
  ["CLONE_CHILD_SETTID|SIGCHLD", "fork"],
])("clone with %s is a %s", async (flags, event) => {
  expect(await read(`clone(child_stack=NULL, flags=${flags}) = 7\n`)).toEqual([
    { event, child: 7n, answer: "ok" },
  ]);
});

test("tasks that act before their parents' calls return, two at once", async () => {
  const text = `10 munmap(0x1000, 4096) = 0
20 munmap(0x1000, 4096) = 0
10 vfork( <unfinished ...>
20 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>
31 munmap(0x1000, 4096) = 0
32 munmap(0x1000, 4096) = 0
20 <... clone resumed>) = 31
10 <... vfork resumed>) = 32
10 vfork() = -1 EAGAIN (Resource temporarily unavailable)
33 munmap(0x1000, 4096) = 0
`;
  const { entries, other, error } = await entriesOf(core, text);
  expect(error).toBeUndefined();
  expect(other).toEqual({ "children of an uncertain parent": 1, "failed vfork": 1 });
  expect(entries).toEqual([
    process(10n),
    munmap(0x1000n),
    process(20n),
    munmap(0x1000n),
    process(10n),
    { event: "vfork", child: 31n, answer: "ok" },
    process(31n),
    munmap(0x1000n),
    process(20n),
    { event: "fork", child: 32n, answer: "ok" },
    process(32n),
    munmap(0x1000n),
    process(33n),
    munmap(0x1000n),
  ]);
});

test("flags keep what matters to a mapping", async () => {
  const flags = "MAP_SHARED_VALIDATE|MAP_FIXED_NOREPLACE|MAP_POPULATE|MAP_NORESERVE|MAP_LOCKED|MAP_HUGETLB";
  const text = `mmap(NULL, 4096, PROT_NONE, ${flags}|21<<MAP_HUGE_SHIFT|0x8000000, 3<socket:[1->2]>(deleted), 0) = 0x1000\n`;
  const { entries, other } = await entriesOf(core, text);
  expect(other).toEqual({ "mmap with unknown flags": 1 });
  expect(entries).toEqual([
    {
      event: "mmap",
      address: 0x1000n,
      length: 4096n,
      protection: [],
      flags: ["shared", "noreplace", "populate", "noreserve", "locked", "hugetlb"],
      file: "socket:[1->2]",
      answer: "ok",
    },
  ]);
});

test("calls that never come back are counted, but for those that end a process", async () => {
  const text = `7 mmap(NULL, 4096 <unfinished ...>
8 munmap(0x1000, 4096) = 0
7 brk(0x2000 <unfinished ...>
8 futex(0x1, FUTEX_WAIT <unfinished ...>
8 exit_group(0 <unfinished ...>
8 +++ exited with 0 +++
`;
  const { entries, other } = await entriesOf(core, text);
  expect(other).toMatchObject({ "unfinished mmap": 1, "unfinished brk": 1, "unfinished futex": 1 });
  expect(Object.keys(other).filter((name) => name.includes("exit_group"))).toEqual([]);
  expect(entries).toContainEqual(munmap(0x1000n));
});
