import { PagewalkError } from "../errors.js";

/** Numbers for the processes that one of several traces names, so that none is another trace's. @internal */
export class Processes {
  private readonly first: number;
  private readonly second: number;
  private readonly step: number;
  private readonly most: number;
  private readonly name: string;
  private readonly places = new Map<bigint, number>();

  /**
   * @param place the trace's among `count`, from 1
   * @param shared the first process of each trace is process 1
   * @param most the processes that a trace may name
   */
  constructor(name: string, place: number, count: number, shared: boolean, most: number) {
    this.name = name;
    this.first = shared ? 1 : place;
    this.second = shared ? place + 1 : place + count;
    this.step = count;
    this.most = most;
  }

  /** The number of a process of the trace. @throws PagewalkError `E_TRACE` where there are too many */
  numberOf(named: bigint): number {
    const known = this.places.get(named);
    const place = known ?? this.places.size;
    if (place === this.most) {
      const many = `names more than ${this.most} processes, which is the most that are told apart`;
      throw new PagewalkError("E_TRACE", `${this.name}: ${many}`, { file: this.name });
    }
    if (known === undefined) this.places.set(named, place);
    return place === 0 ? this.first : this.second + (place - 1) * this.step;
  }

  /** All of them, in the order in which they were named. */
  get all(): { pid: number; named: bigint }[] {
    return [...this.places.keys()].map((named) => ({ pid: this.numberOf(named), named }));
  }
}
