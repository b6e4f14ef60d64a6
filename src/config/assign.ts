import { PagewalkError, quote } from "../errors.js";
import { withPolicy } from "./heap.js";
import { nearest } from "./nearest.js";

type Json = Record<string, unknown>;

/**
 * Applies `path=value` to a configuration and returns the changed copy. The path is a configuration key
 * (`memory.frames`), or NAME.key for a TLB, a data cache or a walk cache (`l1d.entries`, `pd.ways`). The value is JSON,
 * or else text.
 *
 * @throws PagewalkError `E_OPTION` for a malformed assignment, `E_CONFIG` for a path that names nothing
 */
export function assign(config: Json, assignment: string): Json {
  const equals = assignment.indexOf("=");
  if (equals < 1) {
    throw new PagewalkError("E_OPTION", `--set ${quote(assignment)}: want PATH=VALUE, as in l1d.entries=64`);
  }
  const path = assignment.slice(0, equals);
  const keys = path.split(".");
  const copy = structuredClone(config);
  const text = assignment.slice(equals + 1);
  // A policy's name stands for all of it.
  if (path === "heap" || path === "heap.policy") {
    copy["heap"] = withPolicy(path === "heap" ? parse(text) : { policy: parse(text) });
    return copy;
  }
  const named = namedPart(copy, keys[0] ?? "");
  const target =
    named && keys.length > 1 ? step(named, keys.slice(1, -1), path) : step(copy, keys.slice(0, -1), path);
  const last = keys.at(-1) ?? "";
  if (last === "" || last === "__proto__") throw noSuchPath(path, copy);
  const value = parse(text);
  // Another format has other options.
  if (last === "format" && target[last] !== value) for (const key of Object.keys(target)) delete target[key];
  target[last] = value;
  return copy;
}

/** The TLB, data cache or walk cache of a name. */
function namedPart(config: Json, name: string): Json | undefined {
  const list = (key: string) => (Array.isArray(config[key]) ? (config[key] as Json[]) : []);
  return (
    list("tlb").find((tlb) => tlb["name"] === name) ??
    list("caches").find((cache) => cache["name"] === name) ??
    list("walkCache").find((cache) => cache["level"] === name)
  );
}

function step(from: Json, keys: readonly string[], path: string): Json {
  let at = from;
  for (const key of keys) {
    const next = Object.hasOwn(at, key) ? at[key] : undefined;
    if (typeof next !== "object" || next === null || Array.isArray(next)) throw noSuchPath(path, from);
    at = next as Json;
  }
  return at;
}

function noSuchPath(path: string, config: Json): PagewalkError {
  const names = [...((config["tlb"] as Json[]) ?? []).map((tlb) => tlb["name"])].concat(
    ((config["caches"] as Json[]) ?? []).map((cache) => cache["name"]),
    ((config["walkCache"] as Json[]) ?? []).map((cache) => cache["level"]),
    Object.keys(config),
  ) as string[];
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
