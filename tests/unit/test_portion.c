/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Portions, their sums as bytes, and runs divided among ranks: threads here, which stand for processes. */
#include "base/memory.h"
#include "engine/divide.h"
#include "engine/gather.h"
#include "engine/losses.h"
#include "lives.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

/* ---- sums as bytes ----------------------------------------------------------- */

enum { SUMS = 2 * TF_LANES, YEARS = 5 };

static tf_draw_tally tally_of(tf_steps *sums, tf_steps *by_year)
{
    return (tf_draw_tally){ 1, 1, 1, 1, YEARS, sums, by_year };
}

static const tf_steps most = (tf_steps)(((__extension__ (unsigned __int128)1) << 127) - 1);

Test(portion, sums_come_back)
{
    tf_steps sums[SUMS] = { 0, 1, -1, 63, 64, -64, -65, most, -most - 1, (tf_steps)1 << 64, -((tf_steps)1 << 100), 0, 0, 0, 5 }, got[SUMS] = { 0 };
    tf_steps by_year[YEARS] = { 0, 0, 7, 0, 0 }, got_by_year[YEARS] = { 0 };
    tf_draw_tally from = tally_of(sums, by_year), to = tally_of(got, got_by_year);
    tf_text bytes = { 0 };

    tf_tally_encode(&from, &bytes);
    cr_assert(!bytes.failed);
    cr_expect_lt(bytes.length, sizeof sums);
    cr_assert(tf_tally_decode_add(bytes.chars, bytes.length, &to));
    cr_expect_arr_eq(got, sums, sizeof sums);
    cr_expect_arr_eq(got_by_year, by_year, sizeof by_year);
    cr_expect(!tf_tally_decode_add(bytes.chars, bytes.length, &to), "a sum of more than 127 bits");
    for (size_t n = 0; n < bytes.length; ++n) {
        tf_tally_clear(&to);
        cr_expect(!tf_tally_decode_add(bytes.chars, n, &to), "the first %zu bytes are not a tally", n);
    }
    tf_text_add(&bytes, "a");
    tf_tally_clear(&to);
    cr_expect(!tf_tally_decode_add(bytes.chars, bytes.length, &to), "bytes behind the tally");
    tf_text_free(&bytes);
}

Test(portion, what_is_no_tally_is_refused)
{
    static const struct {
        size_t n;
        const char *bytes;
    } wrong[] = {
        { 2, "\x00\x26" },                     /* a run of 38 zeros where 37 sums are */
        { 2, "\x00\x00" },                     /* a run of none */
        { 4, "\x82\x80\x00\x24" },             /* 2 with a digit too many */
        { 3, "\x80\x00\x25" },                 /* 0 with a digit too many */
        { 21, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x04\x00\x24" }, /* 2^128 and more */
    };
    tf_steps got[SUMS] = { 0 }, got_by_year[YEARS] = { 0 };
    tf_draw_tally to = tally_of(got, got_by_year);

    cr_assert(tf_tally_decode_add("\x00\x25", 2, &to), "37 zeros");
    for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; ++k)
        cr_expect(!tf_tally_decode_add(wrong[k].bytes, wrong[k].n, &to), "%zu", k);
}

/* ---- cutting ----------------------------------------------------------------- */

Test(portion, units_are_cut_by_people)
{
    lives made = lives_england("population:persons=20000");
    const tf_plan *plan = made.run->plan;

    for (uint64_t persons = 1; persons < 40000; persons = persons * 3 + 1) {
        tf_portions portions;
        double work = 0;
        cr_assert_eq(tf_portions_create(made.context, plan, persons, &portions), TREFOIL_DONE);
        cr_expect_eq(portions.first[0], 0u);
        cr_expect_eq(portions.first[portions.count], plan->n_units);
        for (size_t p = 0; p < portions.count; ++p) {
            uint64_t in = 0;
            cr_assert_lt(portions.first[p], portions.first[p + 1]);
            for (size_t u = portions.first[p]; u < portions.first[p + 1]; ++u)
                in += plan->units[u].persons;
            cr_expect(in <= persons || portions.first[p + 1] == portions.first[p] + 1);
            work += tf_portion_work(plan, &portions, p);
        }
        cr_expect_eq(work, 20000.0 * (double)plan->layout->n_strategies);
        tf_portions_free(&portions);
    }
    lives_forget(&made);
}

/* ---- ranks ------------------------------------------------------------------- */

enum { RANKS = 3, MOST_LETTERS = 512 };

