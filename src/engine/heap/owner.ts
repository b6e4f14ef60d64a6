import type { Machine } from "../machine.js";
import { outOfMemory } from "../memory.js";
import type { HeapOwner } from "./processheap.js";
import type { Words } from "./words.js";

/** Words of 32 bits of a request (assembly/replay/heapwords.ts). */
const REQUEST = 4;

/**
 * @internal
 *
 * The process of a machine that runs, as its heap sees it. Whether an access of an operation ended in a fault is remembered.
 */
export class RunningProcess implements HeapOwner {
  /** Of the trace, from 1: where faults are said to be. */
  record = 0n;
  /** Words are stored with their bytes. */
  carries = false;
  /** An access of the operation ended in a fault. */
  faulted = false;
  /** The break is not where the heap ended. */
  moved = false;
  private readonly machine: Machine;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  get pageSize(): number {
    return 2 ** Number(this.machine.core.exports.pageShift.value);
  }

  sbrk(from: bigint, bytes: number): boolean {
    const { exports } = this.machine.core;
    if (BigInt.asUintN(64, exports.breakNow()) !== from) {
      this.moved = true;
      return false;
    }
    return this.called(exports.heapSbrk(BigInt(bytes)));
  }

  mmap(bytes: number): bigint | null {
    const { exports } = this.machine.core;
    return this.called(exports.heapMmap(BigInt(bytes))) ? BigInt.asUintN(64, exports.lastResult.value) : null;
  }

  munmap(address: bigint, bytes: number): void {
    this.called(this.machine.core.exports.heapMunmap(address, BigInt(bytes)));
  }

  touch({ read, written, values }: Words, addressOf: (offset: number) => bigint | null): void {
    const { core } = this.machine;
    const { exports, enums } = core;
    const most = read.length + written.length;
    const requests = core.u32(this.room(exports.requestsOf(most)), REQUEST * most);
    let made = 0;
    const request = (address: bigint, access: number, value: number) => {
      const at = REQUEST * made++;
      requests[at] = Number(address & 0xffffffffn);
      requests[at + 1] = Number(address >> 32n);
      requests[at + 2] = access;
      requests[at + 3] = value;
    };
    for (const offset of read) {
      const address = addressOf(offset);
      if (address !== null) request(address, enums.Access.Load, 0);
    }
    for (const [i, offset] of written.entries()) {
      const address = addressOf(offset);
      if (address !== null) request(address, enums.Access.Store, values[i] ?? 0);
    }
    this.accessed(exports.accessWords(made, this.record, this.carries));
  }

  copy(to: bigint, from: bigint, bytes: number): void {
    this.accessed(this.machine.core.exports.copyBytes(to, from, BigInt(bytes), this.record, this.carries));
  }

  zero(at: bigint, bytes: number): void {
    this.accessed(this.machine.core.exports.zeroBytes(at, BigInt(bytes), this.record, this.carries));
  }

  private called(outcome: number): boolean {
    if (outcome === this.machine.core.enums.Outcome.OutOfMemory) throw this.shortage();
    return this.machine.core.exports.lastErrno.value === 0;
  }

  private accessed(outcome: number): void {
    const { Outcome } = this.machine.core.enums;
    if (outcome === Outcome.OutOfMemory) throw this.shortage();
    if (outcome === Outcome.Faulted) this.faulted = true;
  }

  private room(address: number): number {
    if (address === 0) throw this.shortage();
    return address;
  }

  private shortage(): Error {
    return outOfMemory(this.machine.core, this.machine.config);
  }
}
