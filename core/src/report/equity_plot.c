/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/equity_views.h"

#include "report/canvas.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_POINTS = 1000, PARTS = 3 };

static bool is_drawn(const tf_findings *findings, size_t strategy)
{
    return strategy != findings->layout->comparator && !tf_dcea_is_equalised(findings->layout->strategies[strategy]);
}

static size_t n_drawn(const tf_findings *findings)
{
    size_t n = 0;

    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        n += is_drawn(findings, s);
    }
    return n;
}

static bool is_ready(const tf_findings *findings)
{
    return findings->dcea->unavailable == NULL && findings->dcea->n_views > 0 && n_drawn(findings) > 0;
}

static void legends(const tf_canvas *c, const tf_findings *findings, bool dashed)
{
    size_t row = 0;

    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        if (is_drawn(findings, s)) {
            tf_legend(c, findings, s, row++, dashed);
        }
    }
}

/* A number of a board's view, of all residents or of a fifth. */
static const tf_dcea_row *row_of(const tf_findings *findings, size_t s, const char *group, const char *measure, double aversion)
{
    const tf_equity_spec *spec = findings->dcea->spec;
    const bool gain = strcmp(measure, "gain") == 0;

    return tf_dcea_find(findings->dcea, s, "imd", group, gain ? (double)NAN : spec->k[0], gain ? NULL : tf_dcea_local(spec), measure,
                        aversion);
}

/* ---- plane --------------------------------------------------------------------- */

/* Where a strategy's draws begin in the arrays of the plane. */
static size_t draws_of(const tf_findings *findings, size_t s)
{
    const tf_equity_spec *spec = findings->dcea->spec;
    ptrdiff_t w = tf_list_find(&spec->gradients, tf_dcea_local(spec));

    return (s * spec->gradients.count + (w < 0 ? 0 : (size_t)w)) * findings->dcea->n_draws;
}

static void cloud(const tf_canvas *c, const tf_findings *findings, size_t s)
{
    const tf_dcea *dcea = findings->dcea;
    const tf_dcea_row *net = row_of(findings, s, "all", "net", NAN), *slope = row_of(findings, s, "all", "slope_narrows", NAN);
    const size_t at = draws_of(findings, s);

    tf_text_addf(c->out, "<g fill=\"%s\" fill-opacity=\"0.35\">\n", tf_colours[s % TF_COLOURS]);
    for (size_t d = 0; d < dcea->n_draws && dcea->n_draws > 1; d += 1 + dcea->n_draws / MOST_POINTS) {
        tf_text_add(c->out, "<circle");
        tf_attribute(c->out, "cx", tf_across(c, dcea->net[at + d]));
        tf_attribute(c->out, "cy", tf_down(c, dcea->slope[at + d]));
        tf_text_add(c->out, " r=\"2.5\"/>\n");
    }
    tf_text_add(c->out, "</g>\n");
    if (net != NULL && slope != NULL) {
        tf_text_addf(c->out, "<circle fill=\"%s\" stroke=\"#fff\" stroke-width=\"2\" r=\"7\"", tf_colours[s % TF_COLOURS]);
        tf_attribute(c->out, "cx", tf_across(c, net->value.value));
        tf_attribute(c->out, "cy", tf_down(c, slope->value.value));
        tf_text_add(c->out, "/>\n");
    }
}

/* What each quarter of the plane means, in its corner. */
static void corners(const tf_canvas *c)
{
    static const char *const names[] = {"less health, less inequality", "more health, less inequality", "less health, more inequality",
                                        "more health, more inequality"};

    for (size_t k = 0; k < 4; k++) {
        const bool right = k % 2 != 0, low = k > 1;
        const double wide = right ? TF_PLOT_LEFT + c->width - tf_across(c, 0) : tf_across(c, 0) - TF_PLOT_LEFT;
        const double high = low ? TF_PLOT_TOP + c->height - tf_down(c, 0) : tf_down(c, 0) - TF_PLOT_TOP;

        if (wide < 160 || high < 24) {
            continue;
        }
        tf_words(c, right ? TF_PLOT_LEFT + c->width - 6 : TF_PLOT_LEFT + 6, low ? TF_PLOT_TOP + c->height - 8 : TF_PLOT_TOP + 14,
                 right ? "text-anchor=\"end\" font-size=\"10\" fill=\"#666\"" : "font-size=\"10\" fill=\"#666\"", names[k]);
    }
}

