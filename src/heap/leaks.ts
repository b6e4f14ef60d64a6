import { type LeakSums, type Lost, leakKind, leaksOf } from "../check/leaks.js";
import type { Core } from "../engine/core.js";
import type { Pace } from "../pace.js";
import type { Progress } from "../trace/read.js";
import { findLeaks } from "./collect.js";
import type { NamedPolicy } from "./measure.js";
import { Memory } from "./memory.js";
import { Runner } from "./runner.js";
import { openHeap } from "./setup.js";
import type { Allocated } from "./sites.js";
import type { Space } from "./spaces.js";

/**
 * What a trace leaves behind, and what pointers lead to it: the trace is replayed by a policy, with its frees and with what it tells of memory. One that
 * tells nothing of memory is not replayed: what is live was never freed, and no more is known.
 *
 * @throws PagewalkError `E_ABORTED`, `E_MEMORY`
 * @internal
 */
export async function heapLeaks(
  core: Core,
  named: NamedPolicy,
  space: Space,
  pace: Pace<Progress>,
): Promise<LeakSums> {
  const live = space.sites.live();
  const shows = { sites: true, reachable: true };
  if (!space.contents.isTold) {
    const lost = live.map((block) => lostOf(block, "definite"));
    return leaksOf(lost, "never-freed", shows);
  }
  const memory = await replayed(core, named, space, pace);
  const { exports } = core;
  findLeaks(core, memory.roots());
  const there = live.filter(({ slot }) => exports.slotAddress(slot) !== 0);
  const lost = there.map((block) => lostOf(block, leakKind(exports.leakOf(block.slot), core)));
  return leaksOf(lost, "pointers", shows);
}

/** Replays a trace with its frees. */
async function replayed(
  core: Core,
  { policy }: NamedPolicy,
  space: Space,
  pace: Pace<Progress>,
): Promise<Memory> {
  const { ops, contents } = space;
  openHeap(core, policy);
  const memory = new Memory(core, contents, { frees: true });
  const runner = new Runner(core, ops, pace, (count) => core.exports.runCollected(0, count));
  const progress = (entries: number) => ({ records: entries, bytes: entries, totalBytes: ops.length });
  for (let stop = -1; stop < ops.length; ) {
    stop = memory.nextStop(ops.length);
    await runner.run(stop, progress);
    memory.act(stop);
  }
  return memory;
}

function lostOf({ at, line, size, isRuntime }: Allocated, kind: Lost["kind"]): Lost {
  return { at, ...(at === null && line > 0 ? { line } : {}), size, kind: isRuntime ? "runtime" : kind };
}
