import type { SourcePlace } from "../events.js";
import { BadRecord, type Output } from "../output.js";
import type { Call } from "./calls.js";
import { idOf, numberOf } from "./numbers.js";

/** What the functions that allocate take, in order. `text`: a string, that is copied. */
const FUNCTIONS: readonly [names: RegExp, parameters: readonly string[]][] = [
  [/^(malloc|valloc|pvalloc|__builtin_(vec_)?new)$/, ["size"]],
  [/^_Zn[wa][mj](RKSt9nothrow_t)?$/, ["size"]],
  [/^_Zn[wa][mj]St11align_val_t(RKSt9nothrow_t)?$/, ["size", "alignment"]],
  [/^operator new(\[\])?\(unsigned (long|int)(, std::nothrow_t const&)?\)$/, ["size"]],
  [/^(memalign|aligned_alloc)$/, ["alignment", "size"]],
  [/^posix_memalign$/, ["result", "alignment", "size"]],
  [/^calloc$/, ["count", "size"]],
  [/^realloc$/, ["old", "size"]],
  [/^reallocarray$/, ["old", "count", "size"]],
  [/^(__)?strdup$/, ["text"]],
  [/^(__)?strndup$/, ["text", "most"]],
  [/^(free|cfree|_Zd[la]Pv\w*|__builtin_(vec_)?delete|operator delete(\[\])?\(void\*.*\))$/, ["block"]],
];

/** Turns calls of the functions that allocate into events. */
export class Allocations {
  private readonly output: Output;

  constructor(output: Output) {
    this.output = output;
  }

  /** Puts out what the call did; false if it is not of a function that allocates. @throws BadRecord */
  take(call: Call, at: SourcePlace | undefined): boolean {
    const parameters = parametersOf(call.name);
    if (!parameters) return false;
    const values = new Map(parameters.map((name, i) => [name, call.args[i]]));
    const number = (name: string) => numberOf(values.get(name), name);
    if (parameters.includes("block")) this.free(number("block"), at);
    else if (parameters.includes("text")) this.copy(call, values, at);
    else if (parameters.includes("result")) this.output.count("posix_memalign, which tells no address");
    else if (parameters.includes("old")) this.realloc(call, number("old"), sizeOf(values), at);
    else this.allocate(call, values, at);
    return true;
  }

  free(block: bigint, at: SourcePlace | undefined): void {
    this.output.event({ event: "free", id: idOf(block), ...placed(at) });
  }

  malloc(block: bigint, size: bigint, at: SourcePlace | undefined): void {
    if (block === 0n) this.output.count("failed malloc");
    else this.output.event({ event: "malloc", id: idOf(block), size, ...placed(at) });
  }

  private allocate(call: Call, values: Map<string, string | undefined>, at: SourcePlace | undefined): void {
    const id = idOf(resultOf(call));
    const size = numberOf(values.get("size"), "size");
    if (id === "0x0") this.output.count(`failed ${kindOf(values)}`);
    else if (values.has("count")) {
      const count = numberOf(values.get("count"), "count");
      this.output.event({ event: "calloc", id, count, size, ...placed(at) });
    } else if (values.has("alignment")) {
      const alignment = numberOf(values.get("alignment"), "alignment");
      this.output.event({ event: "malloc", id, size, alignment, ...placed(at) });
    } else {
      this.output.event({ event: "malloc", id, size, ...placed(at) });
    }
  }

  private realloc(call: Call, old: bigint, size: bigint, at: SourcePlace | undefined): void {
    const block = resultOf(call);
    if (old === 0n) this.malloc(block, size, at);
    else if (block !== 0n) {
      this.output.event({ event: "realloc", id: idOf(old), newId: idOf(block), size, ...placed(at) });
    } else if (size === 0n) this.free(old, at);
    else this.output.count("failed realloc");
  }

  /** A copy is as long as the text that is shown, and its zero. */
  private copy(call: Call, values: Map<string, string | undefined>, at: SourcePlace | undefined): void {
    const { length, isCut } = lengthOf(values.get("text") ?? "");
    const most = values.has("most") ? Number(numberOf(values.get("most"), "length")) : length;
    const block = resultOf(call);
    if (block !== 0n && isCut && most >= length)
      this.output.count("strdup of a cut string, at least so long");
    this.malloc(block, BigInt(Math.min(length, most) + 1), at);
  }
}

/** Whether a function is one of those that allocate. */
export function allocates(name: string): boolean {
  return parametersOf(name) !== undefined;
}

function parametersOf(name: string): readonly string[] | undefined {
  return FUNCTIONS.find(([names]) => names.test(name))?.[1];
}

function kindOf(values: Map<string, unknown>): string {
  return values.has("count") ? "calloc" : "malloc";
}

function sizeOf(values: Map<string, string | undefined>): bigint {
  const size = numberOf(values.get("size"), "size");
  return values.has("count") ? size * numberOf(values.get("count"), "count") : size;
}

function resultOf({ result }: Call): bigint {
  return numberOf(result.split(" ")[0], "result");
}

/** Bytes of a string as C writes it, and whether only its start is shown. */
function lengthOf(text: string): { length: number; isCut: boolean } {
  const [, content, dots] = /^"((?:[^"\\]|\\.)*)"(\.\.\.)?$/.exec(text) ?? [];
  if (content === undefined) throw new BadRecord(`want the string that is copied`);
  const plain = content.replace(/\\(?:x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)/g, "?");
  return { length: new TextEncoder().encode(plain).length, isCut: dots !== undefined };
}

function placed(at: SourcePlace | undefined): { at?: SourcePlace } {
  return at ? { at } : {};
}
