import { PagewalkError, quote } from "../errors.js";
import type { Finding } from "./findings.js";
import { FINDING_KINDS } from "./kinds.js";
import { LEAK_KINDS, type LiveBlock } from "./leaks.js";

/** A line of a suppressions file that something met. */
export interface Suppressed {
  /** The line, from 1, and its text. */
  line: number;
  text: string;
  /** How many findings, or blocks that were never freed, it kept from the result. */
  count: number;
}

interface Rule extends Suppressed {
  kind: RegExp;
  /** The places of access, allocation and free, as far as the line names them. */
  places: RegExp[];
}

const LEAK = "leak";

/**
 * What a suppressions file says is not to be told of: a line a rule, KIND [ACCESS [ALLOCATED [FREED]]], or `leak`, or `leak-KIND`, [ALLOCATED]. A `*`
 * stands for any characters, `-` for a place that is not known; what is left out may be anything. `#` begins a comment.
 */
export class Suppressions {
  private readonly rules: Rule[];

  /** @throws PagewalkError `E_OPTION` for a line that is no rule */
  constructor(text: string, file = "suppressions") {
    this.rules = text.split(/\r?\n/).flatMap((line, index) => {
      const words = line.replace(/(^|\s)#.*/, "").trim();
      return words === "" ? [] : [ruleOf(words, index + 1, file)];
    });
  }

  keep(findings: Finding[]): Finding[] {
    return findings.filter(({ kind, access, allocated, freed, count }) =>
      this.isKept(kind, [access, allocated, freed], count),
    );
  }

  keepBlocks(blocks: LiveBlock[]): LiveBlock[] {
    if (this.rules.length === 0) return blocks;
    return blocks.filter(({ kind, at }) => this.isKept(`${LEAK}-${kind}`, [at], 1));
  }

  /** The rules that something met. */
  used(): Suppressed[] {
    return this.rules
      .filter(({ count }) => count > 0)
      .map(({ line, text, count }) => ({ line, text, count }));
  }

  private isKept(kind: string, places: (string | null)[], count: number): boolean {
    const rule = this.rules.find((each) => {
      return each.kind.test(kind) && each.places.every((place, i) => place.test(places[i] ?? "-"));
    });
    if (rule) rule.count += count;
    return rule === undefined;
  }
}

function ruleOf(text: string, line: number, file: string): Rule {
  const [kind = "", ...places] = text.split(/\s+/);
  const names = [...FINDING_KINDS, ...LEAK_KINDS.map((each) => `${LEAK}-${each}`)];
  const pattern = globOf(kind === LEAK ? `${LEAK}-*` : kind);
  if (!names.some((name) => pattern.test(name))) {
    const want = `want ${[...FINDING_KINDS, LEAK].join(", ")}, leak-KIND, or one with *`;
    throw new PagewalkError("E_OPTION", `${file}: line ${line}: ${quote(kind)} is no kind; ${want}`, {
      file,
      line,
    });
  }
  const most = kind.startsWith(LEAK) ? 1 : 3;
  if (places.length > most) {
    const want = most === 1 ? "KIND [ALLOCATED]" : "KIND [ACCESS [ALLOCATED [FREED]]]";
    throw new PagewalkError(
      "E_OPTION",
      `${file}: line ${line}: ${quote(text)}: too many places; want ${want}`,
      { file, line },
    );
  }
  return { line, text, count: 0, kind: pattern, places: places.map(globOf) };
}

function globOf(text: string): RegExp {
  const parts = text.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