typedef struct letter {
    char *bytes;
    size_t n;
} letter;

/* What the ranks share. */
typedef struct hall {
    pthread_mutex_t lock;
    pthread_barrier_t meeting;
    letter letters[RANKS][MOST_LETTERS];
    size_t written[RANKS], read[RANKS];
    int numbers[RANKS];
    void *spread;
} hall;

typedef struct member {
    trefoil_ranks ranks;
    hall *hall;
    char *received;
    lives made;
    const char *const *sets;
    trefoil_status status;
    double told; /* the most of progress, of all */
} member;

static void spread(void *self, void *bytes, size_t n)
{
    member *of = self;

    if (of->ranks.rank == 0)
        of->hall->spread = bytes;
    pthread_barrier_wait(&of->hall->meeting);
    if (of->ranks.rank > 0)
        memcpy(bytes, of->hall->spread, n);
    pthread_barrier_wait(&of->hall->meeting);
}

static int least(void *self, int number)
{
    member *of = self;
    int found = number;

    of->hall->numbers[of->ranks.rank] = number;
    pthread_barrier_wait(&of->hall->meeting);
    for (size_t r = 0; r < RANKS; ++r)
        found = of->hall->numbers[r] < found ? of->hall->numbers[r] : found;
    pthread_barrier_wait(&of->hall->meeting);
    return found;
}

static bool send_letter(void *self, size_t to, const char *bytes, size_t n)
{
    hall *in = ((member *)self)->hall;
    char *copy = malloc(n);

    cr_assert_not_null(copy);
    memcpy(copy, bytes, n);
    pthread_mutex_lock(&in->lock);
    cr_assert_lt(in->written[to], MOST_LETTERS);
    in->letters[to][in->written[to]++] = (letter){ copy, n };
    pthread_mutex_unlock(&in->lock);
    return true;
}

static const char *receive(void *self, bool patient, size_t *n)
{
    member *of = self;
    hall *in = of->hall;
    size_t rank = of->ranks.rank;

    free(of->received);
    of->received = NULL;
    pthread_mutex_lock(&in->lock);
    if (in->read[rank] < in->written[rank]) {
        letter next = in->letters[rank][in->read[rank]++];
        of->received = next.bytes;
        *n = next.n;
    }
    pthread_mutex_unlock(&in->lock);
    if (!of->received && patient)
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    return of->received;
}

static void tell(void *self, const char *what, double done, double total)
{
    member *of = self;

    (void)what;
    of->told = fmax(of->told, done / total);
    cr_expect_leq(done, total);
}

static void *work(void *self)
{
    member *of = self;
    size_t n = 0;

    while (of->sets[n])
        ++n;
    of->made.context = trefoil_context_create(&(trefoil_listener){ .progress = tell, .self = of });
    of->status = tf_run_open(of->made.context, LIVES_ENGLAND, of->sets, n, NULL, &of->made.run);
    cr_assert_eq(of->status, TREFOIL_DONE);
    of->status = tf_run_divided(of->made.context, of->made.run, (tf_run_options){ 1, 0 }, &(tf_division){ .persons = 300, .ranks = &of->ranks },
                                (tf_sink){ .take = of->ranks.rank == 0 ? lives_take : NULL, .self = &of->made });
    return NULL;
}

static void work_together(member members[RANKS], hall *in, const char *const *sets)
{
    pthread_t threads[RANKS];

    memset(in, 0, sizeof *in);
    pthread_mutex_init(&in->lock, NULL);
    pthread_barrier_init(&in->meeting, NULL, RANKS);
    for (size_t r = 0; r < RANKS; ++r) {
        members[r] = (member){ .ranks = { r, RANKS, &members[r], spread, least, send_letter, receive }, .hall = in, .sets = sets };
        cr_assert_eq(pthread_create(&threads[r], NULL, work, &members[r]), 0);
    }
    for (size_t r = 0; r < RANKS; ++r)
        pthread_join(threads[r], NULL);
}

static void part(member members[RANKS], hall *in)
{
    for (size_t r = 0; r < RANKS; ++r) {
        free(members[r].received);
        for (size_t k = in->read[r]; k < in->written[r]; ++k)
            free(in->letters[r][k].bytes);
        lives_forget(&members[r].made);
    }
}

