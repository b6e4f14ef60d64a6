import type { PageTableConfig } from "../../src/config/model.js";
import type { Physical } from "./physical.js";
import type { Shape } from "./shapes.js";
export class Hashed {
  tables = 0;
  bytes = 0;
  constructor(_t: PageTableConfig, _s: Shape, _m: Physical) {}
  insert(_space: number, _size: number, _n: bigint): bigint | undefined {
    return undefined;
  }
  remove(_space: number, _size: number, _n: bigint): void {}
  reads(_space: number, _va: bigint): bigint[] {
    return [];
  }
}
