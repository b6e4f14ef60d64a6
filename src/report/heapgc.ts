import pc from "picocolors";
import type { GcResult } from "../heap/gc.js";
import type { PolicyResult } from "../heap/measure.js";
import { bytes, integer, percent, table } from "./format.js";

type Collected = PolicyResult & { gc: GcResult };

/** The same trace with a collector instead of its frees, beside malloc and free, for people. Nothing where none was asked for. */
export function gcReport(policies: readonly PolicyResult[]): string[] {
  const collected = policies.filter((policy): policy is Collected => policy.gc !== undefined);
  const [first] = collected;
  if (!first) return [];
  return [
    `${pc.bold("Heaps with a collector instead of free")}, ${how(first.gc)}\n${sizes(collected)}`,
    `${pc.bold("Work of the collector")}\n${work(collected)}`,
    ...atEnd(first.gc),
  ];
}

function how({ basis, interior, precise, lazy, growth }: GcResult): string {
  const marking = precise
    ? "precise"
    : `conservative, ${interior ? "interior pointers count" : "only pointers to starts count"}`;
  const from = basis === "contents" ? "the trace's roots" : "every block that the trace has not freed";
  return `from ${from}: ${marking}; ${lazy ? "lazy" : "eager"} sweep; growth ${growth}`;
}

function sizes(policies: readonly Collected[]): string {
  const rows = policies.map(({ name, heapBytes, utilization, gc, work, failed }) => [
    name,
    integer(heapBytes),
    integer(gc.heapBytes),
    heapBytes === 0 ? "-" : (gc.heapBytes / heapBytes).toFixed(2),
    share(utilization),
    share(gc.utilization),
    integer(work.visited),
    integer(gc.visited),
    integer(failed),
    integer(gc.failed),
  ]);
  const head = ["policy", "heap, free", "collected", "times", "used, free", "collected"];
  return table([...head, "searched, free", "collected", "failed, free", "collected"], rows);
}

function work(policies: readonly Collected[]): string {
  const rows = policies.map(({ name, gc }) => [
    name,
    integer(gc.collections),
    integer(gc.wordsMarked),
    integer(most(gc, "wordsMarked")),
    integer(gc.blocksSwept),
    integer(gc.lazy ? gc.sweptAtOnce : most(gc, "blocksSwept")),
    integer(gc.collected.blocks),
    bytes(gc.collected.bytes),
  ]);
  const head = ["policy", "collections", "words marked", "in a pause", "blocks swept", "in a pause"];
  return table([...head, "collected", "bytes of them"], rows);
}

function most({ pauses }: GcResult, of: "wordsMarked" | "blocksSwept"): number {
  return pauses.reduce((least, pause) => Math.max(least, pause[of]), 0);
}

function share(part: number): string {
  return percent(part, 1);
}

/** What is the same under every policy, but for numbers that look like pointers under one only. */
function atEnd({ atEnd: { live, collected, falselyRetained: last }, ...gc }: GcResult): string[] {
  const lines = [
    `At the end roots lead to ${amount(live)}; ${amount(collected)} are garbage that no collection was due for.`,
  ];
  const { falselyRetained, lostUses, unplaced } = gc;
  if (falselyRetained && last) {
    lines.push(
      `Only words that are no pointers keep ${amount(last)} then, and at most ${amount(falselyRetained)} at any collection.`,
    );
  }
  if (lostUses > 0) {
    const uses = `${integer(lostUses)} uses of blocks that were collected`;
    lines.push(pc.yellow(`${uses}: the trace needs them, and tells of no pointer to them.`));
  }
  if (unplaced > 0) {
    lines.push(`${integer(unplaced)} stores and roots name no block that is allocated, or bytes beyond one.`);
  }
  return [lines.join("\n")];
}

function amount({ blocks, bytes: size }: { blocks: number; bytes: number }): string {
  return `${integer(blocks)} blocks of ${bytes(size)}`;
}
