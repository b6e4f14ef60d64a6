import { workerData } from "node:worker_threads";
import type { CompiledCore } from "../engine/core.js";
import { type Answer, perform, type Task } from "./tasks.js";

/** Does a task in the core that all workers share. */
export default function work(task: Task): Promise<Answer> {
  return perform(task, workerData as CompiledCore);
}
