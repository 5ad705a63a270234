/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deal/settle.h"

#include "base/memory.h"
#include "random/stream.h"
#include "store/export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OF, TIMES, GATE, FLOOR, CAP, ORIGIN, KNOTS, RATES = KNOTS + TF_KNOTS, STEPS = RATES + TF_KNOTS + 1, PARTS = STEPS + TF_KNOTS };

typedef struct settling {
    trefoil_context *context;
    const tf_deal *deal;
    tf_source *source;
    const tf_change *changes;
    size_t n_changes;
    tf_settlement *made;
    size_t cells;         /* draws x years */
    double *numbers;      /* [lever][cell] */
    bool *same;           /* [lever]: one value in all cells */
    double *year;         /* [cell] */
    double *over;         /* [cell]: 1 after the exit */
    double *parts[PARTS]; /* columns of a term's formulas; NULL: not stated */
    double *room;         /* for PARTS columns */
    double *windows;      /* a column for each name: sums of payments over windows, mixtures */
    const double **measures; /* columns of names that are measures, once found */
    /* the pass: on what is measured, or on the truth */
    bool on_truth;
    double *metrics; /* [metric][cell] */
    double *paid;    /* [term][cell], pounds */
    /* with `afterwards`: pence of terms as if the deal's strategy went on; years until a draw leaves the deal */
    int64_t *before;
    size_t *left;  /* [draw] */
    bool switched; /* `exited` is known */
} settling;

/* ---- formulas over all cells --------------------------------------------------------------- */

static bool is_same(const settling *s, const tf_expression *e)
{
    for (size_t k = 0; k < e->n_symbols; k++) {
        const tf_name *name = &s->deal->names[e->symbols[k].index];

        if (name->kind != TF_NAME_NUMBER || !s->same[name->index]) {
            return false;
        }
    }
    return true;
}

/* The deal's outcome of a measure: between comparator and strategy, as uptake has it; NULL when memory is exhausted. */
static const double *mix(settling *s, tf_yearly column, double *out)
{
    const size_t comparator = tf_source_layout(s->source)->comparator, years = s->made->years;
    const bool mixed = tf_deal_mixed(s->deal);
    bool partial = false;
    const double *base;

    for (size_t d = 0; d < s->made->draws; d++) {
        partial = partial || s->made->uptake[d] != 1;
    }
    if (column.strategy == comparator || (!mixed && !partial && !s->switched)) {
        return tf_source_column(s->source, column);
    }
    memset(out, 0, s->cells * sizeof *out);
    for (size_t k = 0; k < tf_source_layout(s->source)->n_strategies; k++) {
        column.strategy = k;
        base = s->deal->weights[k] != 0 ? tf_source_column(s->source, column) : NULL;
        if (s->deal->weights[k] != 0 && base == NULL) {
            return NULL;
        }
        for (size_t c = 0; base != NULL && c < s->cells; c++) {
            out[c] += s->deal->weights[k] * base[c];
        }
    }
    if (s->switched) {
        column.strategy = (size_t)s->deal->afterwards;
        base = tf_source_column(s->source, column);
        if (base == NULL) {
            return NULL;
        }
        for (size_t c = 0; c < s->cells; c++) {
            out[c] = s->made->exited[c / years] ? base[c] : out[c];
        }
    }
    column.strategy = comparator;
    base = tf_source_column(s->source, column);
    for (size_t c = 0; base != NULL && c < s->cells; c++) {
        out[c] = base[c] + s->made->uptake[c / years] * (out[c] - base[c]);
    }
    return base != NULL ? out : NULL;
}

