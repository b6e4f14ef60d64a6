// Lines over a logarithmic axis in text: a letter a line, so that they are told apart without colour.

import { integer } from "./format.js";

/** A line through points with rising x; both numbers are above 0. */
export interface Line {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

const ROWS = 14;
const LEAST_COLUMNS = 20;
const MOST_COLUMNS = 96;
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"];
/** Where several lines pass. */
const SEVERAL = "*";

/** A logarithmic scale from the least to the greatest of some values, onto the whole numbers from 0 to `last`. */
class Scale {
  readonly least: number;
  readonly greatest: number;
  private readonly last: number;

  constructor(values: readonly number[], last: number) {
    this.least = values.reduce((a, b) => Math.min(a, b));
    this.greatest = values.reduce((a, b) => Math.max(a, b));
    this.last = last;
  }

  place(value: number): number {
    if (this.greatest === this.least) return 0;
    return Math.round((this.last * Math.log(value / this.least)) / Math.log(this.greatest / this.least));
  }

  /** The value of a place. */
  value(place: number): number {
    return this.least * (this.greatest / this.least) ** (place / this.last);
  }
}

/** A plot `width` characters wide at most, both axes logarithmic; undefined where there is no line to be seen. */
export function plot(lines: readonly Line[], across: string, width: number): string | undefined {
  const shown = lines
    .slice(0, LETTERS.length)
    .map(({ name, points }) => ({ name, points: points.filter(([x, y]) => x > 0 && y > 0) }));
  const xs = [...new Set(shown.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const ys = shown.flatMap(({ points }) => points.map(([, y]) => y));
  if (xs.length < 2) return undefined;
  const up = new Scale(ys, ROWS - 1);
  const margin = integer(Math.round(up.greatest)).length + 4;
  const columns = Math.min(width - margin, MOST_COLUMNS);
  if (columns < LEAST_COLUMNS) return undefined;
  const along = new Scale(xs, columns - 1);
  const cells = Array.from({ length: ROWS }, () => new Array<string>(columns).fill(" "));
  for (const [i, { points }] of shown.entries()) draw(cells, points, LETTERS[i] ?? "", along, up);
  const rows = cells
    .map((row, i) => `${label(ROWS - 1 - i, up).padStart(margin - 2)} |${row.join("").trimEnd()}`)
    .map((row) => row.trimEnd());
  const indent = " ".repeat(margin);
  return [
    ...rows,
    `${" ".repeat(margin - 1)}+${"-".repeat(columns)}`,
    `${indent}${ticks(xs, along, columns)}`,
    `${indent}${across}`,
    ...legend(shown, width - margin).map((line) => `${indent}${line}`),
  ].join("\n");
}

/** Draws a line: its letter in every column from its first point to its last. */
function draw(cells: string[][], points: Line["points"], letter: string, along: Scale, up: Scale): void {
  for (const [i, [x, y]] of points.entries()) {
    const [nextX, nextY] = points[i + 1] ?? [x, y];
    const from = along.place(x);
    const to = along.place(nextX);
    for (let column = from; column <= to; column++) {
      const share = to === from ? 0 : (column - from) / (to - from);
      const row = cells[ROWS - 1 - up.place(y * (nextY / y) ** share)];
      if (!row) continue;
      const before = row[column];
      row[column] = before === " " || before === letter ? letter : SEVERAL;
    }
  }
}

/** What stands beside a row, counted from below. */
function label(row: number, up: Scale): string {
  if (up.greatest === up.least) return row === 0 ? short(up.least) : "";
  return row % 4 === 1 || row === 0 ? short(up.value(row)) : "";
}

/** Three digits of a number, the rest zeros. */
function short(value: number): string {
  if (value < 100) return String(Number(value.toPrecision(2)));
  return integer(Number(value.toPrecision(3)));
}

/** The last of the values, and as many of the others as find room below their columns, from the left. */
function ticks(xs: readonly number[], along: Scale, columns: number): string {
  const last = integer(xs.at(-1) ?? 0);
  let line = "";
  for (const x of xs.slice(0, -1)) {
    const at = along.place(x);
    const text = integer(x);
    const isFree = (line === "" || at >= line.length + 2) && at + text.length + 2 <= columns - last.length;
    if (isFree) line = line.padEnd(at) + text;
  }
  return line.padEnd(columns - last.length) + last;
}

function legend(lines: readonly Line[], width: number): string[] {
  const keys = lines.map(({ name }, i) => `${LETTERS[i]} ${name}`);
  if (lines.length > 1) keys.push(`${SEVERAL} several`);
  const rows: string[] = [];
  for (const key of keys) {
    const last = rows.at(-1);
    if (last !== undefined && last.length + 2 + key.length <= width)
      rows[rows.length - 1] = `${last}  ${key}`;
    else rows.push(key);
  }
  return rows;
}
