import { existsSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Forks } from "../../src/capture/forks.js";
import { HeapEvents } from "../../src/capture/heap.js";
import { LackeyLog } from "../../src/capture/log.js";
import { Maps } from "../../src/capture/maps.js";
import { Marks } from "../../src/capture/marks.js";
import { Ring } from "../../src/capture/ring.js";
import { Core } from "../../src/engine/core.js";
import { Symbols } from "../../src/symbols/addr2line.js";
import { printEvent } from "../../src/trace/scenario/print.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { Folder } from "../cli/pagewalk.js";
import { readLackey } from "../oracle/lackey.js";
import { accessLine, listenerOf, listing, PAGE, RingFile, TEXT } from "./capturing.js";

const folder = new Folder();
let files = 0;
const ringFile = () => new RingFile(folder.at(`${++files}.ring`));

const record = fc
  .tuple(
    fc.constantFrom("I  ", " L ", " S ", " M "),
    fc.bigInt(0n, (1n << 64n) - 1n),
    fc.integer({ min: 1, max: 64 }),
  )
  .map(([kind, va, size]) => `${kind}${va.toString(16).padStart(8, "0")},${size}`);
const other = fc.constantFrom("==12== a header", "--12-- a message", "==12== ", "--", "-- SCHED[1]");
const scheduled = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom("runs", "ends"))
  .map(([thread, what]) => {
    const said = what === "runs" ? " acquired lock (VG_(vg_yield))" : "release lock in VG_(exit_thread)";
    return `--12--   SCHED[${thread}]: ${said}`;
  });
/** What a line of the scheduler says, as `listenerOf` notes it. */
function schedule(line: string): string[] {
  const [, thread, what] = /SCHED\[(\d+)\]: +(acquired|release)/.exec(line) ?? [];
  return thread ? [`${what === "acquired" ? "runs" : "ends"} ${thread}`] : [];
}
const bad = fc.constantFrom("**12** said by the program", "I  ", " L 12", "nonsense");

describe.each(BUILDS)("a log, by the %s build", (build) => {
  test("is read alike in whatever pieces it arrives", async () => {
    const core = await Core.create(await buildOf(build));
    const one = fc.oneof({ weight: 20, arbitrary: record }, other, scheduled, bad);
    const lines = fc.array(one, { maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(
        lines,
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
        async (lines, pieces) => {
          const { tape, lines: read } = listing(core);
          const log = new LackeyLog(core);
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const piece = bytes.subarray(at, at + (pieces[i % pieces.length] ?? 1));
            at += piece.length;
            await log.push(piece, listenerOf(tape, read));
          }
          log.end();
          const each = lines.map((line) => readLackey(line));
          expect(read).toEqual(
            each.flatMap(({ records }, i) => [...records.map(accessLine), ...schedule(lines[i] ?? "")]),
          );
          expect(log.skipped).toBe(each.filter(({ badLine }) => badLine).length);
          expect(log.isWhole).toBe(lines.at(-1)?.startsWith("==") ?? false);
        },
      ),
      { numRuns: runs(100, 2000) },
    );
  });

  test("is cut where its last line is", async () => {
    const core = await Core.create(await buildOf(build));
    const { tape, lines } = listing(core);
    const log = new LackeyLog(core);
    await log.push(Buffer.from("==1== \nI  10,1\n==1== \nI  2"), listenerOf(tape, lines));
    log.end();
    expect(lines).toEqual(["instruction 10,1"]);
    expect(log.isWhole).toBe(false);
  });

  test("may have a line that never ends", async () => {
    const core = await Core.create(await buildOf(build));
    const { tape, lines } = listing(core);
    const log = new LackeyLog(core);
    const listener = listenerOf(tape, lines);
    await log.push(Buffer.alloc(3_000_000, 0x61), listener);
    await log.push(Buffer.from("\nI  10,1\n"), listener);
    expect(lines).toEqual(["instruction 10,1"]);
    expect(log.skipped).toBeGreaterThan(0);
  });
});

/** Where on its page the recorder marks what. */
const MARKS: Record<string, number> = { event: 0, pause: 8, resume: 16, enter: 24, leave: 32 };

