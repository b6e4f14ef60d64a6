import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { Core } from "../../src/engine/core.js";
import { type GcOptions, type GcResult, gcPlan, replayCollected } from "../../src/heap/gc.js";
import { Numbering } from "../../src/heap/numbering.js";
import { OpReader } from "../../src/heap/ops.js";
import { heapPresets, resolvePolicy } from "../../src/heap/policy.js";
import { faultText } from "../../src/heap/stats.js";
import { Pace } from "../../src/pace.js";
import { type Progress, readTrace } from "../../src/trace/read.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { Program } from "../oracle/heap/program.js";

const NAMES = Array.from({ length: 12 }, (_, at) => `b${at}`);
const FRAME = 64;

const name = fc.constantFrom(...NAMES);
const size = fc.oneof(fc.integer({ min: 8, max: 400 }), fc.integer({ min: 8, max: 24_000 }));
const where = fc.oneof({ weight: 5, arbitrary: name }, { weight: 2, arbitrary: fc.constant(null) });
const place = fc.nat(60);
const plain = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("malloc" as const), name, size }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("free" as const), name }) },
);
const command = fc.oneof(
  { weight: 10, arbitrary: plain },
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant("point" as const),
      where,
      place,
      to: name,
      offset: fc.oneof(fc.constant(0), fc.nat(9000)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("blur" as const), where, place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("clear" as const), where, place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("use" as const), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("root" as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("push" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pop" as const) }) },
);
const resized = fc.oneof(
  { weight: 8, arbitrary: plain },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("realloc" as const), name, size: fc.oneof(fc.constant(0), size) }),
  },
);
type Command = typeof command | typeof resized extends fc.Arbitrary<infer Each> ? Each : never;

const options = fc.record({
  interior: fc.boolean(),
  lazy: fc.boolean(),
  growth: fc.constantFrom(1, 1.5, 2, 4),
});

/** Does commands that make sense, and writes them as a scenario. */
class Writer {
  readonly lines: string[] = [];
  private readonly program: Program;
  private readonly sizes = new Map<string, number>();
  private depth = 0;

  constructor(program: Program) {
    this.program = program;
  }

  do(each: Command): void {
    const { program, sizes } = this;
    if (each.do === "malloc") {
      if (sizes.has(each.name)) this.do({ do: "free", name: each.name });
      sizes.set(each.name, each.size);
      this.write(`malloc ${each.name} ${each.size}`, () => program.malloc(each.name, each.size));
    } else if (each.do === "push") {
      this.depth++;
      this.write(`frame push ${FRAME} f`, () => program.push());
    } else if (each.do === "pop") {
      if (this.depth > 0) this.write("frame pop", () => program.pop());
      this.depth = Math.max(0, this.depth - 1);
    } else if ("where" in each) {
      this.store(each);
    } else if (sizes.has(each.name)) {
      this.named(each);
    }
  }

  private named(each: Extract<Command, { do: "free" | "realloc" | "root" | "use" }>): void {
    const { program, sizes } = this;
    const { name } = each;
    if (each.do === "free" || (each.do === "realloc" && each.size === 0)) {
      sizes.delete(name);
      this.write(each.do === "free" ? `free ${name}` : `realloc ${name} ${name} 0`, () => program.free(name));
    } else if (each.do === "realloc") {
      sizes.set(name, each.size);
      this.write(`realloc ${name} ${name} ${each.size}`, () => program.realloc(name, each.size));
    } else if (each.do === "root") {
      this.write(`root ${name}`, () => program.root(name));
    } else {
      this.write(`L ${name},1`, () => program.use(name));
    }
  }

