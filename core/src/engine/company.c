/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/company.h"

#include "base/memory.h"
#include "base/fast.h"

#include <math.h>
#include <string.h>

/* A column in which any value but `neutral`, or but that of `other`, means that a plugin acts on the row. */
typedef struct watched {
    const double *column, *other;
    double neutral;
    int state;      /* only on rows in this state, or TF_NONE */
    int transition; /* only on rows whose clock of it runs, or TF_NONE */
} watched;

typedef struct watch {
    watched *items;
    size_t count;
} watch;

typedef struct member {
    size_t strategy;
    tf_block *own;
    tf_bound *bound;  /* to the common block, or NULL; ... */
    tf_bound *parted; /* ... what it said and remembers of those who have parted */
    const tf_prepared *prepared; /* the draw, with the strategy's settings */
} member;

/* When somebody parted: at the beginning of a cycle, or among its events. */
static inline uint32_t step_of(uint32_t cycle, bool events)
{
    return 2 * cycle + events;
}

enum { WIDER = 2 }; /* so many times the rows of the common block: those who part are few, and a unit's wait together */

/* Those who have parted, as they were then, until they live on. */
typedef struct waiting {
    tf_block *block;
    uint32_t most;     /* who may part from the next common block among them */
    uint32_t *leaving; /* rows of the common block that part in this cycle, to be copied at its end */
    uint32_t n_leaving;
    uint32_t *step;    /* [row] */
    double *moment;    /* [row]: no event before it */
    uint32_t *order;   /* rows in the order of steps, ... */
    double *in_order;  /* ... and their moments */
    int *segment;      /* [segment of the common block]: in this one, or TF_NONE while nobody of it has parted */
    uint32_t *counts;  /* [step + 1] */
    uint32_t n_cycles; /* of the longest life */
} waiting;

struct tf_company {
    const tf_plan *plan;
    tf_block *common;
    waiting parted;
    member members[TF_COMPANY_MAX];
    size_t strategies[TF_COMPANY_MAX];
    size_t n;
    bool *has;      /* [condition]: under some member */
    double **scale; /* [transition]: of members' own conditions; what acts on others parts the row */
    watch always;   /* touches a row at the beginning of a cycle */
    watch *event;   /* [transition]: touches a row if it fires */
    uint8_t *touched;
};

/* ---- what touches a row ------------------------------------------------------ */

static bool add(watch *list, watched item)
{
    watched *items;

    if (!item.column)
        return true;
    items = tf_realloc(list->items, list->count + 1, sizeof *items);
    if (!items)
        return false;
    list->items = items;
    list->items[list->count++] = item;
    return true;
}

static bool is_shared(const tf_plan *plan, size_t transition)
{
    return plan->model->conditions[plan->model->transitions[transition].condition].owner == TF_NONE;
}

/* The hazard ratio of a transition.  Of an intervention's own condition it is no touch, unless other strategies have it, too, and differ. */
static watched ratio_of(const tf_company *company, const tf_bound *bound, size_t k, int running)
{
    double *scale = bound->scale[k];

    if (is_shared(company->plan, k))
        return (watched){ scale, NULL, 1.0, TF_NONE, running };
    return (watched){ scale == company->scale[k] ? NULL : scale, company->scale[k], 0.0, TF_NONE, running };
}

/* What a row meets that enters a state: amounts while in it, and ratios on the ways out. */
static bool watch_entry(const tf_company *company, const tf_bound *bound, int state, watch *list)
{
    const tf_transition_list *out = &company->plan->out[state];
    bool fine = true;

    for (size_t f = 0; f < bound->n_flows; ++f)
        if (bound->flows[f].state == state)
            fine = fine && add(list, (watched){ bound->flows[f].amount, NULL, 0.0, TF_NONE, TF_NONE });
    for (size_t i = 0; i < out->count; ++i)
        fine = fine && add(list, ratio_of(company, bound, (size_t)out->items[i], TF_NONE));
    return fine;
}

