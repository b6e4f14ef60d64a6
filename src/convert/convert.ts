import { type CompiledCore, Core } from "../engine/core.js";
import { deepFreeze } from "../freeze.js";
import type { TraceHead } from "../trace/feed.js";
import { concluded, type Reading, type ReadOptions, readTrace } from "../trace/read.js";
import { Records } from "../trace/records.js";
import type { Destination } from "../trace/sink.js";
import type { Trace } from "../trace/trace.js";
import type { TraceWriter } from "../trace/writer.js";
import { outputOf } from "../trace/writers/index.js";
import { SCHEMA, VERSION } from "../version.js";

export interface ConvertOptions extends ReadOptions {
  /** The format to write, whatever the file's name says. */
  to?: string;
  /** Write over a file that is there. */
  force?: boolean;
  /** What the native format notes as the command that made the trace. */
  command?: string;
  module?: CompiledCore;
}

/** What a conversion came to: the fields of `convert --json`. */
export interface ConvertResult {
  pagewalk: string;
  schema: number;
  trace: TraceHead & {
    records: number;
    events: number;
    filtered: number;
    skipped: number;
    truncated: boolean;
  };
  output: {
    path: string;
    format: string;
    bytes: number;
    /** Counts, by name, of what the format has no place for. */
    leftOut: Record<string, number>;
  };
  interrupted?: true;
  timing: { seconds: number; recordsPerSecond: number };
}

/**
 * Writes a trace in another format. The output appears under its name when it is whole; where the trace breaks off, it
 * holds what came before.
 *
 * @param path the file to write, whose name tells the format and compression; `-` is standard output
 * @returns the result, frozen
 * @throws PagewalkError `E_OPTION` where the file is there already, or its name tells no format; `E_OUTPUT`
 * @throws PartialError (a PagewalkError) `E_TRACE` where the trace breaks off; `E_ABORTED` after `signal`, with no output
 */
export async function convert(
  trace: Trace,
  path: string,
  options: ConvertOptions = {},
): Promise<ConvertResult> {
  const { format, wrapper } = outputOf(path, options.to);
  const core = await Core.create(options.module);
  const destination = await destinationOf(path, options.force ?? false);
  const sink = wrapper
    ? (await import("../trace/sinks/wrappers.js")).wrapped(destination, wrapper)
    : destination;
  const command = options.command ?? "convert";
  const writer = format.open(core, sink, { command, source: trace.path });
  const counts = { records: 0, events: 0 };
  try {
    await writer.begin();
    const reading = await readTrace(core, trace, options, async (slice, feed) => {
      await writer.write(new Records(core, slice, feed.strings));
      counts.records += slice.accesses;
      counts.events += slice.to - slice.from - slice.accesses;
      return true;
    });
    if (reading.interrupted || (reading.failure && reading.isEmpty)) await destination.discard();
    else {
      await writer.end();
      await sink.end();
    }
    return concluded(reading, resultOf(reading, counts, writer, format.name, path, destination));
  } catch (thrown) {
    await destination.discard();
    throw thrown;
  }
}

async function destinationOf(path: string, force: boolean): Promise<Destination> {
  if (path === "-") return (await import("../trace/sinks/stdout.js")).stdoutDestination();
  return (await import("../trace/sinks/file.js")).fileDestination(path, force);
}

function resultOf(
  reading: Reading,
  counts: { records: number; events: number },
  writer: TraceWriter,
  format: string,
  path: string,
  destination: Destination,
): ConvertResult {
  const { head, filtered, skipped, truncated, interrupted, seconds } = reading;
  return deepFreeze({
    pagewalk: VERSION,
    schema: SCHEMA,
    trace: { ...head, ...counts, filtered, skipped, truncated },
    output: { path, format, bytes: destination.bytes, leftOut: { ...writer.leftOut } },
    ...(interrupted ? { interrupted: true as const } : {}),
    timing: { seconds, recordsPerSecond: seconds > 0 ? counts.records / seconds : 0 },
  });
}
