import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { KINDS } from "../../src/config/model.js";
import { Machine } from "../../src/engine/machine.js";
import { PagewalkError } from "../../src/errors.js";
import { survey } from "../../src/info/survey.js";
import { replay } from "../../src/replay/replay.js";
import type { TraceEvent } from "../../src/trace/events.js";
import type { CustomFormat, TraceAccess } from "../../src/trace/formats/custom.js";
import { registerFormat } from "../../src/trace/formats/index.js";
import type { TraceBatch } from "../../src/trace/iterate.js";
import { openTrace, type TraceOptions } from "../../src/trace/trace.js";
import { makeTrace } from "../cli/pagewalk.js";

const bytes = (text: string) => new TextEncoder().encode(text);

const SCENARIO = `L 0x1000,8
malloc p 24 at a.c:9
S p+4,4 =01020304
M 0x2000,2
free p
`;

async function batchesOf(source: Uint8Array, options: TraceOptions = {}): Promise<TraceBatch[]> {
  const batches: TraceBatch[] = [];
  for await (const batch of openTrace(source, options)) batches.push(batch);
  return batches;
}

async function failureOf(work: Promise<unknown>): Promise<PagewalkError> {
  const failure = await work.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(failure).toBeInstanceOf(PagewalkError);
  return failure as PagewalkError;
}

describe("for await over a trace", () => {
  test("gives accesses as columns and events in their places", async () => {
    const [batch] = await batchesOf(bytes(SCENARIO));
    expect(batch?.record).toBe(1);
    expect([...(batch?.addresses ?? [])]).toEqual([0x1000n, 0x2000n]);
    expect([...(batch?.sizes ?? [])]).toEqual([8, 2]);
    expect([...(batch?.kinds ?? [])].map((kind) => KINDS[kind])).toEqual(["load", "modify"]);
    expect(batch?.events).toEqual([
      { before: 0, event: { event: "switch", process: 1n } },
      { before: 1, event: { event: "malloc", id: "p", size: 24n, at: { file: "a.c", line: 9 } } },
      {
        before: 1,
        event: {
          event: "access",
          kind: "store",
          address: { base: "p", offset: 4n },
          size: 4n,
          bytes: "01020304",
        },
      },
      { before: 2, event: { event: "free", id: "p" } },
    ]);
  });

  test("numbers accesses over batches, and honours skip, limit and kinds", async () => {
    const text = bytes(makeTrace(100_000));
    const all = await batchesOf(text);
    expect(all.length).toBeGreaterThan(2);
    let record = 1;
    for (const batch of all) {
      expect(batch.record).toBe(record);
      record += batch.sizes.length;
    }
    expect(record).toBe(100_001);
    const [part] = await batchesOf(text, { skip: 40_000, limit: 10 });
    const addresses = all.flatMap((batch) => [...batch.addresses]);
    expect([...(part?.addresses ?? [])]).toEqual(addresses.slice(40_000, 40_010));
    const loads = await batchesOf(text, { kinds: ["load"] });
    expect(loads.every(({ kinds }) => kinds.every((kind) => KINDS[kind] === "load"))).toBe(true);
  });

  test("says in info what was found so far", async () => {
    const trace = openTrace(bytes(SCENARIO));
    expect(trace.info).toBeUndefined();
    for await (const _ of trace)
      expect(trace.info).toMatchObject({ format: "scenario", records: 3, events: 3 });
  });

  test("hands out what came before a broken line", async () => {
    const batches: TraceBatch[] = [];
    const read = async () => {
      for await (const batch of openTrace(bytes("L 0x1,1\nmalloc\n"))) batches.push(batch);
    };
    const failure = await failureOf(read());
    expect(failure).toMatchObject({ code: "E_TRACE", at: { line: 2, byte: 8 } });
    expect(failure.message).toContain("ID is missing; want malloc ID SIZE");
    expect(batches[0]?.sizes).toHaveLength(1);
  });

  test("ends on its signal, and leaves no listener behind", async () => {
    const controller = new AbortController();
    const trace = openTrace(bytes(makeTrace(100_000)), { signal: controller.signal });
    const read = async () => {
      for await (const _ of trace) controller.abort();
    };
    expect((await failureOf(read())).code).toBe("E_ABORTED");
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    expect((await failureOf(survey(trace))).code).toBe("E_ABORTED");
  });

  test("ends on close, also while it waits for bytes", async () => {
    const forever = (async function* () {
      yield bytes(makeTrace(10));
      await new Promise(() => {});
    })();
    const trace = openTrace(forever, { format: "lackey" });
    const read = async () => {
      for await (const _ of trace) setTimeout(() => trace.close(), 20);
    };
    expect((await failureOf(read())).code).toBe("E_ABORTED");
  });

  test("may be left early, and begun again", async () => {
    const trace = openTrace(bytes(makeTrace(100_000)));
    for (let round = 0; round < 2; round++) {
      for await (const batch of trace) {
        expect(batch.record).toBe(1);
        break;
      }
    }
  });
});

const LETTERS: CustomFormat = {
  name: "letters",
  example: '"!abc"',
  detect: (head) => head[0] === 0x21,
  async *read(pieces) {
    for await (const piece of pieces) {
      for (const letter of piece) {
        if (letter === 0x3f) throw new Error("a question");
        if (letter !== 0x21) yield { kind: "load", address: BigInt(letter) << 12n, size: 4 };
      }
    }
    yield { event: "free", id: "0x10" };
  },
};

describe("a registered format", () => {
  test("is detected and read like any other, until it is taken out", async () => {
    const remove = registerFormat(LETTERS);
    try {
      const result = await replay(await Machine.create(), openTrace(bytes("!abca")));
      expect(result.trace).toMatchObject({ format: "letters", records: 4 });
      expect(result.pages.touched["4K"]).toBe(3);
      expect(result.events).toEqual({ free: 1 });
      expect(() => registerFormat(LETTERS)).toThrow(/there already/);
      expect(() => registerFormat({ ...LETTERS, name: "lackey" })).toThrow(/there already/);
    } finally {
      remove();
    }
    expect((await failureOf(survey(openTrace(bytes("!abca"))))).message).toContain("no known format");
  });

  test("hands out what it gave before it threw, or gave something wrong", async () => {
    const wrong: unknown[] = [
      { kind: "load", address: -1n, size: 1 },
      { kind: "load", address: 1n, size: 2 ** 20 + 1 },
      { kind: "load", address: 1n, size: 1.5 },
      { event: "nothing" },
      { event: "pagesize", address: 0n, length: 4096n, size: "5K" },
      { event: "pagesize", address: 1n, length: 4096n, size: "4K" },
    ];
    for (const entry of wrong) {
      const remove = registerFormat({
        name: "wrong",
        example: "anything",
        read: () => [{ kind: "store", address: 1n, size: 1 }, entry] as (TraceAccess | TraceEvent)[],
      });
      try {
        const failure = await failureOf(survey(openTrace(bytes("x"), { format: "wrong" })));
        expect(failure).toMatchObject({
          code: "E_TRACE",
          partial: { trace: { records: 1, truncated: true } },
        });
        const { trace } = await survey(openTrace(bytes("x"), { format: "wrong", skipBad: 1 }));
        expect(trace).toMatchObject({ records: 1, skipped: 1 });
      } finally {
        remove();
      }
    }
  });
});
