import { describe, expect, test } from "vitest";
import {
  type ConfigInput,
  Machine,
  openTrace,
  PagewalkError,
  replay,
  SyscallError,
} from "../../src/index.js";
import { BUILDS, buildOf } from "../builds.js";

const GIB = 2 ** 30;
const HUGE: ConfigInput = {
  pageTable: { format: "aarch64-64k" },
  pageSize: "16G",
  tlb: [{ name: "t", level: 1, entries: 16, ways: 4, pageSizes: ["16G"] }],
  walkCache: [],
};

function errorOf(call: () => unknown): { code?: string; errno?: string } {
  try {
    call();
  } catch (error) {
    if (error instanceof SyscallError) return { errno: error.errno };
    if (error instanceof PagewalkError) return { code: error.code };
    throw error;
  }
  return {};
}

describe.each(BUILDS)("calls of the %s core that ask for too much", (build) => {
  const make = async (config: ConfigInput = {}) => Machine.create(config, { module: await buildOf(build) });

  test("bytes of a page that WebAssembly cannot address are an error, and the machine goes on", async () => {
    const machine = await make(HUGE);
    const process = machine.spawn();
    const at = process.mmap(1);
    expect(process.access("store", at + 5_000_000_000n).map(({ kind }) => kind)).toEqual(["minor"]);
    expect(errorOf(() => process.store(at + 5_000_000_000n, Uint8Array.of(1)))).toEqual({ code: "E_MEMORY" });
    expect(errorOf(() => machine.file("f", 8, { contents: Uint8Array.of(1) }))).toEqual({ code: "E_MEMORY" });
    expect(process.load(at + 5_000_000_000n, 4)).toEqual(new Uint8Array(4));
    const child = process.fork();
    expect(child.access("store", at).map(({ kind }) => kind)).toEqual(["cow"]);
    process.munmap(at, 1);
    expect(child.load(at, 1)).toEqual(new Uint8Array(1));
  });

  test("a call that memory of the simulator does not suffice for is no ENOMEM of the machine", async () => {
    const machine = await make({ pageSize: "1G" });
    const process = machine.spawn();
    const at = process.mmap(3 * GIB);
    for (let page = 0n; page < 3n; page++) process.store(at + page * BigInt(GIB), Uint8Array.of(1));
    const child = process.fork();
    expect(errorOf(() => child.madvise(at, 3 * GIB, "populate_write"))).toEqual({ code: "E_MEMORY" });
    expect(child.load(at, 1)).toEqual(Uint8Array.of(1));
    child.exit();
    expect(process.load(at, 1)).toEqual(Uint8Array.of(1));
  });

  test("files are shorter than 2^63 bytes", async () => {
    const machine = await make();
    expect(errorOf(() => machine.file("f", 1n << 63n))).toEqual({ errno: "EFBIG" });
    const file = machine.file("f", (1n << 63n) - 1n);
    expect(errorOf(() => file.truncate(1n << 63n))).toEqual({ errno: "EINVAL" });
    expect(errorOf(() => file.truncate((1n << 64n) - 1n))).toEqual({ errno: "EINVAL" });
    expect(file.size).toBe((1n << 63n) - 1n);
  });

  test("a heap that a log's first brk would begin beyond what programs have is refused", async () => {
    const machine = await make({ memory: { unmapped: "demand" } });
    const text = `expect-errno ENOMEM
brk 0xffffffffffffffff
expect-errno ENOMEM
brk 0x7ffffffff000
expect-errno none
brk 0x600000000000
expect-errno none
brk 0x600000001000
`;
    const { expect: found } = await replay(
      machine,
      openTrace(new Blob([text]).stream(), { format: "scenario" }),
    );
    expect(found).toEqual({ checked: 4, failed: [] });
  });

  test("a percent that no number of pages has is no limit of promises", async () => {
    const machine = await make({ memory: { frames: 4, swap: 0 } });
    const process = machine.spawn();
    machine.overcommit("never", (1n << 62n) + 25n);
    expect(process.mmap(1 << 20)).toBeGreaterThan(0n);
    machine.overcommit("never", 100);
    expect(errorOf(() => process.mmap(1 << 20))).toEqual({ errno: "ENOMEM" });
  });

  test("arguments that are none are E_OPTION, and nothing happened", async () => {
    const machine = await make();
    const process = machine.spawn();
    const at = process.mmap(4096);
    const wrong: [string, () => unknown][] = [
      ["flags", () => process.mmap(4096, { flags: "shared" as never })],
      ["protection", () => process.mmap(4096, { protection: 7 as never })],
      ["text", () => process.store(at, "abc" as never)],
      ["words", () => process.store(at, new Uint16Array([258]) as never)],
      ["nothing", () => process.store(at, null as never)],
      ["kind", () => process.access("modify" as never, at)],
      ["program", () => process.exec(undefined as never)],
      ["name", () => machine.file(null as never, 10)],
      ["contents", () => machine.file("f", 10, { contents: "abc" as never })],
    ];
    for (const [what, call] of wrong) expect([what, errorOf(call)]).toEqual([what, { code: "E_OPTION" }]);
    expect(process.maps()).toHaveLength(2);
    expect(process.peek(at, 3)).toEqual(new Uint8Array(3));
    expect(machine.file("f", 10).size).toBe(10n);
  });
});
