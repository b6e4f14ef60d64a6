import { describe, expect, test } from "vitest";
import { Core } from "../../src/engine/core.js";
import { PagewalkError } from "../../src/errors.js";
import { Numbering } from "../../src/heap/numbering.js";
import { OP_SHIFT } from "../../src/heap/opcodes.js";
import { OpStream } from "../../src/heap/opstream.js";
import { resolvePolicy } from "../../src/heap/policy.js";
import { validate } from "../../src/heap/validate.js";
import * as api from "../../src/index.js";
import {
  type HeapReplayOptions,
  type HeapResult,
  heapPresets,
  openTrace,
  PartialError,
  type Trace,
} from "../../src/index.js";
import { Pace } from "../../src/pace.js";
import type { Progress } from "../../src/trace/read.js";
import { BUILDS, buildOf } from "../builds.js";
import { repOf } from "../heapops.js";

/** The package's, with a core that is compiled once, and small heaps: to take a gigabyte and give it back takes its time. */
async function replayHeap(trace: Trace | string, options: HeapReplayOptions = {}): Promise<HeapResult> {
  return api.replayHeap(trace, { module: await buildOf("release"), set: { limit: 2 ** 24 }, ...options });
}

const bytes = (text: string) => new TextEncoder().encode(text);
const WORDS = "traces/words.rep";

