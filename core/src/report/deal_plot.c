/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/deal_views.h"

#include "report/canvas.h"

#include <math.h>
#include <stdio.h>

enum { ROW = 20 };

static void bar(const tf_canvas *c, double x0, double x1, double y0, double y1, const char *style)
{
    tf_text_add(c->out, "<rect");
    tf_attribute(c->out, "x", tf_across(c, x0));
    tf_attribute(c->out, "y", tf_down(c, fmax(y0, y1)));
    tf_attribute(c->out, "width", tf_across(c, x1) - tf_across(c, x0));
    tf_attribute(c->out, "height", fabs(tf_down(c, y0) - tf_down(c, y1)));
    tf_text_addf(c->out, " %s/>\n", style);
}

static void patch(const tf_canvas *c, size_t row, const char *style, const char *words)
{
    const double y = TF_PLOT_HEIGHT + 8 + ROW * (double)row;

    tf_text_add(c->out, "<rect");
    tf_attribute(c->out, "x", TF_PLOT_LEFT + 12);
    tf_attribute(c->out, "y", y - 6);
    tf_text_addf(c->out, " width=\"12\" height=\"12\" %s/>\n", style);
    tf_words(c, TF_PLOT_LEFT + 36, y + 4, "", words);
}

static void axis(const tf_canvas *c, const char *name, const char *before, double divisor)
{
    tf_canvas scaled = *c;

    scaled.y0 /= divisor;
    scaled.y1 /= divisor;
    tf_y_axis(&scaled, name, before);
}

/* Pounds as they are, in thousands or in millions. */
static double unit_of(double largest, const char **word)
{
    *word = largest >= 2e6 ? " million" : largest >= 2e3 ? " thousand" : "";
    return largest >= 2e6 ? 1e6 : largest >= 2e3 ? 1e3 : 1;
}

/* ---- money by party and year --------------------------------------------------------------- */

void tf_plot_flows(const tf_deals *deals, const tf_told *told, tf_text *out)
{
    const tf_deal *deal = told->deal;
    size_t shown[TF_COLOURS], n = 0;
    tf_canvas c = {.out = out, .x1 = (double)deal->cash_years};
    const char *word;
    char name[80];
    double divisor;

    for (size_t p = 0; p < deal->parties.count; p++) {
        for (size_t t = 0; told->answers->parties[p].involved && t < deal->cash_years; t++) {
            c.y0 = fmin(c.y0, told->answers->parties[p].flow[TF_VIEW_AFTER][t].value);
            c.y1 = fmax(c.y1, told->answers->parties[p].flow[TF_VIEW_AFTER][t].value);
        }
    }
    for (size_t p = 0; p < deal->parties.count && n < TF_COLOURS; p++) {
        double most = 0;

        for (size_t t = 0; told->answers->parties[p].involved && t < deal->cash_years; t++) {
            most = fmax(most, fabs(told->answers->parties[p].flow[TF_VIEW_AFTER][t].value));
        }
        if (most >= 0.005 * fmax(-c.y0, c.y1) && most > 0) { /* what could not be seen is in the table */
            shown[n++] = p;
        }
    }
    if (n == 0 || (c.y0 == 0 && c.y1 == 0)) {
        return;
    }
    tf_widen(&c.y0, &c.y1);
    divisor = unit_of(fmax(-c.y0, c.y1), &word);
    snprintf(name, sizeof name, "Received less paid,%s%s a year", word, word[0] != '\0' ? "s" : "");
    tf_begin_plot(&c, "Money by party and year, after the deal",
                  "Expected cash of each party in each year, not discounted; above 0 is received.", n);
    axis(&c, name, deals->currency, divisor);
    for (size_t t = 0; t < deal->cash_years; t++) {
        char year[32];

        for (size_t k = 0; k < n; k++) {
            char style[64];
            const double wide = 0.84 / (double)n, x = (double)t + 0.08 + wide * (double)k;

            snprintf(style, sizeof style, "fill=\"%s\"", tf_colours[k]);
            bar(&c, x, x + wide, 0, told->answers->parties[shown[k]].flow[TF_VIEW_AFTER][t].value, style);
        }
        tf_year_text(told, t, year, sizeof year);
        if (deal->cash_years <= 10 || t % 5 == 0) {
            tf_words(&c, tf_across(&c, (double)t + 0.5), TF_PLOT_TOP + c.height + 18, "text-anchor=\"middle\"", year);
        }
    }
    tf_words(&c, TF_PLOT_LEFT + c.width / 2, TF_PLOT_TOP + c.height + 38, "text-anchor=\"middle\"", "Year of cash");
    for (size_t k = 0; k < n; k++) {
        char style[64];

        snprintf(style, sizeof style, "fill=\"%s\"", tf_colours[k]);
        patch(&c, k, style, deal->parties.items[shown[k]].title);
    }
    tf_text_add(out, "</svg>\n");
}

