// Calls as strace and ltrace print them: NAME(ARGUMENTS) = RESULT.

import { quote } from "../../errors.js";
import { BadRecord } from "../output.js";

export interface Call {
  name: string;
  args: string[];
  result: string;
}

/** What stands before a call: who makes it, and from where. */
export interface CallLine {
  pid: bigint | undefined;
  /** The instruction behind the call, with 0x. */
  ip: string | undefined;
  text: string;
}

const PID = String.raw`(?:\[pid +(\d{1,10})\] +|(\d{1,10}) +)?`;
const TIME = String.raw`(?:(?:\d{1,2}:\d\d:\d\d(?:\.\d+)?|\d+\.\d+)(?: \(\+ +[\d.]+\))? +)?`;
/** strace's `-n`. */
const NUMBER = String.raw`(?:\[ *\d{1,5}\] )?`;
const IP = String.raw`(?:\[(?:0x)?([0-9a-f]{6,16}|\?+)\] )?`;
const PREFIX = new RegExp(`^ {0,12}${PID}${TIME}${NUMBER}${IP}`);

const NAME = /^(operator (?:new|delete)(?:\[\])?(?:\([\w ,:&*]{1,80}\))?|[\w.$~]{1,200})\(/;
const MAX_PATH = 8192;
/** How the first part of a call ends. */
export const UNFINISHED = " <unfinished ...>";
const RESUMED = /^<\.\.\. (.{1,200}?) resumed> ?/;

/** Takes the columns before a call off. */
export function callLineOf(line: string): CallLine {
  const [prefix = "", bracketed, plain, ip] = PREFIX.exec(line) ?? [];
  const pid = bracketed ?? plain;
  return {
    pid: pid === undefined ? undefined : BigInt(pid),
    ip: ip === undefined || ip.startsWith("?") ? undefined : `0x${ip.replace(/^0+(?=.)/, "")}`,
    text: line.slice(prefix.length),
  };
}

/** The name of the function that a text begins to call. */
export function calledBy(text: string): string | undefined {
  return NAME.exec(text)?.[1];
}

/** A whole call; undefined if the text is none. */
export function callOf(text: string): Call | undefined {
  const name = calledBy(text);
  if (name === undefined) return undefined;
  const { args, end } = argumentsOf(text, name.length + 1);
  const [, result] = /^\s{0,200}= (\S.*)$/.exec(text.slice(end)) ?? [];
  return result === undefined ? undefined : { name, args, result };
}

/** The arguments from `from` on, as far as there are any, and where their list ends. */
export function argumentsOf(text: string, from: number): { args: string[]; end: number } {
  const args: string[] = [];
  let start = from;
  let depth = 1;
  /** There is no end of a path before this. */
  let pathless = 0;
  let at = from;
  for (; at < text.length && depth > 0; at++) {
    const character = text[at] ?? "";
    if (character === '"') at = stringEnd(text, at);
    else if (character === "'") at = text[at + 2] === "'" ? at + 2 : text[at + 3] === "'" ? at + 3 : at;
    else if (character === "<" && text[at + 1] === "<") at++;
    else if (character === "<" && /[0-9D]/.test(text[at - 1] ?? "") && at >= pathless) {
      const end = pathEnd(text, at);
      if (end === undefined) pathless = at + MAX_PATH;
      else at = end;
    } else if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
    else if (character === "," && depth === 1) {
      args.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = text.slice(start, depth === 0 ? at - 1 : at).trim();
  if (last !== "") args.push(last);
  return { args, end: at };
}

/** Calls that another thread's line has parted in two. */
export class Unfinished {
  /** Bytes, about, that may be kept, and that a call costs besides its text. */
  private static readonly MOST = 1 << 24;
  private static readonly OVERHEAD = 128;
  private readonly calls = new Map<bigint, string[]>();
  private kept = 0;

  /** @param dropped told the name of each call that will never be resumed */
  constructor(private readonly dropped: (name: string) => void) {}

  /** Whether the text is the first part of a call, which is then kept. @throws BadRecord */
  keep(thread: bigint, text: string): string | undefined {
    if (!text.endsWith(UNFINISHED)) return undefined;
    const start = text.slice(0, -UNFINISHED.length);
    const cost = start.length + Unfinished.OVERHEAD;
    if (this.kept + cost > Unfinished.MOST) throw new BadRecord("too many calls are unfinished");
    this.kept += cost;
    const calls = this.calls.get(thread) ?? [];
    calls.push(start);
    this.calls.set(thread, calls);
    return start;
  }

  /** The whole of a call that is resumed; undefined if the text resumes none. @throws BadRecord */
  resume(thread: bigint, text: string): string | undefined {
    const [resumed, name] = RESUMED.exec(text) ?? [];
    if (resumed === undefined || name === undefined) return undefined;
    const calls = this.calls.get(thread) ?? [];
    const found = calls.findLastIndex((start) => start.startsWith(`${name}(`));
    if (found < 0) throw new BadRecord(`no unfinished ${quote(name)} is there to be resumed`);
    const [start = "", ...above] = calls.splice(found);
    this.release([start, ...above]);
    this.drop(above);
    if (calls.length === 0) this.calls.delete(thread);
    return start + text.slice(resumed.length);
  }

  /** Whether a call of this thread is still to be resumed. */
  has(thread: bigint): boolean {
    return this.calls.has(thread);
  }

  /** Nothing of this thread will be resumed. */
  forget(thread: bigint): void {
    const calls = this.calls.get(thread) ?? [];
    this.release(calls);
    this.drop(calls);
    this.calls.delete(thread);
  }

  /** Nothing will be resumed. */
  end(): void {
    for (const thread of [...this.calls.keys()]) this.forget(thread);
  }

  private drop(calls: string[]): void {
    for (const start of calls) this.dropped(calledBy(start) ?? "call");
  }

  private release(starts: string[]): void {
    for (const start of starts) this.kept -= start.length + Unfinished.OVERHEAD;
  }
}

/** Where a string in quotes ends. */
function stringEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return Math.min(at, text.length);
}

/** Where a descriptor's path (strace's `-y`) ends. */
function pathEnd(text: string, from: number): number | undefined {
  for (let at = from + 1; at < Math.min(text.length, from + MAX_PATH); at++) {
    if (text[at] === ">" && text[at - 1] !== "-" && /[,)(\]} ]|^$/.test(text[at + 1] ?? "")) return at;
  }
  return undefined;
}
