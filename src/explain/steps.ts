import type { Core } from "../engine/core.js";

/** A step of a translation, as the core logs it: `assembly/mmu/log.ts` says what its numbers are. @internal */
export interface LoggedStep {
  what: "tlb" | "walkCache" | "read" | "hostRead" | "nestedTlb" | "missing" | "data" | "buffer";
  which: number;
  a: bigint;
  b: bigint;
  c: bigint;
}

/** The steps logged, in order. @internal */
export function logged(core: Core): LoggedStep[] {
  const { Step, Log } = core.enums;
  const names = new Map<number, LoggedStep["what"]>([
    [Step.Tlb, "tlb"],
    [Step.WalkCache, "walkCache"],
    [Step.Read, "read"],
    [Step.HostRead, "hostRead"],
    [Step.NestedTlb, "nestedTlb"],
    [Step.Missing, "missing"],
    [Step.Data, "data"],
    [Step.Buffer, "buffer"],
  ]);
  const { steps, stepsLogged } = core.exports;
  return Array.from({ length: stepsLogged.value }, (_, i) => {
    const at = steps.value + i * Log.Bytes;
    const [what = 0, which = 0] = core.u32(at, 2);
    const [a = 0n, b = 0n, c = 0n] = core.u64(at + 8, 3);
    return { what: names.get(what) ?? "missing", which, a, b, c };
  });
}
