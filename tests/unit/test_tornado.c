/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arithmetic of deterministic sensitivity, on models whose net benefit is a formula. */
#include "analysis/tornado.h"
#include "folder.h"

#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <math.h>

/* A programme gains q QALYs for a price of p and saves c: 20,000 q - p + c; the usual care costs 100 and gives 1. */
static double benefit(double q, double p, double c)
{
    const double cost[] = {100, 100 + p - c}, qaly[] = {1, 1 + q};

    return tf_more_nmb(20000, cost, qaly, 1, 0);
}

Test(tornado, bars_are_ordered_by_swing_and_never_by_sign)
{
    double low[5][2] = {{0, benefit(0.05, 600, 100)}, {0, benefit(0.1, 900, 100)}, {0, benefit(0.1, 600, 90)}, {0, 1400}, {0, NAN}};
    double high[5][2] = {{0, benefit(0.15, 600, 100)}, {0, benefit(0.1, 300, 100)}, {0, benefit(0.1, 600, 110)}, {0, 1400}, {0, 1}};
    double base[] = {0, benefit(0.1, 600, 100)};
    tf_bar bars[] = {{.name = "saving", .nmb_low = low[2], .nmb_high = high[2]}, {.name = "undefined", .nmb_low = low[4], .nmb_high = high[4]},
                     {.name = "price", .nmb_low = low[1], .nmb_high = high[1]},  {.name = "bent", .nmb_low = low[3], .nmb_high = high[3]},
                     {.name = "gain", .nmb_low = low[0], .nmb_high = high[0]},   {.name = "also", .nmb_low = low[2], .nmb_high = high[2]}};
    const tf_sensitivity of = {.base = base, .bars = bars, .n_bars = 6};
    static const char *const expected[] = {"gain", "price", "bent", "also", "saving", "undefined"};
    size_t order[6];

    cr_expect_float_eq(base[1], 1500, 1e-9);
    cr_expect_float_eq(tf_bar_swing(&bars[4], base[1], 1), 2000, 1e-9);
    cr_expect_float_eq(tf_bar_swing(&bars[2], base[1], 1), 600, 1e-9, "a price lowers the benefit");
    cr_expect_float_eq(tf_bar_swing(&bars[0], base[1], 1), 20, 1e-9);
    cr_expect_float_eq(tf_bar_swing(&bars[3], base[1], 1), 100, 1e-9, "both ends on one side of the base case");
    cr_expect(isnan(tf_bar_swing(&bars[1], base[1], 1)));
    tf_tornado_order(&of, 1, order);
    for (size_t k = 0; k < 6; k++) {
        cr_expect_str_eq(bars[order[k]].name, expected[k]);
    }
    cr_expect_eq(tf_two_way_value(0.1, 0.3, 0, 5), 0.1);
    cr_expect_eq(tf_two_way_value(0.1, 0.3, 4, 5), 0.3);
    cr_expect_float_eq(tf_two_way_value(0.1, 0.3, 1, 5), 0.15, 1e-15);
}

/* ---- crossings --------------------------------------------------------------- */

typedef struct curve {
    double (*y)(double x);
    double from, to; /* outside: refused */
    int calls;
} curve;

static trefoil_status at(void *self, double x, double *y, bool *refused)
{
    curve *of = self;

    of->calls++;
    *refused = x < of->from || x > of->to;
    *y = of->y(x);
    return TREFOIL_DONE;
}

static double falling(double x)
{
    return 20000 * 0.1 - 7.75 * x;
}

/* Roots at -3 and 5. */
static double parabola(double x)
{
    return (x + 3) * (5 - x);
}

static double decaying(double x)
{
    return exp(-x) - 0.25;
}

static double level(double x)
{
    return 1438 + 0 * x;
}

static double above(double x)
{
    return 1 + x * x;
}

static double nowhere(double x)
{
    return x == 1 ? 1 : (double)NAN;
}

static tf_crossing find(curve *of, double base, double lo, double hi, trefoil_status expected)
{
    trefoil_context *context = trefoil_context_create(NULL);
    const tf_crossing_question question = {base, lo, hi, at, of};
    tf_crossing crossing;
    trefoil_status status;

    gsl_set_error_handler_off();
    status = tf_crossing_find(context, &question, &crossing);
    cr_expect_eq(status, expected, "%s", trefoil_status_text(status));
    cr_expect_eq(trefoil_context_reasons(context), expected == TREFOIL_DONE ? 0 : 1);
    trefoil_context_destroy(context);
    return crossing;
}

Test(tornado, crossings_are_found_where_they_are)
{
    curve line = {falling, -INFINITY, INFINITY, 0}, bent = {parabola, -INFINITY, INFINITY, 0}, curved = {decaying, -INFINITY, INFINITY, 0};
    tf_crossing found = find(&line, 8, 0, 2048, TREFOIL_DONE);

    cr_expect(found.found);
    cr_expect_float_eq(found.value, 2000 / 7.75, 1e-5);
    cr_expect_leq(line.calls, 25, "%d calls for a straight line", line.calls);
    cr_expect_float_eq(find(&bent, 2, -1000, 1000, TREFOIL_DONE).value, 5, 1e-6, "the nearer of two");
    cr_expect_float_eq(find(&bent, -1, -1000, 1000, TREFOIL_DONE).value, -3, 1e-6, "the nearer of two");
    cr_expect_float_eq(find(&curved, 0, -1, 100, TREFOIL_DONE).value, log(4), 1e-6);
    cr_expect_eq(find(&bent, 5, -1000, 1000, TREFOIL_DONE).value, 5, "the base itself");
    cr_expect_float_eq(find(&bent, 2, 0, 5, TREFOIL_DONE).value, 5, 1e-12, "a limit");
}

Test(tornado, where_there_is_no_crossing_it_is_said)
{
    curve flat = {level, -INFINITY, INFINITY, 0}, high = {above, -INFINITY, INFINITY, 0}, bent = {parabola, -2, 4.9, 0};
    curve broken = {nowhere, -INFINITY, INFINITY, 0}, beside = {parabola, 0, 10, 0};
    tf_crossing none = find(&flat, 1, 0, 4, TREFOIL_DONE);

    cr_expect(!none.found && none.flat && isnan(none.value));
    cr_expect(none.lo == 0 && none.hi == 4);
    none = find(&high, 1, -4, 4, TREFOIL_DONE);
    cr_expect(!none.found && !none.flat);
    none = find(&bent, 2, -1000, 1000, TREFOIL_DONE);
    cr_expect(!none.found, "both crossings lie where values are refused");
    cr_expect(none.lo >= -2 && none.lo < 0 && none.hi > 4 && none.hi <= 4.9, "searched from %g to %g", none.lo, none.hi);
    cr_expect_float_eq(find(&beside, 2, -1000, 1000, TREFOIL_DONE).value, 5, 1e-6, "one lies where they are not");
    (void)find(&broken, 1, 0, 2, TREFOIL_NUMBER_FAILED);
}
