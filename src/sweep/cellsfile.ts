// The file of finished cells, a line each, in the order in which they were done:
//
//   { "pagewalk", "schema", "cells": [ ids of the traces ] }      the first
//   { "trace": 0, "sha256" }                                      before the first cell of that trace
//   { "trace": 0, "summary": { ... } }                            once it was read
//   { "key", "cell": { ... } }                                    a cell; its key is that of its trace, how it is read, and its machine

import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { messageOf, PagewalkError } from "../errors.js";
import { openBytes } from "../trace/open.js";
import type { Trace } from "../trace/trace.js";
import { SCHEMA, VERSION } from "../version.js";
import type { PlannedCell, SweepCell, SweepTrace } from "./model.js";

/** Bytes at each end of a trace that tell it from others. */
const EDGE = 1 << 20;

/** What tells a trace from others; null of one that is no file. */
interface TraceId {
  format: string;
  bytes: number;
  edges: string;
}

/** @internal */
export class CellsFile {
  /** What an earlier run left: cells by key, hashes and summaries by trace. */
  readonly cells = new Map<string, SweepCell>();
  readonly hashes = new Map<number, string>();
  readonly summaries = new Map<number, SweepTrace>();
  private readonly path: string;
  private readonly fd: number;
  private readonly ids: readonly (TraceId | null)[];
  /** Where the next line goes. */
  private position = 0;

  private constructor(path: string, fd: number, ids: readonly (TraceId | null)[]) {
    this.path = path;
    this.fd = fd;
    this.ids = ids;
  }

  /**
   * Begins a file, or goes on with one.
   *
   * @throws PagewalkError `E_OPTION` for a file that is there and is not to be gone on with, or is of other traces; `E_OUTPUT`
   */
  static async open(
    path: string,
    traces: readonly Trace[],
    how: { resume: boolean; force: boolean },
  ): Promise<CellsFile> {
    const isThere = existsSync(path);
    if (isThere && !how.resume && !how.force) {
      throw optionError(
        path,
        "is there already; want --resume to go on with it, or --force to write over it",
      );
    }
    const ids = await Promise.all(traces.map(idOf));
    if (how.resume && ids.includes(null)) {
      throw optionError(path, "a sweep of what is no file cannot be gone on with; want a trace file");
    }
    const goesOn = isThere && how.resume;
    if (isThere && traces.some(({ source }) => isSame(path, source)))
      throw optionError(path, "is the trace itself; want another file");
    const file = new CellsFile(
      path,
      described(path, () => openSync(path, goesOn ? "r+" : "w")),
      ids,
    );
    const first = { pagewalk: VERSION, schema: SCHEMA, cells: ids };
    try {
      const isNew = !goesOn || file.load(JSON.stringify(first));
      if (isNew) file.write(first);
    } catch (thrown) {
      file.close();
      throw thrown;
    }
    return file;
  }

  /** A cell's key: of its trace, of how that is read, of its machine, and of the figures asked for. */
  keyOf({ trace, config }: PlannedCell, { options }: Trace, metrics: string | undefined): string {
    const { signal: _signal, module: _module, ...reading } = options;
    const text = JSON.stringify([this.ids[trace], reading, config, metrics ?? null]);
    return createHash("sha256").update(text).digest("hex").slice(0, 32);
  }

  /** Whether a trace can be told from others. */
  isKnown(trace: number): boolean {
    return Boolean(this.ids[trace]);
  }

  put(key: string, cell: SweepCell): void {
    this.write({ key, cell });
  }

  putHash(trace: number, sha256: string): void {
    this.write({ trace, sha256 });
  }

  putSummary(trace: number, summary: SweepTrace): void {
    this.write({ trace, summary });
  }

  close(): void {
    closeSync(this.fd);
  }

