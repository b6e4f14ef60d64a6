/** The strings of one reading of a trace, each by its number; 0 is none. */
export class Strings {
  private readonly texts: string[] = [""];
  private readonly numbers = new Map<string, number>([["", 0]]);

  numberOf(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    this.numbers.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }

  text(number: number): string {
    return this.texts[number] ?? "";
  }
}