static const double *column_of(settling *s, size_t index)
{
    const tf_name *name = &s->deal->names[index];
    const double *of;
    double *sums;

    switch (name->kind) {
    case TF_NAME_NUMBER:
        return &s->numbers[name->index * s->cells];
    case TF_NAME_YEAR:
        return s->year;
    case TF_NAME_METRIC:
    case TF_NAME_PAID:
        of = name->kind == TF_NAME_PAID ? &s->paid[name->index * s->cells] : &s->metrics[name->index * s->cells];
        if (name->window == TF_WINDOW_YEAR) {
            return of;
        }
        sums = &s->windows[index * s->cells];
        memcpy(sums, of, s->cells * sizeof *sums);
        tf_window_sum(sums, s->made->draws, s->made->years, name->window);
        return sums;
    default:
        if (s->measures[index] == NULL) {
            s->measures[index] = mix(s, (tf_yearly){name->strategy, name->index, name->group, s->deal->from, s->deal->years, name->window,
                                                 s->made->open},
                                     &s->windows[index * s->cells]);
        }
        return s->measures[index];
    }
}

static trefoil_status no_memory(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory to settle a deal");
}

/* Where a formula stands, for messages: "[metric responders] value". */
typedef struct owner {
    tf_place place;
    const char *kind, *name, *key;
} owner;

/* out[cell] for all cells. */
static trefoil_status evaluate(settling *s, const tf_expression *e, owner of, double *out)
{
    tf_argument arguments[TF_MAX_ARGUMENTS] = {{0}};
    const bool same = is_same(s, e);
    size_t at = 0, to = same ? 1 : s->cells;
    char why[TF_WHY] = "";
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < e->n_symbols; k++) {
        arguments[k] = (tf_argument){column_of(s, e->symbols[k].index), 1};
        if (arguments[k].values == NULL) {
            return no_memory(s->context);
        }
    }
    if (e->code.bytes != NULL) {
        status = tf_machine_run(s->deal->machine, &e->code, arguments, e->n_symbols, 0, to, out, &at, why);
    } else if (e->n_symbols == 1) {
        memcpy(out, arguments[0].values, to * sizeof *out);
    } else {
        *out = e->constant;
    }
    if (status == TREFOIL_USER_MISTAKE) {
        return tf_mistake(s->context, of.place, "[%s%s] %s = %s: %s", of.kind, of.name, of.key, e->text, why);
    }
    for (size_t k = 1; same && k < s->cells; k++) {
        out[k] = out[0];
    }
    return status == TREFOIL_NO_MEMORY ? no_memory(s->context) : status;
}

/* ---- numbers ------------------------------------------------------------------------------- */

static trefoil_status fill_numbers(settling *s)
{
    const size_t draws = s->made->draws, years = s->made->years;

    for (size_t l = 0; l < s->deal->n_levers; l++) {
        const tf_lever *lever = &s->deal->levers[l];
        const double *changed = NULL, *drawn = NULL;

        for (size_t c = 0; c < s->n_changes; c++) {
            changed = s->changes[c].of == TF_CHANGE_LEVER && s->changes[c].index == l ? &s->changes[c].value : changed;
        }
        s->same[l] = changed != NULL || lever->number.distribution.family == TF_FIXED || draws == 1;
        if (!s->same[l] && (drawn = tf_source_drawn(s->source, tf_purpose("deal", lever->name), &lever->number.distribution)) == NULL) {
            return no_memory(s->context);
        }
        for (size_t d = 0; d < draws; d++) {
            const double value = changed != NULL ? *changed : drawn != NULL ? drawn[d] : lever->number.distribution.mean;

            s->made->levers[l * draws + d] = value;
            for (size_t t = 0; t < years; t++) {
                s->numbers[l * s->cells + d * years + t] = value;
            }
        }
    }
    for (size_t k = 0; k < s->cells; k++) {
        s->year[k] = (double)(k % years + 1);
    }
    return TREFOIL_DONE;
}

static trefoil_status fill_uptake(settling *s)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t d = 0; d < s->made->draws; d++) {
        s->made->uptake[d] = 1;
    }
    if (s->deal->uptake.text != NULL) {
        TRY(evaluate(s, &s->deal->uptake, (owner){{s->deal->path, 0}, "deal", "", "uptake"}, s->room));
        for (size_t d = 0; d < s->made->draws; d++) {
            s->made->uptake[d] = s->room[d * s->made->years];
            if (!(s->made->uptake[d] >= 0 && s->made->uptake[d] <= 1)) {
                return tf_mistake(s->context, s->deal->uptake_place,
                                  "[deal] uptake: is %g in draw %zu; it is a share of what was simulated, from 0 to 1 (simulate a higher "
                                  "uptake, and state a share of that)",
                                  s->made->uptake[d], d + 1);
            }
        }
    }
