/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/block.h"

#include "base/memory.h"
#include "engine/company.h"
#include "base/fast.h"
#include "engine/traits.h"
#include "engine/lookup.h"
#include "engine/needs.h"
#include "engine/rounds.h"
#include "random/stream.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- memory ------------------------------------------------------------------ */

static void *column(tf_block *block, size_t width, bool *fine)
{
    tf_columns_of_people *people = &block->people;
    void *data = tf_alloc_aligned(block->capacity, width);

    *fine = *fine && data;
    people->all[people->n_all++] = (tf_column){ data, width };
    return data;
}

static bool counts_wanted(const tf_plan *plan, size_t transition)
{
    const tf_transition *t = &plan->model->transitions[transition];
    const char *c = plan->model->conditions[t->condition].name;
    char name[256];

    snprintf(name, sizeof name, "count.%s.%s.%s", c, plan->model->states[t->from].name, plan->model->states[t->to].name);
    for (size_t i = 0; i < plan->interventions->n_items; ++i) {
        const tf_intervention *item = &plan->interventions->items[i];
        for (size_t h = 0; h < item->n_hooks; ++h)
            for (size_t k = 0; k < item->hooks[h].n_columns; ++k)
                if (strcmp(item->hooks[h].columns[k].name, name) == 0)
                    return true;
    }
    return false;
}

/* Does anybody ask when the state of a condition was entered: a plugin, or times to event that begin anew? */
static bool entries_wanted(const tf_plan *plan, size_t condition)
{
    for (size_t k = 0; k < plan->model->n_transitions; ++k) {
        const tf_transition *t = &plan->model->transitions[k];
        if (t->condition == (int)condition && t->timing == TF_TIME && t->origin == TF_ORIGIN_RESET)
            return true;
    }
    for (size_t i = 0; i < plan->interventions->n_items; ++i) {
        const tf_intervention *item = &plan->interventions->items[i];
        for (size_t h = 0; h < item->n_hooks; ++h)
            for (size_t k = 0; k < item->hooks[h].n_columns; ++k) {
                const tf_column_ref *ref = &item->hooks[h].columns[k].ref;
                if (ref->kind == TF_COLUMN_YEARS_IN && ref->index == (int)condition)
                    return true;
            }
    }
    return false;
}

/* Can the state be entered after it was left? */
static bool returns(const tf_model *model, int state)
{
    bool reached[TF_MAX_ALL_STATES] = { false }, more = true;

    while (more) {
        more = false;
        for (size_t k = 0; k < model->n_transitions; ++k) {
            const tf_transition *t = &model->transitions[k];
            if ((t->from == state || reached[t->from]) && !reached[t->to])
                more = reached[t->to] = true;
        }
    }
    return reached[state];
}

static bool create_people(tf_block *block)
{
    const tf_model *model = block->plan->model;
    tf_columns_of_people *people = &block->people;
    bool fine = true;

    people->all = TF_NEW(tf_column, 5 + 2 * TF_MAX_RISKS + TF_MAX_ALL_STATES + 2 * TF_MAX_CONDITIONS + 4 * TF_MAX_TRANSITIONS);
    if (!people->all)
        return false;
    people->person = column(block, sizeof(uint64_t), &fine);
    people->lane = column(block, sizeof(uint8_t), &fine);
    people->segment = column(block, sizeof(uint16_t), &fine);
    people->profile = column(block, sizeof(uint16_t), &fine);
    people->dead = column(block, sizeof(uint8_t), &fine);
    for (size_t r = 0; r < model->n_risks; ++r) {
        people->luck[r] = column(block, sizeof(double), &fine);
        people->risk[r] = column(block, sizeof(double), &fine);
    }
    for (size_t r = 0; r < model->n_relatives; ++r)
        if (block->plan->sets_of_life >> r & 1)
            people->relative[r] = column(block, sizeof(double), &fine);
    for (size_t c = 0; c < model->n_conditions; ++c) {
        people->state[c] = column(block, sizeof(uint8_t), &fine);
        people->entered[c] = entries_wanted(block->plan, c) ? column(block, sizeof(double), &fine) : NULL;
    }
    for (size_t k = 0; k < model->n_transitions; ++k) {
        people->clock[k] = column(block, sizeof(double), &fine);
        people->count[k] = counts_wanted(block->plan, k) ? column(block, sizeof(double), &fine) : NULL;
        if (!returns(model, model->transitions[k].from))
            continue;
        people->fired[k] = column(block, sizeof(uint16_t), &fine);
        if (block->plan->out[model->transitions[k].from].count > 1)
            people->kept[k] = column(block, sizeof(double), &fine);
    }
    people->n_life = people->n_all;
    for (size_t r = 0; r < model->n_relatives; ++r)
        if (!people->relative[r])
            people->relative[r] = column(block, sizeof(double), &fine);
    return fine;
}

