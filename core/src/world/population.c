/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/population.h"

#include "base/digest.h"
#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OLDEST = 90, FILE_AGES = OLDEST + 1, ORDINAL_BITS = 21, PER_AREA = TF_SEXES * FILE_AGES * TF_QUINTILES };

static const char *const COLUMNS[] = {"area", "sex", "age", "imd", "people"};
enum { AREA, SEX, AGE, IMD, PEOPLE, N_COLUMNS };

/* Residents of every area by sex, age and quintile. */
typedef struct residents {
    uint32_t *people; /* [area][sex][age][imd] */
    bool *given;
    tf_table *table;
} residents;

uint64_t tf_person_identity(int area, int sex, int age, int imd, uint32_t ordinal)
{
    return (uint64_t)area << 32 | (uint64_t)sex << 31 | (uint64_t)age << 24 | (uint64_t)imd << ORDINAL_BITS | ordinal;
}

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the population");
}

static size_t cell_of(size_t area, int sex, int age, int imd)
{
    return area * PER_AREA + (size_t)((sex * FILE_AGES + age) * TF_QUINTILES + imd);
}

static trefoil_status whole_number(trefoil_context *context, const tf_table *table, size_t row, size_t column, double min, double max,
                                   uint32_t *number)
{
    double value = 0;
    trefoil_status status = tf_table_number(context, table, row, column, min, max, &value);

    if (status == TREFOIL_DONE && value != floor(value)) {
        status = tf_mistake(context, tf_table_place(table, row), "%s = %s: expected a whole number",
                            tf_table_column_name(table, column), tf_table_text(table, row, column));
    }
    *number = status == TREFOIL_DONE ? (uint32_t)value : 0;
    return status;
}

/* The area of a row; rows of an area stand together, so `last` is mostly right. */
static ptrdiff_t area_of(const tf_geography *geography, const char *code, size_t last)
{
    for (size_t k = 0; k < geography->n_areas; k++) {
        size_t area = (last + k) % geography->n_areas;

        if (strcmp(geography->areas[area].code, code) == 0) {
            return (ptrdiff_t)area;
        }
    }
    return -1;
}

static void read_row(trefoil_context *context, const tf_geography *geography, residents *all, size_t row, const size_t *at, size_t *last)
{
    const tf_table *table = all->table;
    const char *code = tf_table_text(table, row, at[AREA]), *sex = tf_table_text(table, row, at[SEX]);
    ptrdiff_t area = area_of(geography, code, *last);
    size_t before = tf_mistakes(context), cell;
    uint32_t age, imd, people;
    int female = strcmp(sex, "F") == 0;

    if (area < 0) {
        tf_mistake(context, tf_table_place(table, row), "area '%s' is not in areas.csv", code);
    }
    if (!female && strcmp(sex, "M") != 0) {
        tf_mistake(context, tf_table_place(table, row), "sex = '%s': expected M or F", sex);
    }
    (void)whole_number(context, table, row, at[AGE], 0, OLDEST, &age);
    (void)whole_number(context, table, row, at[IMD], 1, TF_QUINTILES, &imd);
    (void)whole_number(context, table, row, at[PEOPLE], 0, (1 << ORDINAL_BITS) - 1, &people);
    if (tf_mistakes(context) != before) {
        return;
    }
    *last = (size_t)area;
    cell = cell_of(*last, female, (int)age, (int)imd - 1);
    if (all->given[cell]) {
        tf_mistake(context, tf_table_place(table, row), "%s, %s, age %" PRIu32 ", imd %" PRIu32 " stands here twice", code, sex, age, imd);
    }
    all->given[cell] = true;
    all->people[cell] = people;
}

static void free_residents(residents *all)
{
    tf_free(all->people);
    tf_free(all->given);
    tf_table_destroy(all->table);
}

