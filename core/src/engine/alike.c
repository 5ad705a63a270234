/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/alike.h"

#include "base/memory.h"
#include "random/stream.h"

#include <string.h>

enum { TOGETHER = 1024 }; /* people whose luck of a cycle is drawn at once */

/* ---- odds -------------------------------------------------------------------- */

/* Where the probabilities of leaving a state stand: those of moment t and stay k from [at + t * by_moment + k * by_stay] on, each
 * added to those before it. */
typedef struct tf_place_of_odds {
    size_t at, by_moment, by_stay;
} tf_place_of_odds;

struct tf_odds {
    tf_place_of_odds *states; /* [state] */
    size_t size;
    double **upto;            /* [strategy]: [size]; of a decision tree [path] */
    double (*start)[TF_MAX_STATES]; /* [strategy]: share in states 0..s */
};

static trefoil_status starve(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory to simulate a cohort");
}

static void place_odds(const tf_trace *trace, tf_odds *odds)
{
    const tf_model *model = trace->plan->model;

    for (size_t s = 0; s < model->n_states; ++s) {
        const tf_moves *moves = &trace->moves[s];
        size_t stays = moves->by_stay ? trace->stays[s] : 1, moments = moves->constant ? 1 : trace->n_cycles;
        odds->states[s] = (tf_place_of_odds){ odds->size, moves->constant ? 0 : stays * moves->count, moves->by_stay ? moves->count : 0 };
        odds->size += moves->count * stays * moments;
    }
    odds->size += model->n_paths;
}

trefoil_status tf_odds_create(trefoil_context *context, const tf_trace *trace, tf_odds **made)
{
    size_t n = trace->plan->layout->n_strategies;
    tf_odds *odds = TF_NEW(tf_odds, 1);
    bool fine = odds != NULL;

    *made = odds;
    if (!fine)
        return starve(context);
    odds->states = TF_NEW(tf_place_of_odds, trace->plan->model->n_states);
    odds->start = tf_alloc(n, sizeof *odds->start);
    odds->upto = TF_NEW(double *, n);
    fine = odds->states && odds->start && odds->upto;
    if (fine)
        place_odds(trace, odds);
    for (size_t s = 0; fine && s < n; ++s)
        fine = (odds->upto[s] = TF_NEW(double, odds->size)) != NULL;
    return fine ? TREFOIL_DONE : starve(context);
}

void tf_odds_destroy(const tf_trace *trace, tf_odds *odds)
{
    if (!odds)
        return;
    for (size_t s = 0; odds->upto && s < trace->plan->layout->n_strategies; ++s)
        tf_free(odds->upto[s]);
    tf_free(odds->upto);
    tf_free(odds->start);
    tf_free(odds->states);
    tf_free(odds);
}

static void add_up(double *values, size_t n)
{
    for (size_t i = 1; i < n; ++i)
        values[i] += values[i - 1];
}

static trefoil_status fill_states(trefoil_context *context, const tf_trace *trace, size_t strategy, uint32_t draw, tf_odds *odds)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_model *model = trace->plan->model;
    const tf_series_set *series = &trace->series[strategy + 1];

    TRY(tf_trace_shares(context, trace, series, strategy, draw, odds->start[strategy]));
    add_up(odds->start[strategy], model->n_states);
    for (size_t s = 0; s < model->n_states; ++s) {
        const tf_moves *moves = &trace->moves[s];
        size_t moments = moves->constant ? 1 : trace->n_cycles, stays = moves->by_stay ? trace->stays[s] : 1;
        for (size_t i = 0; moves->count && i < moments * stays; ++i) {
            double *upto = &odds->upto[strategy][odds->states[s].at + i * moves->count];
            TRY(tf_trace_chances(context, trace, series, s, strategy, draw, i / stays, i % stays, upto));
            add_up(upto, moves->count);
        }
    }
out:
    return status;
}

trefoil_status tf_odds_fill(trefoil_context *context, tf_trace *trace, uint32_t draw, tf_odds *odds)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_model *model = trace->plan->model;

    for (size_t s = 0; s < trace->plan->layout->n_strategies; ++s) {
        const tf_series_set *series = &trace->series[s + 1];
        if (!model->n_paths) {
            TRY(fill_states(context, trace, s, draw, odds));
            continue;
        }
        tf_trace_begin(trace, series, 1.0);
        TRY(tf_trace_paths(context, trace, series, s, draw)); /* its probabilities are right */
        for (size_t p = 0; p < model->n_paths; ++p)
            odds->upto[s][p] = model->paths[p].taken[s] ? tf_series_at(series, model->paths[p].probability, 0, 0) : 0.0;
        add_up(odds->upto[s], model->n_paths);
    }
