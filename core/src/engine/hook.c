/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running hooks: columns filled as their access promises, effects checked, then composed in order of plugin id. */
#include "engine/hook.h"

#include "engine/block.h"
#include "base/fast.h"
#include "engine/traits.h"
#include "engine/watch.h"
#include "plugin/manners.h"
#include "random/stream.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What host functions know of the call they are made from. */
typedef struct call_place {
    trefoil_context *context;
    const tf_block *block;
    const tf_bound_hook *hook;
    char reason[512];
} call_place;

/* ---- the host's table -------------------------------------------------------- */

static void host_log(const trefoil_call *call, uint32_t level, const char *text)
{
    const call_place *place = call->internal;
    if (level >= TREFOIL_INFO)
        tf_say(place->context, level >= TREFOIL_WARNING ? TREFOIL_LOG_WARNING : TREFOIL_LOG_INFO, "%s: %s",
               place->hook ? place->hook->owner->plugin->table->id : "plugin", text);
}

static int32_t host_fail(const trefoil_call *call, int32_t status, const char *text)
{
    call_place *place = call->internal;
    snprintf(place->reason, sizeof place->reason, "%s", text ? text : "");
    return status;
}

static double host_uniform(const trefoil_call *call, uint32_t column, uint32_t row, uint32_t k)
{
    const call_place *place = call->internal;
    const tf_block *block = place->block;
    return tf_uniform(block->plan->seed, (tf_coordinates){ place->hook->spec->columns[column].purpose, block->people.person[row], call->cycle,
                                                           call->draw }, k);
}

static void host_lookup(const trefoil_call *call, uint32_t column, const double *const *at, double *out)
{
    const call_place *place = call->internal;
    const tf_block *block = place->block;
    int name = place->hook->expected[column];
    const double *quintile = at[0], *year = at[1];

    for (uint32_t i = 0; i < call->n; ++i) {
        bool again = i > 0 && block->people.segment[i] == block->people.segment[i - 1] && quintile[i] == quintile[i - 1] && year[i] == year[i - 1];
        size_t board = (size_t)block->segments[block->people.segment[i]].area_board;
        out[i] = again ? out[i - 1] : tf_plan_expected(block->plan, name, board, quintile[i], year[i]);
    }
}

static const void *host_extension(const trefoil_call *call, const char *name)
{
    (void)call;
    (void)name;
    return NULL;
}

static const trefoil_host host = { sizeof(trefoil_host), TREFOIL_ABI_MINOR, TREFOIL_VERSION, host_log,
                                   host_fail, host_uniform, host_lookup, host_extension };

/* ---- filling ----------------------------------------------------------------- */

TF_FAST static void fill(double *column, uint32_t n, double value)
{
    for (uint32_t i = 0; i < n; ++i)
        column[i] = value;
}

static void fill_by_segment(const tf_block *block, tf_column_kind kind, double *column)
{
    for (size_t s = 0; s < block->n_segments; ++s) {
        const tf_segment *segment = &block->segments[s];
        double value = kind == TF_COLUMN_IMD ? segment->imd + 1.0 : (double)segment->area_board;
        fill(column + segment->from, segment->to - segment->from, value);
    }
}

static void fill_expected(const tf_block *block, int name, double *column)
{
    for (size_t s = 0; s < block->n_segments; ++s) {
        const tf_segment *segment = &block->segments[s];
        fill(column + segment->from, segment->to - segment->from,
             tf_plan_expected(block->plan, name, (size_t)segment->area_board, 0.0, block->start));
    }
}

TF_FAST static void fill_where(const uint8_t *restrict in, uint8_t local, uint32_t n, double *restrict column)
{
    for (uint32_t i = 0; i < n; ++i)
        column[i] = in[i] == local ? 1.0 : 0.0;
}

TF_FAST static void fill_since(const double *restrict entered, double now, uint32_t n, double *restrict column)
{
    for (uint32_t i = 0; i < n; ++i)
        column[i] = now - entered[i];
}

