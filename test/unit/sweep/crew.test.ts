import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { Crew } from "../../../src/crew/crew.js";
import { compileCore } from "../../../src/engine/wasm.js";
import { type Answer, perform, type Task } from "../../../src/sweep/tasks.js";

const folder = mkdtempSync(join(tmpdir(), "pagewalk-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A worker's code, instead of its own. */
function workerOf(name: string, code: string): URL {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, code);
  return pathToFileURL(path);
}

const crewOf = async (jobs: number, worker: URL) =>
  new Crew<Task, Answer>({ module: await compileCore(), jobs, worker, perform });

const task: Task = { what: "hash", path: "a" };
const { signal } = new AbortController();

describe("a crew", () => {
  test("begins a task anew whose worker died", async () => {
    const mark = JSON.stringify(join(folder, "mark"));
    const worker = workerOf(
      "dies",
      `import { appendFileSync, readFileSync } from "node:fs";
       export default (task) => {
         appendFileSync(${mark}, "x");
         if (readFileSync(${mark}, "utf8").length < 3) process.exit(1);
         return { what: "hash", sha256: task.path };
       };`,
    );
    const crew = await crewOf(2, worker);
    expect(await crew.run(task, signal)).toEqual({ what: "hash", sha256: "a" });
    await crew.close();
  });

  test("gives a task up that three workers died of, and goes on with others", async () => {
    const worker = workerOf(
      "always",
      `export default (task) => {
         if (task.path === "a") process.exit(1);
         return { what: "hash", sha256: task.path };
       };`,
    );
    const crew = await crewOf(1, worker);
    const [first, second] = await Promise.allSettled([
      crew.run(task, signal),
      crew.run({ what: "hash", path: "b" }, signal),
    ]);
    expect(first).toMatchObject({
      reason: { code: "E_INTERNAL", message: expect.stringContaining("died 3 times") },
    });
    expect(second).toMatchObject({ value: { sha256: "b" } });
    await crew.close();
  });

  test("gives up tasks where no worker can begin", async () => {
    const crew = await crewOf(2, pathToFileURL(join(folder, "missing.mjs")));
    const tasks = [1, 2, 3, 4].map(() => crew.run(task, signal));
    for (const { reason } of (await Promise.allSettled(tasks)) as PromiseRejectedResult[])
      expect(reason).toMatchObject({ code: "E_INTERNAL", message: expect.stringContaining("died 3 times") });
    await crew.close();
  });

  test("ends a task with its signal, though it never ends by itself", async () => {
    const worker = workerOf("loops", "export default () => { for (;;); };");
    const crew = await crewOf(1, worker);
    const controller = new AbortController();
    const running = crew.run(task, controller.signal);
    setTimeout(() => controller.abort(), 50);
    await expect(running).rejects.toMatchObject({ code: "E_ABORTED" });
    await crew.close();
  });
});
