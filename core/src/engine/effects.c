/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/effects.h"

#include "base/memory.h"
#include "engine/block.h"
#include "engine/hook.h"

#include <string.h>

struct tf_effects {
    const tf_plan *plan;
    tf_effects_rows rows;
    tf_block *block;
    tf_bound *bound;
    tf_prepared prepared; /* parameters, draw and plans alone */
    int *hazard, *branch; /* [transition]: layer, or -1 */
    int scale, add;       /* layers of utility, or -1 */
    size_t first_flow, n_layers;
    double *values;       /* [layer][cycle][slot] */
};

/* ---- what can be averaged ---------------------------------------------------- */

static const char *trouble(const tf_plan *plan, const tf_hook_column_spec *column)
{
    switch (column->access) {
    case TREFOIL_KEEP: return "remembers every person";
    case TREFOIL_DRAW:
    case TREFOIL_STREAM: return "draws luck for every person";
    default: break;
    }
    switch (column->ref.kind) {
    case TF_COLUMN_COUNT: return "watches what happened to every person";
    case TF_COLUMN_RISK: return "acts on risk factors, in which people differ";
    case TF_COLUMN_YEARS_IN:
        return plan->model->clock == TF_CONTINUOUS ? "asks how long people have been in their state, on the continuous clock" : NULL;
    case TF_COLUMN_EXPECTED: return "asks what usual care is expected to use";
    default: return NULL;
    }
}

static trefoil_status check_intervention(trefoil_context *context, const tf_plan *plan, const tf_intervention *item)
{
    static const char instead[] = "mode = expected follows people of a state who are all alike; simulate them (mode = people)";
    trefoil_status status = TREFOIL_DONE;

    if (plan->model->n_paths)
        status = tf_mistake(context, item->spec->place, "[intervention %s]: a decision tree has neither states nor cycles for a plugin to act on; "
                            "state what the strategy changes as parameters.<name> = ...", item->spec->name);
    if (item->n_conditions)
        status = tf_mistake(context, item->spec->place, "[intervention %s] has a process of its own, beside the model's condition; %s",
                            item->spec->name, instead);
    for (size_t h = 0; h < item->n_hooks; ++h)
        for (size_t c = 0; c < item->hooks[h].n_columns; ++c) {
            const tf_hook_column_spec *column = &item->hooks[h].columns[c];
            const char *what = trouble(plan, column);
            if (what)
                status = tf_mistake(context, item->spec->place, "[intervention %s] %s (column '%s'); %s", item->spec->name, what, column->name,
                                    instead);
        }
    return status;
}

static bool used(const tf_plan *plan, size_t intervention)
{
    for (size_t s = 0; s < plan->scenario->n_strategies; ++s)
        for (size_t i = 0; i < plan->scenario->strategies[s].n_interventions; ++i)
            if (plan->scenario->strategies[s].interventions[i] == intervention)
                return true;
    return false;
}

trefoil_status tf_effects_check(trefoil_context *context, const tf_plan *plan)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t i = 0; i < plan->interventions->n_items; ++i)
        if (used(plan, i) && check_intervention(context, plan, &plan->interventions->items[i]) != TREFOIL_DONE)
            status = TREFOIL_USER_MISTAKE;
    return status;
}

bool tf_effects_any(const tf_plan *plan)
{
    for (size_t s = 0; s < plan->scenario->n_strategies; ++s)
        if (plan->scenario->strategies[s].n_interventions)
            return true;
    return false;
}

bool tf_effects_by_stay(const tf_plan *plan)
{
    for (size_t i = 0; i < plan->interventions->n_items; ++i) {
        const tf_intervention *item = &plan->interventions->items[i];
        for (size_t h = 0; used(plan, i) && h < item->n_hooks; ++h)
            for (size_t c = 0; c < item->hooks[h].n_columns; ++c)
                if (item->hooks[h].columns[c].ref.kind == TF_COLUMN_YEARS_IN)
                    return true;
    }
    return false;
}

/* ---- rows -------------------------------------------------------------------- */

