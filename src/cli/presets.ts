import type { Command } from "commander";
import { DEFAULT_PRESET } from "../config/model.js";
import { presets } from "../config/presets/index.js";
import { presetNamed, resolveConfig } from "../config/resolve.js";
import { json } from "../report/json.js";
import { examples } from "./examples.js";
import { EXIT } from "./exit.js";
import { print } from "./output.js";

export function addPresets(program: Command, done: (code: number) => void): void {
  program
    .command("presets")
    .description("List the machines that come with pagewalk, or print one as a whole configuration.")
    .argument("[name]", "the machine to print, as JSON with a source for each number")
    .option("--json", "the list as JSON")
    .addHelpText(
      "after",
      examples(
        ["pagewalk presets", "the list"],
        ["pagewalk presets amd-zen4", "one machine, with its sources"],
        ["pagewalk presets csapp-i7 > my.json; pagewalk run --config my.json TRACE", "a machine of your own"],
      ),
    )
    .action(async (name: string | undefined, flags: { json?: boolean }) => {
      await print(name === undefined ? await list(flags.json ?? false) : json(whole(name)));
      done(EXIT.done);
    });
}

/** A preset with every key present. */
function whole(name: string): object {
  const preset = presetNamed(name);
  const { description, sources } = preset;
  return { name, description, ...resolveConfig(preset), sources };
}

async function list(asJson: boolean): Promise<string> {
  const rows = Object.entries(presets).map(([name, { description = "" }]) => ({ name, description }));
  if (asJson) return json(rows.map((row) => ({ ...row, default: row.name === DEFAULT_PRESET })));
  const { pairs } = await import("../report/format.js");
  return pairs(
    rows.map(({ name, description }) => [
      name,
      name === DEFAULT_PRESET ? `${description} (the default)` : description,
    ]),
  );
}
