/**
 * What went wrong, by kind. The command line turns each into an exit code (`cli/exit.ts`).
 *
 * - `E_OPTION`, `E_CONFIG`: an option or a configuration is not usable (2)
 * - `E_TRACE`: a trace is missing, unreadable, empty, of no known format, or broken (3)
 * - `E_OUTPUT`: output could not be written (4)
 * - `E_MEMORY`: the run needs more linear memory than WebAssembly can give (3)
 * - `E_ABORTED`: an AbortSignal ended the call (130)
 * - `E_SYSCALL`, `E_FAULT`: a call of a simulated process failed, an access of it ended in a fault: `SyscallError`, `AccessFault`;
 *   no command gives them
 * - `E_INTERNAL`: a fault of pagewalk itself (70)
 */
export type ErrorCode =
  | "E_OPTION"
  | "E_CONFIG"
  | "E_TRACE"
  | "E_OUTPUT"
  | "E_MEMORY"
  | "E_ABORTED"
  | "E_SYSCALL"
  | "E_FAULT"
  | "E_INTERNAL";

/** Where an error lies: whichever of these are known. */
export interface Place {
  /** The file, or `standard input`. */
  file?: string;
  /** The line, from 1. */
  line?: number;
  /** The byte in the decompressed trace, from 0. */
  byte?: number;
  /** The record, from 1. */
  record?: number;
  /** The path of a configuration key. */
  path?: string;
}

/** Every failure of pagewalk's API. `message` is one line: what is wrong, where, what would be right. */
export class PagewalkError extends Error {
  override readonly name: string = "PagewalkError";
  readonly code: ErrorCode;
  readonly at: Place;
  /** Each problem by itself, where one call found several (a configuration). */
  readonly problems: readonly string[];

  constructor(code: ErrorCode, message: string, at: Place = {}, problems: readonly string[] = [message]) {
    super(oneLine(message));
    this.code = code;
    this.at = at;
    this.problems = problems;
  }
}

/** Text with its control characters written out, so that it stays on its line. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** Text from a trace or a user, fit for one line of an error: control characters escaped, cut at 80. */
export function quote(text: string): string {
  const escaped = JSON.stringify(text.slice(0, 120))
    .slice(1, -1)
    .replace(/[\x7f-\uffff]/g, (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
    });
  return text.length > 120 || escaped.length > 80 ? `"${escaped.slice(0, 80)}..."` : `"${escaped}"`;
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
