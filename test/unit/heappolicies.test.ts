import { expect, test } from "vitest";
import { PagewalkError } from "../../src/errors.js";
import { change, resolvePolicies } from "../../src/heap/policies.js";
import { heapPresets } from "../../src/index.js";

test("policies are presets with changes, and have the names that they were asked for by", () => {
  const named = resolvePolicies(["tlsf", "dl+chunk=4K+fit=first", { preset: "dl", alignment: 16 }], {
    limit: 131_072,
  });
  expect(named.map(({ name }) => name)).toEqual(["tlsf", "dl+chunk=4K+fit=first", "dl"]);
  expect(named.map(({ policy }) => policy)).toMatchObject([
    { organisation: "tlsf", limit: 131_072 },
    { chunk: 4096, fit: "first", mmapThreshold: 262144, limit: 131_072 },
    { chunk: 65536, alignment: 16, limit: 131_072 },
  ]);
  expect(resolvePolicies(["all"]).map(({ name }) => name)).toEqual(Object.keys(heapPresets));
});

test.each([
  ["fit=best", ["fit", "best"]],
  ["chunk=64K", ["chunk", 65536]],
  ["limit=3g", ["limit", 3 * 2 ** 30]],
  ["chunk=0", ["chunk", 0]],
  ["minBlock=null", ["minBlock", null]],
  ["fit=", ["fit", ""]],
  [" fit=a=b", ["fit", "a=b"]],
])("%s is a key and a value", (text, wanted) => {
  expect(change(text)).toEqual(wanted);
});

test.each<[choices: string[], set: object, code: string, says: RegExp]>([
  [[""], {}, "E_CONFIG", /no heap policy ""/],
  [["tlsf+fit=beast"], {}, "E_CONFIG", /^fit: "beast"; want "first" or/],
  [["tlsf+chunk=1e999"], {}, "E_CONFIG", /^chunk: Infinity; want a whole number/],
  [["tlsf+preset=buddy"], {}, "E_OPTION", /^"tlsf\+preset=buddy": preset is said twice; want each key once$/],
  [["dl+chunk=4K+chunk=8K"], {}, "E_OPTION", /: chunk is said twice; want each key once$/],
  [
    ["tlsf"],
    { preset: "dl" },
    "E_OPTION",
    /^set: preset is what the policies are called by; want another key$/,
  ],
  [["tlsf+"], {}, "E_OPTION", /"": want key=value/],
  [["tlsf+=3"], {}, "E_OPTION", /"=3": want key=value/],
  [["tlsf", "dl"], { alignmnt: 8 }, "E_CONFIG", /^alignmnt: no such key/],
  // A problem of all of them is told once, another with the names of those that have it.
  [["tlsf", "dl"], { alignment: 12 }, "E_CONFIG", /^alignment: 12; want 8 or 16$/],
  [
    ["tlsf", "buddy", "dl"],
    { fit: "best" },
    "E_CONFIG",
    /^tlsf: fit: "best" of tlsf; .* \| buddy: fit: "best" of buddy/,
  ],
  [
    ["tlsf", "dl", "nope"],
    { chunk: -1 },
    "E_CONFIG",
    /^tlsf, dl: chunk: -1; want .* \| nope: no heap policy "nope"/,
  ],
])("%j with %j is refused", (choices, set, code, says) => {
  const thrown = (() => {
    try {
      return resolvePolicies(choices, set);
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(PagewalkError);
  expect((thrown as PagewalkError).code).toBe(code);
  expect((thrown as PagewalkError).message).toMatch(says);
});
