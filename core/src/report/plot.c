/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/plot.h"

#include "base/memory.h"
#include "report/canvas.h"
#include "report/sheet.h"
#include "store/export.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_POINTS = 1000, FIFTHS = 5 };

/* ---- the plane ------------------------------------------------------------------------------- */

typedef struct point {
    double qaly, cost;
} point;

static point point_of(const tf_findings *findings, const tf_outcome *outcomes, size_t strategy)
{
    tf_estimand estimand = {.strategy = strategy, .measure = (size_t)findings->qaly, .discounted = TF_DISCOUNTED, .difference = true,
                            .per_person = true};
    point p = {.qaly = 1000 * tf_estimand_value(findings->layout, findings->persons, outcomes, &estimand)};

    estimand.measure = (size_t)findings->cost;
    p.cost = 1000 * tf_estimand_value(findings->layout, findings->persons, outcomes, &estimand);
    return p;
}

static size_t stride_of(const tf_findings *findings)
{
    return 1 + tf_sample_size(findings->sample) / MOST_POINTS;
}

static void plane_limits(const tf_findings *findings, tf_canvas *c)
{
    for (size_t k = 0; k < tf_sample_size(findings->sample); k += stride_of(findings)) {
        for (size_t s = 0; s < findings->layout->n_strategies; s++) {
            point p = point_of(findings, tf_sample_at(findings->sample, k), s);

            c->x0 = fmin(c->x0, p.qaly);
            c->x1 = fmax(c->x1, p.qaly);
            c->y0 = fmin(c->y0, p.cost);
            c->y1 = fmax(c->y1, p.cost);
        }
    }
    tf_widen(&c->x0, &c->x1);
    tf_widen(&c->y0, &c->y1);
}

static void threshold_line(const tf_canvas *c, const tf_findings *findings, double threshold, bool named)
{
    /* From the left or lower edge to the right or upper one, through the origin. */
    double from = fmax(c->x0, c->y0 / threshold), to = fmin(c->x1, c->y1 / threshold);
    char text[TF_PRINTED_SIZE];

    tf_line(c, tf_across(c, from), tf_down(c, threshold * from), tf_across(c, to), tf_down(c, threshold * to),
         "stroke=\"#888\" stroke-dasharray=\"5 4\"");
    if (!named) {
        return;
    }
    tf_print_digits(text, threshold, 0, findings->currency, false);
    if (to < c->x1) {
        const bool lowest = threshold == findings->cea->thresholds[0];

        tf_words(c, tf_across(c, to), TF_PLOT_TOP - 6, lowest ? "font-size=\"10\" fill=\"#666\"" : "text-anchor=\"end\" font-size=\"10\" fill=\"#666\"",
              text);
    } else {
        tf_words(c, tf_across(c, to) - 3, tf_down(c, threshold * to) - 5, "text-anchor=\"end\" font-size=\"10\" fill=\"#666\"", text);
    }
}

static void cloud(const tf_canvas *c, const tf_findings *findings, size_t strategy)
{
    const tf_option *option = &findings->cea->options[strategy];
    const size_t n = tf_sample_size(findings->sample);

    tf_text_addf(c->out, "<g fill=\"%s\" fill-opacity=\"0.35\">\n", tf_colours[strategy % TF_COLOURS]);
    for (size_t k = 0; k < n && n > 1; k += stride_of(findings)) {
        point p = point_of(findings, tf_sample_at(findings->sample, k), strategy);

        tf_text_add(c->out, "<circle");
        tf_attribute(c->out, "cx", tf_across(c, p.qaly));
        tf_attribute(c->out, "cy", tf_down(c, p.cost));
        tf_text_add(c->out, " r=\"2.5\"/>\n");
    }
    tf_text_addf(c->out, "</g>\n<circle fill=\"%s\" stroke=\"#fff\" stroke-width=\"2\" r=\"7\"", tf_colours[strategy % TF_COLOURS]);
    tf_attribute(c->out, "cx", tf_across(c, 1000 * option->more_qaly.value));
    tf_attribute(c->out, "cy", tf_down(c, 1000 * option->more_cost.value));
    tf_text_add(c->out, "/>\n");
}