/* A row for every slot; the dead have rows too, which nobody reads. */
static void make_rows(tf_effects *effects)
{
    const tf_effects_rows *rows = &effects->rows;
    tf_block *block = effects->block;

    block->prepared = &effects->prepared;
    block->bound = effects->bound;
    block->sex = rows->sex;
    block->age = rows->age;
    block->n = (uint32_t)rows->n_slots;
    block->n_segments = 1;
    block->segments[0] = (tf_segment){ 0, block->n, 0, 0, 0, rows->imd, tf_cell(rows->sex, rows->age, rows->imd) };
    for (size_t s = 0; s < rows->n_states; ++s)
        for (size_t k = 0; k < rows->stays[s]; ++k) {
            size_t i = rows->slot[s] + k;
            block->people.person[i] = i;
            block->people.lane[i] = 0;
            block->people.segment[i] = 0;
            block->people.dead[i] = effects->plan->model->states[s].dead;
            block->people.state[0][i] = (uint8_t)s;
        }
}

static void move_rows(tf_effects *effects, size_t t)
{
    const tf_effects_rows *rows = &effects->rows;
    tf_block *block = effects->block;

    block->cycle = (uint32_t)t;
    block->start = (double)t * effects->plan->cycle;
    block->end = (double)(t + 1) * effects->plan->cycle;
    for (size_t s = 0; block->people.entered[0] && s < rows->n_states; ++s)
        for (size_t k = 0; k < rows->stays[s]; ++k)
            block->people.entered[0][rows->slot[s] + k] = block->start - (double)k * effects->plan->cycle;
}

/* ---- making ------------------------------------------------------------------ */

static bool place_layers(tf_effects *effects)
{
    const tf_model *model = effects->plan->model;

    effects->hazard = TF_NEW(int, model->n_transitions);
    effects->branch = TF_NEW(int, model->n_transitions);
    if (!effects->hazard || !effects->branch)
        return false;
    for (size_t k = 0; k < model->n_transitions; ++k) {
        effects->hazard[k] = effects->bound->scale[k] ? (int)effects->n_layers++ : -1;
        effects->branch[k] = effects->bound->branch[k] ? (int)effects->n_layers++ : -1;
    }
    effects->scale = effects->bound->utility_scale ? (int)effects->n_layers++ : -1;
    effects->add = effects->bound->utility_add ? (int)effects->n_layers++ : -1;
    effects->first_flow = effects->n_layers;
    effects->n_layers += effects->bound->n_flows;
    effects->values = TF_NEW(double, effects->n_layers * effects->rows.n_cycles * effects->rows.n_slots);
    effects->prepared.plans = TF_NEW(void *, effects->plan->interventions->n_items);
    return effects->values && effects->prepared.plans;
}

trefoil_status tf_effects_create(trefoil_context *context, const tf_plan *plan, size_t strategy, tf_effects_rows rows, tf_effects **made)
{
    trefoil_status status = TREFOIL_DONE;
    tf_effects *effects;

    *made = NULL;
    if (!plan->scenario->strategies[strategy].n_interventions)
        return TREFOIL_DONE;
    effects = TF_NEW(tf_effects, 1);
    if (!effects)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for what plugins do");
    effects->plan = plan;
    effects->rows = rows;
    effects->block = tf_block_create(context, plan, (uint32_t)rows.n_slots);
    if (!effects->block) {
        status = TREFOIL_NO_MEMORY;
        goto out;
    }
    TRY(tf_bound_create(context, plan, strategy, effects->block, &effects->bound));
    if (!effects->bound) /* plugins without hooks */
        goto out;
    if (!place_layers(effects)) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for what plugins do");
        goto out;
    }
    make_rows(effects);
    *made = effects;
    effects = NULL;
out:
    tf_effects_destroy(effects);
    return status;
}

static void discard_plans(tf_effects *effects)
{
    const tf_interventions *all = effects->plan->interventions;

    for (size_t i = 0; effects->prepared.plans && i < all->n_items; ++i) {
        trefoil_plugin table = tf_plugin_table(all->items[i].plugin);
        if (effects->prepared.plans[i] && table.discard)
            table.discard(effects->prepared.plans[i]);
        effects->prepared.plans[i] = NULL;
    }
}

