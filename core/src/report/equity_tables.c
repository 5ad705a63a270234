/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/equity_views.h"

#include "report/sheets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of tables whose cells would sum. */
#define ROUNDED "Cells are rounded each by its own error, so that what is printed need not sum; the CSV files sum."

/* ---- which numbers ------------------------------------------------------------- */

static bool is_told(const tf_findings *findings, size_t strategy)
{
    return strategy != findings->layout->comparator && !tf_dcea_is_equalised(findings->layout->strategies[strategy]);
}

static bool has_fifths(const tf_findings *findings)
{
    return findings->dcea->unavailable == NULL && findings->dcea->n_views > 0;
}

static bool has_equal_uptake(const tf_findings *findings)
{
    for (size_t i = 0; i < findings->dcea->n_views; i++) {
        if (strcmp(findings->dcea->views[i].view, "need") == 0) {
            return true;
        }
    }
    return false;
}

static void cell_of(tf_sheet *sheet, const tf_estimate *e, double scale)
{
    char text[TF_PRINTED_SIZE];

    tf_print_digits(text, scale * e->value, tf_effect_digits(scale * e->value, scale * e->mcse), "", true);
    tf_sheet_cell(sheet, "%s", text);
}

/* Does the run have the strategy with uptake made equal? */
static bool has_need(const tf_findings *findings, size_t s)
{
    return tf_dcea_find_view(findings->dcea, s, "need", "all", "slope_narrows") != NULL;
}

/* A gradient in words. */
static const char *falls(const char *gradient)
{
    static const char *const words[][2] = {{"flat", "alike on all residents"},
                                           {"moderate", "with the moderate gradient"},
                                           {"steep", "with the steep gradient"},
                                           {"own", "by the shares stated"}};

    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        if (strcmp(words[k][0], gradient) == 0) {
            return words[k][1];
        }
    }
    return gradient;
}

/* ---- two views ------------------------------------------------------------------ */

static void view_cell(const tf_findings *findings, size_t strategy, const char *view, const char *group, const char *measure, double scale,
                      tf_sheet *sheet)
{
    const tf_dcea_view *of = tf_dcea_find_view(findings->dcea, strategy, view, group, measure);

    if (of == NULL) {
        tf_sheet_cell(sheet, "–");
    } else {
        cell_of(sheet, &of->value, scale);
    }
}

static void add_health(const tf_findings *findings, size_t strategy, const char *group, const char *title, tf_sheet *sheet)
{
    static const char *const views[] = {"nice", "icb"}, *const measures[] = {"gain", "displaced", "net"};

    tf_sheet_cell(sheet, "  %s", title);
    for (size_t v = 0; v < 2; v++) {
        for (size_t m = 0; m < 3; m++) {
            view_cell(findings, strategy, views[v], group, measures[m], 1, sheet);
        }
    }
}

static void add_narrowing(const tf_findings *findings, size_t strategy, const char *measure, const char *title, double scale, tf_sheet *sheet)
{
    tf_sheet_cell(sheet, "  %s", title);
    for (size_t k = 0; k < 6; k++) {
        if (k % 3 < 2) {
            tf_sheet_cell(sheet, " ");
        } else {
            view_cell(findings, strategy, k < 3 ? "nice" : "icb", "all", measure, scale, sheet);
        }
    }
}

void tf_sheet_views(const tf_findings *findings, tf_sheet *sheet)
{
    static const char *const groups[] = {"1", "2", "3", "4", "5", "all"};
    static const char *const titles[] = {"1 most deprived", "2", "3", "4", "5 least deprived", "All residents"};
    char k[TF_PRINTED_SIZE];

    tf_print_digits(k, findings->dcea->spec->k[0], 0, findings->currency, false);
    tf_sheet_begin(sheet, 7, "QALYs gained and displaced (%s per QALY): NICE's view (flat) and a board's (%s)", k,
                   tf_dcea_local(findings->dcea->spec));
    tf_sheet_cell(sheet, "Fifth");
    for (size_t v = 0; v < 2; v++) {
        tf_sheet_cell(sheet, "%s\ngained", v == 0 ? "NICE" : "Board");
        tf_sheet_cell(sheet, "%s\ndisplaced", v == 0 ? "NICE" : "Board");
        tf_sheet_cell(sheet, "%s\nnet", v == 0 ? "NICE" : "Board");
    }
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        if (!is_told(findings, s)) {
            continue;
        }
        tf_sheet_heading(sheet, tf_strategy_title(findings, s));
        for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
            add_health(findings, s, groups[g], titles[g], sheet);
        }
        add_narrowing(findings, s, "slope_narrows", "Slope narrows, QALYs", 1, sheet);
        if (findings->dcea->no_qale == NULL) {
            add_narrowing(findings, s, "qale_gap_narrows", "QALE gap narrows, years per 1,000", TF_TOLD, sheet);
        }
    }
    tf_text_add(&sheet->note, ROUNDED);
}

