import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import type { Pace } from "../pace.js";
import type { Progress } from "../trace/read.js";
import type { NamedPolicy, Plan } from "./measure.js";
import { OP_SHIFT } from "./opcodes.js";
import { OpStream } from "./opstream.js";
import { Runner } from "./runner.js";
import { openHeap } from "./setup.js";
import { faultText } from "./stats.js";

/** Operations between two looks at the whole heap, and what tells the core to leave those to the host. */
const EVERY = 1000;
const NEVER = 2 ** 32 - 1;

/** How often a heap was held against what must be so of it, and was. */
export interface Validation {
  /** Operations after which the block was looked at: where it lies, that it is large enough, and what is in it. */
  operations: number;
  /** Looks at the whole heap: every block, every list, every count. */
  wholeHeap: number;
  /** Blocks that were left at the end: compared, and freed. */
  left: number;
}

/**
 * Replays a trace with payloads that are filled and compared, and a look at each block, and now and then at the whole heap. What is left at the end is
 * freed, and the empty heap looked at.
 *
 * @throws PagewalkError `E_INTERNAL` with the first thing that does not hold, and where
 * @internal
 */
export async function validate(
  core: Core,
  { name, policy }: NamedPolicy,
  plan: Plan,
  pace: Pace<Progress>,
  progress: (entries: number) => Progress,
): Promise<Validation> {
  const { ops, numbering, slots } = plan;
  const { exports } = core;
  const checked = (count: number) => exports.runChecked(0, count, NEVER);
  openHeap(core, policy);
  let wholeHeap = 0;
  const look = (where: string) => {
    wholeHeap++;
    failOn(core, exports.validateHeap(), name, where);
  };
  const runner = new Runner(core, ops, pace, checked);
  const where = () => placeOf(plan, runner.at);
  while (runner.at < ops.length) {
    const next = Math.min(runner.at + EVERY, ops.length);
    if (!(await runner.run(next, progress))) failOn(core, exports.checkFault.value, name, where());
    look(where());
  }
  const rest = freesOf(core, slots, core.enums.HeapOp.Free);
  const ending = new Runner(core, rest, pace, checked);
  const atEnd = "when what is left is freed";
  const isDone = await ending.run(rest.length, () => progress(ops.length));
  if (!isDone) failOn(core, exports.checkFault.value, name, atEnd);
  look(atEnd);
  return { operations: numbering.operations(ops.length), wholeHeap, left: rest.length };
}

/** @throws PagewalkError `E_INTERNAL` for a fault that is one */
function failOn(core: Core, fault: number, name: string, where: string): void {
  const text = faultText(core, fault);
  if (text !== null) throw new PagewalkError("E_INTERNAL", `heap: ${name}: ${where}: ${text}`);
}

function placeOf({ ops, numbering }: Plan, entries: number): string {
  const line = entries > 0 ? ops.lineOf(entries - 1) : 0;
  return `behind operation ${numbering.operations(entries)}${line > 0 ? `, line ${line}` : ""}`;
}

/** Frees of all blocks that are there. */
function freesOf({ exports }: Core, slots: number, free: number): OpStream {
  const frees = new OpStream();
  for (let slot = 0; slot < slots; slot++) {
    if (exports.slotAddress(slot) !== 0) frees.push(((free << OP_SHIFT) | slot) >>> 0, 0, 0);
  }
  return frees;
}
