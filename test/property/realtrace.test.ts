import { join } from "node:path";
import { KINDS } from "pagewalk";
import { beforeAll, describe, expect, test } from "vitest";
import { BUILDS, buildOf } from "../builds.js";
import { machineCases, prefetchers, type TlbSizes } from "../reference/machinecases.js";
import { Stream } from "../reference/stream.js";
import { versus } from "../reference/versus.js";

/** So small that a part of a trace fills them. */
const SIZES: TlbSizes = { first: [8, 4], second: [24, 12], small: [8, 4], smallest: [2, 2] };

/** Where the programs are at work, all kinds of record; matmul's columns are strides. */
const PARTS = [
  { trace: "sort", skip: 100_000, limit: 20_000, cases: Object.values(machineCases(SIZES)).flat() },
  { trace: "matmul", skip: 300_000, limit: 10_000, cases: prefetchers(SIZES) },
];

describe.each(PARTS)("of $trace", ({ trace, cases, ...part }) => {
  let stream: Stream;
  beforeAll(async () => {
    const path = join(import.meta.dirname, `../../traces/${trace}.lackey.zst`);
    stream = await Stream.read(path, { kinds: KINDS, ...part });
  });

  describe.each(BUILDS)("the %s core counts what the oracle counts", (build) => {
    test.each(cases)("$name", async ({ config }) => {
      const { difference } = await versus(config, stream, await buildOf(build));
      expect(difference).toBeNull();
    });
  });
});