out:
    return status;
}

/* ---- a thread's room --------------------------------------------------------- */

/* What was counted under a strategy: [boundary][slot]; [cycle][transition and stay, by `pair`]. */
typedef struct tally {
    uint32_t *seen, *made, *fatal;
    uint32_t *now;    /* [person]: slot */
    uint16_t **fired; /* [transition]: [person]; NULL where it is never fatal */
} tally;

struct tf_alike {
    tf_trace trace; /* the trace with sums of its own */
    tally *tallies; /* [strategy] */
    size_t *pair;   /* [transition]: of its first stay */
    size_t n_pairs;
    uint8_t *state; /* [slot] */
    bool fatality;  /* some transition may be fatal */
    uint64_t person[TOGETHER];
    double luck[TOGETHER];
};

static bool create_tally(const tf_alike *alike, tally *to)
{
    const tf_model *model = alike->trace.plan->model;
    size_t n = alike->trace.n_cycles;

    to->seen = TF_NEW(uint32_t, (n + 1) * alike->trace.n_slots + model->n_paths);
    to->made = TF_NEW(uint32_t, n * alike->n_pairs);
    to->fatal = TF_NEW(uint32_t, alike->fatality ? n * alike->n_pairs : 0);
    to->now = TF_NEW(uint32_t, TOGETHER);
    to->fired = TF_NEW(uint16_t *, model->n_transitions);
    for (size_t k = 0; to->fired && k < model->n_transitions; ++k)
        if (model->transitions[k].fatality != TF_NONE && !(to->fired[k] = TF_NEW(uint16_t, TOGETHER)))
            return false;
    return to->seen && to->made && to->fatal && to->now && to->fired;
}

tf_alike *tf_alike_create(const tf_trace *trace)
{
    const tf_model *model = trace->plan->model;
    tf_alike *alike = TF_NEW(tf_alike, 1);
    bool fine;

    if (!alike)
        return NULL;
    alike->trace = *trace;
    alike->trace.state = (tf_course_state){ 0 };
    alike->tallies = TF_NEW(tally, trace->plan->layout->n_strategies);
    alike->pair = TF_NEW(size_t, model->n_transitions);
    alike->state = TF_NEW(uint8_t, trace->n_slots);
    fine = tf_trace_allocate(&alike->trace) && alike->tallies && alike->pair && alike->state;
    for (size_t k = 0; fine && k < model->n_transitions; ++k) {
        alike->pair[k] = alike->n_pairs;
        alike->n_pairs += trace->stays[model->transitions[k].from];
        alike->fatality = alike->fatality || model->transitions[k].fatality != TF_NONE;
    }
    for (size_t s = 0; fine && s < model->n_states; ++s)
        memset(&alike->state[trace->slot[s]], (int)s, trace->stays[s]);
    for (size_t s = 0; fine && s < trace->plan->layout->n_strategies; ++s)
        fine = create_tally(alike, &alike->tallies[s]);
    if (fine)
        return alike;
    tf_alike_destroy(alike);
    return NULL;
}

void tf_alike_destroy(tf_alike *alike)
{
    if (!alike)
        return;
    for (size_t s = 0; alike->tallies && s < alike->trace.plan->layout->n_strategies; ++s) {
        tally *of = &alike->tallies[s];
        for (size_t k = 0; of->fired && k < alike->trace.plan->model->n_transitions; ++k)
            tf_free(of->fired[k]);
        tf_free(of->seen);
        tf_free(of->made);
        tf_free(of->fatal);
        tf_free(of->now);
        tf_free(of->fired);
    }
    tf_trace_release(&alike->trace.state);
    tf_free(alike->tallies);
    tf_free(alike->pair);
    tf_free(alike->state);
    tf_free(alike);
}

static void clear(tf_alike *alike)
{
    size_t n = alike->trace.n_cycles, slots = (n + 1) * alike->trace.n_slots + alike->trace.plan->model->n_paths;

    for (size_t s = 0; s < alike->trace.plan->layout->n_strategies; ++s) {
        memset(alike->tallies[s].seen, 0, slots * sizeof(uint32_t));
        memset(alike->tallies[s].made, 0, n * alike->n_pairs * sizeof(uint32_t));
        if (alike->fatality)
            memset(alike->tallies[s].fatal, 0, n * alike->n_pairs * sizeof(uint32_t));
    }
}