out:
    return status;
}

/* ---- metrics ------------------------------------------------------------------------------- */

static trefoil_status refuse(const settling *s, tf_place place, const char *what, const char *name, size_t cell, double value,
                             const char *why)
{
    return tf_mistake(s->context, place, "[%s %s]: is %g in draw %zu, year %zu of the deal%s", what, name, value, cell / s->made->years + 1,
                      cell % s->made->years + 1, why);
}

/* The metric seen through its measurement, year by year. */
static trefoil_status measure(settling *s, const tf_metric *metric, double *values)
{
    const bool share = metric->patients.text != NULL || tf_measurement_of_share(&metric->measurement);
    double *patients = s->room;
    trefoil_status status = TREFOIL_DONE;

    if (metric->patients.text != NULL) {
        TRY(evaluate(s, &metric->patients, (owner){metric->place, "metric ", metric->name, "patients"}, patients));
    }
    for (size_t t = 0; t < s->made->years; t++) {
        char year[48];
        const double *luck, *area = tf_source_luck(s->source, tf_purpose(metric->name, "area"));

        snprintf(year, sizeof year, "year %zu", t);
        luck = tf_source_luck(s->source, tf_purpose(metric->name, year));
        for (size_t d = 0; d < s->made->draws && luck != NULL && area != NULL; d++) {
            const size_t cell = d * s->made->years + t;
            const double n = metric->patients.text != NULL ? patients[cell] : 0;

            if (share && !(values[cell] >= 0 && values[cell] <= 1)) {
                return refuse(s, metric->place, "metric", metric->name, cell, values[cell],
                              "; with specificity or patients it has to be a share, from 0 to 1");
            }
            if (!(n >= 0 && n < 2147483647.0)) {
                return refuse(s, metric->place, "metric", metric->name, cell, n, ": not a number of patients");
            }
            values[cell] = tf_measurement_drawn(&metric->measurement, values[cell], n, luck[d], area[d]);
        }
        status = luck == NULL || area == NULL ? no_memory(s->context) : status;
    }
out:
    return status;
}

static trefoil_status find_metrics(settling *s, size_t needs)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t m = 0; m < s->deal->n_metrics; m++) {
        const tf_metric *metric = &s->deal->metrics[m];
        double *values = &s->metrics[m * s->cells];
        const double *changed = NULL;

        if (metric->needs != needs) {
            continue;
        }
        for (size_t c = 0; c < s->n_changes; c++) {
            changed = s->changes[c].of == TF_CHANGE_TRUTH && s->changes[c].index == m ? &s->changes[c].value : changed;
        }
        if (changed == NULL) {
            TRY(evaluate(s, &metric->value, (owner){metric->place, "metric ", metric->name, "value"}, values));
        }
        for (size_t k = 0; k < s->cells; k++) {
            values[k] = changed != NULL ? *changed : values[k];
            if (!isfinite(values[k])) {
                return refuse(s, metric->place, "metric", metric->name, k, values[k], "");
            }
        }
        if (metric->measured && !s->on_truth) {
            TRY(measure(s, metric, values));
        }
    }
out:
    return status;
}

/* ---- terms --------------------------------------------------------------------------------- */

static trefoil_status find_parts(settling *s, const tf_term *term)
{
    const tf_expression *const single[] = {&term->of, &term->times, &term->gate, &term->floor, &term->cap, &term->origin};
    static const char *const keys[] = {"of", "times", "gate", "floor", "cap", "origin"};
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < PARTS; k++) {
        const tf_expression *e = k < KNOTS   ? single[k]
                                 : k < RATES ? &term->knots[k - KNOTS]
                                 : k < STEPS ? &term->rates[k - RATES]
                                             : &term->steps[k - STEPS];

        s->parts[k] = e->text != NULL ? &s->room[k * s->cells] : NULL;
        if (e->text != NULL) {
            const char *key = k < KNOTS ? keys[k] : k < RATES ? "knots" : k < STEPS ? "rates" : "steps";

            TRY(evaluate(s, e, (owner){term->place, "term ", s->deal->routes[term->route].name, key}, s->parts[k]));
        }
    }
