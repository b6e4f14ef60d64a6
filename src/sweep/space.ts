import { assign } from "../config/assign.js";
import { DEFAULTS } from "../config/model.js";
import { layered, presetNamed, resolveConfig } from "../config/resolve.js";
import type { AxisValue, CellChoice, CellSpace, PlannedCell, SweepAxes } from "./model.js";

export function spaceOf(traces: readonly string[], axes: SweepAxes, choice: CellChoice = {}): CellSpace {
  const base = layered(DEFAULTS, presetNamed(), choice.config ?? {});
  const list = [
    ...(traces.length > 1 ? [{ path: "trace", values: traces as readonly AxisValue[] }] : []),
    ...Object.entries(axes).map(([path, values]) => ({ path, values: values as readonly AxisValue[] })),
  ];
  const cells: PlannedCell[] = [];
  const total = list.reduce((p, { values }) => p * values.length, 1);
  for (let i = 0; i < total; i++) {
    let rest = i;
    const values: Record<string, AxisValue> = {};
    for (const axis of [...list].reverse()) {
      values[axis.path] = axis.values[rest % axis.values.length] ?? null;
      rest = Math.floor(rest / axis.values.length);
    }
    const ordered = Object.fromEntries(list.map(({ path }) => [path, values[path] ?? null]));
    let config: Record<string, unknown> = base;
    for (const [path, value] of Object.entries(ordered)) {
      if (path === "trace") continue;
      if (path.endsWith(".sets")) continue;
      config = assign(config, `${path}=${JSON.stringify(value)}`);
    }
    for (const [path, value] of Object.entries(ordered)) {
      if (!path.endsWith(".sets")) continue;
      const name = path.slice(0, -5);
      const tlb = (config["tlb"] as any[]).find((t) => t.name === name);
      config = assign(config, `${name}.entries=${Number(value) * tlb.ways}`);
    }
    cells.push({
      index: i,
      values: ordered,
      trace: traces.indexOf(String(ordered["trace"] ?? traces[0])),
      config: resolveConfig(config),
    });
  }
  return { axes: list, combinations: total, cells, impossible: [], config: resolveConfig(base) };
}
