import { KINDS, type Kind } from "../config/model.js";
import { type Approach, approachTo, type Stream } from "./approach.js";
import { LaneGroup, type LaneSpec } from "./lanes.js";
import type { PlannedCell } from "./model.js";

/** A cell and how it is answered. @internal */
export interface Approached {
  cell: PlannedCell;
  approach: Approach;
}

/** Cells that one lane answers. @internal */
export interface LanePlan {
  spec: LaneSpec;
  cells: Approached[];
}

/** How the cells of one trace are answered. @internal */
export interface Plan {
  /** Lanes over all lookups, which the pass itself runs. */
  direct: LanePlan[];
  /** Lanes behind first TLBs, over kept words. */
  behind: LanePlan[];
  filtered: Approached[];
  whole: Approached[];
}

/** @internal */
export function planOf(cells: readonly PlannedCell[], kinds: readonly Kind[] = KINDS, walks = false): Plan {
  const lanes = new Map<string, { group: LaneGroup; cells: Approached[] }>();
  const plan: Plan = { direct: [], behind: [], filtered: [], whole: [] };
  for (const cell of cells) {
    const approach = approachTo(cell.config, kinds, walks);
    const approached = { cell, approach };
    if (approach.method === "replay") plan.whole.push(approached);
    else if (approach.method === "filtered") plan.filtered.push(approached);
    else {
      const key = LaneGroup.keyOf(approach);
      const lane = lanes.get(key) ?? { group: LaneGroup.of(approach), cells: [] };
      lanes.set(key, lane);
      lane.group.add(approach);
      lane.cells.push(approached);
    }
  }
  for (const { group, cells } of lanes.values()) {
    const spec = group.spec();
    (spec.fronts.length === 0 ? plan.direct : plan.behind).push({ spec, cells });
  }
  return plan;
}

/** Streams whose words are kept for what comes behind the pass, each once. @internal */
export function keptStreams({ behind, filtered }: Plan): Stream[] {
  const streams = [
    ...behind.map(({ spec }) => spec.stream),
    ...filtered.map(({ approach }) => approach.stream),
  ];
  return [...new Map(streams.map((stream) => [JSON.stringify(stream), stream])).values()];
}
