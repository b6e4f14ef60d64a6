import type { Format } from "../format.js";
import { BadRecord, type Output } from "../output.js";
import { calledBy, callLineOf, callOf, UNFINISHED, Unfinished } from "./calls.js";
import { type LineParser, LineReader } from "./lines.js";
import { Syscalls } from "./syscalls.js";
import { Tasks } from "./tasks.js";
import { linesOf } from "./text.js";

const EXAMPLE = '"mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7fddde418000"';
const LOOKED_AT = 50;
/** Calls that a program begins with or makes often. */
const KNOWN =
  /^(mmap2?|munmap|mprotect|mremap|madvise|brk|v?fork|clone[23]?|execve(at)?|exit(_group)?|wait4|open(at)?|close|read|write|p?read64|p?write64|access|faccessat|fstat|f?newfstatat|stat|statx|lstat|lseek|ioctl|fcntl|poll|ppoll|futex|arch_prctl|set_tid_address|set_robust_list|rseq|prlimit64|getrandom|rt_sig\w+|uname|getp?pid|gettid|socket|connect|pipe2?|dup[23]?)$/;
/** What strace says into a line that it has begun. */
const ATTACHED = /strace: Process \d{1,10} (?:attached|detached)$/;

/** `strace -f -e trace=memory,process [-y] -o FILE PROGRAM`, with or without columns of processes and times. */
export const strace: Format = {
  name: "strace",
  example: EXAMPLE,
  detect: (head) => linesOf(head).slice(0, LOOKED_AT).some(looksLikeStrace),
  open: (core, bytes, options) =>
    new LineReader(core, bytes, options, EXAMPLE, (output) => new StraceParser(output)),
};

function looksLikeStrace(line: string): boolean {
  const { text } = callLineOf(line.trimEnd());
  return KNOWN.test(calledBy(text) ?? "") && (text.endsWith(UNFINISHED) || callOf(text) !== undefined);
}

class StraceParser implements LineParser {
  private readonly output: Output;
  private readonly tasks: Tasks;
  private readonly syscalls: Syscalls;
  private readonly unfinished = new Unfinished((name) => {
    // A process that ends never comes back from the call.
    if (!/^_?exit(_group)?$/.test(name)) this.output.count(`unfinished ${name}`);
  });
  /** The start of a line that a message of strace's ended. */
  private broken = "";

  constructor(output: Output) {
    this.output = output;
    this.tasks = new Tasks(output);
    this.syscalls = new Syscalls(output, this.tasks);
  }

  line(part: string): void {
    if (this.broken === "" && !/\S/.test(part)) return;
    if (ATTACHED.test(part)) {
      this.broken = part.replace(ATTACHED, "");
      this.output.count("messages");
      return;
    }
    const line = this.broken + part;
    this.broken = "";
    if (line.startsWith("strace: ")) {
      this.output.count("messages");
      return;
    }
    if (line.startsWith(" > ")) {
      this.output.count("lines of stacks");
      return;
    }
    const { pid, text } = callLineOf(line);
    this.text(this.tasks.named(pid), text);
  }

  end(): void {
    this.unfinished.end();
  }

  private text(thread: bigint, text: string): void {
    if (/^--- .* ---$/.test(text)) {
      this.output.count("signals");
      return;
    }
    if (/^\+\+\+ (exited|killed|superseded) .*\+\+\+$/.test(text)) {
      this.ended(thread);
      return;
    }
    if (/ <detached \.\.\.>$/.test(text)) {
      this.output.count("messages");
      return;
    }
    const start = this.unfinished.keep(thread, text);
    if (start !== undefined) {
      this.syscalls.begun(start, thread);
      return;
    }
    const call = callOf(this.unfinished.resume(thread, text) ?? text);
    if (!call) throw new BadRecord(`want a call such as ${EXAMPLE}`);
    this.syscalls.finished(call, thread);
  }

  private ended(thread: bigint): void {
    this.unfinished.forget(thread);
    this.tasks.end(thread);
  }
}
