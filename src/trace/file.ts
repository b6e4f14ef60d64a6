import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  open,
  openSync,
  readSync,
  type Stats,
  statSync,
} from "node:fs";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { messageOf, PagewalkError } from "../errors.js";
import type { ByteSource, Chunks } from "./bytes.js";

/** Bytes read at a time from a file that is then decompressed. */
const CHUNK = 1 << 18;

/** An open file or standard input, from its start. */
export interface OpenFile {
  /** Bytes in all, where that is known. */
  size: number | undefined;
  /** The first bytes, without taking them; undefined where that cannot be done (a pipe). */
  head(length: number): Uint8Array | undefined;
  /** The file as a source that reads straight into the reader's memory. */
  direct(counted: (bytes: number) => void): ByteSource;
  chunks(): Chunks;
  close(): void;
}

/**
 * @param path a file, or `-` for standard input
 * @param signal ends the wait for a named pipe that nobody writes to yet
 * @throws PagewalkError `E_TRACE`
 */
export async function openFile(path: string, signal?: AbortSignal): Promise<OpenFile> {
  const fd = path === "-" ? 0 : await openPath(path, signal);
  const stat = describe(path, () => fstatSync(fd));
  if (stat.isDirectory()) {
    closeSync(fd);
    throw readError(path, { code: "EISDIR" });
  }
  // Standard input is taken from where it stands, and that only a stream can do.
  const regular = stat.isFile() && fd !== 0;
  let stream: Readable | undefined;
  return {
    size: regular ? stat.size : undefined,
    head(length) {
      if (!regular) return undefined;
      const bytes = new Uint8Array(length);
      return bytes.subarray(
        0,
        describe(path, () => readSync(fd, bytes, 0, length, 0)),
      );
    },
    direct: (counted) => directSource(path, fd, counted),
    chunks() {
      stream = streamOf(fd, stat);
      return chunksOfStream(path, stream);
    },
    close() {
      if (stream) stream.destroy();
      else if (fd !== 0) closeSync(fd);
    },
  };
}

/**
 * A named pipe opens only when somebody writes to it, and that wait cannot be given up; so a signal opens the
 * other end for a moment.
 */
async function openPath(path: string, signal: AbortSignal | undefined): Promise<number> {
  const poke = () => {
    try {
      closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch {
      // Nobody waits at this end.
    }
  };
  const isPipe = describe(path, () => statSync(path)).isFIFO();
  if (!isPipe) return describe(path, () => openSync(path, "r"));
  signal?.addEventListener("abort", poke, { once: true });
  try {
    return await promisify(open)(path, "r");
  } catch (thrown) {
    throw readError(path, thrown);
  } finally {
    signal?.removeEventListener("abort", poke);
  }
}

function directSource(path: string, fd: number, counted: (bytes: number) => void): ByteSource {
  let position = 0;
  return {
    read(into) {
      const target = into();
      const bytes = describe(path, () => readSync(fd, target, 0, target.length, position));
      position += bytes;
      counted(bytes);
      return bytes;
    },
  };
}

/** A stream that closes its file when it is destroyed. */
function streamOf(fd: number, stat: Stats): Readable {
  if (stat.isFIFO() && fd !== 0) return new Socket({ fd, readable: true, writable: false });
  if (fd === 0 && !stat.isFile()) return process.stdin;
  return createReadStream("", { fd, highWaterMark: CHUNK, ...(fd === 0 ? {} : { start: 0 }) });
}

async function* chunksOfStream(path: string, stream: Readable): AsyncGenerator<Uint8Array, undefined> {
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (thrown) {
    throw readError(path, thrown);
  }
}

function describe<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw readError(path, thrown);
  }
}

function readError(path: string, thrown: unknown): PagewalkError {
  const code = (thrown as NodeJS.ErrnoException).code;
  const file = path === "-" ? "standard input" : path;
  const reasons: Record<string, string> = {
    ENOENT: "no such file; want the path of a trace, or - for standard input",
    EACCES: "may not be read (permission denied)",
    EISDIR: "is a directory; want a trace file",
  };
  return new PagewalkError("E_TRACE", `${file}: ${reasons[code ?? ""] ?? messageOf(thrown)}`, { file });
}
