import { PagewalkError, quote } from "../errors.js";
import { withPolicy } from "./heap.js";
import { nearest } from "./nearest.js";

type Json = Record<string, unknown>;

/**
 * Applies `path=value` to a configuration. The value is JSON, or else text.
 *
 * @returns the changed copy, which shares what it can
 * @throws PagewalkError `E_OPTION` for a malformed assignment, `E_CONFIG` as `assignValue` does
 */
export function assign(config: Json, assignment: string): Json {
  const equals = assignment.indexOf("=");
  if (equals < 1) {
    throw new PagewalkError("E_OPTION", `--set ${quote(assignment)}: want PATH=VALUE, as in l1d.entries=64`);
  }
  return assignValue(config, assignment.slice(0, equals), parse(assignment.slice(equals + 1)));
}

/**
 * Sets one key of a configuration: `memory.frames`, or NAME.key for a TLB, a data cache or a walk cache (`l1d.entries`,
 * `pd.ways`). NAME.sets sets the entries, to so many times the ways there are.
 *
 * @returns the changed copy, which shares what it can
 * @throws PagewalkError `E_CONFIG` for a path that names nothing
 */
export function assignValue(config: Json, path: string, value: unknown): Json {
  // A policy's name stands for all of it.
  if (path === "heap") return { ...config, heap: withPolicy(value) };
  if (path === "heap.policy") return { ...config, heap: withPolicy({ policy: value }) };
  const keys = path.split(".");
  const last = keys.at(-1) ?? "";
  if (last === "" || last === "__proto__") throw noSuchPath(path, config);
  const change = (target: Json): Json => {
    // Another format has other options.
    if (last === "format" && target[last] !== value) return { format: value };
    return { ...target, [last]: value };
  };
  const named = keys.length > 1 ? placeOf(config, keys[0] ?? "") : undefined;
  if (!named) return changed(config, keys.slice(0, -1), change, path);
  const { list, at } = named;
  const parts = [...(config[list] as Json[])];
  const part = parts[at] ?? {};
  parts[at] =
    keys.length === 2 && isSets(list, last)
      ? { ...part, entries: entriesOf(part, path, value) }
      : changed(part, keys.slice(1, -1), change, path);
  return { ...config, [list]: parts };
}

/** The value at a path as `assignValue` takes it; undefined where nothing stands there. */
export function valueAt(config: object, path: string): unknown {
  const keys = path.split(".");
  const named = keys.length > 1 ? placeOf(config as Json, keys[0] ?? "") : undefined;
  const part = named && (config as Record<string, Json[]>)[named.list]?.[named.at];
  if (part && keys.length === 2 && isSets(named.list, keys[1] ?? "")) {
    const { entries, ways } = part;
    return typeof entries === "number" && typeof ways === "number" ? entries / ways : null;
  }
  let value: unknown = part ?? config;
  for (const key of part ? keys.slice(1) : keys) value = isObject(value) ? own(value, key) : undefined;
  return value;
}

/** Where the part of a name stands: a TLB, a data cache or a walk cache. */
function placeOf(config: Json, name: string): { list: string; at: number } | undefined {
  for (const [list, key] of NAMED) {
    const parts = config[list];
    const at = Array.isArray(parts) ? parts.findIndex((part) => part?.[key] === name) : -1;
    if (at >= 0) return { list, at };
  }
  return undefined;
}

/** The lists of parts with names, and the key that has the name. */
const NAMED = [
  ["tlb", "name"],
  ["caches", "name"],
  ["walkCache", "level"],
] as const;

/** Of a data cache the size is given, not entries. */
function isSets(list: string, key: string): boolean {
  return key === "sets" && list !== "caches";
}

function entriesOf({ ways }: Json, path: string, sets: unknown): number {
  if (typeof ways !== "number") {
    throw new PagewalkError("E_CONFIG", `${path}: it has no ways; want some beside its sets`, { path });
  }
  if (typeof sets === "number" && Number.isInteger(sets) && sets >= 1) return sets * ways;
  const found = JSON.stringify(sets) ?? String(sets);
  throw new PagewalkError("E_CONFIG", `${path}: ${found}; want a whole number, 1 or more`, { path });
}

/** A copy in which the object under some keys is changed. */
function changed(from: Json, keys: readonly string[], change: (target: Json) => Json, path: string): Json {
  const [key, ...rest] = keys;
  if (key === undefined) return change(from);
  const next = own(from, key);
  if (!isObject(next)) throw noSuchPath(path, from);
  return { ...from, [key]: changed(next, rest, change, path) };
}

function own(object: Json, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param config where the path stops to lead on */
export function noSuchPath(path: string, config: object): PagewalkError {
  const namesOf = ([list, key]: (typeof NAMED)[number]) => {
    const parts = (config as Json)[list];
    return Array.isArray(parts) ? parts.map((part) => String(part?.[key])) : [];
  };
  const names = [...NAMED.flatMap(namesOf), ...Object.keys(config)];
  const guess = nearest(path.split(".")[0] ?? "", names);
  const hint = guess ? `did you mean ${guess}?` : `names: ${names.join(", ")}`;
  return new PagewalkError("E_CONFIG", `${quote(path)} names nothing in the configuration; ${hint}`, {
    path,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
