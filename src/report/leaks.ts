import pc from "picocolors";
import { LEAK_KINDS, type LeakKind, type LeakSums } from "../check/leaks.js";
import { integer, table } from "./format.js";

/** Places that the report shows. */
const SHOWN = 1000;

/** What was never freed, in all and by the place of allocation, for people. Nothing where nothing is live. */
export function leakReport(leaks: LeakSums, path: string): string[] {
  const total = LEAK_KINDS.reduce((all, kind) => all + leaks[kind].blocks, 0);
  if (total === 0) return [];
  const heading = leaks.basis === "pointers" ? "Leaks" : "Never freed";
  const rows = LEAK_KINDS.filter((kind) => shows(leaks, kind)).map((kind) => [
    leaks.basis === "pointers" || kind === "runtime" ? WORDS[kind] : "never freed",
    integer(leaks[kind].bytes),
    integer(leaks[kind].blocks),
  ]);
  const sites = leaks.sites
    .slice(0, SHOWN)
    .map(({ at, line, kind, bytes, blocks }) => [
      at ?? (line === undefined ? "no place known" : `${path}:${line}`),
      integer(bytes),
      integer(blocks),
      leaks.basis === "pointers" || kind === "runtime" ? kind : "",
    ]);
  const more = leaks.sites.length - sites.length;
  return [
    `${pc.bold(heading)}\n${table(["", "bytes", "blocks"], rows)}`,
    ...(sites.length > 0
      ? [
          `${pc.bold("Allocated at")}\n${table(["", "bytes", "blocks", ""], sites)}${more > 0 ? `\n  and ${integer(more)} more` : ""}`,
        ]
      : []),
  ];
}

/** Whether the table has a row for a kind. */
function shows({ basis, runtime }: LeakSums, kind: LeakKind): boolean {
  if (kind === "runtime") return runtime.blocks > 0;
  return basis === "pointers" || kind === "definite";
}

const WORDS = {
  definite: "definitely lost",
  indirect: "indirectly lost",
  possible: "possibly lost",
  reachable: "still reachable",
  runtime: "of run-time libraries",
} as const;
