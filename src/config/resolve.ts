import * as v from "valibot";
import { PagewalkError, quote } from "../errors.js";
import { deepFreeze } from "../freeze.js";
import { type Config, type ConfigInput, DEFAULT_PRESET, DEFAULTS } from "./model.js";
import { nearest } from "./nearest.js";
import { presets } from "./presets/index.js";
import { type Parts, type Problem, RULES } from "./rules.js";
import { schema } from "./schema.js";

type Json = Record<string, unknown>;

/**
 * Merges layers over the defaults, the last one on top: objects key by key, arrays whole.
 *
 * @returns a whole, checked configuration, frozen
 * @throws PagewalkError `E_CONFIG` with every problem at once
 */
export function resolveConfig(...layers: readonly (ConfigInput | Json)[]): Config {
  const whole = layered(DEFAULTS, ...layers);
  const parsed = v.safeParse(schema, whole);
  const ofShape = parsed.issues?.map(problemOf) ?? [];
  const parts = soundParts(parsed.output, parsed.issues ?? []);
  const problems = [...ofShape, ...RULES.flatMap((rule) => rule(parts))];
  if (!parsed.success || problems.length > 0) throw configError(problems);
  const {
    $schema: _schema,
    name: _name,
    description: _description,
    sources: _sources,
    ...config
  } = parsed.output;
  config.tlb.sort((a, b) => a.level - b.level);
  for (const c of config.walkCache) c.levels ??= [c.level];
  return deepFreeze(config) as unknown as Config;
}

/** The parts in which the schema found nothing wrong, so that rules about them can be checked as well. */
function soundParts(output: unknown, issues: readonly v.BaseIssue<unknown>[]): Parts {
  const bad = new Set(
    issues.map(({ path }) =>
      (path ?? [])
        .slice(0, 2)
        .map(({ key }) => String(key))
        .join("."),
    ),
  );
  const given = (isObject(output) ? output : {}) as Partial<Config>;
  const sound = <T>(list: unknown, key: string): (T & { at: number })[] =>
    (Array.isArray(list) && !bad.has(key) ? (list as T[]) : [])
      .map((part, at) => ({ ...part, at }))
      .filter(({ at }) => !bad.has(`${key}.${at}`));
  const { pageSize } = given;
  const wrongTlb = [...bad].some((path) => path.startsWith("tlb"));
  return {
    tlb: sound(given.tlb, "tlb"),
    walkCache: sound(given.walkCache, "walkCache"),
    ...(pageSize === undefined || wrongTlb || bad.has("pageSize") ? {} : { pageSize }),
  };
}

/** Layers merged as `resolveConfig` does, unchecked. */
export function layered(...layers: readonly (ConfigInput | Json)[]): Json {
  return layers.reduce<Json>((lower, layer) => merge(lower, layer as Json), {});
}

/** The configuration of a preset, as its file has it. @throws PagewalkError `E_CONFIG` for no such name */
export function presetNamed(name: string = DEFAULT_PRESET): ConfigInput {
  const preset = Object.hasOwn(presets, name) ? presets[name as keyof typeof presets] : undefined;
  if (preset) return preset;
  const names = Object.keys(presets);
  const guess = nearest(name, names);
  throw new PagewalkError(
    "E_CONFIG",
    `no preset ${quote(name)}${guess ? `; did you mean ${guess}?` : ""} (presets: ${names.join(", ")})`,
  );
}

function merge(lower: Json, upper: Json): Json {
  if (!isObject(upper)) throw configError([{ path: "", found: show(upper), allowed: "a JSON object" }]);
  const merged: Json = { ...lower };
  for (const [key, value] of Object.entries(upper)) {
    const below = Object.hasOwn(lower, key) ? lower[key] : undefined;
    Object.defineProperty(merged, key, {
      value: isObject(value) && isObject(below) ? merge(below, value) : value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return merged;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function problemOf(issue: v.BaseIssue<unknown>): Problem {
  const keys = (issue.path ?? []).map((item) => item.key as string | number);
  const path = pathOf(keys);
  if (issue.type === "strict_object" && issue.expected === "never") {
    const key = String(keys.at(-1));
    const known = knownKeys(keys.slice(0, -1));
    const guess = nearest(key, known);
    const allowed = guess ? `"${guess}"? Keys here: ${known.join(", ")}` : `one of ${known.join(", ")}`;
    return { path, found: "no such key", allowed };
  }
  const missing = issue.input === undefined;
  return { path, found: missing ? "missing" : show(issue.input), allowed: issue.message };
}

/** The keys that an object of the schema may have, at a path of keys. */
function knownKeys(keys: readonly (string | number)[]): string[] {
  let at: unknown = schema;
  for (const key of keys) {
    const node = at as { entries?: Json; item?: unknown };
    at = typeof key === "number" ? node.item : node.entries?.[key];
  }
  return Object.keys((at as { entries?: Json }).entries ?? {});
}

function pathOf(keys: readonly (string | number)[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === "number") return `${path}[${key}]`;
    return path ? `${path}.${key}` : key;
  }, "");
}

/** A value as JSON, fit for one line of an error. */
export function show(value: unknown): string {
  return quote(JSON.stringify(value) ?? String(value))
    .slice(1, -1)
    .replaceAll('\\"', '"');
}

function configError(problems: readonly Problem[]): PagewalkError {
  const lines = problems.map(
    ({ path, found, allowed }) => `${path || "the configuration"}: ${found}; want ${allowed}`,
  );
  const first = problems[0]?.path;
  return new PagewalkError("E_CONFIG", lines.join(" | "), first ? { path: first } : {}, lines);
}
