import type { TraceEvent } from "../events.js";
import { BadRecord, type Output } from "../output.js";
import { argumentsOf, type Call, calledBy } from "./calls.js";
import { numberOf } from "./numbers.js";
import { adviceOf, flagsOf, namesOf, protectionOf, textOf } from "./syscallargs.js";
import type { Birth, Tasks } from "./tasks.js";

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
        (call, thread) =>
          this.put(thread, { event: "madvise", ...range(call), advice: adviceOf(call.args[2]) }),
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
