import { closeSync, createReadStream, fstatSync, openSync, readSync } from "node:fs";
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

/** @param path a file, or `-` for standard input @throws PagewalkError `E_TRACE` */
export function openFile(path: string): OpenFile {
  const fd = path === "-" ? 0 : openPath(path);
  const stat = describe(path, () => fstatSync(fd));
  if (stat.isDirectory()) {
    closeSync(fd);
    throw new PagewalkError("E_TRACE", `${path}: is a directory; want a trace file`, { file: path });
  }
  const regular = stat.isFile();
  const close = () => {
    if (fd !== 0) closeSync(fd);
  };
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
    chunks: () => chunksOfFile(path, fd, regular),
    close,
  };
}

function openPath(path: string): number {
  return describe(path, () => openSync(path, "r"));
}

function directSource(path: string, fd: number, counted: (bytes: number) => void): ByteSource {
  let position = 0;
  return {
    read(into) {
      const bytes = describe(path, () => readSync(fd, into, 0, into.length, position));
      position += bytes;
      counted(bytes);
      return bytes;
    },
  };
}

async function* chunksOfFile(
  path: string,
  fd: number,
  regular: boolean,
): AsyncGenerator<Uint8Array, undefined> {
  const stream =
    fd === 0 && !regular
      ? process.stdin
      : createReadStream("", {
          fd,
          autoClose: false,
          highWaterMark: CHUNK,
          ...(regular ? { start: 0 } : {}),
        });
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
  return new PagewalkError("E_TRACE", `${file}: ${reasons[code ?? ""] ?? messageOf(thrown)}`, { file: path });
}