/** What a program and a recorder in it do, as lackey sees it. */
const deeds = fc.constantFrom(
  ...["fetch", "load", "own fetch", "own load", "event", "pause", "resume", "enter", "leave", "stray"],
);

describe.each(BUILDS)("marks, by the %s build", (build) => {
  test("become events, and the recorder's accesses go", async () => {
    const core = await Core.create(await buildOf(build));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(deeds, { maxLength: 40 }), { maxLength: 4 }), async (batches) => {
        const { tape, lines } = listing(core);
        const heap = new HeapEvents(tape, new Symbols(), new Forks());
        const marks = new Marks(tape, heap);
        const file = ringFile();
        const events = batches.flat().filter((deed) => deed === "event").length;
        const held = Math.min(events, 60);
        for (let i = 0; i < held; i++) file.put({ kind: 1, ptr: 0x1000 + i, size: i, ip: 0x55 });
        const ring = file.open();
        const wanted: string[] = [];
        // Each batch is of one thread.
        const threads = [1, 2].map((thread) => ({
          thread: { process: 12, thread, allocating: false, inside: false, paused: false },
          state: { inside: false, paused: false, allocating: false },
        }));
        let taken = 0;
        for (const [turn, deeds] of batches.entries()) {
          const who = threads[turn % 2] as (typeof threads)[number];
          let { state } = who;
          const { columns } = tape;
          columns.begin();
          const put = (kind: string, address: number) => {
            const { Kind } = core.enums;
            columns.accessAt(
              { fetch: Kind.Instruction, load: Kind.Load, store: Kind.Store }[kind] ?? 0,
              address,
              4,
            );
          };
          for (const deed of deeds) {
            const { inside, paused } = state;
            const kept = (line: string, own = inside) => {
              if (!own && !paused) wanted.push(line);
            };
            if (deed === "fetch") {
              put("fetch", 0x4000);
              state = { ...state, inside: false };
              kept("instruction 4000,4", false);
            } else if (deed === "load") {
              put("load", 0x5000);
              kept("load 5000,4");
            } else if (deed === "own fetch") {
              put("fetch", TEXT.start + 8);
              state = { ...state, inside: true };
            } else if (deed === "own load") {
              put("load", 0x6000);
              kept("load 6000,4");
            } else if (deed === "stray") {
              put("fetch", 0x4000);
              put("store", PAGE);
              state = { ...state, inside: false };
              kept("instruction 4000,4", false);
              kept(`store ${PAGE.toString(16)},4`, false);
            } else {
              put("fetch", TEXT.end - 1);
              put("store", PAGE + (MARKS[deed] ?? 0));
              state = { ...state, inside: true };
              if (deed === "pause") state.paused = true;
              else if (deed === "resume") state.paused = false;
              else if (deed === "enter" || deed === "leave") {
                const allocating = deed === "enter";
                if (allocating !== state.allocating) wanted.push(`allocator ${deed}`);
                state.allocating = allocating;
              } else if (taken < held) {
                const i = taken++;
                wanted.push(`malloc 0x${(0x1000 + i).toString(16)} ${i} at 0x54`);
              }
            }
          }
          who.state = state;
          marks.apply(columns.records, ring, who.thread);
          await heap.place();
          await tape.flush();
        }
        ring.close();
        expect(lines).toEqual(wanted);
      }),
      { numRuns: runs(100, 2000) },
    );
  });

  test("of every kind are told with their modules", async () => {
    const core = await Core.create(await buildOf(build));
    const { tape, lines } = listing(core);
    const symbols = new Symbols();
    const forks = new Forks();
    const heap = new HeapEvents(tape, symbols, forks);
    const path = `/no/such/${"long/".repeat(20)}module.so`;
    const ring = ringFile()
      .module(0x7000, 0x9000, path)
      .put({ kind: 1, ptr: 0x10, size: 5, ip: 0x7101 })
      .put({ kind: 2, ptr: 0x20, other: 64, size: 6, ip: 0x7102 })
      .put({ kind: 3, ptr: 0x30, other: 7, size: 8, ip: 0x7101 })
      .put({ kind: 4, ptr: 0x40, other: 0x30, size: 9, ip: 0x9001 })
      .put({ kind: 5, ptr: 0xffff_ffff_f000, ip: 0x9000 })
      .put({ kind: 7, ptr: 0x5000, size: 4096 })
      .put({ kind: 8, ptr: 4711 })
      .put({ kind: 8, ptr: 4712 })
      .open();
    // One fork was told of before.
    expect(forks.tell(4712)).toBe(true);
    tape.columns.begin();
    while (heap.take(ring));
    await heap.place();
    await tape.flush();
    symbols.close();
    ring.close();
    expect(lines).toEqual([
      "malloc 0x10 5 at module.so+0x100",
      "malloc 0x20 6 align 64 at module.so+0x101",
      "calloc 0x30 7 8 at module.so+0x100",
      "realloc 0x30 0x40 9 at 0x9000",
      "free 0xfffffffff000 at module.so+0x1fff",
      "allocator unmap 0x5000 4096",
      "fork 4711",
    ]);
  });
});

