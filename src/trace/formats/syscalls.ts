import type { MapFlag, Protection, TraceEvent } from "../events.js";
import { BadRecord, type Output } from "../output.js";
import { argumentsOf, type Call, calledBy } from "./calls.js";
import { numberOf } from "./numbers.js";
import type { Birth, Tasks } from "./tasks.js";

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

type Take = (call: Call, thread: bigint) => void;

/** Turns system calls on memory and processes into events. */
export class Syscalls {
  private readonly output: Output;
  private readonly tasks: Tasks;
  private readonly calls: ReadonlyMap<string, Take>;
  private unnamedFiles = 0;

  constructor(output: Output, tasks: Tasks) {
    this.output = output;
    this.tasks = tasks;
    const range = ({ args }: Call) => ({
      address: numberOf(args[0], "address"),
      length: numberOf(args[1], "length"),
    });
    const mmap: Take = (call, thread) => this.put(thread, this.mmap(call));
    const mprotect: Take = (call, thread) =>
      this.put(thread, { event: "mprotect", ...range(call), protection: protectionOf(call.args[2]) });
    const birth: Take = (call, thread) =>
      this.tasks.born(thread, birthOf(call.name, call.args), numberOf(call.result, "process") || undefined);
    const exec: Take = (call, thread) => this.exec(call, thread);
    this.calls = new Map<string, Take>([
      ["mmap", mmap],
      ["mmap2", mmap],
      ["old_mmap", mmap],
      ["munmap", (call, thread) => this.put(thread, { event: "munmap", ...range(call) })],
      ["mprotect", mprotect],
      ["pkey_mprotect", mprotect],
      ["mremap", (call, thread) => this.put(thread, this.mremap(call))],
      [
        "madvise",
        (call, thread) => this.put(thread, { event: "madvise", ...range(call), ...adviceOf(call) }),
      ],
      ["brk", (call, thread) => this.brk(call, thread)],
      ["fork", birth],
      ["vfork", birth],
      ["clone", birth],
      ["clone2", birth],
      ["clone3", birth],
      ["execve", exec],
      ["execveat", exec],
    ]);
  }

  /** A call's first part, which may already make what later lines speak of. */
  begun(text: string, thread: bigint): void {
    const name = calledBy(text) ?? "";
    if (name === "exit_group") this.tasks.exit(thread);
    else if (/^(v?fork|clone[23]?)$/.test(name)) {
      this.tasks.expect(thread, birthOf(name, argumentsOf(text, name.length + 1).args));
    }
  }

  finished(whole: Call, thread: bigint): void {
    const { name } = whole;
    const [result = ""] = whole.result.split(" ", 1);
    if (name === "exit_group") {
      this.tasks.exit(thread);
      return;
    }
    const take = this.calls.get(name);
    if (!take) {
      this.output.count("other calls");
      return;
    }
    if (result !== "?" && !/^-\d/.test(result)) {
      take({ ...whole, result }, thread);
      return;
    }
    this.output.count(`failed ${name}`);
    if (/^(v?fork|clone[23]?)$/.test(name)) this.tasks.born(thread, "fork", undefined);
  }

  private put(thread: bigint, event: TraceEvent): void {
    this.tasks.run(thread);
    this.output.event(event);
  }

  private mmap({ args, result }: Call): TraceEvent {
    const address = numberOf(result, "address");
    const length = numberOf(args[1], "length");
    const protection = protectionOf(args[2]);
    const flags = this.flagsOf(args[3]);
    const offset = numberOf(args[5], "offset");
    const mapping = { event: "mmap" as const, address, length, protection, flags };
    return flags.includes("anon") ? mapping : { ...mapping, file: this.fileOf(args[4]), offset };
  }

  private flagsOf(arg: string | undefined): MapFlag[] {
    const flags: MapFlag[] = [];
    for (const name of namesOf(arg)) {
      const flag = FLAGS.get(name);
      if (flag) flags.push(flag);
      else if (!WITHOUT_EFFECT.test(name)) this.output.count("unknown flags of mmap");
    }
    return flags;
  }

  /** The path that `-y` adds to a descriptor; else a file that nobody else maps. */
  private fileOf(arg = ""): string {
    const [, fd, path] = /^(\d{1,10})(?:<(.{1,8192})>(?:\(deleted\))?)?$/s.exec(arg) ?? [];
    if (fd === undefined) throw new BadRecord("want a descriptor, or MAP_ANONYMOUS among the flags");
    return path ?? `fd${fd}#${++this.unnamedFiles}`;
  }

  private mremap({ args, result }: Call): TraceEvent {
    const address = numberOf(args[0], "address");
    const to = numberOf(result, "address");
    const flags = namesOf(args[3]);
    if (flags.includes("MREMAP_DONTUNMAP")) this.output.count("mremap that leaves its pages mapped");
    return {
      event: "mremap",
      address,
      oldLength: numberOf(args[1], "length"),
      newLength: numberOf(args[2], "length"),
      mayMove: flags.includes("MREMAP_MAYMOVE"),
      ...(to === address ? {} : { to }),
    };
  }

  /** The kernel answers with the heap's end, changed or not. */
  private brk({ args, result }: Call, thread: bigint): void {
    const process = this.tasks.of(thread);
    const wanted = numberOf(args[0], "address");
    const address = numberOf(result, "address");
    if (process.break !== address) {
      process.break = address;
      this.put(thread, { event: "brk", address });
    } else this.output.count(wanted === 0n || wanted === address ? "brk that changes nothing" : "failed brk");
  }

  private exec({ name, args }: Call, thread: bigint): void {
    this.tasks.of(thread).break = undefined;
    this.put(thread, { event: "exec", file: textOf(args[name === "execveat" ? 1 : 0]) });
  }
}

function birthOf(name: string, args: string[]): Birth {
  if (name === "fork" || name === "vfork") return name;
  const flags = args.join(",");
  if (/\bCLONE_THREAD\b/.test(flags)) return "thread";
  if (!/\bCLONE_VM\b/.test(flags)) return "fork";
  return /\bCLONE_VFORK\b/.test(flags) ? "vfork" : "clone";
}

function protectionOf(arg: string | undefined): Protection[] {
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

function adviceOf({ args }: Call): { advice: string } {
  const [, advice] = /^MADV_([A-Z_0-9]{1,40})$/.exec(namesOf(args[2])[0] ?? "") ?? [];
  if (advice === undefined) throw new BadRecord("want an advice such as MADV_DONTNEED");
  return { advice: advice.toLowerCase() };
}

/** The names of `A|B`, or of `0x3 /* A|B *` + `/` as `-X verbose` writes it. */
function namesOf(arg = ""): string[] {
  const [, names = arg] = /^0(?:x[0-9a-f]+)? \/\* (.*) \*\/$/.exec(arg) ?? [];
  return names.split("|");
}

/** A string as strace writes it: quoted as in C. */
function textOf(arg = ""): string {
  const [, content] = /^"((?:[^"\\]|\\.)*)"(?:\.\.\.)?$/.exec(arg) ?? [];
  if (content === undefined) throw new BadRecord("want the path of a program, in quotes");
  return content.replace(/\\([0-7]{1,3}|x[0-9a-f]{2}|.)/g, (_, code: string) => {
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    if (/^x./.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return { n: "\n", t: "\t", r: "\r", f: "\f", v: "\v" }[code] ?? code;
  });
}