void tf_sheet_parts(const tf_findings *findings, tf_sheet *sheet)
{
    static const char *const parts[] = {"need", "uptake", "opportunity_cost", "icb"};

    tf_sheet_begin(sheet, 5, "Where a board's result comes from: by how many QALYs each part narrows the slope");
    tf_sheet_cell(sheet, "Strategy");
    tf_sheet_cell(sheet, "Need\n(equal uptake)");
    tf_sheet_cell(sheet, "Uptake");
    tf_sheet_cell(sheet, "Opportunity\ncost");
    tf_sheet_cell(sheet, "Sum");
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        if (is_told(findings, s) && has_need(findings, s)) {
            tf_sheet_cell(sheet, "%s", tf_strategy_title(findings, s));
            for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
                view_cell(findings, s, parts[k], "all", "slope_narrows", 1, sheet);
            }
        }
    }
    tf_text_add(&sheet->note, ROUNDED);
}

/* ---- Core20 and PLUS --------------------------------------------------------------- */

static void add_split(const tf_findings *findings, size_t s, const tf_cut *cut, size_t g, tf_sheet *sheet)
{
    static const char *const measures[] = {"gain", "displaced", "net", "net_per_1000"};
    const tf_equity_spec *spec = findings->dcea->spec;
    const bool core = strcmp(cut->name, "core20") == 0;

    tf_sheet_cell(sheet, "  %s", core && g == 0 ? "Core20" : cut->groups[g].label);
    for (size_t m = 0; m < sizeof measures / sizeof *measures; m++) {
        const tf_dcea_row *row = tf_dcea_find(findings->dcea, s, cut->name, cut->groups[g].label, m == 0 ? (double)NAN : spec->k[0],
                                              m == 0 ? NULL : tf_dcea_local(spec), measures[m], NAN);

        if (row == NULL) {
            tf_sheet_cell(sheet, "–");
        } else {
            cell_of(sheet, &row->value, 1);
        }
    }
}

void tf_sheet_splits(const tf_findings *findings, tf_sheet *sheet)
{
    const tf_cuts *cuts = &findings->dcea->cuts;

    tf_sheet_begin(sheet, 5, "Core20 and PLUS groups: QALYs in a board's view");
    tf_sheet_cell(sheet, "Group");
    tf_sheet_cell(sheet, "Gained");
    tf_sheet_cell(sheet, "Displaced");
    tf_sheet_cell(sheet, "Net");
    tf_sheet_cell(sheet, "Net per 1,000\nresidents");
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        if (!is_told(findings, s)) {
            continue;
        }
        tf_sheet_heading(sheet, tf_strategy_title(findings, s));
        for (size_t c = 0; c < cuts->count; c++) {
            const tf_cut *cut = &cuts->items[c];

            for (size_t g = 0; g < cut->n && (strcmp(cut->name, "core20") == 0 || strncmp(cut->name, "plus.", 5) == 0); g++) {
                add_split(findings, s, cut, g, sheet);
            }
        }
    }
    tf_text_add(&sheet->note, "Core20: the most deprived national fifth; rest: everyone who is not in the group above it. " ROUNDED);
}

/* ---- aversion -------------------------------------------------------------------- */

void tf_sheet_aversion(const tf_findings *findings, tf_sheet *sheet)
{
    static const double aversions[] = {0, 1, 2, 5, 10, 15, 20};
    enum { N = sizeof aversions / sizeof *aversions };
    const tf_equity_spec *spec = findings->dcea->spec;

    tf_sheet_begin(sheet, 1 + N, "Net health benefit in QALYs with inequality weighed in, a board's view, by Atkinson's aversion");
    tf_sheet_cell(sheet, "Strategy");
    for (size_t k = 0; k < N; k++) {
        tf_sheet_cell(sheet, "%g", aversions[k]);
    }
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        if (!is_told(findings, s)) {
            continue;
        }
        tf_sheet_cell(sheet, "%s", tf_strategy_title(findings, s));
        for (size_t k = 0; k < N; k++) {
            const tf_dcea_row *row = tf_dcea_find(findings->dcea, s, "imd", "all", spec->k[0], tf_dcea_local(spec), "weighted_atkinson",
                                                  aversions[k]);

            if (row == NULL) {
                tf_sheet_cell(sheet, "–");
            } else {
                cell_of(sheet, &row->value, 1);
            }
        }
    }
}