/* ---- lives ------------------------------------------------------------------- */

/* One person of a block in one cycle. */
typedef struct moment {
    const tf_alike *alike;
    tally *to;
    const double *upto;
    const tf_series_set *series;
    size_t t;
    uint32_t draw;
} moment;

/* Person i makes transition k after `stay` cycles in its from-state; returns the slot. */
static size_t make(const moment *m, size_t i, int k, size_t stay)
{
    const tf_trace *trace = &m->alike->trace;
    const tf_transition *transition = &trace->plan->model->transitions[k];
    size_t pair = m->t * m->alike->n_pairs + m->alike->pair[k] + stay;

    m->to->made[pair]++;
    if (transition->fatality == TF_NONE)
        return trace->slot[transition->to];
    tf_coordinates at = { transition->purpose_branch, m->alike->person[i], m->to->fired[k][i]++, m->draw };
    if (!(tf_uniform(trace->plan->seed, at, 0) < tf_series_at(m->series, transition->fatality, m->t, stay)))
        return trace->slot[transition->to];
    m->to->fatal[pair]++;
    return trace->slot[transition->fatal];
}

/* A cycle of n people under a strategy; returns how many may still move. */
static size_t live_cycle(const moment *m, const tf_place_of_odds *places, const double *luck, size_t n)
{
    const tf_trace *trace = &m->alike->trace;
    uint32_t *now = m->to->now, *seen = &m->to->seen[m->t * trace->n_slots];
    size_t moving = 0;

    for (size_t i = 0; i < n; ++i) {
        size_t slot = now[i], s = m->alike->state[slot], stay = slot - trace->slot[s], next;
        const tf_moves *moves = &trace->moves[s];
        const double *upto = m->upto + places[s].at + m->t * places[s].by_moment + stay * places[s].by_stay;

        seen[slot]++;
        next = stay + 1 < trace->stays[s] ? slot + 1 : slot;
        if (moves->count && luck[i] < upto[moves->count - 1]) {
            size_t k = 0;
            while (!(luck[i] < upto[k]))
                ++k;
            next = make(m, i, moves->items[k], stay);
        }
        moving += moves->count > 0;
        now[i] = (uint32_t)next;
    }
    return moving;
}

/* Where each of n people is at the start. */
static void start(tf_alike *alike, const tf_odds *odds, size_t n, uint32_t draw)
{
    const tf_trace *trace = &alike->trace;
    const tf_model *model = trace->plan->model;

    for (size_t s = 0; s < trace->plan->layout->n_strategies; ++s) {
        const double *upto = odds->start[s];
        double others = 1.0 - upto[0];
        for (size_t i = 0; i < n; ++i) {
            tf_coordinates at = { model->conditions[0].purpose_initial, alike->person[i], 0, draw };
            size_t state = 0;
            if (others > 0.0 && tf_uniform(trace->plan->seed, at, 0) < others) {
                double v = upto[0] + others * tf_uniform(trace->plan->seed, at, 1);
                for (state = 1; state + 1 < model->n_states && v >= upto[state];)
                    ++state;
            }
            alike->tallies[s].now[i] = (uint32_t)trace->slot[state];
        }
        for (size_t k = 0; k < model->n_transitions; ++k)
            if (alike->tallies[s].fired[k])
                memset(alike->tallies[s].fired[k], 0, n * sizeof(uint16_t));
    }
}

static void live(tf_alike *alike, const tf_odds *odds, size_t n, uint32_t draw)
{
    const tf_trace *trace = &alike->trace;
    const tf_plan *plan = trace->plan;
    size_t t, moving = n;

    start(alike, odds, n, draw);
    for (t = 0; t < trace->n_cycles && moving; ++t) {
        tf_uniforms(plan->seed, plan->model->conditions[0].purpose_cycle, alike->person, (uint32_t)t, draw, (uint32_t)n, alike->luck);
        moving = 0;
        for (size_t s = 0; s < plan->layout->n_strategies; ++s) {
            moment m = { alike, &alike->tallies[s], odds->upto[s], &trace->series[s + 1], t, draw };
            moving += live_cycle(&m, odds->states, alike->luck, n);
        }
    }
    for (size_t s = 0; s < plan->layout->n_strategies; ++s) /* nobody moves any more, or it is the end */
        for (size_t left = t; left <= trace->n_cycles; ++left)
            for (size_t i = 0; i < n; ++i) {
                uint32_t *slot = &alike->tallies[s].now[i];
                size_t state = alike->state[*slot], stay = *slot - trace->slot[state];
                alike->tallies[s].seen[left * trace->n_slots + *slot]++;
                *slot += stay + 1 < trace->stays[state];
            }
}

