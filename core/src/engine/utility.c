/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/utility.h"

double tf_utility_formula(const tf_plan *plan, const tf_quantities *quantities, int cell, int profile)
{
    const tf_model *model = plan->model;
    double quality = model->norm == TF_NONE ? 1.0 : tf_quantity(quantities, model->norm, cell);

    for (int p = 0; p < plan->n_profile_conditions; ++p) {
        const tf_condition *condition = &model->conditions[plan->profile_condition[p]];
        const tf_state *state = &model->states[condition->first_state + profile / plan->profile_stride[p] % condition->n_states];
        if (state->utility != TF_NONE)
            quality *= tf_quantity(quantities, state->utility, cell);
    }
    return quality < model->utility_max ? quality : model->utility_max;
}

double tf_utility_extra(const tf_block *block, uint32_t row)
{
    const tf_bound *bound = block->bound;
    int cell = block->segments[block->people.segment[row]].cell;
    double plain = tf_utility_of_profile(block->plan, block->prepared, cell, block->people.profile[row]), quality = plain;

    if (bound->utility_scale)
        quality *= bound->utility_scale[row];
    if (bound->utility_add)
        quality += bound->utility_add[row];
    for (size_t f = 0; f < bound->n_flows; ++f)
        if (bound->flows[f].utility && tf_row_flow_on(block, &bound->flows[f], row))
            quality += bound->flows[f].amount[row];
    quality = quality < block->plan->model->utility_max ? quality : block->plan->model->utility_max;
    return quality - plain;
}
