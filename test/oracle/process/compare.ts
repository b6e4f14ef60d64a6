// The naive machine beside another that takes the same commands.

import { printEvent } from "../../../src/trace/scenario/print.js";
import { WINDOW, WINDOW_PAGES } from "./arbitrary.js";
import type { Command, Driver } from "./command.js";
import { System, type SystemOptions } from "./system.js";

/** Commands as a scenario, which `runScenario` and `pagewalk run` take. */
export function scenarioOf(commands: readonly Command[]): string {
  return commands.map(({ process, event }) => `@${process} ${printEvent(event)}\n`).join("");
}

/**
 * Gives both the same commands, and says where they first differ: in what a command comes to, in the counts after it, or at the end in
 * what the pages of the window hold. undefined: nowhere.
 */
export function difference(
  driver: Driver,
  options: SystemOptions,
  commands: readonly Command[],
): string | undefined {
  const system = new System(options);
  for (const [i, command] of commands.entries()) {
    const [is, want] = [driver.apply(command), system.apply(command)].map(text);
    const [counts, wantCounts] = [driver.stats(), system.stats()].map(text);
    if (is === want && counts === wantCounts) continue;
    const told = is === want ? `counts ${counts}\nwant ${wantCounts}` : `${is}\nwant ${want}`;
    return `${scenarioOf(commands.slice(0, i + 1))}${told}`;
  }
  for (const [pid, { isAlive }] of system.processes) {
    if (!isAlive) continue;
    for (let page = 0; page < WINDOW_PAGES; page++) {
      const at = WINDOW + BigInt(page * system.pageSize);
      const [is, want] = [driver, system].map((one) => one.peek(pid, at, system.pageSize));
      if (is !== want) return `${scenarioOf(commands)}page 0x${at.toString(16)} of process ${pid} differs`;
    }
  }
  return undefined;
}

function text(value: object): string {
  return JSON.stringify(value, (_, part) => {
    if (typeof part === "bigint") return String(part);
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
