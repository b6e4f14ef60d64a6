/** Columns of a line of blocks. */
const COLUMNS = 64;
const BLOCKS = [..." ▁▂▃▄▅▆▇█"];

/** A line of blocks, each the most of its values, as high as it is of the most of all; undefined where there is nothing to see. */
export function spark(values: readonly number[]): { blocks: string; most: number } | undefined {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  if (values.length < 2 || most === 0) return undefined;
  const each = Math.ceil(values.length / COLUMNS);
  const columns = Array.from({ length: Math.ceil(values.length / each) }, (_, i) =>
    Math.max(...values.slice(i * each, (i + 1) * each)),
  );
  const blocks = columns.map((value) => BLOCKS[Math.ceil((value / most) * (BLOCKS.length - 1))]).join("");
  return { blocks, most };
}
