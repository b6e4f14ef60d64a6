import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { runs } from "../builds.js";
import { ADVICE, PAGE, type TwinFile, VmaTwin, type World } from "../oracle/process/vmas.js";
import { type Core, TESTING } from "../testing.js";
import { CoreVmas, FLAGS, processCore, type Result, textOf } from "../vmas.js";

const TOP = 1024;
const LAST = (1n << 64n) - PAGE;
const FILES: readonly TwinFile[] = [
  { name: 1, bytes: 40n * PAGE + 5n, nameless: false, promised: 0 },
  { name: 2, bytes: 0n, nameless: false, promised: 0 },
];

const pages = (min: number, max: number) => fc.integer({ min, max }).map((page) => BigInt(page) * PAGE);
/** Aligned addresses, most of them close together. */
const aligned = fc.oneof(
  { weight: 14, arbitrary: pages(16, 60) },
  { weight: 4, arbitrary: pages(770, 800) },
  { weight: 1, arbitrary: pages(0, TOP + 4) },
);
const address = fc.oneof(
  { weight: 30, arbitrary: aligned },
  { weight: 2, arbitrary: aligned.map((va) => va + 1n) },
  { weight: 1, arbitrary: fc.constantFrom(0n, LAST, LAST - 10n * PAGE, 1n << 63n, LAST + PAGE - 1n) },
);
const bytes = fc.oneof(
  { weight: 25, arbitrary: pages(1, 8) },
  { weight: 4, arbitrary: fc.bigInt(1n, 20n * PAGE) },
  { weight: 1, arbitrary: pages(1, 500) },
  { weight: 1, arbitrary: fc.constantFrom(0n, LAST, LAST + 1n, LAST + PAGE - 1n, 1n << 47n, 11n * PAGE) },
);
const prot = fc.constantFrom("", "r", "rw", "rw", "rw", "rx", "w", "rwx", "x");

type Options = "fixed" | "noreplace" | "populate" | "growsdown" | "noreserve" | "locked";
const options = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constant<Options>("fixed") },
      {
        weight: 4,
        arbitrary: fc.constantFrom<Options>("noreplace", "populate", "growsdown", "noreserve", "locked"),
      },
    ),
    { maxLength: 2 },
  )
  .map((list) => new Set(list));