static void fill_state(const tf_block *block, int s, double *column)
{
    const tf_state *state = &block->plan->model->states[s];

    fill_where(block->people.state[state->condition], (uint8_t)(s - block->plan->model->conditions[state->condition].first_state), block->n, column);
}

static void fill_fact(const tf_block *block, const tf_column_ref *ref, int expected, double *column)
{
    switch (ref->kind) {
    case TF_COLUMN_AGE: fill(column, block->n, block->age + block->start); break;
    case TF_COLUMN_SEX: fill(column, block->n, block->sex); break;
    case TF_COLUMN_TIME: fill(column, block->n, block->start); break;
    case TF_COLUMN_IMD:
    case TF_COLUMN_ICB: fill_by_segment(block, ref->kind, column); break;
    case TF_COLUMN_IN: fill_state(block, ref->index, column); break;
    case TF_COLUMN_YEARS_IN: fill_since(block->people.entered[ref->index], block->start, block->n, column); break;
    case TF_COLUMN_EXPECTED: fill_expected(block, expected, column); break;
    case TF_COLUMN_RISK: memcpy(column, block->people.risk[ref->index], block->n * sizeof *column); break;
    case TF_COLUMN_COUNT: memcpy(column, block->people.count[ref->index], block->n * sizeof *column); break;
    default: break;
    }
}

static void fill_columns(const tf_block *block, const tf_bound_hook *hook)
{
    for (size_t c = 0; c < hook->spec->n_columns; ++c) {
        const tf_hook_column_spec *spec = &hook->spec->columns[c];
        double *column = hook->columns[c];
        if (!column)
            continue;
        switch (spec->access) {
        case TREFOIL_READ:
        case TREFOIL_LOOKUP: fill_fact(block, &spec->ref, hook->expected[c], column); break;
        case TREFOIL_DRAW:
            tf_uniforms(block->plan->seed, spec->purpose, block->people.person, block->cycle, block->prepared->draw, block->n, column);
            break;
        case TREFOIL_SCALE: fill(column, block->n, 1.0); break;
        case TREFOIL_ADD: fill(column, block->n, 0.0); break;
        case TREFOIL_SET: memcpy(column, block->people.risk[spec->ref.index], block->n * sizeof *column); break;
        default: break;
        }
    }
}

/* ---- checking ---------------------------------------------------------------- */

/* Surely finite numbers all, and none below `least`?  A sum is finite only if all its terms are. */
TF_FAST static bool sound(const double *column, uint32_t n, double least)
{
    double sum = 0.0, lowest = least;

#pragma omp simd reduction(+ : sum) reduction(min : lowest)
    for (uint32_t i = 0; i < n; ++i) {
        sum += column[i];
        lowest = column[i] < lowest ? column[i] : lowest;
    }
    return sum - sum == 0.0 && lowest == least;
}

static trefoil_status refuse(trefoil_context *context, const tf_block *block, const tf_bound_hook *hook, const char *column, double value,
                             uint32_t row, const char *what)
{
    return tf_fail(context, TREFOIL_PLUGIN_FAILED, "%s: [intervention %s] %s hook, cycle %u, draw %u, person %llu: %s is %g%s",
                   hook->owner->plugin->table->id, hook->owner->spec->name, tf_stage_name(hook->spec->stage), block->cycle,
                   block->prepared->draw, (unsigned long long)block->people.person[row], column, value, what);
}

static trefoil_status check_effects(trefoil_context *context, const tf_block *block, const tf_bound_hook *hook)
{
    for (size_t c = 0; c < hook->spec->n_columns; ++c) {
        const tf_hook_column_spec *spec = &hook->spec->columns[c];
        const double *column = hook->columns[c];
        bool ratio = spec->access == TREFOIL_SCALE, effect = ratio || spec->access == TREFOIL_ADD || spec->access == TREFOIL_SET;
        double least = ratio ? 0.0 : -HUGE_VAL;
        if (!column || !effect || sound(column, block->n, least))
            continue;
        for (uint32_t i = 0; i < block->n; ++i)
            if (!(column[i] - column[i] == 0.0 && column[i] >= least))
                return refuse(context, block, hook, spec->name, column[i], i,
                              ratio ? "; a ratio must be a finite number of at least 0" : "; an amount must be a finite number");
    }
    return TREFOIL_DONE;
}

