import { sizeBits } from "../../config/sizes.js";
import { quote } from "../../errors.js";
import { type Address, MAP_FLAGS, type MapFlag, PROTECTIONS, type Protection, UNLIMITED } from "../events.js";
import { BadRecord } from "../output.js";
import { pointerText } from "../pointers.js";

const LIMIT = 1n << 64n;
const UNITS: Record<string, bigint> = { "": 1n, K: 1n << 10n, M: 1n << 20n, G: 1n << 30n };
const NUMBER = /^(?:(0x[0-9a-f]{1,16})|([0-9]{1,20})([KMG]?))$/i;
const SHARING = ["private", "shared", "neither"];
const VARIABLE = /^\$[a-z_]\w*$/i;
const ID = /^(?:0|[1-9][0-9]{0,18}|[a-z_][\w.]*)$/i;
/** A word, a name in quotes, or a comment to the line's end. */
const WORD = /"(?:[^"\\]|\\.)*"|#.*|[^\s"]\S*|"/gs;

/** A line of a scenario, taken apart word by word. Each method throws BadRecord for what is not there. */
export class Words {
  private readonly words: string[];
  private readonly form: string;
  private at = 0;

  /** @param form what the line should look like, for errors */
  constructor(words: string[], form: string) {
    this.words = words;
    this.form = form;
  }

  get isDone(): boolean {
    return this.at >= this.words.length;
  }

  /** Takes the next word, if it is this one. */
  takes(word: string): boolean {
    if (this.words[this.at] !== word) return false;
    this.at++;
    return true;
  }

  word(what: string): string {
    const word = this.words[this.at++];
    if (word === undefined) throw new BadRecord(`${what} is missing; want ${this.form}`);
    return word.startsWith('"') ? unquoted(word) : word;
  }

  number(what: string): bigint {
    return numberOf(this.word(what), what);
  }

  /** A number below 2^63, or one behind a minus sign. */
  signed(what: string): bigint {
    const word = this.word(what);
    const [, digits] = /^-(.+)$/s.exec(word) ?? [];
    const value = digits === undefined ? numberOf(word, what) : -numberOf(digits, what);
    if (BigInt.asIntN(64, value) === value) return value;
    throw new BadRecord(`${quote(word)} is no ${what}; want a number from -2^63 to 2^63 - 1`);
  }

  limit(): bigint {
    return this.takes("unlimited") ? UNLIMITED : this.number("N or unlimited");
  }

  /** One of these words. */
  choice<T extends string>(what: string, names: readonly T[]): T {
    const word = this.word(what);
    const found = names.find((name) => name === word);
    if (found !== undefined) return found;
    throw new BadRecord(`${quote(word)} is no ${what}; want one of ${names.join(", ")}`);
  }

  address(what: string): Address {
    return addressOf(this.word(what), what);
  }

  id(what: string): string {
    return idOf(this.word(what), what);
  }

  protection(): Protection[] {
    const word = this.word("PROT");
    const set = /^(r?-?w?-?x?-?)$/.test(word) && word !== "";
    if (!set) throw new BadRecord(`${quote(word)} is no protection; want some of rwx, or -`);
    return PROTECTIONS.filter((_, i) => word.includes("rwx"[i] ?? ""));
  }

  flags(): MapFlag[] {
    const words = this.word("FLAGS").split(",");
    const sharing = words.filter((word) => SHARING.includes(word));
    const wrong = words.find((word) => word !== "private" && !MAP_FLAGS.includes(word as MapFlag));
    if (wrong !== undefined) {
      throw new BadRecord(
        `${quote(wrong)} is no flag; want private, shared or neither, then some of ${MAP_FLAGS.slice(1, -1)}`,
      );
    }
    if (sharing.length !== 1) throw new BadRecord(`want one of private, shared and neither among the flags`);
    return MAP_FLAGS.filter((flag) => words.includes(flag));
  }

  /** Whether HEXBYTES come next. */
  get isBytes(): boolean {
    return this.words[this.at]?.startsWith("=") === true;
  }

  /** HEXBYTES behind `=`. */
  bytes(): string {
    const word = this.word("=HEXBYTES");
    const [, bytes] = /^=((?:[0-9a-f]{2})+)$/i.exec(word) ?? [];
    if (bytes === undefined) throw new BadRecord(`${quote(word)} are no bytes; want = and two digits a byte`);
    return bytes.toLowerCase();
  }

  /** HEXBYTES, or `&` and an address, as it is written in one way only. */
  contents(): string {
    const word = this.words[this.at] ?? "";
    if (!word.startsWith("=&")) return this.bytes();
    this.at++;
    return pointerText(addressOf(word.slice(2), "address"));
  }

  /** log2 of a size of pages. */
  pageBits(): number {
    const word = this.word("SIZE");
    const bits = sizeBits(word.toUpperCase());
    if (bits !== undefined) return bits;
    throw new BadRecord(`${quote(word)} is no size of pages; want a power of two such as 4K, 2M or 1G`);
  }

  /** A name, which cannot be empty. */
  name(what: string): string {
    const word = this.word(what);
    if (word === "") throw new BadRecord(`${what} is empty; want ${this.form}`);
    return word;
  }

  /** What later lines may call an address. */
  variable(): string {
    const word = this.word("$NAME");
    if (VARIABLE.test(word)) return word;
    throw new BadRecord(`${quote(word)} is no name of an address; want $ and a word`);
  }

  done(): void {
    const left = this.words[this.at];
    if (left !== undefined) throw new BadRecord(`there is ${quote(left)} behind it; want ${this.form}`);
  }
}

/** The words of a line, its comment left out. */
export function wordsOf(line: string): string[] {
  const words: string[] = line.match(WORD) ?? [];
  if (words.includes('"')) throw new BadRecord("a quotation mark is not closed");
  return words.filter((word) => !word.startsWith("#"));
}

export function numberOf(word: string, what: string): bigint {
  const [, hex, digits, unit = ""] = NUMBER.exec(word) ?? [];
  const value = BigInt(hex ?? digits ?? -1) * (UNITS[unit.toUpperCase()] ?? 1n);
  if (value >= 0n && value < LIMIT) return value;
  throw new BadRecord(`${quote(word)} is no ${what}; want a number below 2^64: 0x1000, 4096 or 4K`);
}

export function addressOf(word: string, what: string): Address {
  if (NUMBER.test(word)) return numberOf(word, what);
  const [, name = "", sign, offset = "0"] = /^(\$?[\w.]+)(?:([+-])(\w+))?$/.exec(word) ?? [];
  const base = VARIABLE.test(name) ? name : knownId(name);
  if (base === undefined) {
    throw new BadRecord(`${quote(word)} is no ${what}; want a number, $NAME+OFFSET or ID+OFFSET`);
  }
  const distance = numberOf(offset, "offset");
  return { base, offset: sign === "-" ? -distance : distance };
}

/** The block's name in its one way of being written. @throws BadRecord */
export function idOf(word: string, what: string): string {
  const id = knownId(word);
  if (id !== undefined) return id;
  throw new BadRecord(`${quote(word)} is no ${what}; want a word, digits, or 0x and an address`);
}

function knownId(word: string): string | undefined {
  if (/^0x[0-9a-f]{1,16}$/i.test(word)) return `0x${BigInt(word).toString(16)}`;
  return ID.test(word) ? word : undefined;
}

function unquoted(word: string): string {
  try {
    return JSON.parse(word) as string;
  } catch {
    throw new BadRecord(`${quote(word)} is not quoted rightly`);
  }
}
