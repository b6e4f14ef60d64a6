/*
 * The allocator in plain C, as the measure of the one in WebAssembly: the same blocks, lists, rules and counts, by offsets of 32 bits into one region. Its counts must
 * equal pagewalk's.
 *
 *   heap POLICY FILE ROUNDS     POLICY: first (the textbook's implicit list, first fit), segregated, tlsf. FILE: u64 operation count n, then n operations of two u32:
 *                               slot | op << 28, and a size. Prints nanoseconds of each round, then counts.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

enum { MALLOC, CALLOC, REALLOC, FREE };
enum { FIRST, SEGREGATED, TLSF };
enum { ALLOCATED = 1, PREVIOUS = 2, FLAGS = 7 };
enum { LIMIT = 1 << 30, NULL_SLOT = (1 << 28) - 1, CHUNK = 4096 };
/* Heads of lists lie before the heap, so that a link is an offset as everything else. */
enum { HEADS = 64, BASE = 8192 };

#define INLINE static inline __attribute__((always_inline))

static u8 *memory;
static u32 first, top;
static u64 small, large;      /* classes of segregated lists that have a block */
static u32 firsts, seconds[28];
static struct { u32 at, size; } *slots;

static struct {
  u64 live, peak, block, peakBlock, blocks, peakBlocks, failed, splits, merges, visited, sbrks, inPlace, copied;
} n;

INLINE u32 get(u32 at) { u32 word; memcpy(&word, memory + at, 4); return word; }
INLINE void put(u32 at, u32 word) { memcpy(memory + at, &word, 4); }

/* Lists: links behind a block's word; a ring's word would be four bytes before its head. */
INLINE u32 ring(u32 list) { return HEADS + list * 8 - 4; }
INLINE u32 next(u32 block) { return get(block + 4); }

INLINE void emptyLists(u32 count) {
  for (u32 list = 0; list < count; list++) {
    put(ring(list) + 4, ring(list));
    put(ring(list) + 8, ring(list));
  }
}

INLINE void push(u32 list, u32 block) {
  u32 place = ring(list), after = get(place + 4);
  put(block + 4, after);
  put(block + 8, place);
  put(after + 8, block);
  put(place + 4, block);
}

INLINE int unlinkBlock(u32 block) {
  u32 after = get(block + 4), before = get(block + 8);
  put(before + 4, after);
  put(after + 8, before);
  return after == before;
}

INLINE u32 classOf(u32 size) {
  u32 units = size >> 3;
  if (units < 64) return units;
  u32 bits = 31 - __builtin_clz(units);
  return 52 + (bits << 1) + ((units >> (bits - 1)) & 1);
}

INLINE u32 listOf(u32 units) {
  if (units < 32) return units;
  u32 bits = 31 - __builtin_clz(units);
  return ((bits - 4) << 5) + ((units >> (bits - 5)) & 31);
}

INLINE void insert(int policy, u32 block, u32 size) {
  if (policy == SEGREGATED) {
    u32 class = classOf(size);
    push(class, block);
    if (class < 64) small |= 1ull << class;
    else large |= 1ull << (class - 64);
  } else if (policy == TLSF) {
    u32 list = listOf(size >> 3);
    push(list, block);
    seconds[list >> 5] |= 1u << (list & 31);
    firsts |= 1u << (list >> 5);
  }
}

INLINE void removeBlock(int policy, u32 block, u32 size) {
  if (policy == FIRST || !unlinkBlock(block)) return;
  if (policy == SEGREGATED) {
    u32 class = classOf(size);
    if (class < 64) small &= ~(1ull << class);
    else large &= ~(1ull << (class - 64));
  } else {
    u32 list = listOf(size >> 3);
    if (!(seconds[list >> 5] &= ~(1u << (list & 31)))) firsts &= ~(1u << (list >> 5));
  }
}

INLINE u32 findFirst(u32 size) {
  u64 visited = 0;
  u32 found = 0;
  for (u32 block = first; block != top;) {
    u32 word = get(block);
    visited++;
    if (!(word & ALLOCATED) && word >= size) {
      found = block;
      break;
    }
    block += word & ~FLAGS;
  }
  n.visited += visited;
  return found;
}