Test(portion, ranks_give_what_one_process_gives)
{
    static hall in;
    member members[RANKS];
    const char *const sets[] = { "population:persons=6000", NULL };
    lives alone = lives_of(LIVES_ENGLAND, sets, (tf_run_options){ 1, 0 }, NULL);
    const tf_layout *layout = &alone.run->layout;
    size_t n = layout->n_groups * layout->n_measures * 2;

    work_together(members, &in, sets);
    for (size_t r = 0; r < RANKS; ++r)
        cr_expect_eq(members[r].status, TREFOIL_DONE, "rank %zu", r);
    cr_expect_gt(in.written[0], RANKS, "the others sent their portions");
    cr_expect_float_eq(members[0].told, 1.0, 1e-12, "progress covers all ranks");
    cr_assert_eq(members[0].made.n_outcomes, alone.n_outcomes);
    for (size_t i = 0; i < alone.n_outcomes; ++i) {
        cr_expect_arr_eq(members[0].made.outcomes[i].total, alone.outcomes[i].total, n * sizeof(double));
        cr_expect_arr_eq(members[0].made.outcomes[i].difference_variance, alone.outcomes[i].difference_variance, n * sizeof(double));
    }
    part(members, &in);
    lives_forget(&alone);
}

/* ---- what is lost ------------------------------------------------------------ */

enum { DRAWS = 4, SHELF = 512 };

/* Keeps that portions are there, and nothing of them; and the draws as they come. */
typedef struct shelf {
    bool has[DRAWS][SHELF];
    char order[32];
} shelf;

static trefoil_status shelve(void *self, trefoil_context *context, const tf_portion *portions, size_t n)
{
    (void)context;
    for (size_t k = 0; k < n; ++k)
        ((shelf *)self)->has[portions[k].draw][portions[k].first] = true;
    return TREFOIL_DONE;
}

static bool is_shelved(void *self, uint32_t draw, size_t first, size_t units)
{
    (void)units;
    return ((shelf *)self)->has[draw][first];
}

static trefoil_status unshelve(void *self, trefoil_context *context, uint32_t draw, size_t first, tf_draw_tally *tally, double *parameters, double *seconds)
{
    (void)self, (void)context, (void)draw, (void)first, (void)tally, (void)parameters, (void)seconds;
    return TREFOIL_DONE;
}

static trefoil_status note_order(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    shelf *of = self;
    size_t n = strlen(of->order);

    (void)context, (void)layout;
    snprintf(of->order + n, sizeof of->order - n, "%u", draw->draw);
    return TREFOIL_DONE;
}

/* Portion 1 of draw 1 never comes, its others do. */
static void lose_a_portion(const lives *made, const tf_portions *cut, bool in_order, shelf *of)
{
    tf_keeper keeper = { shelve, is_shelved, unshelve, of };
    tf_draw_tally nothing = { 0 };
    tf_gather *gather;

    cr_assert(tf_draw_tally_create(made->run->plan, &nothing));
    cr_assert_eq(tf_gather_create(made->context, made->run->plan, cut, &keeper, 1,
                                  (tf_sink){ .take = note_order, .self = of, .in_order = in_order }, &gather), TREFOIL_DONE);
    for (uint32_t draw = 0; draw < DRAWS; ++draw)
        for (size_t p = 0; p < cut->count; ++p) {
            double parameters[64] = { 0 };
            tf_portion portion = { draw, cut->first[p], cut->first[p + 1] - cut->first[p], parameters, &nothing, 0 };
            cr_assert_leq(made->run->layout.n_parameters, 64u);
            if (draw == 1 && p == 1)
                tf_gather_lose(gather, 1);
            else
                cr_assert_eq(tf_gather_take(made->context, gather, &portion, 1), TREFOIL_DONE);
        }
    tf_gather_destroy(gather);
    tf_draw_tally_free(&nothing);
}

Test(portion, a_lost_draw_holds_nobody_up)
{
    lives made = lives_england("population:persons=2000", "uncertainty:draws=3");
    tf_portions cut;
    shelf past = { 0 }, strict = { 0 };

    cr_assert_eq(tf_portions_create(made.context, made.run->plan, 300, &cut), TREFOIL_DONE);
    cr_assert(cut.count >= 3 && made.run->plan->n_units <= SHELF);
    lose_a_portion(&made, &cut, false, &past);
    cr_expect_str_eq(past.order, "023");
    lose_a_portion(&made, &cut, true, &strict);
    cr_expect_str_eq(strict.order, "0", "a sink that is to have every draw in order");
    for (size_t p = 0; p < cut.count; ++p) {
        cr_expect_eq(past.has[1][cut.first[p]], p != 1, "all of the lost draw but what is lost is kept");
        cr_expect(strict.has[3][cut.first[p]]);
    }
    tf_portions_free(&cut);
    lives_forget(&made);
}

