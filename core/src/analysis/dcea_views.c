/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two views of a strategy with their parts, and shortfalls. */
#include "analysis/dcea_inside.h"

#include "base/memory.h"
#include "store/export.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- views --------------------------------------------------------------------- */

static trefoil_status add_view(tf_weighing *at, tf_dcea_view view, double first_order)
{
    tf_dcea *made = at->made;

    if (tf_reserve((void **)&made->views, &made->room[TF_VIEWS], made->n_views + 1, sizeof *made->views) != 0) {
        return tf_dcea_starved(at);
    }
    view.p_above_0 = tf_dcea_above(at);
    view.value = tf_estimate_values(at->values, at->n, first_order);
    made->views[made->n_views++] = view;
    return TREFOIL_DONE;
}

/* What each fifth's residents have, per head, in draw d: `gain` times what `taker` gains plus `loss` times what `payer` displaces. */
static void heads(const tf_weighing *at, size_t taker, double gain, size_t payer, double loss, const double *shares, size_t d, double *change)
{
    for (size_t g = 0; g < TF_FIFTHS; g++) {
        change[g] = (gain * at->gain[(taker * at->n + d) * TF_FIFTHS + g] +
                     loss * shares[g] * at->spent[payer * at->n + d] / at->spec->k[0]) / at->made->residents[g];
    }
}

typedef struct part {
    const char *name;
    size_t taker;
    double gain, loss;
    ptrdiff_t less; /* a strategy whose gains are taken away, or -1 */
} part;

/* First-order variance of a part.  What two strategies differ by that are neither the comparator is not kept. */
static trefoil_status part_variance(const tf_weighing *at, const tf_cut *imd, const part *of, size_t payer, const double *shares, int which,
                                    double *variance)
{
    trefoil_status status = TREFOIL_DONE;
    double change[TF_FIFTHS], narrows[TF_LINEAR_END], by_gain[TF_FIFTHS], by_cost = 0;

    *variance = NAN;
    if (of->less >= 0) {
        return TREFOIL_DONE;
    }
    for (size_t g = 0; g < TF_FIFTHS; g++) {
        for (size_t other = 0; other < TF_FIFTHS; other++) {
            change[other] = other == g ? 1 / at->made->residents[g] : 0;
        }
        TRY(tf_dcea_narrow(at, change, narrows));
        by_gain[g] = of->gain * narrows[which];
        by_cost += of->loss * narrows[which] * shares[g] / at->spec->k[0];
    }
    *variance = tf_dcea_first_order(at, imd, of->gain != 0 ? of->taker : payer, by_gain, by_cost);
out:
    return status;
}

static trefoil_status add_part(tf_weighing *at, const tf_cut *imd, tf_dcea_view view, const part *of, size_t payer)
{
    trefoil_status status = TREFOIL_DONE;
    static const char *const names[TF_LINEAR_END] = {"slope_narrows", "qale_gap_narrows"};
    static const char *const units[TF_LINEAR_END] = {"QALY", "a"};
    double shares[TF_FIFTHS + 1], change[TF_FIFTHS], away[TF_FIFTHS], narrows[TF_LINEAR_END], first_order;

    view.view = of->name;
    view.group = "all";
    for (int which = 0; which < TF_LINEAR_END; which++) {
        for (size_t d = 0; d < at->n; d++) {
            if (tf_dcea_shares(at->layout, at->spec, imd, &tf_sample_at(at->sample, d)[at->layout->comparator], view.gradient, shares)) {
                return TREFOIL_DONE;
            }
            heads(at, of->taker, of->gain, payer, of->loss, shares, d, change);
            if (of->less >= 0) {
                heads(at, (size_t)of->less, 1, payer, 0, shares, d, away);
                for (size_t g = 0; g < TF_FIFTHS; g++) {
                    change[g] -= away[g];
                }
            }
            TRY(tf_dcea_narrow(at, change, narrows));
            at->values[d] = narrows[which];
        }
        view.measure = names[which];
        view.unit = units[which];
        TRY(part_variance(at, imd, of, payer, shares, which, &first_order));
        TRY(add_view(at, view, first_order));
    }
out:
    return status;
}

/* Gain, displaced and net of each fifth and all under one view. */
static trefoil_status add_health(tf_weighing *at, const tf_cut *imd, tf_dcea_view view, size_t taker)
{
    trefoil_status status = TREFOIL_DONE;
    static const char *const names[] = {"gain", "displaced", "net"};
    double shares[TF_FIFTHS + 1];

    view.unit = "QALY";
    for (size_t g = 0; g <= TF_FIFTHS; g++) {
        view.group = g < TF_FIFTHS ? imd->groups[g].label : "all";
        for (int what = 0; what < 3; what++) {
            double by_gain[TF_FIFTHS], share = 1;

            for (size_t q = 0; q < TF_FIFTHS; q++) {
                by_gain[q] = what != 1 && (g == TF_FIFTHS || q == g);
            }
            for (size_t d = 0; d < at->n; d++) {
                double gain = 0, lost = at->spent[taker * at->n + d] / at->spec->k[0];

                if (tf_dcea_shares(at->layout, at->spec, imd, &tf_sample_at(at->sample, d)[at->layout->comparator], view.gradient,
                                   shares)) {
                    return TREFOIL_DONE;
                }
                share = g < TF_FIFTHS ? shares[g] : 1;
                lost *= share;
                for (size_t q = 0; q < TF_FIFTHS; q++) {
                    gain += g == TF_FIFTHS || q == g ? at->gain[(taker * at->n + d) * TF_FIFTHS + q] : 0;
                }
                at->values[d] = what == 0 ? gain : what == 1 ? lost : gain - lost;
            }
            view.measure = names[what];
            TRY(add_view(at, view, tf_dcea_first_order(at, imd, taker, by_gain, (what == 0 ? 0 : what == 1 ? 1 : -1) * share / at->spec->k[0])));
        }
    }
out:
    return status;
}

