import { PagewalkError, quote } from "../errors.js";

const OPERATORS: Record<string, (a: number, b: number) => boolean> = {
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

/** A condition on one number of a JSON result: `tlb.stlb.misses > 1000`. */
export interface Threshold {
  text: string;
  path: string[];
  operator: string;
  limit: number;
}

/** @throws PagewalkError `E_OPTION` for anything but PATH OPERATOR NUMBER */
export function parseThreshold(text: string): Threshold {
  const parts = /^\s*([\w-]+(?:\.[\w-]+)*)\s*(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$/.exec(
    text,
  );
  const [, path, operator, limit] = parts ?? [];
  if (!path || !operator || limit === undefined) {
    const operators = Object.keys(OPERATORS).join(" ");
    throw new PagewalkError(
      "E_OPTION",
      `--fail-if ${quote(text)}: want PATH OPERATOR NUMBER with one of ${operators}, as in 'tlb.stlb.misses > 1000'`,
    );
  }
  return { text: text.trim(), path: path.split("."), operator, limit: Number(limit) };
}

/** Whether the result meets the condition. @throws PagewalkError `E_OPTION` if the path is no number of it */
export function meets(result: object, { text, path, operator, limit }: Threshold): boolean {
  let at: unknown = result;
  for (const key of path) {
    at =
      typeof at === "object" && at !== null && Object.hasOwn(at, key)
        ? (at as Record<string, unknown>)[key]
        : undefined;
  }
  if (typeof at !== "number") {
    throw new PagewalkError(
      "E_OPTION",
      `--fail-if ${quote(text)}: the result has no number at ${path.join(".")}`,
    );
  }
  return OPERATORS[operator]?.(at, limit) ?? false;
}
