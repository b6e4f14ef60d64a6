import { parentPort, workerData } from "node:worker_threads";
import { messageOf, PagewalkError, type Place } from "../../errors.js";
import { ChunkSource, metered } from "../bytes.js";
import { openFile } from "../file.js";
import { compressionOf } from "./index.js";

/** Bytes that tell a compression. */
const HEAD = 16;

/** What the thread answers to a block of memory that it was sent: the block, filled as far as the trace goes. */
export interface Answer {
  block: ArrayBuffer;
  length: number;
  /** Bytes of the file read so far. */
  read: number;
  /** Why there are no more, behind what is in the block; `at` where the file is at fault, not what is in it. */
  failure?: { message: string; at: Place | undefined };
}

const meter = { done: 0 };
const bytes = new ChunkSource(decompressed(workerData));
let turn = Promise.resolve();

parentPort?.on("message", (block: ArrayBuffer) => {
  turn = turn.then(async () => {
    const answer = await fill(block);
    parentPort?.postMessage(answer, [block]);
  });
});

async function* decompressed(path: string): AsyncGenerator<Uint8Array, undefined> {
  const file = await openFile(path);
  const compression = compressionOf(file.regular?.read(0, HEAD) ?? new Uint8Array(0));
  if (!compression) throw new Error("the file was changed while it was opened");
  yield* compression.decompress(metered(file.chunks(), meter));
}

async function fill(block: ArrayBuffer): Promise<Answer> {
  let length = 0;
  const rest = () => new Uint8Array(block, length);
  try {
    for (let read = -1; read !== 0 && length < block.byteLength; length += read)
      read = await bytes.read(rest);
    return { block, length, read: meter.done };
  } catch (thrown) {
    const at = thrown instanceof PagewalkError ? thrown.at : undefined;
    return { block, length, read: meter.done, failure: { message: messageOf(thrown), at } };
  }
}
