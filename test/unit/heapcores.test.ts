import { describe, expect, test } from "vitest";
import { HEAP_BASE, Heap } from "../../src/heap/heap.js";
import { type HeapPolicy, heapPresets, resolvePolicy } from "../../src/heap/policy.js";
import { Machine, openTrace, type Process, replay } from "../../src/index.js";
import { BUILDS, buildOf } from "../builds.js";

/** More than there are cores for heaps. */
const PROCESSES = 20;

type Call = { size: number; free: number };

/** The same calls, the numbers of a generator. */
function calls(seed: number, count: number): Call[] {
  let state = seed * 7919 + 1;
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  return Array.from({ length: count }, () => ({
    size: next(12) === 0 ? 5000 + next(5000) : next(300),
    free: next(3),
  }));
}

/** A process, and a heap by itself that is asked for the same. */
class Pair {
  readonly process: Process;
  readonly heap: Heap;
  readonly done: Call[] = [];
  private readonly blocks: { address: bigint; pointer: number }[];

  constructor(process: Process, heap: Heap, blocks: Pair["blocks"] = []) {
    this.process = process;
    this.heap = heap;
    this.blocks = blocks;
  }

  perform(all: readonly Call[]): void {
    const { process, heap, blocks } = this;
    for (const call of all) {
      this.done.push(call);
      const block = { address: process.malloc(call.size), pointer: heap.malloc(call.size) };
      const start = process.maps().find(({ name }) => name === "[heap]")?.start ?? 0n;
      // What is mapped lies where the process had room.
      if (block.pointer - HEAP_BASE < heap.stats().grownBytes)
        expect(block.address - start).toBe(BigInt(block.pointer - HEAP_BASE));
      blocks.push(block);
      const [old] = call.free === 0 ? [] : blocks.splice((blocks.length * call.free) >> 2, 1);
      if (!old) continue;
      process.free(old.address);
      heap.free(old.pointer);
    }
  }

  async fork(policy: HeapPolicy): Promise<Pair> {
    const { module } = this.heap.core;
    const heap = new Pair(this.process, await Heap.create(policy, { module })).replayed(this.done);
    const child = new Pair(this.process.fork(), heap, [...this.blocks]);
    child.done.push(...this.done);
    return child;
  }

  private replayed(all: readonly Call[]): Heap {
    const { heap } = this;
    const pointers: number[] = [];
    for (const { size, free } of all) {
      pointers.push(heap.malloc(size));
      const [old] = free === 0 ? [] : pointers.splice((pointers.length * free) >> 2, 1);
      if (old) heap.free(old);
    }
    return heap;
  }
}

describe.each(BUILDS)("more heaps of processes than cores, %s", (build) => {
  test.each(Object.keys(heapPresets))("%s goes on in another core as it was", async (preset) => {
    const module = await buildOf(build);
    const policy = resolvePolicy({ preset, limit: 2 ** 20, mmapThreshold: 6000 });
    const machine = await Machine.create({ heap: policy }, { module });
    const all = [new Pair(machine.spawn(), await Heap.create(policy, { module }))];
    all[0]?.perform(calls(1, 60));
    while (all.length < PROCESSES) all.push(await (all[all.length >> 1] as Pair).fork(policy));
    for (let round = 0; round < 4; round++) {
      for (const [i, pair] of all.entries()) pair.perform(calls(2 + PROCESSES * round + i, 12));
    }
    const used = machine.stats().heap?.processes ?? [];
    for (const { process, heap } of all) {
      expect(heap.validate()).toBeNull();
      const { liveBlocks, livePayload, grownBytes, mmapBytes } = heap.stats();
      const its = used.find(({ pid }) => pid === process.pid);
      expect(its).toMatchObject({ liveBlocks, livePayload, grownBytes, mmapBytes });
    }
  });
});

test("three hundred forks that allocate take no minute", async () => {
  const lines = ["malloc p 100"];
  for (let child = 2; child < 302; child++) lines.push(`fork ${child}`, `@${child} malloc q 100`);
  const trace = openTrace(new TextEncoder().encode(`${lines.join("\n")}\n`));
  const machine = await Machine.create({ heap: { policy: "csapp-implicit-first" } });
  await replay(machine, trace);
  expect(machine.stats().heap?.processes.map(({ liveBlocks }) => liveBlocks)).toEqual([
    1,
    ...Array(300).fill(2),
  ]);
}, 10_000);
