// The core's memory-mapping calls, under the names and with the values of their naive twin.

import { shapeOf } from "../src/config/formats.js";
import type { Flag, MapCall, TwinFile, World } from "./oracle/process/vmas.js";
import { type Core, coreWith } from "./testing.js";

export type Result = bigint | string;

/** A VMA as text: pages, protection, flags, file and the page of it. */
export type VmaText = string;

export type Limited = "as" | "data" | "stack" | "memlock";

const ALL = (1n << 64n) - 1n;

/** A core with a machine of x86-64 tables, and an operating system on it. */
export async function processCore(build: string): Promise<Core> {
  const core = await coreWith(build);
  const { levels, leaves } = shapeOf({ format: "x86-64" });
  core.openFormat(false, core.Family.X86, false, 12, 48, 0, 3);
  for (const { shift, bits } of levels) core.addLevel(false, shift, bits);
  for (const { bits, level, run } of leaves) core.addSize(false, bits, levels.length - 1 - level, run);
  core.openTable(core.TableKind.Tree, 46, 0, 0);
  const { Read, Write, Execute, User } = core.Flag;
  core.openMachine(1, 0, true, Read | Write | Execute | User, 1, false, 0n);
  core.openReplay(false, false, false, 1, false, 0);
  core.openSystem(false, 1n << 47n, 0n, ALL, 0, 65530, 1000, 0, true, 0, 0, 0n, 0n, false);
  return core;
}

export class CoreVmas {
  private readonly core: Core;
  private readonly flags: readonly (readonly [number, Flag])[];
  private readonly errnos: ReadonlyMap<bigint, string>;
  private readonly names = new Map<number, number>();
  private readonly files = new Map<TwinFile, number>();

  constructor(core: Core, world: World) {
    this.core = core;
    const { VmaFlag, Errno } = core;
    this.flags = [
      [VmaFlag.Shared, "shared"],
      [VmaFlag.GrowsDown, "growsdown"],
      [VmaFlag.Locked, "locked"],
      [VmaFlag.NoReserve, "noreserve"],
      [VmaFlag.HugePage, "hugepage"],
      [VmaFlag.NoHugePage, "nohugepage"],
      [VmaFlag.DontFork, "dontfork"],
      [VmaFlag.WipeOnFork, "wipeonfork"],
      [VmaFlag.MayRead, "mayread"],
      [VmaFlag.MayWrite, "maywrite"],
      [VmaFlag.MayExecute, "mayexec"],
      [VmaFlag.Accounted, "accounted"],
      [VmaFlag.RandomReads, "random"],
      [VmaFlag.SequentialReads, "sequential"],
      [VmaFlag.DontDump, "dontdump"],
      [VmaFlag.Mergeable, "mergeable"],
    ];
    const names = Object.keys(Errno).filter((name) => /^E[A-Z]+$/.test(name)) as (keyof typeof Errno)[];
    this.errnos = new Map(names.map((name) => [-BigInt(Errno[name] as number), name as string]));
    const { top, low, base, maxMaps, ram, swap, overcommit } = world;
    const mode = { heuristic: 0, always: 1, never: 2 }[overcommit];
    const opened = core.osReset(
      BigInt(top),
      BigInt(low),
      BigInt(base),
      maxMaps,
      BigInt(ram),
      BigInt(swap),
      mode,
    );
    if (!opened) throw new Error("memory is used up");
  }

  private result(value: bigint): Result {
    return this.errnos.get(value) ?? value;
  }

  /** The core's object for a file of the twin. */
  private fileOf(file: TwinFile | null): number {
    if (!file) return 0;
    const found = this.files.get(file) ?? this.core.osFile(file.bytes);
    this.files.set(file, found);
    this.names.set(found >>> 0, file.name);
    return found;
  }

  mmap(call: MapCall): Result {
    const { Map: M } = this.core;
    const options = {
      fixed: M.Fixed,
      noreplace: M.NoReplace,
      populate: M.Populate,
      growsdown: M.GrowsDown,
      noreserve: M.NoReserve,
      locked: M.Locked,
    };
    const kinds = { private: M.Private, shared: M.Shared, both: M.Private | M.Shared, neither: 0 };
    let map = kinds[call.kind] | (call.file ? 0 : M.Anonymous);
    for (const option of call.options) map |= options[option];
    const { Open } = this.core;
    const open = (call.open.includes("r") ? Open.Read : 0) | (call.open.includes("w") ? Open.Write : 0);
    const file = this.fileOf(call.file);
    const prot = this.protection(call.prot);
    return this.result(this.core.osMmap(call.va, call.bytes, prot, map, file, call.offset, open));
  }

  private protection(prot: string): number {
    const { Read, Write, Execute } = this.core.Protection;
    return (
      (prot.includes("r") ? Read : 0) | (prot.includes("w") ? Write : 0) | (prot.includes("x") ? Execute : 0)
    );
  }

  munmap(va: bigint, bytes: bigint): Result {
    return this.result(this.core.osMunmap(va, bytes));
  }

