import type { ErrorCode } from "../errors.js";

/** Exit codes of every command. */
export const EXIT = {
  done: 0,
  /** A threshold that was asked for was missed. */
  missed: 1,
  interrupted: 130,
} as const;

const BY_ERROR: Record<ErrorCode, number> = {
  E_OPTION: 2,
  E_CONFIG: 2,
  E_TRACE: 3,
  E_MEMORY: 3,
  E_OUTPUT: 4,
  E_SYSCALL: 70,
  E_FAULT: 70,
  E_INTERNAL: 70,
  E_ABORTED: 130,
};

export function exitCodeOf(code: ErrorCode): number {
  return BY_ERROR[code];
}
