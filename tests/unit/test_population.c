/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "folder.h"
#include "world/population.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define ENGLAND TF_SOURCE_DIR "/scenarios/england"
#define PEOPLE_OF_ENGLAND UINT64_C(58620101) /* Office for National Statistics, mid-2024 */

static const tf_place here = {"x.ini", 4};

static tf_population *read_population(trefoil_context *context, const char *where, int age_min, int age_max, int64_t persons)
{
    tf_geography *geography = NULL;
    tf_population *population = NULL;
    tf_selection selection;
    tf_list wanted = {0};

    cr_assert_eq(tf_geography_read(context, ENGLAND, (tf_place){0}, &geography), TREFOIL_DONE);
    cr_assert_eq(tf_list_split(&wanted, where, ';'), 0);
    cr_assert_eq(tf_geography_select(context, geography, &wanted, here, &selection), TREFOIL_DONE);
    if (tf_population_read(context, ENGLAND, geography, &selection, age_min, age_max, persons == 0, persons, here, &population) != TREFOIL_DONE) {
        cr_assert_null(population);
    }
    tf_selection_free(&selection);
    tf_list_free(&wanted);
    tf_geography_destroy(geography);
    return population;
}

static int compare_strata(const tf_stratum *a, const tf_stratum *b)
{
    const int64_t x[] = {a->sex, a->age, (int64_t)a->board, a->area, a->imd}, y[] = {b->sex, b->age, (int64_t)b->board, b->area, b->imd};

    for (size_t k = 0; k < 5; k++) {
        if (x[k] != y[k]) {
            return x[k] < y[k] ? -1 : 1;
        }
    }
    return 0;
}

Test(population, identity_has_forty_bits)
{
    uint64_t last = tf_person_identity(255, 1, 127, 7, (1u << 21) - 1);

    cr_expect_eq(last, (UINT64_C(1) << 40) - 1);
    cr_expect_eq(tf_person_identity(0, 0, 0, 0, 0), 0);
    cr_expect_eq(tf_person_identity(34, 1, 65, 4, 12) - tf_person_identity(34, 1, 65, 4, 0), 12);
}

Test(population, england_holds_everybody)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_population *all = read_population(context, "england", 0, 100, 0);
    uint64_t people = 0;

    cr_assert_not_null(all);
    for (size_t k = 0; k < all->n_strata; k++) {
        const tf_stratum *stratum = &all->strata[k];

        people += stratum->people;
        cr_assert(stratum->sample == stratum->people && stratum->weight == 1);
        cr_assert(k == 0 || compare_strata(stratum - 1, stratum) < 0, "strata %zu and %zu are not in order", k - 1, k);
        cr_assert_eq(stratum->first, tf_person_identity(stratum->area, stratum->sex, stratum->age, stratum->imd, 0));
    }
    cr_expect_eq(people, PEOPLE_OF_ENGLAND);
    cr_expect_eq(all->people, PEOPLE_OF_ENGLAND);
    cr_expect_eq(all->persons, PEOPLE_OF_ENGLAND);
    cr_expect_eq(strlen(all->digest), 64);
    tf_population_destroy(all);
    tf_population_destroy(NULL);
    trefoil_context_destroy(context);
}

static int by_first(const void *a, const void *b)
{
    const tf_stratum *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

/* The people of the boards of April 2026 are those of April 2024: nobody twice, nobody left out. */
Test(population, merged_boards_hold_the_same_people)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_population *merged = read_population(context, "april2026", 0, 100, 0), *old = read_population(context, "april2024", 0, 100, 0);
    size_t at = 0;

    cr_assert(merged != NULL && old != NULL);
    cr_expect_eq(merged->people, PEOPLE_OF_ENGLAND);
    qsort(merged->strata, merged->n_strata, sizeof *merged->strata, by_first);
    qsort(old->strata, old->n_strata, sizeof *old->strata, by_first);
    for (size_t k = 0; k < old->n_strata; k++) {
        uint64_t next = old->strata[k].first, end = next + old->strata[k].people;

        for (; next < end; at++) {
            cr_assert(at < merged->n_strata && merged->strata[at].first == next, "a gap or an overlap at identity %#llx",
                      (unsigned long long)next);
            next += merged->strata[at].people;
        }
        cr_assert_eq(next, end);
    }
    cr_expect_eq(at, merged->n_strata);
    tf_population_destroy(merged);
    tf_population_destroy(old);
    trefoil_context_destroy(context);
}

