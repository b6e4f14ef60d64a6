// A trace in pieces of an archive is the trace, and an archive with something wrong is that trace or an error.

import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { presets } from "../../src/config/presets/index.js";
import type { CompiledCore } from "../../src/engine/core.js";
import { Machine } from "../../src/engine/machine.js";
import { PagewalkError } from "../../src/errors.js";
import { type RunResult, replay } from "../../src/replay/replay.js";
import { openTrace } from "../../src/trace/trace.js";
import { buildOf, runs } from "../builds.js";
import { zipOf } from "../cli/zipped.js";

let module: CompiledCore;
beforeAll(async () => {
  module = await buildOf("release");
});

async function read(bytes: Uint8Array): Promise<RunResult> {
  const machine = await Machine.create(presets["csapp-i7"], { module });
  return replay(machine, openTrace(new Uint8Array(bytes)));
}

const line = fc
  .tuple(fc.constantFrom("I  ", " L ", " S ", " M "), fc.nat(1 << 30), fc.integer({ min: 1, max: 16 }))
  .map(([kind, address, size]) => `${kind}${address.toString(16).padStart(8, "0")},${size}\n`);

/** A text, and the same text in chunks, stored and deflated, in any order. */
const cases = fc
  .record({
    text: fc.array(line, { minLength: 1, maxLength: 60 }).map((lines) => lines.join("")),
    cuts: fc.array(fc.nat(1 << 16), { maxLength: 8 }),
    methods: fc.infiniteStream(fc.constantFrom(0, 8)),
    folder: fc.constantFrom("", "trace/"),
    seed: fc.infiniteStream(fc.nat()),
  })
  .map(({ text, cuts, methods, folder, seed }) => {
    const places = [0, ...cuts.map((cut) => cut % text.length).sort((a, b) => a - b), text.length];
    const members = places.slice(1).map((end, i) => ({
      name: `${folder}chunk.${String(i).padStart(4, "0")}`,
      content: text.slice(places[i], end),
      method: methods.next().value ?? 0,
      order: seed.next().value ?? 0,
    }));
    return { text, zip: zipOf(...members.sort((a, b) => a.order - b.order)) };
  });

test("the chunks of an archive are the trace", async () => {
  const property = fc.asyncProperty(cases, async ({ text, zip }) => {
    const whole = await read(Buffer.from(text));
    const { trace, tlb } = await read(zip);
    expect(trace).toEqual({ ...whole.trace, compression: "zip" });
    expect(tlb).toEqual(whole.tlb);
  });
  await fc.assert(property, { numRuns: runs(40, 2000) });
});

test("an archive that is changed anywhere, or cut, is read or refused", async () => {
  const change = fc.record({ at: fc.nat(1 << 16), byte: fc.nat(255) });
  const changes = fc.array(change, { minLength: 1, maxLength: 4 });
  const property = fc.asyncProperty(cases, changes, fc.boolean(), async ({ text, zip }, changes, cut) => {
    const broken = Buffer.from(zip);
    for (const { at, byte } of changes) broken[at % broken.length] = byte;
    const bytes = cut ? broken.subarray(0, (changes[0]?.at ?? 0) % broken.length) : broken;
    const whole = await read(Buffer.from(text));
    const outcome = await read(bytes).catch((thrown: unknown) => thrown);
    if (outcome instanceof PagewalkError) expect(outcome.code).toBe("E_TRACE");
    else expect(outcome).toMatchObject({ trace: { ...whole.trace, compression: "zip" }, tlb: whole.tlb });
  });
  await fc.assert(property, { numRuns: runs(150, 10_000) });
});