static trefoil_status read_residents(trefoil_context *context, const char *folder, const tf_geography *geography, tf_place place,
                                     residents *all)
{
    size_t at[N_COLUMNS], before, last = 0, cells = geography->n_areas * PER_AREA;
    tf_text path = {0};
    trefoil_status status;

    tf_text_addf(&path, "%s/population.csv", folder);
    all->people = TF_NEW(uint32_t, cells);
    all->given = TF_NEW(bool, cells);
    if (path.failed || all->people == NULL || all->given == NULL) {
        status = no_memory(context);
        goto out;
    }
    TRY(tf_table_read(context, path.chars, place, &all->table));
    before = tf_mistakes(context);
    for (size_t k = 0; k < N_COLUMNS; k++) {
        ptrdiff_t found = tf_table_find(all->table, COLUMNS[k]);

        if (found < 0) {
            tf_mistake(context, (tf_place){tf_table_path(all->table), 0}, "there is no column '%s'", COLUMNS[k]);
        }
        at[k] = found < 0 ? 0 : (size_t)found;
    }
    for (size_t row = 0; row < tf_table_rows(all->table) && tf_mistakes(context) == before; row++) {
        read_row(context, geography, all, row, at, &last);
    }
    status = tf_mistakes(context) == before ? TREFOIL_DONE : TREFOIL_USER_MISTAKE;
out:
    tf_text_free(&path);
    return status;
}

/* The first ordinal at or above a share of N people; the same share always cuts at the same person. */
static uint32_t cut(double share, uint32_t people)
{
    return (uint32_t)floor(share * people + 0.5);
}

static int by_group_and_area(const void *a, const void *b)
{
    const tf_area_part *x = a, *y = b;

    if (x->group != y->group) {
        return x->group < y->group ? -1 : 1;
    }
    if (x->area != y->area) {
        return x->area < y->area ? -1 : 1;
    }
    return (x->from > y->from) - (x->from < y->from);
}

/* Append the strata of one sex and age, in the order of boards and areas. */
static void add_strata(tf_population *population, const residents *all, const tf_geography *geography, const tf_area_part *parts,
                       size_t n_parts, int sex, int age)
{
    for (size_t k = 0; k < n_parts; k++) {
        int area = geography->areas[parts[k].area].index;

        for (int imd = 0; imd < TF_QUINTILES; imd++) {
            uint32_t people = all->people[cell_of(parts[k].area, sex, age, imd)];
            uint32_t from = cut(parts[k].from, people), to = cut(parts[k].to, people);

            if (to > from) {
                population->strata[population->n_strata++] = (tf_stratum){.board = parts[k].group,
                                                                          .area = area,
                                                                          .sex = sex,
                                                                          .age = age,
                                                                          .imd = imd,
                                                                          .people = to - from,
                                                                          .first = tf_person_identity(area, sex, age, imd, from)};
                population->people += to - from;
            }
        }
    }
}

static trefoil_status make_strata(trefoil_context *context, tf_population *population, const residents *all,
                                  const tf_geography *geography, const tf_selection *selection, int age_min, int age_max, tf_place place)
{
    int oldest = age_max < OLDEST ? age_max : OLDEST;
    size_t ages = oldest >= age_min ? (size_t)(oldest - age_min + 1) : 0;
    tf_area_part *parts = TF_NEW(tf_area_part, selection->n_parts);

    population->strata = TF_NEW(tf_stratum, selection->n_parts * ages * TF_SEXES * TF_QUINTILES);
    if (parts == NULL || population->strata == NULL) {
        tf_free(parts);
        return no_memory(context);
    }
    if (selection->n_parts > 0) {
        memcpy(parts, selection->parts, selection->n_parts * sizeof *parts);
        qsort(parts, selection->n_parts, sizeof *parts, by_group_and_area);
    }
    for (int sex = 0; sex < TF_SEXES; sex++) {
        for (int age = age_min; age <= oldest; age++) {
            add_strata(population, all, geography, parts, selection->n_parts, sex, age);
        }
    }
    tf_free(parts);
    if (population->n_strata == 0) {
        return tf_mistake(context, place, "nobody aged %d to %d lives there (people of 90 and over count as aged 90)", age_min, age_max);
    }
    return TREFOIL_DONE;
}