  private store(each: Extract<Command, { where: string | null }>): void {
    const { program, sizes } = this;
    const { where } = each;
    const room = where === null ? this.depth > 0 && FRAME : sizes.get(where);
    if (!room) return;
    const place = each.place % (room >> 3);
    const at = `S ${where ?? "$f"}+${8 * place}`;
    if (each.do === "blur") {
      this.write(`S ${where ?? "$f"}+${8 * place + 4},4 =00000000`, () => program.blur(where, place));
    } else if (each.do === "clear") {
      this.write(`${at},8 =0000000000000000`, () => program.clear(where, place));
    } else {
      const target = sizes.get(each.to);
      if (target === undefined) return;
      const offset = each.offset % target;
      this.write(`${at},8 =&${each.to}+${offset}`, () => program.point(where, place, each.to, offset));
    }
  }

  private write(line: string, act: () => void): void {
    this.lines.push(line);
    act();
  }
}

/** Replays a scenario in one core, without the rates and samples that a whole run has. */
async function replayed(
  core: Core,
  lines: readonly string[],
  policy: string,
  gc: GcOptions,
): Promise<GcResult> {
  const trace = openTrace(new TextEncoder().encode(`${lines.join("\n")}\n`));
  const reader = new OpReader(core, core.enums.HeapOp, trace, undefined, { contents: true });
  await readTrace(core, trace, {}, (slice, feed) => reader.take(slice, feed));
  const { ops, blocks, alignments, contents } = reader.spaces.current;
  const numbering = new Numbering(ops, alignments, core.enums.HeapOp);
  const plan = { ops, slots: blocks.slots, numbering, samples: [], peak: 0, map: undefined, validate: false };
  const named = { name: policy, policy: resolvePolicy({ preset: policy, limit: 2 ** 24 }) };
  const pace = new Pace<Progress>({});
  const none = { records: 0, bytes: 0, totalBytes: 0 };
  const found = await replayCollected(core, named, plan, gcPlan(gc, contents, "x"), 0, pace, () => none);
  expect(faultText(core, core.exports.validateHeap())).toBeNull();
  return found;
}

describe.each(BUILDS)("a trace that is collected by the %s build", (build) => {
  let core: Core;
  beforeAll(async () => {
    core = await Core.create(await buildOf(build));
  });

  const preset = fc.constantFrom(...Object.keys(heapPresets));

  test("has the collections of a program with Maps, and each finds the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        preset,
        options,
        fc.boolean(),
        fc.array(command, { minLength: 30, maxLength: 150 }),
        async (policy, options, precise, commands) => {
          const program = new Program({ ...options, precise, isTold: true });
          const writer = new Writer(program);
          for (const each of [
            { do: "malloc", name: "b0", size: 8 } as const,
            { do: "root", name: "b0" } as const,
            ...commands,
          ])
            writer.do(each);
          const found = await replayed(core, writer.lines, policy, { ...options, precise });
          expect(found.pauses.map(({ blocksSwept: _, ...rest }) => rest)).toEqual(program.pauses);
          expect(found).toMatchObject({
            basis: "contents",
            failed: 0,
            unplaced: 0,
            lostUses: program.lostUses,
          });
          expect(found.atEnd).toEqual(program.atEnd());
        },
      ),
      { numRuns: runs(40, 2000) },
    );
  });

  test("without contents loses exactly what it frees", async () => {
    await fc.assert(
      fc.asyncProperty(
        preset,
        options,
        fc.array(resized, { minLength: 30, maxLength: 150 }),
        async (policy, options, commands) => {
          const program = new Program({ ...options, precise: false, isTold: false });
          const writer = new Writer(program);
          for (const each of [{ do: "malloc", name: "b0", size: 8 } as const, ...commands]) writer.do(each);
          const found = await replayed(core, writer.lines, policy, options);
          expect(found.pauses.map(({ blocksSwept: _, ...rest }) => rest)).toEqual(program.pauses);
          expect(found).toMatchObject({ basis: "frees", failed: 0, lostUses: 0, falselyRetained: null });
          expect(found.atEnd).toEqual(program.atEnd());
        },
      ),
      { numRuns: runs(30, 2000) },
    );
  });
});