const kind = fc.oneof(
  { weight: 12, arbitrary: fc.constant("private" as const) },
  { weight: 5, arbitrary: fc.constant("shared" as const) },
  { weight: 1, arbitrary: fc.constantFrom("both" as const, "neither" as const) },
);
const offset = fc.oneof(
  { weight: 8, arbitrary: pages(0, 44) },
  { weight: 1, arbitrary: fc.constantFrom(1n, LAST, (1n << 63n) - 4n * PAGE) },
);
const mmap = fc.record({
  call: fc.constant("mmap" as const),
  va: fc.oneof(
    { weight: 3, arbitrary: pages(16, 50) },
    { weight: 3, arbitrary: address },
    { weight: 1, arbitrary: fc.constant(0n) },
  ),
  bytes: fc.oneof({ weight: 1, arbitrary: pages(6, 24) }, { weight: 2, arbitrary: bytes }),
  prot,
  kind,
  options,
  file: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 2, arbitrary: fc.constantFrom(...FILES) },
  ),
  offset,
  open: fc.constantFrom("rw", "rw", "r", "w"),
});
const limit = fc.record({
  call: fc.constant("limit" as const),
  which: fc.constantFrom("as" as const, "data" as const, "stack" as const, "memlock" as const),
  bytes: fc.oneof(
    { weight: 6, arbitrary: fc.constant(1n << 64n) },
    { weight: 3, arbitrary: fc.bigInt(30n * PAGE, 400n * PAGE) },
    { weight: 1, arbitrary: fc.constant(0n) },
  ),
});
/** What is mostly mapped: shorter than mappings are. */
const range = {
  va: fc.oneof({ weight: 3, arbitrary: pages(18, 56) }, { weight: 2, arbitrary: address }),
  bytes: fc.oneof({ weight: 3, arbitrary: pages(1, 3) }, { weight: 2, arbitrary: bytes }),
};
const call = <Name extends string>(name: Name) => fc.constant(name);
const command = fc.oneof(
  { weight: 18, arbitrary: mmap },
  { weight: 3, arbitrary: fc.record({ call: call("munmap"), ...range }) },
  { weight: 6, arbitrary: fc.record({ call: call("mprotect"), ...range, prot }) },
  {
    weight: 6,
    arbitrary: fc.record({
      call: call("mremap"),
      va: range.va,
      old: range.bytes,
      bytes,
      mayMove: fc.boolean(),
      to: fc.option(address, { nil: undefined, freq: 3 }),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      call: call("madvise"),
      ...range,
      advice: fc.constantFrom(...Object.keys(ADVICE), "unheard-of"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ call: call("mlock"), ...range }) },
  { weight: 3, arbitrary: fc.record({ call: call("munlock"), ...range }) },
  {
    weight: 1,
    arbitrary: fc.record({ call: call("mlockall"), current: fc.boolean(), future: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ call: call("munlockall") }) },
  {
    weight: 4,
    arbitrary: fc.record({
      call: call("brk"),
      to: fc.oneof(
        { weight: 9, arbitrary: fc.bigInt(70n * PAGE, 110n * PAGE) },
        { weight: 2, arbitrary: pages(70, 300) },
        { weight: 1, arbitrary: fc.constantFrom(0n, LAST, LAST + PAGE - 1n) },
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ call: call("reach"), va: aligned }) },
  { weight: 1, arbitrary: limit },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

const world: fc.Arbitrary<World> = fc.record({
  top: fc.constant(TOP),
  low: fc.constantFrom(0, 16),
  base: fc.constantFrom(TOP, 800, 200),
  maxMaps: fc.constantFrom(8, 20, 65530, 65530),
  ram: fc.constantFrom(2 ** 40, 1000, 200),
  swap: fc.constantFrom(0, 50),
  overcommit: fc.constantFrom("heuristic", "always", "never"),
});

/** Makes one call: what it answers. */
function perform(on: VmaTwin | CoreVmas, command: Command): Result | boolean {
  switch (command.call) {
    case "mmap":
      return on.mmap(command);
    case "munmap":
      return on.munmap(command.va, command.bytes);
    case "mprotect":
      return on.mprotect(command.va, command.bytes, command.prot);
    case "mremap":
      return on.mremap(command.va, command.old, command.bytes, command.mayMove, command.to);
    case "madvise":
      return on.madvise(command.va, command.bytes, command.advice);
    case "mlock":
      return on.mlock(command.va, command.bytes);
    case "munlock":
      return on.munlock(command.va, command.bytes);
    case "mlockall":
      return on.mlockAll(command.current, command.future);
    case "munlockall":
      return on.munlockAll();
    case "brk":
      return on.setBrk(command.to);
    case "reach":
      return on.reach(command.va);
    case "limit":
      if (on instanceof VmaTwin) on.limits[command.which] = command.bytes;
      else on.limit(command.which, command.bytes);
      return true;
  }
}

function saying(command: Command): string {
  return Object.entries(command)
    .map(([name, value]) => `${name} ${value instanceof Set ? [...value] : fc.stringify(value)}`)
    .join(", ");
}

function run(cores: readonly Core[], world: World, commands: readonly Command[]): void {
  const twin = new VmaTwin(world);
  const sides = cores.map((core) => new CoreVmas(core, world));
  for (const command of commands) {
    const result = perform(twin, command);
    const vmas = textOf(twin.vmas(), FLAGS);
    const { mapped, data, locked, accounted, committed } = twin;
    const counts = { vmas: vmas.length, mapped, data, locked, accounted, committed };
    for (const side of sides) {
      expect(perform(side, command), saying(command)).toBe(result);
      expect(side.vmas(), saying(command)).toEqual(vmas);
      expect(side.counts(), saying(command)).toEqual(counts);
    }
  }
  for (const [i, core] of cores.entries()) {
    sides[i]?.limit("memlock", 1n << 64n);
    expect(core.osMunmap(0n, BigInt(TOP) * PAGE)).toBe(0n);
    expect([core.osVmas(), core.osMapped(), core.osCommitted(), core.osResident()]).toEqual([0, 0n, 0n, 0n]);
  }
}

describe("the memory-mapping calls", () => {
  let cores: Core[];
  beforeAll(async () => {
    cores = await Promise.all(TESTING.map(processCore));
  });

  test("do what a Map of pages does, on both builds", () => {
    const length = runs(200, 1000);
    const commands = fc.array(command, { minLength: length, maxLength: length, size: "max" });
    fc.assert(
      fc.property(world, commands, (world, commands) => run(cores, world, commands)),
      { numRuns: runs(50, 1000), endOnFailure: true },
    );
  });
});
