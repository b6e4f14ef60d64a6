import type { Kind } from "../config/model.js";
import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { chunksOf } from "../trace/bytes.js";
import { NativeWriter } from "../trace/native/writer.js";
import { type Reading, type ReadOptions, readTrace } from "../trace/read.js";
import { Records } from "../trace/records.js";
import type { Sink } from "../trace/sink.js";
import { openTrace, type Trace } from "../trace/trace.js";
import type { SharedSource } from "./tasks.js";

/** Bytes of a trace that are kept in memory. */
const MOST_BYTES = 512 * 2 ** 20;

/** Memory that threads share and that grows, with a bound: beyond it nothing more is taken. */
class SharedMemory implements Sink {
  readonly buffer = new SharedArrayBuffer(0, { maxByteLength: MOST_BYTES });
  isFull = false;

  append(bytes: Uint8Array): void {
    const { byteLength } = this.buffer;
    this.isFull ||= byteLength + bytes.length > MOST_BYTES;
    if (this.isFull) return;
    this.buffer.grow(byteLength + bytes.length);
    new Uint8Array(this.buffer, byteLength).set(bytes);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.append(bytes);
  }

  async end(): Promise<void> {}
}

/**
 * A trace that can be read as often as one likes: that of standard input or of a stream is kept as it is.
 *
 * @throws PagewalkError `E_MEMORY` where it is too large for that
 * @internal
 */
export async function lasting(trace: Trace): Promise<Trace> {
  const { source, options } = trace;
  const file =
    typeof source === "string" ? await (await import("../trace/file.js")).openFile(source) : undefined;
  const chunks = typeof source === "string" ? file?.chunks() : chunksOf(source);
  try {
    if (file?.regular || !chunks) return trace;
    const memory = new SharedMemory();
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      memory.append(next.value);
      if (!memory.isFull) continue;
      const message = `${trace.name}: a sweep reads it more than once, and it has more than the ${MOST_BYTES / 2 ** 20} MiB that are kept in memory; want a file`;
      throw new PagewalkError("E_MEMORY", message);
    }
    return openTrace(new Uint8Array(memory.buffer), options);
  } finally {
    file?.close();
  }
}

/** What workers read of a lasting trace. @internal */
export function sharedSource({ source, options }: Trace): SharedSource {
  const { signal: _signal, module: _module, ...rest } = options;
  return {
    source: typeof source === "string" ? source : ((source as Uint8Array).buffer as SharedArrayBuffer),
    options: rest,
  };
}

/** A trace that was decoded for several replays: what workers read, and how it was read here and what of, unless it was left as it was. @internal */
export interface Decoded {
  source: SharedSource;
  reading: (Reading & { kinds: Record<Kind, number> }) | undefined;
}

/**
 * Decodes a trace once for several replays: its records and events in the native format. As it was where it is too large, or a scenario, which says how
 * addresses are looked upon that nothing maps.
 *
 * @internal
 */
export async function decoded(trace: Trace, core: Core, options: ReadOptions): Promise<Decoded> {
  const memory = new SharedMemory();
  const writer = new NativeWriter(core, memory, { command: "sweep", source: trace.path, level: 0 });
  await writer.begin();
  let isScenario = false;
  const reading = await readTrace(core, trace, options, async (slice, feed) => {
    isScenario = feed.head.format === "scenario";
    if (!isScenario) await writer.write(new Records(core, slice, feed.strings));
    return !isScenario && !memory.isFull;
  });
  if (isScenario || memory.isFull) return { source: sharedSource(trace), reading: undefined };
  await writer.end();
  return {
    source: { source: memory.buffer, options: {} },
    reading: { ...reading, kinds: writer.counts.kinds },
  };
}