describe("replayHeap", () => {
  test("gives a result that is frozen, and the same each time", async () => {
    const options = { policies: ["tlsf"], map: "peak", validate: true } as const;
    const [a, b] = [await replayHeap(WORDS, options), await replayHeap(openTrace(WORDS), options)];
    expect(Object.isFrozen(a.policies[0]?.series[0])).toBe(true);
    expect(withoutTiming(a)).toBe(withoutTiming(b));
  });

  test.each(BUILDS)("looks at the heap as often as it is asked to (%s)", async (build) => {
    const module = await buildOf(build);
    for (const samples of [1, 2, 7, 256, 10_000]) {
      const { policies } = await replayHeap(WORDS, { policies: ["tuned"], samples, module });
      const series = policies[0]?.series ?? [];
      expect(series.length).toBe(Math.min(samples, 5045));
      expect(series.at(-1)?.operation).toBe(5045);
      expect(new Set(series.map(({ operation }) => operation)).size).toBe(series.length);
    }
  });

  test("measures do not hang on how often the heap is looked at, nor on checks", async () => {
    const results = await Promise.all([
      replayHeap(WORDS, { policies: ["all"], samples: 1 }),
      replayHeap(WORDS, { policies: ["all"], samples: 500, validate: true }),
    ]);
    const [few, many] = results.map(({ policies }) =>
      policies.map(({ name, heapBytes, peakPayload, work, failed, peakBlocks }) => {
        return { name, heapBytes, peakPayload, work, failed, peakBlocks };
      }),
    );
    expect(few).toEqual(many);
    expect(few?.map(({ name }) => name)).toEqual(Object.keys(heapPresets));
  });

  test.each(Object.keys(heapPresets))(
    "the blocks of %s come to its heap, and to what is live",
    async (policy) => {
      for (const map of [0, 1, 1000, 4703, "end"] as const) {
        const { policies } = await replayHeap(WORDS, { policies: [policy], map, samples: 5045 });
        const { map: drawn, series = [] } = policies[0] ?? {};
        const { blocks = [], grownBytes = 0, mmapBytes = 0, bytes } = drawn ?? {};
        const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
        expect(sum(blocks.map(({ size }) => size))).toBe(grownBytes + mmapBytes);
        expect(sum(Object.values(bytes ?? {}))).toBe(grownBytes + mmapBytes);
        const inHeap = blocks.filter(({ kind }) => kind !== "mapped");
        const ends = inHeap.map(({ offset, size }) => offset + size);
        expect(inHeap.map(({ offset }) => offset)).toEqual([0, ...ends.slice(0, -1)]);
        const sample = series.find(({ operation }) => operation === drawn?.operation);
        if (!sample) continue;
        expect(bytes?.payload).toBe(sample.payload);
        expect(sum(blocks.filter(({ kind }) => kind === "free").map(({ size }) => size))).toBe(
          sample.freeBytes,
        );
        const used = blocks.filter(({ kind }) => kind === "used" || kind === "mapped");
        expect(sum(used.map(({ size, payload = 0 }) => size - payload))).toBe(sample.internal);
      }
    },
  );

  test("large blocks are mapped by themselves, and leave", async () => {
    const trace = openTrace(
      bytes(repOf(["a 0 300000", "a 1 1000", "a 2 400000", "a 3 500000", "f 2", "f 0"])),
    );
    const { policies } = await replayHeap(trace, { policies: ["dl"], map: 5, validate: true });
    const { map, mappedBytes, heapBytes } = policies[0] ?? {};
    const pages = (size: number) => Math.ceil((size + 16) / 4096) * 4096;
    expect(map?.blocks.filter(({ kind }) => kind === "mapped").map(({ size, slot }) => [size, slot])).toEqual(
      [
        [pages(500_000), 3],
        [pages(300_000), 0],
      ],
    );
    expect(map?.mmapBytes).toBe(pages(500_000) + pages(300_000));
    expect(mappedBytes).toBe(pages(500_000) + pages(400_000) + pages(300_000));
    expect(heapBytes).toBe((map?.grownBytes ?? 0) + (mappedBytes ?? 0));
  });

  test("tells its progress", async () => {
    const seen: Progress[] = [];
    await replayHeap(WORDS, {
      policies: ["csapp-implicit-first", "csapp-implicit-best"],
      onProgress: (progress) => seen.push(progress),
    });
    for (const { bytes, totalBytes } of seen) expect(bytes).toBeLessThanOrEqual(totalBytes ?? 0);
  });

  test("a signal ends it before the next policy, and what is done is there", async () => {
    const controller = new AbortController();
    const trace = openTrace(WORDS);
    const ended = replayHeap(trace, {
      policies: ["tlsf", "csapp-implicit-first"],
      signal: controller.signal,
      validate: true,
      onProgress: () => controller.abort(),
    });
    const thrown = await ended.then(
      () => undefined,
      (error) => error as PartialError<HeapResult>,
    );
    // A machine that is quick is done before there is any progress.
    if (thrown === undefined) return;
    expect(thrown).toBeInstanceOf(PartialError);
    expect([thrown.code, thrown.partial.interrupted]).toEqual(["E_ABORTED", true]);
    expect(thrown.partial.policies.length).toBeLessThan(2);
    expect((await replayHeap(trace, { policies: ["tlsf"] })).policies).toHaveLength(1);
  });

  test("a signal that was given before leaves nothing to replay", async () => {
    const thrown = await replayHeap(WORDS, { signal: AbortSignal.abort() }).catch(
      (error) => error as unknown,
    );
    expect(thrown).toBeInstanceOf(PartialError);
    const { partial } = thrown as PartialError<HeapResult>;
    expect([partial.interrupted, partial.policies, partial.processes]).toEqual([true, [], []]);
  });

  test.each([
    [{ policies: [] }, "E_OPTION", /policies: none/],
    [{ policies: ["tlsf", "tlsf"] }, "E_OPTION", /two are named "tlsf"/],
    [
      { policies: [{ preset: "tlsf" }, { preset: "tlsf", alignment: 16 as const }] },
      "E_OPTION",
      /want a name once/,
    ],
    [{ policies: ["nothing"] }, "E_CONFIG", /no heap policy/],
    [{ samples: 0 }, "E_OPTION", /samples: 0/],
    [{ samples: 1.5 }, "E_OPTION", /samples: 1.5/],
    [{ operations: 0 }, "E_OPTION", /operations: 0/],
    [{ process: -1 }, "E_OPTION", /process: -1/],
    [{ process: 9 }, "E_OPTION", /want one of 1/],
    [{ map: -1 }, "E_OPTION", /map: -1/],
    [{ map: 5046 }, "E_OPTION", /want at most 5045/],
  ])("refuses %j", async (options, code, says) => {
    const thrown = await replayHeap(WORDS, options).catch((error) => error as unknown);
    expect(thrown).toBeInstanceOf(PagewalkError);
    expect((thrown as PagewalkError).code).toBe(code);
    expect((thrown as PagewalkError).message).toMatch(says);
  });

  test("names policies as they are asked for", async () => {
    const policies = [
      { preset: "tlsf" as const, alignment: 16 as const, name: "wide" },
      "tlsf+chunk=64K",
      {},
    ];
    const result = await replayHeap(WORDS, { policies, set: { limit: 2 ** 20 } });
    expect(
      result.policies.map(({ name, config }) => [name, config.alignment, config.chunk, config.limit]),
    ).toEqual([
      ["wide", 16, 4096, 2 ** 20],
      ["tlsf+chunk=64K", 8, 65536, 2 ** 20],
      ["policy", 8, 4096, 2 ** 20],
    ]);
  });
});

