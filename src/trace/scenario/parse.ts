import type { Kind } from "../../config/model.js";
import { sizeName } from "../../config/sizes.js";
import { quote } from "../../errors.js";
import {
  type Address,
  type Answer,
  ERRNOS,
  LIMITS,
  OVERCOMMIT,
  type SourcePlace,
  type TraceEvent,
} from "../events.js";
import { BadRecord } from "../output.js";
import { pageSizeProblem } from "../pagesize.js";
import { addressOf, idOf, numberOf, Words, wordsOf } from "./words.js";

/** The letters of accesses. */
export const LETTERS: Record<string, Kind> = { L: "load", S: "store", M: "modify", I: "instruction" };

/** What a line says, and the process that an `@` before it names. */
export interface ScenarioLine {
  process: bigint | undefined;
  event: TraceEvent;
}

type Parse = (words: Words) => TraceEvent;

/** The lines by their first word: what they look like, and how they are read. */
const VERBS: Record<string, readonly [form: string, parse: Parse]> = {
  mmap: ["mmap VA LEN PROT FLAGS [FILE OFFSET] [as $NAME]", mmap],
  munmap: ["munmap VA LEN", (w) => ({ event: "munmap", ...range(w) })],
  mprotect: ["mprotect VA LEN PROT", (w) => ({ event: "mprotect", ...range(w), protection: w.protection() })],
  mremap: ["mremap VA OLD NEW [maymove] [to VA] [as $NAME]", mremap],
  madvise: ["madvise VA LEN ADVICE", (w) => ({ event: "madvise", ...range(w), advice: w.word("ADVICE") })],
  brk: ["brk VA [as $NAME]", (w) => ({ event: "brk", address: w.address("VA"), ...named(w) })],
  sbrk: ["sbrk BYTES [as $NAME]", (w) => ({ event: "sbrk", increment: w.signed("BYTES"), ...named(w) })],
  mlock: ["mlock VA LEN", (w) => ({ event: "mlock", ...range(w) })],
  munlock: ["munlock VA LEN", (w) => ({ event: "munlock", ...range(w) })],
  limit: [
    `limit ${LIMITS.join("|")} N|unlimited`,
    (w) => ({ event: "limit", resource: w.choice("resource", LIMITS), value: w.limit() }),
  ],
  overcommit: [`overcommit ${OVERCOMMIT.join("|")} [PERCENT]`, overcommit],
  fork: ["fork CHILD", (w) => ({ event: "fork", child: w.number("CHILD") })],
  vfork: ["vfork CHILD", (w) => ({ event: "vfork", child: w.number("CHILD") })],
  clone: ["clone CHILD", (w) => ({ event: "clone", child: w.number("CHILD") })],
  exec: ["exec FILE", (w) => ({ event: "exec", file: w.word("FILE") })],
  exit: ["exit", () => ({ event: "exit" })],
  switch: ["switch PROCESS [THREAD]", switchTo],
  file: ["file NAME SIZE [rw|ro|wo] [=HEXBYTES]", file],
  open: ["open NAME [rw|ro|wo]", (w) => ({ event: "open", name: w.word("NAME"), ...mode(w) })],
  close: ["close NAME", (w) => ({ event: "close", name: w.word("NAME") })],
  segment: ["segment PROGRAM VA LEN PROT [FILE OFFSET] [entry VA]", segment],
  truncate: [
    "truncate NAME SIZE",
    (w) => ({ event: "truncate", name: w.word("NAME"), size: w.number("SIZE") }),
  ],
  frames: ["frames N", (w) => ({ event: "frames", frames: w.number("N") })],
  user: ["user", () => ({ event: "user" })],
  kernel: ["kernel", () => ({ event: "kernel" })],
  malloc: ["malloc ID SIZE [align N]", malloc],
  calloc: [
    "calloc ID N SIZE",
    (w) => ({ event: "calloc", id: w.id("ID"), count: w.number("N"), size: w.number("SIZE") }),
  ],
  realloc: [
    "realloc ID NEWID SIZE",
    (w) => ({ event: "realloc", id: w.id("ID"), newId: w.id("NEWID"), size: w.number("SIZE") }),
  ],
  free: ["free ID", free],
  allocator: ["allocator enter, allocator leave or allocator unmap VA LEN", allocator],
  frame: ["frame push SIZE NAME, or frame pop", frame],
  root: ["root VA|ID", (w) => ({ event: "root", address: rootOf(w.word("VA or ID")) })],
  expect: ["expect VA =HEXBYTES", (w) => ({ event: "expect", address: w.address("VA"), bytes: w.bytes() })],
  "expect-fault": ["expect-fault KIND VA [load|store|fetch]", expectFault],
  "expect-errno": ["expect-errno NAME", (w) => ({ event: "expect-errno", errno: w.word("NAME") })],
  region: ["region VA LEN PROT NAME [OFFSET]", region],
  pagesize: ["pagesize VA LEN SIZE", pagesize],
};

