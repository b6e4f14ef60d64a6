import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ConfigInput } from "../../src/config/model.js";
import { Machine } from "../../src/engine/machine.js";
import { replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { BUILDS, buildOf } from "../builds.js";
import { readLackey } from "../oracle/lackey.js";
import { Oracle } from "../oracle/machine.js";
import { goldenScenarios } from "./scenarios.js";

// A folder is a case: trace.lackey, config.json (over the defaults), and the part of the result that the
// case is about in expected.json, worked out by hand. A trace.scenario says itself what it expects.

const here = new URL(".", import.meta.url);
const cases = readdirSync(here, { withFileTypes: true }).filter(
  (entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/trace.lackey`, here)),
);
const json = (url: URL) => JSON.parse(readFileSync(url, "utf8"));

describe.each(BUILDS)("the %s core", (build) => {
  test.each(cases.map(({ name }) => name))("%s", async (name) => {
    const folder = new URL(`${name}/`, here);
    const config: ConfigInput = existsSync(new URL("config.json", folder))
      ? json(new URL("config.json", folder))
      : {};
    const machine = await Machine.create(config, { module: await buildOf(build) });
    const text = readFileSync(new URL("trace.lackey", folder));
    const result = await replay(machine, openTrace(text));
    expect(result).toMatchObject(json(new URL("expected.json", folder)));

    const oracle = new Oracle(machine.config);
    oracle.replay(readLackey(text.toString("latin1")).records);
    expect(machine.stats()).toEqual(oracle.stats());
  });

  test.each(goldenScenarios())("$name", async ({ text, config, expected }) => {
    const machine = await Machine.create(config, { module: await buildOf(build) });
    const result = await replay(machine, openTrace(Buffer.from(text)));
    expect(result.expect?.failed).toEqual([]);
    expect(result.expect?.checked).toBeGreaterThan(0);
    expect(result).toMatchObject(expected);
  });
});
