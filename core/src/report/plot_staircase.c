/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/plot.h"

#include "report/canvas.h"
#include "report/sheets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PER = TF_TOLD };

/* The stairs of one outcome, from need down to the total. */
typedef struct waterfall {
    const tf_stair *stairs[TF_STAIR_TOTAL + 1];
    size_t n;
} waterfall;

static waterfall fall_of(const tf_findings *findings, const char *outcome)
{
    waterfall w = {.n = 0};

    for (int step = 0; step <= TF_STAIR_TOTAL; step++) {
        const tf_stair *stair =
            tf_staircase_find(findings->staircase, outcome, TF_STAIR_GAP, findings->scenario->staircase.shapley, step);

        if (stair != NULL) {
            w.stairs[w.n++] = stair;
        }
    }
    return w;
}

/* Where stair k begins: on top of those before it; the total stands on the ground. */
static double foot(const waterfall *w, size_t k)
{
    double y = 0;

    for (size_t i = 0; i < k && w->stairs[k]->step != TF_STAIR_TOTAL; i++) {
        y += PER * w->stairs[i]->value.value;
    }
    return y;
}

static void find_limits(const waterfall *w, tf_canvas *c)
{
    for (size_t k = 0; k < w->n; k++) {
        const tf_estimate *e = &w->stairs[k]->value;
        double from = foot(w, k), ends[] = {from, from + PER * e->value, from + PER * e->lo, from + PER * e->hi};

        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
            c->y0 = fmin(c->y0, ends[i]); /* an interval that is not defined is NAN, which fmin leaves out */
            c->y1 = fmax(c->y1, ends[i]);
        }
    }
    tf_widen(&c->y0, &c->y1);
}

static const char *colour_of(const tf_stair *stair)
{
    if (stair->step >= TF_STAIR_REST) {
        return stair->step == TF_STAIR_REST ? "#bbbbbb" : "#777777";
    }
    return tf_colours[stair->value.value < 0 ? 0 : 1];
}

static void whisker(const tf_canvas *c, double x, double from, const tf_estimate *e)
{
    double lo = tf_down(c, from + PER * e->lo), hi = tf_down(c, from + PER * e->hi);

    if (isnan(e->lo)) {
        return;
    }
    for (int k = 0; k < 2; k++) { /* dark on a light rim, so that it stands out from bars and paper alike */
        const char *style = k == 0 ? "stroke=\"#fff\" stroke-width=\"4\"" : "stroke=\"#222\" stroke-width=\"1.6\"";

        tf_line(c, x, lo, x, hi, style);
        tf_line(c, x - 4, lo, x + 4, lo, style);
        tf_line(c, x - 4, hi, x + 4, hi, style);
    }
}

static void draw_stair(const tf_canvas *c, const waterfall *w, size_t k)
{
    const tf_stair *stair = w->stairs[k];
    double room = c->width / (double)w->n, x = TF_PLOT_LEFT + room * (double)k, from = foot(w, k), to = from + PER * stair->value.value;
    char text[TF_PRINTED_SIZE], *space;

    tf_text_addf(c->out, "<rect fill=\"%s\"", colour_of(stair));
    tf_attribute(c->out, "x", x + room * 0.15);
    tf_attribute(c->out, "y", fmin(tf_down(c, from), tf_down(c, to)));
    tf_attribute(c->out, "width", room * 0.7);
    tf_attribute(c->out, "height", fabs(tf_down(c, from) - tf_down(c, to)));
    tf_text_add(c->out, "/>\n");
    if (k + 1 < w->n) {
        tf_line(c, x + room * 0.15, tf_down(c, to), x + room * 1.85, tf_down(c, to), "stroke=\"#888\" stroke-dasharray=\"2 3\"");
    }
    whisker(c, x + room * 0.5, from, &stair->value);
    snprintf(text, sizeof text, "%s", stair->step == TF_STAIR_REST ? "rest" : stair->step == TF_STAIR_TOTAL ? "total" : tf_stair_name(stair->step));
    space = strchr(text, '_');
    if (space != NULL) {
        *space = '\0';
        tf_words(c, x + room * 0.5, TF_PLOT_TOP + c->height + 33, "text-anchor=\"middle\"", space + 1);
    }
    tf_words(c, x + room * 0.5, TF_PLOT_TOP + c->height + 18, "text-anchor=\"middle\"", text);
    tf_print_digits(text, PER * stair->value.value, tf_effect_digits(PER * stair->value.value, PER * stair->value.mcse), "", true);
    tf_words(c, x + room * 0.53, tf_down(c, fmax(from, to)) - 5, "font-size=\"11\" fill=\"#444\"", text);
}

void tf_plot_staircase(const tf_findings *findings, tf_text *out)
{
    const char *outcome = NULL, *next;
    tf_canvas c = {.out = out, .x1 = 1};
    waterfall w;
    char name[200];

    for (size_t k = 0; (next = tf_staircase_outcome(findings, k)) != NULL; k++) {
        outcome = k == 0 || strcmp(next, "net_qaly") == 0 ? next : outcome;
    }
    w = outcome != NULL ? fall_of(findings, outcome) : (waterfall){.n = 0};
    if (w.n == 0 || isnan(w.stairs[w.n - 1]->value.value)) {
        return;
    }
    find_limits(&w, &c);
    snprintf(name, sizeof name, "Where inequality enters: %.120s", tf_strategy_title(findings, findings->staircase->strategy));
    tf_begin_plot(&c, name, "Each bar is what a step adds to the change in the gap between the least and the most deprived fifth; up favours the "
                            "least deprived. Lines are 95% intervals.", 0);
    snprintf(name, sizeof name, "Change in the gap in %s per 1,000 %s", strcmp(outcome, "net_qaly") == 0 ? "net QALYs" :
             strcmp(outcome, "qaly") == 0 ? "QALYs" : outcome, strcmp(outcome, "net_qaly") == 0 ? "residents" : "people");
    tf_y_axis(&c, name, "");
    for (size_t k = 0; k < w.n; k++) {
        draw_stair(&c, &w, k);
    }
    tf_text_add(out, "</svg>\n");
}