INLINE u32 findSegregated(u32 size) {
  u32 class = classOf(size);
  if (class < 64) {
    u64 have = small & (~0ull << class);
    if (have) {
      n.visited++;
      return next(ring(__builtin_ctzll(have)));
    }
    class = 64;
  } else {
    u32 few = 16;
    for (u32 block = next(ring(class)); block != ring(class) && few; block = next(block), few--) {
      n.visited++;
      if (get(block) >= size) return block;
    }
    if (++class == 128) return 0;
  }
  u64 have = large & (~0ull << (class - 64));
  if (!have) return 0;
  n.visited++;
  return next(ring(64 + __builtin_ctzll(have)));
}

INLINE u32 findTlsf(u32 size) {
  u32 units = size >> 3;
  u32 list = listOf(units < 32 ? units : units + (1u << (26 - __builtin_clz(units))) - 1);
  u32 level = list >> 5, have = seconds[level] & (~0u << (list & 31));
  if (!have) {
    u32 higher = firsts & (~0u << (level + 1));
    if (!higher) return 0;
    level = __builtin_ctz(higher);
    have = seconds[level];
  }
  n.visited++;
  return next(ring((level << 5) + __builtin_ctz(have)));
}

INLINE u32 find(int policy, u32 size) {
  if (policy == FIRST) return findFirst(size);
  return policy == SEGREGATED ? findSegregated(size) : findTlsf(size);
}

/* Tags: the textbook's on both ends of each block; otherwise a footer of free blocks, and a bit of the next header. */
INLINE void setFree(int policy, u32 block, u32 size, u32 previous) {
  put(block + size - 4, size);
  if (policy == FIRST) {
    put(block, size);
    return;
  }
  put(block, size | previous);
  put(block + size, get(block + size) & ~PREVIOUS);
}

INLINE void setFront(int policy, u32 block, u32 size, u32 previous) {
  if (policy == FIRST) {
    put(block, size | ALLOCATED);
    put(block + size - 4, size | ALLOCATED);
    return;
  }
  put(block, size | previous | ALLOCATED);
}

INLINE void setUsed(int policy, u32 block, u32 size, u32 previous) {
  setFront(policy, block, size, previous);
  if (policy != FIRST) put(block + size, get(block + size) | PREVIOUS);
}

INLINE u32 before(int policy, u32 block, u32 word) {
  if (policy != FIRST) return word & PREVIOUS ? 0 : get(block - 4);
  u32 footer = get(block - 4);
  return footer & ALLOCATED ? 0 : footer;
}

INLINE u32 blockBytes(int policy, u32 payload) {
  u32 bytes = (payload + (policy == FIRST ? 8 : 4) + 7) & ~7u;
  return bytes < 16 ? 16 : bytes;
}

INLINE int grow(u32 bytes) {
  if (bytes > BASE + LIMIT - top - 4) return 0;
  top += bytes;
  put(top, ALLOCATED);
  n.sbrks++;
  return 1;
}

INLINE u32 extend(int policy, u32 bytes) {
  u32 block = top, previous = get(block) & PREVIOUS, tail = before(policy, block, get(block));
  if (!grow(bytes)) return 0;
  if (tail) {
    block -= tail;
    removeBlock(policy, block, tail);
    previous = get(block) & PREVIOUS;
    n.merges++;
  }
  setFree(policy, block, tail + bytes, previous);
  return block;
}

static u32 beyond(int policy, u32 bytes) {
  u32 tail = policy == FIRST ? 0 : before(policy, top, get(top));
  if (tail >= bytes) {
    removeBlock(policy, top - tail, tail);
    return top - tail;
  }
  return extend(policy, bytes - tail > CHUNK ? bytes - tail : CHUNK);
}

INLINE void leave(int policy, u32 block, u32 size) {
  setFree(policy, block, size, PREVIOUS);
  insert(policy, block, size);
  n.splits++;
}

