/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/binding.h"

#include "base/memory.h"
#include "engine/block.h"
#include "engine/hook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_MAX = 4096 };

/* ---- buffers ----------------------------------------------------------------- */

/* Every buffer lies between two guards, by which a hook that writes outside its columns is caught. */
enum { GUARD = TF_ALIGNMENT, GUARD_BYTE = 0xa5 };

static void *buffer(tf_bound *bound, size_t width)
{
    size_t bytes = bound->capacity * width;
    unsigned char *memory = bound->n_memory < MEMORY_MAX ? tf_alloc_aligned(bytes + 2 * GUARD, 1) : NULL;

    if (!memory)
        return NULL;
    memset(memory, GUARD_BYTE, GUARD);
    memset(memory + GUARD + bytes, GUARD_BYTE, GUARD);
    bound->widths[bound->n_memory] = (uint8_t)width;
    bound->memory[bound->n_memory++] = memory + GUARD;
    return memory + GUARD;
}

#define EIGHT "\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5"
static const char guard_bytes[] = EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT;
_Static_assert(sizeof guard_bytes == GUARD + 1, "a guard is compared as a whole");

static bool is_whole(const unsigned char *guard)
{
    return memcmp(guard, guard_bytes, GUARD) == 0;
}

static size_t width_of(const tf_hook_column_spec *spec)
{
    return spec->type == TREFOIL_I32 ? sizeof(int32_t) : sizeof(double);
}

/* The row behind the last person: a column's own while the block is not full, but nobody's.  Not of a KEEP column, which other rows come back to. */
static unsigned char *behind(const tf_bound *bound, const tf_bound_hook *hook, size_t c, uint32_t n)
{
    const tf_hook_column_spec *spec = &hook->spec->columns[c];

    return n < bound->capacity && spec->access != TREFOIL_KEEP ? (unsigned char *)hook->columns[c] + n * width_of(spec) : NULL;
}

void tf_bound_guard(const tf_bound *bound, const tf_bound_hook *hook, uint32_t n)
{
    for (size_t c = 0; c < hook->spec->n_columns; ++c) {
        unsigned char *guard = hook->columns[c] ? behind(bound, hook, c, n) : NULL;
        if (guard)
            memset(guard, GUARD_BYTE, sizeof(int32_t));
    }
}

size_t tf_bound_overrun(const tf_bound *bound, const tf_bound_hook *hook, uint32_t n)
{
    size_t c = 0;

    for (; c < hook->spec->n_columns; ++c) {
        const unsigned char *data = hook->columns[c], *guard = data ? behind(bound, hook, c, n) : NULL;
        if (data && (!is_whole(data - GUARD) || !is_whole(data + bound->capacity * width_of(&hook->spec->columns[c]))))
            break;
        if (guard && memcmp(guard, guard_bytes, sizeof(int32_t)) != 0)
            break;
    }
    return c;
}

/* One memory per intervention and name, whichever hooks declare it. */
static void *keep_of(tf_bound *bound, const tf_intervention *owner, const tf_hook_column_spec *spec)
{
    for (size_t k = 0; k < bound->n_keep; ++k)
        if (bound->keep[k].owner == owner && strcmp(bound->keep[k].name, spec->name) == 0)
            return bound->keep[k].data;
    void *data = buffer(bound, width_of(spec));
    if (data)
        bound->keep[bound->n_keep++] = (tf_keep){ owner, spec->name, data, width_of(spec) };
    return data;
}

/* Where the column's data is: a buffer, also for facts the block holds, so that a hook cannot change them; NULL for what is absent or not filled. */
static bool place_column(tf_bound *bound, const tf_intervention *owner, const tf_hook_column_spec *spec, void **data)
{
    *data = NULL;
    if (spec->ref.kind == TF_COLUMN_ABSENT || spec->access == TREFOIL_STREAM)
        return true;
    *data = spec->access == TREFOIL_KEEP ? keep_of(bound, owner, spec) : buffer(bound, width_of(spec));
    return *data != NULL;
}

/* ---- effects ----------------------------------------------------------------- */

