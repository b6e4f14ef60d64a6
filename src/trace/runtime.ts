import type { SourcePlace } from "./events.js";

/** Files of the run-time libraries of C and C++: glibc, musl, gcc's and LLVM's. */
const RUNTIME =
  /^(?:ld(?:-linux[\w-]*|64|-musl-\w+|-\d[\d.]*)?|lib(?:c|m|dl|rt|pthread|util|resolv|nss_\w+|stdc\+\+|gcc_s|c\+\+(?:abi)?|unwind)(?:-[\d.]+)?)\.so(?:\.\d+)*$/;

/** Whether a module is one of the run-time libraries, by its path. What they allocate for themselves is no matter of the program. */
export function isRuntime(path: string): boolean {
  return RUNTIME.test(path.slice(path.lastIndexOf("/") + 1));
}

/** The same of a place: MODULE+0xOFFSET, as run-time libraries' are always told. */
export function isRuntimePlace({ file, line }: SourcePlace): boolean {
  const [, module] = /^(.+)\+0x[0-9a-f]+$/.exec(file) ?? [];
  return line === 0 && module !== undefined && isRuntime(module);
}
