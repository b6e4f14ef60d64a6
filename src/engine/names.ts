import type { Strings } from "../trace/strings.js";
import type { Core } from "./core.js";

/** The machine's own numbers of the names that traces use: files, addresses, programs. One number a name, for good. @internal */
export class Names {
  private readonly core: Core;
  private readonly numbers = new Map<string, number>();
  private readonly texts = [""];
  private readonly advice: ReadonlyMap<string, number>;
  /** By the number of a kind of event, the words of its row that hold names. */
  private readonly words: readonly (readonly number[] | undefined)[];

  constructor(core: Core) {
    this.core = core;
    this.advice = adviceNumbers(core);
    this.words = wordsWithNames(core);
  }

  numberOf(text: string): number {
    if (text === "") return 0;
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    this.numbers.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }

  /** The numbers given are from 1 to before this. */
  get count(): number {
    return this.texts.length;
  }

  text(number: number): string {
    return this.texts[number] ?? "";
  }

  /**
   * Puts the machine's numbers into the first `rows` rows of the table of events, where a trace's stand. Whether one of them limits
   * frames, so that the policy has to see what comes before it.
   */
  bind(rows: number, strings: Strings): boolean {
    const { EventKind, EventRow } = this.core.enums;
    const words = this.core.u32(this.core.exports.events.value, rows * EventRow.Words);
    let limits = false;
    for (let row = 0; row < words.length; row += EventRow.Words) {
      const kind = words[row + EventRow.Kind] ?? 0;
      limits ||= kind === EventKind.Frames;
      const places = this.words[kind];
      const state = words[row + EventRow.Line2] ?? 0;
      if (!places || state & 1) continue;
      words[row + EventRow.Line2] = state | 1;
      for (const place of places) {
        const number = words[row + place] ?? 0;
        if (number === 0) continue;
        const text = strings.text(number);
        const isAdvice = kind === EventKind.Madvise && place === EventRow.Name;
        words[row + place] = isAdvice ? (this.advice.get(text) ?? 0) : this.numberOf(text);
      }
    }
    return limits;
  }
}

function wordsWithNames(core: Core): (readonly number[] | undefined)[] {
  const { EventKind, EventRow } = core.enums;
  const { Name, Text, Base } = EventRow;
  const words: (readonly number[] | undefined)[] = [];
  const set = (kind: number, ...places: number[]) => {
    words[kind] = places;
  };
  set(EventKind.Access, Base);
  set(EventKind.Mmap, Name, Text, Base);
  set(EventKind.Munmap, Base);
  set(EventKind.Mprotect, Base);
  set(EventKind.Mremap, Text, Base);
  set(EventKind.Madvise, Name, Base);
  set(EventKind.Mlock, Base);
  set(EventKind.Munlock, Base);
  set(EventKind.Brk, Text, Base);
  set(EventKind.Sbrk, Text);
  set(EventKind.Exec, Name);
  set(EventKind.File, Name);
  set(EventKind.Truncate, Name);
  set(EventKind.Open, Name);
  set(EventKind.Close, Name);
  set(EventKind.Segment, Name, Text, Base);
  set(EventKind.Expect, Base);
  set(EventKind.ExpectFault, Base);
  return words;
}

/** Linux's advice. */
function adviceNumbers({ enums: { Advice } }: Core): ReadonlyMap<string, number> {
  return new Map([
    ["willneed", Advice.Nothing],
    ["collapse", Advice.Nothing],
    ["normal", Advice.Normal],
    ["random", Advice.Random],
    ["sequential", Advice.Sequential],
    ["dontdump", Advice.DontDump],
    ["dodump", Advice.DoDump],
    ["mergeable", Advice.Mergeable],
    ["unmergeable", Advice.Unmergeable],
    ["cold", Advice.Cold],
    ["dontneed", Advice.DontNeed],
    ["dontneed_locked", Advice.DontNeedLocked],
    ["free", Advice.Free],
    ["remove", Advice.Remove],
    ["pageout", Advice.PageOut],
    ["dontfork", Advice.DontFork],
    ["dofork", Advice.DoFork],
    ["wipeonfork", Advice.WipeOnFork],
    ["keeponfork", Advice.KeepOnFork],
    ["hugepage", Advice.HugePage],
    ["nohugepage", Advice.NoHugePage],
    ["populate_read", Advice.PopulateRead],
    ["populate_write", Advice.PopulateWrite],
  ]);
}