static bool watch_event(const tf_company *company, const tf_bound *bound, size_t k, watch *list)
{
    const tf_transition *t = &company->plan->model->transitions[k];
    bool fine = watch_entry(company, bound, t->to, list);

    for (size_t f = 0; f < bound->n_flows; ++f)
        if (bound->flows[f].transition == (int)k)
            fine = fine && add(list, (watched){ bound->flows[f].amount, NULL, 0.0, TF_NONE, TF_NONE });
    if (t->fatality != TF_NONE)
        fine = fine && watch_entry(company, bound, t->fatal, list) && add(list, (watched){ bound->branch[k], NULL, 1.0, TF_NONE, TF_NONE });
    return fine;
}

static bool watch_always(const tf_company *company, const tf_bound *bound, watch *list)
{
    bool fine = add(list, (watched){ bound->utility_scale, NULL, 1.0, TF_NONE, TF_NONE }) &&
                add(list, (watched){ bound->utility_add, NULL, 0.0, TF_NONE, TF_NONE });

    for (size_t k = 0; k < company->plan->model->n_transitions; ++k)
        fine = fine && add(list, ratio_of(company, bound, k, (int)k));
    for (size_t f = 0; f < bound->n_flows; ++f)
        if (bound->flows[f].transition == TF_NONE)
            fine = fine && add(list, (watched){ bound->flows[f].amount, NULL, 0.0, bound->flows[f].state, TF_NONE });
    return fine;
}

static bool watch_member(tf_company *company, const tf_bound *bound)
{
    const tf_model *model = company->plan->model;
    bool fine = true;

    for (size_t k = 0; k < model->n_transitions; ++k)
        if (!is_shared(company->plan, k) && !company->scale[k])
            company->scale[k] = bound->scale[k];
    fine = watch_always(company, bound, &company->always);
    for (size_t k = 0; k < model->n_transitions; ++k)
        fine = fine && watch_event(company, bound, k, &company->event[k]);
    return fine;
}

bool tf_company_touched(const tf_company *company, int transition, uint32_t row)
{
    const watch *list = &company->event[transition];

    for (size_t i = 0; i < list->count; ++i) {
        const watched *w = &list->items[i];
        if (w->column[row] != (w->other ? w->other[row] : w->neutral))
            return true;
    }
    return false;
}

TF_FAST static void mark(const double *restrict column, double neutral, uint32_t n, uint8_t *restrict touched)
{
    for (uint32_t i = 0; i < n; ++i)
        touched[i] |= column[i] != neutral;
}

TF_FAST static void mark_running(const double *restrict column, const double *restrict clock, double neutral, uint32_t n,
                                 uint8_t *restrict touched)
{
    for (uint32_t i = 0; i < n; ++i)
        touched[i] |= (column[i] != neutral) & (clock[i] < HUGE_VAL);
}

TF_FAST static void mark_different(const double *restrict column, const double *restrict other, const double *restrict clock, uint32_t n,
                                   uint8_t *restrict touched)
{
    for (uint32_t i = 0; i < n; ++i)
        touched[i] |= (column[i] != other[i]) & (clock[i] < HUGE_VAL);
}

TF_FAST static void mark_in_state(const double *restrict column, const uint8_t *restrict state, uint8_t local, double neutral, uint32_t n,
                                  uint8_t *restrict touched)
{
    for (uint32_t i = 0; i < n; ++i)
        touched[i] |= (column[i] != neutral) & (state[i] == local);
}

static void mark_touched(tf_company *company)
{
    const tf_block *common = company->common;
    const tf_model *model = company->plan->model;

    memset(company->touched, 0, common->n);
    for (size_t i = 0; i < company->always.count; ++i) {
        const watched *w = &company->always.items[i];
        if (w->transition != TF_NONE) {
            const double *clock = common->people.clock[w->transition];
            if (!common->in_state[model->transitions[w->transition].from])
                continue;
            if (w->other)
                mark_different(w->column, w->other, clock, common->n, company->touched);
            else
                mark_running(w->column, clock, w->neutral, common->n, company->touched);
        } else if (w->state != TF_NONE) {
            const tf_state *state = &model->states[w->state];
            uint8_t local = (uint8_t)(w->state - model->conditions[state->condition].first_state);
            if (common->in_state[w->state])
                mark_in_state(w->column, common->people.state[state->condition], local, w->neutral, common->n, company->touched);
        } else
            mark(w->column, w->neutral, common->n, company->touched);
    }
}

