import { KINDS } from "../config/model.js";
import type { Crew } from "../crew/crew.js";
import { errorOf } from "../crew/failure.js";
import { type Decoded, decoded, type SharedSource, sharedSource } from "../crew/kept.js";
import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { type Progress, type Reading, readTrace } from "../trace/read.js";
import { summaryOf, type TraceSummary } from "../trace/summary.js";
import type { Trace } from "../trace/trace.js";
import { holdsAddresses, type Stream } from "./approach.js";
import type { Estimate, ReadingSoFar } from "./estimate.js";
import { countsOf, type LaneCounts, type LaneSpec } from "./lanes.js";
import type { Method, PlannedCell, SweepTrace } from "./model.js";
import { Pass } from "./pass.js";
import { type Approached, keptStreams, type LanePlan, type Plan, planOf } from "./plan.js";
import type { SweepOptions } from "./sweep.js";
import { type Answer, type CellCounts, failed, type Task } from "./tasks.js";

/** What one trace's part of a sweep works with. @internal */
export interface Surroundings {
  /** A trace that can be read again. */
  source: Trace;
  core: Core;
  crew: Crew<Task, Answer>;
  jobs: number;
  estimate: Estimate;
  options: SweepOptions;
  /** How far a reading is, some times a second; undefined once there is none. */
  onReading: (reading: ReadingSoFar | undefined) => void;
  /** A cell is answered. */
  done: (cell: PlannedCell, method: Method, counts: CellCounts) => Promise<void>;
}

/** Lanes that one task runs, for they read the same words. */
const LANES_A_TASK = 8;
/** Nanoseconds, as on the machine this was written on: a word in a lane, a word and a machine of a replay, a record of a whole replay. */
const COST = { laneWord: 8, word: 20, machine: 2e6, record: 10 };

interface Job {
  task: Task;
  cost: number;
  take: (answer: Answer) => Promise<void>;
  cells: readonly Approached[];
}

/** Answers the cells of one trace. @internal */
export class TraceSweep {
  /** What broke the trace off. */
  failure: PagewalkError | undefined;
  private readonly its: Surroundings;
  private readonly stop = new AbortController();
  /** How the trace was read, by a pass and to be kept, and what it was as the longest whole replay saw it. */
  private passed: { pass: Pass; reading: Reading } | undefined;
  private decoding: Decoded["reading"];
  private replayed: TraceSummary | undefined;

  constructor(its: Surroundings) {
    this.its = its;
  }

  /** @throws PagewalkError `E_TRACE` for a trace with nothing in it, `E_ABORTED`, `E_OUTPUT` */
  async run(cells: readonly PlannedCell[]): Promise<void> {
    const { source, options } = this.its;
    const plan = planOf(cells, source.options.kinds ?? KINDS, options.metrics === "walk");
    this.its.estimate.expect(plan.whole.length, plan.filtered.length);
    const kept = keptStreams(plan);
    const specs = plan.direct.map(({ spec }) => spec);
    // Without cells it is read to say what it is.
    const isPassed = specs.length + kept.length > 0 || cells.length === 0;
    const pass = isPassed
      ? await this.pass(specs, specs.length + kept.length > 0 ? kept : [BARE])
      : undefined;
    const whole = [...plan.whole, ...this.unfit(plan, pass)];
    const jobs = pass && !pass.isUnfit ? await this.answerDirect(plan, pass, whole) : [];
    const [last] = await this.together(this.wholeJobs(whole), this.work(jobs));
    await this.work(last);
  }

  /** What the trace is, as far as it was read; undefined while nothing of it was. */
  get summary(): SweepTrace | undefined {
    const { passed, replayed } = this;
    const fit = passed && !passed.pass.isUnfit ? passed : undefined;
    const reading = fit?.reading ?? this.decoding;
    if (!reading && !replayed) return undefined;
    if (reading?.isEmpty && reading.failure) return undefined;
    const kinds = fit?.pass.kinds() ?? this.decoding?.kinds ?? NONE;
    const counted = reading
      ? summaryOf(reading, { kinds, accesses: 0, pageCrossings: 0, unplaced: 0 })
      : replayed;
    if (!counted) return undefined;
    const { accesses: _accesses, pageCrossings: _crossings, unplaced: _unplaced, ...rest } = counted;
    return rest;
  }