/* Everybody takes a path of the decision tree: the same luck whatever the strategy. */
static void branch(tf_alike *alike, const tf_odds *odds, size_t n, uint32_t draw)
{
    const tf_plan *plan = alike->trace.plan;

    tf_uniforms(plan->seed, tf_purpose("model", "path"), alike->person, 0, draw, (uint32_t)n, alike->luck);
    for (size_t s = 0; s < plan->layout->n_strategies; ++s)
        for (size_t i = 0; i < n; ++i) {
            size_t p = 0;
            while (p + 1 < plan->model->n_paths && !(alike->luck[i] < odds->upto[s][p]))
                ++p;
            alike->tallies[s].seen[p]++;
        }
}

/* ---- paying ------------------------------------------------------------------ */

static void pay_course(tf_trace *trace, const tf_alike *alike, const tally *of, const tf_series_set *series)
{
    const tf_model *model = trace->plan->model;

    for (size_t t = 0; t <= trace->n_cycles; ++t) {
        for (size_t i = 0; i < trace->n_slots; ++i)
            trace->state.now[i] = of->seen[t * trace->n_slots + i];
        tf_trace_see(trace, series, t);
        for (size_t k = 0; t < trace->n_cycles && k < model->n_transitions; ++k)
            for (size_t stay = 0; stay < trace->stays[model->transitions[k].from]; ++stay) {
                size_t at = t * alike->n_pairs + alike->pair[k] + stay;
                if (of->made[at])
                    tf_trace_count(trace, series, (int)k, of->made[at], alike->fatality ? of->fatal[at] : 0.0, t, stay);
            }
    }
    tf_trace_settle(trace, series);
}

static void pay(tf_alike *alike, double people, double *totals, double *years)
{
    tf_trace *trace = &alike->trace;
    const tf_layout *layout = trace->plan->layout;
    size_t n = 2 * layout->n_measures, n_years = layout->n_measures * layout->n_years;

    for (size_t s = 0; s < layout->n_strategies; ++s) {
        const tf_series_set *series = &trace->series[s + 1];
        const tally *of = &alike->tallies[s];
        tf_trace_begin(trace, series, people);
        for (size_t p = 0; p < trace->plan->model->n_paths; ++p)
            tf_trace_take(trace, series, p, of->seen[p]);
        if (!trace->plan->model->n_paths)
            pay_course(trace, alike, of, series);
        memcpy(totals + s * n, trace->state.totals, n * sizeof *totals);
        if (trace->state.years)
            memcpy(years + s * n_years, trace->state.years, n_years * sizeof *years);
    }
}

/* ---- a lane ------------------------------------------------------------------ */

trefoil_status tf_alike_live(trefoil_context *context, tf_alike *alike, const tf_trace *trace, const tf_odds *odds, size_t subgroup, uint32_t draw,
                             uint32_t lane, double *totals, double *years)
{
    const tf_population *population = trace->plan->population;
    uint64_t dealt = 0, people = 0; /* people are dealt to lanes in turn, through all strata */

    clear(alike);
    for (size_t k = 0; k < population->n_strata; ++k) {
        const tf_stratum *stratum = &population->strata[k];
        uint32_t next = (uint32_t)((lane + TF_LANES - dealt % TF_LANES) % TF_LANES);
        dealt += stratum->sample;
        while (stratum->subgroup == subgroup && next < stratum->sample) {
            size_t n = 0;
            if (tf_interrupted(context))
                return TREFOIL_INTERRUPTED;
            for (; n < TOGETHER && next < stratum->sample; next += TF_LANES)
                alike->person[n++] = stratum->first + next;
            if (trace->plan->model->n_paths)
                branch(alike, odds, n, draw);
            else
                live(alike, odds, n, draw);
            people += n;
        }
    }
    pay(alike, (double)people, totals, years);
    return TREFOIL_DONE;
}