/* ---- memory ------------------------------------------------------------------ */

bool tf_company_takes(const tf_plan *plan, const tf_bound *bound)
{
    return plan->model->clock == TF_CONTINUOUS && !tf_plan_has_times(plan) && !(bound && bound->risks);
}

static bool create_waiting(trefoil_context *context, const tf_plan *plan, uint32_t capacity, waiting *parted)
{
    for (size_t u = 0; u < plan->n_units; ++u) {
        const tf_piece *piece = &plan->pieces[plan->units[u].first_piece];
        uint32_t n = tf_plan_cycles(plan, plan->population->strata[piece->stratum].age);
        parted->n_cycles = n > parted->n_cycles ? n : parted->n_cycles;
    }
    parted->block = tf_block_create(context, plan, capacity);
    parted->leaving = tf_alloc_aligned(capacity, sizeof *parted->leaving);
    parted->step = tf_alloc_aligned(capacity, sizeof *parted->step);
    parted->moment = tf_alloc_aligned(capacity, sizeof *parted->moment);
    parted->order = tf_alloc_aligned(capacity, sizeof *parted->order);
    parted->in_order = tf_alloc_aligned(capacity, sizeof *parted->in_order);
    parted->segment = tf_alloc_aligned(capacity, sizeof *parted->segment);
    parted->counts = tf_alloc_aligned(step_of(parted->n_cycles, false) + 1, sizeof *parted->counts);
    return parted->block && parted->leaving && parted->step && parted->moment && parted->order && parted->in_order && parted->segment && parted->counts;
}

static void destroy_waiting(waiting *parted)
{
    tf_block_destroy(parted->block);
    tf_free(parted->leaving);
    tf_free(parted->step);
    tf_free(parted->moment);
    tf_free(parted->order);
    tf_free(parted->in_order);
    tf_free(parted->segment);
    tf_free(parted->counts);
}

static bool create_lists(tf_company *company, uint32_t capacity)
{
    const tf_model *model = company->plan->model;

    company->has = TF_NEW(bool, model->n_conditions);
    company->scale = TF_NEW(double *, model->n_transitions);
    company->event = TF_NEW(watch, model->n_transitions);
    company->touched = tf_alloc_aligned(capacity, sizeof *company->touched);
    return company->has && company->scale && company->event && company->touched;
}

static trefoil_status create_member(trefoil_context *context, tf_company *company, size_t strategy)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_plan *plan = company->plan;
    member *m = &company->members[company->n];
    const bool *has = &plan->strategy_has[strategy * plan->model->n_conditions];

    company->strategies[company->n++] = m->strategy = strategy;
    m->own = tf_block_create(context, plan, WIDER * company->common->capacity);
    if (!m->own)
        return TREFOIL_NO_MEMORY;
    TRY(tf_bound_create(context, plan, strategy, m->own, &m->own->bound));
    TRY(tf_bound_create(context, plan, strategy, company->common, &m->bound));
    TRY(tf_bound_create(context, plan, strategy, company->parted.block, &m->parted));
    m->own->has = has;
    m->own->scale = m->own->bound ? m->own->bound->scale : NULL;
    for (size_t c = 0; c < plan->model->n_conditions; ++c)
        company->has[c] = company->has[c] || has[c];
    if (m->bound && !watch_member(company, m->bound))
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for strategies in company");
out:
    return status;
}

tf_company *tf_company_create(trefoil_context *context, const tf_plan *plan, tf_block *common, const size_t *strategies, size_t n)
{
    tf_company *company = TF_NEW(tf_company, 1);

    if (!company) {
        tf_fail(context, TREFOIL_NO_MEMORY, "no memory for strategies in company");
        return NULL;
    }
    company->plan = plan;
    company->common = common;
    if (!create_lists(company, common->capacity) || !create_waiting(context, plan, WIDER * common->capacity, &company->parted)) {
        tf_fail(context, TREFOIL_NO_MEMORY, "no memory for strategies in company");
        goto failed;
    }
    for (size_t i = 0; i < n; ++i)
        if (create_member(context, company, strategies[i]) != TREFOIL_DONE)
            goto failed;
    return company;
failed:
    tf_company_destroy(company);
    return NULL;
}