static bool create_tally(tf_block *block, size_t segments)
{
    const tf_plan *plan = block->plan;
    tf_block_tally *tally = &block->tally;

    *tally = (tf_block_tally){ .n_measures = plan->layout->n_measures, .n_states = plan->model->n_states,
                               .n_profiles = (size_t)plan->n_profiles, .capacity = segments };
    tally->sums = tf_alloc_aligned(segments * tally->n_measures * 2 * TF_LANES, sizeof(double));
    tally->occupied = tf_alloc_aligned(segments * tally->n_states * TF_LANES, sizeof(double));
    tally->profiles = tf_alloc_aligned(segments * tally->n_profiles * TF_LANES, sizeof(double));
    tally->alive = tf_alloc_aligned(segments * TF_LANES, sizeof(double));
    tally->n_occupied = TF_NEW(int, segments * tally->n_states);
    tally->n_profile = TF_NEW(int, segments * tally->n_profiles);
    tally->year = tf_alloc_aligned(segments * tally->n_measures, sizeof *tally->year);
    tally->n_alive = TF_NEW(int, segments);
    block->grids = TF_NEW(tf_grid_kind, tally->n_measures);
    block->shifts = TF_NEW(double, tally->n_measures);
    for (size_t m = 0; block->grids && block->shifts && m < tally->n_measures; ++m) {
        block->grids[m] = tf_measure_grid(plan, (int)m);
        block->shifts[m] = tf_grid_shift(block->grids[m]);
    }
    return block->grids && block->shifts && tally->sums && tally->occupied && tally->profiles && tally->alive && tally->n_occupied && tally->n_profile && tally->year && tally->n_alive;
}

tf_block *tf_block_create(trefoil_context *context, const tf_plan *plan, uint32_t capacity)
{
    tf_block *block = TF_NEW(tf_block, 1);
    size_t segments = 1;

    if (!block)
        goto failed;
    for (size_t u = 0; u < plan->n_units; ++u)
        segments = plan->units[u].n_pieces > segments ? plan->units[u].n_pieces : segments;
    segments = segments > capacity ? capacity : segments;
    block->plan = plan;
    block->capacity = capacity;
    block->segments = TF_NEW(tf_segment, segments);
    block->in_state = TF_NEW(int, plan->model->n_states);
    block->n_words = plan->model->n_transitions > 64 ? TF_OUT_WORDS : 1;
    for (size_t w = 0; w < block->n_words; ++w)
        if (!(block->out[w] = tf_alloc_aligned(capacity, sizeof(uint64_t))))
            goto failed;
    block->due = tf_alloc_aligned(capacity + TF_LOOKUP_SPARE, sizeof(uint32_t));
    block->stretches = tf_alloc_aligned(capacity, sizeof *block->stretches);
    block->needs = tf_needs_create(plan, segments);
    block->rounds = tf_rounds_create(plan, capacity);
    if (!block->segments || !block->in_state || !block->due || !block->stretches || !block->needs || !block->rounds || !create_people(block) ||
        !(block->scratch = tf_alloc_aligned(capacity, 2 * sizeof(double))) ||
        !create_tally(block, segments))
        goto failed;
    return block;
failed:
    tf_fail(context, TREFOIL_NO_MEMORY, "no memory for blocks of %u people", capacity);
    tf_block_destroy(block);
    return NULL;
}

