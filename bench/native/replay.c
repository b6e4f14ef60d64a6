/*
 * The main job in plain C, as the measure of the replay in WebAssembly: the intel-skylake preset at 4K
 * pages (L1I 128 entries / 8 ways, L1D 64 / 4, shared L2 1536 / 12, all LRU; walk caches pml4 4/4,
 * pdpt 8/4, pd 32/8), a real x86-64 four-level table with accessed and dirty bits, page crossings,
 * modify records, counters by kind. Sets are in recency order; the last page of each class is skipped
 * when the access cannot change anything. Its counts must equal pagewalk's.
 *
 *   replay FILE ROUNDS     FILE: u64 record count n, then n addresses (u64), then n infos (u32: kind in bits
 *                          5 to 4, size - 1 from bit 12). Prints nanoseconds of each round, then counts.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef uint64_t u64;
typedef uint32_t u32;

enum { INSTRUCTION, LOAD, STORE, MODIFY };
enum { PRESENT = 1, WRITE = 2, USER = 4, ACCESSED = 32, DIRTY = 64 };
enum { L1I_SETS = 16, L1I_WAYS = 8, L1D_SETS = 16, L1D_WAYS = 4, L2_SETS = 128, L2_WAYS = 12 };
enum { PML4_SETS = 1, PML4_WAYS = 4, PDPT_SETS = 2, PDPT_WAYS = 4, PD_SETS = 4, PD_WAYS = 8 };

/* A TLB word: page number << 2 | valid << 1 | dirty; 0 is empty. */
static u64 l1i[L1I_SETS][L1I_WAYS], l1d[L1D_SETS][L1D_WAYS], l2[L2_SETS][L2_WAYS];

typedef struct { u64 key; u64 *table; } Link;
static Link pml4[PML4_SETS][PML4_WAYS], pdpt[PDPT_SETS][PDPT_WAYS], pd[PD_SETS][PD_WAYS];

static struct {
  u64 lookups[3], l1Misses[3], l2Misses[3], crossings, pteReads, assists, dirty, touched, tables;
  u64 cacheHits[4], cacheMisses[4];
} n;

static u64 *root;
static u64 nextFrame = 1 << 20;

static u64 *newTable(void) {
  u64 *table = aligned_alloc(4096, 4096);
  if (!table) exit(1);
  memset(table, 0, 4096);
  n.tables++;
  return table;
}

static inline u64 *touch(u64 *set, int ways, u64 key) {
  if ((set[0] ^ key) <= 1) return set;
  for (int way = 1; way < ways; way++) {
    u64 word = set[way];
    if ((word ^ key) <= 1) {
      for (; way > 0; way--) set[way] = set[way - 1];
      set[0] = word;
      return set;
    }
    if (!word) break;
  }
  return 0;
}

static inline void insert(u64 *set, int ways, u64 word) {
  for (int way = ways - 1; way > 0; way--) set[way] = set[way - 1];
  set[0] = word;
}

static u64 *linkFind(Link *set, int ways, u64 key) {
  for (int way = 0; way < ways; way++) {
    if (set[way].key == key) {
      Link found = set[way];
      for (; way > 0; way--) set[way] = set[way - 1];
      set[0] = found;
      return found.table;
    }
  }
  return 0;
}

static void linkInsert(Link *set, int ways, u64 key, u64 *table) {
  for (int way = ways - 1; way > 0; way--) set[way] = set[way - 1];
  set[0] = (Link){key, table};
}

#define VPN(va) (((va) & 0xffffffffffff) >> 12)
#define KEY(va, level) (((((va) & 0xffffffffffff) >> (12 + 9 * (level))) << 1) | 1)

static Link *cacheSet(int level, u64 key, int *ways) {
  if (level == 3) return *ways = PML4_WAYS, pml4[0];
  if (level == 2) return *ways = PDPT_WAYS, pdpt[(key >> 1) % PDPT_SETS];
  return *ways = PD_WAYS, pd[(key >> 1) % PD_SETS];
}

static u64 walk(u64 va, int isStore) {
  u64 *table = root;
  int level = 3, ways;
  for (int at = 3; at > 0; at--) {
    u64 key = KEY(va, at);
    Link *set = cacheSet(at, key, &ways);
    u64 *found = linkFind(set, ways, key);
    if (found) table = found, level = at - 1;
    else n.cacheMisses[at]++;
  }
  if (level < 3) n.cacheHits[level + 1]++;
  n.pteReads += level + 1;
  for (; level > 0; level--) {
    u64 *slot = &table[(va >> (12 + 9 * level)) & 511];
    if (!(*slot & PRESENT)) *slot = (u64)(uintptr_t)newTable() | PRESENT | WRITE | USER;
    *slot |= ACCESSED;
    table = (u64 *)(uintptr_t)(*slot & ~0xfffULL);
    u64 key = KEY(va, level);
    Link *set = cacheSet(level, key, &ways);
    linkInsert(set, ways, key, table);
  }
  u64 *leaf = &table[(va >> 12) & 511];
  if (!(*leaf & PRESENT)) *leaf = nextFrame++ << 12 | PRESENT | WRITE | USER, n.touched++;
  if (isStore && !(*leaf & DIRTY)) *leaf |= DIRTY, n.dirty++;
  *leaf |= ACCESSED;
  return VPN(va) << 2 | 2 | ((*leaf & DIRTY) != 0);
}