describe.each(BUILDS)("validation (%s)", (build) => {
  const progress = (): Progress => ({ records: 0, bytes: 0, totalBytes: undefined });

  /** A stream behind whose operation 3000 something is written over. */
  class Tampered extends OpStream {
    private readonly tamper: () => void;

    constructor(tamper: () => void) {
      super();
      this.tamper = tamper;
    }

    override words(from: number, to: number): Uint32Array {
      if (from === 3000) this.tamper();
      return super.words(from, to);
    }
  }

  async function validated(what: (core: Core) => number, value: number): Promise<string> {
    const core = await Core.create(await buildOf(build));
    const { HeapOp } = core.enums;
    const ops = new Tampered(() => {
      core.u32(what(core), 1)[0] = value;
    });
    for (let i = 0; i < 3000; i++) ops.push(((HeapOp.Malloc << OP_SHIFT) | i) >>> 0, 40, i + 5);
    for (let i = 0; i < 3000; i++) ops.push(((HeapOp.Free << OP_SHIFT) | i) >>> 0, 0, i + 3005);
    const numbering = new Numbering(ops, 0, HeapOp);
    const plan = { ops, slots: 3000, numbering, samples: [], peak: 0, map: undefined, validate: true };
    const named = { name: "tlsf", policy: resolvePolicy("tlsf") };
    return validate(core, named, plan, new Pace<Progress>({}), progress).then(
      ({ operations, wholeHeap }) => `${operations} ${wholeHeap}`,
      (error) => (error as PagewalkError).message,
    );
  }

  test("finds nothing where nothing is wrong", async () => {
    // The header as it is: 48 bytes, allocated, and so is the block before it.
    expect(await validated((core) => core.exports.slotAddress(1500) - 4, 48 | 1 | 2)).toBe("6000 7");
  });

  test("finds a payload that was written over, when its block is freed", async () => {
    const message = await validated((core) => core.exports.slotAddress(1500) + 8, 0);
    expect(message).toBe(
      "heap: tlsf: behind operation 4500, line 4504: a payload is not what was written there",
    );
  });

  test("finds a header that was written over, at the latest when it looks at the whole heap", async () => {
    const message = await validated((core) => core.exports.slotAddress(2999) - 4, 0);
    expect(message).toMatch(/^heap: tlsf: behind operation \d+, line \d+: a block's size/);
    expect(Number(/operation (\d+)/.exec(message)?.[1])).toBeLessThanOrEqual(4000);
  });
});

function withoutTiming(result: HeapResult): string {
  return JSON.stringify(result, (key, value) => (key === "timing" ? undefined : value));
}