/* ---- shortfall --------------------------------------------------------------------- */

static void shortfall_cell(tf_sheet *sheet, double value, double mcse, int most)
{
    char text[TF_PRINTED_SIZE];

    tf_print_digits(text, value, tf_digits(mcse, most), "", false);
    tf_sheet_cell(sheet, "%s", text);
}

void tf_sheet_shortfall(const tf_findings *findings, tf_sheet *sheet)
{
    tf_sheet_begin(sheet, 6, "QALYs left under %s against others of the same age and sex (discounted), and NICE's severity weight",
                   tf_strategy_title(findings, findings->layout->comparator));
    tf_sheet_cell(sheet, "Group");
    tf_sheet_cell(sheet, "Expected");
    tf_sheet_cell(sheet, "Left");
    tf_sheet_cell(sheet, "Absolute\nshortfall");
    tf_sheet_cell(sheet, "Proportional\nshortfall");
    tf_sheet_cell(sheet, "Weight");
    for (size_t i = 0; i < findings->dcea->n_shortfalls; i++) {
        const tf_shortfall *of = &findings->dcea->shortfalls[i];

        if (of->strategy != findings->layout->comparator || strchr(of->group_by, '*') != NULL) {
            continue;
        }
        tf_sheet_cell(sheet, "%s %s", of->group_by, strcmp(of->group, "all") == 0 ? "" : of->group);
        shortfall_cell(sheet, of->norm, 0, 2);
        shortfall_cell(sheet, of->remaining.value, of->remaining.mcse, 2);
        shortfall_cell(sheet, of->absolute.value, of->absolute.mcse, 2);
        shortfall_cell(sheet, of->proportional.value, of->proportional.mcse, 3);
        tf_sheet_cell(sheet, "%g", of->weight);
    }
}

/* ---- sentences ------------------------------------------------------------------------ */

static void say(tf_list *out, const tf_text *text)
{
    if (!text->failed && text->length > 0) {
        (void)tf_list_add(out, text->chars);
    }
}

/* " (lo to hi)", or the error when there are no draws */
static void add_interval(const tf_estimate *e, int digits, tf_text *text)
{
    char lo[TF_PRINTED_SIZE], hi[TF_PRINTED_SIZE];

    tf_say_error(text, e);
    if (isnan(e->lo)) {
        return;
    }
    tf_print_digits(lo, e->lo, digits, "", false);
    tf_print_digits(hi, e->hi, digits, "", false);
    tf_text_addf(text, " (%s to %s)", lo, hi);
}

/* "narrows by 0.012 years (0.004 to 0.021), probability of narrowing 0.98" */
static void add_narrows(const tf_dcea_row *row, double scale, const char *unit, tf_text *text)
{
    if (row == NULL) {
        tf_text_add(text, "is not defined");
        return;
    }
    tf_say_narrowing(text, row->value, scale, "", unit);
    if (row->value.value != 0 && !isnan(row->p_above_0)) {
        tf_text_addf(text, ", probability of narrowing %.2f", row->p_above_0);
    }
}