  /** Reads what is there; a last line that was cut off is dropped, if it is the `first` one too. Whether there was nothing. */
  private load(first: string): boolean {
    const text = described(this.path, () => readFileSync(this.path, "utf8"));
    const end = text.lastIndexOf("\n") + 1;
    if (end === 0 && !first.startsWith(text))
      throw optionError(this.path, "is no file of cells; want --force to write over it");
    const lines = text.slice(0, end).split("\n").slice(0, -1);
    for (const [at, line] of lines.entries()) this.take(line, at + 1);
    const bytes = Buffer.byteLength(text.slice(0, end));
    described(this.path, () => ftruncateSync(this.fd, bytes));
    this.position = bytes;
    return lines.length === 0;
  }

  private take(line: string, number: number): void {
    const row = parsed(line);
    if (!row)
      throw optionError(
        this.path,
        `line ${number} is none of a file of cells; want --force to write over it`,
      );
    if (number === 1) {
      this.check(row);
      return;
    }
    const { trace, sha256, summary, key, cell } = row;
    if (typeof key === "string" && cell) this.cells.set(key, cell as SweepCell);
    else if (typeof trace === "number" && typeof sha256 === "string") this.hashes.set(trace, sha256);
    else if (typeof trace === "number" && summary) this.summaries.set(trace, summary as SweepTrace);
    else
      throw optionError(
        this.path,
        `line ${number} is none of a file of cells; want --force to write over it`,
      );
  }

  /** The first line. */
  private check({ pagewalk, schema, cells }: Record<string, unknown>): void {
    if (!Array.isArray(cells))
      throw optionError(this.path, "is no file of cells; want --force to write over it");
    if (pagewalk !== VERSION || schema !== SCHEMA) {
      throw optionError(
        this.path,
        `was begun by pagewalk ${String(pagewalk)}, and this is ${VERSION}; want another --out, or --force`,
      );
    }
    const before = cells as (TraceId | null)[];
    const differs = this.ids.findIndex((id, i) => JSON.stringify(id) !== JSON.stringify(before[i]));
    if (before.length === this.ids.length && differs < 0) return;
    const [was, is] = [before, this.ids].map((ids) => shown(ids[Math.max(differs, 0)]));
    throw optionError(
      this.path,
      `is of another trace, ${was}, and this is ${is}; want that trace, another --out, or --force`,
    );
  }

  private write(row: unknown): void {
    const bytes = Buffer.from(`${JSON.stringify(row)}\n`);
    described(this.path, () => {
      for (let at = 0; at < bytes.length; )
        at += writeSync(this.fd, bytes, at, bytes.length - at, this.position + at);
    });
    this.position += bytes.length;
  }
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const row: unknown = JSON.parse(line);
    return typeof row === "object" && row !== null ? (row as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function shown(id: TraceId | null | undefined): string {
  return id ? `${id.format} of ${id.bytes} bytes, ${id.edges.slice(0, 8)}` : "none";
}

function isSame(path: string, source: Trace["source"]): boolean {
  if (typeof source !== "string" || !existsSync(source)) return false;
  const [a, b] = [path, source].map((each) => statSync(each, { bigint: true }));
  return a?.isFile() === true && a.dev === b?.dev && a.ino === b?.ino;
}

async function idOf(trace: Trace): Promise<TraceId | null> {
  const { source } = trace;
  if (typeof source !== "string" || source === "-" || !existsSync(source) || !statSync(source).isFile())
    return null;
  const opened = await openBytes(trace, undefined, false);
  opened.close();
  return { format: opened.format.name, ...edgesOf(source) };
}

function edgesOf(path: string): Pick<TraceId, "bytes" | "edges"> {
  const fd = openSync(path, "r");
  try {
    const { size } = statSync(path);
    const hash = createHash("sha256");
    const buffer = Buffer.alloc(EDGE);
    for (const at of [0, Math.max(0, size - EDGE)]) {
      hash.update(buffer.subarray(0, readSync(fd, buffer, 0, EDGE, at)));
    }
    return { bytes: size, edges: hash.digest("hex").slice(0, 32) };
  } finally {
    closeSync(fd);
  }
}

function described<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw new PagewalkError("E_OUTPUT", `${path}: cannot be written: ${messageOf(thrown)}`, { file: path });
  }
}

function optionError(path: string, problem: string): PagewalkError {
  return new PagewalkError("E_OPTION", `${path}: ${problem}`, { file: path });
}