void tf_plot_plane(const tf_findings *findings, tf_text *out)
{
    const size_t n = findings->layout->n_strategies, comparator = findings->layout->comparator;
    tf_canvas c = {.out = out};
    char name[160];
    size_t row = 0;

    if (n < 2) {
        return;
    }
    plane_limits(findings, &c);
    snprintf(name, sizeof name, "Cost and effect against %.120s", tf_strategy_title(findings, comparator));
    tf_begin_plot(&c, name, "Small dots are draws of the uncertain parameters, large ones their means; dashed lines are thresholds per QALY.", n - 1);
    tf_y_axis(&c, "Extra cost per 1,000 people", findings->currency);
    tf_x_axis(&c, "QALYs gained per 1,000 people (discounted)", "");
    for (size_t t = 0; t < findings->cea->n_thresholds; t++) {
        if (findings->cea->thresholds[t] > 0) {
            /* Lines lie close: the outer ones are named. */
            threshold_line(&c, findings, findings->cea->thresholds[t], t == 0 || t + 1 == findings->cea->n_thresholds);
        }
    }
    for (size_t s = 0; s < n; s++) {
        if (s != comparator) {
            cloud(&c, findings, s);
            tf_legend(&c, findings, s, row, false);
            row++;
        }
    }
    tf_text_add(out, "</svg>\n");
}

/* ---- acceptability --------------------------------------------------------------------------- */

static void curve(const tf_canvas *c, const double *p_best, size_t n, size_t strategy)
{
    char x[TF_NUMBER_SIZE], y[TF_NUMBER_SIZE];

    tf_text_addf(c->out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\" stroke-dasharray=\"%s\" points=\"",
                 tf_colours[strategy % TF_COLOURS], tf_dashes[strategy % TF_COLOURS]);
    for (size_t k = 0; k < TF_CURVE; k++) {
        tf_print_number(round(100 * tf_across(c, c->x1 * (double)k / (TF_CURVE - 1))) / 100, x);
        tf_print_number(round(100 * tf_down(c, p_best[k * n + strategy])) / 100, y);
        tf_text_addf(c->out, "%s,%s ", x, y);
    }
    tf_text_add(c->out, "\"/>\n");
}

void tf_plot_acceptability(const tf_findings *findings, tf_text *out)
{
    const tf_cea *cea = findings->cea;
    const size_t n = cea->n_options;
    tf_canvas c = {.out = out, .y1 = 1, .x1 = findings->curve_end};

    if (n < 2 || cea->n_draws < 2) {
        return;
    }
    tf_begin_plot(&c, "Probability of being the best choice", "Share of draws in which each strategy has the highest net monetary benefit.", n);
    tf_y_axis(&c, "Probability", "");
    tf_x_axis(&c, "Threshold per QALY", findings->currency);
    for (size_t t = 0; t < cea->n_thresholds; t++) {
        double at = tf_across(&c, cea->thresholds[t]);

        tf_line(&c, at, TF_PLOT_TOP, at, TF_PLOT_TOP + c.height, "stroke=\"#888\" stroke-dasharray=\"5 4\"");
    }
    for (size_t s = 0; s < n; s++) {
        curve(&c, findings->acceptability, n, s);
        tf_legend(&c, findings, s, s, true);
    }
    tf_text_add(out, "</svg>\n");
}

/* ---- fifths ---------------------------------------------------------------------------------- */

static tf_estimate gain(const tf_findings *findings, size_t group, size_t strategy)
{
    const tf_estimand estimand = {.strategy = strategy, .group = group, .measure = (size_t)findings->qaly, .discounted = TF_DISCOUNTED,
                                  .difference = true, .per_person = true};
    tf_estimate e = tf_finding(findings, &estimand);

    return (tf_estimate){1000 * e.value, 1000 * e.mcse, 1000 * e.lo, 1000 * e.hi};
}