/* ---- sampling ---- */

/* What is left of a stratum's quota once its whole persons are counted. */
typedef struct leftover {
    uint64_t left;
    size_t stratum;
} leftover;

static int by_most_left(const void *a, const void *b)
{
    const leftover *x = a, *y = b;

    if (x->left != y->left) {
        return x->left > y->left ? -1 : 1;
    }
    return x->stratum < y->stratum ? -1 : 1;
}

/* Strata whose share of the persons is below one get one; `*persons` and `*people` are what is left for the others. */
static void give_one_to_the_smallest(tf_population *population, uint64_t *persons, uint64_t *people)
{
    bool again = true;

    while (again) {
        uint64_t shared = *persons, among = *people;

        again = false;
        for (size_t k = 0; k < population->n_strata; k++) {
            tf_stratum *stratum = &population->strata[k];

            if (stratum->sample == 0 && shared * stratum->people < among) {
                stratum->sample = 1;
                --*persons;
                *people -= stratum->people;
                again = true;
            }
        }
    }
}

static trefoil_status share_persons(trefoil_context *context, tf_population *population, uint64_t persons)
{
    leftover *rest = TF_NEW(leftover, population->n_strata);
    uint64_t people = population->people, given = 0;
    size_t n = 0;

    if (rest == NULL) {
        return no_memory(context);
    }
    give_one_to_the_smallest(population, &persons, &people);
    for (size_t k = 0; k < population->n_strata; k++) {
        tf_stratum *stratum = &population->strata[k];

        if (stratum->sample == 0) {
            stratum->sample = (uint32_t)(persons * stratum->people / people);
            rest[n++] = (leftover){persons * stratum->people % people, k};
            given += stratum->sample;
        }
    }
    if (n > 0) {
        qsort(rest, n, sizeof *rest, by_most_left);
    }
    for (size_t k = 0; k < n && given < persons; k++, given++) {
        population->strata[rest[k].stratum].sample++;
    }
    tf_free(rest);
    return TREFOIL_DONE;
}

static trefoil_status sample(trefoil_context *context, tf_population *population, bool everyone, int64_t persons, tf_place place)
{
    trefoil_status status = TREFOIL_DONE;

    if (!everyone && persons < (int64_t)population->n_strata) {
        return tf_mistake(context, place,
                          "%" PRId64 " persons are fewer than the %zu groups of area, sex, age and deprivation; at least %zu are needed",
                          persons, population->n_strata, population->n_strata);
    }
    if (!everyone && (uint64_t)persons > population->people) {
        return tf_mistake(context, place, "%" PRId64 " persons are more than the %" PRIu64 " people who live there; write 'all'", persons,
                          population->people);
    }
    if (!everyone) {
        TRY(share_persons(context, population, (uint64_t)persons));
    }
    for (size_t k = 0; k < population->n_strata; k++) {
        tf_stratum *stratum = &population->strata[k];

        stratum->sample = everyone ? (uint32_t)stratum->people : stratum->sample;
        stratum->weight = (double)stratum->people / stratum->sample;
        population->persons += stratum->sample;
    }
    if (!everyone && population->persons != (uint64_t)persons) {
        status = tf_bug(context, "shared %" PRIu64 " of %" PRId64 " persons", population->persons, persons);
    }
out:
    return status;
}

trefoil_status tf_population_read(trefoil_context *context, const char *folder, const tf_geography *geography,
                                  const tf_selection *selection, int age_min, int age_max, bool everyone, int64_t persons,
                                  tf_place place, tf_population **population)
{
    trefoil_status status;
    residents all = {0};
    tf_population *made = TF_NEW(tf_population, 1);

    *population = NULL;
    if (made == NULL) {
        return no_memory(context);
    }
    TRY(read_residents(context, folder, geography, place, &all));
    memcpy(made->digest, tf_table_digest(all.table), sizeof made->digest);
    TRY(make_strata(context, made, &all, geography, selection, age_min < 0 ? 0 : age_min, age_max, place));
    TRY(sample(context, made, everyone, persons, place));
    *population = made;
    made = NULL;
out:
    free_residents(&all);
    tf_population_destroy(made);
    return status;
}

