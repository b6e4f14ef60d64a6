import type { Core } from "./core.js";

/** One process: pages in frames, those of them that others map too, and faults. */
export interface ProcessStats {
  pid: number;
  resident: number;
  shared: number;
  faults: { minor: number; major: number; cow: number; protection: number; segv: number; bus: number };
}

/** By number, also those that ended. @internal */
export function readProcesses(core: Core): ProcessStats[] {
  const { exports, enums } = core;
  const { Process } = enums;
  const all = Array.from({ length: exports.tallyCount() }, (_, place) => {
    exports.describe(place);
    const found = core.numbers(exports.described.value, Process.Length);
    const at = (slot: number): number => found[slot] ?? 0;
    return {
      pid: at(Process.Number),
      resident: at(Process.Resident),
      shared: at(Process.Shared),
      faults: {
        minor: at(Process.Minor),
        major: at(Process.Major),
        cow: at(Process.Cow),
        protection: at(Process.Protection),
        segv: at(Process.Segv),
        bus: at(Process.Bus),
      },
    };
  });
  return all.sort((a, b) => a.pid - b.pid);
}