static tf_flow price_flow(const tf_plan *plan, int resource, int category)
{
    tf_flow flow = { TF_NONE, TF_NONE, -1, -1, -1, 0 };

    if (resource != TF_NONE) {
        const tf_resource *r = &plan->model->resources[resource];
        flow.use = plan->places.use[resource];
        flow.price = r->price;
        if (r->price != TF_NONE && r->category != TF_NONE)
            flow.category = plan->places.cost_category[r->category];
    } else
        flow.category = plan->places.cost_category[category];
    return flow;
}

static void add_flow(tf_bound *bound, const tf_plan *plan, const tf_intervention *owner, const tf_hook_column_spec *spec,
                     const double *amount)
{
    tf_row_flow flow = { .amount = amount, .transition = TF_NONE, .state = TF_NONE, .measure = -1,
                         .flow = { TF_NONE, TF_NONE, -1, -1, -1, 0 } };
    char name[256];

    switch (spec->ref.kind) {
    case TF_COLUMN_COST: flow.spread = true; flow.flow = price_flow(plan, TF_NONE, spec->ref.target); break;
    case TF_COLUMN_USE: flow.spread = true; flow.flow = price_flow(plan, spec->ref.target, TF_NONE); break;
    case TF_COLUMN_MEASURE:
        flow.spread = true;
        snprintf(name, sizeof name, "%s.%s", owner->spec->name, spec->name + strlen("measure."));
        flow.measure = tf_layout_measure(plan->layout, name);
        break;
    case TF_COLUMN_PER_COST: flow.transition = spec->ref.index; flow.flow = price_flow(plan, TF_NONE, spec->ref.target); break;
    case TF_COLUMN_PER_USE: flow.transition = spec->ref.index; flow.flow = price_flow(plan, spec->ref.target, TF_NONE); break;
    case TF_COLUMN_WHILE_COST: flow.state = spec->ref.index; flow.flow = price_flow(plan, TF_NONE, spec->ref.target); break;
    case TF_COLUMN_WHILE_USE: flow.state = spec->ref.index; flow.flow = price_flow(plan, spec->ref.target, TF_NONE); break;
    case TF_COLUMN_WHILE_UTILITY: flow.state = spec->ref.index; flow.utility = true; break;
    default: return;
    }
    if (flow.transition != TF_NONE)
        bound->flow_event[flow.transition] = true;
    if (flow.state != TF_NONE)
        bound->flow_state[flow.state] = true;
    bound->utility = bound->utility || flow.utility;
    bound->flows[bound->n_flows++] = flow;
}

static bool place_effect(tf_bound *bound, const tf_plan *plan, const tf_hook_column_spec *spec)
{
    const tf_model *model = plan->model;
    bool fine = true;

    if (spec->ref.kind == TF_COLUMN_HAZARD)
        for (size_t k = 0; k < model->n_transitions; ++k)
            if (tf_column_covers(model, &spec->ref, (int)k) && !bound->scale[k])
                fine = (bound->scale[k] = buffer(bound, sizeof(double))) != NULL && fine;
    if (spec->ref.kind == TF_COLUMN_BRANCH && !bound->branch[spec->ref.index])
        fine = (bound->branch[spec->ref.index] = buffer(bound, sizeof(double))) != NULL;
    if (spec->ref.kind == TF_COLUMN_UTILITY && spec->access == TREFOIL_SCALE && !bound->utility_scale)
        fine = (bound->utility_scale = buffer(bound, sizeof(double))) != NULL;
    if (spec->ref.kind == TF_COLUMN_UTILITY && spec->access == TREFOIL_ADD && !bound->utility_add)
        fine = (bound->utility_add = buffer(bound, sizeof(double))) != NULL;
    bound->utility = bound->utility || spec->ref.kind == TF_COLUMN_UTILITY;
    if (spec->ref.kind == TF_COLUMN_RISK && spec->access != TREFOIL_READ)
        bound->risks = true;
    return fine;
}

/* ---- hooks ------------------------------------------------------------------- */