void tf_plot_equity_plane(const tf_findings *findings, tf_text *out)
{
    tf_canvas c = {.out = out};
    char k[TF_PRINTED_SIZE], name[280];

    if (!is_ready(findings)) {
        return;
    }
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        for (size_t d = 0; is_drawn(findings, s) && d < findings->dcea->n_draws; d++) {
            const double x = findings->dcea->net[draws_of(findings, s) + d], y = findings->dcea->slope[draws_of(findings, s) + d];

            c.x0 = fmin(c.x0, x);
            c.x1 = fmax(c.x1, x);
            c.y0 = fmin(c.y0, y);
            c.y1 = fmax(c.y1, y);
        }
    }
    tf_widen(&c.x0, &c.x1);
    tf_widen(&c.y0, &c.y1);
    tf_print_digits(k, findings->dcea->spec->k[0], 0, findings->currency, false);
    snprintf(name, sizeof name, "Health and equality: %s per QALY, gradient %.40s", k, tf_dcea_local(findings->dcea->spec));
    tf_begin_plot(&c, name, "Small dots are draws of the uncertain parameters, large ones their means.", n_drawn(findings));
    tf_y_axis(&c, "QALYs by which the slope narrows", "");
    snprintf(name, sizeof name, "Net health benefit of all residents against %.100s, QALYs",
             tf_strategy_title(findings, findings->layout->comparator));
    tf_x_axis(&c, name, "");
    corners(&c);
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        if (is_drawn(findings, s)) {
            cloud(&c, findings, s);
        }
    }
    legends(&c, findings, false);
    tf_text_add(out, "</svg>\n");
}

/* ---- aversion -------------------------------------------------------------------- */

static const tf_dcea_row *at_aversion(const tf_findings *findings, size_t s, size_t k)
{
    return row_of(findings, s, "all", "weighted_atkinson", tf_dcea_aversion(TF_ATKINSON, k));
}

static void add_point(const tf_canvas *c, double x, double y)
{
    char digits[2][TF_NUMBER_SIZE];

    tf_print_number(round(100 * tf_across(c, x)) / 100, digits[0]);
    tf_print_number(round(100 * tf_down(c, y)) / 100, digits[1]);
    tf_text_addf(c->out, "%s,%s ", digits[0], digits[1]);
}

/* The interval as a band, and the mean as a line. */
static void curve(const tf_canvas *c, const tf_findings *findings, size_t s)
{
    if (!isnan(at_aversion(findings, s, 0)->value.lo)) {
        tf_text_addf(c->out, "<polygon fill=\"%s\" fill-opacity=\"0.12\" points=\"", tf_colours[s % TF_COLOURS]);
        for (size_t k = 0; k < TF_AVERSIONS; k++) {
            add_point(c, (double)k, at_aversion(findings, s, k)->value.lo);
        }
        for (size_t k = TF_AVERSIONS; k-- > 0;) {
            add_point(c, (double)k, at_aversion(findings, s, k)->value.hi);
        }
        tf_text_add(c->out, "\"/>\n");
    }
    tf_text_addf(c->out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\" stroke-dasharray=\"%s\" points=\"",
                 tf_colours[s % TF_COLOURS], tf_dashes[s % TF_COLOURS]);
    for (size_t k = 0; k < TF_AVERSIONS; k++) {
        add_point(c, (double)k, at_aversion(findings, s, k)->value.value);
    }
    tf_text_add(c->out, "\"/>\n");
}

static bool has_curves(const tf_findings *findings)
{
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        for (size_t k = 0; is_drawn(findings, s) && k < TF_AVERSIONS; k++) {
            if (at_aversion(findings, s, k) == NULL) {
                return false;
            }
        }
    }
    return is_ready(findings);
}

void tf_plot_aversion(const tf_findings *findings, tf_text *out)
{
    tf_canvas c = {.out = out, .x1 = TF_AVERSIONS - 1};
    char price[TF_PRINTED_SIZE], name[200];

    if (!has_curves(findings)) {
        return;
    }
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        for (size_t k = 0; is_drawn(findings, s) && k < TF_AVERSIONS; k++) {
            const tf_estimate *e = &at_aversion(findings, s, k)->value;

            c.y0 = fmin(c.y0, isnan(e->lo) ? e->value : fmin(e->lo, e->value));
            c.y1 = fmax(c.y1, isnan(e->hi) ? e->value : fmax(e->hi, e->value));
        }
    }
    tf_widen(&c.y0, &c.y1);
    tf_print_digits(price, findings->dcea->spec->k[0], 0, findings->currency, false);
    snprintf(name, sizeof name, "Inequality weighed in: %s per QALY, gradient %.40s", price, tf_dcea_local(findings->dcea->spec));
    tf_begin_plot(&c, name,
                  "Lines are means, bands 95% intervals over draws; where lines cross, the better choice turns.", n_drawn(findings));
    tf_y_axis(&c, "Equity-weighted net health benefit, QALYs", "");
    tf_x_axis(&c, "Aversion to inequality (Atkinson); 0: a QALY is a QALY", "");
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        if (is_drawn(findings, s)) {
            curve(&c, findings, s);
        }
    }
    legends(&c, findings, true);
    tf_text_add(out, "</svg>\n");
}

