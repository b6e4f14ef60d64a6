import { statSync } from "node:fs";
import type { SourcePlace } from "../trace/events.js";
import { isRuntime } from "../trace/runtime.js";
import { type Code, offsetOf, Symbols } from "./addr2line.js";
import { addressOfByte, type Segment, segmentsOf } from "./elf.js";

/** A range of a process's addresses, and what a trace calls it: a path, and where in the file it begins. */
export interface NamedRange {
  address: bigint;
  length: bigint;
  name: string;
  offset?: bigint | undefined;
}

/** An instruction of a process that was traced. */
export interface Instruction {
  process: number;
  address: bigint;
}

interface Range {
  from: bigint;
  to: bigint;
  path: string;
  offset: number;
}

/** Where in the source instructions of a trace are, by the files that its `region` events name. */
export class Places {
  /** Files that are newer than the trace: their lines may be others now, and are not told. */
  readonly newer = new Set<string>();
  private readonly symbols = new Symbols();
  private readonly ranges = new Map<number, Range[]>();
  private readonly segments = new Map<string, readonly Segment[]>();
  private readonly traced: number;

  /** @param traced when the trace was made, in milliseconds since 1970; Infinity: never mind */
  constructor(traced = Number.POSITIVE_INFINITY) {
    this.traced = traced;
  }

  /** Programs that find lines are not installed. */
  get missing(): boolean {
    return this.symbols.missing;
  }

  /** Notes what a process has somewhere. Of two at one address the last counts. */
  add(process: number, { address, length, name, offset = 0n }: NamedRange): void {
    if (!name.startsWith("/")) return;
    const ranges = this.ranges.get(process) ?? [];
    const path = name.replace(/ \(deleted\)$/, "");
    ranges.push({ from: address, to: address + length, path, offset: Number(offset) });
    this.ranges.set(process, ranges);
  }

  /** The file that an instruction is of. */
  fileOf({ process, address }: Instruction): string | undefined {
    return this.rangeOf(process, address)?.path;
  }

  /** Whether it is code of the run-time libraries of C and C++. */
  isRuntime(instruction: Instruction): boolean {
    const file = this.fileOf(instruction);
    return file !== undefined && isRuntime(file);
  }

  /** FILE:LINE; else MODULE+0xOFFSET; where nothing is known, the address. */
  async find(instructions: readonly Instruction[]): Promise<SourcePlace[]> {
    const codes = instructions.map((instruction) => this.codeOf(instruction));
    const told = codes.filter(({ module }) => module && !this.isNewer(module.path));
    const found = await this.symbols.places(told);
    const places = new Map(told.map((code, i) => [code, found[i]]));
    return codes.map((code) => places.get(code) ?? offsetOf(code));
  }

  /** The functions that instructions are in, where their files say so. */
  async functions(instructions: readonly Instruction[]): Promise<(string | undefined)[]> {
    return this.symbols.functions(instructions.map((instruction) => this.codeOf(instruction)));
  }

  close(): void {
    this.symbols.close();
  }

  private rangeOf(process: number, address: bigint): Range | undefined {
    return this.ranges.get(process)?.findLast(({ from, to }) => address >= from && address < to);
  }

  private codeOf({ process, address }: Instruction): Code {
    const range = this.rangeOf(process, address);
    if (!range) return { address: Number(address), module: undefined };
    const { path, from, offset } = range;
    const known = this.segments.get(path);
    const segments = known ?? segmentsOf(path);
    if (!known) this.segments.set(path, segments);
    const own = addressOfByte(segments, Number(address - from) + offset);
    return { address: own, module: { base: 0, path } };
  }

  private isNewer(path: string): boolean {
    if (this.newer.has(path)) return true;
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changed <= this.traced) return false;
    this.newer.add(path);
    return true;
  }
}
