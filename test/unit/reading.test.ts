// A machine that reads one trace after another, and streams that wait, fail and are left alone.

import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { presets } from "../../src/config/presets/index.js";
import type { CompiledCore } from "../../src/engine/core.js";
import { Machine } from "../../src/engine/machine.js";
import { PagewalkError } from "../../src/errors.js";
import { replay } from "../../src/replay/replay.js";
import { PartialError } from "../../src/trace/read.js";
import { openTrace } from "../../src/trace/trace.js";
import { buildOf } from "../builds.js";

const encode = (text: string) => new TextEncoder().encode(text);
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
const loads = (count: number) => encode(" L 00601000,8\n".repeat(count));
const stores = (count: number) => encode(" S 00602000,8\n".repeat(count));

let module: CompiledCore;
beforeAll(async () => {
  module = await buildOf("release");
});
const create = () => Machine.create(presets["intel-skylake"], { module });

describe("one machine, one trace after another", () => {
  const header = "==7== Lackey, an example Valgrind tool\n";
  const body = "I  00401000,3\n L 00601000,8\n";
  const footer = "==7== Exit code:       0\n";
  const texts = {
    bare: { text: body, cut: false },
    whole: { text: header + body + footer, cut: false },
    cut: { text: header + body, cut: true },
  };
  const pairs = Object.entries(texts).flatMap(([a, first]) =>
    Object.entries(texts).map(([b, second]) => ({ name: `${b} behind ${a}`, first, second })),
  );

  test.each(pairs)("reads a log that is $name as if it were the first", async ({ first, second }) => {
    const machine = await create();
    await failureOf(replay(machine, openTrace(encode(first.text))));
    const failure = await failureOf(replay(machine, openTrace(encode(second.text))));
    expect(failure instanceof PartialError).toBe(second.cut);
  });

  test("is refused a second trace while it reads the first", async () => {
    const machine = await create();
    const first = replay(machine, openTrace(loads(20_000)));
    expect(await failureOf(replay(machine, openTrace(stores(20_000))))).toMatchObject({ code: "E_OPTION" });
    expect((await first).trace.kinds).toMatchObject({ load: 20_000, store: 0 });
  });

  test("says which record stopped it, however many faults came before", async () => {
    const machine = await Machine.create({ ...presets["intel-skylake"], onFault: "stop" }, { module });
    for (let i = 0; i < 150; i++) machine.translate(1n << 60n, "load");
    const text = " L 00601000,8\n L 1000000000000000,8\n L 00601000,8\n";
    const result = await replay(machine, openTrace(encode(text)));
    expect(result).toMatchObject({ stoppedAt: { record: 2 }, trace: { records: 2 } });
  });
});

describe("a stream", () => {
  test("that delivers after an abort changes nothing", async () => {
    const machine = await create();
    const controller = new AbortController();
    let deliver = () => {};
    const late = (async function* () {
      yield loads(5);
      await new Promise<void>((resolve) => {
        deliver = resolve;
      });
      yield stores(1000);
    })();
    const aborted = failureOf(replay(machine, openTrace(late), { signal: controller.signal }));
    await setTimeout(20);
    controller.abort();
    expect(await aborted).toMatchObject({ code: "E_ABORTED", partial: { trace: { records: 5 } } });
    const second = replay(
      machine,
      openTrace(
        (async function* () {
          yield loads(3000);
          deliver();
          await setTimeout(20);
          yield loads(2000);
        })(),
      ),
    );
    expect((await second).trace.kinds).toMatchObject({ load: 5000, store: 0, modify: 0 });
  });

  test("waits while the machine's memory grows", async () => {
    const machine = await create();
    const slow = (async function* () {
      yield loads(10);
      for (let i = 0n; i < 1000n; i++) machine.translate(i << 30n, "load");
      yield loads(10);
    })();
    expect((await replay(machine, openTrace(slow))).trace.records).toBe(20);
  });

  test("that fails is an error with the results so far", async () => {
    const failing = (async function* () {
      yield loads(1000);
      throw new Error("connection reset");
    })();
    const failure = await failureOf(replay(await create(), openTrace(failing)));
    expect(failure).toBeInstanceOf(PartialError);
    expect(failure).toMatchObject({
      code: "E_TRACE",
      message: expect.stringMatching(/connection reset/),
      partial: { trace: { records: 1000, truncated: true } },
    });
  });

  test("of something else than bytes is refused", async () => {
    const texts = (async function* () {
      yield " L 00601000,8\n";
    })() as unknown as AsyncIterable<Uint8Array>;
    expect(await failureOf(replay(await create(), openTrace(texts)))).toMatchObject({ code: "E_TRACE" });
    expect(() => openTrace({} as unknown as Uint8Array)).toThrow(PagewalkError);
    expect(await failureOf(Machine.create({}, { module: {} }))).toMatchObject({
      code: "E_OPTION",
    });
  });

  test("is released when enough of it was read", async () => {
    let released = false;
    const endless = (async function* () {
      try {
        while (true) yield loads(1000);
      } finally {
        released = true;
      }
    })();
    await replay(await create(), openTrace(endless, { limit: 10 }));
    await setTimeout(5);
    expect(released).toBe(true);
  });

  test("in xz can be left, and another read", async () => {
    const xz = new Uint8Array(readFileSync(new URL("../cli/fixtures/tiny.xz", import.meta.url)));
    for (let i = 0; i < 3; i++) {
      const { trace } = await replay(await create(), openTrace(xz, { limit: 10 }));
      expect(trace.records).toBe(10);
    }
  });
});

test("an aborted signal is told before anything is opened", async () => {
  const unhandled: unknown[] = [];
  const note = (thrown: unknown) => unhandled.push(thrown);
  process.on("unhandledRejection", note);
  const failure = await failureOf(
    replay(await create(), openTrace("/no/such/file"), { signal: AbortSignal.abort() }),
  );
  await setTimeout(20);
  process.off("unhandledRejection", note);
  expect(failure).toMatchObject({ code: "E_ABORTED" });
  expect(unhandled).toEqual([]);
});

test("a long bad line is passed over, and all that follows is read", async () => {
  const text = `I  00401000,3\n${"x".repeat(600_000)}\n${" L 00601000,16\n".repeat(200_000)}`;
  const { trace } = await replay(await create(), openTrace(encode(text), { skipBad: 1 }));
  expect(trace).toMatchObject({ records: 200_001, skipped: 1, truncated: false });
});

test("costs above 2^53 are exact", async () => {
  const machine = await Machine.create({ latency: { memory: 1e9 } }, { module });
  await replay(machine, openTrace(loads(3_000_000)));
  expect(machine.stats().walk.cycles).toBe("12000000000000000");
});
