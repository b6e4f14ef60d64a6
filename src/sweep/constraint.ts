// Conditions over a cell's configuration: `stlb.entries / stlb.ways is whole and pageSize <= 2M`.
//
//   condition   alternative { "or" alternative }
//   alternative denial { "and" denial }
//   denial      "not" denial | relation
//   relation    sum [ ("=" | "==" | "!=" | "<" | "<=" | ">" | ">=") sum | "is" [ "not" ] ("whole" | "power of two") ]
//   sum         product { ("+" | "-") product }
//   product     factor { ("*" | "/" | "%") factor }
//   factor      "-" factor | "(" condition ")" | number | size | 'text' | "text" | true | false | null | path

import { isSizeKey, sizeBytes } from "../config/sizes.js";
import { messageOf, PagewalkError, quote } from "../errors.js";
import { type Token, tokensOf } from "./tokens.js";

/** Gives the value at a path. @throws PagewalkError for a path that names nothing */
export type ValueAt = (path: string) => unknown;

export interface Constraint {
  text: string;
  /** @throws PagewalkError `E_OPTION` where a value is not of the kind that the condition wants */
  holds(valueAt: ValueAt): boolean;
}

type Value = number | string | boolean | null;
type Term = (valueAt: ValueAt) => Value;

const MOST_CHARACTERS = 1000;
/** Brackets and signs within each other. */
const MOST_DEPTH = 50;

/** @throws PagewalkError `E_OPTION` that points at what is wrong */
export function parseConstraint(text: string): Constraint {
  if (text.length > MOST_CHARACTERS)
    throw wrong(text, 1, `${text.length} characters; want ${MOST_CHARACTERS} at most`);
  const parser = new Parser(text);
  const term = parser.all();
  return { text, holds: (valueAt) => parser.boolean(term(valueAt), 0) };
}

function wrong(text: string, character: number, what: string): PagewalkError {
  return new PagewalkError("E_OPTION", `constraint ${quote(text)}: character ${character}: ${what}`);
}