out:
    return status;
}

static double part(const settling *s, size_t which, size_t cell, double fallback)
{
    return s->parts[which] != NULL ? s->parts[which][cell] : fallback;
}

static void schedule_at(const settling *s, const tf_term *term, size_t cell, tf_schedule *schedule)
{
    schedule->n = term->n_knots;
    schedule->all_unit = term->all_unit;
    schedule->origin = part(s, ORIGIN, cell, 0);
    for (size_t k = 0; k <= term->n_knots; k++) {
        schedule->rates[k] = part(s, RATES + k, cell, 0);
        if (k < term->n_knots) {
            schedule->knots[k] = part(s, KNOTS + k, cell, 0);
            schedule->steps[k] = part(s, STEPS + k, cell, 0);
        }
    }
}

/* Pounds of a term in a cell; `bound`: a cap or a stated floor held it back. */
static double amount_of(const settling *s, const tf_term *term, const tf_schedule *schedule, size_t cell, bool *bound)
{
    const double free = part(s, TIMES, cell, 1) * tf_schedule_at(schedule, part(s, OF, cell, 1));
    const double lo = part(s, FLOOR, cell, term->both_ways ? -INFINITY : 0), hi = part(s, CAP, cell, INFINITY);

    double value = free < lo ? lo : free;

    *bound = free > hi || (s->parts[FLOOR] != NULL && free < lo);
    value = value > hi ? hi : value;
    /* A cap that itself falls below 0 turns no payment round. */
    return value < 0 && s->parts[FLOOR] == NULL && !term->both_ways ? 0 : value;
}

static bool is_open(const settling *s, const tf_term *term, size_t cell)
{
    size_t t = cell % s->made->years;

    return t >= term->from && t < term->to && (s->over[cell] > 0) == term->after_exit && part(s, GATE, cell, 1) > 0;
}

static trefoil_status settle_term(settling *s, size_t k)
{
    const tf_term *term = &s->deal->terms[k];
    const char *name = s->deal->routes[term->route].name;
    int64_t *pence = &(s->on_truth ? s->made->due : s->made->paid)[k * s->cells], before = 0;
    tf_schedule schedule = {0};
    trefoil_status status = TREFOIL_DONE;

    TRY(find_parts(s, term));
    for (size_t cell = 0; cell < s->cells; cell++) {
        bool bound = false;
        double pounds;

        before = cell % s->made->years == 0 ? 0 : before;
        schedule_at(s, term, cell, &schedule);
        if (!tf_schedule_ascends(&schedule)) {
            return refuse(s, term->place, "term", name, cell, schedule.knots[0], ", the first knot: knots must ascend");
        }
        pence[cell] = 0;
        if (is_open(s, term, cell)) {
            pounds = amount_of(s, term, &schedule, cell, &bound);
            if (!tf_pence(pounds, &pence[cell])) {
                return refuse(s, term->place, "term", name, cell, pounds, ": not an amount of money");
            }
            pence[cell] -= term->to_date ? before : 0;
            before += pence[cell];
        }
        s->paid[k * s->cells + cell] = (double)pence[cell] / 100;
        s->made->bound[k * s->cells + cell] |= bound && !s->on_truth;
    }
out:
    return status;
}

/* ---- passes -------------------------------------------------------------------------------- */

