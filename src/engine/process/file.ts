import { PagewalkError, quote } from "../../errors.js";
import { outOfMemory } from "../memory.js";
import type { System } from "./system.js";
import { type Whole, wholeOf } from "./values.js";

/** For reading, for writing, or both. */
export type FileMode = "rw" | "ro" | "wo";

/** @internal */
export function modeOf(mode: FileMode): { readOnly: boolean; writeOnly: boolean } {
  if (!["rw", "ro", "wo"].includes(mode)) {
    throw new PagewalkError("E_OPTION", `no way ${quote(String(mode))} to open a file; want rw, ro, wo`);
  }
  return { readOnly: mode === "ro", writeOnly: mode === "wo" };
}

/** A file of a machine, which processes may map. */
export class MachineFile {
  readonly name: string;
  private readonly system: System;

  /** @internal */
  constructor(system: System, name: string) {
    this.system = system;
    this.name = name;
  }

  /** Bytes. */
  get size(): bigint {
    const { core } = this.system.machine;
    return BigInt.asUintN(64, core.exports.sizeOfFile(this.number));
  }

  /** Its size is another: what lies past a smaller end leaves memory and disk, and all that a larger one adds is zero. @param size bytes */
  truncate(size: Whole): void {
    this.system.callMachine({ event: "truncate", name: this.name, size: wholeOf("truncate", size) });
  }

  /** How it is open for what maps it from now on. */
  open(mode: FileMode = "rw"): void {
    this.system.callMachine({ event: "open", name: this.name, ...modeOf(mode) });
  }

  /** It can be mapped no more; mappings stay. @throws SyscallError `EBADF` for a file that is closed */
  close(): void {
    this.system.callMachine({ event: "close", name: this.name });
  }

  /**
   * Its bytes as read(2) would find them: of pages that are in memory from there, of others from disk. No page comes into memory by it.
   *
   * @param offset the first byte; @param length bytes, of which there may be fewer before its end
   */
  read(offset: Whole = 0, length: Whole = this.size): Uint8Array {
    return this.bytes(wholeOf("read", offset), wholeOf("read", length), false);
  }

  /** The same as its disk has them: what was stored and not written back is not there. */
  readDisk(offset: Whole = 0, length: Whole = this.size): Uint8Array {
    return this.bytes(wholeOf("readDisk", offset), wholeOf("readDisk", length), true);
  }

  /** @internal Gives it its first bytes, on its disk. */
  fill(contents: Uint8Array): void {
    const { core, config } = this.system.machine;
    this.buffer(contents.length).set(contents);
    if (!core.exports.fillFile(this.number, contents.length)) throw outOfMemory(core, config);
  }

  /** Its name: what `file` of a call says. */
  toString(): string {
    return this.name;
  }

  private get number(): number {
    return this.system.machine.names.numberOf(this.name);
  }

  private bytes(offset: bigint, length: bigint, disk: boolean): Uint8Array {
    const { size } = this;
    const left = offset < size ? size - offset : 0n;
    const count = Number(length < left ? length : left);
    this.buffer(count);
    const { core } = this.system.machine;
    const read = core.exports.readNamed(this.number, offset, count, disk);
    return core.bytes(core.exports.bufferOf(count), read).slice();
  }

  /** The core's buffer. @throws PagewalkError `E_MEMORY` for more than it can have */
  private buffer(bytes: number): Uint8Array {
    const { core, config } = this.system.machine;
    const at = bytes < 2 ** 31 ? core.exports.bufferOf(bytes) : 0;
    if (!at) throw outOfMemory(core, config);
    return core.bytes(at, bytes);
  }
}
