import { on } from "node:events";
import { Worker } from "node:worker_threads";
import { messageOf, PagewalkError } from "../errors.js";
import type { Answer } from "./compression/worker.js";

/** The thread's code as it was built, seen from src/ and from dist/ alike. */
const WORKER = new URL("../../dist/trace/compression/worker.js", import.meta.url);
/** Blocks of memory that go to and fro, and the bytes of each. */
const BLOCKS = 4;
const BLOCK = 1 << 18;

/** Decompresses a file in a thread of its own. */
export function decompressInThread(
  path: string,
  meter: { done: number },
): { chunks: AsyncGenerator<Uint8Array, undefined>; close(): void } {
  const worker = new Worker(WORKER, { workerData: path, execArgv: [] });
  const answers = on(worker, "message", { close: ["exit"] });
  for (let i = 0; i < BLOCKS; i++) send(worker, new ArrayBuffer(BLOCK));
  return { chunks: chunksOf(worker, answers, meter), close: () => void worker.terminate() };
}

function send(worker: Worker, block: ArrayBuffer): void {
  worker.postMessage(block, [block]);
}

async function* chunksOf(
  worker: Worker,
  answers: AsyncIterator<unknown[]>,
  meter: { done: number },
): AsyncGenerator<Uint8Array, undefined> {
  while (true) {
    const next = await answers.next().catch((thrown) => {
      throw new PagewalkError("E_INTERNAL", `the thread that decompresses failed: ${messageOf(thrown)}`);
    });
    if (next.done) throw new PagewalkError("E_ABORTED", "the trace was closed while it was read");
    const [{ block, length, read, failure }] = next.value as [Answer];
    meter.done = read;
    if (length > 0) yield new Uint8Array(block, 0, length);
    if (failure?.at) throw new PagewalkError("E_TRACE", failure.message, failure.at);
    if (failure) throw new Error(failure.message);
    if (length === 0) return;
    send(worker, block);
  }
}