void tf_company_destroy(tf_company *company)
{
    if (!company)
        return;
    for (size_t i = 0; i < company->n; ++i) {
        if (company->members[i].own)
            tf_bound_destroy(company->members[i].own->bound);
        tf_block_destroy(company->members[i].own);
        tf_bound_destroy(company->members[i].bound);
        tf_bound_destroy(company->members[i].parted);
    }
    destroy_waiting(&company->parted);
    for (size_t k = 0; company->event && k < company->plan->model->n_transitions; ++k)
        tf_free(company->event[k].items);
    tf_free(company->always.items);
    tf_free(company->event);
    tf_free(company->has);
    tf_free(company->scale);
    tf_free(company->touched);
    tf_free(company);
}

/* ---- parting ----------------------------------------------------------------- */

/* The place of a segment of the common block among those of who has parted, which stand as at the start. */
static int find_segment(tf_block *parted, const tf_segment *segment)
{
    size_t s = 0;

    while (s < parted->n_segments && parted->segments[s].piece != segment->piece)
        ++s;
    if (s == parted->n_segments) {
        parted->segments[s] = *segment;
        parted->segments[s].from = parted->segments[s].to = 0;
        parted->segments[s].cell = tf_cell(parted->sex, parted->age, segment->imd);
        parted->n_segments++;
    }
    return (int)s;
}

/* The row parts, and has no event before the moment `at`. */
static void part(tf_company *company, uint32_t row, bool events, double at)
{
    tf_block *common = company->common;
    waiting *parted = &company->parted;
    uint32_t to = parted->block->n + parted->n_leaving;

    parted->leaving[parted->n_leaving++] = row;
    parted->step[to] = step_of(common->cycle, events);
    parted->moment[to] = at;
    tf_block_occupy(common, row, -1.0);
    common->people.dead[row] = 1;
    common->n_dead++;
}

/* What those who part in the cycle take along: nobody in common has touched it since. */
static void take_along(tf_company *company)
{
    tf_block *common = company->common, *parted = company->parted.block;
    const uint32_t *rows = company->parted.leaving;
    uint32_t n = company->parted.n_leaving, at = parted->n;

    for (size_t c = 0; c < parted->people.n_life && n; ++c) {
        size_t width = parted->people.all[c].width;
        tf_copy_cells(common->people.all[c].data, rows, TF_CELL(parted->people.all[c].data, at, width), n, width);
    }
    for (size_t w = 0; w < parted->n_words; ++w)
        tf_copy_cells(common->out[w], rows, parted->out[w] + at, n, sizeof *parted->out[w]);
    for (size_t m = 0; m < company->n; ++m)
        if (company->members[m].bound)
            tf_bound_copy_rows(company->members[m].bound, rows, company->members[m].parted, at, n);
    for (uint32_t i = at; i < at + n; ++i) {
        uint16_t *segment = &parted->people.segment[i];
        int *there = &company->parted.segment[*segment];
        if (*there == TF_NONE)
            *there = find_segment(parted, &common->segments[*segment]);
        *segment = (uint16_t)*there;
        parted->people.dead[i] = 0;
    }
    parted->n += n;
    company->parted.n_leaving = 0;
}

TF_FAST static bool any(const uint8_t *touched, uint32_t n)
{
    uint8_t all = 0;

    for (uint32_t i = 0; i < n; ++i)
        all |= touched[i];
    return all;
}

static void part_touched(tf_company *company)
{
    const tf_block *common = company->common;

    if (!any(company->touched, common->n))
        return;
    for (uint32_t i = 0; i < common->n; ++i)
        if (company->touched[i] && !common->people.dead[i])
            part(company, i, false, common->start);
}