Test(portion, losses_are_told_once)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_losses lost = { 0 };

    cr_expect_eq(tf_losses_end(context, &lost, true, TREFOIL_DONE), TREFOIL_DONE, "nothing was lost");
    cr_expect_eq(tf_losses_add(&lost, 7, "the first"), TREFOIL_DONE);
    cr_expect_eq(tf_losses_add(&lost, 2, "another"), TREFOIL_DONE);
    cr_expect_eq(tf_losses_add(&lost, 7, "another"), TREFOIL_DONE);
    cr_expect_eq(tf_losses_end(context, &lost, true, TREFOIL_INTERRUPTED), TREFOIL_INTERRUPTED, "it ends for another reason");
    cr_expect_eq(trefoil_context_reasons(context), 0u);
    cr_expect_eq(tf_losses_end(context, &lost, false, TREFOIL_DONE), TREFOIL_PLUGIN_FAILED);
    cr_assert_eq(trefoil_context_reasons(context), 1u);
    cr_expect_str_eq(trefoil_context_reason(context, 0), "the first; 3 units of work are lost, so draws 2, 7 are not finished");
    for (size_t units = 4; units < TF_LOST_MOST; ++units)
        cr_expect_eq(tf_losses_add(&lost, (uint32_t)units * 10, "another"), TREFOIL_DONE);
    cr_expect_eq(tf_losses_add(&lost, 1, "one too many"), TREFOIL_PLUGIN_FAILED);
    trefoil_context_destroy(context);
}

/* ---- what usual care is expected to use -------------------------------------- */

enum { TABLES = 64, NUMBERS = 4096 };

typedef struct book {
    char names[TABLES][64];
    double numbers[TABLES][NUMBERS];
    size_t n, recalled;
    double factor; /* of what is recalled */
} book;

static trefoil_status write_down(void *self, trefoil_context *context, const char *name, const double *numbers, size_t n)
{
    book *of = self;

    (void)context;
    cr_assert(of->n < TABLES && n <= NUMBERS);
    snprintf(of->names[of->n], sizeof of->names[0], "%s", name);
    memcpy(of->numbers[of->n++], numbers, n * sizeof *numbers);
    return TREFOIL_DONE;
}

static trefoil_status look_up(void *self, trefoil_context *context, const char *name, double *numbers, size_t n, bool *there)
{
    book *of = self;

    (void)context;
    *there = false;
    for (size_t t = 0; t < of->n; ++t)
        if (strcmp(of->names[t], name) == 0) {
            for (size_t i = 0; i < n; ++i)
                numbers[i] = of->factor * of->numbers[t][i];
            *there = true;
            of->recalled++;
        }
    return TREFOIL_DONE;
}

/* The total cost of everybody under the last strategy. */
static double cost_with(book *of)
{
    const char *const sets[] = { "population:persons=800", "population:ages=60-61", "uncertainty:draws=0" };
    lives made = { .context = trefoil_context_create(NULL) };
    double cost;

    cr_assert_eq(tf_run_open(made.context, TF_SOURCE_DIR "/tests/cli/invariance.ini", sets, 3, TF_BINARY_DIR "/plugins", &made.run), TREFOIL_DONE);
    cr_assert_gt(made.run->plan->expected_names.count, 0u);
    cr_assert_eq(tf_run_divided(made.context, made.run, (tf_run_options){ 1, 0 }, &(tf_division){ .memo = { look_up, write_down, of } },
                                (tf_sink){ .take = lives_take, .self = &made }), TREFOIL_DONE);
    cost = lives_total(&made, made.n_outcomes - 1, 0, "cost", 0);
    lives_forget(&made);
    return cost;
}

Test(portion, what_is_recalled_of_usual_care_is_not_simulated_again)
{
    static book of = { .factor = 1 };
    double first = cost_with(&of);
    size_t n = of.n;

    cr_assert_gt(n, 0u);
    cr_expect_eq(of.recalled, 0u);
    cr_expect_eq(cost_with(&of), first);
    cr_expect_eq(of.n, n, "nothing is remembered twice");
    cr_expect_eq(of.recalled, n);
    of.factor = 1000;
    cr_expect_neq(cost_with(&of), first, "it is what places are shared out by");
}
