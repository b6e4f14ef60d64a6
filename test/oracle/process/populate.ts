import { takeReturned } from "./access.js";
import type { Process } from "./process.js";
import { isShared, isWritable } from "./space.js";
import { type Pages, type System, within } from "./system.js";

/**
 * Makes pages resident, as a store would where the mapping is private and writable, and else as a load. A VMA's rest is left out
 * after a page that cannot come. What was wrong first; `isLenient`: goes on behind it.
 */
export function populate(
  system: System,
  process: Process,
  range: Pages,
  isLenient: boolean,
  access?: "load" | "store",
): "EFAULT" | "ENOMEM" | undefined {
  const { memory } = system;
  for (const vma of process.space.vmas().map((vma) => within(vma, range))) {
    const isStore = access ? access === "store" : isWritable(vma) && !isShared(vma);
    for (const entry of process.space.range(vma.from, vma.to)) {
      const needsCopy = isStore && !isShared(entry.attributes) && (entry.isCow || entry.page?.file);
      const isUseless = entry.attributes.protection === "";
      if (entry.isPresent && !needsCopy && !isUseless) continue;
      const isRefused = isUseless || memory.isPastEnd(entry);
      const fault = isRefused ? undefined : memory.resolve(entry, isStore);
      const va = BigInt(entry.number) * BigInt(system.pageSize);
      for (const kind of takeReturned(memory))
        system.countFault(process, { kind, va, access: isStore ? "store" : "load" });
      if (fault) system.countFault(process, { kind: fault, va, access: isStore ? "store" : "load" });
      if (!isRefused && fault !== "oom") continue;
      if (!isLenient) return isRefused ? "EFAULT" : "ENOMEM";
      break;
    }
  }
  return undefined;
}
