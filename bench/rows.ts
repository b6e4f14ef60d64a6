// What a benchmark prints.

interface Row {
  name: string;
  figure?: string;
  against?: string;
  ratio?: number;
  unit?: string;
  bar?: number;
  better?: "above" | "below";
  note?: string;
}

/** `name  figure  against  ratio (bar)  reached`: one line a benchmark. */
export function printRow({
  name,
  figure = "",
  against = "",
  ratio,
  unit,
  bar,
  better,
  note = "",
}: Row): void {
  const title = `  ${name.padEnd(22)}`;
  if (ratio === undefined) {
    console.log(`${title} ${note}`);
    return;
  }
  if (bar === undefined) {
    console.log(`${title} ${figure}; ${against}\n${" ".repeat(25)}${ratio.toFixed(2)} ${unit}`);
    return;
  }
  const reached = better === "above" ? ratio >= bar : ratio <= bar;
  const shown = ratio >= 100 ? ratio.toFixed(0) : ratio.toFixed(2);
  console.log(`${title} ${figure}; ${against}`);
  console.log(
    `${" ".repeat(25)}${shown} ${unit}; bar: ${better === "above" ? "at least" : "at most"} ${bar}; ${reached ? "reached" : "MISSED"}`,
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The least and the most, a record. */
export function spread(milliseconds: readonly number[], records: number): string {
  const each = (value: number) => ((value * 1e6) / records).toFixed(2);
  return `${each(Math.min(...milliseconds))} to ${each(Math.max(...milliseconds))}`;
}

/** A benchmark compares only what counts the same. */
export function same(what: string, ours: number | undefined, theirs: number | undefined): void {
  if (ours !== theirs) throw new Error(`${what} differ: ${ours} and ${theirs}`);
}
