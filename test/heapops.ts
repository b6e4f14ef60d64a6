// Operations of a trace, written out: `malloc 0 48`, `free -` (of NULL).

import { Core } from "../src/engine/core.js";
import { type Demand, demandOf } from "../src/heap/distributions.js";
import { NULL_SLOT } from "../src/heap/opcodes.js";
import { OpReader } from "../src/heap/ops.js";
import type { Space, Unknown } from "../src/heap/spaces.js";
import { readTrace } from "../src/trace/read.js";
import { openTrace, type TraceOptions } from "../src/trace/trace.js";
import { buildOf } from "./builds.js";

const NAMES = ["malloc", "calloc", "realloc", "free", "align"];

export interface ReadOps {
  spaces: { pid: bigint; ops: string[]; lines: number[]; unknown: Unknown }[];
  /** Of the first. */
  unknown: Unknown;
  skipped: number;
  failure: string | undefined;
  demand: Demand;
}

export async function readOps(
  text: string | Uint8Array,
  options: TraceOptions = {},
  most?: number,
): Promise<ReadOps> {
  const core = await Core.create(await buildOf("release"));
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const trace = openTrace(bytes, options);
  const reader = new OpReader(core, core.enums.HeapOp, trace, most);
  const reading = await readTrace(core, trace, {}, (slice, feed) => reader.take(slice, feed));
  const spaces = reader.spaces.all.filter(({ own }) => own > 0);
  const [first = reader.spaces.current] = spaces;
  return {
    spaces: spaces.map(written),
    unknown: first.unknown,
    skipped: reading.skipped + reader.skipped,
    failure: reading.failure?.message,
    demand: demandOf(first.ops, first.blocks.slots, core.enums.HeapOp),
  };
}

function written({ pid, ops, unknown }: Space): ReadOps["spaces"][number] {
  const texts: string[] = [];
  ops.each(0, ops.length, (words) => {
    for (let i = 0; i < words.length; i += 2) texts.push(opText(words[i] ?? 0, words[i + 1] ?? 0));
  });
  return { pid, ops: texts, lines: texts.map((_, at) => ops.lineOf(at)), unknown };
}

function opText(word: number, size: number): string {
  const name = NAMES[word >>> 28] ?? "?";
  const slot = word & (2 ** 28 - 1);
  if (name === "align") return `align ${size}`;
  const block = slot === NULL_SLOT ? "-" : String(slot);
  return name === "free" ? `free ${block}` : `${name} ${block} ${size}`;
}

/** A trace of the malloc lab with these operations, its header right. */
export function repOf(lines: readonly string[], ids = 100): string {
  return `${[20000, ids, lines.length, 1, ...lines].join("\n")}\n`;
}
