/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A model is data.  Its file (INI) states:
 *
 *   [model]        title; kind = states (default) | paths; evidence = register.csv, ...; clock = continuous (default) |
 *                  discrete (the scenario's [time] clock goes before); correction = none | half-cycle | simpson, and where people are
 *                  all alike (tf_alike_needs; always in expected mode) the others of scenario/scenario.h (discrete clock only; the
 *                  scenario's [time] correction goes before, and where the scenario makes the clock continuous there is none);
 *                  weights = w.csv (column weight, a row for each boundary of cycles: correction = weights); conversion
 *                  (of rates to probabilities, discrete clock, people who are all alike) = separate (default: 1 - exp(-rate x cycle), each by itself)
 *                  | competing (share of the rate x (1 - exp(-sum of rates x cycle))) | death-first (deaths each by
 *                  itself, the others given survival); events = counted (default: costs and qaly of a transition count in
 *                  full, at the end of its cycle) | weighted (they take the weight of that boundary); value_set = <tag of the utility norms: how the value_set
 *                  notes of its tables begin>; ages = 30-100 (ages the model covers; default 0-100)
 *   [table chd]    file = ../england/chd.csv; its columns are chd.incidence, chd.prevalence, ... in formulas
 *   [risk ldl]     title, unit; family = normal | lognormal | bernoulli; mean = F; sd = F; min, max (numbers; a
 *                  person's value is clamped). Bernoulli: mean is the probability of 1, and there is neither sd, min
 *                  nor max. A person keeps their quantile for life.
 *   [relative ihd] a set of relative risks: `ldl = F` (per unit of the risk factor), `smoker = F`, `chd.mi2 = F` (while
 *                  in that state of another condition)
 *   [condition chd] title; states = none, angina, mi1, mi2; dead = (states in which the person is dead);
 *                  initial.<state> = F (share of people in the state at the start; the rest are in the first state);
 *                  initial.relative = a relative set (who has it: P(not first state | person) = 1 - exp(-H x RR), H
 *                  such that the mean is the share stated; of states it may name those of conditions further up)
 *   [start]        cost.<category> = F, use.<resource> = F, qaly = F (once for everybody at time 0)
 *   [path name]    (kind = paths, instead of conditions: a decision tree as the table of its ends) title; probability = F;
 *                  cost.<category> = F, use.<resource> = F, qaly = F, ly = F (what the path brings in all); strategies =
 *                  a, b (under which it can be taken; default all).  The probabilities sum to 1 under every strategy
 *   [state chd.mi1] title; tunnel = whole number (people who are all alike: time in the state, years_in_state, is followed for so many
 *                  cycles and stays there; default: to the horizon); utility = F (multiplier); cost.<category> = F (per year); use.<resource> = F (per year);
 *                  scale.<risk> = F, add.<risk> = F (effect on a risk factor while in the state); stays = yes (people
 *                  may stay in this state for good; needed for a living state without a transition out, unless it is
 *                  where every path of its condition ends or the condition has no transitions at all). A dead state has
 *                  a title only
 *   [transition chd.none.mi1] title; rate = F (per person-year in the from-state) or probability = F (per cycle,
 *                  discrete clock; `rest`: whatever the others from this state, all probabilities, leave) or after = F (years, continuous clock: leaves the state at exactly this time in it),
 *                  or time = FAMILY(F, ...) (a survival family of model/survival.h: exponential(rate), weibull(shape, scale),
 *                  gompertz(shape, rate), loglogistic(shape, scale), lognormal(meanlog, sdlog), gengamma(mu, sigma, q); times in
 *                  years) with clock = reset (default: time since the from-state was entered; of those in it at the start, since
 *                  then) | forward (since the start of the run) | age; relative sets and plugins multiply its hazard; the discrete
 *                  clock takes it as the rate whose probability is that of the event between the cycle's ends (people who are all
 *                  alike);
 *                  a rate under the discrete clock gives the probability 1 - exp(-rate x cycle); relative = set;
 *                  normalise = yes | no (default yes: divided by the mean relative risk of those in the from-state at the
 *                  start, or of everybody where nobody starts in it, within sex, age and quintile; a probability is
 *                  normalised as the rate it stands for); fatality = F with fatal = death.chd (with this probability the person
 *                  moves there instead, at that moment); cost.<category> = F, use.<resource> = F, qaly = F (once per
 *                  event)
 *   [resource bed_day] title, unit; price = F; category = hospital
 *   [cost hospital] title; party = who bears it (default nhs)
 *   [utility]      norm = F (general-population utility by sex, age, quintile); max = 1
 *
 * F is a formula (model/formula.h) and must stay within the limits of what it is: shares, probabilities, fatality 0..1;
 * rates 0 to a million; after 0.0001 to 1,000; ratios 0 to 1,000; utility multipliers 0..2; prices and uses from 0.
 * Names are lower-case letters, digits and underscores. Every person is in exactly one state of every condition.
 *
 * What a stream of random numbers is for (tf_purpose): owner "model" with the names "initial chd", "cycle chd", "clock
 * chd.none.mi1", "branch chd.none.mi1", "risk ldl"; owner "parameter" with the parameter's name; the stream owner of a
 * plugin's process with "initial", "cycle", "clock from.to", "branch from.to": processes of one stream owner share
 * their luck, whatever they are called.
 */
#ifndef TF_MODEL_MODEL_H
#define TF_MODEL_MODEL_H

#include "model/formula.h"
#include "model/survival.h"

enum {
    TF_MAX_CONDITIONS = 24,
    TF_MAX_STATES = 16,      /* of one condition */
    TF_MAX_ALL_STATES = 128,
    TF_MAX_TRANSITIONS = 128,
    TF_MAX_RISKS = 16,
    TF_NONE = -1
};

typedef enum tf_risk_family { TF_RISK_NORMAL, TF_RISK_LOGNORMAL, TF_RISK_BERNOULLI } tf_risk_family;

typedef struct tf_risk {
    char *name, *title, *unit;
    tf_risk_family family;
    int mean, sd; /* formulas; sd TF_NONE for bernoulli.  lognormal: mean and sd of the risk factor itself */
    double min, max;
    uint32_t purpose; /* of the person's uniform */
} tf_risk;

typedef struct tf_relative_term {
    int risk;  /* index of a risk factor, or TF_NONE */
    int state; /* index of a state, or TF_NONE       */
    int ratio; /* formula: ratio per unit of the risk factor, or while in the state */
} tf_relative_term;

typedef struct tf_relative {
    char *name;
    tf_relative_term *terms; /* risks first, in model order, then states */
    size_t n_terms;
} tf_relative;

typedef enum tf_payoff_kind { TF_PAY_COST, TF_PAY_USE, TF_PAY_QALY } tf_payoff_kind;
typedef struct tf_payoff {
    tf_payoff_kind kind;
    int target; /* cost category, or resource */
    int amount; /* formula */
} tf_payoff;

typedef struct tf_risk_effect {
    int risk;
    int scale, add; /* formulas, TF_NONE if absent: x -> x * scale + add */
} tf_risk_effect;

typedef struct tf_state {
    char *name, *title;
    int condition;
    bool dead;
    int initial; /* formula, or TF_NONE */
    int utility; /* formula, or TF_NONE: 1 */
    int tunnel;  /* cycles that time in the state is followed for; 0: to the horizon */
    int tunnel_line; /* of the model file */
    tf_payoff *payoffs;
    size_t n_payoffs;
    tf_risk_effect *effects;
    size_t n_effects;
} tf_state;

typedef struct tf_condition {
    char *name, *title;
    int first_state, n_states; /* its states are first_state ... first_state+n_states-1 of the model's */
    int initial_relative;      /* relative set, or TF_NONE */
    uint32_t purpose_initial;  /* of the person's uniform for the state at the start */
    uint32_t purpose_cycle;    /* discrete clock: of the uniform of each cycle */
    int owner;                 /* TF_NONE: the model; else the intervention (plugin process) that declared it */
    char *stream_owner;        /* of its purposes and those of its transitions: "model", or the process' */
} tf_condition;

typedef enum tf_timing { TF_RATE, TF_PROBABILITY, TF_AFTER, TF_TIME } tf_timing;

/* Where the time of a time to event begins: when the from-state is entered, at the start of the run, at birth. */
typedef enum tf_origin { TF_ORIGIN_RESET, TF_ORIGIN_FORWARD, TF_ORIGIN_AGE } tf_origin;

typedef struct tf_transition {
    char *title;
    int condition, from, to; /* states, model-wide indices */
    tf_timing timing;
    int amount;   /* formula: rate, probability or duration; TF_NONE: base rate 1 (plugin processes), or TF_TIME */
    const tf_survival *family;   /* TF_TIME (continuous clock; under the discrete one it is read as a rate): its family, ... */
    int numbers[TF_SURVIVAL_MAX]; /* ... formulas of the family's parameters, ... */
    tf_origin origin;            /* ... and from when time counts */
    int relative; /* relative set, or TF_NONE */
    bool normalise;
    int fatality, fatal; /* formula and state, or TF_NONE */
    tf_payoff *payoffs;
    size_t n_payoffs;
    uint32_t purpose_clock, purpose_branch;
} tf_transition;

typedef struct tf_resource {
    char *name, *title, *unit;
    int price;    /* formula, or TF_NONE */
    int category; /* cost category, or TF_NONE */
} tf_resource;

typedef struct tf_category {
    char *name, *title, *party;
} tf_category;

typedef enum tf_clock { TF_CONTINUOUS, TF_DISCRETE } tf_clock;

typedef enum tf_conversion { TF_CONVERT_SEPARATE, TF_CONVERT_COMPETING, TF_CONVERT_DEATH_FIRST } tf_conversion;

/* One end of a decision tree. */
typedef struct tf_path {
    char *name, *title;
    int probability, ly; /* formulas; ly TF_NONE: 0 */
    bool *taken;         /* [strategy of the scenario]: can it be taken? */
    tf_payoff *payoffs;
    size_t n_payoffs;
} tf_path;

typedef struct tf_model {
    char *path, *title, *value_set;
    char digest[65];
    tf_clock clock;
    tf_correction correction, correction_effects; /* with what the scenario states */
    char *weights; /* file, or NULL */
    tf_place weights_place; /* as long as the scenario or the model */
    tf_conversion conversion;
    bool weigh_events;
    bool course; /* people are all alike: formulas are evaluated along their course, and may use cycle, time and years_in_state */
    int age_min, age_max;
    tf_register evidence;
    tf_parameters *parameters;
    tf_joint_spec *joints; /* parameters that are uncertain together */
    size_t n_joints;
    tf_tables tables;
    tf_formulas *formulas;
    tf_risk *risks;
    size_t n_risks;
    tf_relative *relatives;
    size_t n_relatives;
    tf_condition *conditions;
    size_t n_conditions;
    tf_state *states;
    size_t n_states;
    tf_transition *transitions;
    size_t n_transitions;
    tf_resource *resources;
    size_t n_resources;
    tf_category *categories;
    size_t n_categories;
    tf_payoff *start; /* once at time 0 */
    size_t n_start;
    tf_path *paths; /* none: a model of conditions */
    size_t n_paths;
    int norm;           /* formula: utility norm, or TF_NONE: 1 */
    double utility_max; /* a person's utility is capped here */
} tf_model;

/*
 * Read a model file with its tables and evidence, and the scenario's overrides of parameters.  All mistakes are
 * recorded with file and line: unknown names with the nearest, states that do not exist, a relative risk of a state on
 * its own condition's transitions, initial shares that exceed 1 at any cell of the base case, and so probabilities of
 * leaving a state, tables with different value sets, a state nobody can leave that is not dead and not the end of every
 * path, purposes that collide, limits above exceeded, formulas whose base case is outside their limits, ages of the
 * scenario that the model does not cover.
 */
trefoil_status tf_model_read(trefoil_context *context, const tf_scenario *scenario, tf_model **model) TF_MUST_USE;
void tf_model_destroy(tf_model *model);

/* "chd.mi1" -> index, or TF_NONE.  "chd.none.mi1" likewise. */
int tf_model_state(const tf_model *model, const char *dotted);
int tf_model_transition(const tf_model *model, const char *dotted);
int tf_model_condition(const tf_model *model, const char *name);
int tf_model_risk(const tf_model *model, const char *name);
int tf_model_resource(const tf_model *model, const char *name);
int tf_model_category(const tf_model *model, const char *name);

/* Append what a plugin declares (a process): a condition with its states and transitions of base rate 1; a cost
 * category it brings along (one of that name that is there already is returned as it is).  Everybody starts in the
 * first state.  Return the index, or TF_NONE with a reason recorded (TREFOIL_PLUGIN_FAILED or TREFOIL_NO_MEMORY). */
int tf_model_add_condition(trefoil_context *context, tf_model *model, const char *name, const char *title,
                           const char *const *states, size_t n_states, int owner, const char *stream_owner);
int tf_model_add_transition(trefoil_context *context, tf_model *model, int condition, const char *from, const char *to,
                            const char *stream_owner);
int tf_model_add_category(trefoil_context *context, tf_model *model, const char *name, const char *title,
                          const char *party);

#endif