/* From the year after the exit's condition holds on, the deal is over. */
static trefoil_status find_exit(settling *s)
{
    trefoil_status status = TREFOIL_DONE;
    bool over = false;

    memset(s->over, 0, s->cells * sizeof *s->over);
    if (s->deal->exit.text != NULL) {
        TRY(evaluate(s, &s->deal->exit, (owner){{s->deal->path, 0}, "deal", "", "exit"}, s->room));
        for (size_t cell = 0; cell < s->cells; cell++) {
            over = cell % s->made->years != 0 && over;
            s->over[cell] = over;
            over = over || s->room[cell] > 0;
        }
    }
out:
    return status;
}

static trefoil_status pass(settling *s, bool on_truth, double *metrics)
{
    trefoil_status status = TREFOIL_DONE;

    s->on_truth = on_truth;
    s->metrics = metrics;
    for (size_t k = 0; k <= s->deal->n_terms; k++) {
        TRY(find_metrics(s, k));
        if (k == 0) {
            TRY(find_exit(s));
        }
        if (k < s->deal->n_terms) {
            TRY(settle_term(s, k));
        }
    }
out:
    return status;
}

/* ---- what comes after the exit ------------------------------------------------------------- */

/* Settle as if the deal's strategy went on, to know the draws and years in which the deal is exited, on what is measured.  From then on
 * `afterwards` holds. */
static trefoil_status find_exited(settling *s)
{
    const size_t years = s->made->years;
    trefoil_status status = TREFOIL_DONE;

    s->before = TF_NEW(int64_t, s->deal->n_terms * s->cells);
    s->left = TF_NEW(size_t, s->made->draws);
    s->made->exited = TF_NEW(bool, s->made->draws);
    if (s->before == NULL || s->left == NULL || s->made->exited == NULL) {
        return no_memory(s->context);
    }
    TRY(pass(s, false, s->made->seen));
    memcpy(s->before, s->made->paid, s->deal->n_terms * s->cells * sizeof *s->before);
    memset(s->made->bound, 0, s->deal->n_terms * s->cells);
    TRY(evaluate(s, &s->deal->exit, (owner){{s->deal->path, 0}, "deal", "", "exit"}, s->room));
    for (size_t d = 0; d < s->made->draws; d++) {
        for (size_t t = 0; t < years && !s->made->exited[d]; t++) {
            s->made->exited[d] = s->room[d * years + t] > 0;
            s->left[d] = t + 1;
        }
    }
    for (size_t k = 0; k < s->deal->n_names; k++) {
        s->measures[k] = NULL; /* they are others now */
    }
    s->switched = true;
out:
    return status;
}

static trefoil_status unlike(const settling *s, size_t draw, size_t year, const char *what)
{
    const tf_layout *layout = tf_source_layout(s->source);

    return tf_mistake(s->context, s->deal->afterwards_place,
                      "[deal] afterwards: '%s' is not what '%s' is until the exit: %s is another in year %zu of the deal, and draw %zu leaves it "
                      "only after year %zu",
                      layout->strategies[s->deal->afterwards], layout->strategies[s->deal->strategy], what, year + 1, draw + 1, s->left[draw]);
}

/* Until a draw leaves the deal its cost and what the terms pay must be the same under what comes afterwards. */
static trefoil_status check_alike(const settling *s)
{
    const tf_layout *layout = tf_source_layout(s->source);
    const ptrdiff_t cost = tf_find_measure(layout, "cost");

    for (size_t d = 0; d < s->made->draws; d++) {
        const tf_outcome *outcomes = tf_source_outcomes(s->source, d);

        for (size_t t = 0; s->made->exited[d] && t < s->left[d]; t++) {
            const size_t at = tf_at_year(layout, (size_t)layout->groups[0].year_index, s->deal->from + t, cost >= 0 ? (size_t)cost : 0);

            if (outcomes[s->deal->strategy].by_year[at] != outcomes[s->deal->afterwards].by_year[at]) {
                return unlike(s, d, t, "cost");
            }
            for (size_t k = 0; k < s->deal->n_terms; k++) {
                const size_t cell = (k * s->made->draws + d) * s->made->years + t;

                if (llabs(s->made->paid[cell] - s->before[cell]) > 1) {
                    return unlike(s, d, t, s->deal->routes[s->deal->terms[k].route].name);
                }
            }
        }
    }
    return TREFOIL_DONE;
}