void tf_block_destroy(tf_block *block)
{
    if (!block)
        return;
    for (size_t i = 0; i < block->people.n_all; ++i)
        tf_free(block->people.all[i].data);
    tf_free(block->people.all);
    tf_free(block->segments);
    tf_free(block->in_state);
    for (size_t w = 0; w < TF_OUT_WORDS; ++w)
        tf_free(block->out[w]);
    tf_free(block->scratch);
    tf_free(block->due);
    tf_free(block->stretches);
    tf_needs_destroy(block->needs);
    tf_rounds_destroy(block->rounds);
    tf_free(block->grids);
    tf_free(block->shifts);
    tf_free(block->tally.sums);
    tf_free(block->tally.occupied);
    tf_free(block->tally.profiles);
    tf_free(block->tally.alive);
    tf_free(block->tally.n_occupied);
    tf_free(block->tally.n_profile);
    tf_free(block->tally.year);
    tf_free(block->tally.n_alive);
    tf_free(block);
}

void tf_block_copy_frame(tf_block *to, const tf_block *from)
{
    to->prepared = from->prepared;
    to->n = to->n_dead = 0;
    to->sex = from->sex;
    to->age = from->age;
    to->costs = from->costs;
    to->effects = from->effects;
    to->n_segments = from->n_segments;
    for (size_t s = 0; s < from->n_segments; ++s) {
        to->segments[s] = from->segments[s];
        to->segments[s].from = to->segments[s].to = 0;
    }
}

static void copy_places(tf_block *to, const tf_block *from)
{
    tf_block_copy_frame(to, from);
    to->n = from->n;
    memcpy(to->segments, from->segments, from->n_segments * sizeof *to->segments);
}

void tf_block_take(tf_block *to, tf_block *from)
{
    tf_columns_of_people people = to->people;

    copy_places(to, from);
    to->people = from->people;
    from->people = people;
}

void tf_block_copy(tf_block *to, const tf_block *from)
{
    copy_places(to, from);
    for (size_t i = 0; i < from->people.n_life; ++i)
        memcpy(to->people.all[i].data, from->people.all[i].data, from->n * from->people.all[i].width);
}

/* ---- making people ----------------------------------------------------------- */

static void add_segment(tf_block *block, const tf_unit *unit, size_t local, uint32_t skip, uint32_t count)
{
    const tf_piece *piece = &block->plan->pieces[unit->first_piece + local];
    const tf_stratum *stratum = &block->plan->population->strata[piece->stratum];
    tf_segment *segment = &block->segments[block->n_segments];

    *segment = (tf_segment){ block->n, block->n + count, unit->first_piece + local, local, (int)stratum->board, stratum->imd,
                             tf_cell(stratum->sex, stratum->age, stratum->imd) };
    for (uint32_t i = 0; i < count; ++i) {
        block->people.person[block->n + i] = stratum->first + piece->first + skip + i;
        block->people.lane[block->n + i] = (uint8_t)((piece->lane + skip + i) % TF_LANES);
        block->people.segment[block->n + i] = (uint16_t)block->n_segments;
    }
    block->sex = stratum->sex;
    block->age = stratum->age;
    block->n += count;
    block->n_segments++;
}

/* Pieces from row `skip` of the unit on.  A block half full is not filled up: rows of one segment go faster. */
static void choose_pieces(tf_block *block, const tf_unit *unit, uint32_t skip, uint32_t most)
{
    block->n = 0;
    block->n_segments = 0;
    for (size_t p = 0; p < unit->n_pieces && 2 * block->n < most; ++p) {
        uint32_t count = block->plan->pieces[unit->first_piece + p].count;
        if (skip >= count) {
            skip -= count;
            continue;
        }
        uint32_t here = count - skip, room = most - block->n;
        add_segment(block, unit, p, skip, here < room ? here : room);
        skip = 0;
    }
}

