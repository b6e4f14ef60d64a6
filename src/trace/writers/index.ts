import { nearest } from "../../config/nearest.js";
import { PagewalkError, quote } from "../../errors.js";
import type { OutputFormat } from "../writer.js";
import { csvOutput } from "./csv.js";
import { dinOutput } from "./din.js";
import { lackeyOutput } from "./lackey.js";
import { nativeOutput } from "./native.js";
import { repOutput } from "./rep.js";
import { scenarioOutput } from "./scenario.js";

/** The formats that can be written. */
export const OUTPUTS: readonly OutputFormat[] = [
  nativeOutput,
  lackeyOutput,
  scenarioOutput,
  dinOutput,
  csvOutput,
  repOutput,
];

/** Compressions that can be put around them, by the end of a file's name. */
export const WRAPPERS = { ".gz": "gzip", ".zst": "zstd" } as const;
export type Wrapper = (typeof WRAPPERS)[keyof typeof WRAPPERS];

/** What to write, by the file's name. `to` overrides its format, not its compression. @throws PagewalkError `E_OPTION` */
export function outputOf(path: string, to: string | undefined): { format: OutputFormat; wrapper?: Wrapper } {
  const [, stem = path, end] = /^(.*)(\.gz|\.zst)$/i.exec(path) ?? [];
  const wrapper = end === undefined ? {} : { wrapper: WRAPPERS[end.toLowerCase() as keyof typeof WRAPPERS] };
  if (to !== undefined) return { format: outputNamed(to), ...wrapper };
  const format = OUTPUTS.find(({ extensions }) =>
    extensions.some((each) => stem.toLowerCase().endsWith(each)),
  );
  if (format) return { format, ...wrapper };
  const known = OUTPUTS.flatMap(({ extensions }) => extensions).join(" ");
  const why =
    path === "-" ? "standard output has no name that tells its format" : `${path}: its name tells no format`;
  throw new PagewalkError(
    "E_OPTION",
    `${why}; want one that ends in ${known} (then .gz or .zst), or --to FORMAT`,
  );
}

/** @throws PagewalkError `E_OPTION` for no such name */
export function outputNamed(name: string): OutputFormat {
  const names = OUTPUTS.map((format) => format.name);
  const format = OUTPUTS.find(
    (format) => format.name === name || (name === "native" && format === nativeOutput),
  );
  if (format) return format;
  const guess = nearest(name, names);
  const hint = guess ? `; did you mean ${guess}?` : "";
  throw new PagewalkError(
    "E_OPTION",
    `no format ${quote(name)} to write${hint} (formats: ${names.join(", ")})`,
  );
}
