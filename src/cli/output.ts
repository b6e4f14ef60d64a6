import { messageOf, PagewalkError } from "../errors.js";

/**
 * Writes to standard output. A reader that went away is no error.
 *
 * @throws PagewalkError `E_OUTPUT` if it cannot be written
 */
export async function print(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") resolve();
      else reject(new PagewalkError("E_OUTPUT", `standard output cannot be written: ${error.message}`));
    };
    process.stdout.once("error", failed);
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, (error) => {
      if (error) failed(error);
      else resolve();
    });
  });
}

export function printError(code: string, message: string): void {
  process.stderr.write(`pagewalk: error ${code}: ${message}\n`);
}

/** Something worth knowing that is no error; `--quiet` silences it. */
export function note(message: string, options: { quiet?: boolean }): void {
  if (!options.quiet) process.stderr.write(`pagewalk: note: ${message}\n`);
}

/** Writes a file. @throws PagewalkError `E_OUTPUT` if it cannot be written */
export async function writeOutput(path: string, content: string | Uint8Array): Promise<void> {
  const { writeFile } = await import("node:fs/promises");
  try {
    await writeFile(path, content);
  } catch (thrown) {
    throw new PagewalkError("E_OUTPUT", `${path} cannot be written: ${messageOf(thrown)}`, { file: path });
  }
}
