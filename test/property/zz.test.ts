import fc from "fast-check";
import { test } from "vitest";
import { buildOf } from "../builds.js";
import { CoreSystem } from "../coresystem.js";
import { commandsOf, STACK, systemOptions } from "../oracle/process/arbitrary.js";
import { difference } from "../oracle/process/compare.js";
test("zz", async () => {
  const module = await buildOf(process.env["B"] ?? "release");
  const n = Number(process.env["N"] ?? 200), len = Number(process.env["LEN"] ?? 60);
  let best: string | undefined, bad = 0;
  const kinds: Record<string, number> = {};
  const t = Date.now();
  for (let seed = Number(process.env["S"] ?? 1); seed < Number(process.env["S"] ?? 1) + n; seed++) {
    const [[options, commands]] = fc.sample(fc.tuple(systemOptions, commandsOf(len)), { seed, numRuns: 1 }) as any;
    const { frames = null, swap = null, policy = "lru" } = options;
    const memory = { frames, swap, policy, stackPages: Number(STACK.stackSize / 4096n) };
    let d: string | undefined;
    try { const core = await CoreSystem.create({ memory }, module); d = difference(core, options, commands); } catch (e) { d = "THROWN " + (e as Error).stack; }
    if (!d) continue;
    bad++;
    const lines = d.split("\n"); const cmd = (lines.at(-3) ?? "").split(" ").slice(1, 2).join(" ");
    kinds[cmd] = (kinds[cmd] ?? 0) + 1;
    if (!best || lines.length < best.split("\n").length) best = `${JSON.stringify(options, (_, v) => typeof v === "bigint" ? String(v) : v)}\n${d}`;
  }
  console.log(best, bad, "of", n, kinds, Date.now() - t, "ms");
}, 600000);
