import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Folder, infoJson, pagewalk } from "../cli/pagewalk.js";
import { Capturing, callsIn, faultsOf, numbered } from "./capture.js";
import { build, CALLED, CALLS, FORKS, MANY, THREADS } from "./programs.js";

const folder = new Folder();
const calls = build(folder, "calls", CALLS);
const threads = build(folder, "threads", THREADS);
const forks = build(folder, "forks", FORKS);

describe.each(["--heap", "--heap-only"])("allocations, with %s", (flag) => {
  const name = (test: string) => `${test}${flag}`;

  test("have their places, in order", async () => {
    const capturing = new Capturing(folder, name("calls"));
    const outcome = await capturing.run([flag], [calls]);
    expect(outcome.code).toBe(3);
    expect(outcome.stderr).toContain("1 allocation gave NULL");
    expect(numbered(callsIn(await capturing.events(), "calls.c"))).toEqual(CALLED);
    capturing.expectTidy();
  });

  test("of threads keep account", async () => {
    const capturing = new Capturing(folder, name("threads"));
    expect((await capturing.run(["--quiet", flag], [threads])).code).toBe(0);
    const events = (await capturing.events()).filter((line) => !line.startsWith("switch"));
    expect(callsIn(events, "threads.c").filter((line) => line.startsWith("malloc"))).toHaveLength(800);
    expect(callsIn(events, "threads.c").filter((line) => line.startsWith("realloc"))).toHaveLength(800);
    expect(callsIn(events, "threads.c").filter((line) => line.startsWith("free"))).toHaveLength(800);
    expect(faultsOf(events)).toEqual([]);
  });

  test("of a child are left out", async () => {
    const capturing = new Capturing(folder, name("fork"));
    expect((await capturing.run(["--quiet", flag], [forks])).code).toBe(0);
    expect(numbered(callsIn(await capturing.events(), "forks.c"))).toEqual([
      "malloc #1 11 at forks.c:5",
      "free #1 at forks.c:13",
      "malloc #2 33 at forks.c:14",
      "free #2 at forks.c:14",
    ]);
  });

  test("of a child are its own, with --children", async () => {
    const capturing = new Capturing(folder, name("children"));
    expect((await capturing.run(["--quiet", flag, "--children"], [forks])).code).toBe(0);
    const events = await capturing.events();
    const [first = ""] = events;
    const parent = first.split(" ")[1];
    const child = events.find((line) => line.startsWith("fork "))?.split(" ")[1];
    let running = "";
    const own: Record<string, string[]> = {};
    for (const line of events) {
      const [what, process = ""] = line.split(" ");
      if (what === "switch") running = process;
      else if (line.includes("/forks.c:"))
        own[running] = [...(own[running] ?? []), line.replace(/0x\S+ ?/, "")];
    }
    const place = (line: string) => line.replace(/at .*\//, "at ");
    expect(own[parent ?? ""]?.map(place)).toEqual([
      "malloc 11 at forks.c:5",
      "free at forks.c:13",
      "malloc 33 at forks.c:14",
      "free at forks.c:14",
    ]);
    expect(own[child ?? ""]?.map(place)).toEqual([
      "malloc 22 at forks.c:7",
      "free at forks.c:8",
      "free at forks.c:9",
    ]);
    capturing.expectTidy();
  });

  test("in a module without debug information are told by it", async () => {
    const bare = build(folder, `bare${flag}`, CALLS, "-s");
    const capturing = new Capturing(folder, name("bare"));
    await capturing.run(["--quiet", flag], [bare]);
    const places = (await capturing.events()).filter((line) => line.includes(`at bare${flag}+0x`));
    expect(places).toHaveLength(CALLED.length);
  });
});

test("allocations faster than they are read are all there", async () => {
  const many = build(folder, "many", MANY);
  const capturing = new Capturing(folder, "many");
  expect((await capturing.run(["--quiet", "--heap-only"], [many])).code).toBe(0);
  const events = (await capturing.events()).filter((line) => !line.startsWith("switch"));
  const own = callsIn(events, "many.c");
  expect(own.filter((line) => line.startsWith("malloc"))).toHaveLength(600_000);
  expect(own.filter((line) => line.startsWith("free"))).toHaveLength(599_000);
  expect(own.filter((line) => /^malloc \S+ 299 /.test(line))).toHaveLength(2_000);
  expect(faultsOf(events)).toEqual([]);
  capturing.expectTidy();
});

test("nothing of the recorder is among the accesses", async () => {
  const capturing = new Capturing(folder, "inside");
  await capturing.run(["--quiet", "--heap"], [calls]);
  const { stdout } = await pagewalk(["convert", capturing.out, "-", "--to", "scenario"]);
  const lines = stdout.split("\n");
  const text = lines.find((line) => /^region .* rx .*recorder-/.test(line))?.split(" ") ?? [];
  const [from, length] = [Number(text[1]), Number(text[2])];
  expect(length).toBeGreaterThan(0);
  const start = lines.findIndex((line) => line.includes("calls.c:8"));
  const end = lines.findIndex((line) => line.includes("calls.c:22"));
  const fetches = lines.slice(start, end).filter((line) => line.startsWith("I "));
  expect(fetches.length).toBeGreaterThan(100);
  const inside = fetches.filter((line) => {
    const address = Number(line.slice(2).split(",")[0]);
    return address >= from && address < from + length;
  });
  expect(inside).toEqual([]);
});

test("operators new and delete are told by their callers", async () => {
  const source = `#include <new>
struct alignas(64) Wide { char bytes[64]; };
int main() {
  int *one = new int;
  int *many = new int[10];
  delete one;
  delete[] many;
  Wide *wide = new Wide;
  delete wide;
  try {
    volatile unsigned long huge = 1ul << 60;
    delete[] new char[huge];
  } catch (std::bad_alloc &) {
  }
  return *new (std::nothrow) int(5);
}
`;
  folder.put("news.cpp", source);
  const args = ["-g", "-O0", "-std=c++17", "-o", "news", "news.cpp"];
  execFileSync("g++", args, { cwd: folder.path });
  const capturing = new Capturing(folder, "news");
  expect((await capturing.run(["--quiet", "--heap-only"], [folder.at("news")])).code).toBe(5);
  const own = numbered(callsIn(await capturing.events(), "news.cpp"));
  expect(own.filter((line) => !/:1[34]$/.test(line))).toEqual([
    "malloc #1 4 at news.cpp:4",
    "malloc #2 40 at news.cpp:5",
    "free #1 at news.cpp:6",
    "free #2 at news.cpp:7",
    "malloc #3 64 align 64 at news.cpp:8",
    "free #3 at news.cpp:9",
    "malloc #4 4 at news.cpp:15",
  ]);
});

test("a tree of processes, with programs that follow one another", async () => {
  const script = folder.write("tree", `#!/bin/sh\n"${calls}"\n(echo inner)\nexec "${calls}"\n`);
  chmodSync(script, 0o755);
  const capturing = new Capturing(folder, "tree");
  const outcome = await capturing.run(["--children", "--heap"], [script]);
  expect(outcome).toMatchObject({ code: 3, stdout: "inner\n" });
  expect(outcome.stderr).toMatch(/records.* 3 processes\n/);
  expect(outcome.stderr).not.toMatch(/is cut/);
  const events = await capturing.events();
  const main = events[0]?.split(" ")[1];
  expect(events.filter((line) => line.startsWith("fork "))).toHaveLength(2);
  expect(events.filter((line) => line === `exec ${calls}`)).toHaveLength(2);
  expect(numbered(callsIn(events, "calls.c")).slice(0, CALLED.length)).toEqual(CALLED);
  expect(callsIn(events, "calls.c")).toHaveLength(2 * CALLED.length);
  const info = await infoJson([capturing.out]);
  expect(info.processes).toHaveLength(3);
  expect(info.processes.map(({ pid }) => String(pid))).toContain(main);
  capturing.expectTidy();
});