static tf_coordinates coordinates(const tf_block *block, uint32_t purpose, uint32_t row, uint32_t time)
{
    return (tf_coordinates){ purpose, block->people.person[row], time, block->prepared->draw };
}

static void deal_luck(tf_block *block)
{
    const tf_plan *plan = block->plan;

    for (size_t r = 0; r < plan->model->n_risks; ++r) {
        const tf_risk *risk = &plan->model->risks[r];
        tf_uniforms(plan->seed, risk->purpose, block->people.person, 0, block->prepared->draw, block->n, block->people.luck[r]);
        if (risk->family != TF_RISK_BERNOULLI)
            tf_normal_quantiles(block->people.luck[r], block->n);
    }
}

static tf_rows rows_of(const tf_block *block, const tf_segment *segment, uint32_t from, uint32_t to)
{
    return (tf_rows){ from, to, segment->cell, block->people.luck, block->people.state, block->people.risk, block->people.relative };
}

void tf_block_traits(tf_block *block, const tf_segment *segment, uint64_t risks, uint64_t sets)
{
    tf_rows rows = rows_of(block, segment, segment->from, segment->to);

    tf_traits_natural(block->plan, block->prepared, &rows, risks);
    tf_traits_effects(block->plan, block->prepared, &rows, risks);
    for (uint32_t i = segment->from; block->bound && block->bound->risks && i < segment->to; ++i)
        tf_bound_risks(block->bound, block, i, risks);
    for (size_t r = 0; r < block->plan->model->n_relatives; ++r)
        if (sets >> r & 1)
            tf_traits_relative(block->plan, block->prepared, &rows, (int)r);
}

/* One person's state changed: the risk factors it acts on, and the relative risks these or the state stand in. */
void tf_block_row_traits(tf_block *block, uint32_t row, int condition)
{
    const tf_plan *plan = block->plan;
    tf_rows rows = rows_of(block, &block->segments[block->people.segment[row]], row, row + 1);
    uint64_t sets = plan->sets_of[condition];

    for (size_t r = 0; r < plan->model->n_risks; ++r)
        if (plan->acts_on[condition] >> r & 1)
            tf_traits_row_risk(plan, block->prepared, &rows, r);
    if (block->bound && block->bound->risks && plan->acts_on[condition])
        tf_bound_risks(block->bound, block, row, plan->acts_on[condition]);
    for (size_t r = 0; sets; ++r, sets >>= 1)
        if (sets & 1)
            tf_traits_row_relative(plan, block->prepared, &rows, (int)r);
}

/* How long a state lasts that is left at a fixed time; 0 if it is not. */
static double fixed_stay(const tf_block *block, int state, int cell)
{
    const tf_transition_list *out = &block->plan->out[state];

    for (size_t i = 0; i < out->count; ++i) {
        const tf_transition *t = &block->plan->model->transitions[out->items[i]];
        if (t->timing == TF_AFTER)
            return tf_quantity(&block->prepared->quantities, t->amount, cell);
    }
    return 0.0;
}

/* When the state was entered in which a row is at the start, and stays for `stay`; it is the start if that is 0. */
static double begun(const tf_block *block, int c, uint32_t row, double stay)
{
    tf_coordinates at = coordinates(block, block->plan->model->conditions[c].purpose_initial, row, 0);

    return stay > 0.0 ? tf_on_time_grid(-stay * tf_uniform(block->plan->seed, at, 2)) : 0.0;
}

