// The scenarios of traces/errors, one for each classic error: what each is to come to, exactly.

import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { check } from "../../../src/check/check.js";
import { openTrace } from "../../../src/trace/trace.js";
import { BUILDS, buildOf } from "../../builds.js";
import { brief } from "./text.js";

const FOLDER = new URL("../../../traces/errors/", import.meta.url).pathname;

type Found = ReturnType<typeof brief>[number];

function found(kind: string, fields: Partial<Found>): Found {
  return {
    kind: kind as Found["kind"],
    size: 4,
    va: null,
    block: null,
    places: [null, null, null],
    count: 1,
    ...fields,
  };
}

const ERRORS: Record<string, Found[]> = {
  "bad-pointer": [found("unmapped", { va: "0x2a", places: ["age.c:6", null, null] })],
  "uninitialised-read": [
    found("uninitialised-read", {
      size: 8,
      va: "0x100000000010",
      block: "0 inside 16",
      places: ["rows.c:9", "rows.c:6", null],
      count: 2,
    }),
  ],
  "stack-overflow": [
    found("stack-overflow", {
      size: 8,
      va: "0x4001ffffefc0",
      block: "0 after 16",
      places: ["greet.c:5", "greet.c:3", null],
    }),
  ],
  "wrong-element-size": [
    found("invalid-write", {
      size: 8,
      va: "0x100000000018",
      block: "8 inside 12",
      places: ["rows.c:8", "rows.c:6", null],
      count: 2,
    }),
  ],
  "off-by-one": [
    found("invalid-write", {
      va: "0x10000000001c",
      block: "0 after 12",
      places: ["squares.c:8", "squares.c:6", null],
    }),
  ],
  "pointer-not-object": [
    found("invalid-read", {
      va: "0x10000000000c",
      block: "4 before 4",
      places: ["drain.c:5", "main.c:9", null],
    }),
  ],
  "pointer-arithmetic": [
    found("invalid-read", {
      va: "0x100000000030",
      block: "12 after 20",
      places: ["find.c:5", "main.c:8", null],
    }),
  ],
  "returned-local": [
    found("dead-frame", {
      va: "0x4001ffffefbc",
      block: "12 inside 16",
      places: ["main.c:7", "next.c:3", "next.c:6"],
    }),
  ],
  "use-after-free": [
    found("use-after-free-read", {
      va: "0x100000000010",
      block: "0 inside 40",
      places: ["names.c:14", "names.c:4", "names.c:8"],
    }),
    found("use-after-free-write", {
      va: "0x100000000010",
      block: "0 inside 40",
      places: ["names.c:14", "names.c:4", "names.c:8"],
    }),
  ],
  leak: [],
  clean: [],
};

const NOTHING = { bytes: 0, blocks: 0 };

test("every scenario of the folder is here", () => {
  const names = readdirSync(FOLDER).map((name) => name.replace(/\.scenario$/, ""));
  expect(names.sort()).toEqual(Object.keys(ERRORS).sort());
});

describe.each(BUILDS)("with the %s core", (build) => {
  test.each(Object.entries(ERRORS))("%s comes to this", async (name, errors) => {
    const module = await buildOf(build);
    const result = await check(openTrace(`${FOLDER}${name}.scenario`), { module });
    expect(brief(result)).toEqual(errors);
    expect(result.expect?.failed ?? []).toEqual([]);
    expect(result.notes).toEqual([]);
    if (name !== "leak")
      expect(result.leaks).toMatchObject({ definite: NOTHING, indirect: NOTHING, sites: [] });
  });

  test("leak names the place of the list, and what hangs on it", async () => {
    const module = await buildOf(build);
    const { leaks } = await check(openTrace(`${FOLDER}leak.scenario`), { module });
    expect(leaks).toEqual({
      basis: "pointers",
      areErrors: true,
      definite: { bytes: 16, blocks: 1 },
      indirect: { bytes: 16, blocks: 1 },
      possible: NOTHING,
      reachable: NOTHING,
      runtime: NOTHING,
      sites: [
        { at: "list.c:9", kind: "definite", bytes: 16, blocks: 1 },
        { at: "list.c:10", kind: "indirect", bytes: 16, blocks: 1 },
      ],
    });
  });
});
