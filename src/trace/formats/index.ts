import { nearest } from "../../config/nearest.js";
import { PagewalkError, quote } from "../../errors.js";
import type { Format } from "../format.js";
import { champsim } from "./champsim.js";
import { din } from "./din.js";
import { lackey } from "./lackey.js";
import { native } from "./native.js";
import { pinatrace } from "./pinatrace.js";
import { rw } from "./rw.js";
import { scenario } from "./scenario.js";

/** The formats, in the order in which they are tried. */
export const FORMATS: readonly Format[] = [native, scenario, lackey, pinatrace, din, rw, champsim];

/** @throws PagewalkError `E_OPTION` for no such name */
export function formatNamed(name: string): Format {
  const names = FORMATS.map((format) => format.name);
  const format = FORMATS.find((format) => format.name === name);
  if (format) return format;
  const guess = nearest(name, names);
  const hint = guess ? `; did you mean ${guess}?` : "";
  throw new PagewalkError("E_OPTION", `no format ${quote(name)}${hint} (formats: ${names.join(", ")})`);
}