static void start_condition(tf_block *block, int c, const tf_segment *segment)
{
    const tf_condition *condition = &block->plan->model->conditions[c];
    tf_columns_of_people *people = &block->people;
    tf_rows rows = rows_of(block, segment, segment->from, segment->to);
    tf_shares shares = tf_traits_shares(block->plan, block->prepared, c, segment->cell);
    int set = condition->initial_relative;
    double *onset = block->scratch, *luck = block->scratch + block->capacity;

    if (shares.total <= 0.0)
        return;
    if (set != TF_NONE)
        tf_traits_relative(block->plan, block->prepared, &rows, set);
    tf_traits_onset(block->plan, block->prepared, &rows, c, onset);
    tf_uniforms(block->plan->seed, condition->purpose_initial, people->person + segment->from, 0, block->prepared->draw, segment->to - segment->from,
                luck);
    for (uint32_t i = segment->from; i < segment->to; ++i) {
        tf_coordinates at = coordinates(block, condition->purpose_initial, i, 0);
        if (luck[i - segment->from] >= onset[i])
            continue;
        int local = tf_traits_state(&shares, tf_uniform(block->plan->seed, at, 1));
        people->state[c][i] = (uint8_t)local;
        if (people->entered[c])
            people->entered[c][i] = begun(block, c, i, fixed_stay(block, condition->first_state + local, segment->cell));
    }
}

static void find_traits(tf_block *block, uint64_t risks, uint64_t sets)
{
    for (size_t s = 0; s < block->n_segments; ++s)
        tf_block_traits(block, &block->segments[s], risks, sets);
}

/* Returns the risk factors (bits) on which states have acted since they were found. */
static uint64_t start_states(tf_block *block)
{
    const tf_plan *plan = block->plan;
    uint64_t changed = TF_ALL;

    for (size_t c = 0; c < plan->model->n_conditions; ++c) {
        memset(block->people.state[c], 0, block->n);
        if (block->people.entered[c])
            memset(block->people.entered[c], 0, block->n * sizeof *block->people.entered[c]);
    }
    for (size_t c = 0; c < plan->model->n_conditions; ++c) {
        if (plan->model->conditions[c].initial_relative != TF_NONE) {
            find_traits(block, changed, 0);
            changed = 0;
        }
        for (size_t s = 0; s < block->n_segments; ++s)
            start_condition(block, (int)c, &block->segments[s]);
        changed |= plan->acts_on[c];
    }
    for (uint32_t i = 0; i < block->n; ++i) {
        int profile = 0;
        for (int p = 0; p < plan->n_profile_conditions; ++p)
            profile += plan->profile_stride[p] * block->people.state[plan->profile_condition[p]][i];
        block->people.profile[i] = (uint16_t)profile;
    }
    memset(block->people.dead, 0, block->n);
    block->n_dead = 0;
    return changed;
}

void tf_block_arm(tf_block *block, int k, uint32_t row)
{
    const tf_transition *t = &block->plan->model->transitions[k];
    tf_columns_of_people *people = &block->people;
    double *kept = people->kept[k], left = kept ? kept[row] : (double)NAN;

    if (t->timing == TF_AFTER) {
        int cell = block->segments[people->segment[row]].cell;
        left = tf_quantity(&block->prepared->quantities, t->amount, cell);
    } else if (isnan(left)) {
        left = tf_exponential(block->plan->seed, coordinates(block, t->purpose_clock, row, tf_fired(block, k, row)), 0);
    }
    people->clock[k][row] = left;
    if (kept)
        kept[row] = (double)NAN;
}

/* The columns may be those of who lived before. */
static void forget_past(tf_block *block)
{
    const tf_columns_of_people *people = &block->people;

    for (size_t k = 0; k < block->plan->model->n_transitions; ++k) {
        for (uint32_t i = 0; people->kept[k] && i < block->n; ++i)
            people->kept[k][i] = (double)NAN;
        if (people->fired[k])
            memset(people->fired[k], 0, block->n * sizeof *people->fired[k]);
        if (people->count[k])
            memset(people->count[k], 0, block->n * sizeof *people->count[k]);
    }
}

TF_FAST static void start_running(const uint8_t *restrict state, uint8_t from, const double *restrict first, double *restrict clock, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        clock[i] = state[i] == from ? first[i] : HUGE_VAL;
}

