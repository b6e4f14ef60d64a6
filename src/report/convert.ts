import pc from "picocolors";
import type { ConvertResult } from "../convert/convert.js";
import { bytes, integer, pairs, ratio } from "./format.js";

/** The report of `convert` for people. */
export function convertReport({ trace, output, interrupted, timing }: ConvertResult): string {
  if (interrupted) return `${pc.bold(output.path)} was not written`;
  const wrapped = trace.compression === "none" ? "" : `, ${trace.compression}`;
  const entries = trace.records + trace.events;
  return [
    `${pc.bold(output.path)} (${output.format}), from ${trace.path} (${trace.format}${wrapped})`,
    pairs([
      ["records", `${integer(trace.records)}${trace.truncated ? pc.yellow(", truncated") : ""}`],
      ["events", integer(trace.events)],
      ...(trace.filtered > 0 ? [["left out", integer(trace.filtered)] as [string, string]] : []),
      ["size", `${bytes(output.bytes)}, ${ratio(output.bytes, entries)} bytes a record`],
      ["time", `${timing.seconds.toFixed(2)} s, ${(timing.recordsPerSecond / 1e6).toFixed(1)} M records/s`],
    ]),
  ].join("\n");
}