/* The groups of the fifths; false when one is missing. */
static bool find_fifths(const tf_findings *findings, size_t groups[FIFTHS])
{
    for (int k = 0; k < FIFTHS; k++) {
        char name[2] = {(char)('1' + k), '\0'};
        ptrdiff_t group = tf_find_group(findings->layout, "imd", name);

        if (group < 0 || isnan(gain(findings, (size_t)group, 0).value)) {
            return false;
        }
        groups[k] = (size_t)group;
    }
    return true;
}

static void bar(const tf_canvas *c, double from, double width, const tf_estimate *e, size_t strategy)
{
    double zero = tf_down(c, 0), end = tf_down(c, e->value), middle = from + width / 2;

    tf_text_addf(c->out, "<rect fill=\"%s\"", tf_colours[strategy % TF_COLOURS]);
    tf_attribute(c->out, "x", from);
    tf_attribute(c->out, "y", fmin(zero, end));
    tf_attribute(c->out, "width", width);
    tf_attribute(c->out, "height", fabs(zero - end));
    tf_text_add(c->out, "/>\n");
    if (!isnan(e->lo)) {
        tf_line(c, middle, tf_down(c, e->lo), middle, tf_down(c, e->hi), "stroke=\"#222\"");
        tf_line(c, middle - 4, tf_down(c, e->lo), middle + 4, tf_down(c, e->lo), "stroke=\"#222\"");
        tf_line(c, middle - 4, tf_down(c, e->hi), middle + 4, tf_down(c, e->hi), "stroke=\"#222\"");
    }
}

static void bars_of(const tf_canvas *c, const tf_findings *findings, size_t group, int fifth)
{
    static const char *const names[FIFTHS] = {"1 (most deprived)", "2", "3", "4", "5 (least deprived)"};
    const size_t n = findings->layout->n_strategies;
    const double room = c->width / FIFTHS, width = room * 0.7 / (double)(n - 1);
    size_t row = 0;

    for (size_t s = 0; s < n; s++) {
        if (s != findings->layout->comparator) {
            tf_estimate e = gain(findings, group, s);

            bar(c, TF_PLOT_LEFT + room * fifth + room * 0.15 + width * (double)row, width * 0.92, &e, s);
            row++;
        }
    }
    tf_words(c, TF_PLOT_LEFT + room * (fifth + 0.5), TF_PLOT_TOP + c->height + 18, "text-anchor=\"middle\"", names[fifth]);
}

void tf_plot_fifths(const tf_findings *findings, tf_text *out)
{
    const size_t n = findings->layout->n_strategies;
    size_t groups[FIFTHS], row = 0;
    tf_canvas c = {.out = out, .x1 = 1};
    char name[200];

    if (n < 2 || !find_fifths(findings, groups)) {
        return;
    }
    for (size_t s = 0; s < n; s++) {
        for (int k = 0; k < FIFTHS; k++) {
            tf_estimate e = gain(findings, groups[k], s);

            c.y0 = fmin(c.y0, isnan(e.lo) ? e.value : fmin(e.lo, e.value));
            c.y1 = fmax(c.y1, isnan(e.hi) ? e.value : fmax(e.hi, e.value));
        }
    }
    tf_widen(&c.y0, &c.y1);
    snprintf(name, sizeof name, "Who gains: QALYs gained per 1,000 people against %.100s", tf_strategy_title(findings, findings->layout->comparator));
    tf_begin_plot(&c, name, "Bars are means, lines their 95% intervals.", n - 1);
    tf_y_axis(&c, "QALYs gained per 1,000 people", "");
    for (int k = 0; k < FIFTHS; k++) {
        bars_of(&c, findings, groups[k], k);
    }
    tf_words(&c, TF_PLOT_LEFT + c.width / 2, TF_PLOT_TOP + c.height + 38, "text-anchor=\"middle\"", "Fifth of areas by deprivation (IMD)");
    for (size_t s = 0; s < n; s++) {
        if (s != findings->layout->comparator) {
            tf_legend(&c, findings, s, row, false);
            row++;
        }
    }
    tf_text_add(out, "</svg>\n");
}

