import { PagewalkError, quote } from "../errors.js";
import { type ByteSource, ChunkSource, type Chunks } from "./bytes.js";
import { COMPRESSIONS, compressionOf, foreignHint, isZip } from "./compression/index.js";
import { detect } from "./detect.js";
import type { Format } from "./format.js";
import { formatNamed, formats } from "./formats/index.js";
import { type Meter, openSource, type Source } from "./source.js";
import type { Trace } from "./trace.js";
import { unwrap } from "./unwrap.js";

/** Bytes of a trace that a detector may look at. */
const FILE_HEAD = 1 << 16;

/** A trace whose bytes are at hand, and whose format is known. */
export interface OpenedTrace {
  format: Format;
  /** The names of its compressions from the outside in, or `none`. */
  compression: string;
  bytes: ByteSource;
  meter: Meter;
  /** What follows the bytes read so far, where it is compressed and lies in a file. */
  rest: Chunks | undefined;
  close(): void;
}

/**
 * @param alone no other trace is read beside it: a thread may decompress it
 * @throws PagewalkError `E_TRACE` if it cannot be read or is of no known format
 */
export async function openBytes(
  trace: Trace,
  signal: AbortSignal | undefined,
  alone = true,
): Promise<OpenedTrace> {
  const { source, options } = trace;
  const file =
    typeof source === "string" ? await (await import("./file.js")).openFile(source, signal) : undefined;
  const regular = file?.regular;
  const meter = { done: 0, size: regular?.size };
  let opened: Source | undefined;
  const close = () => {
    opened?.close();
    file?.close();
  };
  try {
    const plainHead = options.decompressCmd === undefined ? regular?.read(0, FILE_HEAD) : undefined;
    if (regular && plainHead && !compressionOf(plainHead) && !isZip(plainHead)) {
      const bytes = regular.direct((count) => {
        meter.done += count;
      });
      const format = formatOf(trace, plainHead);
      return { format, compression: "none", bytes, meter, rest: undefined, close };
    }
    opened = await openSource(trace, file, meter, alone);
    // What works on it may never give a first byte.
    signal?.addEventListener("abort", opened.close, { once: true });
    const { head, chunks, names } = await unwrap(trace.name, opened);
    const format = formatOf(trace, head);
    const closeAll = () => {
      // A stream that is waiting for bytes ends when they come, and what it then says is of no interest.
      chunks.return?.().catch(() => {});
      close();
    };
    const compressed = names.length > 0;
    const compression = compressed ? names.join("+") : "none";
    const rest = compressed && regular ? chunks : undefined;
    return { format, compression, bytes: new ChunkSource(chunks), meter, rest, close: closeAll };
  } catch (thrown) {
    close();
    throw thrown;
  } finally {
    if (opened) signal?.removeEventListener("abort", opened.close);
  }
}

function formatOf({ name, options }: Trace, head: Uint8Array): Format {
  if (head.length === 0)
    throw new PagewalkError("E_TRACE", `${name}: is empty; want a trace`, { file: name });
  const wanted = options.format ?? (options.columns ? "csv" : undefined);
  if (wanted !== undefined) return formatNamed(wanted);
  const seen = head.subarray(0, FILE_HEAD);
  const format = detect(seen);
  if (format) return format;
  const start = new TextDecoder("latin1").decode(head.subarray(0, 200)).split("\n")[0] ?? "";
  const known = formats()
    .map((format) => format.name)
    .join(", ");
  const wrappers = COMPRESSIONS.map((compression) => compression.name).join(", ");
  const hint = foreignHint(head) ?? `want ${known}, plain or in ${wrappers} or zip`;
  const message = `${name}: no known format; it starts with ${quote(start)}; ${hint}`;
  throw new PagewalkError("E_TRACE", message, { file: name });
}
