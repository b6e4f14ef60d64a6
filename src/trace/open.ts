import { messageOf, PagewalkError, quote } from "../errors.js";
import { type ByteSource, ChunkSource, type Chunks, chunksOf, peek } from "./bytes.js";
import { COMPRESSIONS, type Compression, compressionOf } from "./compression/index.js";
import type { OpenFile } from "./file.js";
import type { Format } from "./format.js";
import { formatNamed, formats } from "./formats/index.js";
import type { Trace } from "./trace.js";

/** Bytes of a trace that a detector may look at. */
const FILE_HEAD = 1 << 16;
/** Bytes of a stream, which may be slow to give more: so many, or a line. */
const STREAM_HEAD = 512;
/** Compressions within compressions that are followed. */
const MAX_NESTING = 4;

/** A trace whose bytes are at hand, and whose format is known. */
export interface OpenedTrace {
  format: Format;
  /** The names of its compressions from the outside in, or `none`. */
  compression: string;
  bytes: ByteSource;
  /** Bytes of the file read so far, and in all where that is known. */
  meter: { done: number; size: number | undefined };
  /** What follows the bytes read so far, where it is compressed and lies in a file. */
  rest: Chunks | undefined;
  close(): void;
}

/** @throws PagewalkError `E_TRACE` if it cannot be read or is of no known format */
export async function openBytes(trace: Trace, signal: AbortSignal | undefined): Promise<OpenedTrace> {
  const { source, name } = trace;
  const file =
    typeof source === "string" ? await (await import("./file.js")).openFile(source, signal) : undefined;
  const meter = { done: 0, size: file?.size };
  try {
    const plainHead = file?.head(FILE_HEAD);
    if (file && plainHead && !compressionOf(plainHead)) {
      const bytes = file.direct((count) => {
        meter.done += count;
      });
      const format = formatOf(trace, plainHead);
      return { format, compression: "none", bytes, meter, rest: undefined, close: () => file.close() };
    }
    const { head, chunks, names } = await unwrap(name, metered(sourceChunks(trace, file), meter));
    const format = formatOf(trace, head);
    const close = () => {
      // A stream that is waiting for bytes ends when they come, and what it then says is of no interest.
      chunks.return?.().catch(() => {});
      file?.close();
    };
    const compressed = names.length > 0;
    const compression = compressed ? names.join("+") : "none";
    const rest = compressed && meter.size !== undefined ? chunks : undefined;
    return { format, compression, bytes: new ChunkSource(chunks), meter, rest, close };
  } catch (thrown) {
    file?.close();
    throw thrown;
  }
}

function sourceChunks({ source, name }: Trace, file: OpenFile | undefined): Chunks {
  if (file) return file.chunks();
  return named(name, chunksOf(source as Exclude<typeof source, string>));
}

/** Gives what a caller's stream throws a place. */
async function* named(name: string, chunks: Chunks): AsyncGenerator<Uint8Array, undefined> {
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  } catch (thrown) {
    if (thrown instanceof PagewalkError) throw thrown;
    throw new PagewalkError("E_TRACE", `${name}: cannot be read: ${messageOf(thrown)}`, { file: name });
  } finally {
    await chunks.return?.();
  }
}

/** Takes the compressions off, by what the bytes start with. */
async function unwrap(
  name: string,
  wrapped: Chunks,
): Promise<{ head: Uint8Array; chunks: Chunks; names: string[] }> {
  const names: string[] = [];
  let { head, all } = await peek(wrapped, tells);
  for (let found = compressionOf(head); found; found = compressionOf(head)) {
    if (names.push(found.name) > MAX_NESTING) {
      throw new PagewalkError("E_TRACE", `${name}: compressed more than ${MAX_NESTING} times`, {
        file: name,
      });
    }
    ({ head, all } = await peek(decompress(name, found, all), tells));
  }
  return { head, chunks: all, names };
}

/** Whether the head of a stream tells its compression and format. A line of text does, if it is of a format. */
function tells(head: Uint8Array): boolean {
  if (head.length >= STREAM_HEAD) return true;
  return head.includes(0x0a) && !compressionOf(head) && detected(wholeLines(head)) !== undefined;
}

function detected(head: Uint8Array): Format | undefined {
  return formats().find((format) => format.detect(head));
}

/** A line that is still to be ended may look like another format's; what holds a zero is no text. */
function wholeLines(head: Uint8Array): Uint8Array {
  return head.includes(0) ? head : head.subarray(0, head.lastIndexOf(0x0a) + 1);
}

async function* decompress(
  name: string,
  compression: Compression,
  chunks: Chunks,
): AsyncGenerator<Uint8Array, undefined> {
  let bytes = 0;
  try {
    for await (const chunk of compression.decompress(chunks)) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (thrown) {
    if (thrown instanceof PagewalkError) throw thrown;
    const where = `after ${bytes} decompressed bytes (${messageOf(thrown)})`;
    const message = `${name}: the ${compression.name} data is broken or ends early, ${where}`;
    throw new PagewalkError("E_TRACE", message, { file: name, byte: bytes });
  }
}

function formatOf({ name, options }: Trace, head: Uint8Array): Format {
  if (head.length === 0)
    throw new PagewalkError("E_TRACE", `${name}: is empty; want a trace`, { file: name });
  const wanted = options.format ?? (options.columns ? "csv" : undefined);
  if (wanted !== undefined) return formatNamed(wanted);
  const seen = head.subarray(0, FILE_HEAD);
  const format = detected(wholeLines(seen)) ?? detected(seen);
  if (format) return format;
  const start = new TextDecoder("latin1").decode(head.subarray(0, 200)).split("\n")[0] ?? "";
  const known = formats()
    .map((format) => `${format.name} (${format.example})`)
    .join(", ");
  const wrappers = COMPRESSIONS.map((compression) => compression.name).join(", ");
  const message = `${name}: no known format; it starts with ${quote(start)}; want ${known}, plain or in ${wrappers}`;
  throw new PagewalkError("E_TRACE", message, { file: name });
}

async function* metered(chunks: Chunks, meter: OpenedTrace["meter"]): AsyncGenerator<Uint8Array, undefined> {
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      meter.done += next.value.length;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}
