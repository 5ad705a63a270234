/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The people: population.csv gives residents by area, sex, single year of age (90 means 90 and over) and national IMD quintile (1 = most
 * deprived).  A person's identity is intrinsic -- area, sex, age, quintile and ordinal within that stratum, 40 bits -- so the same person
 * has the same luck in a run of one board, of England, or of a larger sample.
 */
#ifndef TF_WORLD_POPULATION_H
#define TF_WORLD_POPULATION_H

#include "scenario/scenario.h"
#include "world/geography.h"

enum { TF_MALE = 0, TF_FEMALE = 1, TF_SEXES = 2, TF_QUINTILES = 5, TF_AGES = 101 /* 0..100 */ };

/* One stratum of a run's population. */
typedef struct tf_stratum {
    size_t board;         /* index into the selection's boards */
    int area;             /* tf_area.index */
    int sex, age, imd;    /* imd 0..4, 0 = most deprived; age in whole years at the start */
    size_t subgroup;      /* of the scenario's cohort; 0 for residents */
    uint64_t people;      /* residents it stands for, N */
    uint64_t first;       /* identity of its first person; persons are first, first+1, ... first+sample-1 */
    uint32_t sample;      /* how many are simulated, n; 1 <= n <= N */
    double weight;        /* N / n */
    size_t joins;         /* the year of the run, from 0, in which it reaches the lowest age and joins an open population; 0: there from the start */
} tf_stratum;

typedef struct tf_population {
    tf_stratum *strata; /* ordered by sex, age, board, area, imd: neighbours share what rates depend on */
    size_t n_strata;
    size_t n_joining;  /* behind the n_strata: those who join later, counted in nothing else */
    uint64_t people;   /* sum of N of the n_strata */
    uint64_t persons;  /* sum of n */
    uint64_t people_joining, persons_joining; /* the same of those who join later */
    char digest[65];
} tf_population;

/* Identity of a person: area 8 bits, sex 1, age 7, imd 3 (0..4), ordinal 21. */
uint64_t tf_person_identity(int area, int sex, int age, int imd, uint32_t ordinal);

/*
 * The population of a selection between two ages (inclusive).  `everyone`: n = N in each stratum.  Otherwise `persons` are shared among
 * the strata in proportion to N by largest remainders, at least one in each stratum that has people, so that sum of weight x n
 * reproduces every stratum's N exactly.  Mistakes at `place`: fewer persons than strata (says how many are needed), more than there are
 * people.  People aged 90 and over are all taken as aged 90 at the start.
 */
trefoil_status tf_population_read(trefoil_context *context, const char *folder, const tf_geography *geography,
                                  const tf_selection *selection, int age_min, int age_max, bool everyone, int64_t persons,
                                  tf_place place, tf_population **population) TF_MUST_USE;

/*
 * Open a population read with tf_population_read and the same arguments: people younger than age_min who reach it within `years` years of the start,
 * year by year (those aged age_min - 1 in year 1, ...), are appended to its strata.  `persons`: they are sampled as densely as the others, at least
 * one in each stratum.  Nothing changes for those who were there.
 */
trefoil_status tf_population_open(trefoil_context *context, const char *folder, const tf_geography *geography,
                                  const tf_selection *selection, int age_min, int years, bool everyone, tf_place place,
                                  tf_population *population) TF_MUST_USE;

/* The cohort of a scenario: people of a subgroup are all alike, from nowhere in particular.  `persons` are shared among the subgroups in
 * proportion to their weights, at least one in each; n = persons, N = their people, in whole numbers by largest remainders.  More than a
 * stratum's identities hold are several strata, those of a subgroup one after another, in the order of the scenario.  Mistakes: fewer
 * persons than subgroups; in a simulation, a subgroup that is no whole number of people.  `selection` is made of one area called "cohort"; free
 * it with tf_selection_free. */
trefoil_status tf_population_alike(trefoil_context *context, const tf_scenario *scenario, tf_selection *selection,
                                   tf_population **population) TF_MUST_USE;
void tf_population_destroy(tf_population *population);

#endif
