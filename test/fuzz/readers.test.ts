// Every reader, given what is no trace of its format: the result is records or a clear error, never a trap or a hang.

import { describe, expect, test } from "vitest";
import { COMPRESSIONS } from "../../src/trace/compression/index.js";
import { FORMATS } from "../../src/trace/formats/index.js";
import type { TraceOptions } from "../../src/trace/trace.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { Garbler } from "./garble.js";
import { type Outcome, Reading } from "./reading.js";
import { PACKED, SAMPLES } from "./samples.js";

const SEED = Number(process.env["PAGEWALK_SEED"] ?? 1);
/** Garbled traces of each sort, of which there are three. */
const CASES = runs(50, 4000);
/** One case in so many for zstd, whose decoder takes 0.1 s to be found out. */
const RARE = 20;

/** Records that a cut text's last line may become, which may be a shorter one that means something else. */
const LINE = 4;

interface Subject {
  name: string;
  sample: Uint8Array;
  options: TraceOptions;
}

const plain: Subject[] = Object.entries(SAMPLES).map(([name, sample]) => ({
  name,
  sample,
  options: { format: name },
}));
const packed: Subject[] = Object.entries(PACKED).map(([name, sample]) => ({
  name,
  sample,
  options: { format: "lackey" },
}));
/** Decompression is no matter of the core. */
const subjectsOf = (build: string) => (build === "release" ? [...plain, ...packed] : plain);

/** Reads a case, and names it where it fails. */
async function attempt(
  reading: Reading,
  bytes: Uint8Array,
  options: TraceOptions,
  piece?: number,
): Promise<Outcome> {
  try {
    return await reading.of(bytes, options, piece);
  } catch (thrown) {
    const how = JSON.stringify({ ...options, piece, base64: Buffer.from(bytes).toString("base64") });
    throw new Error(`${String(thrown)}\nof ${how}`, { cause: thrown });
  }
}

test("there is a sample of every format, and of every compression", () => {
  expect(Object.keys(SAMPLES).sort()).toEqual(FORMATS.map(({ name }) => name).sort());
  expect(Object.keys(PACKED).sort()).toEqual([...COMPRESSIONS.map(({ name }) => name), "zip"].sort());
});

describe.each(BUILDS)("with the %s core", (build) => {
  const subjects = subjectsOf(build);

  test.each(subjects)("a sample of $name is read whole, its format asked for or not", async (subject) => {
    const reading = await Reading.begin(await buildOf(build));
    const { records, error } = await attempt(reading, subject.sample, subject.options);
    expect(error).toBeUndefined();
    expect(records.length).toBeGreaterThan(2);
    const isDetected = FORMATS.find(({ name }) => name === subject.name)?.detect(subject.sample) ?? true;
    const found = await attempt(reading, subject.sample, {});
    if (isDetected) expect(found.records).toEqual(records);
  });

  test.each(subjects)("$name cut at every byte gives what came before", async ({ sample, options }) => {
    const reading = await Reading.begin(await buildOf(build));
    const whole = (await attempt(reading, sample, options)).records;
    for (let length = 0; length < sample.length; length++) {
      const { records } = await attempt(reading, sample.slice(0, length), options);
      const sure = Math.max(records.length - LINE, 0);
      expect(records.slice(0, sure)).toEqual(whole.slice(0, sure));
    }
  });

  test.each(subjects)("$name garbled is read, or refused with a place", async ({ name, sample, options }) => {
    const reading = await Reading.begin(await buildOf(build));
    const garbler = new Garbler(sample, SEED);
    const cases = name === "zstd" ? CASES / RARE : CASES;
    for (let i = 0; i < cases; i++) {
      for (const bytes of [garbler.flipped(), garbler.mangled(), garbler.unrelated()]) {
        const skipBad = [0, 0, 3, 1000][garbler.number(4)] ?? 0;
        const piece = [undefined, undefined, 7, 64][garbler.number(4)];
        await attempt(reading, bytes, { ...options, skipBad }, piece);
        if (i % 4 === 0) await attempt(reading, bytes, {}, piece);
      }
    }
  });

  test.each(FORMATS)("$name refuses the samples of all others, or reads them", async ({ name }) => {
    const reading = await Reading.begin(await buildOf(build));
    for (const { sample } of subjects) {
      await attempt(reading, sample, { format: name });
      await attempt(reading, sample, { format: name, skipBad: 1000 });
    }
  });
});
