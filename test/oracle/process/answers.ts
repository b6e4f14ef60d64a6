// What a trace says that its calls answered, beside what they answer.

import type { TraceEvent } from "../../../src/trace/events.js";
import { brk } from "./heap.js";
import { munmap } from "./mmap.js";
import type { Process } from "./process.js";
import { ERRNO, type Errno, type System } from "./system.js";

/** What holds before a call. */
export interface Before {
  /** The address that it names, where names stand for what they did. */
  address: bigint;
  break: bigint;
  startBreak: bigint;
}

/** Calls of which the trace tells the answer, by whether it was that. */
export interface Answers {
  told: number;
  differing: number;
}

/** Compares, and takes back the memory that a call gave, though the trace's did not: but for what FIXED replaced. */
export function holdAgainst(
  system: System,
  process: Process,
  event: TraceEvent,
  result: bigint,
  before: Before,
): void {
  if (!("answer" in event) || event.answer === undefined) return;
  const { answers } = system;
  answers.told++;
  const isShort = event.event === "brk" && result >= 0n && result < before.address;
  const given = isShort ? "ENOMEM" : result < 0n ? nameOf(-result) : "ok";
  if (given === event.answer && (given !== "ok" || isAtPlace(event, result, before))) return;
  answers.differing++;
  if (given !== "ok" || event.answer === "ok") return;
  if (event.event === "mmap" && !event.flags.includes("fixed")) munmap(system, process, result, event.length);
  if (event.event === "brk" && result > before.break) {
    brk(system, process, before.break);
    process.space.break = before.break;
    process.space.startBreak = before.startBreak;
  }
}

function isAtPlace(event: TraceEvent, result: bigint, { address }: Before): boolean {
  if (event.event === "mmap" || event.event === "brk") return address === 0n || result === address;
  return event.event !== "mremap" || result === (event.to || address);
}

function nameOf(errno: bigint): string {
  return (Object.keys(ERRNO) as Errno[]).find((name) => ERRNO[name] === errno) ?? "";
}
