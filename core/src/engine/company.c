/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/company.h"

#include "base/memory.h"
#include "engine/cells.h"
#include "engine/fast.h"

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
    tf_bound *bound; /* to the common block, or NULL */
    const tf_prepared *prepared; /* the draw, with the strategy's settings */
    bool came;       /* somebody has parted */
} member;

struct tf_company {
    const tf_plan *plan;
    tf_block *common;
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
    m->own = tf_block_create(context, plan, company->common->capacity);
    if (!m->own)
        return TREFOIL_NO_MEMORY;
    TRY(tf_bound_create(context, plan, strategy, m->own, &m->own->bound));
    TRY(tf_bound_create(context, plan, strategy, company->common, &m->bound));
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
    if (!create_lists(company, common->capacity)) {
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
    }
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

/* Conditions of other strategies' plugins do not exist here. */
static void forget_others(tf_block *own, uint32_t row)
{
    const tf_model *model = own->plan->model;

    for (size_t c = 0; c < model->n_conditions; ++c)
        if (!own->has[c])
            own->people.state[c][row] = 0;
    for (size_t k = 0; k < model->n_transitions; ++k)
        if (!own->has[model->transitions[k].condition]) {
            own->people.clock[k][row] = HUGE_VAL;
            tf_mark_out(own, (int)k, row, false);
        }
}

static uint32_t join(member *m, const tf_block *common, uint32_t row)
{
    tf_block *own = m->own;
    uint32_t at;

    if (!m->came)
        tf_block_begin(own, m->prepared);
    m->came = true;
    at = own->n++;
    for (size_t c = 0; c < own->people.n_all; ++c)
        tf_copy_cell(common->people.all[c].data, row, own->people.all[c].data, at, own->people.all[c].width);
    for (size_t w = 0; w < own->n_words; ++w)
        own->out[w][at] = common->out[w][row];
    if (m->bound)
        tf_bound_copy_row(m->bound, row, own->bound, at);
    if (own->n_segments == 1)
        own->segments[0].to = own->sorted = own->n;
    forget_others(own, at);
    tf_block_occupy(own, at, 1.0);
    return at;
}

static void depart(tf_block *common, uint32_t row)
{
    tf_block_occupy(common, row, -1.0);
    common->people.dead[row] = 1;
    common->n_dead++;
}

static void part_touched(tf_company *company)
{
    tf_block *common = company->common;

    for (uint32_t i = 0; i < common->n; ++i) {
        if (!company->touched[i] || common->people.dead[i])
            continue;
        for (size_t m = 0; m < company->n; ++m)
            join(&company->members[m], common, i);
        depart(common, i);
    }
}

trefoil_status tf_company_part(trefoil_context *context, tf_company *company, uint32_t row, double at)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t m = 0; m < company->n; ++m) {
        tf_block *own = company->members[m].own;
        uint32_t joined = join(&company->members[m], company->common, row);
        TRY(tf_block_live_row(context, own, joined, at));
    }
    depart(company->common, row);
out:
    return status;
}

void tf_company_move_rows(tf_company *company, const uint32_t *rows, uint32_t n, void *spare)
{
    for (size_t m = 0; m < company->n; ++m)
        if (company->members[m].bound)
            tf_bound_move_rows(company->members[m].bound, rows, n, spare);
}

/* ---- a life ------------------------------------------------------------------ */

static void begin(tf_company *company, const tf_block *made, const tf_prepared *const *prepared)
{
    tf_block *common = company->common;

    tf_block_copy(common, made);
    common->bound = NULL;
    common->has = company->has;
    common->scale = company->scale;
    common->company = company;
    for (size_t m = 0; m < company->n; ++m) {
        member *mine = &company->members[m];
        tf_block_copy_frame(mine->own, made);
        mine->prepared = prepared[mine->strategy];
        mine->came = false;
        if (mine->bound)
            tf_bound_begin(mine->bound, common, mine->prepared);
    }
    tf_block_begin(common, made->prepared);
}

static trefoil_status run_hooks(trefoil_context *context, tf_company *company)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t m = 0; m < company->n; ++m) {
        member *mine = &company->members[m];
        if (!mine->bound)
            continue;
        if (company->common->n)
            TRY(tf_bound_run(context, mine->bound, company->common));
        if (mine->own->n)
            TRY(tf_bound_run(context, mine->own->bound, mine->own));
    }
out:
    return status;
}

/* The common block's events come last: those who part in the middle of a cycle join blocks whose clocks have run. */
static trefoil_status live_cycle(trefoil_context *context, tf_company *company, uint32_t cycle)
{
    trefoil_status status = TREFOIL_DONE;

    tf_block_open_cycle(company->common, cycle);
    for (size_t m = 0; m < company->n; ++m)
        tf_block_open_cycle(company->members[m].own, cycle);
    TRY(run_hooks(context, company));
    mark_touched(company);
    part_touched(company);
    for (size_t m = 0; m < company->n; ++m) {
        tf_block *own = company->members[m].own;
        if (!own->n)
            continue;
        tf_block_forget_counts(own);
        tf_block_count_cycle(own, 1.0);
        TRY(tf_block_run_clocks(context, own));
    }
    tf_block_forget_counts(company->common);
    tf_block_count_cycle(company->common, 1.0);
    TRY(tf_block_run_clocks(context, company->common));
out:
    return status;
}

static trefoil_status end_year(trefoil_context *context, tf_company *company, size_t year, tf_unit_tally *units)
{
    trefoil_status status = TREFOIL_DONE;

    TRY(tf_block_end_year(context, company->common, year, company->strategies, company->n, units));
    for (size_t m = 0; m < company->n; ++m)
        if (company->members[m].came)
            TRY(tf_block_end_year(context, company->members[m].own, year, &company->strategies[m], 1, units));
out:
    return status;
}

static bool anybody_lives(const tf_company *company)
{
    bool lives = company->common->n > company->common->n_dead;

    for (size_t m = 0; m < company->n; ++m)
        lives = lives || company->members[m].own->n > company->members[m].own->n_dead;
    return lives;
}

size_t tf_company_first(const tf_company *company)
{
    return company->strategies[0];
}

trefoil_status tf_company_live(trefoil_context *context, tf_company *company, const tf_block *made, const tf_prepared *const *prepared,
                               tf_unit_tally *units)
{
    trefoil_status status = TREFOIL_DONE;
    const tf_unit_tally *any = &units[company->strategies[0]];
    uint32_t n_cycles = tf_plan_cycles(company->plan, made->age);
    size_t year = 0;

    begin(company, made, prepared);
    for (uint32_t cycle = 0; cycle < n_cycles && anybody_lives(company); ++cycle) {
        TRY(live_cycle(context, company, cycle));
        if (any->by_year && tf_block_ends_year(company->common)) {
            TRY(end_year(context, company, year, units));
            year = (size_t)company->common->end;
        }
    }
    if (any->by_year)
        TRY(end_year(context, company, year < any->n_years ? year : any->n_years - 1, units));
    TRY(tf_block_leave(context, company->common, company->strategies, company->n, units));
    for (size_t m = 0; m < company->n; ++m)
        if (company->members[m].came)
            TRY(tf_block_leave(context, company->members[m].own, &company->strategies[m], 1, units));
out:
    return status;
}
