import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CompiledCore } from "../engine/core.js";
import { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { Symbols } from "../symbols/addr2line.js";
import type { Sink } from "../trace/sink.js";
import { fileDestination } from "../trace/sinks/file.js";
import { wrapped } from "../trace/sinks/wrappers.js";
import { outputOf } from "../trace/writers/index.js";
import { captureAllocations } from "./allocations.js";
import { Child, type Exit } from "./child.js";
import { Forks } from "./forks.js";
import { HeapEvents } from "./heap.js";
import { Maps } from "./maps.js";
import { captureProcess } from "./one.js";
import { needProgram } from "./programs.js";
import { recorderLibrary } from "./recorder.js";
import { Rings } from "./rings.js";
import type { Session } from "./session.js";
import { Tape } from "./tape.js";
import { captureTree } from "./tree.js";
import { findValgrind, valgrindArguments } from "./valgrind.js";

export interface CaptureOptions {
  /** Record the processes too that the program starts. */
  children?: boolean;
  /** Allocations with their places, among the accesses; or they alone, without valgrind. */
  heap?: boolean;
  heapOnly?: boolean;
  /** The format to write, whatever the file's name says. */
  to?: string;
  /** Write over a file that is there. */
  force?: boolean;
  module?: CompiledCore;
}

/** What was recorded. */
export interface Captured {
  /** Accesses and events written, and the file's bytes. */
  records: number;
  events: number;
  bytes: number;
  format: string;
  /** Counts, by name, of what the format has no place for. */
  leftOut: Record<string, number>;
  processes: number;
  /** Processes whose trace ends before they did. */
  cut: number;
  /** Lines of the log that were no records. */
  skipped: number;
  /** Allocations that gave NULL, and events that were lost because nobody read them in time. */
  failedAllocations: number;
  lostEvents: number;
  /** With allocations asked for, whether any process loaded the recorder; whether addr2line was there. */
  recorded: boolean;
  symbols: boolean;
  /** How the program ended. */
  exit: Exit;
}

/**
 * Runs a program and writes what it does to memory. It keeps the caller's standard input, output and error. However it
 * ends, what was recorded until then is written.
 *
 * @param path the file to write, whose name tells the format and compression
 * @param command the program and its arguments
 * @throws PagewalkError `E_OPTION` before anything runs, for a program or a tool that is not there, or a file that is;
 *   `E_TRACE` where nothing was recorded; `E_OUTPUT`
 */
export async function capture(
  path: string,
  command: readonly string[],
  options: CaptureOptions = {},
  started: (child: Child) => void = () => {},
): Promise<Captured> {
  if (path === "-") {
    throw new PagewalkError("E_OPTION", "standard output is the program's own; want a file to write to");
  }
  const { format, wrapper } = outputOf(path, options.to);
  const program = needProgram(command[0] ?? "");
  const valgrind = options.heapOnly ? undefined : findValgrind();
  const core = await Core.create(options.module);
  const destination = await fileDestination(path, options.force ?? false);
  const folder = mkdtempSync(join(tmpdir(), "pagewalk-capture-"));
  const symbols = new Symbols();
  const rings = new Rings(folder);
  let child: Child | undefined;
  try {
    const sink: Sink = wrapper ? wrapped(destination, wrapper) : destination;
    const said = ["capture", ...command].join(" ");
    const writer = format.open(core, sink, { command: said, source: command.join(" ") });
    await writer.begin();
    const tape = new Tape(core, writer);
    const forks = new Forks();
    const heap = options.heap || options.heapOnly ? new HeapEvents(tape, symbols, forks) : undefined;
    const environment = heap ? recording(folder, options) : {};
    const launch = (log?: string) => {
      const before = valgrind && log ? [valgrind, ...valgrindArguments(log, options.children ?? false)] : [];
      child = new Child([...before, program, ...command.slice(1)], environment);
      started(child);
      return child;
    };
    const session: Session = {
      folder,
      tape,
      heap,
      rings,
      started: new WeakSet(),
      forks,
      launch,
      maps: () => new Maps(valgrind !== undefined, folder),
    };
    const way = options.heapOnly ? captureAllocations : options.children ? captureTree : captureProcess;
    const found = await way(session);
    rings.closeAll();
    const exit = await found.child.exit;
    if (valgrind && tape.accesses === 0) {
      throw new PagewalkError("E_TRACE", `${program}: valgrind recorded nothing of it`, { file: program });
    }
    await writer.end();
    await sink.end();
    return {
      records: tape.accesses,
      events: tape.events,
      bytes: destination.bytes,
      format: format.name,
      leftOut: { ...writer.leftOut },
      processes: found.processes,
      cut: found.cut,
      skipped: found.skipped,
      failedAllocations: rings.failed,
      lostEvents: rings.lost,
      recorded: rings.found > 0,
      symbols: !symbols.missing,
      exit,
    };
  } catch (thrown) {
    child?.kill();
    await destination.discard();
    throw thrown;
  } finally {
    symbols.close();
    rings.closeAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The environment that makes a program load the recorder. */
function recording(folder: string, options: CaptureOptions): Record<string, string> {
  const library = recorderLibrary(folder);
  const before = process.env["LD_PRELOAD"];
  const flags = `-${options.heapOnly ? "" : "v"}${options.children ? "c" : ""}`;
  return {
    LD_PRELOAD: before ? `${library}:${before}` : library,
    PAGEWALK_RECORD: `${flags},${process.pid},${folder}`,
  };
}
