// Conditions that were put together at random, against a walk over what they were put together from.

import fc from "fast-check";
import { expect, test } from "vitest";
import { parseConstraint } from "../../src/sweep/constraint.js";

type Number =
  | { is: "number"; value: number }
  | { is: "path"; path: string }
  | { is: "minus"; of: Number }
  | { is: "+" | "-" | "*" | "/" | "%"; left: Number; right: Number };

type Condition =
  | { is: "=" | "!=" | "<" | "<=" | ">" | ">="; left: Number; right: Number }
  | { is: "whole" | "power of two"; of: Number; denied: boolean }
  | { is: "and" | "or"; left: Condition; right: Condition }
  | { is: "not"; of: Condition };

const PATHS = ["l1d.entries", "l1d.ways", "memory.frames"];

const { number } = fc.letrec<{ number: Number }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({ is: fc.constant("number" as const), value: fc.nat(20) }),
    fc.record({ is: fc.constant("path" as const), path: fc.constantFrom(...PATHS) }),
    fc.record({ is: fc.constant("minus" as const), of: tie("number") }),
    fc.record({
      is: fc.constantFrom("+" as const, "-" as const, "*" as const, "/" as const, "%" as const),
      left: tie("number"),
      right: tie("number"),
    }),
  ),
}));

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({
      is: fc.constantFrom(
        "=" as const,
        "!=" as const,
        "<" as const,
        "<=" as const,
        ">" as const,
        ">=" as const,
      ),
      left: number,
      right: number,
    }),
    fc.record({
      is: fc.constantFrom("whole" as const, "power of two" as const),
      of: number,
      denied: fc.boolean(),
    }),
    fc.record({ is: fc.constant("not" as const), of: tie("condition") }),
    fc.record({
      is: fc.constantFrom("and" as const, "or" as const),
      left: tie("condition"),
      right: tie("condition"),
    }),
  ),
}));

const STRENGTH = { or: 1, and: 2, not: 3, relation: 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, minus: 7 };

/** As few brackets as there may be, so that what binds more strongly is seen. */
function textOf(node: Number | Condition, within = 0): string {
  const bracketed = (strength: number, text: string) => (strength < within ? `(${text})` : text);
  switch (node.is) {
    case "number":
      return String(node.value);
    case "path":
      return node.path;
    case "minus":
      return bracketed(STRENGTH.minus, `-${textOf(node.of, STRENGTH.minus)}`);
    case "not":
      return bracketed(STRENGTH.not, `not ${textOf(node.of, STRENGTH.not)}`);
    case "whole":
    case "power of two":
      return bracketed(STRENGTH.relation, `${textOf(node.of, 5)} is ${node.denied ? "not " : ""}${node.is}`);
    default: {
      const strength = node.is in STRENGTH ? STRENGTH[node.is as "+"] : STRENGTH.relation;
      const isRelation = strength === STRENGTH.relation;
      const left = textOf(node.left, isRelation ? 5 : strength);
      return bracketed(strength, `${left} ${node.is} ${textOf(node.right, strength + 1)}`);
    }
  }
}

type Values = Record<string, number>;

function numberOf(node: Number, values: Values): number {
  if (node.is === "number") return node.value;
  if (node.is === "path") return values[node.path] ?? 0;
  if (node.is === "minus") return -numberOf(node.of, values);
  const [a, b] = [numberOf(node.left, values), numberOf(node.right, values)];
  return { "+": a + b, "-": a - b, "*": a * b, "/": a / b, "%": a % b }[node.is];
}

function isMet(node: Condition, values: Values): boolean {
  switch (node.is) {
    case "not":
      return !isMet(node.of, values);
    case "and":
      return isMet(node.left, values) && isMet(node.right, values);
    case "or":
      return isMet(node.left, values) || isMet(node.right, values);
    case "whole":
      return (numberOf(node.of, values) % 1 === 0) !== node.denied;
    case "power of two":
      return isPower(numberOf(node.of, values)) !== node.denied;
    default: {
      const [a, b] = [numberOf(node.left, values), numberOf(node.right, values)];
      return { "=": a === b, "!=": a !== b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b }[node.is];
    }
  }
}

function isPower(value: number): boolean {
  return Array.from({ length: 1000 }, (_, power) => 2 ** power).includes(value);
}

test("a condition is what it was put together from", () => {
  const values = fc.record(Object.fromEntries(PATHS.map((path) => [path, fc.nat(64)])));
  fc.assert(
    fc.property(condition, values, (condition, values) => {
      const text = textOf(condition);
      fc.pre(text.length <= 1000);
      expect({ text, met: parseConstraint(text).holds((path) => values[path]) }).toEqual({
        text,
        met: isMet(condition, values),
      });
    }),
    { numRuns: 2000 },
  );
});