INLINE u32 place(int policy, u32 block, u32 bytes) {
  u32 word = get(block), size = word & ~FLAGS, rest = size - bytes;
  if (rest >= 16) {
    setFront(policy, block, bytes, word & PREVIOUS);
    leave(policy, block + bytes, rest);
    n.block += bytes;
  } else {
    setUsed(policy, block, size, word & PREVIOUS);
    n.block += size;
  }
  return block + 4;
}

INLINE u32 allocate(int policy, u32 size) {
  if (size >= LIMIT) return 0;
  u32 bytes = blockBytes(policy, size), block = find(policy, bytes);
  if (block) removeBlock(policy, block, get(block) & ~FLAGS);
  else if (!(block = beyond(policy, bytes))) return 0;
  return place(policy, block, bytes);
}

INLINE void freeBlock(int policy, u32 block, u32 word) {
  u32 size = word & ~FLAGS, previous = word & PREVIOUS, left = before(policy, block, word);
  u32 after = get(block + size);
  if (!(after & ALLOCATED)) {
    removeBlock(policy, block + size, after & ~FLAGS);
    size += after & ~FLAGS;
    n.merges++;
  }
  if (left) {
    block -= left;
    removeBlock(policy, block, left);
    size += left;
    previous = get(block) & PREVIOUS;
    n.merges++;
  }
  setFree(policy, block, size, previous);
  insert(policy, block, size);
}

INLINE void release(int policy, u32 payload) {
  u32 word = get(payload - 4);
  n.block -= word & ~FLAGS;
  freeBlock(policy, payload - 4, word);
}

INLINE void shrink(int policy, u32 block, u32 size, u32 bytes) {
  u32 rest = size - bytes;
  if (rest < 16) return;
  setFront(policy, block, bytes, get(block) & PREVIOUS);
  setUsed(policy, block + bytes, rest, PREVIOUS);
  n.block -= rest;
  n.splits++;
  freeBlock(policy, block + bytes, get(block + bytes));
}

static int resizeInPlace(int policy, u32 block, u32 bytes) {
  u32 word = get(block), size = word & ~FLAGS;
  if (bytes <= size) {
    shrink(policy, block, size, bytes);
    return 1;
  }
  u32 behind = block + size, after = get(behind), free = after & ALLOCATED ? 0 : after & ~FLAGS, have = size + free;
  if (have < bytes && behind + free != top) return 0;
  if (have < bytes) {
    u32 more = bytes - have > CHUNK ? bytes - have : CHUNK;
    if (!grow(more)) return 0;
    if (free) removeBlock(policy, behind, free);
    have += more;
  } else {
    removeBlock(policy, behind, free);
  }
  n.merges++;
  u32 kept = have - bytes >= 16 ? bytes : have;
  n.block += kept - size;
  if (kept == have) {
    setUsed(policy, block, have, word & PREVIOUS);
  } else {
    setFront(policy, block, bytes, word & PREVIOUS);
    leave(policy, block + bytes, have - bytes);
  }
  return 1;
}

static u32 resize(int policy, u32 payload, u32 old, u32 size) {
  if (policy != FIRST && size < LIMIT && resizeInPlace(policy, payload - 4, blockBytes(policy, size))) {
    n.inPlace++;
    return payload;
  }
  u32 moved = allocate(policy, size), kept = old < size ? old : size;
  if (!moved) return 0;
  memmove(memory + moved, memory + payload, kept);
  n.copied += kept;
  release(policy, payload);
  return moved;
}

static void begin(int policy) {
  memset(&n, 0, sizeof n);
  small = large = 0;
  firsts = 0;
  memset(seconds, 0, sizeof seconds);
  emptyLists(policy == TLSF ? 28 * 32 : 128);
  first = top = BASE + 4 + (policy == FIRST ? 8 : 0);
  if (policy == FIRST) put(BASE + 4, 8 | ALLOCATED), put(BASE + 8, 8 | ALLOCATED);
  put(top, policy == FIRST ? ALLOCATED : ALLOCATED | PREVIOUS);
  u32 block = extend(policy, CHUNK);
  insert(policy, block, get(block) & ~FLAGS);
}