static void say_benefit(const tf_findings *findings, size_t s, tf_list *out)
{
    const tf_equity_spec *spec = findings->dcea->spec;
    const tf_dcea_row *gain = tf_dcea_find(findings->dcea, s, "imd", "all", NAN, NULL, "gain", NAN);
    const tf_dcea_row *lost = tf_dcea_find(findings->dcea, s, "imd", "all", spec->k[0], spec->gradients.items[0], "displaced", NAN);
    const tf_dcea_row *net = tf_dcea_find(findings->dcea, s, "imd", "all", spec->k[0], spec->gradients.items[0], "net", NAN);
    char k[TF_PRINTED_SIZE], gained[TF_PRINTED_SIZE], displaced[TF_PRINTED_SIZE], left[TF_PRINTED_SIZE];
    tf_text text = {0};
    int digits;

    if (gain == NULL || lost == NULL || net == NULL) {
        return;
    }
    digits = tf_effect_digits(net->value.value, net->value.mcse);
    tf_print_digits(k, spec->k[0], 0, findings->currency, false);
    tf_print_digits(gained, fabs(gain->value.value), tf_effect_digits(gain->value.value, gain->value.mcse), "", false);
    tf_print_digits(displaced, fabs(lost->value.value), tf_effect_digits(lost->value.value, lost->value.mcse), "", false);
    tf_print_digits(left, net->value.value, digits, "", true);
    tf_text_addf(&text, "%s: %s QALYs %s; what it %s would %s %s elsewhere at %s per QALY: net %s", tf_strategy_title(findings, s), gained,
                 gain->value.value < 0 ? "lost" : "gained", lost->value.value < 0 ? "saves" : "costs",
                 lost->value.value < 0 ? "buy" : "have bought", displaced, k, left);
    add_interval(&net->value, digits, &text);
    if (!isnan(net->p_above_0)) {
        tf_text_addf(&text, ", probability above 0 %.2f", net->p_above_0);
    }
    tf_text_add(&text, ".");
    say(out, &text);
    tf_text_free(&text);
}

static void say_gap(const tf_findings *findings, size_t s, const char *gradient, const char *whose, tf_list *out)
{
    const tf_dcea *dcea = findings->dcea;
    const double k = dcea->spec->k[0];
    tf_text text = {0};

    tf_text_addf(&text, "%s, with what is displaced falling %s (%s): the absolute gap in quality-adjusted life expectancy at birth "
                        "between the least and the most deprived fifth of residents ", tf_strategy_title(findings, s), falls(gradient), whose);
    add_narrows(tf_dcea_find(dcea, s, "imd", "all", k, gradient, "qale_gap_narrows", NAN), TF_TOLD, TF_TOLD_PEOPLE("years"), &text);
    tf_text_add(&text, "; the relative gap ");
    add_narrows(tf_dcea_find(dcea, s, "imd", "all", k, gradient, "qale_ratio_narrows", NAN), 100, TF_TOLD_POINTS, &text);
    tf_text_add(&text, ".");
    say(out, &text);
    tf_text_free(&text);
}

static const tf_dcea_dominance *dominance_of(const tf_dcea *dcea, size_t s, size_t against, const char *gradient, const char *criterion)
{
    for (size_t i = 0; i < dcea->n_dominances; i++) {
        const tf_dcea_dominance *of = &dcea->dominances[i];

        if (of->strategy == s && of->against == against && strcmp(of->gradient, gradient) == 0 && strcmp(of->criterion, criterion) == 0) {
            return of;
        }
    }
    return NULL;
}

/* Which has more net benefit at no aversion, the comparator having none. */
static bool is_better(const tf_dcea *dcea, size_t s, size_t against, const char *gradient)
{
    const tf_dcea_row *a = tf_dcea_find(dcea, s, "imd", "all", dcea->spec->k[0], gradient, "net", NAN);
    const tf_dcea_row *b = tf_dcea_find(dcea, against, "imd", "all", dcea->spec->k[0], gradient, "net", NAN);

    return (a != NULL ? a->value.value : 0) > (b != NULL ? b->value.value : 0);
}

/* Where the ranking turns: ": B is better at aversions below 2.3, A above". */
static void add_switches(const tf_findings *findings, size_t s, size_t against, const char *gradient, tf_text *text)
{
    const tf_dcea *dcea = findings->dcea;
    const bool better = is_better(dcea, s, against, gradient);
    size_t n = 0;

    for (size_t i = 0; i < dcea->n_switches; i++) {
        const tf_dcea_switch *of = &dcea->switches[i];

        if (of->strategy == s && of->against == against && of->kind == TF_ATKINSON && !isnan(of->aversion) &&
            strcmp(of->gradient, gradient) == 0) {
            if (n++ == 0) {
                tf_text_addf(text, ": %s is better at aversions below", tf_strategy_title(findings, better ? s : against));
            }
            tf_text_addf(text, "%s %.3g, %s above it", n > 1 ? ", then below" : "", of->aversion, tf_strategy_title(findings, (n % 2 == 1) == better ? against : s));
        }
    }
    if (n == 0) {
        tf_text_addf(text, ": %s is better at every aversion from 0 to 20", tf_strategy_title(findings, better ? s : against));
    }
}

