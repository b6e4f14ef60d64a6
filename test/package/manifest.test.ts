import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SCHEMA, VERSION } from "../../src/version.js";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const manifest = JSON.parse(read("package.json"));
const lock = JSON.parse(read("package-lock.json"));

test("says what the package is", () => {
  expect(manifest).toMatchObject({
    name: "pagewalk",
    type: "module",
    license: "MIT",
    sideEffects: false,
    engines: { node: expect.stringMatching(/^>=20/) },
    bin: { pagewalk: "dist/cli/main.js" },
  });
  expect(manifest.private).toBeUndefined();
  expect(manifest.description).toEqual(expect.any(String));
});

test("has the version that the program prints", () => {
  expect(VERSION).toBe(manifest.version);
  expect(VERSION).toMatch(/^\d+\.\d+\.\d+$/);
  expect(SCHEMA).toBe(1);
  expect(lock.version).toBe(manifest.version);
});

test("has the licence that it names", () => {
  expect(existsSync(new URL("LICENSE", root))).toBe(true);
  expect(read("LICENSE")).toContain("MIT");
});

test("names its types before anything else", () => {
  expect(Object.keys(manifest.exports["."])[0]).toBe("types");
  expect(manifest.types).toBe(manifest.exports["."].types);
});

const named: string[] = [
  ...Object.values<string | Record<string, string>>(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target),
  ),
  ...Object.values<string>(manifest.bin),
  ...manifest.files.filter((path: string) => !path.startsWith("!")),
];

test.each([...new Set(named.map((path) => path.replace(/^\.\//, "")))])("names %s, which exists", (path) => {
  expect(existsSync(new URL(path, root))).toBe(true);
});

test("has a program that a shell can start", () => {
  expect(read(manifest.bin.pagewalk)).toMatch(/^#!\/usr\/bin\/env node\n/);
});

describe.each(["dependencies", "devDependencies"])("%s", (group) => {
  test.each(Object.entries<string>(manifest[group]))("%s is pinned: %s", (name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(lock.packages[`node_modules/${name}`].version).toBe(version);
  });
});