/* ---- what is paid by what is true ---------------------------------------------------------- */

static void curve(const tf_canvas *c, const tf_term_answer *answer, size_t colour)
{
    char x[TF_NUMBER_SIZE], y[TF_NUMBER_SIZE];

    tf_text_addf(c->out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\" stroke-dasharray=\"%s\" points=\"",
                 tf_colours[colour], tf_dashes[colour]);
    for (size_t k = 0; k < answer->n_curve; k++) {
        tf_print_number(round(100 * tf_across(c, answer->curve[k].truth)) / 100, x);
        tf_print_number(round(100 * tf_down(c, answer->curve[k].paid)) / 100, y);
        tf_text_addf(c->out, "%s,%s ", x, y);
    }
    tf_text_add(c->out, "\"/>\n");
}

void tf_plot_curve(const tf_deals *deals, const tf_told *told, tf_text *out)
{
    const tf_deal *deal = told->deal;
    tf_canvas c = {.out = out};
    const char *word;
    double divisor;
    char name[80], drawn[96];
    size_t n = 0;

    for (size_t k = 0; k < deal->n_terms; k++) {
        const tf_term_answer *a = &told->answers->terms[k];

        n += a->n_curve > 0;
        for (size_t p = 0; p < a->n_curve; p++) {
            c.x0 = fmin(c.x0, a->curve[p].truth);
            c.x1 = fmax(c.x1, a->curve[p].truth);
            c.y0 = fmin(c.y0, a->curve[p].paid);
            c.y1 = fmax(c.y1, a->curve[p].paid);
        }
    }
    if (n == 0 || c.x0 == c.x1) {
        return;
    }
    tf_widen(&c.y0, &c.y1);
    divisor = unit_of(fmax(-c.y0, c.y1), &word);
    snprintf(name, sizeof name, "Expected payment,%s%s", word, word[0] != '\0' ? "s" : "");
    tf_begin_plot(
        &c, "What is paid, by what is true",
        "Expected payment of each term over the deal if its metric truly had the value across; dashed: what was promised.", n);
    axis(&c, name, deals->currency, divisor);
    tf_x_axis(&c, "True value of the metric", "");
    n = 0;
    for (size_t k = 0; k < deal->n_terms; k++) {
        const tf_term_answer *a = &told->answers->terms[k];
        const double y = TF_PLOT_HEIGHT + 8 + ROW * (double)n;

        if (a->n_curve == 0) {
            continue;
        }
        tf_line(&c, tf_across(&c, a->promise.truth), TF_PLOT_TOP, tf_across(&c, a->promise.truth), TF_PLOT_TOP + c.height,
                "stroke=\"#888\" stroke-dasharray=\"5 4\"");
        curve(&c, a, n % TF_COLOURS);
        snprintf(drawn, sizeof drawn, "stroke=\"%s\" stroke-width=\"3\" stroke-dasharray=\"%s\"", tf_colours[n % TF_COLOURS],
                 tf_dashes[n % TF_COLOURS]);
        tf_line(&c, TF_PLOT_LEFT, y, TF_PLOT_LEFT + 34, y, drawn);
        tf_words(&c, TF_PLOT_LEFT + 44, y + 4, "", deal->routes[deal->terms[k].route].title);
        n++;
    }
    tf_text_add(out, "</svg>\n");
}

/* ---- the zone of possible agreement -------------------------------------------------------- */

