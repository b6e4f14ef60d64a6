import Papa from "papaparse";
import type { Kind } from "../../config/model.js";
import { PagewalkError, quote } from "../../errors.js";
import type { Format } from "../format.js";
import { BadRecord, type Output } from "../output.js";
import { type CsvColumns, ROLES, type Role, roleOf } from "./csvcolumns.js";
import { type LineParser, LineReader } from "./lines.js";
import { numberOf } from "./numbers.js";
import { Switches } from "./switches.js";
import { firstLineTakes } from "./text.js";

const EXAMPLE = '"address,kind,size" and rows such as "0x7ffc12345678,load,8"';
const DELIMITERS = [",", ";", "\t"];
const MAX_HEADER = 4096;

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...names("load", "r read load l ld 0"),
  ...names("store", "w write store s st 1"),
  ...names("instruction", "i ifetch fetch instruction instr x 2"),
  ...names("modify", "m modify rmw"),
]);

/** Rows of values, behind a header that names the column of addresses. */
export const csv: Format = {
  name: "csv",
  example: EXAMPLE,
  detect: (head) => firstLineTakes(head, looksLikeHeader),
  open: (core, bytes, options) =>
    new LineReader(core, bytes, options, EXAMPLE, (output) => {
      return new CsvParser(output, options.columns ?? {}, options.file);
    }),
};

function looksLikeHeader(line: string): boolean {
  if (line.length > MAX_HEADER || line.includes("\0")) return false;
  // A byte order mark, a character a byte.
  const { data } = parse(line.replace(/^\xef\xbb\xbf/, ""), delimiterOf(line));
  return data[0]?.some((name) => roleOf(name) === "address") ?? false;
}

class CsvParser implements LineParser {
  private readonly output: Output;
  private readonly columns: CsvColumns;
  private readonly file: string;
  private readonly switches: Switches;
  private delimiter: string | undefined;
  /** The place of each role's column. */
  private readonly places = new Map<Role, number>();

  constructor(output: Output, columns: CsvColumns, file: string) {
    this.output = output;
    this.columns = columns;
    this.file = file;
    this.switches = new Switches(output);
  }

  line(text: string): void {
    if (text.startsWith("#") || !/\S/.test(text)) return;
    if (this.delimiter === undefined) {
      const delimiter = delimiterOf(text);
      const isHeader = this.begin(fieldsOf(text, delimiter));
      this.delimiter = delimiter;
      if (isHeader) return;
    }
    this.row(fieldsOf(text, this.delimiter));
  }

  private row(fields: string[]): void {
    const address = this.address(this.field(fields, "address"));
    const kind = this.places.has("kind") ? kindOf(this.field(fields, "kind")) : "load";
    const size = this.places.has("size") ? numberOf(this.field(fields, "size"), "size") : 1n;
    const number = (role: Role) => {
      const text = this.places.has(role) ? this.field(fields, role) : "";
      return text === "" ? undefined : numberOf(text, role);
    };
    const pid = number("pid");
    const tid = number("tid");
    this.output.checkSize(Number(size));
    if (pid !== undefined || tid !== undefined) this.switches.to(pid ?? 1n, tid ?? pid ?? 1n);
    this.output.access(kind, address, Number(size));
  }

  private field(fields: string[], role: Role): string {
    const place = this.places.get(role) ?? 0;
    const field = fields[place];
    if (field !== undefined) return field.trim();
    throw new BadRecord(`there are ${fields.length} columns, and ${role} is column ${place + 1}`);
  }

  private address(text: string): bigint {
    const isHex = this.columns.base === 16 && !/^0x/i.test(text);
    if (!isHex && /^[0-9a-f]{1,16}$/i.test(text) && /[a-f]/i.test(text)) {
      throw new BadRecord(
        `the address ${quote(text)} is hexadecimal without 0x; say so with base=16 among the columns`,
      );
    }
    return numberOf(isHex ? `0x${text}` : text, "address");
  }

  /** Finds the columns in the first row, and says whether it is a header. */
  private begin(first: string[]): boolean {
    const given = ROLES.filter((role) => this.columns[role] !== undefined);
    const byName = given.filter((role) => typeof this.columns[role] === "string");
    const address = this.columns.address;
    const number = this.columns.base === 16 ? /^\s*(0x)?[0-9a-f]+\s*$/i : /^\s*(0x[0-9a-f]+|\d+)\s*$/i;
    const isHeader =
      typeof address !== "number" || byName.length > 0 || !number.test(first[address - 1] ?? "");
    if (isHeader) this.readHeader(first);
    for (const role of given) this.places.set(role, this.placeOf(role, first));
    if (this.places.has("address")) return isHeader;
    this.places.clear();
    throw new BadRecord(
      "no column is named address; say which it is with the columns option, as in address=3",
    );
  }

  private readHeader(header: string[]): void {
    for (const [place, name] of header.entries()) {
      const role = roleOf(name);
      if (role && !this.places.has(role)) this.places.set(role, place);
    }
  }

  private placeOf(role: Role, header: string[]): number {
    const column = this.columns[role] ?? 1;
    if (typeof column === "number") return column - 1;
    const place = header.findIndex((name) => name.trim().toLowerCase() === column.toLowerCase());
    if (place >= 0) return place;
    const message = `columns: ${this.file} has no column ${quote(column)}; it has ${quote(header.join(", "))}`;
    throw new PagewalkError("E_OPTION", message, { file: this.file });
  }
}

/** The delimiter that parts a line most. */
function delimiterOf(line: string): string {
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ",";
}

function fieldsOf(line: string, delimiter: string): string[] {
  const { data, errors } = parse(line, delimiter);
  const [error] = errors;
  if (error) throw new BadRecord(`broken quotation (${error.message})`);
  return data[0] ?? [];
}

function parse(line: string, delimiter: string): Papa.ParseResult<string[]> {
  return Papa.parse<string[]>(line, { delimiter });
}

function kindOf(text: string): Kind {
  const kind = KINDS.get(text.toLowerCase());
  if (kind) return kind;
  throw new BadRecord(`${quote(text)} is no kind of access; want load, store, instruction or modify`);
}

function names(kind: Kind, words: string): [string, Kind][] {
  return words.split(" ").map((word) => [word, kind]);
}
