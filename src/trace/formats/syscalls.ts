import { type Answer, ERRNOS, type TraceEvent } from "../events.js";
import { BadRecord, type Output } from "../output.js";
import { argumentsOf, type Call, calledBy } from "./calls.js";
import { numberOf } from "./numbers.js";
import { adviceOf, flagsOf, namesOf, protectionOf, textOf } from "./syscallargs.js";
import type { Birth, Tasks } from "./tasks.js";

type Take = (call: Call, thread: bigint) => void;

/** Errors of mmap that do not lie in its file, which a trace knows little of. */
const MMAP_ERRORS = ["EAGAIN", "EEXIST", "EINVAL", "ENOMEM"];

/** Turns system calls on memory and processes into events. */
export class Syscalls {
  private readonly output: Output;
  private readonly tasks: Tasks;
  private readonly calls: ReadonlyMap<string, Take>;
  /** Those that are made although they failed. */
  private readonly failing: ReadonlyMap<string, (call: Call) => TraceEvent | undefined>;
  private unnamedFiles = 0;

  constructor(output: Output, tasks: Tasks) {
    this.output = output;
    this.tasks = tasks;
    const range = ({ args }: Call) => ({
      address: numberOf(args[0], "address"),
      length: numberOf(args[1], "length"),
    });
    const munmap = (call: Call): TraceEvent => ({ event: "munmap", ...range(call) });
    const mprotect = (call: Call): TraceEvent => ({
      event: "mprotect",
      ...range(call),
      protection: protectionOf(call.args[2]),
    });
    const madvise = (call: Call): TraceEvent => ({
      event: "madvise",
      ...range(call),
      advice: adviceOf(call.args[2]),
    });
    const made =
      (event: (call: Call) => TraceEvent): Take =>
      (call, thread) =>
        this.put(thread, event(call));
    const mmap = made((call) => this.mmap(call));
    const birth: Take = (call, thread) =>
      this.tasks.born(thread, birthOf(call.name, call.args), numberOf(call.result, "process") || undefined);
    const exec: Take = (call, thread) => this.exec(call, thread);
    this.calls = new Map<string, Take>([
      ["mmap", mmap],
      ["mmap2", mmap],
      ["old_mmap", mmap],
      ["munmap", made(munmap)],
      ["mprotect", made(mprotect)],
      ["pkey_mprotect", made(mprotect)],
      ["mremap", made((call) => this.mremap(call))],
      ["madvise", made(madvise)],
      ["brk", (call, thread) => this.brk(call, thread)],
      ["fork", birth],
      ["vfork", birth],
      ["clone", birth],
      ["clone2", birth],
      ["clone3", birth],
      ["execve", exec],
      ["execveat", exec],
    ]);
    this.failing = new Map([
      ["mmap", (call) => this.failedMmap(call)],
      ["munmap", munmap],
      ["mprotect", mprotect],
      ["mremap", (call) => this.mremap({ ...call, result: call.args[0] ?? "" })],
      ["madvise", madvise],
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
    if (this.failed(whole, thread)) return;
    this.output.count(`failed ${name}`);
    if (/^(v?fork|clone[23]?)$/.test(name)) this.tasks.born(thread, "fork", undefined);
  }

  private put(thread: bigint, event: TraceEvent, answer: Answer = "ok"): void {
    this.tasks.run(thread);
    this.output.event({ ...event, answer } as TraceEvent);
  }

  /** Makes a call that failed with an error that the same call may give here too. False: it is none such. */
  private failed(call: Call, thread: bigint): boolean {
    const [, error = ""] = /^-1 (E[A-Z0-9]{1,20})\b/.exec(call.result) ?? [];
    const event = Object.hasOwn(ERRNOS, error) ? this.eventOf({ ...call, result: error }) : undefined;
    if (event) this.put(thread, event, error as Answer);
    return event !== undefined;
  }

  private eventOf(call: Call): TraceEvent | undefined {
    try {
      return this.failing.get(call.name)?.(call);
    } catch (error) {
      // Arguments that made no sense may be why it failed.
      if (error instanceof BadRecord) return undefined;
      throw error;
    }
  }

  /** What FIXED would have replaced is there still. */
  private failedMmap({ name, args, result }: Call): TraceEvent | undefined {
    const names = namesOf(args[3]);
    if (!MMAP_ERRORS.includes(result) || names.includes("MAP_FIXED")) return undefined;
    const event = this.mmap({ name, args, result: args[0] ?? "" });
    const isEither = names.some((flag) => /^MAP_(PRIVATE|SHARED)/.test(flag));
    return isEither ? event : { ...event, flags: [...event.flags, "neither"] };
  }

  private mmap({ args, result }: Call): Extract<TraceEvent, { event: "mmap" }> {
    const address = numberOf(result, "address");
    const length = numberOf(args[1], "length");
    const protection = protectionOf(args[2]);
    const { flags, unknown } = flagsOf(args[3]);
    if (unknown > 0) this.output.count("mmap with unknown flags");
    const offset = numberOf(args[5], "offset");
    const mapping = { event: "mmap" as const, address, length, protection, flags };
    return flags.includes("anon") ? mapping : { ...mapping, file: this.fileOf(args[4]), offset };
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
    const isNews = process.break !== address;
    if (isNews) {
      process.break = address;
      this.put(thread, { event: "brk", address });
    }
    if (wanted > address) this.put(thread, { event: "brk", address: wanted }, "ENOMEM");
    else if (!isNews) {
      const isSame = wanted === 0n || wanted === address;
      this.output.count(isSame ? "brk that changes nothing" : "failed brk");
    }
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
