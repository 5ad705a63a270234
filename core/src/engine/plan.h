/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The plan of a run: everything that does not depend on the draw.  Who reads which state, which relative risks a state touches, how
 * people are cut into units, where results go.  Read-only while people are simulated.
 */
#ifndef TF_ENGINE_PLAN_H
#define TF_ENGINE_PLAN_H

#include "engine/layout.h"
#include "model/changes.h"

/* Sums are kept per lane: the people of a run are dealt to 16 batches in turn, and the spread between batches gives the Monte Carlo
 * error.  A person's lane depends on the population and the sample only. */
enum { TF_LANES = 16, TF_BLOCK_DEFAULT = 2048, TF_UNIT_PERSONS = 4096, TF_LIFETIME_END = 111 };

/* A run of persons of one stratum inside a unit. */
typedef struct tf_piece {
    size_t stratum;
    uint32_t first, count; /* ordinals within the stratum's sample           */
    uint32_t lane;         /* of its first person; the next is in the next lane */
} tf_piece;

/* What one thread simulates at a time: pieces that share sex and age at the start, and the subgroup of a cohort. */
typedef struct tf_unit {
    size_t first_piece, n_pieces, subgroup;
    uint32_t persons;
} tf_unit;

/* A sum of money, units or quality that a state or an event brings, with its measures resolved. */
typedef struct tf_flow {
    int amount;   /* formula */
    int price;    /* formula, or TF_NONE: a resource's price */
    int use;      /* measure, or -1 */
    int category; /* measure of the cost category, or -1 */
    int qaly;     /* measure of qaly, or -1 */
    size_t index; /* among all flows of the plan */
} tf_flow;

typedef struct tf_flows {
    tf_flow *items;
    size_t count;
} tf_flows;

typedef struct tf_transition_list {
    int *items;
    size_t count;
} tf_transition_list;

/* A term of a relative set: a risk factor, or a state within a condition. */
typedef struct tf_term_place {
    int risk;      /* TF_NONE for a state */
    int condition; /* TF_NONE for a risk factor */
    uint8_t local; /* the state within the condition */
} tf_term_place;

/* The states of a condition as factors of a relative set: ratios by state stand together, from `first` on, in a cell's table. */
typedef struct tf_factor {
    int condition;
    size_t first;
} tf_factor;

/* What the states of a condition do to a risk factor: x scale + add, by state, from `first` on in a cell's tables.  A state with several effects
 * on the same has them in as many. */
typedef struct tf_act {
    int condition, risk;
    size_t first;
} tf_act;

typedef struct tf_plan {
    const tf_scenario *scenario;
    const tf_model *model;
    const tf_interventions *interventions;
    const tf_population *population;
    const tf_selection *selection;
    tf_layout *layout;
    tf_places places;

    uint64_t seed;
    double cycle;          /* years */
    double horizon;        /* years, INFINITY for a lifetime */

    tf_piece *pieces;
    size_t n_pieces;
    tf_unit *units;
    size_t n_units;
    int *groups;           /* [stratum][n_groupings] */

    tf_transition_list *out; /* [state]: transitions that leave it */
    tf_flows *state_flows;   /* [state] */
    tf_flows *event_flows;   /* [transition] */
    tf_flows start_flows;    /* once at time 0 */
    tf_flows *path_flows;    /* [path] of a decision tree */
    size_t n_flows;
    int *death_event;        /* [state]: measure counting arrivals in that dead state, or -1 */

    /* Combinations of states that differ in utility. */
    int n_profile_conditions;
    int profile_condition[TF_MAX_CONDITIONS];
    int profile_stride[TF_MAX_CONDITIONS];
    int n_profiles;
    bool in_profile[TF_MAX_CONDITIONS];

    tf_list expected_names; /* usual-care measures that hooks ask for as "expected.<measure>" ... */
    double **expected;      /* ... [name]: [board][quintile 1..5, 0 for all][year], people at the size of the population */

    int **actors;          /* [risk]: states with effects on the risk factor, in model order */
    size_t *n_actors;
    size_t *first_term;    /* [relative set]: of its terms in one list of all sets' terms; the count of all at the end */
    uint64_t sets_of_life; /* relative sets (bits) that some transition has; the others only say who has what at the start */
    uint64_t *sets_of;     /* [condition]: of these, the sets that its states change, directly or through risk factors */
    tf_transition_list *affected; /* [condition]: transitions of other conditions whose relative risk its states change */
    tf_term_place *terms;  /* [term]: where each term of a relative set looks: risk factors first, then states */
    size_t *n_slopes;      /* [relative set]: its terms that are risk factors */
    size_t *first_factor;  /* [relative set]: as first_term, of factors */
    tf_factor *factors;    /* conditions whose states are terms, in the order of terms */
    size_t n_factor_states; /* states of all factors */
    tf_act *acts;          /* in the order in which they are taken: by condition, risk factor, and a state's own order */
    size_t n_acts, n_act_states;
    uint64_t *acts_on;     /* [condition]: risk factors (bits) that its states act on */
    uint64_t *depends_on;  /* [condition]: conditions (bits) before it whose states decide who has it, at any remove */
    tf_changes **changes;  /* [strategy]: parameters it changes, or NULL */
    tf_changes **subgroup_changes; /* [subgroup]: the same, before strategies */
    bool *strategy_has;    /* [strategy][condition]: the condition exists under the strategy */
    double hook_limit;      /* above 0: plugins run in child processes, and a hook may take so many seconds; 0: in this one */
    struct tf_watch *watch; /* told of every hook before it runs; NULL: nobody watches */
    int *original;          /* 0 in a copy that a plugin made of the process; NULL: not known */
    bool elsewhere;         /* plugins run in child processes, and not here */
    int *counted;          /* [measure]: the intervention's own condition it counts years or events of, or TF_NONE */
} tf_plan;

trefoil_status tf_plan_create(trefoil_context *context, const tf_scenario *scenario, const tf_model *model,
                              const tf_interventions *interventions, const tf_population *population,
                              const tf_selection *selection, tf_layout *layout, tf_plan **plan) TF_MUST_USE;
void tf_plan_destroy(tf_plan *plan);

/* One value of an expected.* table; places outside take its edge. */
double tf_plan_expected(const tf_plan *plan, int name, size_t board, double quintile, double year);

/* Has some transition a time to event (TF_TIME)?  Its hazard differs between moments of a cycle. */
bool tf_plan_has_times(const tf_plan *plan);

/* Cycles a person aged `age` at the start can live through; of one who joins an open population, while it is open. */
uint32_t tf_plan_cycles(const tf_plan *plan, int age);
/* Start of a cycle in years, on the grid of time: cycles add up exactly. */
double tf_plan_time(const tf_plan *plan, uint32_t cycle);

#endif
