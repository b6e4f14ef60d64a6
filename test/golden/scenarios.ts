import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { ConfigInput } from "../../src/config/model.js";

const here = new URL(".", import.meta.url);

/** A folder with a scenario that says what it expects; counts that it should come to, where it is about them. */
export interface GoldenScenario {
  name: string;
  text: string;
  config: ConfigInput;
  expected: object;
}

export function goldenScenarios(): GoldenScenario[] {
  const folders = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .map(({ name }) => ({ name, folder: new URL(`${name}/`, here) }))
    .filter(({ folder }) => existsSync(new URL("trace.scenario", folder)))
    .map(({ name, folder }) => ({
      name,
      text: readFileSync(new URL("trace.scenario", folder), "utf8"),
      config: json(new URL("config.json", folder)),
      expected: json(new URL("expected.json", folder)),
    }));
}

function json(url: URL): object {
  return existsSync(url) ? JSON.parse(readFileSync(url, "utf8")) : {};
}
