/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deterministic sensitivity: one parameter or two at other values, the value at which a choice turns, and scenario analyses. */
#include "analysis/tornado.h"
#include "base/memory.h"
#include "library/nested.h"
#include "library/results.h"
#include "library/variant.h"
#include "report/sensitivity_views.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* How far a parameter without limits is varied for a threshold: this often the larger of its base case and four standard deviations. */
enum { REACH = 256, LONGEST_SET = 512 };
static const double low_tail = 0.025, high_tail = 0.975;

typedef struct subject {
    const trefoil_sensitivity_options *asked;
    trefoil_context *context;
    tf_variants runs;
    tf_run *run; /* the base case, for its names */
    tf_variant base;
    tf_list names, two; /* as asked */
    size_t *chosen, n_chosen; /* parameters of the one-way analysis */
    ptrdiff_t pair[2], solved;
    tf_sensitivity result;
} subject;

/* ---- parameters ------------------------------------------------------------------------------ */

static const tf_evidence *row_of(const subject *of, size_t parameter)
{
    return tf_parameters_row(of->run->model->parameters, parameter);
}

static bool is_uncertain(const tf_evidence *row)
{
    return row->formula == NULL && row->number.distribution.family != TF_FIXED;
}

/* The parameter of that name; -1 after a mistake.  `interval`: it must be uncertain. */
static ptrdiff_t find_parameter(subject *of, const char *option, const char *name, bool interval)
{
    const tf_parameters *parameters = of->run->model->parameters;
    const size_t n = tf_parameters_count(parameters);
    ptrdiff_t found = tf_parameters_find(parameters, name);
    const char **names, *near;

    if (found >= 0 && row_of(of, (size_t)found)->formula != NULL) {
        tf_mistake(of->context, (tf_place){0}, "--%s %s: a formula of other parameters (= %s); vary those", option, name,
                   row_of(of, (size_t)found)->formula);
        return -1;
    }
    if (found >= 0 && interval && !is_uncertain(row_of(of, (size_t)found))) {
        tf_mistake(of->context, (tf_place){0}, "--%s %s: a fixed number, which has no interval", option, name);
        return -1;
    }
    names = found < 0 ? TF_NEW(const char *, n) : NULL;
    if (found >= 0 || names == NULL) {
        return found;
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = row_of(of, i)->name;
    }
    near = tf_nearest(name, names, n);
    tf_mistake(of->context, (tf_place){0}, "--%s %s: no such parameter%s%s%s", option, name, near ? "; did you mean '" : "", near ? near : "",
               near ? "'?" : "");
    tf_free(names);
    return -1;
}

/* The setting that value `p` of an intervention comes from: its own, or that of all quintiles. */
static const char *setting_of(const subject *of, const tf_intervention *item, size_t p)
{
    const char *luck = tf_parameters_luck(of->run->model->parameters, (size_t)item->parameters[p]);
    trefoil_param family;

    return tf_plugin_family(item->plugin, p, &family) && strcmp(strrchr(luck, ' ') + 1, family.name) == 0
               ? family.name
               : tf_plugin_param(item->plugin, p).name;
}

/* Texts that set a parameter: [parameters] of a model's, its own setting of every intervention that shares it for a plugin's. */
static bool set_texts(const subject *of, size_t parameter, double value, tf_list *sets)
{
    const tf_interventions *all = of->run->interventions;
    char number[TF_NUMBER_SIZE], text[LONGEST_SET];
    bool added = false, whole = true;

    tf_print_number(value, number);
    for (size_t k = 0; k < all->n_items; k++) {
        for (size_t p = 0; p < all->items[k].n_parameters; p++) {
            if (all->items[k].parameters[p] == (int)parameter) {
                snprintf(text, sizeof text, "intervention %s:%s=%s", all->items[k].spec->name, setting_of(of, &all->items[k], p), number);
                whole = whole && (tf_list_find(sets, text) >= 0 || tf_list_add(sets, text) == 0);
                added = true;
            }
        }
    }
    if (!added) {
        snprintf(text, sizeof text, "parameters:%s=%s", row_of(of, parameter)->name, number);
        whole = whole && tf_list_add(sets, text) == 0;
    }
    return whole;
}

/* ---- runs ------------------------------------------------------------------------------------ */

