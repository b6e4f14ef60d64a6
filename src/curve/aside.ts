import type { Crew } from "../crew/crew.js";
import { errorOf } from "../crew/failure.js";
import type { Core } from "../engine/core.js";
import { messageOf, PagewalkError } from "../errors.js";
import type { PoolCounts, PoolPlan } from "./pool.js";
import { Ring } from "./ring.js";
import { type Answer, hire, type PoolSpec, perform, type Task } from "./tasks.js";

/** Columns times pools that are worth workers: some twentieths of a second. Of a shorter trace this thread sees to them. */
const WORTH = 512;

/** Pools in other cores, by workers that are given each column when this core has it. @internal */
export class Aside {
  private readonly core: Core;
  private readonly plan: PoolPlan;
  private readonly parts: readonly PoolSpec[][];
  private readonly counts = new Map<PoolSpec, PoolCounts>();
  private readonly ring: Ring;
  private readonly hire: typeof hire;
  private crew: Crew<Task, Answer> | undefined;
  private working: Promise<void>[] = [];
  private failure: PagewalkError | undefined;

  /** @param hiring for tests: who works */
  constructor(core: Core, plan: PoolPlan, pools: readonly PoolSpec[], jobs: number, hiring = hire) {
    this.core = core;
    this.plan = plan;
    this.parts = dealt(pools, Math.min(jobs, pools.length));
    this.ring = new Ring(core, this.parts.length);
    this.hire = hiring;
  }

  /** Hands on the core's column, once there is room. @throws PagewalkError what ended a worker early */
  async take(): Promise<void> {
    const { ring, parts } = this;
    const pools = parts.reduce((sum, part) => sum + part.length, 0);
    if (!this.crew && (ring.isFull || ring.written * pools > WORTH)) this.begin();
    while (ring.isFull && !this.failure) await new Promise((resolve) => setTimeout(resolve, 1));
    if (this.failure) throw this.failure;
    ring.put();
  }

  /** Waits for the pools, behind the last column. What ended some of them early. */
  async settle(): Promise<PagewalkError | undefined> {
    this.ring.end();
    if (!this.crew) for (const number of this.parts.keys()) await this.answer(number);
    await Promise.all(this.working);
    await this.crew?.close();
    return this.failure;
  }

  /** Undefined of a pool that came to no end. */
  countsOf(pool: PoolSpec): PoolCounts | undefined {
    return this.counts.get(pool);
  }

  private begin(): void {
    this.crew = this.hire(this.core.module, this.parts.length);
    this.working = this.parts.map((_, number) => this.answer(number));
  }

  /** Never rejects, for it may be waited for much later. */
  private async answer(number: number): Promise<void> {
    const { core, plan, ring, parts, crew } = this;
    const pools = parts[number] ?? [];
    const { pageBits, config } = plan;
    const task: Task = {
      what: "pools",
      ring: ring.shared,
      reader: number,
      pools,
      plan: { pageBits, config },
    };
    try {
      // What a ring had is gone: no other can begin anew.
      const answer = await (crew ? crew.run(task, NEVER, 1) : perform(task, core.module));
      if (answer.what === "failure") throw errorOf(answer.failure);
      if (answer.what !== "pools") return;
      for (const [i, counts] of answer.counts.entries()) this.counts.set(pools[i] as PoolSpec, counts);
    } catch (thrown) {
      this.failure ??=
        thrown instanceof PagewalkError ? thrown : new PagewalkError("E_INTERNAL", messageOf(thrown));
    }
  }
}

/** Workers end by themselves, soon after the ring does. */
const NEVER = new AbortController().signal;

/** Deals to and fro, so that no hand has all the small sizes, which fault most. */
function dealt<T>(items: readonly T[], hands: number): T[][] {
  const all: T[][] = Array.from({ length: hands }, () => []);
  for (const [i, item] of items.entries()) {
    const at = i % (2 * hands);
    all[at < hands ? at : 2 * hands - 1 - at]?.push(item);
  }
  return all;
}