void tf_company_part(tf_company *company, uint32_t row, double at)
{
    part(company, row, true, at);
}

void tf_company_move_rows(tf_company *company, const tf_order *order)
{
    for (size_t m = 0; m < company->n; ++m)
        if (company->members[m].bound)
            tf_bound_move_rows(company->members[m].bound, order);
}

/* ---- a life in common -------------------------------------------------------- */

static void forget_parted(waiting *parted)
{
    parted->block->n = 0;
    parted->n_leaving = 0;
}

void tf_company_begin(tf_company *company, uint32_t most)
{
    company->parted.most = most > 1 ? WIDER * most : 1;
    forget_parted(&company->parted);
}

static void begin_common(tf_company *company, const tf_prepared *const *prepared)
{
    tf_block *common = company->common, *parted = company->parted.block;

    common->bound = NULL;
    common->has = company->has;
    common->scale = company->scale;
    common->company = company;
    if (!parted->n) {
        tf_block_copy_frame(parted, common);
        parted->n_segments = 0;
    }
    for (size_t s = 0; s < common->n_segments; ++s)
        company->parted.segment[s] = TF_NONE;
    for (size_t m = 0; m < company->n; ++m) {
        member *mine = &company->members[m];
        mine->prepared = prepared[mine->strategy];
        if (mine->bound)
            tf_bound_begin(mine->bound, common, mine->prepared);
    }
    tf_block_begin(common, common->prepared);
}

static trefoil_status live_common_cycle(trefoil_context *context, tf_company *company, uint32_t cycle)
{
    trefoil_status status = TREFOIL_DONE;

    tf_block_open_cycle(company->common, cycle);
    for (size_t m = 0; m < company->n; ++m)
        if (company->members[m].bound)
            TRY(tf_bound_run(context, company->members[m].bound, company->common));
    mark_touched(company);
    part_touched(company);
    take_along(company);
    tf_block_forget_counts(company->common);
    tf_block_count_cycle(company->common, 1.0);
    TRY(tf_block_run_clocks(context, company->common));
    take_along(company);
out:
    return status;
}

/* What was counted goes to the year that the cycle began in. */
static trefoil_status end_year(trefoil_context *context, tf_block *block, const size_t *strategies, size_t n, tf_unit_tally *units)
{
    const tf_unit_tally *any = &units[strategies[0]];
    size_t year = (size_t)block->start;

    return any->by_year ? tf_block_end_year(context, block, year < any->n_years ? year : any->n_years - 1, strategies, n, units) : TREFOIL_DONE;
}

size_t tf_company_first(const tf_company *company)
{
    return company->strategies[0];
}

trefoil_status tf_company_live(trefoil_context *context, tf_company *company, const tf_prepared *const *prepared, tf_unit_tally *units)
{
    trefoil_status status = TREFOIL_DONE;
    tf_block *common = company->common;
    uint32_t n_cycles = tf_plan_cycles(company->plan, common->age);

    if (company->parted.block->n + common->n > company->parted.most)
        TRY(tf_company_live_on(context, company, units));
    begin_common(company, prepared);
    for (uint32_t cycle = 0; cycle < n_cycles && common->n > common->n_dead; ++cycle) {
        TRY(live_common_cycle(context, company, cycle));
        if (tf_block_ends_year(common))
            TRY(end_year(context, common, company->strategies, company->n, units));
    }
    TRY(end_year(context, common, company->strategies, company->n, units));
    TRY(tf_block_leave(context, common, company->strategies, company->n, units));
out:
    return status;
}

/* ---- lives of one's own ------------------------------------------------------ */

static void sort_parted(waiting *parted)
{
    uint32_t *next = parted->counts, n = parted->block->n;

    memset(next, 0, (step_of(parted->n_cycles, false) + 1) * sizeof *next);
    for (uint32_t i = 0; i < n; ++i)
        next[parted->step[i] + 1]++;
    for (uint32_t step = 0; step < step_of(parted->n_cycles, false); ++step)
        next[step + 1] += next[step];
    for (uint32_t i = 0; i < n; ++i) {
        uint32_t at = next[parted->step[i]]++;
        parted->order[at] = i;
        parted->in_order[at] = parted->moment[i];
    }
}

