// A scenario's text against a machine of processes: what it expects and does not find.

import type { Address, TraceEvent } from "../../../src/trace/events.js";
import { parseLine } from "../../../src/trace/scenario/parse.js";
import type { Outcome } from "./command.js";
import { ERRNO, System, type SystemOptions } from "./system.js";

type Expectation = Extract<TraceEvent, { event: "expect-fault" | "expect-errno" }>;

export interface Run {
  /** A line each: its number, what it says, and what was so. */
  failures: string[];
  system: System;
}

export function runScenario(text: string, options: SystemOptions = {}): Run {
  const system = new System(options);
  const failures: string[] = [];
  let home = 1n;
  let waiting: { where: string; expected: Expectation }[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    const parsed = parseLine(line);
    if (!parsed) continue;
    const { event } = parsed;
    const process = parsed.process ?? home;
    const where = `${i + 1}: ${line}`;
    if (event.event === "switch") home = event.process;
    else if (event.event === "expect-fault" || event.event === "expect-errno") {
      waiting.push({ where, expected: event });
    } else if (event.event === "expect") {
      const found = system.peek(process, event.address, event.bytes.length / 2);
      if (found !== event.bytes) failures.push(`${where}: there is ${found ?? "nothing"}`);
    } else {
      const outcome = system.apply({ process, event });
      system.check();
      for (const { where, expected } of waiting) {
        const said = unmet(system, expected, event, outcome);
        if (said !== undefined) failures.push(`${where}: ${said}`);
      }
      waiting = [];
      const isRead = event.event === "access" && event.kind === "load" && event.bytes !== undefined;
      if (isRead && event.bytes !== outcome.bytes) failures.push(`${where}: there is ${outcome.bytes}`);
    }
  }
  for (const { where } of waiting) failures.push(`${where}: there is no next line`);
  return { failures, system };
}

/** What was so instead; undefined where it was as expected. A fault is one of the page that VA lies in. */
function unmet(
  system: System,
  expected: Expectation,
  event: TraceEvent,
  outcome: Outcome,
): string | undefined {
  if (expected.event === "expect-errno") {
    const name = errnoOf(system, event, outcome);
    return name === expected.errno ? undefined : name;
  }
  const { kind, access } = expected;
  const va = system.addressOf(expected.address as Address);
  const ofAccess = outcome.faults.filter((fault) => access === undefined || fault.access === access);
  const page = (at: bigint) => at / BigInt(system.pageSize);
  const there = ofAccess.filter((fault) => page(fault.va) === page(va));
  const isMet = kind === "none" ? there.length === 0 : there.some((fault) => fault.kind === kind);
  if (isMet) return undefined;
  return (
    outcome.faults.map((fault) => `${fault.kind} 0x${fault.va.toString(16)} ${fault.access}`).join(", ") ||
    "none"
  );
}

/** The kernel's answer to brk is the end, changed or not; brk(3) makes ENOMEM of it. */
function errnoOf(system: System, event: TraceEvent, { result }: Outcome): string {
  if (event.event === "brk") return result < system.addressOf(event.address) ? "ENOMEM" : "none";
  if (result >= 0n) return "none";
  return Object.entries(ERRNO).find(([, number]) => number === -result)?.[0] ?? String(result);
}
