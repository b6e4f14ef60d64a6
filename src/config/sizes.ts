// Sizes as people write them.

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

/** Keys whose value is a size by its name: a text, whatever its unit. */
export function isSizeKey(path: string): boolean {
  return /(^|\.)(pageSize|size)$/.test(path);
}

/** The name of any whole number of bytes, in the largest unit of which it is whole: 64, 48K, 2M. */
export function sizeText(bytes: number): string {
  let unit = 0;
  let count = bytes;
  for (; count > 0 && count % 1024 === 0 && unit < UNITS.length - 1; unit++) count /= 1024;
  return `${count}${UNITS[unit]}`;
}

/** The bytes that such a name says; undefined for any other text. */
export function sizeBytes(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,15})([KMGTPE]?)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * 1024 ** UNITS.indexOf(unit);
}

/** Bytes of a cache's size: any number of K or M. */
export function cacheBytes(size: string): number {
  return sizeBytes(size) ?? 0;
}

/** Bits of a cache's set number that lie above the offset in a page: with `vipt`, the same line may stand in 2^these sets. */
export function aliasBits(
  { size, line, ways }: { size: string; line: number; ways: number },
  pageSize: string,
): number {
  const bytesOfWay = cacheBytes(size) / ways;
  return bytesOfWay > line ? Math.max(0, Math.ceil(Math.log2(bytesOfWay)) - (sizeBits(pageSize) ?? 0)) : 0;
}
