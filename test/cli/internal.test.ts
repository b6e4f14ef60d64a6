import { cpSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectNothing, Folder, ROOT, run, TINY } from "./pagewalk.js";

const folder = new Folder();

/** A copy of the built program, to be damaged. */
function copy(name: string): string {
  const root = folder.at(name);
  for (const part of ["dist", "build/release.wasm", "package.json"]) {
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  return root;
}

test.each<[string, (core: string) => void]>([
  ["missing", (core) => rmSync(core)],
  ["broken", (core) => writeFileSync(core, "no module")],
])("a core that is %s is an internal fault, in one line", async (name, damage) => {
  const root = copy(name);
  const args = [join(root, "dist/cli/main.js"), "run", TINY];
  expect((await run(process.execPath, args)).code).toBe(0);
  damage(join(root, "build/release.wasm"));
  expectNothing(await run(process.execPath, args), 70, "E_INTERNAL", "release.wasm");
});