/* ---- gain, displaced, net ----------------------------------------------------------- */

static const char *const fifths[TF_FIFTHS] = {"1", "2", "3", "4", "5"};
static const char *const parts[PARTS] = {"gain", "displaced", "net"};
static const char *const opacity[PARTS] = {"0.35", "0.15", "1"};

/* A part as it is drawn: what is displaced hangs down. */
static bool part_of(const tf_findings *findings, size_t s, size_t fifth, size_t part, tf_estimate *e)
{
    const tf_dcea_row *row = row_of(findings, s, fifths[fifth], parts[part], NAN);

    if (row == NULL) {
        return false;
    }
    *e = row->value;
    if (part == 1) {
        *e = (tf_estimate){-row->value.value, row->value.mcse, -row->value.hi, -row->value.lo};
    }
    return true;
}

static void bar(const tf_canvas *c, double from, double width, const tf_estimate *e, size_t s, size_t part)
{
    const double zero = tf_down(c, 0), end = tf_down(c, e->value), middle = from + width / 2;

    tf_text_addf(c->out, "<rect fill=\"%s\" fill-opacity=\"%s\" stroke=\"%s\"", tf_colours[s % TF_COLOURS], opacity[part],
                 tf_colours[s % TF_COLOURS]);
    tf_attribute(c->out, "x", from);
    tf_attribute(c->out, "y", fmin(zero, end));
    tf_attribute(c->out, "width", width);
    tf_attribute(c->out, "height", fabs(zero - end));
    tf_text_add(c->out, "/>\n");
    if (!isnan(e->lo)) {
        tf_line(c, middle, tf_down(c, e->lo), middle, tf_down(c, e->hi), "stroke=\"#222\"");
    }
}

static void bars(const tf_canvas *c, const tf_findings *findings, size_t fifth)
{
    static const char *const names[TF_FIFTHS] = {"1 (most deprived)", "2", "3", "4", "5 (least deprived)"};
    const size_t n = n_drawn(findings);
    const double room = c->width / TF_FIFTHS, each = room * 0.84 / (double)n, width = each * 0.9 / PARTS;
    size_t row = 0;

    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        for (size_t part = 0; is_drawn(findings, s) && part < PARTS; part++) {
            tf_estimate e;

            if (part_of(findings, s, fifth, part, &e)) {
                bar(c, TF_PLOT_LEFT + room * (double)fifth + room * 0.08 + each * (double)row + width * (double)part, width * 0.9, &e, s, part);
            }
        }
        row += is_drawn(findings, s);
    }
    tf_words(c, TF_PLOT_LEFT + room * ((double)fifth + 0.5), TF_PLOT_TOP + c->height + 18, "text-anchor=\"middle\"", names[fifth]);
}

void tf_plot_net(const tf_findings *findings, tf_text *out)
{
    tf_canvas c = {.out = out, .x1 = 1};
    char k[TF_PRINTED_SIZE], name[200];

    if (!is_ready(findings)) {
        return;
    }
    for (size_t s = 0; s < findings->layout->n_strategies; s++) {
        for (size_t g = 0; is_drawn(findings, s) && g < TF_FIFTHS * PARTS; g++) {
            tf_estimate e;

            if (part_of(findings, s, g / PARTS, g % PARTS, &e)) {
                c.y0 = fmin(c.y0, isnan(e.lo) ? e.value : fmin(e.lo, e.value));
                c.y1 = fmax(c.y1, isnan(e.hi) ? e.value : fmax(e.hi, e.value));
            }
        }
    }
    tf_widen(&c.y0, &c.y1);
    tf_print_digits(k, findings->dcea->spec->k[0], 0, findings->currency, false);
    snprintf(name, sizeof name, "Who gains and who bears: %s per QALY, gradient %.40s", k, tf_dcea_local(findings->dcea->spec));
    tf_begin_plot(&c, name, "For each strategy three bars: health gained, health displaced (downwards), and net. Lines are 95% intervals.",
                  n_drawn(findings) + 1);
    tf_y_axis(&c, "QALYs", "");
    for (size_t g = 0; g < TF_FIFTHS; g++) {
        bars(&c, findings, g);
    }
    tf_words(&c, TF_PLOT_LEFT + c.width / 2, TF_PLOT_TOP + c.height + 38, "text-anchor=\"middle\"", "Fifth of areas by deprivation (IMD)");
    legends(&c, findings, false);
    tf_words(&c, TF_PLOT_LEFT + 44, TF_PLOT_HEIGHT + 12 + TF_PLOT_LEGEND * (double)n_drawn(findings), "fill=\"#666\"",
             "Three bars each: health gained, health displaced elsewhere, and net (solid)");
    tf_text_add(out, "</svg>\n");
}