/* Incremental net benefit [strategy] with n parameters at other values; `*refused` (may be NULL: a mistake then) tells that there is none. */
static trefoil_status net_benefit(subject *of, const size_t *parameters, const double *values, size_t n, double *nmb, bool *refused)
{
    tf_list sets = {0};
    tf_variant variant = {0};
    tf_text why = {0};
    trefoil_status status = TREFOIL_DONE;
    bool whole = true;

    for (size_t i = 0; i < n; i++) {
        whole = whole && set_texts(of, parameters[i], values[i], &sets);
    }
    if (!whole) {
        status = tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for assignments");
        goto out;
    }
    status = tf_variants_run(&of->runs, (const char *const *)sets.items, sets.count, 0, &variant, &why);
    if (tf_variant_refused(status) && refused != NULL) {
        *refused = true;
        status = TREFOIL_DONE;
    } else if (tf_variant_refused(status)) {
        status = tf_mistake(of->context, (tf_place){0}, "with %s%s%s: %s", sets.items[0], n > 1 ? " and " : "", n > 1 ? sets.items[1] : "",
                            why.chars);
    } else if (status == TREFOIL_DONE) {
        for (size_t s = 0; s < variant.n; s++) {
            nmb[s] = tf_more_nmb(of->result.threshold, variant.cost, variant.qaly, s, variant.comparator);
        }
    }
out:
    tf_text_free(&why);
    tf_variant_free(&variant);
    tf_list_free(&sets);
    return status;
}

static trefoil_status run_base(subject *of)
{
    tf_sensitivity *r = &of->result;
    tf_text why = {0};
    trefoil_status status;

    status = tf_variants_run(&of->runs, NULL, 0, 0, &of->base, &why);
    if (tf_variant_refused(status)) {
        status = tf_fail(of->context, status, "%s", why.chars);
    }
    for (size_t s = 0; status == TREFOIL_DONE && s < of->base.n; s++) {
        r->base[s] = tf_more_nmb(r->threshold, of->base.cost, of->base.qaly, s, of->base.comparator);
        r->error[s] = r->threshold * of->base.qaly_error[s] + of->base.cost_error[s];
    }
    tf_text_free(&why);
    return status;
}

/* ---- one way --------------------------------------------------------------------------------- */

static trefoil_status run_bar(subject *of, size_t parameter, tf_bar *bar)
{
    const tf_evidence *row = row_of(of, parameter);
    const size_t n = of->run->layout.n_strategies;
    trefoil_status status = TREFOIL_DONE;

    *bar = (tf_bar){row->name, row->label, row->unit, tf_distribution_quantile(&row->number.distribution, low_tail),
                    tf_distribution_quantile(&row->number.distribution, high_tail), TF_NEW(double, n), TF_NEW(double, n)};
    if (!bar->nmb_low || !bar->nmb_high) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for a sensitivity analysis");
    }
    TRY(net_benefit(of, &parameter, &bar->low, 1, bar->nmb_low, NULL));
    TRY(net_benefit(of, &parameter, &bar->high, 1, bar->nmb_high, NULL));
out:
    return status;
}

static trefoil_status run_one_way(subject *of)
{
    tf_sensitivity *r = &of->result;
    trefoil_status status = TREFOIL_DONE;

    r->bars = TF_NEW(tf_bar, of->n_chosen);
    if (!r->bars) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for a sensitivity analysis");
    }
    for (size_t k = 0; k < of->n_chosen; k++) {
        r->n_bars++;
        TRY(run_bar(of, of->chosen[k], &r->bars[k]));
    }
out:
    return status;
}

/* ---- two way --------------------------------------------------------------------------------- */

