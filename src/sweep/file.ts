import * as v from "valibot";
import { nearest } from "../config/nearest.js";
import { PagewalkError, quote } from "../errors.js";
import type { Axis, CellChoice } from "./model.js";

/** A sweep as a file has it: what `sweep` takes, with axes as texts or lists. */
export type SweepFile = Pick<CellChoice, "zip" | "constraints" | "config" | "preset"> & {
  axes?: Record<string, string | Axis["values"]>;
};

const AXES = 'an object of axes, each a list or a text, as in { "l1d.entries": "16..64*2" }';
const AXIS = "a list of values, or a text of values and ranges";
const ZIP = 'a list of lists of axes, as in [["l1d.entries", "l1d.ways"]]';
const CONSTRAINTS = 'a list of conditions, as in ["l1d.ways <= 8"]';

/** What is no list. */
const object = (message: string) =>
  v.custom<Record<string, unknown>>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    message,
  );

const entries = {
  axes: v.pipe(object(AXES), v.record(v.string(), v.union([v.string(), v.array(v.any())], AXIS), AXES)),
  zip: v.array(v.array(v.string(ZIP), ZIP), ZIP),
  constraints: v.array(v.string(CONSTRAINTS), CONSTRAINTS),
  config: object("an object, as --config takes it"),
  preset: v.string("the name of a preset"),
};

const WHOLE = `an object { ${Object.keys(entries).join(", ")} }`;
const schema = v.pipe(object(WHOLE), v.partial(v.strictObject(entries, WHOLE)));

/** @param name the file's, for errors. @throws PagewalkError `E_OPTION` with everything that is wrong with its shape */
export function readSweepFile(value: unknown, name: string): SweepFile {
  const { success, output, issues } = v.safeParse(schema, value);
  if (success) return output as SweepFile;
  const problems = issues.map(problemOf);
  throw new PagewalkError("E_OPTION", `${name}: ${problems.join("; ")}`, { file: name }, problems);
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  const keys = (issue.path ?? []).map(({ key }) => String(key));
  const path = keys.join(".");
  if (issue.expected === "never") {
    const guess = nearest(path, Object.keys(entries));
    const hint = guess ? `did you mean ${guess}?` : `keys: ${Object.keys(entries).join(", ")}`;
    return `${quote(path)}: no such key; ${hint}`;
  }
  const found = quote(JSON.stringify(issue.input) ?? String(issue.input)).slice(1, -1);
  return `${path ? `${path}: ` : ""}${found}; want ${issue.message}`;
}