static bool bind_hook(tf_bound *bound, const tf_plan *plan, tf_bound_hook *hook)
{
    size_t n = hook->spec->n_columns;

    hook->columns = TF_NEW(void *, n);
    hook->expected = TF_NEW(int, n);
    hook->params = TF_NEW(double, hook->owner->n_parameters);
    if (!hook->columns || !hook->expected || !hook->params)
        return false;
    for (size_t c = 0; c < n; ++c) {
        const tf_hook_column_spec *spec = &hook->spec->columns[c];
        hook->expected[c] = -1;
        if (!place_column(bound, hook->owner, spec, &hook->columns[c]) || !place_effect(bound, plan, spec))
            return false;
        if (spec->access == TREFOIL_ADD && hook->columns[c])
            add_flow(bound, plan, hook->owner, spec, hook->columns[c]);
        if (spec->ref.kind == TF_COLUMN_EXPECTED)
            hook->expected[c] = (int)tf_list_find(&plan->expected_names, spec->name + strlen("expected."));
    }
    return true;
}

static int by_stage_and_plugin(const void *a, const void *b)
{
    const tf_bound_hook *x = a, *y = b;

    if (x->spec->stage != y->spec->stage)
        return x->spec->stage < y->spec->stage ? -1 : 1;
    if (x->owner->ordinal != y->owner->ordinal)
        return x->owner->ordinal < y->owner->ordinal ? -1 : 1;
    return x->spec < y->spec ? -1 : x->spec > y->spec;
}

static size_t list_hooks(const tf_plan *plan, size_t strategy, tf_bound_hook *hooks)
{
    const tf_strategy_spec *spec = &plan->scenario->strategies[strategy];
    size_t n = 0;

    for (size_t i = 0; i < spec->n_interventions; ++i) {
        const tf_intervention *owner = &plan->interventions->items[spec->interventions[i]];
        for (size_t h = 0; h < owner->n_hooks; ++h, ++n)
            if (hooks)
                hooks[n] = (tf_bound_hook){ .owner = owner, .index = spec->interventions[i], .spec = &owner->hooks[h] };
    }
    if (hooks)
        qsort(hooks, n, sizeof *hooks, by_stage_and_plugin);
    return n;
}

static size_t count_columns(const tf_bound *bound)
{
    size_t n = 0;
    for (size_t h = 0; h < bound->n_hooks; ++h)
        n += bound->hooks[h].spec->n_columns;
    return n;
}

static trefoil_status refuse_two_setters(trefoil_context *context, const tf_bound *bound)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t h = 0; h < bound->n_hooks; ++h)
        for (size_t c = 0; c < bound->hooks[h].spec->n_columns; ++c) {
            const tf_hook_column_spec *mine = &bound->hooks[h].spec->columns[c];
            for (size_t g = 0; g < h && mine->access == TREFOIL_SET; ++g)
                for (size_t d = 0; d < bound->hooks[g].spec->n_columns; ++d) {
                    const tf_hook_column_spec *other = &bound->hooks[g].spec->columns[d];
                    if (other->access == TREFOIL_SET && strcmp(mine->name, other->name) == 0)
                        status = tf_mistake(context, bound->hooks[h].owner->spec->place,
                                            "[intervention %s] sets %s, and so does [intervention %s]; only one may in a strategy",
                                            bound->hooks[h].owner->spec->name, mine->name, bound->hooks[g].owner->spec->name);
                }
        }
    return status;
}

