// What each policy's operations are compiled into, and which of them the heap has.

import { Allocator } from "./allocator";
import { Buddy } from "./buddy";
import { Listed } from "./listed";
import { callWith, runWith } from "./ops";
import { Organisation } from "./organisation";
import { Implicit } from "./organisations/implicit";
import { ExplicitAddress } from "./organisations/explicitaddress";
import { ExplicitLifo } from "./organisations/explicitlifo";
import { Segregated, SegregatedOther } from "./organisations/segregated";
import { SegregatedTrees } from "./organisations/segregatedtrees";
import { SizeTree } from "./organisations/sizetree";
import { Tlsf } from "./organisations/tlsf";
import { HeapCoalescing, HeapFit, HeapFooters, HeapOrganisation } from "./params";
import { HeapParam, heapParam } from "./params";
import { heap } from "./state";
import { AllTags, FreeTags, LazyTags } from "./tags";

/** What a heap may be asked to do. */
export enum Task {
  /** 1: it is open; 0: linear memory is used up. */
  Open,
  /** Performs the operations in [from, to); where it ended. */
  Run,
  /** The same on the scratch slot, whatever slot they name. */
  Call,
  /** Notes all free blocks that can be found (tally.ts). 1, or 0 where they contradict each other. */
  Note,
  /** Bytes that links of a free block take. */
  Links,
}

export function perform(task: Task, from: usize = 0, to: usize = 0): usize {
  switch (<HeapOrganisation>heapParam(HeapParam.Organisation)) {
    case HeapOrganisation.Implicit:
      return performTagged<Implicit>(task, from, to);
    case HeapOrganisation.ExplicitLifo:
      return performTagged<ExplicitLifo>(task, from, to);
    case HeapOrganisation.ExplicitAddress:
      if (heap.fit == HeapFit.First || heap.fit == HeapFit.Next)
        return performTagged<ExplicitAddress>(task, from, to);
      return performTagged<SizeTree>(task, from, to);
    case HeapOrganisation.Segregated:
      if (heap.fit == HeapFit.Best) return performTagged<SegregatedTrees>(task, from, to);
      if (heap.fit == HeapFit.First) return performTagged<Segregated>(task, from, to);
      return performTagged<SegregatedOther>(task, from, to);
    case HeapOrganisation.Tlsf:
      return performTagged<Tlsf>(task, from, to);
    default:
      return performWith<Buddy>(task, from, to);
  }
}

function performTagged<O extends Organisation>(task: Task, from: usize, to: usize): usize {
  if (heap.coalescing != HeapCoalescing.Immediate) return performWith<Listed<O, LazyTags>>(task, from, to);
  if (heap.footers == HeapFooters.All) return performWith<Listed<O, AllTags>>(task, from, to);
  return performWith<Listed<O, FreeTags>>(task, from, to);
}

function performWith<A extends Allocator>(task: Task, from: usize, to: usize): usize {
  switch (task) {
    case Task.Open:
      return changetype<A>(0).open() ? 1 : 0;
    case Task.Run:
      return runWith<A>(from, to);
    case Task.Links:
      return changetype<A>(0).links();
    case Task.Call:
      return callWith<A>(from, to);
    default:
      return changetype<A>(0).noteAll() ? 1 : 0;
  }
}
