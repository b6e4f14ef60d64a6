import { readFileSync } from "node:fs";
import { ROOT } from "../cli/pagewalk.js";

/** An example of docs/embedding.md: a module, under its heading, and what it prints. */
export interface Example {
  title: string;
  code: string;
  output: string;
}

export function examples(): Example[] {
  const text = readFileSync(`${ROOT}docs/embedding.md`, "utf8");
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const title = section.split("\n")[0] ?? "";
      const blocks = [...section.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
      const [[, , code = ""] = [], [, , output = ""] = []] = blocks;
      if (blocks.map(([, language]) => language).join() === "ts,text") return { title, code, output };
      throw new Error(`docs/embedding.md: ${title}: want an example in ts, and what it prints in text`);
    });
}
