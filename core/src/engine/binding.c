/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/binding.h"

#include "base/memory.h"
#include "engine/block.h"
#include "engine/hook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- buffers ----------------------------------------------------------------- */

/* Every buffer lies between two guards, by which a hook that writes outside its columns is caught. */
enum { GUARD = TF_ALIGNMENT, GUARD_BYTE = 0xa5 };

static void *buffer(tf_bound *bound, size_t width, bool lasts)
{
    size_t bytes = bound->capacity * width;
    tf_buffer *buffers = tf_realloc(bound->buffers, bound->n_buffers + 1, sizeof *buffers);
    unsigned char *memory = buffers ? tf_alloc_aligned(bytes + 2 * GUARD, 1) : NULL;

    bound->buffers = buffers ? buffers : bound->buffers;
    if (!memory)
        return NULL;
    memset(memory, GUARD_BYTE, GUARD);
    memset(memory + GUARD + bytes, GUARD_BYTE, GUARD);
    bound->buffers[bound->n_buffers++] = (tf_buffer){ memory + GUARD, (uint8_t)width, lasts };
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
    void *data = buffer(bound, width_of(spec), true);
    if (data)
        bound->keep[bound->n_keep++] = (tf_keep){ owner, spec->name, data, width_of(spec) };
    return data;
}

static bool is_effect(const tf_hook_column_spec *spec)
{
    return spec->access == TREFOIL_SCALE || spec->access == TREFOIL_ADD || spec->access == TREFOIL_SET;
}

/* Where the column's data is: a buffer, also for facts the block holds, so that a hook cannot change them; NULL for what is absent or not filled. */
static bool place_column(tf_bound *bound, const tf_intervention *owner, const tf_hook_column_spec *spec, void **data)
{
    *data = NULL;
    if (spec->ref.kind == TF_COLUMN_ABSENT || spec->access == TREFOIL_STREAM)
        return true;
    *data = spec->access == TREFOIL_KEEP ? keep_of(bound, owner, spec) : buffer(bound, width_of(spec), is_effect(spec));
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

/* Does the column act on the transition's hazard or fatality, or on quality of life by `access`? */
static bool acts_on(const tf_model *model, const tf_hook_column_spec *spec, tf_column_kind kind, size_t transition, uint32_t access)
{
    if (spec->ref.kind != kind || spec->access != access)
        return false;
    return kind == TF_COLUMN_HAZARD ? tf_column_covers(model, &spec->ref, (int)transition)
                                    : kind != TF_COLUMN_BRANCH || spec->ref.index == (int)transition;
}

static bool add_part(tf_bound_hook *hook, tf_part part)
{
    tf_part *parts = tf_realloc(hook->parts, hook->n_parts + 1, sizeof *parts);

    if (!parts)
        return false;
    hook->parts = parts;
    hook->parts[hook->n_parts++] = part;
    return true;
}

/* What one column alone acts on is that column; what several act on has a buffer, which they go into one by one. */
static bool bind_effect(tf_bound *bound, const tf_model *model, tf_column_kind kind, size_t transition, uint32_t access, double **into)
{
    tf_bound_hook *first = NULL;
    double *all = NULL;

    for (tf_bound_hook *hook = bound->hooks; hook < bound->hooks + bound->n_hooks; ++hook)
        for (size_t c = 0; c < hook->spec->n_columns; ++c) {
            if (!acts_on(model, &hook->spec->columns[c], kind, transition, access))
                continue;
            if (!first) {
                first = hook;
                *into = hook->columns[c];
                continue;
            }
            if (!all) {
                all = buffer(bound, sizeof(double), true);
                if (!all || !add_part(first, (tf_part){ all, *into, TF_PART_FIRST }))
                    return false;
                *into = all;
            }
            if (!add_part(hook, (tf_part){ all, hook->columns[c], access == TREFOIL_ADD ? TF_PART_TERM : TF_PART_FACTOR }))
                return false;
        }
    return true;
}

static bool bind_effects(tf_bound *bound, const tf_model *model)
{
    bool fine = bind_effect(bound, model, TF_COLUMN_UTILITY, 0, TREFOIL_SCALE, &bound->utility_scale) &&
                bind_effect(bound, model, TF_COLUMN_UTILITY, 0, TREFOIL_ADD, &bound->utility_add);

    for (size_t k = 0; k < model->n_transitions; ++k)
        fine = fine && bind_effect(bound, model, TF_COLUMN_HAZARD, k, TREFOIL_SCALE, &bound->scale[k]) &&
               bind_effect(bound, model, TF_COLUMN_BRANCH, k, TREFOIL_SCALE, &bound->branch[k]);
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
        if (!place_column(bound, hook->owner, spec, &hook->columns[c]))
            return false;
        bound->utility = bound->utility || spec->ref.kind == TF_COLUMN_UTILITY;
        bound->risks = bound->risks || (spec->ref.kind == TF_COLUMN_RISK && spec->access != TREFOIL_READ);
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
    bound->keep = TF_NEW(tf_keep, n_columns);
    bound->flows = TF_NEW(tf_row_flow, n_columns);
    bound->scale = TF_NEW(double *, plan->model->n_transitions);
    bound->branch = TF_NEW(double *, plan->model->n_transitions);
    bound->flow_state = TF_NEW(bool, plan->model->n_states);
    bound->flow_event = TF_NEW(bool, plan->model->n_transitions);
    if (!bound->keep || !bound->flows || !bound->scale || !bound->branch || !bound->flow_state || !bound->flow_event)
        goto no_memory;
    for (size_t h = 0; h < n_hooks; ++h)
        if (!bind_hook(bound, plan, &bound->hooks[h]))
            goto no_memory;
    if (!bind_effects(bound, plan->model))
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
        tf_free(bound->hooks[h].parts);
    }
    for (size_t b = 0; b < bound->n_buffers; ++b)
        tf_free(bound->buffers[b].data - GUARD);
    tf_free(bound->buffers);
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
    for (size_t b = 0; b < from->n_buffers; ++b)
        if (from->buffers[b].lasts) {
            size_t width = from->buffers[b].width;
            tf_copy_cells(from->buffers[b].data, rows, TF_CELL(to->buffers[b].data, at, width), n, width);
        }
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
