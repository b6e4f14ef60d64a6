/* An index of a text: for each word, where it stands. Now and then it drops the
 * words that stand nowhere else, as a program with little memory would.
 *
 * The text is made up here, so that a run needs no file and always does the
 * same: a few words come often, most of them seldom.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 2000
#define SWEEP 500

struct word {
    struct word *next;
    char *text;
    unsigned count, room;
    unsigned *places;
};

struct table {
    struct word **buckets;
    unsigned size, words;
};

static unsigned seed = 1;

static unsigned draw(unsigned below) {
    seed = seed * 1103515245u + 12345u;
    return (seed >> 8) % below;
}

/* Word number n, of two to five syllables. */
static char *spell(unsigned n) {
    static const char *const syllables[] = {"ka", "lo", "mi", "ner", "tu", "sal", "ev", "or"};
    char text[32] = "";
    unsigned length = 2 + n % 4;
    for (unsigned i = 0; i < length; i++, n = n / 3 + 7 * i) strcat(text, syllables[n % 8]);
    char *copy = malloc(strlen(text) + 1);
    return strcpy(copy, text);
}

static unsigned hash(const char *text) {
    unsigned h = 5381;
    while (*text) h = h * 33 + (unsigned char)*text++;
    return h;
}

static void grow(struct table *table) {
    unsigned size = table->size ? 2 * table->size : 16;
    struct word **buckets = calloc(size, sizeof *buckets);
    for (unsigned i = 0; i < table->size; i++) {
        for (struct word *word = table->buckets[i], *next; word; word = next) {
            next = word->next;
            unsigned at = hash(word->text) % size;
            word->next = buckets[at];
            buckets[at] = word;
        }
    }
    free(table->buckets);
    table->buckets = buckets;
    table->size = size;
}

/* The index owns a text that is new to it, and has no use for one that is not. */
static void add(struct table *table, char *text, unsigned place) {
    if (table->words >= table->size) grow(table);
    struct word **bucket = &table->buckets[hash(text) % table->size];
    struct word *word = *bucket;
    while (word && strcmp(word->text, text)) word = word->next;
    if (word) {
        free(text);
    } else {
        word = malloc(sizeof *word);
    *word = (struct word){*bucket, text, 0, 0, NULL};
    *bucket = word;
        table->words++;
    }
    if (word->count == word->room) {
        word->room = word->room ? 2 * word->room : 2;
        word->places = realloc(word->places, word->room * sizeof *word->places);
    }
    word->places[word->count++] = place;
}

static void drop(struct word *word) {
    free(word->places);
    free(word->text);
    free(word);
}

static void sweep(struct table *table, unsigned least) {
    for (unsigned i = 0; i < table->size; i++) {
        for (struct word **at = &table->buckets[i]; *at;) {
            struct word *word = *at;
            if (word->count >= least) {
                at = &word->next;
            } else {
        *at = word->next;
                drop(word);
                table->words--;
            }
        }
    }
}

static int by_count(const void *a, const void *b) {
    const struct word *x = *(struct word *const *)a, *y = *(struct word *const *)b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->text, y->text);
}

int main(void) {
    struct table table = {NULL, 0, 0};
    for (unsigned place = 1; place <= WORDS; place++) {
        /* The product of two draws is small more often than large. */
        add(&table, spell(draw(40) * draw(40)), place);
        if (place % SWEEP == 0) sweep(&table, 2);
    }
    struct word **sorted = malloc(table.words * sizeof *sorted);
    unsigned count = 0;
    for (unsigned i = 0; i < table.size; i++) {
        for (struct word *word = table.buckets[i]; word; word = word->next) sorted[count++] = word;
    }
    qsort(sorted, count, sizeof *sorted, by_count);
    char *line = NULL;
    size_t room = 0;
    for (unsigned i = 0; i < count && i < 10; i++) {
        size_t need = strlen(sorted[i]->text) + 32;
        if (need > room) line = realloc(line, room = need);
        sprintf(line, "%s %u, first %u", sorted[i]->text, sorted[i]->count, sorted[i]->places[0]);
        puts(line);
    }
    free(line);
    free(sorted);
    sweep(&table, ~0u);
    free(table.buckets);
}