static trefoil_status failed(trefoil_context *context, const tf_block *block, const tf_bound_hook *hook, const char *did, const char *what)
{
    return tf_fail(context, TREFOIL_PLUGIN_FAILED, "%s: [intervention %s] %s hook, cycle %u, draw %u: %s%s", hook->owner->plugin->table->id,
                   hook->owner->spec->name, tf_stage_name(hook->spec->stage), block->cycle, block->prepared->draw, did, what);
}

/* A copy of the process has no business here: two would write one store. */
static void end_copy(const tf_block *block, const tf_bound_hook *hook)
{
    fprintf(stderr, "%s: [intervention %s] %s hook, cycle %u, draw %u: it made a copy of the process (fork), which ends here\n",
            hook->owner->plugin->table->id, hook->owner->spec->name, tf_stage_name(hook->spec->stage), block->cycle, block->prepared->draw);
    _exit(1);
}

/* Did it leave alone what is not its own? */
static trefoil_status check_manners(trefoil_context *context, const tf_block *block, const tf_bound *bound, const tf_bound_hook *hook,
                                    const tf_manners *before)
{
    const char *changed = tf_manners_broken(before);
    size_t overrun = tf_bound_overrun(bound, hook, block->n);

    if (block->plan->original && !*block->plan->original)
        end_copy(block, hook);
    if (block->plan->watch && tf_has_children())
        return failed(context, block, hook, "it started another process", "");
    if (changed)
        return failed(context, block, hook, "it changed ", changed);
    if (overrun < hook->spec->n_columns)
        return failed(context, block, hook, "it wrote outside its column ", hook->spec->columns[overrun].name);
    return TREFOIL_DONE;
}

static trefoil_status run_hook(trefoil_context *context, const tf_block *block, const tf_bound *bound, const tf_bound_hook *hook)
{
    call_place place;
    trefoil_call call = { .size = sizeof call, .n = block->n, .host = &host, .params = hook->params, .columns = hook->columns,
                          .person = block->people.person, .plan = bound->prepared->plans[hook->index], .time = block->start,
                          .step = block->end - block->start, .cycle = block->cycle, .draw = block->prepared->draw, .internal = &place };

    trefoil_status status = TREFOIL_DONE;
    tf_manners before;
    int32_t answer;

    place.context = context;
    place.block = block;
    place.hook = hook;
    place.reason[0] = '\0'; /* and not the whole of it */
    fill_columns(block, hook);
    tf_bound_guard(bound, hook, block->n);
    before = tf_manners_now();
    tf_watch_enter(block->plan->watch, (tf_spot){ (uint32_t)hook->index, hook->spec->stage, block->cycle, block->prepared->draw });
    answer = hook->spec->run(&call);
    tf_watch_leave(block->plan->watch);
    TRY(check_manners(context, block, bound, hook, &before));
    if (answer < 0)
        return failed(context, block, hook, "", place.reason[0] ? place.reason : "it failed without giving a reason");
    status = check_effects(context, block, hook);
out:
    return status;
}

/* ---- composing --------------------------------------------------------------- */

TF_FAST static void multiply(double *restrict into, const double *restrict by, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        into[i] *= by[i];
}

TF_FAST static void sum_up(double *restrict into, const double *restrict term, uint32_t n)
{
    for (uint32_t i = 0; i < n; ++i)
        into[i] += term[i];
}

static void compose(const tf_bound_hook *hook, uint32_t n)
{
    for (const tf_part *part = hook->parts; part < hook->parts + hook->n_parts; ++part)
        switch (part->how) {
        case TF_PART_FIRST: memcpy(part->into, part->column, n * sizeof *part->into); break;
        case TF_PART_FACTOR: multiply(part->into, part->column, n); break;
        case TF_PART_TERM: sum_up(part->into, part->column, n); break;
        }
}

