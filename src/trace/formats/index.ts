import { nearest } from "../../config/nearest.js";
import { PagewalkError, quote } from "../../errors.js";
import type { Format } from "../format.js";
import { champsim } from "./champsim.js";
import { cloudsuite } from "./cloudsuite.js";
import { csv } from "./csv.js";
import { type CustomFormat, customFormat } from "./custom.js";
import { din } from "./din.js";
import { drmemtrace } from "./drmemtrace.js";
import { gem5 } from "./gem5.js";
import { heaptrack } from "./heaptrack.js";
import { lackey } from "./lackey.js";
import { ltrace } from "./ltrace.js";
import { maps } from "./maps.js";
import { memcheck } from "./memcheck.js";
import { mtrace } from "./mtrace.js";
import { native } from "./native.js";
import { oracleGeneral } from "./oraclegeneral.js";
import { perf } from "./perf.js";
import { pinatrace } from "./pinatrace.js";
import { rep } from "./rep.js";
import { rw } from "./rw.js";
import { scenario } from "./scenario.js";
import { strace } from "./strace.js";

/**
 * The formats that come with pagewalk, in the order in which they are tried: text, what has a magic, and what only looks likely, in
 * each of which the more demanding comes first. @internal
 */
export const FORMATS: readonly Format[] = [
  native,
  rep,
  mtrace,
  memcheck,
  heaptrack,
  maps,
  perf,
  ltrace,
  strace,
  csv,
  scenario,
  lackey,
  pinatrace,
  din,
  rw,
  drmemtrace,
  gem5,
  oracleGeneral,
  champsim,
  cloudsuite,
];

/** The one thing that the package keeps for a whole process: the formats that its user has added. */
const registered: Format[] = [];

/** All formats, those that were registered first. @internal */
export function formats(): readonly Format[] {
  return [...registered, ...FORMATS];
}

/**
 * Adds a format, which is tried before those that come with pagewalk.
 *
 * @returns what takes it out again
 * @throws PagewalkError `E_OPTION` if there is one of that name
 */
export function registerFormat(format: CustomFormat): () => void {
  if (formats().some(({ name }) => name === format.name)) {
    throw new PagewalkError("E_OPTION", `a format ${quote(format.name)} is there already`);
  }
  const added = customFormat(format);
  registered.push(added);
  return () => {
    registered.splice(registered.indexOf(added), 1);
  };
}

/** @throws PagewalkError `E_OPTION` for no such name @internal */
export function formatNamed(name: string): Format {
  const names = formats().map((format) => format.name);
  const format = formats().find((format) => format.name === name);
  if (format) return format;
  const guess = nearest(name, names);
  const hint = guess ? `; did you mean ${guess}?` : "";
  throw new PagewalkError("E_OPTION", `no format ${quote(name)}${hint} (formats: ${names.join(", ")})`);
}
