import { execFileSync } from "node:child_process";
import { utimesSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import type { CheckResult } from "../../src/check/check.js";
import { Folder, pagewalk } from "../cli/pagewalk.js";
import { Capturing } from "./capture.js";
import { CHILD, CLEAN, ERRORS, FREES, LEAKS, NEWS } from "./checked.js";
import { leftOver, memcheck } from "./memcheck.js";
import { build } from "./programs.js";

const folder = new Folder();

/** Captures a program with its allocations, and checks the trace. */
async function checked(name: string, program: string, ...flags: string[]) {
  const capturing = new Capturing(folder, name);
  await capturing.run(["--heap", "--quiet", ...flags], [program]);
  const { code, stdout, stderr } = await pagewalk(["check", "--json", capturing.out]);
  expect(stderr).toBe("");
  return { code, trace: capturing.out, result: JSON.parse(stdout) as CheckResult };
}

/** A place in a source file by its line; others as they are. */
function lineIn(place: string | null, source: string): string {
  const [, file = "", line = ""] = /^(.*):(\d+)$/.exec(place ?? "") ?? [];
  return basename(file) === source ? line : String(place);
}

/** Findings as `memcheck` has them. */
function errorsOf({ errors }: CheckResult, source: string): string[] {
  const each = errors.map(({ kind, access, allocated, freed, message }) => {
    const what = /free$/.test(kind) ? "free" : / store /.test(` ${message}`) ? "write" : "read";
    const places = [access, allocated, ...(freed === null ? [] : [freed])];
    return [what, ...places.map((place) => lineIn(place, source))].join(" ");
  });
  return [...new Set(each)].sort();
}

function leftOf({ leaks }: CheckResult, source: string): string[] {
  return (leaks?.sites ?? []).map((site) => leftOver(Number(lineIn(site.at, source)), site)).sort();
}

describe("a captured program", () => {
  test("with three leaks and a use after free: file and line of all four", async () => {
    const { code, trace, result } = await checked("leaks", build(folder, "leaks", LEAKS));
    expect(code).toBe(1);
    const source = folder.at("leaks.c");
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toMatchObject({
      kind: "use-after-free-read",
      size: 4,
      block: { size: 40, where: "inside", offset: 8 },
      access: `${source}:25`,
      allocated: `${source}:22`,
      freed: `${source}:24`,
      count: 1,
    });
    expect(result.leaks).toMatchObject({ basis: "never-freed", definite: { bytes: 97, blocks: 5 } });
    expect(result.leaks?.sites).toEqual([
      { at: `${source}:11`, kind: "definite", bytes: 48, blocks: 3 },
      { at: `${source}:20`, kind: "definite", bytes: 40, blocks: 1 },
      { at: `${source}:6`, kind: "definite", bytes: 9, blocks: 1 },
    ]);
    const { stdout } = await pagewalk(["check", trace]);
    expect(stdout).toContain(
      `    at ${source}:25\n    allocated at ${source}:22\n    freed at ${source}:24\n`,
    );
    const classic = await pagewalk(["check", "--format", "classic", trace]);
    expect(classic.stdout.split("\n").filter((line) => line.endsWith("leaks.c:11"))).toHaveLength(3);
  });

  test("has the errors that memcheck finds, at the same lines", async () => {
    const program = build(folder, "errors", ERRORS);
    const { result } = await checked("errors", program);
    const expected = memcheck(program, "errors.c", folder.at("errors.xml"));
    expect(expected.errors.length).toBeGreaterThan(15);
    expect(errorsOf(result, "errors.c")).toEqual(expected.errors);
    expect(leftOf(result, "errors.c")).toEqual(expected.left);
    expect(result.errors.filter(({ within }) => within?.startsWith("libc.so.6+0x")).length).toBeGreaterThan(
      5,
    );
  });

  test("that is right has none, whatever libc does", async () => {
    const program = build(folder, "clean", CLEAN);
    // Memcheck takes what functions of wide characters load for errors.
    expect(memcheck(program, "clean.c", folder.at("clean.xml")).left).toEqual([]);
    const { code, trace, result } = await checked("clean", program);
    expect(result.errors).toEqual([]);
    expect(code).toBe(0);
    expect(result.leaks?.definite).toEqual({ bytes: 0, blocks: 0 });
    expect(result.leaks?.sites).toEqual([]);
    expect(result.events["allocator unmap"]).toBeGreaterThan(1);
    const shown = await pagewalk(["check", "--json", "--show-reachable", trace]);
    const sites = (JSON.parse(shown.stdout) as CheckResult).leaks?.sites ?? [];
    expect(sites.filter(({ kind }) => kind !== "runtime")).toEqual([]);
    expect(sites.length).toBeGreaterThan(0);
  });

  test("in C++, with new and delete", async () => {
    folder.put("news.cpp", NEWS);
    execFileSync("g++", ["-g", "-O0", "-w", "-o", "news", "news.cpp"], { cwd: folder.path });
    const { result } = await checked("news", folder.at("news"));
    const at = (place: string | null) => place?.replace(/^.*\//, "");
    expect(
      result.errors.map(({ kind, access, allocated }) => [
        kind,
        at(access),
        at(allocated)?.replace(/:\d+$/, ""),
      ]),
    ).toEqual([
      ["use-after-free-read", "news.cpp:29", "news.cpp"],
      ["invalid-write", "news.cpp:31", "news.cpp"],
      ["use-after-free-read", "news.cpp:34", "new_allocator.h"],
    ]);
    const { left } = memcheck(folder.at("news"), "news.cpp", folder.at("news.xml"));
    expect(left).toEqual(["25: 100 in 1", "26: 16 in 1"]);
    expect(leftOf(result, "news.cpp")).toEqual(left);
  });

  test.each(Object.entries(FREES))("that ends in a %s", async (kind, source) => {
    const program = build(folder, kind, source);
    const { code, result } = await checked(kind, program);
    expect(code).toBe(1);
    expect(result.errors.map((error) => error.kind)).toEqual([kind]);
    const { errors } = memcheck(program, `${kind}.c`, folder.at(`${kind}.xml`));
    expect(errorsOf(result, `${kind}.c`)).toEqual(errors);
  });

  test("and its child each have their own heap, with --children", async () => {
    const { result } = await checked("child", build(folder, "child", CHILD), "--children");
    expect(errorsOf(result, "child.c")).toEqual(["read 9 6 7"]);
    expect(result.leaks?.definite).toEqual({ bytes: 0, blocks: 0 });
  });

  test("that was built anew since: lines of accesses are not told", async () => {
    const program = build(folder, "anew", LEAKS);
    const { trace } = await checked("anew", program);
    const later = new Date(Date.now() + 60_000);
    utimesSync(program, later, later);
    const { stdout } = await pagewalk(["check", "--json", trace]);
    const result = JSON.parse(stdout) as CheckResult;
    expect(result.errors.map(({ access }) => access)).toEqual([expect.stringMatching(/^anew\+0x[0-9a-f]+$/)]);
    expect(result.errors.map(({ freed }) => freed)).toEqual([`${folder.at("anew.c")}:24`]);
    expect(result.notes).toContain(
      `${program} is newer than the trace: lines of accesses in it are not told`,
    );
  });

  test("without debug information: modules and offsets", async () => {
    const { result } = await checked("bare", build(folder, "bare", LEAKS, "-s"));
    const [error] = result.errors;
    for (const place of [error?.access, error?.allocated, error?.freed])
      expect(place).toMatch(/^bare\+0x[0-9a-f]+$/);
    expect(result.leaks?.definite).toEqual({ bytes: 97, blocks: 5 });
  });
});
