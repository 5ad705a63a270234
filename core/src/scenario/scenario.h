/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scenario: one decision problem, as its file states it.  Pure data; nothing is looked up in other files here. */
#ifndef TF_SCENARIO_SCENARIO_H
#define TF_SCENARIO_SCENARIO_H

#include "random/design.h"
#include "scenario/joints.h"

/* A setting of an intervention, as written; the plugin's own table says later what it means. */
typedef struct tf_setting {
    char *key, *text;
    tf_place place;
} tf_setting;

typedef struct tf_intervention_spec { /* [intervention NAME] */
    char *name, *title;
    char *plugin; /* name of a plugin, without .so */
    tf_place place, plugin_place;
    tf_setting *settings;
    size_t n_settings;
} tf_intervention_spec;

typedef struct tf_fifths {
    size_t parameters[5]; /* of the model, most deprived first; one may stand for several fifths */
} tf_fifths;

typedef struct tf_strategy_spec { /* [strategy NAME] */
    char *name, *title;
    tf_place place;
    size_t *interventions; /* indices into the scenario's interventions */
    size_t n_interventions;
    tf_setting *changes; /* parameters.<name> = formula: what the strategy changes; keys without the prefix */
    size_t n_changes;
    tf_list levelled;    /* conditions, risk factors and "utility" of the model that do not differ by deprivation under the strategy ... */
    tf_fifths *means;    /* ... and settings that have the mean of their fifths */
    size_t n_means;
    double shares[5];    /* of people in each fifth: the weights of both */
} tf_strategy_spec;

/* [subgroup NAME]: a part of a cohort whose people are all alike, but unlike those of the other subgroups. */
typedef struct tf_subgroup_spec {
    tf_strategy_spec own; /* name, place, and parameters.<name> = formula: what holds for the subgroup */
    double weight;        /* share of the cohort; the weights sum to 1 */
    int sex, age, imd;    /* quintile 0..4 */
} tf_subgroup_spec;

typedef struct tf_analysis_spec { /* [scenario-analysis NAME] */
    char *name, *title;
    tf_place place;
    tf_setting *sets; /* `text` is an assignment "section:key=value" */
    size_t n_sets;
} tf_analysis_spec;

/* Where inequality enters, in the order of the staircase of inequality (Tugwell's equity effectiveness loop; Cookson and others, Distributional
 * Cost-Effectiveness Analysis, Oxford 2020). */
typedef enum tf_step {
    TF_STEP_NEED,
    TF_STEP_ELIGIBILITY,
    TF_STEP_OFFER,
    TF_STEP_UPTAKE,
    TF_STEP_ADHERENCE,
    TF_STEP_EFFECT,
    TF_STEP_OPPORTUNITY_COST,
    TF_STEPS
} tf_step;
extern const char *const tf_step_names[]; /* by tf_step, NULL-terminated */

/* [staircase] */
typedef struct tf_staircase_spec {
    bool stated, takes_apart; /* the section is there; and has a strategy whose effect is taken apart */
    size_t strategy;          /* its index */
    tf_list equal_uptake;     /* names of strategies that are also run with equal uptake */
    bool all_uptake;          /* all were asked for: those without a setting under uptake are left as they are */
    tf_list equal[TF_STEPS];  /* what each step makes equal; empty: no such step.  need: model, or conditions, risk factors, utility; others:
                                 intervention.setting; opportunity cost: a gradient, or equity: that of a board's view */
    tf_place place, places[TF_STEPS], uptake_place, outcomes_place; /* uptake_place: of equal_uptake */
    tf_list outcomes;         /* measures */
    double k;                 /* money per QALY that opportunity costs are reckoned with; 0: the first of [equity] */
    bool shapley;             /* all subsets of steps are run, and not the sequence alone */
    size_t n_extra;           /* strategies it added, at the end of the scenario's; 0 before tf_staircase_expand */
} tf_staircase_spec;

/* A grouping of results: one dimension, or several crossed: "imd", "imd*sex".  Dimensions: imd, icb, region, sex, age,
 * subgroup. */
enum { TF_DIM_IMD = 1, TF_DIM_ICB = 2, TF_DIM_SEX = 4, TF_DIM_AGE = 8, TF_DIM_REGION = 16, TF_DIM_SUBGROUP = 32 };
typedef struct tf_grouping {
    char *name;          /* as written, normalised: "imd", "imd*sex" */
    unsigned dimensions; /* TF_DIM_... */
    bool by_year;        /* also kept by year of the run */
} tf_grouping;

