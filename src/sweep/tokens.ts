// The words of a constraint.

import { sizeBytes } from "../config/sizes.js";
import { type PagewalkError, quote } from "../errors.js";

export interface Token {
  /** `word`: one of the language; `number`: sizes, too, in bytes. */
  kind: "sign" | "word" | "number" | "text" | "path" | "end";
  text: string;
  /** Its first character, from 0. */
  at: number;
}

const WORDS = ["and", "or", "not", "is", "whole", "power", "of", "two", "true", "false", "null"];

/** What a token may be at a place. Names have minus signs of their own, so that one between names wants spaces. */
const TOKEN =
  /(?<space>\s+)|(?<number>\d+(\.\d+)?([eE][+-]?\d+)?(?![\w.]))|(?<size>\d+[KMGTPE](?![\w.]))|(?<path>[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*)|(?<text>"[^"]*"|'[^']*')|(?<sign>[<>=!]=|[-+*/%()<>=])/y;

/** @throws what `wrong` makes of a place and what is wrong there */
export function tokensOf(text: string, wrong: (at: number, what: string) => PagewalkError): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) throw wrong(at, `${quote(text.slice(at, at + 20))}; want ${WANT}`);
    const { space, number, size, path, text: quoted, sign } = groups;
    if (number !== undefined) tokens.push({ kind: "number", text: number, at });
    if (size !== undefined) tokens.push({ kind: "number", text: String(sizeBytes(size)), at });
    if (path !== undefined) tokens.push({ kind: WORDS.includes(path) ? "word" : "path", text: path, at });
    if (quoted !== undefined) tokens.push({ kind: "text", text: quoted.slice(1, -1), at });
    if (sign !== undefined) tokens.push({ kind: "sign", text: sign, at });
    at += (space ?? number ?? size ?? path ?? quoted ?? sign ?? "").length;
  }
  return tokens;
}

const WANT =
  "a path, a number, a size as in 4K, a text in quotes, or an operator: + - * / % = != < <= > >= ( )";
