// The sections of a run's report about the operating system.

import pc from "picocolors";
import type { RunResult } from "../replay/replay.js";
import { bytes, integer, pairs, table } from "./format.js";

type Row = [string, string];

/** Rows shown of a long table; the JSON has all. */
const SHOWN = 20;

/** What each process has, and its faults; undefined where there is no operating system. */
export function processes({ processes, calls, pages, paging }: RunResult): string | undefined {
  if (!processes) return undefined;
  const rows = processes
    .slice(0, SHOWN)
    .map((one) => [
      `${one.pid}${one.ended ? " ended" : ""}`,
      integer(one.mappings),
      integer(one.mapped),
      integer(one.resident),
      integer(one.shared),
      integer(one.faults.minor),
      integer(one.faults.major),
      integer(one.faults.cow),
      integer(one.faults.segv + one.faults.protection + one.faults.bus),
    ]);
  const head = ["", "mappings", "pages", "resident", "shared", "minor", "major", "cow", "refused"];
  const more = processes.length - rows.length;
  const lines = [table(head, rows)];
  if (more > 0) lines.push(`    and ${integer(more)} more, all in --json`);
  const alive = processes.filter(({ ended }) => !ended).length;
  const held = `${integer(paging.resident)} frames, ${integer(pages.tables)} tables, ${integer(paging.swapUsed)} pages of swap`;
  const last: Row[] = [
    ["in use", `${held}; ${integer(alive)} of ${integer(processes.length)} processes have not ended`],
  ];
  if (calls && calls.made > 0) last.push(["calls", callsText(calls)]);
  if (calls && calls.differing > 0) last.push(["note", differingText(calls)]);
  return [...lines, pairs(last), ...differenceLines(calls)].join("\n");
}

function callsText({ made, failed, byName }: NonNullable<RunResult["calls"]>): string {
  const names = Object.entries(byName)
    .filter(([, counts]) => counts.failed > 0)
    .map(([name, counts]) => `${integer(counts.failed)} ${name}`);
  return `${integer(made)} made, ${integer(failed)} failed${names.length > 0 ? ` (${names.join(", ")})` : ""}`;
}

function differingText({ told, differing }: NonNullable<RunResult["calls"]>): string {
  return pc.yellow(
    `${integer(differing)} of the ${integer(told)} calls whose answer the trace tells answered otherwise here`,
  );
}

/** The first of the calls that answered otherwise. */
function differenceLines(calls: RunResult["calls"]): string[] {
  if (!calls) return [];
  const shown = calls.differences.slice(0, 5).map(({ line, pid, call, told, answered }) => {
    const where = line === null ? "" : `line ${integer(line)}, `;
    return `    ${where}process ${pid}: ${call}: ${told} in the trace, ${answered} here`;
  });
  const more = calls.differing - shown.length;
  return more > 0 ? [...shown, `    and ${integer(more)} more`] : shown;
}

/** Files with pages in memory: one copy, however many map it. undefined where there are none. */
export function files({ files = [] }: RunResult): string | undefined {
  const used = files.filter(({ resident, mappings }) => resident + mappings > 0);
  if (used.length === 0) return undefined;
  const rows = [...used]
    .sort((a, b) => b.shared - a.shared || b.resident - a.resident)
    .slice(0, SHOWN)
    .map(({ name, bytes: size, mappings, resident, shared }) => [
      name,
      bytes(size),
      integer(mappings),
      integer(resident),
      integer(shared),
    ]);
  const more = used.length - rows.length;
  const lines = [table(["", "size", "mappings", "pages resident", "shared"], rows)];
  if (more > 0) lines.push(`    and ${integer(more)} more, all in --json`);
  return lines.join("\n");
}