/* ---- tornado --------------------------------------------------------------------------------- */

enum { NAMES = 264, BAR = 22, MOST_BARS = 15, PANEL_TOP = 44, PANEL_BOTTOM = 84, NAME_SIZE = 40 };

/* One strategy's field; `y` is its upper edge in the picture. */
typedef struct panel {
    tf_canvas c;
    const tf_sensitivity *of;
    const size_t *order;
    size_t strategy, n;
    double y;
} panel;

static double panel_across(const panel *p, double nmb)
{
    return NAMES + (nmb - p->c.x0) / (p->c.x1 - p->c.x0) * (TF_PLOT_WIDTH - NAMES - TF_PLOT_RIGHT);
}

static void panel_limits(panel *p)
{
    double room;

    p->c.x0 = p->c.x1 = p->of->base[p->strategy];
    for (size_t k = 0; k < p->n; k++) {
        const tf_bar *bar = &p->of->bars[p->order[k]];

        p->c.x0 = fmin(p->c.x0, fmin(bar->nmb_low[p->strategy], bar->nmb_high[p->strategy]));
        p->c.x1 = fmax(p->c.x1, fmax(bar->nmb_low[p->strategy], bar->nmb_high[p->strategy]));
    }
    room = p->c.x1 > p->c.x0 ? (p->c.x1 - p->c.x0) * 0.06 : 1;
    p->c.x0 -= room;
    p->c.x1 += room;
}

static void panel_axis(const panel *p, const char *currency)
{
    const double step = tf_step_of(p->c.x1 - p->c.x0), top = p->y + PANEL_TOP, end = top + BAR * (double)p->n;
    char text[TF_PRINTED_SIZE];

    for (double k = ceil(p->c.x0 / step); k * step <= p->c.x1 + 1e-9 * step; k++) {
        double at = panel_across(p, k * step);

        tf_line(&p->c, at, top, at, end, k == 0 ? "stroke=\"#444\" stroke-dasharray=\"5 4\"" : "stroke=\"#e3e3e3\"");
        tf_axis_label(text, k * step, step, currency);
        tf_words(&p->c, at, end + 18, "text-anchor=\"middle\"", text);
    }
    tf_words(&p->c, (NAMES + TF_PLOT_WIDTH - TF_PLOT_RIGHT) / 2.0, end + 38, "text-anchor=\"middle\"", "Incremental net monetary benefit per person");
}

/* From the base case to one end. */
static void half_bar(const panel *p, double y, double nmb, size_t colour)
{
    double base = panel_across(p, p->of->base[p->strategy]), end = panel_across(p, nmb);

    tf_text_addf(p->c.out, "<rect fill=\"%s\" height=\"%d\"", tf_colours[colour], BAR - 8);
    tf_attribute(p->c.out, "x", fmin(base, end));
    tf_attribute(p->c.out, "y", y);
    tf_attribute(p->c.out, "width", fabs(end - base));
    tf_text_add(p->c.out, "/>\n");
}

/* At most `most` bytes of a text, cut between characters; `cut` has room for NAME_SIZE + 4. */
static const char *cut_name(const char *whole, size_t most, char *cut)
{
    size_t n = most;

    if (strlen(whole) <= most) {
        return whole;
    }
    while (n > 0 && ((unsigned char)whole[n] & 0xc0) == 0x80) {
        n--;
    }
    snprintf(cut, NAME_SIZE + 4, "%.*s…", (int)n, whole);
    return cut;
}