/* First clocks: in bulk for transitions out of first states, where nearly everybody is, one by one for the others. */
static void start_clocks(tf_block *block)
{
    const tf_model *model = block->plan->model;
    tf_columns_of_people *people = &block->people;

    for (size_t k = 0; k < model->n_transitions; ++k) {
        const tf_transition *t = &model->transitions[k];
        const uint8_t *state = people->state[t->condition];
        uint8_t from = (uint8_t)(t->from - model->conditions[t->condition].first_state);
        const uint8_t *next = state, *end = state + block->n;

        if (from == 0 && t->timing == TF_RATE) {
            tf_exponentials(block->plan->seed, t->purpose_clock, people->person, 0, block->prepared->draw, block->n, block->scratch);
            start_running(state, from, block->scratch, people->clock[k], block->n);
            continue;
        }
        for (uint32_t i = 0; i < block->n; ++i)
            people->clock[k][i] = HUGE_VAL;
        for (; (next = memchr(next, from, (size_t)(end - next))); ++next) {
            uint32_t i = (uint32_t)(next - state);
            tf_block_arm(block, (int)k, i);
            if (t->timing == TF_AFTER && from > 0) /* who is in a first state enters it now */
                people->clock[k][i] += begun(block, t->condition, i, fixed_stay(block, t->from, block->segments[people->segment[i]].cell));
        }
    }
}

void tf_block_make(tf_block *block, const tf_prepared *prepared, const tf_unit *unit, uint32_t skip, uint32_t most)
{
    block->prepared = prepared;
    block->costs = prepared->costs;
    block->effects = prepared->effects;
    block->bound = NULL;
    choose_pieces(block, unit, skip, most);
    deal_luck(block);
    find_traits(block, start_states(block), block->plan->sets_of_life);
    forget_past(block);
    if (block->plan->model->clock == TF_CONTINUOUS)
        start_clocks(block);
}

/* ---- compacting -------------------------------------------------------------- */

enum { FEW_DEAD = 8 }; /* fewer than one in so many may stay */

static void list_row(tf_order *order, uint32_t row)
{
    tf_stretch *last = order->n_stretches ? &order->stretches[order->n_stretches - 1] : NULL;

    order->rows[order->n] = row;
    if (row == order->still && order->n == row)
        order->still++;
    else if (last && last->from + last->count == row)
        last->count++;
    else
        order->stretches[order->n_stretches++] = (tf_stretch){ row, 1 };
    order->n++;
}

/* Rows in the order of their segments: first those who stand in its range, then those who joined; without the dead, if they are to be buried. */
static tf_order order_rows(tf_block *block, bool bury)
{
    bool forwards = block->sorted == block->n || block->n_segments == 1;
    const uint8_t *dead = block->people.dead;
    tf_order order = { .rows = block->due, .stretches = block->stretches, .spare = forwards ? NULL : block->scratch };

    for (size_t s = 0; s < block->n_segments; ++s) {
        tf_segment *segment = &block->segments[s];
        uint32_t from = order.n;
        for (uint32_t i = segment->from; i < segment->to; ++i)
            if (!bury || !dead[i])
                list_row(&order, i);
        for (uint32_t i = block->sorted; i < block->n; ++i)
            if (block->people.segment[i] == s && (!bury || !dead[i]))
                list_row(&order, i);
        segment->from = from;
        segment->to = order.n;
    }
    return order;
}

void tf_block_compact(tf_block *block)
{
    bool bury = block->n_dead * FEW_DEAD >= block->n;
    tf_order order = order_rows(block, bury);

    for (size_t c = 0; c < block->people.n_life; ++c)
        tf_move_cells(block->people.all[c].data, &order, block->people.all[c].width);
    if (block->bound)
        tf_bound_move_rows(block->bound, &order);
    if (block->company)
        tf_company_move_rows(block->company, &order);
    block->n = block->sorted = order.n;
    block->n_dead = bury ? 0 : block->n_dead;
}