class Parser {
  private readonly text: string;
  private readonly tokens: readonly Token[];
  private next = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = tokensOf(text, (at, what) => this.wrong(at, what));
  }

  all(): Term {
    const term = this.condition();
    const { kind, at, text } = this.token;
    if (kind === "end") return term;
    const compared = ["=", "==", "!=", "<", "<=", ">", ">="].includes(text);
    const want = compared ? 'one comparison at a time, put together by "and"' : "an operator, or the end";
    throw this.wrong(at, `${quote(text)}; want ${want}`);
  }

  private condition(): Term {
    return this.logical("or", () => this.logical("and", () => this.denial()));
  }

  /** What decides stands first: what is behind it is not looked at then. */
  private logical(word: "or" | "and", part: () => Term): Term {
    let left = part();
    for (let at = this.token.at; this.takes(word); at = this.token.at) {
      const [a, b] = [left, part()];
      const place = at;
      left = (valueAt) => {
        const first = this.boolean(a(valueAt), place);
        return first === (word === "or") ? first : this.boolean(b(valueAt), place);
      };
    }
    return left;
  }

  private denial(): Term {
    const { at } = this.token;
    if (!this.takes("not")) return this.relation();
    const term = this.deeper(() => this.denial());
    return (valueAt) => !this.boolean(term(valueAt), at);
  }

  private relation(): Term {
    const left = this.sum();
    const { at, text } = this.token;
    if (this.takes("is")) return this.property(left);
    const compare = COMPARISONS[text];
    if (!compare || !this.takes(text)) return left;
    const right = this.sum();
    return (valueAt) => {
      const [a, b] = [left(valueAt), right(valueAt)];
      const isOrder = text.startsWith("<") || text.startsWith(">");
      if (isOrder) return compare(this.number(a, at), this.number(b, at));
      if (a !== null && b !== null && typeof a !== typeof b)
        throw this.wrong(at, `compares ${shown(a)} with ${shown(b)}; want two of a kind`);
      return compare(a, b);
    };
  }

  private property(left: Term): Term {
    const isDenied = this.takes("not");
    const { at } = this.token;
    const whole = this.takes("whole");
    if (!whole && !(this.takes("power") && this.takes("of") && this.takes("two")))
      throw this.wrong(
        this.token.at,
        `${this.found()}; want is whole, is power of two, or either with not behind is`,
      );
    return (valueAt) => {
      const value = this.number(left(valueAt), at);
      return (whole ? Number.isInteger(value) : isPowerOfTwo(value)) !== isDenied;
    };
  }

  private sum(): Term {
    return this.arithmetic(["+", "-"], () => this.arithmetic(["*", "/", "%"], () => this.factor()));
  }

  private arithmetic(operators: readonly string[], part: () => Term): Term {
    let left = part();
    for (
      let token = this.token;
      operators.includes(token.text) && token.kind === "sign";
      token = this.token
    ) {
      this.next++;
      const [a, b] = [left, part()];
      const { at, text } = token;
      const operate = ARITHMETIC[text] as (a: number, b: number) => number;
      left = (valueAt) => operate(this.number(a(valueAt), at), this.number(b(valueAt), at));
    }
    return left;
  }

  private factor(): Term {
    const { kind, at, text } = this.token;
    if (this.takes("-")) {
      const term = this.deeper(() => this.factor());
      return (valueAt) => -this.number(term(valueAt), at);
    }
    if (this.takes("(")) {
      const term = this.deeper(() => this.condition());
      if (!this.takes(")")) throw this.wrong(this.token.at, `${this.found()}; want ")"`);
      return term;
    }
    if (kind === "number" || kind === "text" || kind === "path") this.next++;
    if (kind === "number") return constant(Number(text));
    if (kind === "text") return constant(text);
    if (kind === "path") return (valueAt) => this.look(valueAt, text, at);
    const literal = LITERALS[text];
    if (literal !== undefined && this.takes(text)) return constant(literal);
    throw this.wrong(at, `${this.found()}; want a path, a number, a size, a text in quotes, or "("`);
  }

  private deeper(part: () => Term): Term {
    if (++this.depth > MOST_DEPTH)
      throw this.wrong(this.token.at, `more than ${MOST_DEPTH} within each other; want fewer`);
    const term = part();
    this.depth--;
    return term;
  }

  private get token(): Token {
    return this.tokens[this.next] ?? { kind: "end", text: "", at: this.text.length };
  }

  private found(): string {
    return this.token.kind === "end" ? "it ends here" : quote(this.token.text);
  }

  private takes(text: string): boolean {
    const { kind, text: found } = this.token;
    const is = found === text && (kind === "sign" || kind === "word");
    if (is) this.next++;
    return is;
  }

  /** A value of the configuration; sizes by name are numbers of bytes. */
  private look(valueAt: ValueAt, path: string, at: number): Value {
    let value: unknown;
    try {
      value = valueAt(path);
    } catch (thrown) {
      const hint = path.includes("-") ? "; a minus sign wants spaces around it" : "";
      throw this.wrong(at, `${messageOf(thrown)}${hint}`);
    }
    if (typeof value === "string" && isSizeKey(path)) return sizeBytes(value) ?? value;
    if (value === null || ["number", "string", "boolean"].includes(typeof value)) return value as Value;
    throw this.wrong(
      at,
      `${quote(path)} is ${Array.isArray(value) ? "a list" : "an object"}; want one value`,
    );
  }

  private number(value: Value, at: number): number {
    if (typeof value === "number") return value;
    throw this.wrong(at, `${shown(value)} beside it; want a number`);
  }

  boolean(value: Value, at: number): boolean {
    if (typeof value === "boolean") return value;
    throw this.wrong(at, `${shown(value)}; want a condition, as in l1d.ways <= 8`);
  }

  private wrong(at: number, what: string): PagewalkError {
    return wrong(this.text, at + 1, what);
  }
}

const LITERALS: Readonly<Record<string, Value>> = { true: true, false: false, null: null };

const COMPARISONS: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  "=": (a, b) => a === b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => Number(a) < Number(b),
  "<=": (a, b) => Number(a) <= Number(b),
  ">": (a, b) => Number(a) > Number(b),
  ">=": (a, b) => Number(a) >= Number(b),
};

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

/** 1, 2, 4 ... */
function isPowerOfTwo(value: number): boolean {
  return Number.isFinite(value) && value >= 1 && 2 ** Math.round(Math.log2(value)) === value;
}

function constant(value: Value): Term {
  return () => value;
}

function shown(value: Value): string {
  return typeof value === "string" ? quote(value) : String(value);
}
