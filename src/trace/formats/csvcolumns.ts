import { PagewalkError, quote } from "../../errors.js";

/** What a column may hold, and the names by which a header says so, in lower case without signs. */
const NAMES = {
  address:
    "address addr va vaddr vaddress virtualaddress virtaddr dataaddress dataaddr memaddr memoryaddress",
  kind: "kind type op operation rw readwrite access accesstype",
  size: "size len length bytes",
  pid: "pid process processid asid",
  tid: "tid thread threadid",
};

export type Role = keyof typeof NAMES;
export const ROLES = Object.keys(NAMES) as Role[];

/** Which column holds what: its name, or its number from 1. `base`: of addresses without 0x, 10 unless given. */
export type CsvColumns = { [R in Role]?: string | number } & { base?: 10 | 16 };

/** What a column of this name holds. */
export function roleOf(name: string): Role | undefined {
  const plain = name.toLowerCase().replace(/[^a-z]/g, "");
  return ROLES.find((role) => NAMES[role].split(" ").includes(plain));
}

/** @throws PagewalkError `E_OPTION` */
export function checkColumns(columns: CsvColumns): void {
  for (const [key, value] of Object.entries(columns)) {
    const said = quote(`${key}=${value}`);
    if (key === "base") {
      if (value !== 10 && value !== 16) throw wrong(`${said}; want base=10 or base=16`);
    } else if (!ROLES.includes(key as Role)) {
      throw wrong(`${said} tells no column; want some of ${ROLES.map((role) => `${role}=NAME`)},base=16`);
    } else if (value === "" || (typeof value === "number" && !(Number.isSafeInteger(value) && value > 0))) {
      throw wrong(`${said}; want the column's name, or its number from 1`);
    }
  }
}

function wrong(why: string): PagewalkError {
  return new PagewalkError("E_OPTION", `columns: ${why}`);
}
