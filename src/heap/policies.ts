import { PagewalkError, quote } from "../errors.js";
import type { NamedPolicy } from "./measure.js";
import { type HeapPolicyInput, heapPresets, resolvePolicy } from "./policy.js";

/** A preset's name, with changes behind it, as in `tlsf+alignment=16`; or an object, which may say what results call it. */
export type PolicyChoice = string | (HeapPolicyInput & { name?: string });

/** What is compared where nothing is asked for: those that no trace makes slow by its length. */
export const DEFAULT_POLICIES = ["tuned", "dl", "tlsf", "segregated", "buddy"] as const;

/**
 * @param over what is different in all of them
 * @throws PagewalkError `E_CONFIG`, `E_OPTION` for two policies of one name
 * @internal
 */
export function resolvePolicies(choices: readonly PolicyChoice[], over: HeapPolicyInput = {}): NamedPolicy[] {
  const all = choices.flatMap((choice) => (choice === "all" ? Object.keys(heapPresets) : [choice]));
  if (all.length === 0) throw new PagewalkError("E_OPTION", "policies: none; want one, as in tlsf");
  if (over.preset !== undefined) {
    throw new PagewalkError("E_OPTION", "set: preset is what the policies are called by; want another key");
  }
  const inputs = all.map((choice) => inputOf(choice, over));
  const double = inputs.find(({ name }, i) => inputs.findIndex((other) => other.name === name) !== i);
  if (double) {
    throw new PagewalkError("E_OPTION", `policies: two are named ${quote(double.name)}; want a name once`);
  }
  const problems = new Problems();
  const named = inputs.flatMap(({ name, input }) => {
    const policy = problems.noting(name, () => resolvePolicy(input));
    return policy ? [{ name, policy }] : [];
  });
  problems.tell(inputs.length);
  return named;
}

function inputOf(choice: PolicyChoice, over: HeapPolicyInput): { name: string; input: HeapPolicyInput } {
  if (typeof choice !== "string") {
    const { name = choice.preset ?? "policy", ...input } = choice;
    return { name, input: { ...input, ...over } };
  }
  const [preset = "", ...changes] = choice.split("+");
  const changed = changes.map(change);
  const keys = ["preset", ...changed.map(([key]) => key)];
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) {
    throw new PagewalkError("E_OPTION", `${quote(choice)}: ${twice} is said twice; want each key once`);
  }
  return { name: choice, input: { preset, ...Object.fromEntries(changed), ...over } };
}

/** What is wrong with some of several policies: each problem once, behind the names of those that have it. */
class Problems {
  private readonly names = new Map<string, string[]>();
  private first: PagewalkError | undefined;

  /** What `make` makes; undefined where it threw, which is noted. */
  noting<T>(name: string, make: () => T): T | undefined {
    try {
      return make();
    } catch (thrown) {
      if (!(thrown instanceof PagewalkError)) throw thrown;
      this.first ??= thrown;
      for (const problem of thrown.problems) {
        this.names.set(problem, [...(this.names.get(problem) ?? []), name]);
      }
      return undefined;
    }
  }

  /** @throws PagewalkError `E_CONFIG`, if there is one; names are left out where all of so many have it */
  tell(policies: number): void {
    if (!this.first) return;
    const lines = [...this.names].map(([problem, names]) =>
      names.length === policies ? problem : `${names.join(", ")}: ${problem}`,
    );
    throw new PagewalkError(this.first.code, lines.join(" | "), this.first.at, lines);
  }
}

/** `key=value` as a key and a value: JSON where it is, a size such as 64K, else text. @throws PagewalkError `E_OPTION` */
export function change(text: string): [key: string, value: unknown] {
  const [, key, value] = /^\s*([\w.]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw new PagewalkError("E_OPTION", `${quote(text)}: want key=value, as in fit=best or chunk=64K`);
  }
  const [, digits, unit = ""] = /^(\d{1,15})([KMG])$/i.exec(value) ?? [];
  if (digits !== undefined) return [key, Number(digits) * 1024 ** (1 + "KMG".indexOf(unit.toUpperCase()))];
  try {
    return [key, JSON.parse(value)];
  } catch {
    return [key, value];
  }
}