/* Weights give back every stratum exactly; a larger sample holds the smaller; nobody is twice in it. */
Test(population, samples_are_weighted_and_nested)
{
    trefoil_context *context = trefoil_context_create(NULL);
    static const int64_t sizes[] = {2000, 5000, 50000, 400000};
    tf_population *everyone = read_population(context, "Greater Manchester", 40, 79, 0);

    cr_assert_not_null(everyone);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        tf_population *sample = read_population(context, "Greater Manchester", 40, 79, sizes[k]);
        uint64_t persons = 0;

        cr_assert_not_null(sample);
        cr_assert_eq(sample->n_strata, everyone->n_strata);
        cr_expect_eq(sample->people, everyone->people);
        cr_expect_eq(sample->persons, (uint64_t)sizes[k]);
        for (size_t i = 0; i < sample->n_strata; i++) {
            const tf_stratum *stratum = &sample->strata[i];
            double fair = (double)sizes[k] * (double)stratum->people / (double)sample->people;

            cr_assert(stratum->sample >= 1 && stratum->sample <= stratum->people);
            cr_assert_eq((uint64_t)llround(stratum->weight * stratum->sample), stratum->people);
            cr_assert_float_eq(stratum->weight * stratum->sample, (double)stratum->people, 1e-9 * (double)stratum->people);
            cr_assert_leq(stratum->sample, ceil(fair) + (fair < 1 ? 1 : 0), "%u persons where %g are fair", stratum->sample, fair);
            cr_assert_eq(stratum->first, everyone->strata[i].first, "the sample begins with the same person");
            cr_assert(i == 0 || stratum->first != stratum[-1].first);
            persons += stratum->sample;
        }
        cr_expect_eq(persons, sample->persons);
        tf_population_destroy(sample);
    }
    tf_population_destroy(everyone);
    trefoil_context_destroy(context);
}

/* A person is the same in a run of one board and of England. */
Test(population, people_do_not_depend_on_the_run)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_population *board = read_population(context, "Greater Manchester", 40, 41, 0), *all = read_population(context, "england", 0, 100, 0);

    cr_assert(board != NULL && all != NULL);
    qsort(all->strata, all->n_strata, sizeof *all->strata, by_first);
    for (size_t k = 0; k < board->n_strata; k++) {
        const tf_stratum *same = bsearch(&board->strata[k], all->strata, all->n_strata, sizeof *all->strata, by_first);

        cr_assert_not_null(same);
        cr_expect_eq(same->people, board->strata[k].people);
    }
    tf_population_destroy(board);
    tf_population_destroy(all);
    trefoil_context_destroy(context);
}

Test(population, refuses_impossible_samples)
{
    static const struct {
        const char *where;
        int age_min, age_max;
        int64_t persons;
        const char *words;
    } cases[] = {
        {"Greater Manchester", 40, 79, 399, "x.ini:4: 399 persons are fewer than the 400 groups of area, sex, age and deprivation; at least 400 are needed"},
        {"Greater Manchester", 40, 79, -1, "-1 persons are fewer than the 400 groups"},
        {"Greater Manchester", 40, 79, 5000000, "5000000 persons are more than the "},
        {"Greater Manchester", 91, 95, 1000, "nobody aged 91 to 95 lives there"},
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        trefoil_context *context = trefoil_context_create(NULL);

        cr_expect_null(read_population(context, cases[k].where, cases[k].age_min, cases[k].age_max, cases[k].persons));
        cr_expect_eq(trefoil_context_reasons(context), 1);
        cr_expect(told(context, cases[k].words), "%s", cases[k].words);
        trefoil_context_destroy(context);
    }
}

static const tf_area area_a = {.index = 0, .code = (char[]){"A"}, .ods = (char[]){"QA"}, .name = (char[]){"NHS A"}, .region = (char[]){"R"}};

/* A population of one area, its file as given. */
static tf_population *read_small(trefoil_context *context, const char *csv, double from, double to, int64_t persons)
{
    tf_area areas[] = {area_a};
    tf_geography geography = {.areas = areas, .n_areas = 1};
    tf_area_part part = {0, from, to, 0};
    tf_selection selection = {.n_boards = 1, .parts = &part, .n_parts = 1};
    tf_population *population = NULL;

    folder_make();
    folder_write("population.csv", csv);
    cr_assert_eq(tf_population_read(context, folder_path, &geography, &selection, 0, 100, persons == 0, persons, here, &population) == TREFOIL_DONE,
                 population != NULL);
    folder_forget("population.csv");
    folder_remove();
    return population;
}

#define HEADER "area,sex,age,imd,people\n"

Test(population, shares_persons_by_largest_remainders)
{
    trefoil_context *context = trefoil_context_create(NULL);
    /* Of 10 persons, 2 of 1000 would get 0.02: they get one; the other 9 go to 400, 350 and 248 as 3.61, 3.16 and 2.24: 4, 3 and 2. */
    tf_population *some = read_small(context, HEADER "A,M,50,1,400\nA,M,50,2,350\nA,M,50,3,248\nA,F,90,5,2\nA,F,80,5,0\n", 0, 1, 10);
    static const uint32_t expected[] = {4, 3, 2, 1};

    cr_assert_not_null(some);
    cr_assert_eq(some->n_strata, 4);
    for (size_t k = 0; k < 4; k++) {
        cr_expect_eq(some->strata[k].sample, expected[k], "stratum %zu has %u", k, some->strata[k].sample);
    }
    tf_population_destroy(some);

    some = read_small(context, HEADER "A,M,50,1,7\n", 0.3, 0.7, 0); /* ordinals 2 to 4 of 7 */
    cr_assert_not_null(some);
    cr_expect_eq(some->people, 3);
    cr_expect_eq(some->strata[0].first, tf_person_identity(0, 0, 50, 0, 2));
    tf_population_destroy(some);
    trefoil_context_destroy(context);
}

