/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A plain program for the cardiometabolic model with an adherence programme: what a researcher would write in an afternoon with GSL.
 * One person at a time, a struct for each, a loop over years.  Its tables are those that the engine prepared (tables.c), so that both
 * do the same job.
 */
#ifndef TF_BENCH_PLAIN_H
#define TF_BENCH_PLAIN_H

#include <gsl/gsl_rng.h>
#include <stddef.h>

enum { SEXES = 2, AGES = 101, QUINTILES = 5, LAST_AGE = 111, MOST_STATES = 5, BATCHES = 16, CAUSES = 4 };

enum { T2D, CHD, STROKE, HF, STATIN, ANTIHYPERTENSIVE, PROGRAMME, CONDITIONS };
enum { NONE, DIABETES = 1 };
enum { ANGINA = 1, MI1, MI_AGAIN, MI2 };
enum { STROKE1 = 1, STROKE_AGAIN, STROKE2 };
enum { OFF, LAPSED, TAKING };
enum { NOT_OFFERED, DECLINED, ENROLLED, LEFT };
enum { SMOKER, SBP, LDL, BMI, RISKS };

/* X(name, condition, from, to, name in the model) */
#define PLAIN_MOVES(X)                                                       \
    X(NEW_DIABETES, T2D, NONE, DIABETES, "t2d.none.diabetes")                \
    X(NEW_ANGINA, CHD, NONE, ANGINA, "chd.none.angina")                      \
    X(FIRST_MI, CHD, NONE, MI1, "chd.none.mi1")                              \
    X(ANGINA_MI, CHD, ANGINA, MI1, "chd.angina.mi1")                         \
    X(MI1_MI, CHD, MI1, MI_AGAIN, "chd.mi1.again")                           \
    X(MI2_MI, CHD, MI2, MI_AGAIN, "chd.mi2.again")                           \
    X(MI1_YEAR, CHD, MI1, MI2, "chd.mi1.mi2")                                \
    X(MI_AGAIN_YEAR, CHD, MI_AGAIN, MI2, "chd.again.mi2")                    \
    X(FIRST_STROKE, STROKE, NONE, STROKE1, "stroke.none.first")              \
    X(STROKE1_STROKE, STROKE, STROKE1, STROKE_AGAIN, "stroke.first.again")   \
    X(STROKE2_STROKE, STROKE, STROKE2, STROKE_AGAIN, "stroke.later.again")   \
    X(STROKE1_YEAR, STROKE, STROKE1, STROKE2, "stroke.first.later")          \
    X(STROKE_AGAIN_YEAR, STROKE, STROKE_AGAIN, STROKE2, "stroke.again.later") \
    X(NEW_HF, HF, NONE, 1, "hf.none.hf")                                     \
    X(STATIN_START, STATIN, OFF, TAKING, "statin.off.taking")                \
    X(STATIN_LAPSE, STATIN, TAKING, LAPSED, "statin.taking.lapsed")          \
    X(STATIN_AGAIN, STATIN, LAPSED, TAKING, "statin.lapsed.taking")          \
    X(BP_START, ANTIHYPERTENSIVE, OFF, TAKING, "antihypertensive.off.taking") \
    X(BP_LAPSE, ANTIHYPERTENSIVE, TAKING, LAPSED, "antihypertensive.taking.lapsed") \
    X(BP_AGAIN, ANTIHYPERTENSIVE, LAPSED, TAKING, "antihypertensive.lapsed.taking") \
    X(ENROL, PROGRAMME, NOT_OFFERED, ENROLLED, "programme.not_offered.enrolled") \
    X(DECLINE, PROGRAMME, NOT_OFFERED, DECLINED, "programme.not_offered.declined") \
    X(LEAVE, PROGRAMME, ENROLLED, LEFT, "programme.enrolled.lapsed")         \
    X(DEATH_CHD, CONDITIONS, 0, 0, "death.alive.chd")                        \
    X(DEATH_STROKE, CONDITIONS, 0, 1, "death.alive.stroke")                  \
    X(DEATH_HF, CONDITIONS, 0, 2, "death.alive.hf")                          \
    X(DEATH_OTHER, CONDITIONS, 0, 3, "death.alive.other")

enum {
#define X(name, condition, from, to, model) name,
    PLAIN_MOVES(X)
#undef X
        MOVES
};

/* Sets of relative risks. */
enum {
    DIABETES_RR, CORONARY_RR, CEREBRAL_RR, FAILURE_RR, CORONARY_DEATH_RR, STROKE_DEATH_RR, FAILURE_DEATH_RR, OTHER_DEATH_RR,
    STATIN_START_RR, BP_START_RR, DIABETES_INITIAL_RR, STATIN_INITIAL_RR, BP_INITIAL_RR, SETS
};

typedef struct plain_set {
    int risks;                 /* does it depend on risk factors? */
    double log_ratio[RISKS];   /* per unit above the mean */
    double ratio[CONDITIONS][MOST_STATES];
} plain_set;

/* What depends on sex, age and quintile. */
typedef struct plain_cell {
    double location[RISKS], scale[RISKS], centre[RISKS];
    double drug_scale[MOST_STATES], drug_add[MOST_STATES]; /* LDL by statin state, pressure by antihypertensive state */
    double rate[MOVES], fatality[MOVES], event_cost[MOVES];
    double cost[CONDITIONS][MOST_STATES], utility[CONDITIONS][MOST_STATES];
    double norm;
    double onset[CONDITIONS], share[CONDITIONS][MOST_STATES];
    plain_set sets[SETS];
} plain_cell;

typedef struct plain_programme {
    double odds_ratio, offer_rate, uptake[QUINTILES], lapse[QUINTILES], cost, setup, age_min, age_max;
} plain_programme;

typedef struct plain_tables {
    plain_cell *cells; /* [sex][age][quintile] */
    double risk_min[RISKS], risk_max[RISKS];
    double discount; /* a year, costs and effects */
    plain_programme programme;
} plain_tables;

typedef struct plain_person {
    int sex, age, imd;
    double weight;
    double smoking, luck[RISKS];     /* for life: a uniform, and normal scores */
    double risk[RISKS];
    int state[CONDITIONS];
    double until[CONDITIONS];        /* end of the first year after an event */
} plain_person;

/* Sums over people with their weights. */
typedef struct plain_sums {
    double people, ly, qaly, cost, deaths[CAUSES], events[MOVES];
    double years[CONDITIONS][MOST_STATES];
} plain_sums;

typedef struct plain_result {
    plain_sums batch[BATCHES];      /* people dealt in turn */
    plain_sums quintile[QUINTILES];
    double person_years;            /* lived, without weights */
} plain_result;

/* Draw what a person is like at the start; sex, age, imd and weight are given. */
void plain_person_make(const plain_tables *tables, gsl_rng *random, plain_person *person);

/* Everybody lives until death or LAST_AGE. */
void plain_simulate(const plain_tables *tables, const plain_person *people, size_t n, int with_programme, unsigned long seed,
                    plain_result *result);


#endif
