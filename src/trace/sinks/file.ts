import { existsSync } from "node:fs";
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { messageOf, PagewalkError } from "../../errors.js";
import type { Destination } from "../sink.js";

/**
 * A file that gets its name when it is whole. Until then it is NAME.partial-PID beside it, and stays that if the program
 * dies.
 *
 * @throws PagewalkError `E_OPTION` if it is there and `force` is not given, `E_OUTPUT` if it cannot be made
 */
export async function fileDestination(path: string, force: boolean): Promise<Destination> {
  if (existsSync(path) && !force) throw taken(path);
  const partial = `${path}.partial-${process.pid}`;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      if (thrown instanceof PagewalkError) throw thrown;
      throw new PagewalkError("E_OUTPUT", `${path}: cannot be written: ${messageOf(thrown)}`, { file: path });
    }
  };
  const file = await guarded(() => open(partial, "w"));
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    write: (part) =>
      guarded(async () => {
        await writeAll(file, part, bytes);
        bytes += part.length;
      }),
    patch: (part) => guarded(() => writeAll(file, part, 0)),
    end: () =>
      guarded(async () => {
        await file.close();
        await (force ? rename(partial, path) : settle(partial, path));
      }),
    async discard() {
      await file.close().catch(() => undefined);
      await rm(partial, { force: true });
    },
  };
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
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