/* annual: (1 + r)^-whole years; continuous: (1 + r)^-t; exponential: exp(-r t); per-cycle: (1 + r x cycle)^-cycles */
typedef enum tf_discounting {
    TF_DISCOUNT_ANNUAL,
    TF_DISCOUNT_CONTINUOUS,
    TF_DISCOUNT_EXPONENTIAL,
    TF_DISCOUNT_PER_CYCLE
} tf_discounting;

/* When in its cycle an amount is discounted (people who are alike, on the discrete clock); AS_COUNTED: where the within-cycle correction counts it. */
typedef enum tf_discount_moment { TF_MOMENT_AS_COUNTED, TF_MOMENT_START, TF_MOMENT_MIDDLE, TF_MOMENT_END } tf_discount_moment;

/*
 * Within-cycle correction: what time in a state between two cycles' boundaries 0..n counts for.
 *   none (or start)  the states at the start of each cycle;  end: at its end
 *   life-table       the mean of both, cycle by cycle
 *   all              every boundary in full, 0 and n too;  half-cycle: 0 and n half
 *   simpson          1/3, 4/3, 2/3, 4/3 ... 4/3, 1/3 (n even);  darth: 1/3, 2/3, 4/3, 2/3 ... 1/3, as the DARTH tutorials have it
 *   weights          a file states n + 1 weights
 */
typedef enum tf_correction {
    TF_CORRECT_UNSTATED,
    TF_CORRECT_NONE,
    TF_CORRECT_HALF,
    TF_CORRECT_SIMPSON,
    TF_CORRECT_START,
    TF_CORRECT_END,
    TF_CORRECT_LIFE_TABLE,
    TF_CORRECT_ALL,
    TF_CORRECT_DARTH,
    TF_CORRECT_WEIGHTS
} tf_correction;
extern const char *const tf_discounting_names[]; /* by tf_discounting, NULL-terminated */
extern const char *const tf_correction_names[]; /* by tf_correction - 1, as nothing is unstated in words; NULL-terminated */

/* What a scenario says of the clock goes before what the model says. */
typedef enum tf_clock_choice { TF_CLOCK_UNSTATED, TF_CLOCK_CONTINUOUS, TF_CLOCK_DISCRETE } tf_clock_choice;

/*
 * [equity]: on whom the health falls that a strategy's net cost displaces, and who is told apart beside the groups of results.
 *   k = 15000, 20000          money per QALY displaced; the first is that of sentences and plots
 *   gradient = flat, steep    how displaced health falls on people: flat | moderate | steep (York's) | own | a measure of the run, such as
 *                             cost.community: on those who use that service; the first but for flat is that of a board's own view
 *   shares = .3, .25, ...     what own means: shares of the deprivation fifths, most deprived first, that sum to 1
 *   qale = 63.2, 67.7, ...    quality-adjusted life expectancy of the fifths before; default: of the life tables in the folder of facts
 *   aversion = 10.95          Atkinson's aversion in sentences
 *   plus.NAME = icb: A | B    people told apart: groups of one dimension
 */
enum { TF_FIFTHS = 5 };
typedef struct tf_plus_spec {
    char *name, *dimension;
    tf_list groups;
} tf_plus_spec;
typedef struct tf_equity_spec {
    tf_place place;
    tf_list texts; /* key and text in turn, as they were taken */
    double *k;
    size_t n_k;
    tf_list gradients;
    double own[TF_FIFTHS], qale[TF_FIFTHS];
    bool has_own, has_qale;
    double aversion;
    bool has_aversion;
    tf_plus_spec *plus;
    size_t n_plus;
} tf_equity_spec;

/* Take one setting; NULL, or why not: a text that lives as long as the program, and nothing was changed. */
const char *tf_equity_spec_take(tf_equity_spec *spec, const char *key, const char *text) TF_MUST_USE;
/* What was not stated: k 15,000 (pounds, the cost per QALY that the York calculator takes), else `threshold`; gradients flat, moderate, steep. */
const char *tf_equity_spec_finish(tf_equity_spec *spec, const char *currency, double threshold) TF_MUST_USE;
void tf_equity_spec_free(tf_equity_spec *spec);