/* Dominance first, then aversion: what holds without choosing a weight. */
static void say_dominance(const tf_findings *findings, size_t s, size_t against, tf_list *out)
{
    const tf_dcea *dcea = findings->dcea;
    const char *gradient = tf_dcea_local(dcea->spec);
    const tf_dcea_dominance *pareto = dominance_of(dcea, s, against, gradient, "pareto");
    const tf_dcea_dominance *lorenz = dominance_of(dcea, s, against, gradient, "generalised_lorenz");
    const tf_dcea_dominance *told = pareto != NULL && pareto->verdict != TF_NO_DOMINANCE ? pareto : lorenz;
    tf_text text = {0};

    if (told == NULL) {
        return;
    }
    tf_text_addf(&text, "%s against %s, in a board's view: ", tf_strategy_title(findings, s), tf_strategy_title(findings, against));
    if (told->verdict == TF_DOMINATES || told->verdict == TF_IS_DOMINATED) {
        const bool better = told->verdict == TF_DOMINATES;
        const double p = better ? told->p_dominates : told->p_dominated;

        tf_text_addf(&text, "%s", told == pareto ? (better ? "no fifth has less and some have more" : "no fifth has more and some have less")
                                                 : (better ? "better for anyone averse to inequality (generalised Lorenz dominance)"
                                                           : "worse for anyone averse to inequality (generalised Lorenz dominance)"));
        if (!isnan(p)) {
            tf_text_addf(&text, ", by the means over draws and in %.0f%% of the draws", 100 * p);
        }
    } else {
        tf_text_add(&text, told->verdict == TF_SAME ? "nobody has more or less" : "neither dominates");
        if (told->verdict != TF_SAME) {
            add_switches(findings, s, against, gradient, &text);
        }
    }
    tf_text_add(&text, ".");
    say(out, &text);
    tf_text_free(&text);
}

/* NICE's view where uptake was made equal for it. */
static void say_nice(const tf_findings *findings, size_t s, tf_list *out)
{
    const tf_dcea_view *of = tf_dcea_find_view(findings->dcea, s, "nice", "all", "qale_gap_narrows");
    tf_text text = {0};

    if (of != NULL && of->equal_uptake) {
        const tf_dcea_row row = {.value = of->value, .p_above_0 = of->p_above_0};

        tf_text_addf(&text, "%s as NICE counts it, with the same uptake in all fifths and what is displaced falling alike on all residents: the "
                            "absolute gap in quality-adjusted life expectancy ", tf_strategy_title(findings, s));
        add_narrows(&row, TF_TOLD, TF_TOLD_PEOPLE("years"), &text);
        tf_text_add(&text, ".");
    }
    say(out, &text);
    tf_text_free(&text);
}

/* The gaps with a flat opportunity cost and in a board's view. */
static void say_gaps(const tf_findings *findings, size_t s, tf_list *out)
{
    const tf_equity_spec *spec = findings->dcea->spec;

    for (size_t w = 0; w < spec->gradients.count && findings->dcea->no_qale == NULL; w++) {
        const char *gradient = spec->gradients.items[w];

        if (strcmp(gradient, "flat") == 0) {
            say_gap(findings, s, gradient, has_need(findings, s) ? "uptake as simulated" : "as NICE counts it", out);
            say_nice(findings, s, out);
        } else if (strcmp(gradient, tf_dcea_local(spec)) == 0) {
            say_gap(findings, s, gradient, "a board's view", out);
        }
    }
}

static void say_dominances(const tf_findings *findings, size_t s, tf_list *out)
{
    for (size_t other = 0; other < findings->layout->n_strategies; other++) {
        say_dominance(findings, s, other, out);
    }
}

/* Of whom NICE's view is not what it should be. */
static void say_uptake(const tf_findings *findings, tf_list *out)
{
    static const char first[] = "No strategy of the run has the same uptake in all fifths ([staircase] equal_uptake makes one), so that NICE's view takes "
                                "uptake as simulated, and need and uptake are not told apart, for: ";
    tf_text text = {0};

    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        if (is_told(findings, s) && !has_need(findings, s)) {
            tf_text_addf(&text, "%s%s", text.length > 0 ? "; " : first, tf_strategy_title(findings, s));
        }
    }
    if (text.length > 0) {
        tf_text_add(&text, ".");
    }
    say(out, &text);
    tf_text_free(&text);
}