/* Those who join are appended, sampled as densely; those who were there stay as they were. */
Test(population, opens_to_those_who_reach_the_lowest_age)
{
    static const char csv[] = HEADER "A,M,47,1,60\nA,M,48,2,100\nA,M,49,1,200\nA,F,49,3,2\nA,M,50,1,400\nA,M,50,2,350\nA,F,60,3,250\n";
    tf_area areas[] = {area_a};
    tf_geography geography = {.areas = areas, .n_areas = 1};
    tf_area_part part = {0, 0, 1, 0};
    tf_selection selection = {.n_boards = 1, .parts = &part, .n_parts = 1};
    static const struct {
        int sex, age, imd;
        uint64_t people;
        uint32_t sample;
        size_t joins;
    } expected[] = {{0, 48, 1, 100, 10, 2}, {0, 49, 0, 200, 19, 1}, {1, 49, 2, 2, 1, 1}}; /* 302 people at one in ten: 30, of whom one is given away */

    folder_make();
    folder_write("population.csv", csv);
    for (int everyone = 0; everyone < 2; everyone++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_population *open = NULL, *closed = NULL;

        cr_assert_eq(tf_population_read(context, folder_path, &geography, &selection, 50, 79, everyone, 100, here, &closed), TREFOIL_DONE);
        cr_assert_eq(tf_population_read(context, folder_path, &geography, &selection, 50, 79, everyone, 100, here, &open), TREFOIL_DONE);
        cr_assert_eq(tf_population_open(context, folder_path, &geography, &selection, 50, 3, everyone, here, open), TREFOIL_DONE);
        cr_assert_eq(open->n_strata, closed->n_strata);
        cr_expect_eq(open->people, closed->people);
        cr_expect_eq(open->persons, closed->persons);
        for (size_t k = 0; k < closed->n_strata; k++) {
            cr_expect(memcmp(&open->strata[k], &closed->strata[k], sizeof *open->strata) == 0, "stratum %zu", k);
            cr_expect_eq(open->strata[k].joins, 0);
        }
        cr_assert_eq(open->n_joining, 3); /* nobody of 47: they turn 50 after the third year */
        cr_expect_eq(open->people_joining, 302);
        cr_expect_eq(open->persons_joining, everyone ? 302 : 30);
        for (size_t k = 0; k < 3; k++) {
            const tf_stratum *s = &open->strata[open->n_strata + k];

            cr_expect(s->sex == expected[k].sex && s->age == expected[k].age && s->imd == expected[k].imd && s->joins == expected[k].joins, "%zu", k);
            cr_expect_eq(s->people, expected[k].people);
            cr_expect_eq(s->sample, everyone ? expected[k].people : expected[k].sample, "%zu: %u", k, s->sample);
            cr_expect_eq(s->first, tf_person_identity(0, s->sex, s->age, s->imd, 0));
            cr_expect_float_eq(s->weight * s->sample, (double)s->people, 1e-9);
        }
        tf_population_destroy(open);
        tf_population_destroy(closed);
        trefoil_context_destroy(context);
    }
    folder_forget("population.csv");
    folder_remove();
}

Test(population, refuses_faulty_files)
{
    static const char *const cases[][2] = {
        {HEADER "B,M,50,1,4\n", "area 'B' is not in areas.csv"},
        {HEADER "A,X,50,1,4\n", "sex = 'X': expected M or F"},
        {HEADER "A,M,91,1,4\n", "age = 91: expected a number from 0 to 90"},
        {HEADER "A,M,50,0,4\n", "imd = 0: expected a number from 1 to 5"},
        {HEADER "A,M,50,1,4.5\n", "people = 4.5: expected a whole number"},
        {HEADER "A,M,50,1,-4\n", "people = -4"},
        {HEADER "A,M,50,1,3000000\n", "people = 3000000"},
        {HEADER "A,M,50,1,4\nA,M,50,1,5\n", "population.csv:3: A, M, age 50, imd 1 stands here twice"},
        {"area,sex,age,people\n", "there is no column 'imd'"},
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        trefoil_context *context = trefoil_context_create(NULL);

        cr_expect_null(read_small(context, cases[k][0], 0, 1, 0));
        cr_expect(told(context, cases[k][1]), "%s", cases[k][1]);
        trefoil_context_destroy(context);
    }
}

Test(population, survives_memory_running_out)
{
    bool done = false;

    for (long n = 1; !done; n++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_population *some;

        tf_memory_fail_at(n);
        some = read_small(context, HEADER "A,M,50,1,400\nA,M,50,2,350\n", 0, 1, 10);
        tf_memory_fail_at(0);
        cr_assert(n < 200);
        done = some != NULL;
        tf_population_destroy(some);
        trefoil_context_destroy(context);
    }
}
