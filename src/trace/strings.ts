/** Room that strings may take before they are forgotten, in characters; each counts OWN more. */
const MOST = 1 << 23;
const OWN = 32;

/** The strings that a batch's events name, each by its number; 0 is none. No number is ever another string's. */
export class Strings {
  private texts: string[] = [];
  private readonly numbers = new Map<string, number>();
  /** The number of the first of `texts`. */
  private first = 1;
  private size = 0;

  /** Before a batch: forgets those of former batches, where they take much room. */
  renew(): void {
    if (this.size < MOST) return;
    this.first += this.texts.length;
    this.texts = [];
    this.numbers.clear();
    this.size = 0;
  }

  numberOf(text: string): number {
    if (text === "") return 0;
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.first + this.texts.length;
    this.texts.push(text);
    this.numbers.set(text, number);
    this.size += text.length + OWN;
    return number;
  }

  text(number: number): string {
    return this.texts[number - this.first] ?? "";
  }
}
