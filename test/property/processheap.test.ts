import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CompiledCore } from "../../src/engine/core.js";
import { HEAP_BASE, Heap } from "../../src/heap/heap.js";
import { type HeapPolicy, heapPresets, resolvePolicy } from "../../src/heap/policy.js";
import { Machine, type Process, SyscallError } from "../../src/index.js";
import { BUILDS, buildOf, runs } from "../builds.js";

/** Processes that live at once, at most. */
const MOST = 5;

type Call = {
  op: "malloc" | "calloc" | "realloc" | "free" | "aligned";
  pointer: number;
  size: number;
  alignment: number;
};

/** A plain heap of the same policy, which is given the same calls. */
class Twin {
  readonly heap: Heap;
  readonly calls: Call[] = [];

  private constructor(heap: Heap) {
    this.heap = heap;
  }

  static async after(calls: readonly Call[], policy: HeapPolicy, module: CompiledCore): Promise<Twin> {
    const twin = new Twin(await Heap.create(policy, { module }));
    for (const call of calls) twin.perform(call);
    return twin;
  }

  perform(call: Call): number {
    this.calls.push(call);
    const { heap } = this;
    const { op, pointer, size, alignment } = call;
    if (op === "malloc") return heap.malloc(size);
    if (op === "calloc") return heap.calloc(3, size);
    if (op === "aligned") return heap.aligned(alignment, size);
    if (op === "realloc") return heap.realloc(pointer, size);
    heap.free(pointer);
    return 0;
  }
}

/** A process, its twin, and by its blocks' addresses what the twin has them by and what is in them. */
class Running {
  readonly process: Process;
  readonly twin: Twin;
  readonly blocks: Map<bigint, { pointer: number; bytes: Uint8Array }>;

  constructor(process: Process, twin: Twin, blocks: Running["blocks"] = new Map()) {
    this.process = process;
    this.twin = twin;
    this.blocks = blocks;
  }

  /** Does the same in both, and holds the one against the other. */
  perform(op: Call["op"], address: bigint, size: number, alignment: number, byte: number): void {
    const { process, twin } = this;
    const old = this.blocks.get(address) ?? { pointer: 0, bytes: new Uint8Array(0) };
    if (op === "free" || op === "realloc") this.expectWhole(address);
    const wanted = twin.perform({ op, pointer: old.pointer, size, alignment });
    const got = addressOf(() => {
      if (op === "malloc") return process.malloc(size);
      if (op === "calloc") return process.calloc(3, size);
      if (op === "aligned") return process.malloc(size, alignment);
      if (op === "realloc") return process.realloc(address, size);
      process.free(address);
      return 0n;
    });
    const ends = op === "free" || (op === "realloc" && size === 0 && old.pointer !== 0);
    expect([op, size, got === null]).toEqual([op, size, wanted === 0 && !ends]);
    if (got === null) return;
    this.blocks.delete(address);
    if (ends) return;
    this.expectPlace(got, wanted, op === "aligned" ? alignment : twin.heap.policy.alignment);
    const length = op === "calloc" ? 3 * size : size;
    const kept = op === "calloc" ? new Uint8Array(length) : old.bytes.subarray(0, length);
    if (kept.length > 0) expect(Buffer.compare(process.load(got, kept.length), kept)).toBe(0);
    const bytes = new Uint8Array(length).map((_, at) => byte + at);
    if (length > 0) process.store(got, bytes);
    this.blocks.set(got, { pointer: wanted, bytes });
  }

  expectWhole(address: bigint): void {
    const bytes = this.blocks.get(address)?.bytes;
    if (!bytes || bytes.length === 0) return;
    expect(Buffer.compare(this.process.load(address, bytes.length), bytes)).toBe(0);
  }

  /** What the break gave lies as in the twin; what is mapped by itself lies where the process had room. */
  private expectPlace(address: bigint, pointer: number, alignment: number): void {
    expect(Number(address % BigInt(alignment))).toBe(0);
    const { grownBytes } = this.twin.heap.stats();
    if (pointer >= HEAP_BASE + grownBytes) return;
    expect(address - this.start).toBe(BigInt(pointer - HEAP_BASE));
  }