trefoil_status tf_bound_create(trefoil_context *context, const tf_plan *plan, size_t strategy, tf_block *block, tf_bound **made)
{
    trefoil_status status = TREFOIL_DONE;
    size_t n_hooks = list_hooks(plan, strategy, NULL), n_columns;
    tf_bound *bound = NULL;

    *made = NULL;
    if (!n_hooks)
        return TREFOIL_DONE;
    bound = TF_NEW(tf_bound, 1);
    if (!bound || !(bound->hooks = TF_NEW(tf_bound_hook, n_hooks)))
        goto no_memory;
    bound->n_hooks = list_hooks(plan, strategy, bound->hooks);
    bound->capacity = block->capacity;
    n_columns = count_columns(bound);
    bound->memory = TF_NEW(void *, MEMORY_MAX);
    bound->widths = TF_NEW(uint8_t, MEMORY_MAX);
    bound->keep = TF_NEW(tf_keep, n_columns);
    bound->flows = TF_NEW(tf_row_flow, n_columns);
    bound->scale = TF_NEW(double *, plan->model->n_transitions);
    bound->branch = TF_NEW(double *, plan->model->n_transitions);
    bound->flow_state = TF_NEW(bool, plan->model->n_states);
    bound->flow_event = TF_NEW(bool, plan->model->n_transitions);
    if (!bound->memory || !bound->widths || !bound->keep || !bound->flows || !bound->scale || !bound->branch || !bound->flow_state || !bound->flow_event)
        goto no_memory;
    for (size_t h = 0; h < n_hooks; ++h)
        if (!bind_hook(bound, plan, &bound->hooks[h]))
            goto no_memory;
    TRY(refuse_two_setters(context, bound));
    *made = bound;
    return TREFOIL_DONE;
no_memory:
    status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the columns of plugins");
out:
    tf_bound_destroy(bound);
    return status;
}

void tf_bound_destroy(tf_bound *bound)
{
    if (!bound)
        return;
    for (size_t h = 0; bound->hooks && h < bound->n_hooks; ++h) {
        tf_free(bound->hooks[h].columns);
        tf_free(bound->hooks[h].expected);
        tf_free(bound->hooks[h].params);
    }
    for (size_t m = 0; m < bound->n_memory; ++m)
        tf_free((unsigned char *)bound->memory[m] - GUARD);
    tf_free(bound->memory);
    tf_free(bound->widths);
    tf_free(bound->hooks);
    tf_free(bound->keep);
    tf_free(bound->flows);
    tf_free(bound->scale);
    tf_free(bound->branch);
    tf_free(bound->flow_state);
    tf_free(bound->flow_event);
    tf_free(bound);
}

void tf_bound_begin(tf_bound *bound, const tf_block *block, const tf_prepared *prepared)
{
    bound->prepared = prepared;
    for (size_t k = 0; k < bound->n_keep; ++k)
        memset(bound->keep[k].data, 0, block->n * bound->keep[k].width);
    for (size_t h = 0; h < bound->n_hooks; ++h) {
        const tf_bound_hook *hook = &bound->hooks[h];
        for (size_t p = 0; p < hook->owner->n_parameters; ++p) {
            int parameter = hook->owner->parameters[p];
            hook->params[p] = parameter == TF_NONE ? 0.0 : prepared->parameters[parameter];
        }
    }
}

void tf_bound_copy_rows(const tf_bound *from, const uint32_t *rows, tf_bound *to, uint32_t at, uint32_t n)
{
    for (size_t m = 0; m < from->n_memory; ++m)
        tf_copy_cells(from->memory[m], rows, TF_CELL(to->memory[m], at, from->widths[m]), n, from->widths[m]);
}

void tf_bound_move_rows(tf_bound *bound, const tf_order *order)
{
    for (size_t k = 0; k < bound->n_keep; ++k)
        tf_move_cells(bound->keep[k].data, order, bound->keep[k].width);
}

trefoil_status tf_expected_names(trefoil_context *context, const tf_interventions *interventions, tf_list *names)
{
    for (size_t i = 0; i < interventions->n_items; ++i)
        for (size_t h = 0; h < interventions->items[i].n_hooks; ++h)
            for (size_t c = 0; c < interventions->items[i].hooks[h].n_columns; ++c) {
                const tf_hook_column_spec *spec = &interventions->items[i].hooks[h].columns[c];
                const char *name = spec->name + strlen("expected.");
                if (spec->ref.kind != TF_COLUMN_EXPECTED || tf_list_find(names, name) >= 0)
                    continue;
                if (tf_list_add(names, name))
                    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the names of expected measures");
            }
    return TREFOIL_DONE;
}
