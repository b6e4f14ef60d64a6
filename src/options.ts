import { nearest } from "./config/nearest.js";
import { PagewalkError, quote } from "./errors.js";

/** What an option may be, in words, and whether a value is. */
export interface Wanted {
  want: string;
  is(value: unknown): boolean;
}

export const YES_OR_NO: Wanted = { want: "true or false", is: (value) => typeof value === "boolean" };

/**
 * Looks at options that a program gave; one that is undefined is as one that is not there.
 *
 * @param what whose they are, as errors begin
 * @throws PagewalkError `E_OPTION` for what is no object, an option that there is not, and a value that it may not have
 * @internal
 */
export function checkOptions(what: string, options: unknown, wanted: Readonly<Record<string, Wanted>>): void {
  for (const [name, value] of namedOptions(what, options, Object.keys(wanted))) {
    const known = wanted[name];
    if (value === undefined || !known || known.is(value)) continue;
    throw new PagewalkError("E_OPTION", `${what}: ${name}: ${shown(value)}; want ${known.want}`);
  }
}

/** The options by name. @throws PagewalkError `E_OPTION` for what is no object, and an option that there is not @internal */
export function namedOptions(what: string, options: unknown, names: readonly string[]): [string, unknown][] {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new PagewalkError(
      "E_OPTION",
      `${what}: ${shown(options)}; want an object of options: ${names.join(", ")}`,
    );
  }
  const other = Object.keys(options).find((name) => !names.includes(name));
  if (other === undefined) return Object.entries(options);
  const guess = nearest(other, names);
  const hint = guess ? `; did you mean ${guess}?` : "";
  throw new PagewalkError(
    "E_OPTION",
    `${what}: no option ${quote(other)}${hint} (options: ${names.join(", ")})`,
  );
}

function shown(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "an array" : "an object";
}