static trefoil_status run_two_way(subject *of)
{
    tf_two_way *grid = &of->result.grid;
    const size_t n = of->run->layout.n_strategies, pair[2] = {(size_t)of->pair[0], (size_t)of->pair[1]};
    trefoil_status status = TREFOIL_DONE;

    grid->nmb = TF_NEW(double, TF_TWO_WAY * TF_TWO_WAY * n);
    if (!grid->nmb) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for a grid");
    }
    for (size_t k = 0; k < 2; k++) {
        const tf_evidence *row = row_of(of, pair[k]);
        double low = tf_distribution_quantile(&row->number.distribution, low_tail);
        double high = tf_distribution_quantile(&row->number.distribution, high_tail);

        grid->names[k] = row->name;
        for (size_t i = 0; i < TF_TWO_WAY; i++) {
            grid->values[k][i] = tf_two_way_value(low, high, i, TF_TWO_WAY);
        }
    }
    for (size_t k = 0; k < TF_TWO_WAY * TF_TWO_WAY; k++) {
        const double values[2] = {grid->values[0][k / TF_TWO_WAY], grid->values[1][k % TF_TWO_WAY]};

        TRY(net_benefit(of, pair, values, 2, &grid->nmb[k * n], NULL));
    }
out:
    return status;
}

/* ---- thresholds ------------------------------------------------------------------------------ */

/* Net benefits of all strategies at the values tried so far. */
typedef struct trial {
    double x, *nmb;
    bool refused;
} trial;

typedef struct trials {
    subject *of;
    size_t strategy;
    trial *items;
    size_t count, capacity;
} trials;

static trefoil_status try_value(void *self, double x, double *y, bool *refused)
{
    trials *all = self;
    const size_t n = all->of->run->layout.n_strategies, parameter = (size_t)all->of->solved;
    trial *at = NULL;
    void *items = all->items;
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < all->count && !at; k++) {
        at = all->items[k].x == x ? &all->items[k] : NULL;
    }
    if (!at) {
        double *nmb = TF_NEW(double, n);

        if (!nmb || tf_reserve(&items, &all->capacity, all->count + 1, sizeof *all->items) != 0) {
            tf_free(nmb);
            return tf_fail(all->of->context, TREFOIL_NO_MEMORY, "no memory for a threshold analysis");
        }
        all->items = items;
        at = &all->items[all->count++];
        *at = (trial){x, nmb, false};
        all->of->runs.planned = all->of->runs.done + 1;
        status = net_benefit(all->of, &parameter, &x, 1, nmb, &at->refused);
    }
    *refused = at->refused;
    *y = at->nmb[all->strategy];
    return status;
}

/* Limits of a parameter: its own, those of its family, or as far as REACH. */
static void reach_of(const tf_distribution *d, double *lo, double *hi)
{
    const bool positive = d->family == TF_BETA || d->family == TF_GAMMA || d->family == TF_LOGNORMAL;
    const double far = REACH * fmax(fmax(fabs(d->mean), 4 * d->sd), 1.0 / REACH);

    *lo = positive ? fmax(d->min, 0) : d->min;
    *hi = d->family == TF_BETA ? fmin(d->max, 1) : d->max;
    *lo = fmin(isfinite(*lo) ? *lo : d->mean - far, d->mean);
    *hi = fmax(isfinite(*hi) ? *hi : d->mean + far, d->mean);
}

static trefoil_status run_solve(subject *of)
{
    const tf_evidence *row = row_of(of, (size_t)of->solved);
    const size_t n = of->run->layout.n_strategies;
    trials all = {.of = of};
    tf_crossing_question question = {.base = row->number.distribution.mean, .at = try_value, .self = &all};
    trefoil_status status = TREFOIL_DONE;
    tf_sensitivity *r = &of->result;

    r->crossings = TF_NEW(tf_crossing, n);
    if (!r->crossings) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for a threshold analysis");
    }
    r->solved = row->name;
    r->solved_label = row->label;
    r->solved_unit = row->unit;
    r->solved_base = question.base;
    reach_of(&row->number.distribution, &question.lo, &question.hi);
    for (all.strategy = 0; all.strategy < n; all.strategy++) {
        if (all.strategy != of->run->layout.comparator) {
            TRY(tf_crossing_find(of->context, &question, &r->crossings[all.strategy]));
        }
    }
out:
    for (size_t k = 0; k < all.count; k++) {
        tf_free(all.items[k].nmb);
    }
    tf_free(all.items);
    return status;
}

/* ---- scenario analyses ----------------------------------------------------------------------- */

