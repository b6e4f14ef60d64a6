// Frames that hold pages of an operating system: taken from physical memory, and used again.

import { Stack, newStack } from "../base/stack";
import { NOWHERE, freeFrames, takeFrames } from "../mmu/physical";

/** log2 of the bytes of a frame. */
let bits: u32 = 12;
/** Frames given back. */
let free: Stack = changetype<Stack>(0);
/** Narrow memory takes its frames back itself. */
let narrow: bool = false;

/** Frames in use. */
export let resident: u32 = 0;
export let peakResident: u32 = 0;

export function openFrames(bits_: u32, narrow_: bool): bool {
  bits = bits_;
  narrow = narrow_;
  const made = newStack();
  if (made) free = made;
  return made != null;
}

/** The number of a frame, + 1; 0: physical memory is used up. */
export function takeFrame(): u32 {
  let frame: u32 = 0;
  if (free.length) {
    frame = free.pop();
  } else {
    const pa = takeFrames(bits);
    if (pa == NOWHERE || pa >> bits >= <u64>u32.MAX_VALUE) return 0;
    frame = <u32>(pa >> bits) + 1;
  }
  resident++;
  peakResident = max(peakResident, resident);
  return frame;
}

export function addressOfFrame(frame: u32): u64 {
  return (<u64>(frame - 1)) << bits;
}

/** Gives a frame back. */
export function giveFrame(frame: u32): void {
  resident--;
  if (narrow) freeFrames(addressOfFrame(frame), bits);
  // Without room on the stack the frame is not used again: there are others.
  else free.push(frame);
}

/** A frame that a page got before there was an operating system. */
export function adoptFrame(pa: u64): u32 {
  resident++;
  peakResident = max(peakResident, resident);
  return <u32>(pa >> bits) + 1;
}
