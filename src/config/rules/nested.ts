import { shapeOf } from "../formats.js";
import { pageTableProblems } from "./pagetable.js";
import { listed, type Parts, type Problem, quoted, type Rule } from "./rule.js";
import { walkCacheProblems } from "./walkcaches.js";

export const nestedRules: readonly Rule[] = [hostFits];

/** Tables of a guest lie below 4 GiB of its memory, and its pages above: both sides must reach there. */
const LEAST_BITS = 33;

function hostFits({ nested, shape, state }: Parts): Problem[] {
  if (!nested) return [];
  const own = pageTableProblems(nested.pageTable, "nested.pageTable");
  if (own.length > 0 || !shape) return own;
  const host = shapeOf(nested.pageTable);
  const problems: Problem[] = [];
  const want = (right: boolean, path: string, found: string, allowed: string) => {
    if (!right) problems.push({ path, found, allowed });
  };
  const sizes = host.leaves.map(({ size }) => size);
  want(sizes.includes(nested.pageSize), "nested.pageSize", quoted(nested.pageSize), listed(sizes));
  want(
    shape.levels.length > 0,
    "nested",
    "a host below a table that is no tree",
    "null, or a pageTable that is a tree",
  );
  want(
    shape.paBits >= LEAST_BITS,
    "nested",
    `a guest with ${shape.paBits} bits of physical address`,
    `at least ${LEAST_BITS}`,
  );
  want(
    host.vaBits >= LEAST_BITS && host.paBits >= LEAST_BITS,
    "nested.pageTable",
    `${host.vaBits} bits of address to ${host.paBits}`,
    `at least ${LEAST_BITS} of both`,
  );
  want(!state, "state", "contents, of a machine with nested tables", "null there");
  return [...problems, ...walkCacheProblems(host, nested.walkCache, "nested.walkCache")];
}
