import { beforeAll, describe, expect, test } from "vitest";
import { counts, Folder, type Outcome, ROOT, run, runJson } from "../cli/pagewalk.js";
import { examples } from "./examples.js";

const folder = new Folder();
/** Milliseconds that packing, installing and compiling may take on a machine that is busy. */
const INSTALLING = 120_000;
const TRACE = "node_modules/pagewalk/traces/tiny.lackey";

const SCRIPT = `import { Machine, openTrace, presets, replay } from "pagewalk";

const machine = await Machine.create(presets["csapp-i7"]);
const trace = openTrace("${TRACE}", { kinds: ["instruction", "load", "store"] });
const result = await replay(machine, trace);
const misses = Object.values(result.tlb).map((tlb) => tlb.misses);
if (result.walk.walks === 0 || misses.length !== 3) throw new Error("nothing was replayed");
console.log(JSON.stringify(result));
`;

/** What a user's types may come from: the browser's, or node's. */
const TYPES = {
  browser: { lib: ["es2022", "dom"], types: [] },
  node: { lib: ["es2022"], types: ["node"], typeRoots: [`${ROOT}node_modules/@types`] },
};

/** The examples of docs/embedding.md, and where they are compiled to. */
const EXAMPLES = examples();
const EXAMPLES_BUILT = {
  compilerOptions: { noEmit: false, rootDir: ".", outDir: "built" },
  files: EXAMPLES.map((_, i) => `example${i}.ts`),
};

interface Built {
  compilerOptions: object;
  files: string[];
}

function tsconfig(types: object, { compilerOptions, files }: Built = CHECKED): string {
  const checks = { strict: true, module: "nodenext", target: "es2022", skipLibCheck: false, noEmit: true };
  return JSON.stringify({ compilerOptions: { ...checks, ...types, ...compilerOptions }, files });
}

const CHECKED: Built = { compilerOptions: {}, files: ["count.ts"] };

/** Runs a command in the folder where the package is installed. */
function inFolder(command: string, ...args: string[]): Promise<Outcome> {
  return run(command, args, { cwd: folder.path, env: process.env });
}

async function must(outcome: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await outcome;
  expect(code, stderr).toBe(0);
  return stdout;
}

let packed: { filename: string; files: { path: string }[] };

beforeAll(async () => {
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder.path];
  [packed] = JSON.parse(await must(run("npm", args, { cwd: ROOT, env: process.env })));
  folder.put("package.json", JSON.stringify({ name: "user", private: true, type: "module" }));
  for (const [name, types] of Object.entries(TYPES)) folder.put(`${name}.json`, tsconfig(types));
  for (const name of ["count.ts", "count.js"]) folder.put(name, SCRIPT);
  for (const [i, { code }] of EXAMPLES.entries()) folder.put(`example${i}.ts`, code);
  folder.put("examples.json", tsconfig(TYPES.node, EXAMPLES_BUILT));
  const tarball = folder.at(packed.filename);
  await must(inFolder("npm", "install", "--prefer-offline", "--no-audit", "--no-fund", tarball));
}, INSTALLING);

describe("the packed package", () => {
  test("holds what it needs", () => {
    const paths = packed.files.map(({ path }) => path);
    const needed = ["package.json", "LICENSE", "dist/index.js", "dist/index.d.ts", "dist/cli/main.js"];
    needed.push(
      "native/recorder.c",
      "native/allocator.c",
      "native/callers.c",
      "native/recorder.h",
      "docs/examples/pagewalk-malloc.h",
      "build/release.wasm",
      "traces/tiny.lackey",
      "config.schema.json",
    );
    expect(needed.filter((path) => !paths.includes(path))).toEqual([]);
  });

  test("holds nothing of its workshop", () => {
    const stray = packed.files.filter(({ path }) =>
      /^(src|test|bench|assembly|node_modules)\/|debug|inside\./.test(path),
    );
    expect(stray).toEqual([]);
  });
});

describe("the installed package", () => {
  test("runs as a program", async () => {
    expect(await must(inFolder("npx", "--no-install", "pagewalk", "presets"))).toContain("csapp-i7");
    const own = JSON.parse(await must(inFolder("node_modules/.bin/pagewalk", "run", "--json", TRACE)));
    expect(counts(own)).toEqual(counts(await runJson(["traces/tiny.lackey"])));
  });

  test("replays a trace from a script, with the counts of the program", async () => {
    const result = JSON.parse(await must(inFolder(process.execPath, "count.js")));
    const flags = ["--preset", "csapp-i7", "--kinds", "instruction,load,store"];
    expect(counts(result)).toEqual(counts(await runJson([...flags, "traces/tiny.lackey"])));
  });

  test("sweeps, with workers, as a program and from a script", async () => {
    const axes = ["--axis", "l1d.policy=lru,fifo,srrip", "--axis", "l1d.sets=4,8"];
    const program = JSON.parse(
      await must(inFolder("node_modules/.bin/pagewalk", "sweep", "--json", ...axes, TRACE)),
    );
    folder.put(
      "sweep.js",
      `import { sweep } from "pagewalk";
       const run = sweep("${TRACE}", { "l1d.policy": ["lru", "fifo", "srrip"], "l1d.sets": "4,8" }, { jobs: 2 });
       const seen = [];
       for await (const { index } of run) seen.push(index);
       console.log(JSON.stringify({ seen, ...(await run.result()) }));`,
    );
    const { seen, ...script } = JSON.parse(await must(inFolder(process.execPath, "sweep.js")));
    expect(seen.sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(script.cells).toEqual(program.cells);
    expect(program.cells.map(({ method }: { method: string }) => method)).toEqual([
      ...["one-pass", "one-pass"],
      ...["filtered", "filtered"],
      ...["replay", "replay"],
    ]);
  });

  test("draws curves", async () => {
    const { curves } = JSON.parse(
      await must(
        inFolder("node_modules/.bin/pagewalk", "curve", "--json", "--policy", "lru,clock,opt", TRACE),
      ),
    );
    expect(curves.map(({ policy }: { policy: string }) => policy)).toEqual(["lru", "clock", "opt"]);
  });

  test.each(Object.keys(TYPES))("type-checks in that script, with the types of a %s", async (name) => {
    const { code, stdout } = await inFolder(`${ROOT}node_modules/.bin/tsc`, "-p", `${name}.json`);
    expect(code, stdout).toBe(0);
  });

  test("finds type errors in it", async () => {
    folder.put("wrong.ts", SCRIPT.replace('"csapp-i7"', '"vax"'));
    folder.put("wrong.json", tsconfig(TYPES.node).replace("count.ts", "wrong.ts"));
    const { code, stdout } = await inFolder(`${ROOT}node_modules/.bin/tsc`, "-p", "wrong.json");
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/wrong\.ts/);
  });

  test("resolves its other entries", async () => {
    const line =
      'console.log(import.meta.resolve("pagewalk/package.json"), import.meta.resolve("pagewalk/config.schema.json"))';
    await must(inFolder(process.execPath, "--input-type=module", "-e", line));
  });
});

describe("the examples of docs/embedding.md", () => {
  beforeAll(async () => {
    const { code, stdout } = await inFolder(`${ROOT}node_modules/.bin/tsc`, "-p", "examples.json");
    expect(code, stdout).toBe(0);
  }, INSTALLING);

  test.each(EXAMPLES.map(({ title, output }, i) => ({ title, output, i })))(
    "type-check, and print what they say: $title",
    async ({ output, i }) => {
      expect(output).not.toBe("");
      expect(await must(inFolder(process.execPath, `built/example${i}.js`))).toBe(output);
    },
  );
});
