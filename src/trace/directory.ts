import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import type { Reader, ReaderOptions } from "./format.js";
import { DrmemReader, ThreadFile } from "./formats/drmemreader.js";
import { drmemtrace } from "./formats/drmemtrace.js";
import { type OpenedTrace, openBytes } from "./open.js";
import { Trace } from "./trace.js";
import { SmallWindow } from "./window.js";

/** A trace that is ready to be read: a file, a stream, or a directory of files. */
export interface Opened extends Omit<OpenedTrace, "bytes"> {
  reader(core: Core, options: ReaderOptions): Reader | Promise<Reader>;
}

/** @throws PagewalkError `E_TRACE` if it cannot be read or is of no known format */
export async function openAny(trace: Trace, signal: AbortSignal | undefined): Promise<Opened> {
  const { source, options } = trace;
  const isPath = typeof source === "string" && source !== "-";
  const wanted = options.format === undefined || options.format === drmemtrace.name;
  const paths = isPath && wanted ? (await import("./folder.js")).threadFiles(source) : undefined;
  const parts = paths ? await openThreads(trace, paths, signal) : [];
  if (parts.length > 0) return together(parts);
  // A directory of anything else is refused there.
  const opened = await openBytes(trace, signal);
  return { ...opened, reader: (core, options) => opened.format.open(core, opened.bytes, options) };
}

interface Part {
  path: string;
  opened: OpenedTrace;
}

/** Opens files that are all DynamoRIO's; none if not one is. */
async function openThreads(trace: Trace, paths: string[], signal: AbortSignal | undefined): Promise<Part[]> {
  const parts: Part[] = [];
  let failure: unknown;
  try {
    for (const path of paths) {
      try {
        parts.push({ path, opened: await openThread(trace, path, signal) });
      } catch (thrown) {
        if (!(thrown instanceof PagewalkError) || thrown.code !== "E_TRACE") throw thrown;
        failure ??= thrown;
      }
      if (parts.length > 0 && failure) throw failure;
    }
    return parts;
  } catch (thrown) {
    for (const { opened } of parts) opened.close();
    throw thrown;
  }
}

async function openThread(trace: Trace, path: string, signal: AbortSignal | undefined): Promise<OpenedTrace> {
  const { format: _, ...options } = trace.options;
  const opened = await openBytes(new Trace(path, options), signal, false);
  if (opened.format === drmemtrace) return opened;
  opened.close();
  const message = `${path}: is ${opened.format.name}; want DynamoRIO's, as the other files of the directory are`;
  throw new PagewalkError("E_TRACE", message, { file: path });
}

/** Several files as one trace. */
function together(parts: readonly Part[]): Opened {
  const meters = parts.map(({ opened }) => opened.meter);
  return {
    format: drmemtrace,
    compression: [...new Set(parts.map(({ opened }) => opened.compression))].join(", "),
    meter: {
      get done() {
        return meters.reduce((sum, { done }) => sum + done, 0);
      },
      get size() {
        return meters.reduce<number | undefined>(
          (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
          0,
        );
      },
    },
    rest: undefined,
    close() {
      for (const { opened } of parts) opened.close();
    },
    reader(core, options) {
      const files = parts.map(
        ({ path, opened }, place) => new ThreadFile(place, path, new SmallWindow(core, opened.bytes)),
      );
      return new DrmemReader(core, files, options);
    },
  };
}
