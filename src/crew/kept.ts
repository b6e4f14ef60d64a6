import type { Kind } from "../config/model.js";
import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { chunksOf } from "../trace/bytes.js";
import { FORMATS } from "../trace/formats/index.js";
import { Interleaved } from "../trace/interleave.js";
import { NativeWriter } from "../trace/native/writer.js";
import { type Reading, type ReadOptions, readTrace } from "../trace/read.js";
import { Records } from "../trace/records.js";
import type { Sink } from "../trace/sink.js";
import { openTrace, Trace, type TraceOptions } from "../trace/trace.js";

/** Bytes of a trace that are kept in memory. */
const MOST_BYTES = 512 * 2 ** 20;

/** Where a worker reads a trace: a file, or bytes that all share. @internal */
export interface SharedSource {
  source: string | SharedArrayBuffer;
  options: TraceOptions;
}

/** The trace that a worker reads. @internal */
export function openShared({ source, options }: SharedSource): Trace {
  return openTrace(typeof source === "string" ? source : new Uint8Array(source), options);
}

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
  if (typeof source === "string" && (await lasts(trace))) return trace;
  const file =
    typeof source === "string" ? await (await import("../trace/file.js")).openFile(source) : undefined;
  const chunks = file?.chunks() ?? chunksOf(source as Exclude<typeof source, string>);
  try {
    const memory = new SharedMemory();
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      memory.append(next.value);
      if (!memory.isFull) continue;
      const message = `${trace.name}: a sweep reads it more than once, and it has more than the ${MOST_BYTES / 2 ** 20} MiB that are kept in memory; want a file`;
      throw new PagewalkError("E_MEMORY", message);
    }
    return new Trace(new Uint8Array(memory.buffer), options, trace.path);
  } finally {
    file?.close();
  }
}

/** Whether a trace can be read again as it is: no stream, and no pipe by whatever name. @internal */
export async function lasts(trace: Trace | Interleaved): Promise<boolean> {
  if (trace instanceof Interleaved) return (await Promise.all(trace.traces.map(lasts))).every(Boolean);
  const { source } = trace;
  if (typeof source !== "string") return source instanceof Uint8Array;
  if (source === "-") return false;
  const { stat } = await import("node:fs/promises");
  const found = await stat(source).catch(() => undefined);
  return found !== undefined && (found.isFile() || found.isDirectory());
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
  source: SharedSource | undefined;
  reading: (Reading & { kinds: Record<Kind, number> }) | undefined;
}

/**
 * Decodes a trace once for several replays: its records and events in the native format. As it was where it is too large, or a scenario, which says how
 * addresses are looked upon that nothing maps.
 *
 * @internal
 */
export async function decoded(
  trace: Trace | Interleaved,
  core: Core,
  options: ReadOptions,
): Promise<Decoded> {
  const memory = new SharedMemory();
  const writer = new NativeWriter(core, memory, { command: "keep", source: trace.name, level: 0 });
  await writer.begin();
  let format = "";
  const reading = await readTrace(core, trace, options, async (slice, feed) => {
    format = feed.head.format;
    if (format === "scenario") return false;
    await writer.write(new Records(core, slice, feed.strings));
    return !memory.isFull;
  });
  if (format !== "scenario") await writer.end();
  if (format === "scenario" || memory.isFull) return { source: asItIs(trace, format), reading: undefined };
  return {
    source: { source: memory.buffer, options: {} },
    reading: { ...reading, kinds: writer.counts.kinds },
  };
}

/** Undefined of what only this thread can read: bytes of its own, a format of its own, several in turn. */
function asItIs(trace: Trace | Interleaved, format: string): SharedSource | undefined {
  if (trace instanceof Interleaved || !FORMATS.some(({ name }) => name === format)) return undefined;
  const { source } = trace;
  const isShared = source instanceof Uint8Array && source.buffer instanceof SharedArrayBuffer;
  return typeof source === "string" || isShared ? sharedSource(trace) : undefined;
}
