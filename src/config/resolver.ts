import * as v from "valibot";
import { deepFreeze } from "../freeze.js";
import { shapeOf } from "./formats.js";
import { type Config, DEFAULTS, type PageTableConfig } from "./model.js";
import { completed, concluded, configError, resolveConfig, soundParts } from "./resolve.js";
import { pageTableProblems, RULES } from "./rules/index.js";
import { itemSchemas, schema } from "./schema.js";

type Json = Record<string, unknown>;
type Shape = ReturnType<typeof shapeOf>;

/** What came of the values of a key: of objects by themselves and by their JSON, and of others. */
interface Known {
  same: WeakMap<object, unknown>;
  equal: Map<string, unknown>;
  plain: Map<unknown, unknown>;
}

const KEYS = Object.entries<v.GenericSchema>(schema.entries);

/** Items that any list may have. */
const SHORT = 9;

/**
 * Resolves many configurations that have parts in common, as `resolveConfig` does each: a part that several share is
 * checked and frozen once, and they share what came of it.
 */
export class Resolver {
  private readonly sound = new Map<string, Known>();
  private readonly shapes = new WeakMap<PageTableConfig, Shape | null>();

  /** @throws PagewalkError `E_CONFIG` with every problem at once */
  resolve(config: Json): Config {
    const whole = this.soundWhole(config);
    const shape = whole && this.shapeOf(whole["pageTable"] as PageTableConfig);
    // What is wrong by itself, has keys left out, or has no translation is for the whole way.
    if (!whole || !shape || whole["translation"] === "none") return resolveConfig(config);
    const complete = completed(whole);
    const parts = { ...soundParts(complete, []), shape };
    const problems = RULES.flatMap((rule) => rule(parts));
    if (problems.length > 0) throw configError(problems);
    return deepFreeze(concluded(complete));
  }

  /** Every key's value as the schema makes it; undefined where something is wrong with one, or left out. */
  private soundWhole(config: Json): Json | undefined {
    if (Object.keys(config).some((key) => !Object.hasOwn(schema.entries, key))) return undefined;
    const whole: Json = {};
    for (const [key, shape] of KEYS) {
      if (!Object.hasOwn(config, key) && !Object.hasOwn(DEFAULTS, key)) continue;
      const value = this.soundKey(key, shape, config[key]);
      if (value === undefined) return undefined;
      whole[key] = value;
    }
    return whole;
  }

  private soundKey(key: string, shape: v.GenericSchema, value: unknown): unknown {
    const item = itemSchemas[key as keyof typeof itemSchemas];
    if (!item) return hasAll(key, value) ? this.soundPart(key, shape, value) : undefined;
    if (!Array.isArray(value) || value.length > SHORT) return undefined;
    const items = value.map((part) => this.soundPart(key, item, part));
    return items.includes(undefined) ? undefined : items;
  }

  private soundPart(key: string, shape: v.GenericSchema, part: unknown): unknown {
    const known = this.sound.get(key) ?? { same: new WeakMap(), equal: new Map(), plain: new Map() };
    this.sound.set(key, known);
    if (typeof part !== "object" || part === null) {
      if (!known.plain.has(part)) known.plain.set(part, checked(shape, part));
      return known.plain.get(part);
    }
    const same = known.same.get(part);
    if (same) return same;
    const text = JSON.stringify(part);
    if (!known.equal.has(text)) known.equal.set(text, deepFreeze(checked(shape, part)));
    const sound = known.equal.get(text);
    known.same.set(part, sound);
    return sound;
  }

  private shapeOf(table: PageTableConfig): Shape | null {
    const known = this.shapes.get(table);
    if (known !== undefined) return known;
    const shape = pageTableProblems(table).length > 0 ? null : shapeOf(table);
    this.shapes.set(table, shape);
    return shape;
  }
}

/** What the schema makes of a value; undefined where something is wrong with it. */
function checked(shape: v.GenericSchema, value: unknown): unknown {
  const { success, output } = v.safeParse(shape, value);
  return success ? output : undefined;
}

/** Whether nothing is left out of a part that has defaults key by key. */
function hasAll(key: string, value: unknown): boolean {
  const defaults: unknown = DEFAULTS[key as keyof typeof DEFAULTS];
  if (typeof defaults !== "object" || defaults === null || typeof value !== "object" || value === null)
    return true;
  return Object.keys(defaults).every((part) => Object.hasOwn(value, part));
}