  private async pass(lanes: readonly LaneSpec[], kept: readonly Stream[]): Promise<Pass> {
    const pass = new Pass(this.its.core, lanes, kept);
    const reading = await this.read((options) =>
      readTrace(this.its.core, this.its.source, options, (slice) => pass.take(slice)),
    );
    this.passed = { pass, reading };
    this.note(reading);
    return pass;
  }

  /** A reading of the trace here, with its progress. */
  private async read<R>(
    work: (options: { signal: AbortSignal; onProgress: (progress: Progress) => void }) => Promise<R>,
  ): Promise<R> {
    const { onReading } = this.its;
    const started = performance.now();
    onReading({ share: undefined, seconds: 0 });
    const result = await work({
      signal: this.signal,
      onProgress: ({ bytes, totalBytes }) =>
        onReading({
          share: totalBytes ? bytes / totalBytes : undefined,
          seconds: (performance.now() - started) / 1000,
        }),
    });
    onReading(undefined);
    return result;
  }

  private note({ failure, isEmpty }: Reading): void {
    if (!failure) return;
    if (failure.code !== "E_TRACE" || isEmpty) throw failure;
    this.failure = failure;
  }

  /** Cells that a pass cannot answer after all, for its trace has events, or addresses that their tables do not translate. */
  private unfit(plan: Plan, pass: Pass | undefined): Approached[] {
    const all = [...plan.direct, ...plan.behind].flatMap(({ cells }) => cells).concat(plan.filtered);
    if (!pass || pass.isUnfit) return all;
    const { folded, set } = pass.addressBits;
    const kept = (stream: Stream) => pass.words(stream) !== undefined;
    const lost = plan.behind.filter(({ spec }) => !kept(spec.stream)).flatMap(({ cells }) => cells);
    lost.push(...plan.filtered.filter(({ approach }) => !kept(approach.stream)));
    return all.filter((each) => lost.includes(each) || !holdsAddresses(each.cell.config, folded, set));
  }

  /** Answers what the pass itself counted. Jobs for what comes behind it. */
  private async answerDirect(plan: Plan, pass: Pass, whole: readonly Approached[]): Promise<Job[]> {
    const others = new Set(whole);
    const counts = pass.counts();
    for (const [i, lane] of plan.direct.entries()) await this.answer(lane, counts[i], pass, others);
    return [
      ...laneJobs(plan.behind, pass, (lane, its) => this.answer(lane, its, pass, others)),
      ...this.filteredJobs(plan, pass, others),
    ];
  }

  private async answer(
    { spec, cells }: LanePlan,
    counts: LaneCounts | undefined,
    pass: Pass,
    others: ReadonlySet<Approached>,
  ): Promise<void> {
    if (!counts) return;
    const lookups = pass.lookups(spec.stream);
    for (const each of cells) {
      if (others.has(each)) continue;
      const { cell, approach } = each;
      await this.its.done(cell, "one-pass", countsOf(cell.config, approach, spec, counts, lookups));
    }
  }

  private filteredJobs({ filtered }: Plan, pass: Pass, others: ReadonlySet<Approached>): Job[] {
    return filtered.flatMap((each) => {
      const { stream } = each.approach;
      const words = pass.words(stream);
      if (!words || others.has(each)) return [];
      const { config } = each.cell;
      const task: Task = {
        what: "filtered",
        words,
        pageBits: stream.pageBits,
        lookups: pass.lookups(stream),
        config,
      };
      return [
        {
          task,
          cost: COST.machine + COST.word * words.words,
          cells: [each],
          take: this.taker(each, "filtered"),
        },
      ];
    });
  }