INLINE void countPayload(u64 more) {
  n.live += more;
  if (n.live > n.peak) n.peak = n.live;
  if (n.block > n.peakBlock) n.peakBlock = n.block;
}

INLINE void took(u32 slot, u32 size, u32 payload) {
  slots[slot].at = payload;
  slots[slot].size = payload ? size : 0;
  if (!payload) {
    n.failed++;
    return;
  }
  if (++n.blocks > n.peakBlocks) n.peakBlocks = n.blocks;
  countPayload(size);
}

INLINE void freeSlot(int policy, u32 slot) {
  u32 payload = slots[slot].at;
  if (!payload) return;
  n.live -= slots[slot].size;
  n.blocks--;
  slots[slot].at = slots[slot].size = 0;
  release(policy, payload);
}

INLINE void run(int policy, const u32 *ops, u64 count) {
  for (const u32 *op = ops, *end = ops + 2 * count; op < end; op += 2) {
    u32 slot = op[0] & NULL_SLOT, size = op[1];
    if (slot == NULL_SLOT) continue;
    switch (op[0] >> 28) {
      case MALLOC:
        took(slot, size, allocate(policy, size));
        break;
      case CALLOC:
        took(slot, size, allocate(policy, size));
        if (slots[slot].at) memset(memory + slots[slot].at, 0, size);
        break;
      case FREE:
        freeSlot(policy, slot);
        break;
      default:
        if (!slots[slot].at) {
          took(slot, size, allocate(policy, size));
        } else if (!size) {
          freeSlot(policy, slot);
        } else {
          u32 moved = resize(policy, slots[slot].at, slots[slot].size, size);
          if (!moved) {
            n.failed++;
            break;
          }
          slots[slot].at = moved;
          u64 more = (u64)size - slots[slot].size;
          slots[slot].size = size;
          countPayload(more);
        }
    }
  }
}

/* Compiled for each policy by itself. */
static __attribute__((noinline)) void runFirst(const u32 *ops, u64 count) { run(FIRST, ops, count); }
static __attribute__((noinline)) void runSegregated(const u32 *ops, u64 count) { run(SEGREGATED, ops, count); }
static __attribute__((noinline)) void runTlsf(const u32 *ops, u64 count) { run(TLSF, ops, count); }

static u64 nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

int main(int argc, char **argv) {
  u64 count = 0;
  FILE *file = argc == 4 ? fopen(argv[2], "rb") : 0;
  if (!file || fread(&count, 8, 1, file) != 1) return 2;
  u32 *ops = malloc(count * 8), most = 0;
  if (!ops || fread(ops, 8, count, file) != count) return 2;
  int policy = !strcmp(argv[1], "first") ? FIRST : !strcmp(argv[1], "tlsf") ? TLSF : SEGREGATED;
  for (u64 at = 0; at < count; at++) {
    u32 slot = ops[2 * at] & NULL_SLOT;
    if (slot != NULL_SLOT && slot > most) most = slot;
  }
  slots = malloc((most + 1ull) * sizeof *slots);
  memory = malloc((u64)BASE + LIMIT);
  if (!slots || !memory) return 1;
  for (int round = 0; round < atoi(argv[3]); round++) {
    u64 start = nanoseconds();
    memset(slots, 0, (most + 1ull) * sizeof *slots);
    begin(policy);
    if (policy == FIRST) runFirst(ops, count);
    else if (policy == SEGREGATED) runSegregated(ops, count);
    else runTlsf(ops, count);
    printf("%llu\n", (unsigned long long)(nanoseconds() - start));
  }
  printf("{\"heapBytes\":%u,\"peakPayload\":%llu,\"splits\":%llu,\"merges\":%llu,\"visited\":%llu,\"copied\":%llu}\n", top + 4 - BASE,
         (unsigned long long)n.peak, (unsigned long long)n.splits, (unsigned long long)n.merges, (unsigned long long)n.visited,
         (unsigned long long)n.copied);
  return 0;
}