void tf_bound_risks(const tf_bound *bound, tf_block *block, uint32_t row, uint64_t which)
{
    for (size_t h = 0; h < bound->n_hooks && bound->hooks[h].spec->stage <= TREFOIL_STAGE_RISK; ++h)
        for (size_t c = 0; c < bound->hooks[h].spec->n_columns; ++c) {
            const tf_hook_column_spec *spec = &bound->hooks[h].spec->columns[c];
            const double *column = bound->hooks[h].columns[c];
            if (!column || spec->ref.kind != TF_COLUMN_RISK || spec->access == TREFOIL_READ || !(which >> spec->ref.index & 1))
                continue;
            double *x = &block->people.risk[spec->ref.index][row];
            *x = spec->access == TREFOIL_ADD ? *x + column[row] : spec->access == TREFOIL_SCALE ? *x * column[row] : column[row];
        }
}

/* Before RISK hooks run, risk factors stand as the model has them; after, with all effects. */
static void bare_risks(tf_block *block)
{
    for (size_t s = 0; s < block->n_segments; ++s) {
        tf_rows rows = { block->segments[s].from, block->segments[s].to, block->segments[s].cell, block->people.luck, block->people.state,
                         block->people.risk, block->people.relative };
        tf_traits_natural(block->plan, block->prepared, &rows, TF_ALL);
        tf_traits_effects(block->plan, block->prepared, &rows, TF_ALL);
    }
}

static void full_traits(tf_block *block)
{
    for (size_t s = 0; s < block->n_segments; ++s)
        tf_block_traits(block, &block->segments[s], TF_ALL, block->plan->sets_of_life);
}

trefoil_status tf_bound_run(trefoil_context *context, tf_bound *bound, tf_block *block)
{
    trefoil_status status = TREFOIL_DONE;
    bool effects_on_risks = false;

    if (bound->risks)
        bare_risks(block);
    for (size_t h = 0; h < bound->n_hooks; ++h) {
        const tf_bound_hook *hook = &bound->hooks[h];
        if (bound->risks && !effects_on_risks && hook->spec->stage > TREFOIL_STAGE_RISK) {
            full_traits(block);
            effects_on_risks = true;
        }
        TRY(run_hook(context, block, bound, hook));
        compose(hook, block->n);
    }
    if (bound->risks && !effects_on_risks)
        full_traits(block);
out:
    return status;
}

/* ---- once per draw ----------------------------------------------------------- */

trefoil_status tf_bound_prepare(trefoil_context *context, const tf_plan *plan, tf_prepared *prepared)
{
    double params[256];

    for (size_t i = 0; i < plan->interventions->n_items; ++i) {
        const tf_intervention *item = &plan->interventions->items[i];
        trefoil_plugin table = tf_plugin_table(item->plugin);
        call_place place = { context, NULL, NULL, "" };
        trefoil_call call = { .size = sizeof call, .host = &host, .params = params, .step = plan->cycle, .draw = prepared->draw,
                              .internal = &place };
        int32_t answer = TREFOIL_OK;
        if (!table.prepare || plan->elsewhere)
            continue;
        if (item->n_parameters > sizeof params / sizeof *params)
            return tf_bug(context, "plugin %s has %zu parameters", table.id, item->n_parameters);
        for (size_t p = 0; p < item->n_parameters; ++p)
            params[p] = item->parameters[p] == TF_NONE ? 0.0 : prepared->parameters[item->parameters[p]];
        tf_watch_enter(plan->watch, (tf_spot){ (uint32_t)i, TF_NO_STAGE, 0, prepared->draw });
#pragma omp critical(trefoil_prepare)
        answer = table.prepare(&call, &prepared->plans[i]);
        tf_watch_leave(plan->watch);
        if (answer < 0)
            return tf_fail(context, TREFOIL_PLUGIN_FAILED, "%s: [intervention %s] prepare, draw %u: %s", table.id, item->spec->name,
                           prepared->draw, place.reason[0] ? place.reason : "it failed without giving a reason");
    }
    return TREFOIL_DONE;
}
