import * as v from "valibot";
import { PagewalkError, quote } from "../errors.js";
import { deepFreeze } from "../freeze.js";
import { shapeOf } from "./formats.js";
import { withPolicy } from "./heap.js";
import { type Config, type ConfigInput, DEFAULT_PRESET, DEFAULTS } from "./model.js";
import { nearest } from "./nearest.js";
import { presets } from "./presets/index.js";
import { type Parts, type Problem, pageTableProblems, RULES } from "./rules/index.js";
import { schema } from "./schema.js";

type Json = Record<string, unknown>;

/**
 * Merges layers over the defaults, the last one on top: objects key by key, arrays whole. A layer with another page table's
 * format drops what lower ones said of that.
 *
 * @returns a whole, checked configuration, frozen
 * @throws PagewalkError `E_CONFIG` with every problem at once
 */
export function resolveConfig(...layers: readonly (ConfigInput | Json)[]): Config {
  const merged = layered(DEFAULTS, ...layers);
  const { heap } = merged;
  // Over null, it is one of the default.
  if (isObject(heap)) merged["heap"] = withPolicy({ policy: DEFAULTS.heap.policy, ...heap });
  const parsed = v.safeParse(schema, merged);
  const whole = completed(parsed.output);
  const ofShape = parsed.issues?.map((issue) => problemOf(issue, whole)) ?? [];
  const parts = soundParts(whole, parsed.issues ?? []);
  const ofTable = parts.pageTable ? pageTableProblems(parts.pageTable) : [];
  if (parts.pageTable && ofTable.length === 0) parts.shape = shapeOf(parts.pageTable);
  const problems = [...ofShape, ...ofTable, ...RULES.flatMap((rule) => rule(parts))];
  if (!parsed.success || problems.length > 0) throw configError(problems);
  return deepFreeze(concluded(whole));
}

/** Without what it says of itself, its TLBs in the order in which they are asked. @internal */
export function concluded(whole: Json): Config {
  const { $schema: _schema, name: _name, description: _description, sources: _sources, ...rest } = whole;
  const config = rest as unknown as Config;
  config.tlb.sort((a, b) => a.level - b.level);
  return config;
}

/**
 * Fills in what hangs on other keys: what a walk cache holds, a cache's level, a region's page size, an ideal TLB's bounds. Parts
 * that have it are kept as they are.
 *
 * @internal
 */
export function completed(output: unknown): Json {
  const whole: Json = isObject(output) ? { ...output } : {};
  if (whole["translation"] === "none") Object.assign(whole, UNTRANSLATED, stateWithout(whole["state"]));
  const each = (list: unknown, fill: (part: Json, at: number) => Json) =>
    Array.isArray(list)
      ? list.map((part, at) => (isObject(part) ? filled(part, fill(part, at)) : part))
      : list;
  const walkCache = ({ level }: Json) => ({ levels: [level] });
  whole["tlb"] = each(whole["tlb"], () => ({ entries: null, ways: null }));
  whole["walkCache"] = each(whole["walkCache"], walkCache);
  whole["caches"] = each(whole["caches"], (_, at) => ({ level: at + 1 }));
  whole["regions"] = each(whole["regions"], () => ({ pageSize: whole["pageSize"] }));
  const { nested } = whole;
  if (isObject(nested)) whole["nested"] = { ...nested, walkCache: each(nested["walkCache"], walkCache) };
  return whole;
}

/** A part with what it leaves out. */
function filled(part: Json, defaults: Json): Json {
  const missing = Object.entries(defaults).filter(([key]) => part[key] === undefined);
  return missing.length > 0 ? { ...part, ...Object.fromEntries(missing) } : part;
}

/** What there is none of where addresses are physical. */
const UNTRANSLATED = { tlb: [], walkCache: [], regions: [], prefetch: null, nested: null, asids: null };

function stateWithout(state: unknown): Json {
  return isObject(state) ? { state: { ...state, pageTable: [], tlb: {} } } : {};
}

