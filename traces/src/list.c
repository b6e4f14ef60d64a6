/* A linked list scattered over the heap, followed several times.
 *
 * NODES nodes are allocated one by one (so they lie in address order), then
 * linked in a shuffled order. Following the list jumps to an unrelated page
 * at almost every step. The shuffle uses our own generator with a fixed seed,
 * so every run makes the same list.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define NODES  8192
#define ROUNDS 32

struct node {
    struct node *next;
    uint64_t key;
    uint64_t visits;
    char payload[496];                    /* 520 bytes in all */
};

static uint64_t seed = 12345;

static uint32_t next_random(void)         /* 64-bit LCG, upper half used */
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return seed >> 32;
}

int main(void)
{
    struct node **order = malloc(NODES * sizeof *order);
    if (!order)
        return 1;
    for (uint32_t i = 0; i < NODES; i++) {
        order[i] = malloc(sizeof **order);
        if (!order[i])
            return 1;
        order[i]->key = i;
        order[i]->visits = 0;
    }

    for (uint32_t i = NODES - 1; i > 0; i--) {            /* Fisher-Yates */
        uint32_t j = (uint64_t)next_random() * (i + 1) >> 32;
        struct node *t = order[i];
        order[i] = order[j];
        order[j] = t;
    }

    for (uint32_t i = 0; i + 1 < NODES; i++)
        order[i]->next = order[i + 1];
    order[NODES - 1]->next = NULL;

    for (struct node *p = order[0]; p; p = p->next)       /* one writing pass */
        p->visits++;

    uint64_t sum = 0;
    for (int round = 0; round < ROUNDS; round++)          /* reading passes */
        for (struct node *p = order[0]; p; p = p->next)
            sum = sum * 31 + p->key;
    printf("%016llx\n", (unsigned long long)sum);
    return 0;
}