const VERB_NAMES = Object.keys(VERBS);
/** Those of which a trace may say what they answered. */
const ANSWERED = "mmap munmap mprotect mremap madvise brk fork vfork clone exec".split(" ");

/** Whether a line may be one of a scenario, and is not lackey's. */
export function looksLikeScenario(line: string): boolean {
  const [, verb = "", rest = ""] = /^\s*(?:@\w+\s+)?([\w-]+)(?:\s+(.*))?$/.exec(line) ?? [];
  if (Object.hasOwn(LETTERS, verb))
    return /^\s*(@\w+\s+)?[LSMI]\s+(0x|\$|[\w.]+[+-])/.test(line) || /^[LSMI] \S+,/.test(line);
  if (verb === "exit" || verb === "user" || verb === "kernel") return /^(at\s|#|$)/.test(rest);
  return VERB_NAMES.includes(verb) && rest !== "";
}

/**
 * Reads one line; undefined for a blank one or a comment.
 *
 * @throws BadRecord
 */
export function parseLine(line: string): ScenarioLine | undefined {
  const words = wordsOf(line);
  let process: bigint | undefined;
  if (words[0]?.startsWith("@")) process = numberOf(words.shift()?.slice(1) ?? "", "process");
  const verb = words.shift();
  if (verb === undefined) {
    if (process !== undefined) throw new BadRecord("want an access or an event behind the process");
    return undefined;
  }
  const at = placeOf(words);
  const kind = Object.hasOwn(LETTERS, verb) ? LETTERS[verb] : undefined;
  const event = kind ? access(kind, words) : eventOf(verb, words);
  return { process, event: at ? { ...event, at } : event };
}

function eventOf(verb: string, words: string[]): TraceEvent {
  const found = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (!found) {
    const known = [...Object.keys(LETTERS), ...VERB_NAMES].join(" ");
    throw new BadRecord(`${quote(verb)} begins no line of a scenario; want one of ${known}`);
  }
  const [form, parse] = found;
  const answer = ANSWERED.includes(verb) ? answerOf(words) : undefined;
  const rest = new Words(words, form);
  const event = parse(rest);
  rest.done();
  return answer ? ({ ...event, answer } as TraceEvent) : event;
}

function access(kind: Kind, words: string[]): TraceEvent {
  const rest = new Words(words, "VA,SIZE [=HEXBYTES|=&ADDRESS]");
  const word = rest.word("VA,SIZE");
  const [, va = "", digits = ""] = /^([^,]+),([^,]+)$/.exec(word) ?? [];
  if (!va) throw new BadRecord(`${quote(word)} is no access; want VA,SIZE`);
  const address = addressOf(va, "VA");
  const size = numberOf(digits, "SIZE") || 1n;
  const bytes = rest.isDone ? undefined : rest.contents();
  rest.done();
  if (bytes !== undefined && !bytes.startsWith("&") && BigInt(bytes.length / 2) !== size) {
    throw new BadRecord(`the size is ${size}, but there are ${bytes.length / 2} bytes`);
  }
  return { event: "access", kind, address, size, ...(bytes === undefined ? {} : { bytes }) };
}

/** Takes `-> ok` or `-> ERRNO` off the end. */
function answerOf(words: string[]): Answer | undefined {
  const at = words.length - 2;
  if (words[at] !== "->") return undefined;
  const [, answer = ""] = words.splice(at);
  if (answer === "ok" || Object.hasOwn(ERRNOS, answer)) return answer as Answer;
  throw new BadRecord(`${quote(answer)} is no answer; want ok, or one of ${Object.keys(ERRNOS).join(", ")}`);
}

/** Takes `at FILE:LINE` off the end. */
function placeOf(words: string[]): SourcePlace | undefined {
  if (words.at(-2) !== "at") return undefined;
  const place = new Words(words.splice(-2).slice(1), "at FILE:LINE").name("FILE:LINE");
  const [, file, line] = /^(.+):([0-9]{1,10})$/s.exec(place) ?? [];
  const isLine = file !== undefined && Number(line) < 2 ** 32;
  return isLine ? { file, line: Number(line) } : { file: place, line: 0 };
}

function range(words: Words): { address: Address; length: bigint } {
  return { address: words.address("VA"), length: words.number("LEN") };
}

function mmap(words: Words): TraceEvent {
  const mapping = { ...range(words), protection: words.protection(), flags: words.flags() };
  const backing: { file?: string; offset?: bigint } = {};
  let isNamed = words.takes("as");
  if (!isNamed && !words.isDone) {
    backing.file = words.name("FILE");
    backing.offset = words.number("OFFSET");
    isNamed = words.takes("as");
  }
  const name = isNamed ? { name: words.variable() } : {};
  return { event: "mmap", ...mapping, ...backing, ...name };
}

function mremap(words: Words): TraceEvent {
  const address = words.address("VA");
  const oldLength = words.number("OLD");
  const newLength = words.number("NEW");
  const mayMove = words.takes("maymove");
  const to = words.takes("to") ? { to: words.number("VA") } : {};
  return { event: "mremap", address, oldLength, newLength, mayMove, ...to, ...named(words) };
}

/** What later lines call the answer. */
function named(words: Words): { name?: string } {
  return words.takes("as") ? { name: words.variable() } : {};
}

function overcommit(words: Words): TraceEvent {
  const policy = words.choice("mode", OVERCOMMIT);
  return { event: "overcommit", mode: policy, ...(words.isDone ? {} : { ratio: words.number("PERCENT") }) };
}

function segment(words: Words): TraceEvent {
  const fields = { program: words.word("PROGRAM"), ...range(words), protection: words.protection() };
  const backing: { file?: string; offset?: bigint } = {};
  let begins = words.takes("entry");
  if (!begins && !words.isDone) {
    backing.file = words.name("FILE");
    backing.offset = words.number("OFFSET");
    begins = words.takes("entry");
  }
  return { event: "segment", ...fields, ...backing, ...(begins ? { entry: words.number("VA") } : {}) };
}

function switchTo(words: Words): TraceEvent {
  const process = words.number("PROCESS");
  return { event: "switch", process, ...(words.isDone ? {} : { thread: words.number("THREAD") }) };
}

function file(words: Words): TraceEvent {
  const name = words.word("NAME");
  const size = words.number("SIZE");
  const opened = mode(words);
  return { event: "file", name, size, ...opened, ...(words.isBytes ? { contents: words.bytes() } : {}) };
}

function mode(words: Words): { readOnly: boolean; writeOnly?: boolean } {
  if (words.takes("wo")) return { readOnly: false, writeOnly: true };
  const readOnly = words.takes("ro");
  if (!readOnly) words.takes("rw");
  return { readOnly };
}

function malloc(words: Words): TraceEvent {
  const id = words.id("ID");
  const size = words.number("SIZE");
  return { event: "malloc", id, size, ...(words.takes("align") ? { alignment: words.number("N") } : {}) };
}

function allocator(words: Words): TraceEvent {
  const what = words.choice("deed of an allocator", ["enter", "leave", "unmap"]);
  return what === "unmap" ? { event: "allocator unmap", ...range(words) } : { event: `allocator ${what}` };
}

/** `free ID`; or `free ID+OFFSET` or `free $NAME`, which no allocation gave. */
function free(words: Words): TraceEvent {
  const word = words.word("ID");
  const isPlain = /^(\w[\w.]*|0x[0-9a-f]+)$/i.test(word);
  const address = isPlain ? undefined : addressOf(word, "ID");
  if (typeof address !== "object") return { event: "free", id: idOf(word, "ID") };
  const { base: id, offset } = address;
  return { event: "free", id, ...(offset === 0n ? {} : { offset }) };
}

function frame(words: Words): TraceEvent {
  if (words.takes("pop")) return { event: "frame pop" };
  if (!words.takes("push")) throw new BadRecord("want frame push SIZE NAME, or frame pop");
  return { event: "frame push", size: words.number("SIZE"), name: words.word("NAME") };
}

/** Digits alone are a block's ID here, an address has 0x. */
function rootOf(word: string): Address {
  return /^[0-9]+$/.test(word) ? { base: idOf(word, "VA or ID"), offset: 0n } : addressOf(word, "VA or ID");
}

function expectFault(words: Words): TraceEvent {
  const kind = words.word("KIND");
  const address = words.address("VA");
  const access = (["load", "store", "fetch"] as const).find((name) => words.takes(name));
  return { event: "expect-fault", kind, address, ...(access ? { access } : {}) };
}

function region(words: Words): TraceEvent {
  const fields = { ...range(words), protection: words.protection(), name: words.word("NAME") };
  return { event: "region", ...fields, ...(words.isDone ? {} : { offset: words.number("OFFSET") }) };
}

function pagesize(words: Words): TraceEvent {
  const { address, length } = range(words);
  const bits = words.pageBits();
  const problem = pageSizeProblem(address, length, bits);
  if (problem) throw new BadRecord(problem);
  return { event: "pagesize", address, length, size: sizeName(bits) };
}