/** The parts in which the schema found nothing wrong, so that rules about them can be checked as well. @internal */
export function soundParts(whole: Json, issues: readonly v.BaseIssue<unknown>[]): Parts {
  const bad = new Set(
    issues.map(({ path }) =>
      (path ?? [])
        .slice(0, 2)
        .map(({ key }) => String(key))
        .join("."),
    ),
  );
  const under = (key: string) => [...bad].some((path) => path === key || path.startsWith(`${key}.`));
  const sound = <T>(key: string): (T & { at: number })[] =>
    (Array.isArray(whole[key]) && !bad.has(key) ? (whole[key] as T[]) : [])
      .map((part, at) => ({ ...part, at }))
      .filter(({ at }) => !bad.has(`${key}.${at}`));
  const unsound = Object.keys(DEFAULTS).filter((key) => bad.size > 0 && under(key));
  return {
    ...whole,
    ...Object.fromEntries(unsound.map((key) => [key, undefined])),
    tlb: sound("tlb"),
    walkCache: sound("walkCache"),
    caches: sound("caches"),
    regions: sound("regions"),
    allTlbs: !under("tlb"),
  };
}

/** Layers merged as `resolveConfig` does, unchecked. */
export function layered(...layers: readonly (ConfigInput | Json)[]): Json {
  return layers.reduce<Json>((lower, layer) => merge(lower, withNamed(layer as Json)), {});
}

/** A layer in which a heap's policy is not a name alone. */
function withNamed(layer: Json): Json {
  return isObject(layer) && Object.hasOwn(layer, "heap")
    ? { ...layer, heap: withPolicy(layer["heap"]) }
    : layer;
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
      value: isObject(value) && isObject(below) && !isOtherTable(below, value) ? merge(below, value) : value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return merged;
}

/** Page tables of two formats have nothing to be merged. */
function isOtherTable(below: Json, value: Json): boolean {
  return "format" in below && "format" in value && below["format"] !== value["format"];
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function problemOf(issue: v.BaseIssue<unknown>, whole: Json): Problem {
  const keys = (issue.path ?? []).map((item) => item.key as string | number);
  const path = pathOf(keys);
  if (issue.type === "strict_object" && issue.expected === "never") {
    const key = String(keys.at(-1));
    const known = knownKeys(keys.slice(0, -1), whole);
    const guess = nearest(key, known);
    const allowed = guess ? `"${guess}"? Keys here: ${known.join(", ")}` : `one of ${known.join(", ")}`;
    return { path, found: "no such key", allowed };
  }
  const missing = issue.input === undefined;
  return { path, found: missing ? "missing" : show(issue.input), allowed: issue.message };
}

/** The keys that an object of the schema may have, at a path of keys of what was given. */
function knownKeys(keys: readonly (string | number)[], whole: Json): string[] {
  let at: unknown = schema;
  let given: unknown = whole;
  for (const key of keys) {
    const node = unwrapped(at, given);
    at = typeof key === "number" ? node.item : (node.entries?.[key] ?? node.value);
    given = (given as Json | undefined)?.[key];
  }
  return Object.keys(unwrapped(at, given).entries ?? {});
}

interface Node {
  entries?: Json;
  item?: unknown;
  value?: unknown;
  wrapped?: unknown;
  options?: Node[];
}

/** A schema without what is around it: null allowed, a default; of page tables, the one of the format that is given. */
function unwrapped(schema: unknown, given: unknown): Node {
  const node = (schema ?? {}) as Node;
  if (node.wrapped) return unwrapped(node.wrapped, given);
  if (!node.options) return node;
  const format = isObject(given) ? given["format"] : undefined;
  const matches = ({ entries }: Node) =>
    (entries?.["format"] as { literal?: unknown } | undefined)?.literal === format;
  return node.options.find(matches) ?? {};
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

/** @internal */
export function configError(problems: readonly Problem[]): PagewalkError {
  const lines = problems.map(
    ({ path, found, allowed }) => `${path || "the configuration"}: ${found}; want ${allowed}`,
  );
  const first = problems[0]?.path;
  return new PagewalkError("E_CONFIG", lines.join(" | "), first ? { path: first } : {}, lines);
}