static void say_nothing(const tf_findings *findings, tf_list *out)
{
    const tf_dcea *dcea = findings->dcea;
    tf_text text = {0};

    tf_text_addf(&text, "No net health benefit by deprivation fifth is reported: %s.",
                 dcea->unavailable != NULL ? dcea->unavailable : dcea->no_qale != NULL ? dcea->no_qale : "there is one strategy only");
    say(out, &text);
    tf_text_free(&text);
}

typedef void (*say_of)(const tf_findings *findings, size_t s, tf_list *out);
static const say_of sayings[] = {say_benefit, say_gaps, say_dominances};
enum { SAYINGS = sizeof sayings / sizeof *sayings };

void tf_say_equity(const tf_findings *findings, tf_list *out)
{
    if (!has_fifths(findings)) {
        say_nothing(findings, out);
        return;
    }
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        for (size_t k = 0; k < SAYINGS && is_told(findings, s); k++) {
            sayings[k](findings, s, out);
        }
    }
    say_uptake(findings, out);
}

/* ---- terminal ---------------------------------------------------------------------------- */

static void add_sheets(const tf_findings *findings, tf_text *out, void (*add)(const tf_sheet *sheet, tf_text *out))
{
    void (*const fills[])(const tf_findings *, tf_sheet *) = {tf_sheet_views, tf_sheet_parts, tf_sheet_splits, tf_sheet_aversion};
    const bool wanted[] = {true, has_equal_uptake(findings), true, findings->dcea->no_qale == NULL};

    for (size_t k = 0; k < sizeof fills / sizeof *fills && has_fifths(findings); k++) {
        tf_sheet sheet = {0};

        if (wanted[k]) {
            fills[k](findings, &sheet);
            add(&sheet, out);
        }
        tf_sheet_free(&sheet);
    }
}

void tf_equity_print(const tf_findings *findings, tf_text *out)
{
    tf_list sentences = {0};

    add_sheets(findings, out, tf_sheet_text);
    tf_say_equity(findings, &sentences);
    for (size_t k = 0; k < sentences.count; k++) {
        tf_wrap(out, sentences.items[k], 0);
    }
    tf_text_add(out, "\n");
    tf_list_free(&sentences);
}

/* ---- page ---------------------------------------------------------------------------------- */

static void add_paragraphs(const tf_list *sentences, tf_text *out)
{
    for (size_t k = 0; k < sentences->count; k++) {
        tf_text_add(out, "<p>");
        tf_html_add(out, sentences->items[k]);
        tf_text_add(out, "</p>\n");
    }
}

/* A plot with what it shows in words. */
static void add_figure(const tf_findings *findings, void (*plot)(const tf_findings *, tf_text *), say_of tell, tf_text *out)
{
    tf_text picture = {0};
    tf_list sentences = {0};

    plot(findings, &picture);
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        if (is_told(findings, s)) {
            tell(findings, s, &sentences);
        }
    }
    tf_text_add(out, "<figure>\n");
    tf_text_add(out, picture.length > 0 ? picture.chars : "");
    tf_text_add(out, "<figcaption>\n");
    add_paragraphs(&sentences, out);
    tf_text_add(out, "</figcaption>\n</figure>\n");
    out->failed = out->failed || picture.failed;
    tf_text_free(&picture);
    tf_list_free(&sentences);
}

void tf_equity_page(const tf_findings *findings, tf_text *out)
{
    tf_list sentences = {0};
    tf_sheet sheet = {0};

    tf_text_add(out, "<h2>Who gains and who bears the cost</h2>\n");
    if (!has_fifths(findings)) {
        say_nothing(findings, &sentences);
        add_paragraphs(&sentences, out);
        tf_list_free(&sentences);
        return;
    }
    add_sheets(findings, out, tf_sheet_html);
    add_figure(findings, tf_plot_net, say_benefit, out);
    add_figure(findings, tf_plot_equity_plane, say_gaps, out);
    add_figure(findings, tf_plot_aversion, say_dominances, out);
    say_uptake(findings, &sentences);
    add_paragraphs(&sentences, out);
    tf_list_free(&sentences);
    if (findings->dcea->n_shortfalls > 0) {
        tf_sheet_shortfall(findings, &sheet);
        tf_sheet_html(&sheet, out);
        tf_sheet_free(&sheet);
    }
}
