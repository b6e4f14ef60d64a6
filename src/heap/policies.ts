import { PagewalkError, quote } from "../errors.js";
import type { NamedPolicy } from "./measure.js";
import { type HeapPolicyInput, heapPresets, resolvePolicy } from "./policy.js";

/** A preset's name, with changes behind it, as in `tlsf+alignment=16`; or an object, which may say what results call it. */
export type PolicyChoice = string | (HeapPolicyInput & { name?: string });

/** What is compared where nothing is asked for. */
export const DEFAULT_POLICIES = ["tuned", "dl", "segregated", "tlsf", "csapp-implicit-first"] as const;

/**
 * @param over what is different in all of them
 * @throws PagewalkError `E_CONFIG`, `E_OPTION` for two policies of one name
 * @internal
 */
export function resolvePolicies(choices: readonly PolicyChoice[], over: HeapPolicyInput = {}): NamedPolicy[] {
  const all = choices.flatMap((choice) => (choice === "all" ? Object.keys(heapPresets) : [choice]));
  if (all.length === 0) throw new PagewalkError("E_OPTION", "policies: none; want one, as in tlsf");
  const named = all.map((choice) => resolve(choice, over));
  const double = named.find(({ name }, i) => named.findIndex((other) => other.name === name) !== i);
  if (!double) return named;
  throw new PagewalkError("E_OPTION", `policies: two are named ${quote(double.name)}; want a name once`);
}

function resolve(choice: PolicyChoice, over: HeapPolicyInput): NamedPolicy {
  if (typeof choice !== "string") {
    const { name = choice.preset ?? "policy", ...input } = choice;
    return { name, policy: resolvePolicy({ ...input, ...over }) };
  }
  const [preset = "", ...changes] = choice.split("+");
  const input = Object.fromEntries(changes.map(change));
  return { name: choice, policy: resolvePolicy({ preset, ...input, ...over }) };
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