  /** Where its break began, which is a page's start. */
  private get start(): bigint {
    const heap = this.process.maps().find(({ name }) => name === "[heap]");
    return heap?.start ?? -1n;
  }
}

/** Null: there was no room. */
function addressOf(call: () => bigint): bigint | null {
  try {
    return call();
  } catch (thrown) {
    if (thrown instanceof SyscallError && thrown.errno === "ENOMEM") return null;
    throw thrown;
  }
}

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 9000 }) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 17, 2 ** 20, 2 ** 32 - 1, 2 ** 33) },
);
const step = fc.record({
  who: fc.nat(),
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constant("malloc" as const) },
    { weight: 2, arbitrary: fc.constant("calloc" as const) },
    { weight: 1, arbitrary: fc.constant("aligned" as const) },
    { weight: 5, arbitrary: fc.constant("realloc" as const) },
    { weight: 6, arbitrary: fc.constant("free" as const) },
    { weight: 4, arbitrary: fc.constant("look" as const) },
    { weight: 1, arbitrary: fc.constantFrom("fork" as const, "spawn" as const, "exit" as const) },
  ),
  which: fc.nat(),
  size,
  bits: fc.integer({ min: 0, max: 12 }),
  byte: fc.nat(255),
});

const memory = fc.record({
  frames: fc.constantFrom(null, 6, 20),
  policy: fc.constantFrom("lru", "fifo", "clock"),
  contents: fc.constant(true),
});

describe.each(BUILDS)("heaps of processes, %s", (build) => {
  test.each(Object.keys(heapPresets))("%s in each process is what it is alone", async (preset) => {
    const module = await buildOf(build);
    const threshold = fc.constantFrom(null, 5000);
    const steps = fc.array(step, { minLength: 20, maxLength: 150, size: "max" });
    const property = fc.asyncProperty(memory, threshold, steps, async (memory, mmapThreshold, steps) => {
      const policy = resolvePolicy({ preset, limit: 2 ** 18, mmapThreshold, chunk: 4096 });
      const machine = await Machine.create({ memory, heap: policy }, { module });
      const spawn = async () => new Running(machine.spawn(), await Twin.after([], policy, module));
      const all = [await spawn()];
      for (const { who, what, which, size, bits, byte } of steps) {
        const at = who % all.length;
        const running = all[at] ?? (await spawn());
        const addresses = [...running.blocks.keys()];
        const isNew = what === "malloc" || what === "calloc" || what === "aligned";
        const address = isNew ? 0n : (addresses[which % (addresses.length + 1)] ?? 0n);
        if (what === "look") running.expectWhole(address);
        else if (what === "spawn") {
          if (all.length < MOST) all.push(await spawn());
        } else if (what === "fork") {
          if (all.length === MOST) continue;
          const twin = await Twin.after(running.twin.calls, policy, module);
          all.push(new Running(running.process.fork(), twin, new Map(running.blocks)));
        } else if (what === "exit") {
          if (all.length === 1) continue;
          running.process.exit();
          all.splice(at, 1);
        } else running.perform(what, address, size, 2 ** bits, byte);
      }
      for (const { process, twin, blocks } of all) {
        expect(twin.heap.validate()).toBeNull();
        const { liveBlocks, livePayload, grownBytes, mmapBytes } = twin.heap.stats();
        expect(liveBlocks).toBe(blocks.size);
        const used = machine
          .stats()
          .heap?.processes.filter(({ pid, ended }) => pid === process.pid && !ended);
        // A child that has not used its heap, and a process without one, are not told of.
        if (used?.length) expect(used).toMatchObject([{ liveBlocks, livePayload, grownBytes, mmapBytes }]);
      }
      for (const running of all) for (const address of running.blocks.keys()) running.expectWhole(address);
      for (const { process } of all) process.exit();
      expect(machine.stats().paging.resident).toBe(0);
    });
    await fc.assert(property, {
      numRuns: build === "release" ? runs(3, 150) : runs(1, 20),
      // Each case makes machines and heaps, of which smaller ones would take minutes.
      endOnFailure: true,
    });
  });
});
