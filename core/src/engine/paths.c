/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A decision tree as the table of its paths. */
#include "engine/trace_inside.h"

#include <math.h>

void tf_trace_take(tf_trace *trace, const tf_series_set *series, size_t p, double probability)
{
    const tf_plan *plan = trace->plan;
    const tf_path *path = &plan->model->paths[p];
    const tf_sum sum = { { probability, probability }, { probability, probability } };
    int place = plan->places.path[p];
    double *totals = trace->state.totals, cost = totals[2 * plan->places.cost], qaly = totals[2 * plan->places.qaly];

    for (size_t f = 0; f < plan->path_flows[p].count; ++f)
        tf_trace_pay(trace, series, &plan->path_flows[p].items[f], 0, 0, &sum, 0);
    if (path->ly != TF_NONE) {
        double years = probability * tf_series_at(series, path->ly, 0, 0);
        tf_trace_add(trace, plan->places.ly, years, years);
    }
    cost = totals[2 * plan->places.cost] - cost;
    qaly = totals[2 * plan->places.qaly] - qaly;
    tf_trace_add(trace, place, probability, probability);
    tf_trace_add(trace, place + 1, cost, cost);
    tf_trace_add(trace, place + 2, qaly, qaly);
}

trefoil_status tf_trace_paths(trefoil_context *context, tf_trace *trace, const tf_series_set *series, size_t strategy, uint32_t draw)
{
    const tf_plan *plan = trace->plan;
    const tf_model *model = plan->model;
    double sum = 0.0;

    for (size_t p = 0; p < model->n_paths; ++p) {
        double probability = model->paths[p].taken[strategy] ? tf_series_at(series, model->paths[p].probability, 0, 0) : 0.0;
        sum += probability;
        tf_trace_take(trace, series, p, probability);
    }
    if (fabs(sum - 1.0) > 1e-9)
        return tf_mistake(context, tf_formulas_place(model->formulas, model->paths[0].probability),
                          "the probabilities of the paths sum to %.9g, not to 1, under [strategy %s] in draw %u", sum,
                          plan->scenario->strategies[strategy].name, (unsigned)draw);
    return TREFOIL_DONE;
}
