import type { Field } from "../explain/explain.js";

/**
 * An address cut into fields, drawn: the numbers of each one's first and last bit, the bits, its name and value.
 *
 *    13       6 5       0
 *   | 00001111 | 010100   |
 *     VPN 0xf    VPO 0x14
 */
export function drawFields(fields: readonly Field[]): string {
  const cells = fields.map(({ name, high, low, value }) => {
    const bits = value.toString(2).padStart(high - low + 1, "0");
    const label = `${name} ${hex(value)}`;
    const numbers = [String(high), high === low ? "" : String(low)] as const;
    const width = Math.max(bits.length, label.length, numbers.join(" ").length);
    return { bits, label, numbers, width };
  });
  const head = cells.map(
    ({ numbers: [high, low], width }) => ` ${high}${low.padStart(width - high.length)} `,
  );
  const bits = cells.map(({ bits, width }) => ` ${bits.padEnd(width)} `);
  const labels = cells.map(({ label, width }) => ` ${label.padEnd(width)} `);
  return [`   ${head.join(" ")}`, `  |${bits.join("|")}|`, `   ${labels.join(" ")}`]
    .map((line) => line.trimEnd())
    .join("\n");
}

export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}
