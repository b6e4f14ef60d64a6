import { PagewalkError } from "../../errors.js";
import type { ReaderOptions } from "../format.js";

/** Counts bad records of a binary trace, and says when there are too many. */
export class BadRecords {
  skipped = 0;
  private readonly allowed: number;

  constructor({ skipBad }: ReaderOptions) {
    this.allowed = skipBad;
  }

  /** @throws PagewalkError `E_TRACE` for the record at `byte`, unless it may be passed over */
  passOver(file: string, byte: number, why: string): void {
    if (this.skipped >= this.allowed) {
      throw new PagewalkError("E_TRACE", `${file}: byte ${byte}: a bad record: ${why}`, { file, byte });
    }
    this.skipped++;
  }
}