  mprotect(va: bigint, bytes: bigint, prot: string): Result {
    return this.result(this.core.osMprotect(va, bytes, this.protection(prot)));
  }

  mremap(va: bigint, old: bigint, bytes: bigint, mayMove: boolean, to: bigint | undefined): Result {
    const { Remap } = this.core;
    const flags = (mayMove ? Remap.MayMove : 0) | (to === undefined ? 0 : Remap.Fixed);
    return this.result(this.core.osMremap(va, old, bytes, flags, to ?? 0n));
  }

  madvise(va: bigint, bytes: bigint, advice: string): Result {
    const { Advice } = this.core;
    const numbers: Record<string, number> = {
      willneed: Advice.Nothing,
      normal: Advice.Normal,
      random: Advice.Random,
      sequential: Advice.Sequential,
      dontneed: Advice.DontNeed,
      dontneed_locked: Advice.DontNeedLocked,
      free: Advice.Free,
      remove: Advice.Remove,
      cold: Advice.Cold,
      pageout: Advice.PageOut,
      dontfork: Advice.DontFork,
      dofork: Advice.DoFork,
      wipeonfork: Advice.WipeOnFork,
      keeponfork: Advice.KeepOnFork,
      hugepage: Advice.HugePage,
      nohugepage: Advice.NoHugePage,
      dontdump: Advice.DontDump,
      dodump: Advice.DoDump,
      mergeable: Advice.Mergeable,
      unmergeable: Advice.Unmergeable,
      populate_read: Advice.PopulateRead,
      populate_write: Advice.PopulateWrite,
    };
    return this.result(this.core.osMadvise(va, bytes, numbers[advice] ?? Advice.Unknown));
  }

  mlock(va: bigint, bytes: bigint): Result {
    return this.result(this.core.osMlock(va, bytes));
  }

  munlock(va: bigint, bytes: bigint): Result {
    return this.result(this.core.osMunlock(va, bytes));
  }

  mlockAll(current: boolean, future: boolean): Result {
    return this.result(this.core.osMlockAll(current, future));
  }

  munlockAll(): Result {
    return this.result(this.core.osMunlockAll());
  }

  setBrk(to: bigint): bigint {
    return BigInt.asUintN(64, this.core.osBrk(to));
  }

  reach(va: bigint): boolean {
    return Boolean(this.core.osReach(va));
  }

  limit(which: Limited, bytes: bigint): void {
    const number = { as: 0, data: 1, stack: 2, memlock: 3 }[which];
    this.core.osLimit(number, bytes > ALL ? ALL : bytes);
  }

  /** The VMAs, each as text, by rising address. */
  vmas(): VmaText[] {
    const { core } = this;
    const length = core.osList();
    const words = new Uint32Array(core.memory.buffer, core.osListed.value >>> 0, length * 12);
    return Array.from({ length }, (_, i) => {
      const word = (at: number) => (words[i * 12 + at] ?? 0) + (words[i * 12 + at + 1] ?? 0) * 2 ** 32;
      const bits = word(10);
      const flags = this.flags.filter(([bit]) => bits & bit).map(([, name]) => name);
      const { Read, Write, Execute } = core.Protection;
      const prot = word(8);
      const letters = `${prot & Read ? "r" : ""}${prot & Write ? "w" : ""}${prot & Execute ? "x" : ""}`;
      const file = word(6);
      const place = file ? `${this.names.get(file) ?? "nameless"} ${word(4)}` : "-";
      return `${word(0)} ${word(2)} ${letters} ${flags.join(",")} ${place}`;
    });
  }

  /** Sums that the core keeps. */
  counts(): Record<string, number> {
    const { core } = this;
    return {
      vmas: core.osVmas(),
      mapped: Number(core.osMapped()),
      data: Number(core.osData()),
      locked: Number(core.osLocked()),
      accounted: Number(core.osAccounted()),
      committed: Number(core.osCommitted()),
    };
  }
}

/** The same of the twin. */
export function textOf(
  vmas: readonly {
    first: number;
    end: number;
    info: { prot: string; flags: ReadonlySet<Flag>; file: TwinFile | null; index: number };
  }[],
  flags: readonly Flag[],
): VmaText[] {
  return vmas.map(({ first, end, info }) => {
    const { prot, file, index } = info;
    const place = file ? `${file.nameless ? "nameless" : file.name} ${index}` : "-";
    const set = flags.filter((flag) => info.flags.has(flag));
    return `${first} ${end} ${prot} ${set.join(",")} ${place}`;
  });
}

/** Flags in the order in which the text has them. */
export const FLAGS: readonly Flag[] = [
  "shared",
  "growsdown",
  "locked",
  "noreserve",
  "hugepage",
  "nohugepage",
  "dontfork",
  "wipeonfork",
  "mayread",
  "maywrite",
  "mayexec",
  "accounted",
  "random",
  "sequential",
  "dontdump",
  "mergeable",
];