/* Whose standard error: the net benefit at the first threshold, or one of its parts. */
typedef enum tf_mcse_of { TF_MCSE_NMB, TF_MCSE_COST, TF_MCSE_QALY } tf_mcse_of;

typedef struct tf_scenario {
    char *path, *name, *title, *question;
    char digest[65]; /* of the file and of the --set assignments */

    /* [run] */
    bool expected; /* mode = expected: a cohort trace instead of people */
    double mcse;   /* standard error asked for, of a mean difference from the comparator per person; 0: none.  `persons` and `draws` are then the most */
    tf_mcse_of mcse_of;
    tf_place mcse_place;

    /* [population] */
    int64_t cohort;        /* people all alike instead of areas: their number; 0: areas */
    tf_place cohort_place;
    int sex, imd;          /* of the cohort: 0 male, 1 female; quintile 0..4 */
    tf_subgroup_spec *subgroups; /* of the cohort; without any stated, one of the cohort's sex, age and quintile */
    size_t n_subgroups;
    bool divided;          /* subgroups were stated */
    char *geography;       /* folder of population facts; default: england/ beside the scenario */
    tf_place geography_place; /* of `data`; of the section when it is the default */
    tf_list areas;         /* names, codes, or "england" */
    tf_place areas_place;
    int age_min, age_max;  /* at the start, inclusive, 0..100 */
    bool everyone;         /* persons = all */
    int64_t persons;       /* else the size of the stratified sample, per draw */
    tf_place persons_place;

    /* [model] */
    char *model;           /* path of the model file */
    tf_place model_place;

    /* [time] */
    double start;          /* calendar year at time 0, e.g. 2026.25 */
    double horizon;        /* years; INFINITY: lifetime */
    double cycle;          /* years */
    tf_clock_choice clock;
    tf_place clock_place;
    tf_correction correction, correction_effects; /* UNSTATED: the model's; of effects: as of costs */
    tf_place correction_place, correction_effects_place;
    char *weights;         /* file of weights, or NULL */
    tf_place weights_place;

    /* [economics] */
    char *perspective, *currency, *price_year;
    double discount_costs, discount_effects; /* per year */
    tf_discounting discounting;
    tf_place discounting_place;
    tf_discount_moment moment_costs, moment_effects;
    tf_place moment_costs_place, moment_effects_place;
    double *thresholds;    /* money per QALY, ascending */
    size_t n_thresholds;
    size_t comparator;     /* index of a strategy */

    /* [uncertainty] */
    uint32_t draws;        /* probabilistic draws; 0: base case only.  Draw 0 is always the base case */
    uint64_t seed;
    tf_design design;      /* how the draws lie; needs to know `draws` */
    tf_place design_place;
    char *sample;          /* file of joint draws, or NULL; then draws is its number of rows */
    tf_place sample_place;
    int reference;         /* persons per sex, age and quintile in the reference population; default 256 */

    /* [parameters]: overrides of the model's parameters */
    tf_setting *parameters;
    size_t n_parameters;

    /* [joint NAME]: parameters that are uncertain together, beside the model's */
    tf_joint_spec *joints;
    size_t n_joints;

    /* [output] */
    tf_grouping *groupings; /* the grouping "all" is always there and comes first */
    size_t n_groupings;
    tf_list events;         /* headline events of reports, "chd.none.mi1"; empty: those that differ most */
    tf_place events_place;
    int age_band;           /* width of age bands in years, from age_min's multiple; default 10 */

    tf_equity_spec equity; /* [equity] */

    tf_intervention_spec *interventions;
    size_t n_interventions;
    tf_strategy_spec *strategies;
    size_t n_strategies;
    tf_analysis_spec *analyses;
    size_t n_analyses;
    tf_staircase_spec staircase;
} tf_scenario;

/* Read and check a scenario file.  `sets` are --set assignments.  All mistakes are recorded; a scenario is returned whenever the
 * file could be read at all, so that model and plugins can be checked too: ask tf_mistakes before running. */
trefoil_status tf_scenario_read(trefoil_context *context, const char *path, const char *const *sets, size_t n_sets,
                                tf_scenario **scenario) TF_MUST_USE;
void tf_scenario_destroy(tf_scenario *scenario);

#endif