trefoil_status tf_population_open(trefoil_context *context, const char *folder, const tf_geography *geography,
                                  const tf_selection *selection, int age_min, int years, bool everyone, tf_place place,
                                  tf_population *population)
{
    residents all = {0};
    tf_population young = {0};
    tf_stratum *strata;
    uint64_t persons;
    trefoil_status status;

    TRY(read_residents(context, folder, geography, place, &all));
    TRY(make_strata(context, &young, &all, geography, selection, age_min - (years - 1), age_min - 1, place));
    /* As many persons for so many people, to the nearest. */
    persons = (young.people * population->persons + population->people / 2) / population->people;
    persons = persons < young.n_strata ? young.n_strata : persons;
    TRY(sample(context, &young, everyone || persons >= young.people, (int64_t)persons, place));
    strata = tf_realloc(population->strata, population->n_strata + young.n_strata, sizeof *strata);
    if (strata == NULL) {
        status = no_memory(context);
        goto out;
    }
    population->strata = strata;
    for (size_t k = 0; k < young.n_strata; k++) {
        young.strata[k].joins = (size_t)(age_min - young.strata[k].age);
        strata[population->n_strata + k] = young.strata[k];
    }
    population->n_joining = young.n_strata;
    population->people_joining = young.people;
    population->persons_joining = young.persons;
out:
    free_residents(&all);
    tf_free(young.strata);
    return status;
}

void tf_population_destroy(tf_population *population)
{
    if (population == NULL) {
        return;
    }
    tf_free(population->strata);
    tf_free(population);
}

enum { MOST_ALIKE = (1 << ORDINAL_BITS) - 1 };

/* ---- a cohort ---------------------------------------------------------------- */

static bool name_selection(tf_selection *selection)
{
    selection->boards = TF_NEW(char *, 1);
    selection->regions = TF_NEW(char *, 1);
    selection->parts = TF_NEW(tf_area_part, 1);
    if (selection->boards == NULL || selection->regions == NULL || selection->parts == NULL) {
        return false;
    }
    selection->boards[0] = tf_strdup("cohort");
    selection->regions[0] = tf_strdup("cohort");
    selection->n_boards = 1;
    return selection->boards[0] != NULL && selection->regions[0] != NULL;
}

/* The i-th of n shares of a whole, as even as whole numbers can be. */
static int64_t share(int64_t whole, int64_t i, int64_t n)
{
    return whole * (i + 1) / n - whole * i / n;
}

/* A whole number shared among subgroups in proportion to their weights, at least `least` for each; by largest remainders. */
static void share_by_weight(const tf_scenario *scenario, int64_t whole, int64_t least, int64_t *shares)
{
    int64_t left = whole;

    for (size_t g = 0; g < scenario->n_subgroups; g++) {
        shares[g] = (int64_t)floor(scenario->subgroups[g].weight * (double)whole + 1e-6);
        shares[g] = shares[g] < least ? least : shares[g];
        left -= shares[g];
    }
    while (left != 0) {
        size_t chosen = 0;
        double furthest = -INFINITY;

        for (size_t g = 0; g < scenario->n_subgroups; g++) {
            double short_of = scenario->subgroups[g].weight * (double)whole - (double)shares[g];
            double off = left > 0 ? short_of : shares[g] > least ? -short_of : (double)-INFINITY;
            chosen = off > furthest ? g : chosen;
            furthest = off > furthest ? off : furthest;
        }
        shares[chosen] += left > 0 ? 1 : -1;
        left += left > 0 ? -1 : 1;
    }
}

