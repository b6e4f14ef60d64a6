import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { Crew } from "../../src/crew/crew.js";
import { Aside } from "../../src/curve/aside.js";
import { planOf } from "../../src/curve/options.js";
import { openLookups } from "../../src/curve/pool.js";
import { Core } from "../../src/engine/core.js";
import { compileCore } from "../../src/engine/wasm.js";
import { Folder } from "../cli/pagewalk.js";

interface Counted {
  begun: SharedArrayBuffer;
  deaths: number;
}

const folder = new Folder();
/** A worker that dies so often, and then answers how often it was begun. */
const MORTAL = workerOf(`export default ({ begun, deaths }) => {
  const times = Atomics.add(new Int32Array(begun), 0, 1);
  if (times < deaths) process.exit(1);
  return times + 1;
};`);

function workerOf(code: string): URL {
  return pathToFileURL(folder.write(`worker${code.length}.mjs`, code));
}

const never = new AbortController().signal;
const counted = (deaths: number): Counted => ({ begun: new SharedArrayBuffer(4), deaths });
const perform = async () => 0;

async function withCrew<R>(work: (crew: Crew<Counted, number>) => Promise<R>): Promise<R> {
  const crew = new Crew<Counted, number>({ module: await compileCore(), jobs: 2, worker: MORTAL, perform });
  try {
    return await work(crew);
  } finally {
    await crew.close();
  }
}

test("a task whose worker dies is begun anew, twice at most", async () => {
  await withCrew(async (crew) => {
    expect(await crew.run(counted(2), never)).toBe(3);
    const task = counted(9);
    await expect(crew.run(task, never)).rejects.toMatchObject({ code: "E_INTERNAL" });
    expect(new Int32Array(task.begun)[0]).toBe(3);
  });
});

test("a task that cannot be begun anew is given up with its worker", async () => {
  await withCrew(async (crew) => {
    const task = counted(1);
    await expect(crew.run(task, never, 1)).rejects.toMatchObject({ code: "E_INTERNAL" });
    expect(new Int32Array(task.begun)[0]).toBe(1);
  });
});

test("a task that all its workers die of is no other's concern", async () => {
  await withCrew(async (crew) => {
    const [lost, answered] = await Promise.allSettled([
      crew.run(counted(9), never),
      crew.run(counted(0), never),
    ]);
    expect(lost).toMatchObject({
      reason: { code: "E_INTERNAL", message: expect.stringContaining("died 3 times") },
    });
    expect(answered).toMatchObject({ value: 1 });
  });
});

test("tasks are given up where no worker can begin", async () => {
  const missing = pathToFileURL(folder.at("missing.mjs"));
  const crew = new Crew({ module: await compileCore(), jobs: 2, worker: missing, perform });
  const tasks = [1, 2, 3, 4].map((task) => crew.run(task, never));
  for (const { reason } of (await Promise.allSettled(tasks)) as PromiseRejectedResult[])
    expect(reason).toMatchObject({ code: "E_INTERNAL", message: expect.stringContaining("died 3 times") });
  await crew.close();
});

test("a task that never ends by itself ends with its signal", async () => {
  const worker = workerOf("export default () => { for (;;); };");
  const crew = new Crew({ module: await compileCore(), jobs: 1, worker, perform });
  const controller = new AbortController();
  const running = crew.run(0, controller.signal);
  setTimeout(() => controller.abort(), 50);
  await expect(running).rejects.toMatchObject({ code: "E_ABORTED" });
  await crew.close();
});

test("pools whose worker dies do not hold up who reads", async () => {
  const module = await compileCore();
  const core = await Core.create(module);
  const plan = planOf({ policies: ["fifo", "arc"], frames: [1, 2] });
  openLookups(core, plan);
  const pools = plan.policies.flatMap((choice) => [1, 2].map((frames) => ({ choice, frames })));
  const dying = workerOf("export default () => process.exit(1);");
  const aside = new Aside(core, plan, pools, 2, (_, jobs) => {
    return new Crew({ module, jobs, worker: dying, perform: () => Promise.reject(new Error("not here")) });
  });
  const reading = (async () => {
    for (let column = 0; column < 1000; column++) await aside.take();
  })();
  await expect(reading).rejects.toMatchObject({ code: "E_INTERNAL" });
  expect(await aside.settle()).toMatchObject({ code: "E_INTERNAL" });
  expect(pools.map((pool) => aside.countsOf(pool))).toEqual(pools.map(() => undefined));
});
