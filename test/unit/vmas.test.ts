// What the calls of docs/model.md, section "Processes and mappings", answer, by hand. Addresses and lengths are in pages.

import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { MapCall, TwinFile, World } from "../oracle/process/vmas.js";
import { type Core, TESTING } from "../testing.js";
import { CoreVmas, processCore } from "../vmas.js";

const PAGE = 4096n;
const TOP = 0x7ffff_ffffn;
const BASE = 0x7fff7_ffffn;
const LINUX: World = {
  top: Number(TOP),
  low: 16,
  base: Number(BASE),
  maxMaps: 65530,
  ram: 2 ** 30,
  swap: 0,
  overcommit: "heuristic",
};
const WHOLE: TwinFile = { name: 7, bytes: 10n * PAGE, nameless: false, promised: 0 };

describe.each(TESTING)("on the %s build", (build) => {
  let core: Core;
  let os: CoreVmas;
  beforeAll(async () => {
    core = await processCore(build);
  });
  beforeEach(() => {
    os = new CoreVmas(core, LINUX);
  });

  const world = (changes: Partial<World>) => {
    os = new CoreVmas(core, { ...LINUX, ...changes });
  };
  /** An anonymous private mapping at a page, unless said otherwise. */
  const map = (at: number | bigint, pages: number, prot = "rw", more: Partial<MapCall> = {}) =>
    os.mmap({
      va: BigInt(at) * PAGE,
      bytes: BigInt(pages) * PAGE,
      prot,
      kind: "private",
      options: new Set(["fixed"]),
      file: null,
      offset: 0n,
      open: "rw",
      ...more,
    });
  const hinted = { options: new Set([]) };
  const at = (page: number | bigint) => BigInt(page) * PAGE;
  const munmap = (page: number, pages: number) => os.munmap(at(page), at(pages));
  const mprotect = (page: number, pages: number, prot: string) => os.mprotect(at(page), at(pages), prot);
  const mremap = (page: number, old: number, pages: number, mayMove = false, to?: number) =>
    os.mremap(at(page), at(old), at(pages), mayMove, to === undefined ? undefined : at(to));
  const madvise = (page: number, pages: number, advice: string) => os.madvise(at(page), at(pages), advice);
  /** `first-end prot` of each VMA. */
  const maps = () =>
    os.vmas().map((text) => {
      const [first, end, prot] = text.split(" ");
      return `${first}-${end} ${prot}`.trim();
    });
  const flagsAt = (place: number) => (os.vmas()[place]?.split(" ")[3] ?? "").split(",");

  describe("munmap", () => {
    test("in the middle splits a mapping", () => {
      map(100, 10);
      expect(munmap(104, 2)).toBe(0n);
      expect(maps()).toEqual(["100-104 rw", "106-110 rw"]);
    });

    test("over a hole succeeds", () => {
      map(100, 2);
      map(110, 2);
      expect(munmap(90, 50)).toBe(0n);
      expect(maps()).toEqual([]);
      expect(munmap(90, 50)).toBe(0n);
    });

    test("unaligned is EINVAL, and so is length 0; a length is rounded up", () => {
      map(100, 4);
      expect(os.munmap(at(100) + 1n, PAGE)).toBe("EINVAL");
      expect(munmap(100, 0)).toBe("EINVAL");
      expect(os.munmap(at(100), 1n)).toBe(0n);
      expect(os.munmap(at(TOP), PAGE)).toBe("EINVAL");
      expect(maps()).toEqual(["101-104 rw"]);
    });

    test("that would make one mapping too many is ENOMEM", () => {
      world({ maxMaps: 1 });
      map(100, 10);
      expect(munmap(104, 2)).toBe("ENOMEM");
      expect(munmap(100, 2)).toBe(0n);
      expect(maps()).toEqual(["102-110 rw"]);
    });
  });

  describe("mmap", () => {
    test("of length 0, unaligned with FIXED, neither private nor shared: EINVAL", () => {
      expect(map(100, 0)).toBe("EINVAL");
      expect(map(100, 1, "rw", { va: at(100) + 8n })).toBe("EINVAL");
      expect(map(100, 1, "rw", { kind: "neither" })).toBe("EINVAL");
      expect(map(100, 1, "rw", { kind: "both" })).toBe("EINVAL");
      expect(map(100, 1, "rw", { file: WHOLE, offset: 7n })).toBe("EINVAL");
    });

    test("FIXED replaces silently, NOREPLACE is EEXIST", () => {
      map(100, 10);
      expect(map(102, 2, "r")).toBe(at(102));
      expect(maps()).toEqual(["100-102 rw", "102-104 r", "104-110 rw"]);
      expect(map(109, 2, "r", { options: new Set(["noreplace"]) })).toBe("EEXIST");
      expect(map(110, 2, "r", { options: new Set(["noreplace"]) })).toBe(at(110));
    });

    test("too long is ENOMEM, as is one beyond the top; below mmap_min_addr is EPERM", () => {
      expect(map(0, 1, "rw", { bytes: 1n << 47n, ...hinted })).toBe("ENOMEM");
      expect(map(0, 1, "rw", { bytes: (1n << 64n) - 1n, ...hinted })).toBe("ENOMEM");
      expect(map(TOP, 1)).toBe("ENOMEM");
      expect(map(15, 1)).toBe("EPERM");
      expect(map(16, 1)).toBe(at(16));
    });

    test("of more mappings than maxMaps is ENOMEM", () => {
      world({ maxMaps: 2 });
      expect([map(100, 1), map(102, 1), map(104, 1), map(106, 1)]).toEqual([
        at(100),
        at(102),
        at(104),
        "ENOMEM",
      ]);
    });

    test("a start without FIXED is a hint, rounded down; else the highest place is taken", () => {
      expect(map(100, 2, "rw", { va: at(100) + 5n, ...hinted })).toBe(at(100));
      expect(map(101, 2, "rw", hinted)).toBe(at(BASE - 2n));
      expect(map(0, 3, "r", hinted)).toBe(at(BASE - 5n));
      expect(map(3, 1, "r", hinted)).toBe(at(16));
    });

    test("no place is taken so near below a stack that it could not grow", () => {
      world({ top: 2000, base: 1000 });
      map(900, 10, "rw", { options: new Set(["fixed", "growsdown"]) });
      expect(map(0, 95, "rw", hinted)).toBe(at(549));
      expect(map(0, 90, "rw", hinted)).toBe(at(910));
      expect(map(800, 10, "rw", hinted)).toBe(at(539));
    });

    test("equal neighbours merge, whatever came first; of a file where it goes on", () => {
      map(100, 2);
      map(104, 2);
      map(102, 2);
      expect(maps()).toEqual(["100-106 rw"]);
      map(200, 2, "r", { file: WHOLE, offset: 0n });
      map(202, 2, "r", { file: WHOLE, offset: 2n * PAGE });
      map(204, 2, "r", { file: WHOLE, offset: 5n * PAGE });
      expect(maps()).toEqual(["100-106 rw", "200-204 r", "204-206 r"]);
    });

    test("shared with write of a read-only file is EACCES, any of a write-only one", () => {
      expect(map(100, 1, "rw", { file: WHOLE, kind: "shared", open: "r" })).toBe("EACCES");
      expect(map(100, 1, "rw", { file: WHOLE, open: "r" })).toBe(at(100));
      expect(map(100, 1, "r", { file: WHOLE, kind: "shared", open: "w" })).toBe("EACCES");
      expect(map(100, 1, "r", { file: WHOLE, open: "w" })).toBe("EACCES");
    });

    test("growing down of what is shared or of a file is EINVAL", () => {
      const options = new Set(["fixed", "growsdown"] as const);
      expect(map(100, 1, "rw", { kind: "shared", options })).toBe("EINVAL");
      expect(map(100, 1, "rw", { file: WHOLE, options })).toBe("EINVAL");
    });

    test("beyond what a file can have is EOVERFLOW", () => {
      expect(map(100, 1, "r", { file: WHOLE, offset: (1n << 63n) - PAGE })).toBe("EOVERFLOW");
      expect(map(100, 1, "r", { file: WHOLE, offset: (1n << 63n) - 2n * PAGE })).toBe(at(100));
    });
  });

  describe("mprotect", () => {
    test("splits, and a restore merges", () => {
      map(100, 10);
      expect(mprotect(103, 2, "r")).toBe(0n);
      expect(maps()).toEqual(["100-103 rw", "103-105 r", "105-110 rw"]);
      expect(mprotect(103, 2, "rw")).toBe(0n);
      expect(maps()).toEqual(["100-110 rw"]);
    });

    test("what was never used merges again when it was writable for a while", () => {
      map(100, 10, "r");
      mprotect(103, 2, "rw");
      mprotect(103, 2, "r");
      expect(maps()).toEqual(["100-110 r"]);
    });

    test("over a hole is ENOMEM, after the pages before it", () => {
      map(100, 2);
      map(104, 2);
      expect(mprotect(101, 4, "r")).toBe("ENOMEM");
      expect(maps()).toEqual(["100-101 rw", "101-102 r", "104-106 rw"]);
    });

    test("length 0 succeeds, unaligned is EINVAL", () => {
      expect(mprotect(100, 0, "r")).toBe(0n);
      expect(os.mprotect(at(100) + 1n, 0n, "r")).toBe("EINVAL");
      expect(os.mprotect((1n << 64n) - PAGE, PAGE, "r")).toBe("ENOMEM");
    });

    test("to write to a shared mapping of a read-only file is EACCES, to a private one is not", () => {
      map(100, 1, "r", { file: WHOLE, kind: "shared", open: "r" });
      map(200, 1, "r", { file: WHOLE, open: "r" });
      expect(mprotect(100, 1, "rw")).toBe("EACCES");
      expect(mprotect(200, 1, "rw")).toBe(0n);
    });
  });

  describe("mremap", () => {
    test("grows in place, merges with what it meets, shrinks in place", () => {
      map(100, 2);
      map(106, 2);
      expect(mremap(100, 2, 6)).toBe(at(100));
      expect(maps()).toEqual(["100-108 rw"]);
      expect(mremap(100, 8, 3)).toBe(at(100));
      expect(maps()).toEqual(["100-103 rw"]);
    });

    test("moves with MAYMOVE, else ENOMEM", () => {
      map(100, 2);
      map(102, 1, "r");
      expect(mremap(100, 2, 4)).toBe("ENOMEM");
      expect(mremap(100, 2, 4, true)).toBe(at(BASE - 4n));
      expect(maps()).toEqual(["102-103 r", `${BASE - 4n}-${BASE} rw`]);
    });

    test("unaligned, new size 0, FIXED without MAYMOVE, old size 0 of a private mapping: EINVAL", () => {
      map(100, 2);
      expect(os.mremap(at(100) + 1n, PAGE, PAGE, true, undefined)).toBe("EINVAL");
      expect(mremap(100, 2, 0)).toBe("EINVAL");
      expect(mremap(100, 2, 2, false, 200)).toBe("EINVAL");
      expect(mremap(100, 0, 2, true)).toBe("EINVAL");
      expect(mremap(100, 2, 2, true, 101)).toBe("EINVAL");
    });

    test("old size 0 of a shared mapping duplicates it", () => {
      map(100, 2, "rw", { file: WHOLE, kind: "shared", offset: PAGE });
      expect(mremap(100, 0, 2, true, 200)).toBe(at(200));
      expect(os.vmas().map((text) => text.split(" ").slice(4).join(" "))).toEqual(["7 1", "7 1"]);
    });

    test("of what is not mapped, or growing across mappings, is EFAULT", () => {
      map(100, 2);
      map(102, 2, "r");
      expect(mremap(99, 1, 2, true)).toBe("EFAULT");
      expect(mremap(100, 3, 5, true)).toBe("EFAULT");
    });

    test("needs mappings to spare for a move", () => {
      const moves = (maxMaps: number) => {
        world({ maxMaps });
        map(100, 2);
        map(102, 1, "r");
        return [mremap(100, 2, 4, true), mremap(102, 1, 1, true, 300)];
      };
      expect(moves(5)).toEqual(["ENOMEM", "ENOMEM"]);
      expect(moves(6)).toEqual([at(BASE - 4n), "ENOMEM"]);
      expect(moves(8)).toEqual([at(BASE - 4n), at(300)]);
    });

    test("is promised what it adds, not what it moves", () => {
      world({ ram: 20, overcommit: "never" });
      map(100, 8);
      map(108, 1, "r");
      expect(mremap(100, 8, 11, true)).toBe("ENOMEM");
      expect(mremap(100, 8, 10, true)).toBe(at(BASE - 10n));
    });

    test("to a place that was asked for empties it first, also if an error follows", () => {
      map(100, 2);
      map(200, 4, "r");
      expect(mremap(100, 3, 3, true, 201)).toBe("EFAULT");
      expect(maps()).toEqual(["100-102 rw", "200-201 r"]);
      expect(mremap(100, 2, 2, true, 202)).toBe(at(202));
      expect(maps()).toEqual(["200-201 r", "202-204 rw"]);
    });
  });

  describe("madvise", () => {
    test("of locked memory that DONTNEED, unaligned, of unknown advice: EINVAL", () => {
      map(100, 4);
      os.mlock(at(100), PAGE);
      expect(madvise(100, 1, "dontneed")).toBe("EINVAL");
      expect(madvise(100, 1, "free")).toBe("EINVAL");
      expect(madvise(100, 1, "cold")).toBe("EINVAL");
      expect(madvise(100, 1, "dontneed_locked")).toBe(0n);
      expect(madvise(101, 1, "dontneed")).toBe(0n);
      expect(os.madvise(at(101) + 1n, PAGE, "dontneed")).toBe("EINVAL");
      expect(madvise(101, 1, "unheard-of")).toBe("EINVAL");
      expect(madvise(101, 0, "dontneed")).toBe(0n);
    });

    test("over a hole both sides are advised and the result is ENOMEM", () => {
      map(100, 2);
      map(104, 2);
      expect(madvise(100, 6, "dontfork")).toBe("ENOMEM");
      expect([flagsAt(0).includes("dontfork"), flagsAt(1).includes("dontfork")]).toEqual([true, true]);
    });

    test("HUGEPAGE and NOHUGEPAGE set flags of mappings, the last one holds", () => {
      map(100, 10);
      expect(madvise(102, 2, "hugepage")).toBe(0n);
      expect(maps()).toEqual(["100-102 rw", "102-104 rw", "104-110 rw"]);
      expect(flagsAt(1)).toContain("hugepage");
      expect(madvise(102, 2, "nohugepage")).toBe(0n);
      expect(flagsAt(1)).toContain("nohugepage");
      expect(flagsAt(1)).not.toContain("hugepage");
    });

    test("WIPEONFORK of shared or file memory is EINVAL", () => {
      map(100, 1, "rw", { kind: "shared" });
      map(102, 1, "rw", { file: WHOLE });
      map(104, 1);
      expect([100, 102, 104].map((page) => madvise(page, 1, "wipeonfork"))).toEqual(["EINVAL", "EINVAL", 0n]);
      expect(madvise(104, 1, "keeponfork")).toBe(0n);
    });

    test("REMOVE wants shared memory that may be written", () => {
      map(100, 1);
      map(102, 1, "rw", { file: WHOLE });
      map(104, 1, "r", { file: WHOLE, kind: "shared", open: "r" });
      map(106, 1, "r", { kind: "shared" });
      expect([100, 102, 104, 106].map((page) => madvise(page, 1, "remove"))).toEqual([
        "EINVAL",
        "EACCES",
        "EACCES",
        0n,
      ]);
    });

    test("a split too many is EAGAIN", () => {
      world({ maxMaps: 2 });
      map(100, 10);
      expect(madvise(102, 2, "dontfork")).toBe("EAGAIN");
      expect(madvise(100, 2, "dontfork")).toBe(0n);
    });

    test("POPULATE stops at what may not be used, is not there, or is beyond its file", () => {
      map(100, 2, "w");
      map(102, 1, "");
      map(200, 12, "r", { file: WHOLE });
      expect(madvise(100, 2, "populate_read")).toBe("EINVAL");
      expect(madvise(100, 3, "populate_write")).toBe("EINVAL");
      expect(madvise(100, 2, "populate_write")).toBe(0n);
      expect(madvise(210, 2, "populate_read")).toBe("EFAULT");
      expect(madvise(212, 2, "populate_read")).toBe("ENOMEM");
      expect(core.osResident()).toBe(2n);
    });
  });

  describe("brk", () => {
    const heap = at(1000);

    test("is by exact bytes", () => {
      expect(os.setBrk(heap + 8n)).toBe(heap + 8n);
      expect(os.setBrk(heap + 5000n)).toBe(heap + 5000n);
      expect(maps()).toEqual(["1001-1002 rw"]);
      expect(os.setBrk(heap + 4097n)).toBe(heap + 4097n);
      expect(maps()).toEqual(["1001-1002 rw"]);
      expect(os.setBrk(heap + 4096n)).toBe(heap + 4096n);
      expect(maps()).toEqual([]);
    });

    test("that fails gives the old break", () => {
      os.setBrk(heap);
      os.setBrk(heap + 10n);
      map(1003, 1);
      expect(os.setBrk(at(1002))).toBe(at(1002));
      expect(os.setBrk(at(1002) + 1n)).toBe(at(1002));
      expect(os.setBrk(heap - 1n)).toBe(at(1002));
      os.limit("data", 3n * PAGE);
      munmap(1003, 1);
      expect(os.setBrk(at(1003) + 1n)).toBe(at(1002));
      expect(os.setBrk(at(1003))).toBe(at(1003));
    });
  });

  describe("limits", () => {
    test("RLIMIT_AS and RLIMIT_DATA give ENOMEM; what FIXED replaces does not count twice", () => {
      os.limit("as", 10n * PAGE);
      expect([map(100, 8), map(200, 3), map(100, 9), map(100, 10)]).toEqual([
        at(100),
        "ENOMEM",
        at(100),
        at(100),
      ]);
      os.limit("as", 1n << 64n);
      os.limit("data", 10n * PAGE);
      expect([map(200, 1), map(200, 1, "r"), map(300, 1, "rw", { kind: "shared" })]).toEqual([
        "ENOMEM",
        at(200),
        at(300),
      ]);
      expect(mprotect(200, 1, "rw")).toBe("ENOMEM");
      expect(os.setBrk(at(1000))).toBe(at(1000));
      expect(os.setBrk(at(1001))).toBe(at(1000));
    });

    test("overcommit: heuristic refuses what is more than all by itself, always nothing, never the sum", () => {
      world({ ram: 100, swap: 10 });
      expect([map(1000, 110), map(2000, 110), map(3000, 111)]).toEqual([at(1000), at(2000), "ENOMEM"]);
      world({ ram: 100, swap: 10, overcommit: "always" });
      expect(map(1000, 100_000)).toBe(at(1000));
      world({ ram: 100, swap: 10, overcommit: "never" });
      expect([map(1000, 50), map(2000, 10, "r"), map(3000, 10, "rw", { kind: "shared" })]).toEqual([
        at(1000),
        at(2000),
        at(3000),
      ]);
      const noreserve = { options: new Set(["fixed", "noreserve"] as const) };
      expect([map(4000, 1), mprotect(2000, 1, "rw"), map(4000, 1, "rw", noreserve)]).toEqual([
        "ENOMEM",
        "ENOMEM",
        "ENOMEM",
      ]);
      // What is replaced gives its promise back.
      expect([map(1000, 51), map(990, 50), map(1000, 50)]).toEqual(["ENOMEM", "ENOMEM", at(1000)]);
      // Shared memory is promised until nobody maps any of it.
      munmap(3000, 9);
      expect(map(4000, 1)).toBe("ENOMEM");
      munmap(3009, 1);
      expect(map(4000, 10)).toBe(at(4000));
    });
  });

  describe("mlock and MAP_POPULATE", () => {
    test("are resident at once", () => {
      map(100, 4);
      expect(os.mlock(at(101) + 4095n, 2n)).toBe(0n);
      expect(core.osResident()).toBe(2n);
      expect(maps()).toEqual(["100-101 rw", "101-103 rw", "103-104 rw"]);
      map(200, 5, "r", { options: new Set(["fixed", "populate"]) });
      expect(core.osResident()).toBe(7n);
      expect(os.munlock(at(100), 4n * PAGE)).toBe(0n);
      expect(maps()).toEqual(["100-104 rw", "200-205 r"]);
    });

    test("mlock over a hole is ENOMEM, after what is before it; of PROT_NONE, too", () => {
      map(100, 2);
      expect(os.mlock(at(100), 3n * PAGE)).toBe("ENOMEM");
      expect(flagsAt(0)).toContain("locked");
      map(200, 1, "");
      expect(os.mlock(at(200), PAGE)).toBe("ENOMEM");
    });

    test("RLIMIT_MEMLOCK: 0 is EPERM; mlock beyond it ENOMEM, a locked mapping EAGAIN", () => {
      map(100, 8);
      os.limit("memlock", 4n * PAGE + 100n);
      expect(os.mlock(at(100), 5n * PAGE)).toBe("ENOMEM");
      expect(os.mlock(at(100), 3n * PAGE)).toBe(0n);
      expect(os.mlock(at(100), 4n * PAGE)).toBe(0n);
      expect(map(200, 1, "rw", { options: new Set(["fixed", "locked"]) })).toBe("EAGAIN");
      os.limit("memlock", 0n);
      expect(os.mlock(at(100), PAGE)).toBe("EPERM");
      expect(map(200, 1, "rw", { options: new Set(["fixed", "locked"]) })).toBe("EPERM");
      expect(os.munlock(at(100), 8n * PAGE)).toBe(0n);
    });

    test("mlockall: what is there, and what will be", () => {
      map(100, 2);
      expect(os.mlockAll(false, false)).toBe("EINVAL");
      expect(os.mlockAll(true, true)).toBe(0n);
      map(200, 2);
      os.setBrk(at(1000));
      os.setBrk(at(1002));
      expect(core.osLocked()).toBe(6n);
      expect(core.osResident()).toBe(6n);
      expect(os.munlockAll()).toBe(0n);
      expect(core.osLocked()).toBe(0n);
    });
  });

  describe("stacks", () => {
    const stack = { options: new Set(["fixed", "growsdown"] as const) };

    test("grow on any access, down to RLIMIT_STACK", () => {
      map(1000, 4, "rw", stack);
      os.limit("stack", 100n * PAGE);
      expect(os.reach(at(904))).toBe(true);
      expect(os.reach(at(903))).toBe(false);
      expect(maps()).toEqual(["904-1004 rw"]);
    });

    test("keep 256 pages from what is below, unless nobody may use that, or it grows itself", () => {
      map(1000, 4, "rw", stack);
      map(500, 1, "r");
      expect(os.reach(at(756))).toBe(false);
      expect(os.reach(at(757))).toBe(true);
      mprotect(500, 1, "");
      expect(os.reach(at(501))).toBe(true);
      map(400, 1, "rw", stack);
      munmap(500, 1);
      expect(os.reach(at(401))).toBe(true);
      // Stacks that meet stay two.
      expect(maps()).toEqual(["400-401 rw", "401-1004 rw"]);
    });
  });

  test("after munmap of everything nothing is left", () => {
    map(100, 10);
    map(200, 10, "rw", { kind: "shared", options: new Set(["fixed", "populate"]) });
    os.mlock(at(100), 10n * PAGE);
    expect(os.munmap(0n, at(TOP))).toBe(0n);
    expect(os.counts()).toEqual({ vmas: 0, mapped: 0, data: 0, locked: 0, accounted: 0, committed: 0 });
    expect(core.osResident()).toBe(0n);
  });
});
