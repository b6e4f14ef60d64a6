import { InvalidArgumentError } from "commander";
import { MOST_NUMBERS, readRange, wholeNumber } from "../ranges.js";

/** A list of whole numbers and ranges, as `readRange` takes them. @throws InvalidArgumentError */
export function ranges(text: string): number[] {
  const numbers = text.split(",").flatMap((part) => {
    const range = readRange(part);
    if ("problem" in range) throw new InvalidArgumentError(range.problem);
    return range.numbers;
  });
  if (numbers.length > MOST_NUMBERS)
    throw new InvalidArgumentError(`${numbers.length} numbers; want ${MOST_NUMBERS} at most`);
  return numbers;
}

/** One whole number, also with K, M or G, 1 or more. @throws InvalidArgumentError */
export function amount(text: string): number {
  const value = wholeNumber(text) ?? 0;
  if (value >= 1 && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("want a whole number, 1 or more, as in 5000 or 100K");
}
