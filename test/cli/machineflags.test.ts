import { describe, expect, test } from "vitest";
import { expectNothing, Folder, pagewalk, runJson, TINY } from "./pagewalk.js";

const folder = new Folder();

describe.concurrent("options that are keys of the configuration", () => {
  test.each<[string, object]>([
    ["--mode supervisor", { mode: "supervisor" }],
    ["--mode user", { mode: "user" }],
    ["--cores 2", { cores: 2 }],
    ["--asids 16", { asids: 16 }],
    ["--asids none", { asids: null }],
    ["--seed 7", { seed: 7 }],
    ["--validate", { validate: true }],
    ["--page-size 2M --mode supervisor --cores 4", { pageSize: "2M", mode: "supervisor", cores: 4 }],
  ])("%s", async (flags, keys) => {
    const { config } = await runJson([...flags.split(" "), TINY]);
    expect(config).toMatchObject(keys);
  });

  test("stand over --config and --set", async () => {
    const path = folder.json("two.json", { cores: 2, asids: 16, validate: true });
    const { config } = await runJson([
      "--config",
      path,
      "--set",
      "cores=3",
      "--cores",
      "4",
      "--asids",
      "none",
      TINY,
    ]);
    expect(config).toMatchObject({ cores: 4, asids: null, validate: true });
  });

  test.each([
    ["--mode", "kernel", "user, supervisor"],
    ["--cores", "0", "want a whole number, 1 or more"],
    ["--cores", "two", "want a whole number, 1 or more"],
    ["--asids", "0", "want a whole number, 1 or more"],
    ["--asids", "all", "or none"],
  ])("%s %s is refused", async (flag, value, said) => {
    expectNothing(await pagewalk(["run", flag, value, TINY]), 2, "E_OPTION", flag, said);
  });
});
