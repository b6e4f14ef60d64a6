import pc from "picocolors";
import type { CacheProbe, EntryRead, Explanation, PageWhere, TlbProbe } from "../explain/explain.js";
import { SCHEMA, VERSION } from "../version.js";
import { drawFields, hex } from "./bits.js";

/** A translation for people, step by step. */
export function explainReport(explanation: Explanation): string {
  const { va, access, mode, pageSize, fields } = explanation;
  const article = access === "instruction" ? "an" : "a";
  const parts = [`${pc.bold(hex(va))}, ${article} ${access} in ${mode} mode`];
  if (explanation.translation === "none") return physicalReport(parts, explanation);
  if (explanation.servedBy === null) {
    return [...parts, section("Fault", "  segv: the address is not canonical; nothing is looked up")].join(
      "\n\n",
    );
  }
  parts.push(section(`The address, in a page of ${pageSize}`, drawFields(fields.page)));
  if (fields.levels.length > 1) {
    parts.push(section("What chooses the entry at each level", drawFields(fields.levels)));
  }
  if (fields.tlb.length > 0)
    parts.push(section(`What chooses the set of ${explanation.tlbs[0]?.name}`, drawFields(fields.tlb)));
  if (explanation.page) parts.push(section("The page before", pageBefore(explanation.page)));
  parts.push(section("TLBs", explanation.tlbs.map(probe).join("\n") || "  none is asked"));
  if (explanation.prefetch) parts.push(`  prefetch buffer: ${outcome(explanation.prefetch.hit)}`);
  if (explanation.servedBy === "walk") parts.push(section("Page walk", walk(explanation)));
  parts.push(section("Physical address", physical(explanation)));
  if (explanation.caches.length > 0) parts.push(section("Data caches", caches(explanation)));
  return parts.join("\n\n");
}

/** The address is physical: nothing stands before the data caches. */
function physicalReport(parts: string[], { fault, pa, caches: asked, byte }: Explanation): string {
  const where = pa === null ? "none: memory ends below it" : `PA ${hex(pa)}: addresses are physical`;
  const note = fault === null ? "" : `\n  ${pc.yellow(`${fault} fault`)}`;
  parts.push(section("Physical address", `  ${where}${note}`));
  if (asked.length > 0) parts.push(section("Data caches", caches({ caches: asked, byte })));
  return parts.join("\n\n");
}

function section(title: string, body: string): string {
  return `${pc.bold(title)}\n${body}`;
}

function pageBefore({ state, disk, entry, table }: PageWhere): string {
  const out = table === null ? "" : `; a table that leads to it is on disk, slot ${table} of swap`;
  const says = `${entry === 0n ? "" : `; its entry is ${hex(entry)}`}${out}`;
  if (disk === null) return `  ${state}${says}`;
  const where = "swap" in disk ? `slot ${disk.swap} of swap` : `page ${disk.page} of ${disk.file}`;
  return `  ${state}: on disk, ${where}${says}`;
}

function outcome(hit: boolean): string {
  return hit ? pc.green("hit") : pc.yellow("miss");
}

function probe({ name, level, set, sets, tag, hit, held }: TlbProbe): string {
  const place =
    sets > 1 ? `set ${set} (TLBI ${hex(set)}), tag ${hex(tag)} (TLBT)` : `fully associative, tag ${hex(tag)}`;
  const lines = held.map(({ tag, ppn, size, asid, global, dirty }) => {
    const marks = [size, global ? "global" : "", asid === null ? "" : `asid ${asid}`, dirty ? "dirty" : ""];
    return `      tag ${hex(tag)}  PPN ${ppn === null ? "?" : hex(ppn)}  ${marks.filter(Boolean).join(", ")}`;
  });
  const holds = lines.length > 0 ? ["    held:", ...lines] : ["    held: nothing"];
  return [`  ${name} (L${level}): ${place}: ${outcome(hit)}`, ...holds].join("\n");
}

function walk({ walkCaches, nestedTlb, reads }: Explanation): string {
  const asked = walkCaches.map(
    ({ level, host, hit }) => `  walk cache ${host ? "(host) " : ""}${level}: ${outcome(hit)}`,
  );
  const guests = nestedTlb.map(({ address, hit }) => `  nested TLB, ${hex(address)}: ${outcome(hit)}`);
  const lines = reads.map((read, i) => `  ${String(i + 1).padStart(2)}. ${entry(read)}`);
  return [...asked, ...guests, ...lines].join("\n") || "  no entry is read";
}

function entry({ level, host, index, address, value, flags, pointsTo, servedBy, made }: EntryRead): string {
  const where = `${host ? "host " : ""}${level}[${index}] at ${hex(address)} (${servedBy})`;
  const says = `${hex(value)}: ${flags.join(", ")}${pointsTo === null ? "" : `, ${hex(pointsTo)}`}`;
  if (made === "entry") return `${where}: not present; made: ${says}`;
  return made === "table" ? `${where}: in a new table: ${says}` : `${where}: ${says}`;
}

/** What a fault means for the access. */
const FAULTS: Record<NonNullable<Explanation["fault"]>, string> = {
  minor: "the page was touched for the first time, and mapped",
  major: "the page was read from disk",
  cow: "the page was shared copy-on-write; the store got one of its own",
  segv: "nothing is mapped there",
  protection: "the page does not let this be done",
  bus: "the page lies beyond the end of its file",
  oom: "there was no frame for the page",
};

function physical({ fault, pa, ppn, ppo }: Explanation): string {
  const note = fault === null ? "" : `\n  ${pc.yellow(`${fault} fault`)}: ${FAULTS[fault]}`;
  if (pa === null || ppn === null || ppo === null) return `  none${note}`;
  return `  PPN ${hex(ppn)}, PPO ${hex(ppo)}: PA ${hex(pa)}${note}`;
}

function caches({ caches, byte }: Pick<Explanation, "caches" | "byte">): string {
  const lines = caches.map(
    ({ name, set, tag, offset, hit }: CacheProbe) =>
      `  ${name}: set ${hex(set)} (CI), tag ${hex(tag)} (CT), offset ${hex(offset)} (CO): ${outcome(hit)}`,
  );
  return [...lines, ...(byte === null ? [] : [`  byte ${hex(byte)}`])].join("\n");
}

/** The same for programs: addresses and parts of them as hexadecimal texts. */
export function explanationJson(explanation: Explanation): object {
  const texts = JSON.parse(
    JSON.stringify(explanation, (_, value: unknown) => (typeof value === "bigint" ? hex(value) : value)),
  ) as object;
  return { pagewalk: VERSION, schema: SCHEMA, ...texts };
}
