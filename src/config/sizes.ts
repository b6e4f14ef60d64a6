// Sizes of pages by their names: 64, 4K, 2M. Each is a power of two, told by its log2.

const UNITS = ["", "K", "M", "G", "T", "P", "E"];

/** The name of a size of 2^bits bytes: 64, 4K, 2M. */
export function sizeName(bits: number): string {
  return `${2 ** (bits % 10)}${UNITS[Math.floor(bits / 10)]}`;
}

/** log2 of a size's bytes; undefined where the text is no power of two. */
export function sizeBits(text: string): number | undefined {
  const [, digits = "", unit = ""] = /^([1-9]\d{0,8})([KMGTPE]?)$/.exec(text) ?? [];
  const bits = Math.log2(Number(digits));
  return digits !== "" && Number.isInteger(bits) ? bits + 10 * UNITS.indexOf(unit) : undefined;
}
