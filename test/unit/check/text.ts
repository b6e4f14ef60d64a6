import { type CheckOptions, type CheckResult, check } from "../../../src/check/check.js";
import { openTrace } from "../../../src/trace/trace.js";

/** Checks a scenario that is given by its lines. */
export function checkLines(
  lines: string | readonly string[],
  options: CheckOptions = {},
): Promise<CheckResult> {
  const text = typeof lines === "string" ? lines : lines.join("\n");
  return check(openTrace(new TextEncoder().encode(text), { format: "scenario" }), options);
}

/** The parts of findings that tests are about. */
export function brief({ errors }: CheckResult) {
  return errors.map(({ kind, size, va, block, access, allocated, freed, count }) => ({
    kind,
    size,
    va,
    block: block && `${block.offset} ${block.where} ${block.size}`,
    places: [access, allocated, freed],
    count,
  }));
}