void tf_effects_destroy(tf_effects *effects)
{
    if (!effects)
        return;
    discard_plans(effects);
    tf_free(effects->prepared.plans);
    tf_bound_destroy(effects->bound);
    tf_block_destroy(effects->block);
    tf_free(effects->hazard);
    tf_free(effects->branch);
    tf_free(effects->values);
    tf_free(effects);
}

/* ---- a draw ------------------------------------------------------------------ */

static double *layer_at(const tf_effects *effects, size_t layer, size_t moment, size_t slot)
{
    const tf_effects_rows *rows = &effects->rows;
    size_t t = moment < rows->n_cycles ? moment : rows->n_cycles - 1;

    return &effects->values[(layer * rows->n_cycles + t) * rows->n_slots + slot];
}

static void keep(tf_effects *effects, int layer, size_t t, const double *column)
{
    if (layer >= 0)
        memcpy(layer_at(effects, (size_t)layer, t, 0), column, effects->rows.n_slots * sizeof *column);
}

trefoil_status tf_effects_evaluate(trefoil_context *context, tf_effects *effects, double *parameters, uint32_t draw)
{
    trefoil_status status = TREFOIL_DONE;
    tf_bound *bound = effects->bound;

    discard_plans(effects);
    effects->prepared.parameters = parameters;
    effects->prepared.draw = draw;
    TRY(tf_bound_prepare(context, effects->plan, &effects->prepared));
    tf_bound_begin(bound, effects->block, &effects->prepared);
    for (size_t t = 0; t < effects->rows.n_cycles; ++t) {
        move_rows(effects, t);
        TRY(tf_bound_run(context, bound, effects->block));
        for (size_t k = 0; k < effects->plan->model->n_transitions; ++k) {
            keep(effects, effects->hazard[k], t, bound->scale[k]);
            keep(effects, effects->branch[k], t, bound->branch[k]);
        }
        keep(effects, effects->scale, t, bound->utility_scale);
        keep(effects, effects->add, t, bound->utility_add);
        for (size_t f = 0; f < bound->n_flows; ++f)
            keep(effects, (int)(effects->first_flow + f), t, bound->flows[f].amount);
    }
out:
    return status;
}

/* ---- answers ----------------------------------------------------------------- */

double tf_effects_hazard(const tf_effects *effects, int transition, size_t moment, size_t slot)
{
    int layer = effects->hazard[transition];

    return layer < 0 ? 1.0 : *layer_at(effects, (size_t)layer, moment, slot);
}

double tf_effects_fatality(const tf_effects *effects, int transition, size_t moment, size_t slot, double fatality)
{
    int layer = effects->branch[transition];
    double odds = layer < 0 ? 1.0 : *layer_at(effects, (size_t)layer, moment, slot);

    return odds == 1.0 ? fatality : fatality * odds / (1.0 - fatality + fatality * odds);
}

double tf_effects_utility(const tf_effects *effects, int state, size_t moment, size_t slot, double utility)
{
    if (effects->scale >= 0)
        utility *= *layer_at(effects, (size_t)effects->scale, moment, slot);
    if (effects->add >= 0)
        utility += *layer_at(effects, (size_t)effects->add, moment, slot);
    for (size_t f = 0; f < effects->bound->n_flows; ++f) {
        const tf_row_flow *flow = &effects->bound->flows[f];
        if (flow->utility && flow->state == state)
            utility += *layer_at(effects, effects->first_flow + f, moment, slot);
    }
    return utility;
}

size_t tf_effects_flows(const tf_effects *effects)
{
    return effects->bound->n_flows;
}

const tf_row_flow *tf_effects_flow(const tf_effects *effects, size_t f, size_t moment, size_t slot, double *amount)
{
    const tf_row_flow *flow = &effects->bound->flows[f];

    *amount = *layer_at(effects, effects->first_flow + f, moment, slot);
    if (flow->spread)
        *amount /= effects->plan->cycle;
    return flow;
}