void tf_plot_zone(const tf_deals *deals, const tf_told *told, tf_text *out)
{
    const tf_deal *deal = told->deal;
    tf_canvas c = {.out = out};
    double half[2];

    (void)deals;
    if (told->answers->zone == NULL) {
        return;
    }
    for (int side = 0; side < 2; side++) {
        half[side] = (deal->zone_to[side] - deal->zone_from[side]) / (TF_ZONE - 1) / 2;
    }
    c.x0 = deal->zone_from[0] - half[0];
    c.x1 = deal->zone_to[0] + half[0];
    c.y0 = deal->zone_from[1] - half[1];
    c.y1 = deal->zone_to[1] + half[1];
    tf_begin_plot(&c, "Zone of possible agreement", "Filled: combinations of the two terms by which nobody who must agree loses.", 2);
    for (size_t k = 0; k < TF_ZONE * TF_ZONE; k++) {
        const tf_bargain *cell = &told->answers->zone[k];

        bar(&c, cell->value[0] - half[0], cell->value[0] + half[0], cell->value[1] - half[1], cell->value[1] + half[1],
            cell->acceptable ? "fill=\"#009e73\" stroke=\"#fff\"" : "fill=\"#eceff1\" stroke=\"#fff\"");
    }
    tf_y_axis(&c, deal->zone.items[1], "");
    tf_x_axis(&c, deal->zone.items[0], "");
    patch(&c, 0, "fill=\"#009e73\"", "everybody who must agree gains or loses nothing");
    patch(&c, 1, "fill=\"#eceff1\" stroke=\"#98a2ab\"", "somebody loses");
    tf_text_add(out, "</svg>\n");
}

/* ---- net health benefit of fifths ---------------------------------------------------------- */

void tf_plot_nhb(const tf_deals *deals, const tf_told *told, tf_text *out)
{
    static const char *const labels[] = {"1, most deprived", "2", "3", "4", "5, least deprived"};
    const tf_answers *a = told->answers;
    tf_canvas c = {.out = out, .x1 = TF_FIFTHS};

    (void)deals;
    if (!a->fifths) {
        return;
    }
    for (int q = 1; q <= TF_FIFTHS; q++) {
        c.y0 = fmin(
            c.y0, fmin(a->nhb[TF_VIEW_BEFORE][q].value,
                       fmin(a->nhb[TF_VIEW_AFTER][q].value, isnan(a->nhb[TF_VIEW_AFTER][q].lo) ? 0 : a->nhb[TF_VIEW_AFTER][q].lo)));
        c.y1 = fmax(
            c.y1, fmax(a->nhb[TF_VIEW_BEFORE][q].value,
                       fmax(a->nhb[TF_VIEW_AFTER][q].value, isnan(a->nhb[TF_VIEW_AFTER][q].hi) ? 0 : a->nhb[TF_VIEW_AFTER][q].hi)));
    }
    tf_widen(&c.y0, &c.y1);
    tf_begin_plot(
        &c, "Net health benefit by fifth of deprivation",
        "QALYs gained less the fifth's share of what the health service's money would have given; lines are 95% intervals.", 2);
    tf_y_axis(&c, "QALYs", "");
    for (int q = 1; q <= TF_FIFTHS; q++) {
        const tf_estimate *after = &a->nhb[TF_VIEW_AFTER][q];

        bar(&c, q - 0.9, q - 0.52, 0, a->nhb[TF_VIEW_BEFORE][q].value, "fill=\"#98a2ab\"");
        bar(&c, q - 0.48, q - 0.1, 0, after->value, "fill=\"#0072b2\"");
        if (!isnan(after->lo)) {
            tf_line(&c, tf_across(&c, q - 0.29), tf_down(&c, after->lo), tf_across(&c, q - 0.29), tf_down(&c, after->hi),
                    "stroke=\"#1d2329\" stroke-width=\"1.5\"");
        }
        tf_words(&c, tf_across(&c, q - 0.5), TF_PLOT_TOP + c.height + 18, "text-anchor=\"middle\"", labels[q - 1]);
    }
    patch(&c, 0, "fill=\"#98a2ab\"", "before what the deal moves");
    patch(&c, 1, "fill=\"#0072b2\"", "after");
    tf_text_add(out, "</svg>\n");
}