static void assist(u64 va) {
  u64 *table = root;
  for (int level = 3; level > 0; level--)
    table = (u64 *)(uintptr_t)(table[(va >> (12 + 9 * level)) & 511] & ~0xfffULL);
  u64 *leaf = &table[(va >> 12) & 511];
  if (*leaf & DIRTY) return;
  *leaf |= DIRTY;
  n.assists++;
  n.dirty++;
}

static u64 missed(u64 va, int kind) {
  n.l1Misses[kind]++;
  u64 key = VPN(va) << 2 | 2;
  u64 *set = l2[VPN(va) % L2_SETS];
  u64 *found = touch(set, L2_WAYS, key);
  if (found) {
    if (kind == STORE && !(*found & 1)) assist(va), *found |= 1;
    return *found;
  }
  n.l2Misses[kind]++;
  u64 word = walk(va, kind == STORE);
  insert(set, L2_WAYS, word);
  return word;
}

static u64 lastI = ~0ULL, lastD = ~0ULL;
static int lastDirty;

static inline void lookupI(u64 va) {
  u64 vpn = VPN(va);
  n.lookups[INSTRUCTION]++;
  if (vpn == lastI) return;
  lastI = vpn;
  u64 *set = l1i[vpn % L1I_SETS];
  if (!touch(set, L1I_WAYS, vpn << 2 | 2)) insert(set, L1I_WAYS, missed(va, INSTRUCTION));
}

static inline void lookupD(u64 va, int kind) {
  u64 vpn = VPN(va);
  n.lookups[kind]++;
  if (vpn == lastD && (kind == LOAD || lastDirty)) return;
  lastD = vpn;
  u64 *set = l1d[vpn % L1D_SETS];
  u64 *found = touch(set, L1D_WAYS, vpn << 2 | 2);
  if (!found) insert(set, L1D_WAYS, missed(va, kind));
  else if (kind == STORE && !(*found & 1)) assist(va), *found |= 1;
  lastDirty = set[0] & 1;
}

static void access(u64 va, u64 last, int kind) {
  for (u64 page = va;; page = (page | 4095) + 1) {
    if (kind == INSTRUCTION) lookupI(page);
    else lookupD(page, kind);
    if ((page | 4095) >= last) break;
    n.crossings++;
  }
}

static void replay(const u64 *addresses, const u32 *infos, u64 records) {
  for (u64 i = 0; i < records; i++) {
    u64 va = addresses[i], last = va + (infos[i] >> 12);
    int kind = (infos[i] >> 4) & 3;
    if (((va ^ last) >> 12) == 0) {
      if (kind == INSTRUCTION) lookupI(va);
      else if (kind != MODIFY) lookupD(va, kind);
      else lookupD(va, LOAD), lookupD(va, STORE);
    } else if (kind != MODIFY) access(va, last, kind);
    else access(va, last, LOAD), access(va, last, STORE);
  }
}

int main(int argc, char **argv) {
  u64 records = 0;
  FILE *file = argc == 3 ? fopen(argv[1], "rb") : 0;
  if (!file || fread(&records, 8, 1, file) != 1) return 2;
  u64 *addresses = malloc(records * 8);
  u32 *infos = malloc(records * 4);
  if (!addresses || !infos || fread(addresses, 8, records, file) != records ||
      fread(infos, 4, records, file) != records)
    return 2;
  root = newTable();
  for (int round = 0; round < atoi(argv[2]); round++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    replay(addresses, infos, records);
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%.0f\n", (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec));
    fflush(stdout);
  }
  printf("{\"lookups\":[%lu,%lu,%lu],\"l1Misses\":[%lu,%lu,%lu],\"l2Misses\":[%lu,%lu,%lu],"
         "\"crossings\":%lu,\"pteReads\":%lu,\"assists\":%lu,\"dirty\":%lu,\"touched\":%lu,\"tables\":%lu}\n",
         n.lookups[0], n.lookups[1], n.lookups[2], n.l1Misses[0], n.l1Misses[1], n.l1Misses[2],
         n.l2Misses[0], n.l2Misses[1], n.l2Misses[2], n.crossings, n.pteReads, n.assists, n.dirty,
         n.touched, n.tables);
  return 0;
}
