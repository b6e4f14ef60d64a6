// Traces in turn through the API: what is refused, and what ends them early.

import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { presets } from "../../src/config/presets/index.js";
import type { CompiledCore } from "../../src/engine/core.js";
import { Machine } from "../../src/engine/machine.js";
import { survey } from "../../src/info/survey.js";
import { replay } from "../../src/replay/replay.js";
import { type InterleaveOptions, interleave } from "../../src/trace/interleave.js";
import { openTrace, type Trace } from "../../src/trace/trace.js";
import { buildOf } from "../builds.js";

const encode = (text: string) => new TextEncoder().encode(text);
const loads = (count: number, page = "601") => encode(` L 00${page}000,8\n`.repeat(count));
const SORT = fileURLToPath(new URL("../../traces/sort.lackey.zst", import.meta.url));
const TINY = fileURLToPath(new URL("../../traces/tiny.lackey", import.meta.url));

let module: CompiledCore;
beforeAll(async () => {
  module = await buildOf("release");
});
const create = (changes = {}) => Machine.create({ ...presets["intel-skylake"], ...changes }, { module });
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

describe("interleave refuses", () => {
  const trace = () => openTrace(TINY);
  const stream = (async function* () {})();
  test.each<[string, () => readonly Trace[], unknown]>([
    ["no traces", () => [], { every: 1 }],
    ["what is no trace", () => [TINY as unknown as Trace], { every: 1 }],
    ["no turn", () => [trace()], undefined],
    ["a turn of nothing", () => [trace()], { every: 0 }],
    ["a turn of a half", () => [trace()], { every: 1.5 }],
    ["a turn without an end", () => [trace()], { every: Number.POSITIVE_INFINITY }],
    ["an unknown way", () => [trace()], { every: 1, as: "fibers" }],
    ["a stream twice", () => [openTrace(stream), openTrace(stream)], { every: 1 }],
    ["standard input twice", () => [openTrace("-"), openTrace("-")], { every: 1 }],
  ])("%s", (_, traces, options) => {
    expect(() => interleave(traces(), options as InterleaveOptions)).toThrow(/^interleave: /);
  });
});

test("a path and bytes may be given twice", async () => {
  const same = openTrace(loads(100));
  const { trace } = await replay(await create(), interleave([same, same, openTrace(TINY)], { every: 2 }));
  expect(trace.records).toBe(216);
});

test("threads may name who runs in them, as long as it is the same", async () => {
  const traces = [
    "L 0x1000,8\nL 0x2000,8\n",
    "switch 7 70\nL 0x1000,8\nswitch 7 70\nfork 8\n@7 L 0x1000,8\n",
  ];
  const threads = interleave(
    traces.map((text) => openTrace(encode(text))),
    { every: 1, as: "threads" },
  );
  const { trace } = await replay(await create(), threads);
  expect(trace.traces).toMatchObject([
    { records: 2, thread: 1, processes: [{ pid: 1, named: 1 }] },
    {
      records: 2,
      thread: 2,
      processes: [
        { pid: 1, named: 7 },
        { pid: 3, named: 8 },
      ],
    },
  ]);
});

test("survey keeps the processes of traces in turn apart", async () => {
  const traces = [openTrace(loads(100)), openTrace(loads(50, "602"))];
  const info = await survey(interleave(traces, { every: 7 }), { module });
  expect(info.processes).toEqual([
    { pid: 1, records: 100 },
    { pid: 2, records: 50 },
  ]);
  expect(info.trace.traces).toMatchObject([{ records: 100 }, { records: 50 }]);
});

test("a fault that stops the machine stops every trace, and each is counted until there", async () => {
  const bad = encode(" L 00601000,8\n S 8000000000000000,8\n L 00601000,8\n");
  const machine = await create({ onFault: "stop" });
  const result = await replay(machine, interleave([openTrace(loads(1000)), openTrace(bad)], { every: 1 }));
  expect(result).toMatchObject({ stoppedAt: { record: 4 }, trace: { records: 4 } });
  expect(result.trace.traces).toMatchObject([
    { records: 2, kinds: { load: 2, store: 0 } },
    { records: 2, kinds: { load: 1, store: 1 } },
  ]);
});

describe("what ends a replay of traces in turn", () => {
  const endless = (released: () => void) =>
    (async function* () {
      try {
        while (true) {
          await setTimeout(1);
          yield loads(1000);
        }
      } finally {
        released();
      }
    })();

  test("an abort gives what was read, and lets go of all of them", async () => {
    let released = 0;
    const release = () => {
      released++;
    };
    const controller = new AbortController();
    const machine = await create();
    const traces = [openTrace(endless(release)), openTrace(endless(release))];
    const onProgress = ({ records }: { records: number }) => {
      if (records > 50_000) controller.abort();
    };
    const options = { signal: controller.signal, onProgress };
    const failure = await failureOf(replay(machine, interleave(traces, { every: 100 }), options));
    expect(failure).toMatchObject({ code: "E_ABORTED", partial: { interrupted: true } });
    const { trace } = (failure as { partial: { trace: { records: number; traces: { records: number }[] } } })
      .partial;
    expect(trace.records).toBeGreaterThan(50_000);
    expect(trace.traces.reduce((sum, { records }) => sum + records, 0)).toBe(trace.records);
    await setTimeout(20);
    expect(released).toBe(2);
    const after = await replay(machine, openTrace(loads(10)));
    expect(after.trace).toMatchObject({ records: 10 });
    expect(after.trace).not.toHaveProperty("traces");
  });

  test("a signal of one trace ends them all", async () => {
    const signal = AbortSignal.timeout(30);
    const traces = [
      openTrace(endless(() => {})),
      openTrace(
        endless(() => {}),
        { signal },
      ),
    ];
    const failure = await failureOf(replay(await create(), interleave(traces, { every: 10 })));
    expect(failure).toMatchObject({ code: "E_ABORTED" });
  });

  test.skipIf(process.platform !== "linux").each([
    ["a trace that is not there", () => openTrace("/no/such/file"), "E_TRACE"],
    ["a trace that is none", () => openTrace(encode("nonsense\n")), "E_TRACE"],
    ["a trace that breaks off", () => openTrace(encode(" L 00601000,8\nnonsense\n")), "E_TRACE"],
  ])("%s closes the files of the others", async (_, open, code) => {
    const held = () =>
      readdirSync("/proc/self/fd").filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).includes("/traces/");
        } catch {
          return false;
        }
      }).length;
    const before = held();
    const traces = [openTrace(TINY), openTrace(SORT), open()];
    const failure = await failureOf(replay(await create(), interleave(traces, { every: 5 })));
    expect(failure).toMatchObject({ code });
    await setTimeout(50);
    expect(held()).toBe(before);
  });
});