/* The strategy that levels uptake, among those of a staircase too; -1: there is none. */
static ptrdiff_t equalised(const tf_weighing *at, size_t strategy)
{
    char name[256];

    snprintf(name, sizeof name, "%s:equal uptake", at->layout->strategies[strategy]);
    for (size_t s = 0; s < tf_dcea_strategies(at->layout); s++) {
        if (strcmp(at->layout->strategies[s], name) == 0) {
            return (ptrdiff_t)s;
        }
    }
    return -1;
}

trefoil_status tf_dcea_views(tf_weighing *at, const tf_cut *imd, size_t s)
{
    trefoil_status status = TREFOIL_DONE;
    const ptrdiff_t equal = equalised(at, s);
    const size_t alike = equal >= 0 ? (size_t)equal : s;
    tf_dcea_view nice = {.strategy = s, .view = "nice", .gradient = "flat", .equal_uptake = equal >= 0};
    tf_dcea_view board = {.strategy = s, .view = "icb", .gradient = tf_dcea_local(at->spec)};
    const part whole = {"icb", s, 1, -1, -1}, appraised = {"nice", alike, 1, -1, -1}, need = {"need", alike, 1, 0, -1},
               uptake = {"uptake", s, 1, 0, equal}, lost = {"opportunity_cost", s, 0, -1, -1};

    TRY(add_health(at, imd, nice, alike));
    TRY(add_part(at, imd, nice, &appraised, alike));
    TRY(add_health(at, imd, board, s));
    TRY(add_part(at, imd, board, &whole, s));
    board.equal_uptake = equal >= 0;
    if (equal >= 0) {
        TRY(add_part(at, imd, board, &need, s));
        TRY(add_part(at, imd, board, &uptake, s));
    }
    TRY(add_part(at, imd, board, &lost, s));
out:
    return status;
}

/* ---- shortfall ------------------------------------------------------------------- */

/* Means over the members' people of what others of their age and sex may expect. */
static double norm_of(const tf_weighing *at, const tf_cut_group *group)
{
    ptrdiff_t persons = tf_find_measure(at->layout, "persons");
    double sum = 0, people = 0;

    for (size_t k = 0; k < group->n_members && persons >= 0; k++) {
        double n = tf_sample_at(at->sample, 0)[at->layout->comparator].total[tf_at(at->layout, group->members[k], (size_t)persons, 0)];

        sum += n > 0 ? n * at->layout->background[group->members[k]].norm : 0;
        people += n;
    }
    return sum / people;
}

static tf_estimate away_from(double norm, tf_estimate e, double scale)
{
    return (tf_estimate){(norm - e.value) * scale, e.mcse * scale, (norm - e.hi) * scale, (norm - e.lo) * scale};
}

static trefoil_status add_shortfall(tf_weighing *at, size_t strategy, const tf_cut *cut, const tf_cut_group *group)
{
    tf_dcea *made = at->made;
    const tf_estimand qaly = {.strategy = strategy, .measure = at->qaly, .discounted = TF_DISCOUNTED, .per_person = true};
    tf_shortfall s = {.strategy = strategy, .group_by = cut ? cut->name : "all", .group = cut ? group->label : "all",
                      .norm = norm_of(at, group), .p_higher = NAN, .p_highest = NAN};
    double higher = 0, highest = 0;

    s.remaining = tf_cut_estimate(at->layout, group, at->sample, &qaly, at->values);
    if (isnan(s.norm) || isnan(s.remaining.value)) {
        return TREFOIL_DONE;
    }
    for (size_t d = 0; d < at->n; d++) {
        double absolute = s.norm - at->values[d], weight = tf_severity_weight(absolute, absolute / s.norm);

        higher += weight > 1 && weight < 1.5;
        highest += weight > 1.5;
    }
    s.absolute = away_from(s.norm, s.remaining, 1);
    s.proportional = away_from(s.norm, s.remaining, 1 / s.norm);
    s.weight = tf_severity_weight(s.absolute.value, s.proportional.value);
    if (at->sample->n_draws > 1) {
        s.p_higher = higher / (double)at->n;
        s.p_highest = highest / (double)at->n;
    }
    if (tf_reserve((void **)&made->shortfalls, &made->room[TF_SHORTFALLS], made->n_shortfalls + 1, sizeof *made->shortfalls) != 0) {
        return tf_dcea_starved(at);
    }
    made->shortfalls[made->n_shortfalls++] = s;
    return TREFOIL_DONE;
}

trefoil_status tf_dcea_shortfalls(tf_weighing *at, const tf_scenario *scenario)
{
    trefoil_status status = TREFOIL_DONE;
    size_t zero;
    const tf_cut_group whole = tf_dcea_everybody(&zero);

    for (size_t s = 0; s < at->layout->n_strategies && at->layout->background != NULL && isinf(scenario->horizon); s++) {
        TRY(add_shortfall(at, s, NULL, &whole));
        for (size_t c = 0; c < at->made->cuts.count; c++) {
            const tf_cut *cut = &at->made->cuts.items[c];

            for (size_t g = 0; g < cut->n; g++) {
                TRY(add_shortfall(at, s, cut, &cut->groups[g]));
            }
        }
    }
out:
    return status;
}