static trefoil_status take_alternative(subject *of, const char *name, const char *title, tf_variant *variant)
{
    tf_alternative *made = &of->result.alternatives[of->result.n_alternatives++];
    const size_t n = variant->n;

    *made = (tf_alternative){name, title, variant->cost, variant->qaly, TF_NEW(double, n), TF_NEW(tf_standing, n), TF_NEW(size_t, n)};
    variant->cost = variant->qaly = NULL; /* kept */
    if (!made->nmb || !made->standing || !made->previous) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for scenario analyses");
    }
    for (size_t s = 0; s < n; s++) {
        made->nmb[s] = of->result.threshold * made->qaly[s] - made->cost[s];
    }
    return tf_frontier(of->context, made->cost, made->qaly, n, variant->comparator, made->standing, made->previous);
}

static trefoil_status run_alternatives(subject *of)
{
    const tf_scenario *scenario = of->run->scenario;
    const tf_analysis_spec base = {.place = {scenario->path, 0}};
    trefoil_status status = TREFOIL_DONE;
    tf_variant variant = {0};

    of->result.alternatives = TF_NEW(tf_alternative, scenario->n_analyses + 1);
    if (!of->result.alternatives) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for scenario analyses");
    }
    for (size_t i = 0; i <= scenario->n_analyses; i++) {
        const tf_analysis_spec *spec = i == 0 ? &base : &scenario->analyses[i - 1];

        TRY(tf_variants_analysis(&of->runs, spec, of->result.draws, &variant));
        TRY(take_alternative(of, i == 0 ? "base" : spec->name, i == 0 ? "The scenario itself" : spec->title, &variant));
        tf_variant_free(&variant);
    }
out:
    tf_variant_free(&variant);
    return status;
}

/* ---- what is asked --------------------------------------------------------------------------- */

static trefoil_status read_threshold(subject *of)
{
    const char *text = of->asked->threshold;

    of->result.threshold = of->run->scenario->thresholds[0];
    if (text != NULL && (!tf_parse_number(text, &of->result.threshold) || of->result.threshold < 0)) {
        return tf_mistake(of->context, (tf_place){0}, "--threshold %s: expected an amount of money per QALY, as 20000", text);
    }
    return TREFOIL_DONE;
}

static trefoil_status choose_parameters(subject *of)
{
    const size_t n = tf_parameters_count(of->run->model->parameters);

    of->chosen = TF_NEW(size_t, n + of->names.count);
    if (!of->chosen) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for a sensitivity analysis");
    }
    for (size_t i = 0; i < of->names.count; i++) {
        ptrdiff_t found = find_parameter(of, "parameters", of->names.items[i], true);
        bool twice = false;

        for (size_t k = 0; k < of->n_chosen; k++) {
            twice = twice || of->chosen[k] == (size_t)found;
        }
        if (found >= 0 && !twice) {
            of->chosen[of->n_chosen++] = (size_t)found;
        }
    }
    for (size_t i = 0; of->names.count == 0 && i < n; i++) {
        if (is_uncertain(row_of(of, i))) {
            of->chosen[of->n_chosen++] = i;
        }
    }
    return TREFOIL_DONE;
}

static void choose_pair(subject *of)
{
    if (of->two.count != 2 || strcmp(of->two.items[0], of->two.items[1]) == 0) {
        tf_mistake(of->context, (tf_place){0}, "--two %s: expected the names of two parameters, as uptake,price", of->asked->two);
        return;
    }
    for (size_t k = 0; k < 2; k++) {
        of->pair[k] = find_parameter(of, "two", of->two.items[k], true);
    }
}

/* With --two or --solve only these are done, and the one-way analysis of the parameters named; else everything. */
static trefoil_status read_questions(subject *of)
{
    const trefoil_sensitivity_options *asked = of->asked;
    const size_t before = tf_mistakes(of->context);
    const bool all = asked->two == NULL && asked->solve == NULL;
    trefoil_status status = TREFOIL_DONE;

    if (of->run->layout.n_strategies < 2) {
        return tf_mistake(of->context, (tf_place){of->run->scenario->path, 0}, "a sensitivity analysis compares strategies, and there is only one");
    }
    (void)read_threshold(of);
    if ((asked->parameters && tf_list_split(&of->names, asked->parameters, ',') != 0) ||
        (asked->two && tf_list_split(&of->two, asked->two, ',') != 0)) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for the names of parameters");
    }
    of->result.one_way = all || asked->parameters != NULL;
    if (of->result.one_way) {
        TRY(choose_parameters(of));
    }
    if (asked->two) {
        choose_pair(of);
    }
    of->solved = asked->solve ? find_parameter(of, "solve", asked->solve, false) : -1;
    of->result.draws = asked->draws > 0 ? (uint32_t)asked->draws : 0;
    of->runs.planned = 1 + 2 * of->n_chosen + (asked->two ? TF_TWO_WAY * TF_TWO_WAY : 0) +
                       (all && of->run->scenario->n_analyses ? 1 + of->run->scenario->n_analyses : 0);