describe("a ring", () => {
  test("is none before its recorder has finished it", () => {
    const path = folder.at("unfinished");
    for (const bytes of [0, 100, 4096]) {
      writeFileSync(path, Buffer.alloc(bytes));
      expect(Ring.open(path)).toBeUndefined();
      expect(existsSync(path)).toBe(true);
    }
  });

  test("has no name once it is open", () => {
    const ring = ringFile().open();
    expect(existsSync(folder.at(`${files}.ring`))).toBe(false);
    expect(ring.isEmpty).toBe(true);
    expect(ring.next()).toBe(-1);
    ring.close();
  });
});

describe("mappings", () => {
  const exe = "00400000-00401000 r-xp 00001000 fe:00 42    /bin/a b";
  const gone = "00600000-00601000 rw-p 00000000 fe:00 43                /lib/c.so";
  const stack = "7ffc00000000-7ffc00002000 rw-p 00000000 00:00 0                          [stack]";
  const grown = "7ffbffff0000-7ffc00002000 rw-p 00000000 00:00 0                          [stack]";
  const plain = "00700000-00702000 ---p 00000000 00:00 0 ";
  const print = (maps: Maps) => maps.events().map(printEvent);

  test("are regions: the last, and those with names that were there before", () => {
    const maps = new Maps(false, "/tmp/x");
    maps.add([exe, gone, plain, stack, ""].join("\n"));
    maps.add([exe, grown, "00900000-00901000 rw-s 00000000 fe:00 9   /tmp/x/1.ring (deleted)"].join("\n"));
    expect(print(maps)).toEqual([
      'region 0x400000 4096 rx "/bin/a b" 0x1000',
      "region 0x600000 4096 rw /lib/c.so",
      "region 0x7ffbffff0000 73728 rw [stack]",
    ]);
  });

  test("may be nothing that is told", () => {
    const maps = new Maps(false, "/tmp/x");
    maps.add("");
    maps.add("nonsense\nffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0   [vsyscall]\n");
    maps.look(2 ** 31);
    expect(print(maps)).toEqual([]);
  });

  test("under valgrind are the program's, with the names that they lack", () => {
    const tool = "58000000-58001000 r-xp 00000000 fe:00 3   /usr/libexec/valgrind/lackey-amd64-linux";
    const lines = [
      "00108000-0010c000 r-xp 00000000 fe:00 2   /usr/bin/dash",
      "04035000-04056000 rwxp 00000000 00:00 0 ",
      "04835000-04837000 rw-p 00000000 00:00 0 ",
      tool,
      "58232000-58c25000 rw-p 00000000 00:00 0 ",
      "1002001000-100278c000 rwxp 00000000 00:00 0 ",
      "1ffeffe000-1fff001000 rw-p 00000000 00:00 0 ",
      stack,
    ];
    const maps = new Maps(true, "/tmp/x");
    maps.add(lines.join("\n"));
    // What the shell that starts valgrind had, or a program that follows it, is not looked at.
    maps.add(exe);
    expect(print(maps)).toEqual([
      "region 0x108000 16384 rx /usr/bin/dash",
      "region 0x4035000 135168 rwx [heap]",
      "region 0x4835000 8192 rw [anon]",
      "region 0x1ffeffe000 12288 rw [stack]",
    ]);
  });
});