/* The label, or the name when there is none. */
static void bar_name(const panel *p, const tf_bar *bar, double y)
{
    char cut[NAME_SIZE + 4];

    tf_words(&p->c, NAMES - 8, y + 11, "text-anchor=\"end\" font-size=\"11\"",
          cut_name(bar->label != NULL && *bar->label != '\0' ? bar->label : bar->name, NAME_SIZE, cut));
}

static void panel_legend(const panel *p)
{
    static const char *const ends[] = {"at the 2.5 percentile", "at the 97.5 percentile"};
    const double y = p->y + PANEL_TOP + BAR * (double)p->n + 60;

    for (size_t k = 0; k < 2; k++) {
        char drawn[64];
        double x = NAMES + 170.0 * (double)k;

        snprintf(drawn, sizeof drawn, "stroke=\"%s\" stroke-width=\"10\"", tf_colours[k == 0 ? 0 : 4]);
        tf_line(&p->c, x, y, x + 10, y, drawn);
        tf_words(&p->c, x + 16, y + 4, "", ends[k]);
    }
}

static void draw_panel(panel *p, const char *currency)
{
    const double top = p->y + PANEL_TOP;
    const char *const *titles = (const char *const *)p->of->layout->strategy_titles;
    char text[2 * NAME_SIZE + 24], cut[2][NAME_SIZE + 4];

    panel_limits(p);
    snprintf(text, sizeof text, "%s against %s", cut_name(titles[p->strategy], NAME_SIZE, cut[0]),
             cut_name(titles[p->of->layout->comparator], NAME_SIZE, cut[1]));
    tf_words(&p->c, 16, p->y + 26, "font-size=\"14\" font-weight=\"600\"", text);
    panel_axis(p, currency);
    for (size_t k = 0; k < p->n; k++) {
        const tf_bar *bar = &p->of->bars[p->order[k]];
        double y = top + BAR * (double)k + 4, low = bar->nmb_low[p->strategy], high = bar->nmb_high[p->strategy];
        /* Both ends on one side of the base case: the longer part below. */
        bool low_first = fabs(low - p->of->base[p->strategy]) >= fabs(high - p->of->base[p->strategy]);

        half_bar(p, y, low_first ? low : high, low_first ? 0 : 4);
        half_bar(p, y, low_first ? high : low, low_first ? 4 : 0);
        bar_name(p, bar, y);
    }
    tf_line(&p->c, panel_across(p, p->of->base[p->strategy]), top, panel_across(p, p->of->base[p->strategy]), top + BAR * (double)p->n,
         "stroke=\"#222\"");
    panel_legend(p);
}

void tf_plot_tornado(const tf_sensitivity *sensitivity, const char *currency, tf_text *out)
{
    const size_t strategies = sensitivity->layout->n_strategies, n = sensitivity->n_bars < MOST_BARS ? sensitivity->n_bars : MOST_BARS;
    size_t *order = TF_NEW(size_t, sensitivity->n_bars);
    panel p = {.c = {.out = out}, .of = sensitivity, .order = order, .n = n};
    const double each = PANEL_TOP + PANEL_BOTTOM + BAR * (double)n, height = each * (double)(strategies - 1);
    char before[TF_PRINTED_SIZE];

    if (order == NULL || n == 0 || strategies < 2) {
        out->failed = out->failed || order == NULL;
        tf_free(order);
        return;
    }
    tf_print_currency(before, currency);
    tf_text_addf(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"system-ui, 'Segoe UI', "
                 "Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#222\">\n<title>One parameter at a time</title>\n<desc>Net benefit with "
                 "one parameter at both ends of its 95%% interval; the solid line is the base case, a dashed one no net benefit.</desc>\n"
                 "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
                 TF_PLOT_WIDTH, (int)height, TF_PLOT_WIDTH, (int)height);
    for (size_t s = 0; s < strategies; s++) {
        if (s != sensitivity->layout->comparator) {
            p.strategy = s;
            tf_tornado_order(sensitivity, s, order);
            draw_panel(&p, before);
            p.y += each;
        }
    }
    tf_text_add(out, "</svg>\n");
    tf_free(order);
}
