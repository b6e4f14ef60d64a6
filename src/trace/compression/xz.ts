import { messageOf } from "../../errors.js";
import type { Chunks } from "../bytes.js";

/** By xz-decompress, which reads files joined end to end as one. Its readings take turns in a process. */
export async function* unxz(chunks: Chunks): AsyncGenerator<Uint8Array, undefined> {
  const { XzReadableStream } = await loadXz();
  const compressed = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
    },
    { highWaterMark: 0 },
  );
  const reader = new XzReadableStream(compressed).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch (thrown) {
    throw new Error(reasonOf(messageOf(thrown)));
  } finally {
    await reader.cancel().catch(() => undefined);
    await chunks.return?.();
  }
}

/** What the codes of xz-embedded (enum xz_ret) mean. */
function reasonOf(message: string): string {
  const code = /error code (\d+)/.exec(message)?.[1];
  const reasons: Record<string, string> = {
    "3": "out of memory",
    "4": "its dictionary is too large",
    "5": "there is something else behind it",
    "6": "its options are not supported",
    "7": "its checksum is wrong",
    "8": "its end is missing",
  };
  return reasons[code ?? ""] ?? message;
}

async function loadXz(): Promise<typeof import("xz-decompress")> {
  const loaded = (await import("xz-decompress")) as typeof import("xz-decompress") & {
    default?: typeof import("xz-decompress");
  };
  return loaded.default ?? loaded;
}