static trefoil_status enter_terms(settling *s)
{
    tf_settlement *made = s->made;

    for (size_t k = 0; k < s->deal->n_terms; k++) {
        for (size_t cell = 0; cell < s->cells; cell++) {
            if (tf_ledger_add(&made->ledger, (uint32_t)(cell / made->years), s->deal->terms[k].route, cell % made->years,
                              made->paid[k * s->cells + cell]) != 0) {
                return no_memory(s->context);
            }
        }
    }
    return TREFOIL_DONE;
}

static trefoil_status enter_cost(settling *s, const tf_cost *cost)
{
    const tf_deal *deal = s->deal;
    const double *with = mix(s, (tf_yearly){deal->strategy, cost->measure, 0, deal->from, deal->years, TF_WINDOW_YEAR, s->made->open}, s->room);
    const double *without = tf_source_column(
        s->source, (tf_yearly){tf_source_layout(s->source)->comparator, cost->measure, 0, deal->from, deal->years, TF_WINDOW_YEAR, s->made->open});

    for (int side = 0; side < 2 && with != NULL && without != NULL; side++) {
        for (size_t cell = 0; cell < s->cells && (side == 0 || cost->transfer >= 0); cell++) {
            int64_t pence;

            if (!tf_pence((with[cell] - without[cell]) * (side == 0 ? cost->used : cost->variable), &pence)) {
                return refuse(s, cost->place, "cost", deal->routes[cost->resource].name, cell, with[cell] - without[cell], "");
            }
            if (tf_ledger_add(&s->made->ledger, (uint32_t)(cell / deal->years), side == 0 ? cost->resource : (size_t)cost->transfer,
                              cell % deal->years, pence) != 0) {
                return no_memory(s->context);
            }
        }
    }
    return with == NULL || without == NULL ? no_memory(s->context) : TREFOIL_DONE;
}

static trefoil_status prepare(settling *s, tf_settlement *made)
{
    const tf_deal *deal = s->deal;

    s->made = made;
    s->cells = made->draws * made->years;
    made->paid = TF_NEW(int64_t, deal->n_terms * s->cells);
    made->bound = TF_NEW(unsigned char, deal->n_terms * s->cells);
    made->seen = TF_NEW(double, deal->n_metrics * s->cells);
    made->levers = TF_NEW(double, deal->n_levers * made->draws);
    s->numbers = TF_NEW(double, deal->n_levers * s->cells);
    s->same = TF_NEW(bool, deal->n_levers);
    s->year = TF_NEW(double, s->cells);
    s->over = TF_NEW(double, s->cells);
    s->room = TF_NEW(double, PARTS * s->cells);
    s->windows = TF_NEW(double, deal->n_names * s->cells);
    s->paid = TF_NEW(double, deal->n_terms * s->cells);
    s->measures = TF_NEW(const double *, deal->n_names);
    made->uptake = TF_NEW(double, made->draws);
    if (s->measures == NULL || made->uptake == NULL) {
        return no_memory(s->context);
    }
    if (!made->paid || !made->bound || !made->seen || !made->levers || !s->numbers || !s->same || !s->year || !s->over ||
        !s->room || !s->windows || !s->paid) {
        return no_memory(s->context);
    }
    made->due = made->paid;
    made->truth = made->seen;
    for (size_t m = 0; m < deal->n_metrics; m++) {
        if (deal->metrics[m].measured && made->truth == made->seen) {
            made->truth = TF_NEW(double, deal->n_metrics * s->cells);
            made->due = TF_NEW(int64_t, deal->n_terms * s->cells);
        }
    }
    return made->truth != NULL && made->due != NULL ? TREFOIL_DONE : no_memory(s->context);
}

static void end(settling *s)
{
    tf_free(s->numbers);
    tf_free(s->same);
    tf_free(s->year);
    tf_free(s->over);
    tf_free(s->room);
    tf_free(s->windows);
    tf_free(s->paid);
    tf_free(s->measures);
    tf_free(s->before);
    tf_free(s->left);
}

