// Each policy's rule, worked by hand.

import { beforeAll, describe, expect, test } from "vitest";
import { NaiveSets, type SetsPolicy } from "../oracle/sets.js";
import { CoreSets } from "../sets.js";
import { type Core, coreWith } from "../testing.js";

const LOOSE = 1n;
const key = (letter: string) => BigInt(letter.charCodeAt(0)) << 1n;
const letter = (word: bigint) => String.fromCharCode(Number(word >> 1n));

let core: Core;
beforeAll(async () => {
  core = await coreWith("testing");
});

/** What a set does on an access a letter: `-` a hit, `.` no one had to go, else who had to. `!x` drops x. */
function play(policy: SetsPolicy, ways: number, accesses: string, random = 1n): string {
  const real = new CoreSets(core, 1, ways, policy, { random });
  const twin = new NaiveSets(1, ways, policy, "mod", random);
  const played = [
    trace(
      accesses,
      (word) => real.touch(0, word),
      (word) => real.insert(0, word),
      (word) => real.drop(0, word),
    ),
    trace(
      accesses,
      (word) => twin.touch(0, word, LOOSE),
      (word) => twin.insert(0, word),
      (word) => twin.drop(0, word),
    ),
  ];
  expect(played[1]).toBe(played[0]);
  return played[0] as string;
}

function trace(
  accesses: string,
  touch: (word: bigint) => bigint,
  insert: (word: bigint) => bigint,
  drop: (word: bigint) => void,
): string {
  return accesses.replace(/!(.)|./g, (name, dropped) => {
    if (dropped) {
      drop(key(dropped));
      return "";
    }
    if (touch(key(name)) !== 0n) return "-";
    const gone = insert(key(name));
    return gone === 0n ? "." : letter(gone);
  });
}

describe("who goes", () => {
  test("lru: the one not used for longest", () => {
    expect(play("lru", 3, "abcadbe")).toBe("...-bca");
    expect(play("lru", 3, "abc!bde")).toBe("....a");
  });

  test("fifo: the one there for longest", () => {
    expect(play("fifo", 3, "abcadae")).toBe("...-abc");
    expect(play("fifo", 3, "abc!bde")).toBe("....a");
  });

  // After a b c d: root and both halves say lower, lower. a: root upper, its half upper.
  test("plru: where the tree points", () => {
    expect(play("plru", 4, "abcdaef")).toBe("....-cb");
    expect(play("plru", 4, "abcde")).toBe("....a");
  });

  // Ways 0 1 | 2 -: after c the root points to the lower half; after a, b to the upper, whose way 3
  // is none: c goes again.
  test("plru of three ways never chooses the fourth", () => {
    expect(play("plru", 3, "abcdefg")).toBe("...acbe");
  });

  // a, b, c set; d is the last: its bit alone stays. e takes way 0, f way 1.
  test("nru: the lowest whose bit is clear", () => {
    expect(play("nru", 4, "abcdef")).toBe("....ab");
    expect(play("nru", 4, "abcdaef")).toBe("....-bc");
    expect(play("nru", 1, "aab")).toBe(".-a");
  });

  // d is the last: its bit alone is set. It goes, and leaves no bit.
  test("nru: a hole has no bit", () => {
    expect(play("nru", 4, "abcd!dabef")).toBe("....--.c");
  });

  // From 1: 0x40822041, then 0x100041060c011441: mod 4 both 1.
  test("random: the generator's next state mod ways, drawn when the set is full", () => {
    expect(play("random", 4, "abcdef")).toBe("....be");
    expect(play("random", 4, "abcd!cef")).toBe(".....b");
  });

  // All at 2, a at 0 after its hit. b c are at 2: grow by 1, b at 3 goes; d at 2, a 1, c 3: c goes.
  test("srrip: the lowest at 3, all growing until one is", () => {
    expect(play("srrip", 3, "abcade")).toBe("...-bc");
    expect(play("srrip", 3, "abcd")).toBe("...a");
  });

  // The first fill is 6, the others 7: b goes first, and every one that comes into its way.
  test("brrip: the first fill of 64 is not the first to go", () => {
    expect(play("brrip", 2, "abcd")).toBe("..bc");
    const many = Array.from({ length: 70 }, (_, i) => String.fromCharCode(0x100 + i));
    // Fill 64 (from 0) is at 6 in way 1, as fill 0 is in way 0, which goes; then all are at 7.
    const gone = ["..", ...many.slice(1, 64), many[0], ...many.slice(65, 69)].join("");
    expect(play("brrip", 2, many.join(""))).toBe(gone);
  });

  test("brrip: a hit goes last", () => {
    expect(play("brrip", 3, "abcabcde")).toBe("...---ad");
  });

  test("lfu: the least used, then the lowest", () => {
    expect(play("lfu", 3, "abcaabcd")).toBe("...----b");
    expect(play("lfu", 3, "abcabde")).toBe("...--cd");
    expect(play("lfu", 3, "aaa!abcbcde")).toBe(".--..--.d");
  });

  test("ideal: no one", () => {
    expect(play("ideal", 1, "abcab!ac")).toBe("...---");
  });
});

describe("sets", () => {
  test("of a plru and an nru that are fully associative hold 2^20 words", () => {
    for (const policy of ["plru", "nru"] as const) {
      const sets = new CoreSets(core, 1, 1 << 20, policy);
      for (const name of "abc") expect(sets.insert(0, key(name))).toBe(0n);
      expect(sets.touch(0, key("c"))).toBe(key("c"));
    }
  });

  test("refuse what memory cannot hold", () => {
    expect(() => new CoreSets(core, 1 << 20, 1 << 20, "lru")).toThrow("used up");
    expect(() => new CoreSets(core, 0xffffffff, 0xffffffff, "plru")).toThrow("used up");
  });

  test("of lfu take uses that were not looked up", () => {
    const sets = new CoreSets(core, 1, 2, "lfu");
    for (const name of "ab") sets.insert(0, key(name));
    sets.addUses(0, key("a"), 1n << 40n);
    for (let i = 0; i < 5; i++) sets.touch(0, key("b"));
    expect(sets.insert(0, key("c"))).toBe(key("b"));
  });

  test("xor folds the upper bits of a number in", () => {
    const sets = new CoreSets(core, 16, 1, "lru", { index: "xor" });
    expect(sets.setOf(0x35n)).toBe(3 ^ 5);
    expect(sets.setOf(0x735n)).toBe(3 ^ 5);
    expect(new CoreSets(core, 24, 1, "lru").setOf(100n)).toBe(4);
  });
});