out:
    return status == TREFOIL_DONE && tf_mistakes(of->context) > before ? TREFOIL_USER_MISTAKE : status;
}

static trefoil_status run_all(subject *of)
{
    const trefoil_sensitivity_options *asked = of->asked;
    trefoil_status status;

    TRY(run_base(of));
    if (of->result.one_way) {
        TRY(run_one_way(of));
    }
    if (asked->two) {
        TRY(run_two_way(of));
    }
    if (!asked->two && !asked->solve && of->run->scenario->n_analyses > 0) {
        TRY(run_alternatives(of));
    }
    if (asked->solve) {
        TRY(run_solve(of));
    }
out:
    return status;
}

static trefoil_status report(subject *of)
{
    tf_text folder = {0}, text = {0};
    trefoil_status status;

    tf_sensitivity_print(&of->result, of->run->scenario, &text);
    TRY(tf_results_folder(of->context, of->run, of->asked->out, &folder));
    TRY(tf_sensitivity_write(of->context, &of->result, of->run->scenario, folder.chars));
    tf_text_addf(&text, "\nThe files are in %s/ ; what each holds is in results/README.md.\n", folder.chars);
    if (text.failed) {
        status = tf_fail(of->context, TREFOIL_NO_MEMORY, "no memory for the tables");
        goto out;
    }
    TRY(tf_result(of->context, text.chars));
out:
    tf_text_free(&folder);
    tf_text_free(&text);
    return status;
}

static void forget(subject *of)
{
    tf_sensitivity *r = &of->result;

    for (size_t k = 0; k < r->n_bars; k++) {
        tf_free(r->bars[k].nmb_low);
        tf_free(r->bars[k].nmb_high);
    }
    for (size_t k = 0; k < r->n_alternatives; k++) {
        tf_free(r->alternatives[k].cost);
        tf_free(r->alternatives[k].qaly);
        tf_free(r->alternatives[k].nmb);
        tf_free(r->alternatives[k].standing);
        tf_free(r->alternatives[k].previous);
    }
    tf_free(r->bars);
    tf_free(r->alternatives);
    tf_free(r->grid.nmb);
    tf_free(r->crossings);
    tf_free(r->base);
    tf_free(r->error);
    tf_free(of->chosen);
    tf_list_free(&of->names);
    tf_list_free(&of->two);
    tf_variant_free(&of->base);
    tf_run_close(of->run);
}

trefoil_status trefoil_sensitivity(trefoil_context *context, const char *path, const trefoil_sensitivity_options *options)
{
    static const trefoil_sensitivity_options nothing_asked = {0};
    const trefoil_sensitivity_options *asked = options ? options : &nothing_asked;
    subject of = {.asked = asked, .context = context, .pair = {-1, -1}, .solved = -1};
    trefoil_status status;

    tf_result(context, NULL);
    if (asked->evppi_nested) {
        return tf_evppi_nested(context, path, asked);
    }
    of.runs = (tf_variants){.context = context, .path = path, .sets = asked->sets, .n_sets = asked->n_sets, .plugin_dir = asked->plugin_dir,
                            .options = {asked->threads, 0}};
    TRY(tf_variants_open(&of.runs, &of.run));
    of.result.layout = &of.run->layout;
    of.result.base = TF_NEW(double, of.run->layout.n_strategies);
    of.result.error = TF_NEW(double, of.run->layout.n_strategies);
    if (!of.result.base || !of.result.error) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for a sensitivity analysis");
        goto out;
    }
    TRY(read_questions(&of));
    TRY(run_all(&of));
    TRY(report(&of));
out:
    if (status == TREFOIL_INTERRUPTED) {
        status = tf_fail(context, status, "a sensitivity analysis that is not finished writes nothing");
    }
    forget(&of);
    return status;
}
