import { messageOf, PagewalkError } from "../errors.js";
import { type Chunks, chunksOf, metered, type RandomAccess, randomAccess } from "./bytes.js";
import { compressionOf, isZip } from "./compression/index.js";
import type { OpenFile } from "./file.js";
import type { Trace } from "./trace.js";
import { broken, placed, type Unwrapped } from "./unwrap.js";

/** Bytes that tell a compression. */
const HEAD = 16;

/** Bytes of the file read so far, and in all where that is known. */
export interface Meter {
  done: number;
  readonly size: number | undefined;
}

/** A trace's bytes as they come, without what only a whole file tells: a command, an archive, a thread. */
export interface Source extends Unwrapped {
  /** Ends whatever still works on it. */
  close(): void;
}

/**
 * @param alone a thread of its own may decompress it
 * @throws PagewalkError `E_TRACE`
 */
export async function openSource(
  trace: Trace,
  file: OpenFile | undefined,
  meter: Meter,
  alone: boolean,
): Promise<Source> {
  const { source, name, options } = trace;
  const plain = () => metered(file ? file.chunks() : streamed(trace), meter);
  if (options.decompressCmd !== undefined) {
    const { throughCommand } = await import("./compression/command.js");
    return { names: ["cmd"], ...throughCommand(name, options.decompressCmd, plain()) };
  }
  const bytes = file ? file.regular : source instanceof Uint8Array ? randomAccess(source) : undefined;
  const head = bytes?.read(0, HEAD);
  if (bytes && head && isZip(head)) {
    const { unzip } = await import("./compression/zip.js");
    const chunks = unzip(meteredAccess(bytes, meter));
    return { names: ["zip"], chunks: placed(name, "the zip archive cannot be read", chunks), close() {} };
  }
  const found = head && compressionOf(head);
  if (alone && file?.regular && found && file.regular.size >= found.threadFrom) {
    const { decompressInThread } = await import("./thread.js");
    const { chunks, close } = decompressInThread(trace.path, meter);
    return { names: [found.name], chunks: placed(name, broken(found.name), chunks), close };
  }
  return { names: [], chunks: plain(), close() {} };
}

function meteredAccess(bytes: RandomAccess, meter: Meter): RandomAccess {
  return {
    size: bytes.size,
    read(position, length) {
      const found = bytes.read(position, length);
      meter.done += found.length;
      return found;
    },
  };
}

/** What a caller handed in; gives what his stream throws a place. */
async function* streamed({ source, name }: Trace): AsyncGenerator<Uint8Array, undefined> {
  const chunks: Chunks = chunksOf(source as Exclude<typeof source, string>);
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  } catch (thrown) {
    if (thrown instanceof PagewalkError) throw thrown;
    throw new PagewalkError("E_TRACE", `${name}: cannot be read: ${messageOf(thrown)}`, { file: name });
  } finally {
    await chunks.return?.();
  }
}
