import type { Shape } from "../config/formats.js";

/** Where a configured part keeps its counts in linear memory: an address a core, or one that all share. @internal */
export interface Part {
  name: string;
  counts: number[];
}

/** The parts of a machine, in the order of the configuration; data caches from the nearest. @internal */
export interface MachineParts {
  shape: Shape;
  tlbs: Part[];
  walkCaches: Part[];
  /** Those of a nested table. */
  hostCaches: Part[];
  caches: Part[];
}
