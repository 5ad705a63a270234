/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/hazard.h"

#include <math.h>

/* Moments are kept on a grid of 2^-36 years (fixed.h): less than a step after its beginning, a time has just begun. */
#define TIME_STEP 0x1p-36

tf_hazard tf_hazard_of(const tf_block *block, const tf_transition *transition, const tf_segment *segment)
{
    tf_hazard hazard = { .family = transition->family };

    for (int i = 0; i < hazard.family->n_parameters; ++i)
        hazard.numbers[i] = tf_quantity(&block->prepared->quantities, transition->numbers[i], segment->cell);
    hazard.origin = transition->origin == TF_ORIGIN_AGE ? -(double)block->age : 0.0;
    return hazard;
}

double tf_hazard_between(const tf_hazard *hazard, double from, double to)
{
    double spent = 0.0, start = from - hazard->origin;

    if (start < TIME_STEP)
        start = 0.0;
    if (to - hazard->origin > start) /* the numbers are within the family's limits: nothing is wrong with them */
        (void)tf_survival_hazard(hazard->family, start, to - hazard->origin, hazard->numbers, &spent);
    return spent;
}

/* By halving, where the family cannot be solved for the time. */
static double halve(const tf_hazard *hazard, double from, double to, double excess)
{
    double low = from, high = to;

    for (int i = 0; i < 64; ++i) {
        double middle = low + 0.5 * (high - low);
        if (middle <= low || middle >= high)
            break;
        if (tf_hazard_between(hazard, middle, to) > excess)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double tf_hazard_moment(const tf_hazard *hazard, double from, double to, double excess)
{
    double at_end, moment;

    if (!hazard->family->time)
        return halve(hazard, from, to, excess);
    (void)hazard->family->log_survival(to - hazard->origin, hazard->numbers, &at_end);
    if (!isfinite(at_end))
        return halve(hazard, from, to, excess);
    moment = hazard->origin + hazard->family->time(at_end + excess, hazard->numbers);
    return moment > from ? (moment < to ? moment : to) : from;
}

void tf_hazard_charge(tf_block *block, int transition, const double *relative, const double *scale)
{
    const tf_transition *t = &block->plan->model->transitions[transition];
    double *clock = block->people.clock[transition], base = 0.0, all = 0.0, origin = (double)NAN;
    size_t segment = block->n_segments; /* that base and hazard are of; and `all` of who entered at `origin`, as many did together */
    tf_hazard hazard = { 0 };

    for (uint32_t i = 0; i < block->n; ++i) {
        if (!(clock[i] < HUGE_VAL))
            continue;
        if (block->people.segment[i] != segment) {
            segment = block->people.segment[i];
            base = *tf_rate(block->plan, block->prepared, block->segments[segment].cell, (size_t)transition);
            hazard = tf_hazard_of(block, t, &block->segments[segment]);
            origin = (double)NAN;
            all = t->origin == TF_ORIGIN_RESET ? 0.0 : tf_hazard_between(&hazard, block->start, block->end);
        }
        if (t->origin == TF_ORIGIN_RESET && block->people.entered[t->condition][i] != origin) {
            hazard.origin = origin = block->people.entered[t->condition][i];
            all = tf_hazard_between(&hazard, block->start, block->end);
        }
        clock[i] -= base * all * (relative ? relative[i] : 1.0) * (scale ? scale[i] : 1.0);
        tf_mark_out(block, transition, i, clock[i] <= 0.0);
    }
}