/* Conditions of other strategies' plugins do not exist here. */
static void forget_others(tf_block *own, uint32_t from)
{
    const tf_model *model = own->plan->model;

    for (size_t c = 0; c < model->n_conditions; ++c)
        if (!own->has[c])
            memset(own->people.state[c] + from, 0, own->n - from);
    for (size_t k = 0; k < model->n_transitions; ++k)
        for (uint32_t i = from; i < own->n && !own->has[model->transitions[k].condition]; ++i) {
            own->people.clock[k][i] = HUGE_VAL;
            tf_mark_out(own, (int)k, i, false);
        }
}

/* Those who parted at the step, of the first `*joined` in order, join the strategy's own block. */
static void join(const waiting *parted, member *m, uint32_t step, uint32_t *joined)
{
    tf_block *own = m->own;
    const tf_block *from = parted->block;
    const uint32_t *rows = parted->order + *joined;
    uint32_t n = 0, at = own->n;

    while (*joined + n < from->n && parted->step[rows[n]] == step)
        ++n;
    if (!n)
        return;
    for (size_t c = 0; c < own->people.n_life; ++c) {
        size_t width = own->people.all[c].width;
        tf_copy_cells(from->people.all[c].data, rows, TF_CELL(own->people.all[c].data, at, width), n, width);
    }
    for (size_t w = 0; w < own->n_words; ++w)
        tf_copy_cells(from->out[w], rows, own->out[w] + at, n, sizeof *own->out[w]);
    if (own->bound)
        tf_bound_copy_rows(m->parted, rows, own->bound, at, n);
    own->n += n;
    *joined += n;
    if (own->n_segments == 1)
        own->segments[0].to = own->sorted = own->n;
    forget_others(own, at);
    for (uint32_t i = at; i < own->n; ++i)
        tf_block_occupy(own, i, 1.0);
}

static trefoil_status live_own_cycle(trefoil_context *context, const waiting *parted, member *m, uint32_t cycle, uint32_t *joined)
{
    trefoil_status status = TREFOIL_DONE;
    tf_block *own = m->own;
    uint32_t late;

    tf_block_open_cycle(own, cycle);
    if (own->bound && own->n)
        TRY(tf_bound_run(context, own->bound, own));
    join(parted, m, step_of(cycle, false), joined);
    tf_block_forget_counts(own);
    tf_block_count_cycle(own, 1.0);
    tf_block_charge(own);
    late = *joined;
    join(parted, m, step_of(cycle, true), joined);
    TRY(tf_block_live_events(context, own, own->n - (*joined - late), parted->in_order + late));
out:
    return status;
}

static trefoil_status live_own(trefoil_context *context, const waiting *parted, member *m, tf_unit_tally *units)
{
    trefoil_status status = TREFOIL_DONE;
    tf_block *own = m->own;
    uint32_t first = parted->step[parted->order[0]] / 2, n_cycles = tf_plan_cycles(own->plan, parted->block->age), joined = 0;

    tf_block_copy_frame(own, parted->block);
    tf_block_begin(own, m->prepared);
    for (uint32_t cycle = first; cycle < n_cycles && (joined < parted->block->n || own->n > own->n_dead); ++cycle) {
        TRY(live_own_cycle(context, parted, m, cycle, &joined));
        if (tf_block_ends_year(own))
            TRY(end_year(context, own, &m->strategy, 1, units));
    }
    TRY(end_year(context, own, &m->strategy, 1, units));
    TRY(tf_block_leave(context, own, &m->strategy, 1, units));
out:
    return status;
}

trefoil_status tf_company_live_on(trefoil_context *context, tf_company *company, tf_unit_tally *units)
{
    trefoil_status status = TREFOIL_DONE;

    if (company->parted.block->n)
        sort_parted(&company->parted);
    for (size_t m = 0; m < company->n && company->parted.block->n; ++m)
        TRY(live_own(context, &company->parted, &company->members[m], units));
    forget_parted(&company->parted);
out:
    return status;
}
