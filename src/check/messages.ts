import type { Finding, FindingBlock } from "./findings.js";

interface Parts {
  finding: Omit<Finding, "message">;
  /** What the trace calls the block, or what has none. */
  name: string;
  isStore: boolean;
  isFreed: boolean;
  /** What frees is a realloc. */
  isRealloc: boolean;
  /** Count and size of a calloc whose product is too large; else 0n. */
  product: readonly [count: bigint, size: bigint];
}

/** One line of what is wrong. @internal */
export function messageOf({ finding, name, isStore, isFreed, isRealloc, product }: Parts): string {
  const { kind, size, va, block } = finding;
  const what = `${isStore ? "store" : "load"} of ${bytes(size)} at ${va}`;
  const where = block ? `, ${position(block)} ${noun(block, isFreed)}${beyond(finding)}` : "";
  const free = isRealloc ? "realloc" : "free";
  switch (kind) {
    case "double-free":
      return `${free} of ${va}, which was freed before${block ? `: ${noun(block, false)}` : ""}`;
    case "invalid-free":
      if (va === null) return `${free} of ${name}, which was never allocated`;
      return block ? `${free} of ${va}${where}` : `${free} of ${va}, where no block is`;
    case "uninitialised-read":
    case "uninitialised-load":
      return `load of ${bytes(size)} at ${va} that nobody wrote${where}`;
    case "stack-overflow":
      return isPush(finding)
        ? `${noun(block as FindingBlock, false)}, is more than the stack may have`
        : what + where;
    case "unmapped":
      if (name !== "") return `${what}, through ${name}, which is null: its allocation gave no block`;
      return `${what}, where nothing is`;
    case "overlap":
      return `allocation of ${bytes(size)} at ${va}${where}`;
    case "size-confusion":
    case "size-overflow":
      return product[1] > 0n
        ? productProblem(...product)
        : `allocation of ${bytes(size)}${sizeProblem(BigInt(size))}`;
    default:
      return what + where;
  }
}

function bytes(count: number | string): string {
  return `${count} ${String(count) === "1" ? "byte" : "bytes"}`;
}

function position({ where, offset }: FindingBlock): string {
  return `${bytes(offset)} ${where}`;
}

function noun({ size, name, frame }: FindingBlock, isFreed: boolean): string {
  if (frame) return `the frame ${name}, ${bytes(size)}${isFreed ? ", which was popped" : ""}`;
  return `a ${isFreed ? "freed " : ""}block of ${bytes(size)}${name === undefined ? "" : ` (${name})`}`;
}

/** How far an access that begins in its block goes on behind the end. */
function beyond({ kind, size, block }: Parts["finding"]): string {
  if (block?.where !== "inside" || !["invalid-read", "invalid-write", "stack-overflow"].includes(kind))
    return "";
  const over = Number(block.offset) + Number(size) - Number(block.size);
  return over > 0 ? `, the last ${bytes(over)} beyond its end` : "";
}

/** A frame that was pushed, rather than an access. */
function isPush({ size, block }: Parts["finding"]): boolean {
  return block?.where === "inside" && block.offset === 0 && block.size === size;
}

function productProblem(count: bigint, size: bigint): string {
  const overflows = count * size >= 1n << 64n;
  return `allocation of ${count} times ${bytes(String(size))}: the product is ${overflows ? "2^64" : "2^63"} or more`;
}

function sizeProblem(size: bigint): string {
  const signed = BigInt.asIntN(64, size);
  if (signed < 0n && signed >= -(1n << 32n)) return `: ${signed} as a signed number`;
  if (signed < 0n) return ": 2^63 or more, which no block can have";
  return ": more than the 2^47 bytes that a program can address";
}