static trefoil_status share_cohort(trefoil_context *context, const tf_scenario *scenario, int64_t *people, int64_t *persons)
{
    trefoil_status status = TREFOIL_DONE;
    int64_t n = (int64_t)scenario->n_subgroups;

    share_by_weight(scenario, scenario->cohort, 0, people);
    if (scenario->expected) {
        for (int64_t g = 0; g < n; g++) {
            persons[g] = 1;
        }
        return TREFOIL_DONE;
    }
    if (scenario->persons < n) {
        return tf_mistake(context, scenario->cohort_place, "%" PRId64 " people are simulated, but there are %" PRId64 " subgroups",
                          scenario->persons, n);
    }
    share_by_weight(scenario, scenario->persons, 1, persons);
    for (int64_t g = 0; g < n; g++) {
        const tf_subgroup_spec *spec = &scenario->subgroups[g];

        if (fabs(spec->weight * (double)scenario->cohort - (double)people[g]) > 1e-6) {
            status = tf_mistake(context, spec->own.place,
                                "[subgroup %s] weight = %g: %g of %" PRId64 " people are no whole number; mode = expected takes any share",
                                spec->own.name, spec->weight, spec->weight, scenario->cohort);
        } else if (people[g] < persons[g]) {
            status = tf_mistake(context, spec->own.place, "[subgroup %s]: of its %" PRId64 " people %" PRId64 " would be simulated",
                                spec->own.name, people[g], persons[g]);
        }
    }
    return status;
}

static void add_alike(tf_population *population, const tf_scenario *scenario, size_t g, int64_t people, int64_t persons)
{
    const tf_subgroup_spec *spec = &scenario->subgroups[g];
    int64_t n = (persons + MOST_ALIKE - 1) / MOST_ALIKE;

    for (int64_t i = 0; i < n; i++) {
        tf_stratum *stratum = &population->strata[population->n_strata];
        int area = (int)population->n_strata++;

        *stratum = (tf_stratum){.area = area, .sex = spec->sex, .age = spec->age, .imd = spec->imd, .subgroup = g};
        stratum->people = (uint64_t)share(people, i, n);
        stratum->sample = (uint32_t)share(persons, i, n);
        stratum->weight = (double)stratum->people / stratum->sample;
        stratum->first = tf_person_identity(area, spec->sex, spec->age, spec->imd, 0);
        population->people += stratum->people;
        population->persons += stratum->sample;
    }
}

static void digest_cohort(const tf_scenario *scenario, tf_population *population, bool *failed)
{
    tf_text text = {0};

    tf_text_addf(&text, "cohort %" PRId64, scenario->cohort);
    for (size_t g = 0; g < scenario->n_subgroups; g++) {
        const tf_subgroup_spec *spec = &scenario->subgroups[g];
        tf_text_addf(&text, " %s %.17g sex %d age %d imd %d", spec->own.name, spec->weight, spec->sex, spec->age, spec->imd);
    }
    *failed = text.failed;
    if (!text.failed) {
        tf_digest_bytes(text.chars, text.length, population->digest);
    }
    tf_text_free(&text);
}

trefoil_status tf_population_alike(trefoil_context *context, const tf_scenario *scenario, tf_selection *selection, tf_population **population)
{
    trefoil_status status = TREFOIL_DONE;
    size_t n = scenario->n_subgroups;
    int64_t *people = TF_NEW(int64_t, n), *persons = TF_NEW(int64_t, n);
    tf_population *made = TF_NEW(tf_population, 1);
    bool failed;

    *population = NULL;
    *selection = (tf_selection){0};
    if (made != NULL) {
        made->strata = TF_NEW(tf_stratum, (size_t)(scenario->persons / MOST_ALIKE) + n);
    }
    if (made == NULL || made->strata == NULL || people == NULL || persons == NULL || !name_selection(selection)) {
        status = no_memory(context);
        goto out;
    }
    TRY(share_cohort(context, scenario, people, persons));
    for (size_t g = 0; g < n; g++) {
        add_alike(made, scenario, g, people[g], persons[g]);
    }
    digest_cohort(scenario, made, &failed);
    if (failed) {
        status = no_memory(context);
        goto out;
    }
    *population = made;
    made = NULL;
out:
    if (status != TREFOIL_DONE) {
        tf_selection_free(selection);
    }
    tf_population_destroy(made);
    tf_free(people);
    tf_free(persons);
    return status;
}
