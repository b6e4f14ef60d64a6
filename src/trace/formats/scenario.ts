import type { EventFields } from "../events.js";
import type { Format } from "../format.js";
import type { Output } from "../output.js";
import { looksLikeScenario, parseLine } from "../scenario/parse.js";
import { type LineParser, LineReader } from "./lines.js";
import { firstLineTakes } from "./text.js";

const EXAMPLE = '"L 0x1000,8", "mmap 0 64K rw private,anon as $a" or "malloc p 24 at a.c:9"';

/** Accesses and events that a person can write: see docs/scenario.md. */
export const scenario: Format = {
  name: "scenario",
  example: EXAMPLE,
  detect: (head) => firstLineTakes(head, looksLikeScenario),
  open: (core, bytes, options) =>
    new LineReader(core, bytes, options, EXAMPLE, (output) => new ScenarioParser(output)),
};

/** A line belongs to the process that its `@` names, or else to that of the last `switch`, which is 1 at first. */
class ScenarioParser implements LineParser {
  private readonly output: Output;
  private home: EventFields["switch"] = { process: 1n };
  private running: bigint | undefined;

  constructor(output: Output) {
    this.output = output;
  }

  line(text: string): void {
    const line = parseLine(text);
    if (!line) return;
    const { event } = line;
    if (event.event === "switch") {
      const { process, thread } = event;
      this.home = thread === undefined ? { process } : { process, thread };
      this.running = event.process;
      this.output.event(event);
      return;
    }
    const isPlain =
      event.event === "access" && typeof event.address === "bigint" && !event.bytes && !event.at;
    if (event.event === "access") this.output.checkSize(Number(event.size));
    this.run(line.process === undefined ? this.home : { process: line.process });
    if (event.event === "access" && isPlain) {
      this.output.access(event.kind, event.address as bigint, Number(event.size));
    } else {
      this.output.event(event);
    }
  }

  private run(who: EventFields["switch"]): void {
    if (who.process === this.running) return;
    this.running = who.process;
    this.output.event({ event: "switch", ...who });
  }
}
