import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILDS, buildOf, runs } from "../builds.js";
import { entriesOf, inPieces } from "../entries.js";
import { REQUEST_BYTES, type Request, writeOracleGeneral } from "../oracle/oraclegeneral.js";

const IDS = 1n << 52n;
const request: fc.Arbitrary<Request> = fc.record({
  time: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  id: fc.oneof(
    { weight: 50, arbitrary: fc.bigInt({ min: 0n, max: IDS - 1n }) },
    fc.bigInt({ min: IDS, max: (1n << 64n) - 1n }),
  ),
  size: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  next: fc.bigInt({ min: -1n, max: (1n << 63n) - 1n }),
});
const loadOf = ({ id }: Request) => ({ va: id * 4096n, size: 1, kind: "load" });

describe.each(BUILDS)("the %s core's decoder of oracleGeneral", (build) => {
  test("reads what was written, up to an id that is no page's, however it is cut", async () => {
    const module = await buildOf(build);
    const requests = fc.array(request, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        requests,
        fc.integer({ min: 1, max: 300 }),
        fc.nat(23),
        async (requests, piece, cut) => {
          const bytes = writeOracleGeneral(requests).subarray(0, requests.length * REQUEST_BYTES - cut);
          const whole = cut > 0 ? requests.slice(0, -1) : requests;
          const wrong = whole.findIndex(({ id }) => id >= IDS);
          const good = wrong < 0 ? whole : whole.slice(0, wrong);
          const { entries, error } = await entriesOf(module, inPieces(bytes, piece), {
            format: "oracleGeneral",
          });
          expect(entries).toEqual(good.map(loadOf));
          const bad = wrong >= 0 || cut > 0 ? good.length * REQUEST_BYTES : undefined;
          expect(error?.at.byte).toBe(bad);
          if (wrong >= 0) expect(error?.message).toMatch(/want one below 2\^52/);
        },
      ),
      { numRuns: runs(200, 5000) },
    );
  });
});
