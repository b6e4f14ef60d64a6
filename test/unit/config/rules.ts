// Configurations that rules refuse, and what they allow beside.

import { expect, test } from "vitest";
import { resolveConfig } from "../../../src/config/resolve.js";
import { PagewalkError } from "../../../src/errors.js";

/** What is wrong with a configuration, a line a problem. */
export function problemsOf(config: object): readonly string[] {
  try {
    resolveConfig(config);
  } catch (thrown) {
    if (thrown instanceof PagewalkError) return thrown.problems;
    throw thrown;
  }
  return [];
}

type Case = [what: string, config: object, ...problems: RegExp[]];

export function refuses(cases: Case[]): void {
  test.each(cases)("%s", (_, config, ...problems) => {
    expect(problemsOf(config)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  });
}

export function allows(cases: [string, object][]): void {
  test.each(cases)("allows %s", (_, config) => {
    expect(problemsOf(config)).toEqual([]);
  });
}

export const cache = { name: "l1", size: "32K", line: 64, ways: 8, latency: 4 };
export const tlb = { name: "t", level: 1, pageSizes: ["4K"], entries: 16, ways: 4 };
export const walkCache = { level: "pd", entries: 4, ways: 4 };
export const radix = { format: "radix", vaBits: 32, paBits: 34, pageBits: 12, levels: [10, 10], pteBytes: 4 };
export const host = { format: "x86-64" };
