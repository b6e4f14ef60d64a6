import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { runs } from "../builds.js";
import { type Core, coreWith } from "../testing.js";

/** The naive twin: a list, the most recent first. */
class List {
  readonly words: bigint[] = [];
  private readonly ways: number;

  constructor(ways: number) {
    this.ways = ways;
  }

  touch(key: bigint, loose: bigint): bigint {
    const at = this.words.findIndex((word) => (word | loose) === (key | loose));
    if (at < 0) return 0n;
    const [word = 0n] = this.words.splice(at, 1);
    this.words.unshift(word);
    return word;
  }

  insert(word: bigint): void {
    this.words.unshift(word);
    if (this.words.length > this.ways) this.words.pop();
  }
}

describe("a set in recency order", () => {
  let core: Core;
  beforeAll(async () => {
    core = await coreWith("testing");
  });

  test("does what a list does", () => {
    const commands = fc.array(
      fc.record({ key: fc.integer({ min: 1, max: 60 }), low: fc.integer({ min: 0, max: 1 }) }),
      {
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 48 }), commands, (ways, commands) => {
        const list = new List(ways);
        const set = core.allocate(BigInt(ways * 8), 8n);
        for (const { key, low } of commands) {
          const name = BigInt(key) << 1n;
          const wanted = list.touch(name, 1n);
          expect(core.touch(set, ways, name, 1n)).toBe(wanted);
          if (wanted !== 0n) continue;
          list.insert(name | BigInt(low));
          core.insert(set, ways, name | BigInt(low));
        }
        const words = [...new BigUint64Array(core.memory.buffer, set, ways)];
        expect(words.filter((word) => word !== 0n)).toEqual(list.words);
      }),
      { numRuns: runs(300, 10_000) },
    );
  });
});
