import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Core } from "../../src/engine/core.js";
import { heapLeaks } from "../../src/heap/leaks.js";
import { OpReader } from "../../src/heap/ops.js";
import { Heap, heapPresets } from "../../src/index.js";
import { Pace } from "../../src/pace.js";
import { type Progress, readTrace } from "../../src/trace/read.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { type LeakKind, leaksOf } from "../oracle/check/leaks.js";
import { type TwinBlock, TwinMemory } from "../oracle/check/memory.js";

const NAMES = Array.from({ length: 10 }, (_, at) => `b${at}`);
const FRAME = 32;
/** Where the frame's words lie for the oracle: in no block. */
const STACK = 0x7fff_0000_0000n;

const name = fc.constantFrom(...NAMES);
const size = fc.integer({ min: 0, max: 48 });
/** Starts most of the time, the middle, one past the end, and just before. */
const offset = fc.constantFrom(0, 0, 0, 0, 8, 13, "end" as const, -1);
const word = fc.nat(5);
const command = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("malloc" as const), name, size }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("realloc" as const), name, size }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("free" as const), name }) },
  { weight: 16, arbitrary: fc.record({ do: fc.constant("store" as const), name, word, to: name, offset }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("local" as const), word, to: name, offset }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("root" as const), name, offset }) },
);
type Command = typeof command extends fc.Arbitrary<infer Each> ? Each : never;

interface Held extends TwinBlock {
  line: number;
}

/** Writes commands that make sense as a scenario, and does them to a heap of the same policy, whose addresses the oracle takes. */
class Writer {
  readonly lines = [`frame push ${FRAME} main`, "S $main,8 =&0x0"];
  private readonly heap: Heap;
  private readonly memory = new TwinMemory();
  private readonly live = new Map<string, Held>();
  private readonly roots = new Map<string, bigint[]>();

  constructor(heap: Heap) {
    this.heap = heap;
  }

  do(each: Command): void {
    const { live } = this;
    const block = "name" in each ? live.get(each.name) : undefined;
    if (each.do === "malloc") {
      if (!block)
        this.hold(`malloc ${each.name} ${each.size}`, each.name, this.heap.malloc(each.size), each.size);
    } else if (each.do === "local") {
      const at = 8 * (each.word % (FRAME / 8));
      this.store(`$main+${at}`, STACK + BigInt(at), each.to, each.offset);
    } else if (!block) {
      return;
    } else if (each.do === "store") {
      const at = 8 * each.word;
      if (at + 8 <= block.size)
        this.store(`${each.name}+${at}`, block.start + BigInt(at), each.to, each.offset);
    } else if (each.do === "root") {
      const to = this.target(each.name, each.offset);
      this.lines.push(`root ${to?.text}`);
      this.roots.set(each.name, [...(this.roots.get(each.name) ?? []), to?.offset ?? 0n]);
    } else {
      this.give(each, block);
    }
  }

  private give(each: Extract<Command, { do: "free" | "realloc" }>, block: Held): void {
    const { heap, lines, live, roots, memory } = this;
    const pointer = Number(block.start);
    live.delete(each.name);
    if (each.do === "free" || each.size === 0) {
      lines.push(each.do === "free" ? `free ${each.name}` : `realloc ${each.name} ${each.name} 0`);
      heap.free(pointer);
      roots.delete(each.name);
      return;
    }
    const kept = Array.from({ length: Math.min(Number(block.size), each.size) }, (_, at) =>
      memory.contents.get(block.start + BigInt(at)),
    );
    const { name, size } = each;
    this.hold(`realloc ${name} ${name} ${size}`, name, heap.realloc(pointer, size), size);
    for (const [at, byte] of kept.entries()) {
      if (byte !== undefined) memory.contents.set((live.get(name)?.start ?? 0n) + BigInt(at), byte);
    }
  }

  private hold(line: string, name: string, pointer: number, size: number): void {
    const start = BigInt(pointer);
    this.lines.push(line);
    for (let at = 0; at < size; at++) this.memory.contents.set(start + BigInt(at), 0);
    const none = { isFrame: false, isCaptured: false, allocated: null, freed: null, isInherited: false };
    const block = { ...none, start, size: BigInt(size), isLive: true, name, line: this.lines.length };
    this.live.set(name, block);
  }

  private store(text: string, at: bigint, name: string, offset: number | "end"): void {
    const to = this.target(name, offset);
    if (!to) return;
    this.lines.push(`S ${text},8 =&${to.text}`);
    for (let i = 0n; i < 8n; i++) this.memory.contents.set(at + i, Number((to.address >> (8n * i)) & 0xffn));
  }

  private target(name: string, offset: number | "end") {
    const block = this.live.get(name);
    if (!block) return undefined;
    const by = offset === "end" ? block.size : BigInt(offset);
    return { text: `${name}${by < 0n ? "" : "+"}${by}`, address: block.start + by, offset: by };
  }

  /** By line of the last allocation, what a block is. */
  kinds(): Map<number, LeakKind> {
    const { memory, live, roots } = this;
    memory.blocks = [...live.values()];
    // What lies in no block and is not of the frame is what frees have left: no memory of the program.
    const isIn = (at: bigint) =>
      [...live.values()].some(({ start, size }) => at >= start && at < start + size);
    for (const at of memory.contents.keys()) if (at < STACK && !isIn(at)) memory.contents.delete(at);
    const addresses = [...roots].flatMap(([name, offsets]) => {
      const start = live.get(name)?.start ?? 0n;
      return offsets.map((offset) => start + offset);
    });
    const kinds = leaksOf(memory, addresses);
    return new Map([...live.values()].map((block) => [block.line, kinds.get(block) ?? "definite"]));
  }
}

describe.each(BUILDS)("a heap of the %s build", (build) => {
  test("has the leaks that a search of every chain finds", async () => {
    const module = await buildOf(build);
    const core = await Core.create(module);
    const pace = new Pace<Progress>({});
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(heapPresets)),
        fc.array(command, { minLength: 20, maxLength: 120 }),
        async (preset, commands) => {
          const heap = await Heap.create({ preset, limit: 2 ** 20 }, { module });
          const writer = new Writer(heap);
          for (const each of commands) writer.do(each);
          const trace = openTrace(new TextEncoder().encode(`${writer.lines.join("\n")}\n`), {
            format: "scenario",
          });
          const reader = new OpReader(core, core.enums.HeapOp, trace, undefined, {
            contents: true,
            sites: true,
          });
          await readTrace(core, trace, {}, (slice, feed) => reader.take(slice, feed));
          const named = { name: preset, policy: heap.policy };
          const { basis, sites } = await heapLeaks(core, named, reader.spaces.current, pace);
          expect(basis).toBe("pointers");
          const kinds = writer.kinds();
          expect(new Map(sites.map(({ line, kind }) => [line, kind]))).toEqual(kinds);
          for (const kind of kinds.values()) met.add(kind);
        },
      ),
      { numRuns: runs(60, 2000) },
    );
    expect(met.size).toBe(4);
  });
});
