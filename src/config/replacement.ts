import { quote } from "../errors.js";
import { nearest } from "./nearest.js";

/** Page-replacement policies. */
export const REPLACEMENTS = [
  "lru",
  "fifo",
  "mru",
  "random",
  "opt",
  "clock",
  "clock0",
  "aging",
  "ws",
  "wsclock",
  "2q",
  "arc",
  "lirs",
  "s3fifo",
  "sieve",
  "mglru",
  "sfifo",
] as const;
export type Replacement = (typeof REPLACEMENTS)[number];

/** A policy, and the number behind its colon where it has one: lookups (ws, wsclock), percent (sfifo). */
export interface ReplacementChoice {
  /** As it was written. */
  text: string;
  policy: Replacement;
  parameter: number;
}

interface Parameter {
  name: string;
  least: number;
  most: number;
  example: string;
}

const TAU = { name: "TAU, lookups", least: 1, most: Number.MAX_SAFE_INTEGER };
const PARAMETERS: Partial<Record<Replacement, Parameter>> = {
  ws: { ...TAU, example: "ws:10000" },
  wsclock: { ...TAU, example: "wsclock:10000" },
  sfifo: { name: "the secondary's share in percent", least: 0, most: 100, example: "sfifo:25" },
};

/** The policies as they are written, for messages. */
export const REPLACEMENT_NAMES = REPLACEMENTS.map((name) => {
  if (!PARAMETERS[name]) return name;
  return `${name}:${name === "sfifo" ? "PERCENT" : "TAU"}`;
}).join(", ");

/** Reads a policy as people write it: `lru`, `sfifo:25`. What is wrong with it, otherwise. */
export function readReplacement(text: string): ReplacementChoice | { problem: string } {
  const [name = "", number] = text.split(/:(.*)/s);
  const policy = REPLACEMENTS.find((each) => each === name);
  if (!policy) {
    const meant = nearest(name, REPLACEMENTS);
    return { problem: `no policy ${quote(name)}${meant ? ` (${meant}?)` : ""}; want ${REPLACEMENT_NAMES}` };
  }
  const wanted = PARAMETERS[policy];
  if (!wanted) {
    if (number === undefined) return { text, policy, parameter: 0 };
    return { problem: `${quote(text)}: ${policy} takes no parameter` };
  }
  const { least, most } = wanted;
  const value = Number(number);
  if (/^\d{1,16}$/.test(number ?? "") && value >= least && value <= most) {
    return { text: `${policy}:${value}`, policy, parameter: value };
  }
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  return { problem: `${quote(text)}: want ${wanted.name}, ${range}, as in ${wanted.example}` };
}