  /** Jobs for cells that take a whole replay. How the trace was decoded for them, if it was. */
  private async wholeJobs(whole: readonly Approached[]): Promise<Job[]> {
    if (whole.length === 0) return [];
    const { source, core } = this.its;
    let trace: SharedSource = sharedSource(source);
    if (whole.length > 1) {
      const found = await this.read((options) => decoded(source, core, options));
      this.decoding = found.reading;
      if (found.reading) this.note(found.reading);
      trace = found.source ?? trace;
    }
    const bytes = typeof trace.source === "string" ? 1e8 : trace.source.byteLength;
    const cost = COST.machine + COST.record * bytes;
    const jobs = whole.map((each): Job => {
      const task: Task = { what: "replay", trace, config: each.cell.config };
      return { task, cost, cells: [each], take: this.taker(each, "replay") };
    });
    return jobs;
  }

  private taker({ cell }: Approached, method: Method): Job["take"] {
    return async (answer) => {
      if (answer.what === "failure") throw errorOf(answer.failure);
      if (answer.what !== "cell") return;
      // One that a fault stopped saw less than others.
      const { trace } = answer;
      if (trace && trace.records >= (this.replayed?.records ?? 0)) this.replayed = trace;
      const { failure } = answer;
      if (failure) this.failure ??= errorOf(failure);
      await this.its.done(cell, method, answer.counts);
    };
  }

  /** Does jobs, as many at once as there are workers, the shortest first: their cells are told sooner. */
  private async work(jobs: readonly Job[]): Promise<void> {
    const { estimate } = this.its;
    const left = [...jobs].sort((a, b) => b.cost - a.cost);
    for (const { cost } of left) estimate.add(cost);
    const hand = async () => {
      for (let job = left.pop(); job; job = left.pop()) {
        await this.perform(job);
        estimate.finish(job.cost);
      }
    };
    await this.together(...Array.from({ length: Math.min(this.its.jobs, left.length) }, hand));
  }

  /** Waits for all; where one fails the others are ended, and what it failed of is thrown. */
  private async together<T extends readonly Promise<unknown>[]>(
    ...all: T
  ): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
    for (const each of all) each.catch(() => this.stop.abort());
    const ended = await Promise.allSettled(all);
    const failures = ended.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    const first = failures.find((failure) => failure?.code !== "E_ABORTED") ?? failures[0];
    if (first) throw first;
    return Promise.all(all) as Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>;
  }

  private async perform({ task, take, cells }: Job): Promise<void> {
    const { crew, done } = this.its;
    let answer: Answer;
    try {
      answer = await crew.run(task, this.signal);
    } catch (thrown) {
      if (!(thrown instanceof PagewalkError) || thrown.code === "E_ABORTED") throw thrown;
      for (const { cell, approach } of cells) await done(cell, approach.method, failed(thrown));
      return;
    }
    await take(answer);
  }

  private get signal(): AbortSignal {
    const { signal } = this.its.options;
    return signal ? AbortSignal.any([signal, this.stop.signal]) : this.stop.signal;
  }
}

const NONE = { instruction: 0, load: 0, store: 0, modify: 0 };
/** Of a trace that is only read: any words. */
const BARE: Stream = { pageBits: 12, classes: 0, slots: 256, count: { modify: "twice", crossing: "split" } };

function laneJobs(
  lanes: readonly LanePlan[],
  pass: Pass,
  answer: (lane: LanePlan, counts: LaneCounts | undefined) => Promise<void>,
): Job[] {
  const byStream = new Map<string, LanePlan[]>();
  for (const lane of lanes) {
    const key = JSON.stringify(lane.spec.stream);
    byStream.set(key, [...(byStream.get(key) ?? []), lane]);
  }
  return [...byStream.values()].flatMap((all) => {
    const words = all[0] && pass.words(all[0].spec.stream);
    if (!words) return [];
    const parts = Array.from({ length: Math.ceil(all.length / LANES_A_TASK) }, (_, i) =>
      all.slice(i * LANES_A_TASK, (i + 1) * LANES_A_TASK),
    );
    return parts.map((part) => ({
      task: { what: "lanes" as const, words, lanes: part.map(({ spec }) => spec) },
      cost: COST.laneWord * part.length * words.words,
      cells: part.flatMap(({ cells }) => cells),
      take: async (result: Answer) => {
        if (result.what !== "lanes") return;
        for (const [i, lane] of part.entries()) await answer(lane, result.counts[i]);
      },
    }));
  });
}
