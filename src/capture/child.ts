import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { PagewalkError } from "../errors.js";
import { hasTerminal } from "./processes.js";

/** How a program ended: its code, or the signal that ended it. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The exit code as a shell gives it. */
export function exitCode({ code, signal }: Exit): number {
  if (code !== null) return code;
  return signal ? 128 + constants.signals[signal] : 128;
}

/** The program under way, on our own standard input, output and error. */
export class Child {
  readonly exit: Promise<Exit>;
  hasEnded = false;
  /** It was told to end. */
  interrupted = false;
  private readonly child: ChildProcess;

  constructor(command: string[], environment: Record<string, string>) {
    const [program = "", ...rest] = command;
    this.child = spawn(program, rest, { stdio: "inherit", env: { ...process.env, ...environment } });
    this.exit = new Promise((resolve, reject) => {
      this.child.on("error", (error) => {
        this.hasEnded = true;
        reject(new PagewalkError("E_OPTION", `${program} cannot be run: ${error.message}`));
      });
      this.child.on("exit", (code, signal) => {
        this.hasEnded = true;
        resolve({ code, signal });
      });
    });
    // It is waited for at the end.
    this.exit.catch(() => undefined);
  }

  get id(): number {
    return this.child.pid ?? 0;
  }

  /** Passes a signal on, unless the terminal has. The second one ends the program. */
  interrupt(signal: NodeJS.Signals): void {
    if (this.interrupted) {
      this.kill();
      return;
    }
    this.interrupted = true;
    if (signal !== "SIGINT" || !hasTerminal()) this.child.kill(signal);
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }
}