static trefoil_status settle(settling s, bool costs, bool open, tf_settlement **settlement)
{
    trefoil_context *context = s.context;
    const tf_deal *deal = s.deal;
    tf_settlement *made = TF_NEW(tf_settlement, 1);
    trefoil_status status = TREFOIL_DONE;

    *settlement = NULL;
    if (made == NULL) {
        return no_memory(context);
    }
    made->deal = deal;
    made->open = open;
    made->draws = tf_source_draws(s.source);
    made->years = deal->years;
    made->ledger.routes = deal->routes;
    made->ledger.n_routes = deal->n_routes;
    TRY(prepare(&s, made));
    TRY(fill_numbers(&s));
    TRY(fill_uptake(&s));
    if (deal->afterwards >= 0) {
        TRY(find_exited(&s));
    }
    if (made->truth != made->seen) {
        TRY(pass(&s, true, made->truth));
    }
    TRY(pass(&s, false, made->seen));
    if (made->exited != NULL) {
        TRY(check_alike(&s));
    }
    TRY(enter_terms(&s));
    for (size_t k = 0; k < deal->n_costs && costs; k++) {
        TRY(enter_cost(&s, &deal->costs[k]));
    }
out:
    end(&s);
    if (status == TREFOIL_DONE) {
        *settlement = made;
    } else {
        tf_settlement_destroy(made);
    }
    return status;
}

trefoil_status tf_settle(trefoil_context *context, const tf_deal *deal, tf_source *source, const tf_change *changes,
                         size_t n_changes, bool costs, tf_settlement **settlement)
{
    return settle((settling){.context = context, .deal = deal, .source = source, .changes = changes, .n_changes = n_changes}, costs, false,
                  settlement);
}

trefoil_status tf_settle_open(trefoil_context *context, const tf_deal *deal, tf_source *source, tf_settlement **settlement)
{
    return settle((settling){.context = context, .deal = deal, .source = source}, true, true, settlement);
}

void tf_settlement_destroy(tf_settlement *settlement)
{
    if (settlement == NULL) {
        return;
    }
    tf_ledger_free(&settlement->ledger);
    if (settlement->due != settlement->paid) {
        tf_free(settlement->due);
    }
    if (settlement->truth != settlement->seen) {
        tf_free(settlement->truth);
    }
    tf_free(settlement->paid);
    tf_free(settlement->bound);
    tf_free(settlement->seen);
    tf_free(settlement->levers);
    tf_free(settlement->uptake);
    tf_free(settlement->exited);
    tf_free(settlement);
}

static double number_at(const tf_outcome *outcome, size_t at, bool year, size_t joining)
{
    return !year ? outcome->total[at] : outcome->by_year[at] + (joining > 0 ? outcome->by_year[at + joining] : 0);
}

static double more(const tf_settlement *s, const tf_source *source, size_t draw, size_t at, bool year)
{
    const tf_outcome *outcomes = tf_source_outcomes(source, draw);
    const tf_layout *layout = tf_source_layout(source);
    const size_t joining = s->open ? tf_source_joining(source) : 0;
    const double base = number_at(&outcomes[layout->comparator], at, year, joining);
    double sum = 0;

    if (s->exited != NULL && s->exited[draw]) {
        return s->uptake[draw] * (number_at(&outcomes[s->deal->afterwards], at, year, joining) - base);
    }
    for (size_t k = 0; k < layout->n_strategies; k++) {
        if (s->deal->weights[k] != 0) {
            sum += s->deal->weights[k] * (number_at(&outcomes[k], at, year, joining) - base);
        }
    }
    return s->uptake[draw] * sum;
}

double tf_settlement_more(const tf_settlement *settlement, const tf_source *source, size_t draw, size_t at)
{
    return more(settlement, source, draw, at, false);
}

double tf_settlement_more_year(const tf_settlement *settlement, const tf_source *source, size_t draw, size_t at)
{
    return more(settlement, source, draw, at, true);
}
