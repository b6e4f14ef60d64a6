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
import { type ByteSource, CHUNK, type Chunks, chunksAt, type RandomAccess } from "./bytes.js";

/** A regular file, which can be read at any place. */
export interface RegularFile extends RandomAccess {
  /** A source that reads straight into the reader's memory. */
  direct(counted: (bytes: number) => void): ByteSource;
}

/** An open file or standard input, from its start. */
export interface OpenFile {
  /** Undefined for a pipe and for standard input, which are only read from where they stand. */
  regular: RegularFile | undefined;
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
  const regular = stat.isFile() && fd !== 0 ? regularFile(path, fd, stat.size) : undefined;
  let stream: Readable | undefined;
  return {
    regular,
    chunks() {
      if (regular) return chunksAt(regular);
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

function regularFile(path: string, fd: number, size: number): RegularFile {
  const fill = (target: Uint8Array, position: number) =>
    describe(path, () => readSync(fd, target, 0, target.length, position));
  return {
    size,
    read(position, length) {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, fill(bytes, position));
    },
    direct(counted) {
      let position = 0;
      return {
        read(into) {
          const bytes = fill(into(), position);
          position += bytes;
          counted(bytes);
          return bytes;
        },
      };
    },
  };
}

/** A stream that closes its file when it is destroyed. */
function streamOf(fd: number, stat: Stats): Readable {
  if (stat.isFIFO() && fd !== 0) return new Socket({ fd, readable: true, writable: false });
  if (fd === 0 && !stat.isFile()) return process.stdin;
  return createReadStream("", { fd, highWaterMark: CHUNK });
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
