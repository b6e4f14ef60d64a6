import { readFileSync } from "node:fs";
import type { Protection, TraceEvent } from "../trace/events.js";

/** Where valgrind places what is its own, on 64-bit machines, and the program's stack. */
const VALGRIND = { from: 0x1000000000, to: 0x1ffe001000, stackEnd: 0x1fff001000 };
const TOOL = /\/lackey-[^/]*$/;

interface Mapping {
  start: number;
  end: number;
  flags: string;
  offset: number;
  name: string;
}

/** What lay where in a process: what it was last seen to have, and named mappings that were there before. */
export class Maps {
  private mappings: Mapping[] = [];
  /** What `events` has told. */
  private readonly told = new Set<string>();
  private readonly underValgrind: boolean;
  private readonly hidden: string;

  /** @param hidden the folder whose files are none of the program's */
  constructor(underValgrind: boolean, hidden: string) {
    this.underValgrind = underValgrind;
    this.hidden = `${hidden}/`;
  }

  /** Looks at /proc. A process that has ended has nothing to see. */
  look(process: number): void {
    this.addFile(`/proc/${process}/maps`);
  }

  addFile(path: string): void {
    try {
      this.add(readFileSync(path, "utf8"));
    } catch {
      // Nothing is seen.
    }
  }

  add(text: string): void {
    const all = text.split("\n").flatMap(parse);
    // What starts valgrind, and what follows it, is not what was traced.
    if (all.length === 0 || (this.underValgrind && !all.some(({ name }) => TOOL.test(name)))) return;
    const own = this.underValgrind ? underValgrind(all) : all;
    const seen = own.filter(({ name }) => !name.startsWith(this.hidden));
    const gone = this.mappings.filter(
      ({ start, end, name }) => name && !seen.some((now) => start < now.end && now.start < end),
    );
    this.mappings = [...gone, ...seen];
  }

  /** Regions, by address: those that were not told before. */
  events(): TraceEvent[] {
    const fresh = this.mappings.filter((mapping) => !this.told.has(JSON.stringify(mapping)));
    for (const mapping of fresh) this.told.add(JSON.stringify(mapping));
    return fresh.sort((a, b) => a.start - b.start).map(eventOf);
  }
}

function parse(line: string): Mapping[] {
  const parts = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)$/.exec(line);
  if (!parts) return [];
  const [, start = "", end = "", flags = "", offset = "", name = ""] = parts;
  const hex = (text: string) => Number.parseInt(text, 16);
  const mapping = { start: hex(start), end: hex(end), flags, offset: hex(offset), name };
  // The system-call page of the kernel lies above what a number can tell exactly.
  return Number.isSafeInteger(mapping.end) ? [mapping] : [];
}

/** Without what is valgrind's; the stack and the heap, which have no names there, get them. */
function underValgrind(mappings: Mapping[]): Mapping[] {
  const { from, to, stackEnd } = VALGRIND;
  const tool = mappings.find(({ name }) => TOOL.test(name))?.start ?? from;
  const own = mappings.filter(({ start, name }) => {
    const isTool = start >= tool && start < from && (TOOL.test(name) || !name);
    return !isTool && !(start >= from && start < to) && !/^\[stack|^\[v/.test(name);
  });
  // Valgrind makes the heap that grows by brk executable, and nothing else without a name.
  const heap = own.find(({ name, flags, start }) => !name && flags === "rwxp" && start < tool);
  return own.map((mapping) => {
    if (mapping === heap) return { ...mapping, name: "[heap]" };
    return !mapping.name && mapping.end === stackEnd ? { ...mapping, name: "[stack]" } : mapping;
  });
}

function eventOf({ start, end, flags, offset, name }: Mapping): TraceEvent {
  const protection: Protection[] = [];
  if (flags[0] === "r") protection.push("read");
  if (flags[1] === "w") protection.push("write");
  if (flags[2] === "x") protection.push("execute");
  const region = { address: BigInt(start), length: BigInt(end - start), protection, name: name || "[anon]" };
  return { event: "region", ...region, ...(offset > 0 ? { offset: BigInt(offset) } : {}) };
}
