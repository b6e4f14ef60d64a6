import type { RawFinding } from "../engine/checker.js";
import type { Instruction, NamedRange, Places } from "../symbols/places.js";
import type { EventFields, SourcePlace } from "../trace/events.js";
import { isRuntime } from "../trace/runtime.js";
import type { Session } from "./session.js";

type Range = readonly [from: bigint, to: bigint];

/** Functions that need no byte beyond what they are told to copy: a load of theirs that has one is an error. */
const COPIES = /^(__|_)*(mem(p|r)?cpy|memmove|bcopy|wmem(p)?cpy|wmemmove)/;

/** Where in the source the code of an access is. */
export interface CodePlace {
  at: SourcePlace;
  /** Where in a run-time library it is, which the program called at `at`. */
  within?: string;
}

/** What is known of the code of traced programs: their `region` events say which file is where. */
export class Code {
  /** What to know of the places. */
  readonly notes: string[] = [];
  private readonly session: Session;
  private readonly regions: { program: number; range: NamedRange }[] = [];
  /** Records at which each process became another program. */
  private readonly began = new Map<number, number[]>();
  /** Where code of the run-time libraries is, by process. */
  private readonly runtimes = new Map<number, readonly Range[]>();
  private told: readonly Range[] = [];

  constructor(session: Session) {
    this.session = session;
  }

  region({ address, length, name, offset, protection }: EventFields["region"]): void {
    if (typeof address !== "bigint" || !name.startsWith("/")) return;
    const { number } = this.session.process;
    const program = this.programOf(number, Number.POSITIVE_INFINITY);
    this.regions.push({ program, range: { address, length, name, offset } });
    if (!protection.includes("execute") || !isRuntime(name)) return;
    this.runtimes.set(number, [...(this.runtimes.get(number) ?? []), [address, address + length]]);
    this.enter();
  }

  /** The process that runs now may be another one. */
  enter(): void {
    const ranges = this.runtimes.get(this.session.process.number) ?? [];
    if (ranges === this.told || (ranges.length === 0 && this.told.length === 0)) return;
    this.told = ranges;
    this.session.checker.setRuntime(ranges);
  }

  /** A child has the code of the process that runs. */
  fork(child: number): void {
    const { number } = this.session.process;
    const parent = this.programOf(number, Number.POSITIVE_INFINITY);
    this.runtimes.set(child, this.runtimes.get(number) ?? []);
    const own = this.regions.filter(({ program }) => program === parent);
    for (const { range } of own) this.regions.push({ program: child, range });
  }

  /** The process that runs has become another program. */
  exec(record: number): void {
    const { number } = this.session.process;
    this.began.set(number, [...(this.began.get(number) ?? []), record]);
    this.runtimes.delete(number);
    this.enter();
  }

  /**
   * The places of findings that have none, in the source of the program. Those that are no errors, for a string function of a library loads
   * whole vectors, are left out.
   *
   * @param traced when the trace was made, in milliseconds since 1970
   */
  async places(
    findings: readonly RawFinding[],
    traced: number,
  ): Promise<Map<RawFinding, CodePlace | undefined>> {
    const { BlockFlag } = this.session.checker.core.enums;
    const isAhead = ({ flags }: RawFinding) => (flags & BlockFlag.Ahead) !== 0;
    if (this.regions.length === 0) return new Map(findings.map((finding) => [finding, undefined]));
    const { Places } = await import("../symbols/places.js");
    const places = new Places(traced);
    try {
      for (const { program, range } of this.regions) places.add(program, range);
      const ahead = findings.filter(isAhead);
      const names = await places.functions(ahead.map((finding) => this.codeOf(finding)));
      const dropped = new Set(ahead.filter((_, i) => !COPIES.test(names[i] ?? "")));
      const kept = findings.filter((finding) => !dropped.has(finding));
      return await this.placesOf(kept, places);
    } finally {
      this.note(places);
      places.close();
    }
  }

  private async placesOf(findings: readonly RawFinding[], places: Places) {
    const codes = findings.map((finding) => {
      return hasCode(finding) ? [this.codeOf(finding), ...this.callersOf(finding)] : [];
    });
    const found = (await places.find(codes.flat())).values();
    const placed = new Map<RawFinding, CodePlace | undefined>();
    for (const [i, finding] of findings.entries()) {
      const [own, ...callers] = (codes[i] ?? []).map(() => found.next().value as SourcePlace);
      const caller = callers.find(({ line }) => line > 0);
      placed.set(finding, caller && own ? { at: caller, within: own.file } : own && { at: own });
    }
    return placed;
  }

  private codeOf({ process, record, pc }: RawFinding): Instruction {
    return { process: this.programOf(process, record), address: pc };
  }

  private callersOf({ process, record, callers }: RawFinding): Instruction[] {
    const program = this.programOf(process, record);
    return callers.filter((address) => address !== 0n).map((address) => ({ process: program, address }));
  }

  /** A number for what a process ran at a record: its own for the first program, another one for each that it became. */
  private programOf(process: number, record: number): number {
    const before = (this.began.get(process) ?? []).filter((began) => began <= record);
    return process + before.length * 2 ** 32;
  }

  private note({ newer, missing }: Places): void {
    for (const path of newer) {
      this.notes.push(`${path} is newer than the trace: lines of accesses in it are not told`);
    }
    if (missing)
      this.notes.push("no lines of accesses: addr2line is not installed (apt-get install binutils)");
  }
}

/** Whether a finding is of an access of which only the code is known. */
function hasCode({ pc, access }: RawFinding): boolean {
  return pc !== 0n && access < 1n << 32n;
}
