import { type FileHandle, link, open, realpath, rename, rm, stat } from "node:fs/promises";
import { messageOf, PagewalkError } from "../../errors.js";
import type { Destination } from "../sink.js";

/**
 * A file that gets its name when it is whole. Until then it is NAME.partial-PID beside it, and stays that if the program
 * dies. What is there and no file, such as a named pipe or a device, is written to as it is.
 *
 * @throws PagewalkError `E_OPTION` if it is there and `force` is not given, `E_OUTPUT` if it cannot be made
 */
export async function fileDestination(path: string, force: boolean): Promise<Destination> {
  const guarded = guardOf(path);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) {
    throw new PagewalkError("E_OUTPUT", `${path}: is a directory; want a file to write`, { file: path });
  }
  if (there && !force) throw taken(path);
  if (there && !there.isFile()) return written(await guarded(() => open(path, "w")), guarded);
  const name = there ? await guarded(() => realpath(path)) : path;
  const partial = `${name}.partial-${process.pid}`;
  const file = await guarded(() => open(partial, "w"));
  const destination = written(file, guarded);
  return {
    get bytes() {
      return destination.bytes;
    },
    write: destination.write,
    patch: (part) => guarded(() => writeAll(file, part, 0)),
    async end() {
      await destination.end();
      await guarded(() => (force ? rename(partial, name) : settle(partial, path)));
    },
    async discard() {
      await destination.discard();
      await rm(partial, { force: true });
    },
  };
}

type Guard = <T>(work: () => Promise<T>) => Promise<T>;

/** Gives what a system call throws a place. */
function guardOf(path: string): Guard {
  return async (work) => {
    try {
      return await work();
    } catch (thrown) {
      if (thrown instanceof PagewalkError) throw thrown;
      throw new PagewalkError("E_OUTPUT", `${path}: cannot be written: ${messageOf(thrown)}`, { file: path });
    }
  };
}

/** Writes from the front, byte behind byte. */
function written(file: FileHandle, guarded: Guard): Destination {
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    write: (part) =>
      guarded(async () => {
        await writeAll(file, part);
        bytes += part.length;
      }),
    end: () => guarded(() => file.close()),
    async discard() {
      await file.close().catch(() => undefined);
    },
  };
}

/** @param position in the file; without it, behind what was written last */
async function writeAll(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const place = position === undefined ? null : position + at;
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, place);
    at += bytesWritten;
  }
}

/** Gives a file its name, unless another has taken it meanwhile. */
async function settle(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
    await rm(partial);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "EEXIST") throw taken(path);
    // A file system without links.
    await rename(partial, path);
  }
}

function taken(path: string): PagewalkError {
  return new PagewalkError("E_OPTION", `${path}: is there already; --force writes over it`, { file: path });
}
