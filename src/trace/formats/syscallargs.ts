// Arguments of system calls as strace writes them.

import type { MapFlag, Protection } from "../events.js";
import { BadRecord } from "../output.js";

const FLAGS: ReadonlyMap<string, MapFlag> = new Map([
  ["MAP_SHARED", "shared"],
  ["MAP_SHARED_VALIDATE", "shared"],
  ["MAP_ANONYMOUS", "anon"],
  ["MAP_FIXED", "fixed"],
  ["MAP_FIXED_NOREPLACE", "noreplace"],
  ["MAP_POPULATE", "populate"],
  ["MAP_GROWSDOWN", "growsdown"],
  ["MAP_NORESERVE", "noreserve"],
  ["MAP_LOCKED", "locked"],
  ["MAP_HUGETLB", "hugetlb"],
]);
/** Flags that say nothing of what is mapped where. */
const WITHOUT_EFFECT =
  /^(MAP_(PRIVATE|FILE|STACK|DENYWRITE|EXECUTABLE|NONBLOCK|32BIT|SYNC|UNINITIALIZED)|0|.*<<MAP_HUGE_SHIFT)$/;
const PROTECTION_NAMES: ReadonlyMap<string, Protection> = new Map([
  ["PROT_READ", "read"],
  ["PROT_WRITE", "write"],
  ["PROT_EXEC", "execute"],
]);

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["f", "\f"],
  ["v", "\v"],
]);

/** The flags of mmap that matter, and how many are not known. */
export function flagsOf(arg: string | undefined): { flags: MapFlag[]; unknown: number } {
  const flags: MapFlag[] = [];
  let unknown = 0;
  for (const name of namesOf(arg)) {
    const flag = FLAGS.get(name);
    if (flag) flags.push(flag);
    else if (!WITHOUT_EFFECT.test(name)) unknown++;
  }
  return { flags, unknown };
}

export function protectionOf(arg: string | undefined): Protection[] {
  const protection: Protection[] = [];
  for (const name of namesOf(arg)) {
    const known = PROTECTION_NAMES.get(name);
    if (known) protection.push(known);
    else if (!/^PROT_(NONE|GROWSDOWN|GROWSUP|SEM|BTI|MTE)$/.test(name)) {
      throw new BadRecord("want a protection such as PROT_READ|PROT_WRITE");
    }
  }
  return protection;
}

/** In lower case, without MADV_. */
export function adviceOf(arg: string | undefined): string {
  const [, advice] = /^MADV_([A-Z_0-9]{1,40})$/.exec(namesOf(arg)[0] ?? "") ?? [];
  if (advice === undefined) throw new BadRecord("want an advice such as MADV_DONTNEED");
  return advice.toLowerCase();
}

/** The names of `A|B`, or of `0x3 /* A|B *` + `/` as `-X verbose` writes it. */
export function namesOf(arg = ""): string[] {
  const [, names = arg] = /^0(?:x[0-9a-f]+)? \/\* (.*) \*\/$/.exec(arg) ?? [];
  return names.split("|");
}

/** A string as strace writes it: quoted as in C. */
export function textOf(arg = ""): string {
  const [, content] = /^"((?:[^"\\]|\\.)*)"(?:\.\.\.)?$/.exec(arg) ?? [];
  if (content === undefined) throw new BadRecord("want the path of a program, in quotes");
  return content.replace(/(?:\\(?:[0-7]{1,3}|x[0-9a-f]{2}|.))+/g, unescaped);
}

/** The bytes that a run of escapes stands for, as UTF-8. */
function unescaped(escapes: string): string {
  const bytes = Array.from(escapes.matchAll(/\\([0-7]{1,3}|x[0-9a-f]{2}|.)/g), ([, code = ""]) => {
    if (/^[0-7]/.test(code)) return Number.parseInt(code, 8);
    if (/^x./.test(code)) return Number.parseInt(code.slice(1), 16);
    return (CONTROLS.get(code) ?? code).charCodeAt(0);
  });
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
