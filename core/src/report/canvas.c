/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/canvas.h"

#include "report/sheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const tf_colours[TF_COLOURS] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#333333"};
const char *const tf_dashes[TF_COLOURS] = {"none", "7 3", "2 3", "9 3 2 3", "4 4", "1 2", "12 4"};
double tf_across(const tf_canvas *c, double x)
{
    return TF_PLOT_LEFT + (x - c->x0) / (c->x1 - c->x0) * c->width;
}

double tf_down(const tf_canvas *c, double y)
{
    return TF_PLOT_TOP + (c->y1 - y) / (c->y1 - c->y0) * c->height;
}

void tf_attribute(tf_text *out, const char *name, double value)
{
    char digits[TF_NUMBER_SIZE];

    tf_print_number(round(value * 100) / 100 + 0.0, digits);
    tf_text_addf(out, " %s=\"%s\"", name, digits);
}

void tf_line(const tf_canvas *c, double x0, double y0, double x1, double y1, const char *style)
{
    tf_text_add(c->out, "<line");
    tf_attribute(c->out, "x1", x0);
    tf_attribute(c->out, "y1", y0);
    tf_attribute(c->out, "x2", x1);
    tf_attribute(c->out, "y2", y1);
    tf_text_addf(c->out, " %s/>\n", style);
}

void tf_words(const tf_canvas *c, double x, double y, const char *style, const char *text)
{
    tf_text_add(c->out, "<text");
    tf_attribute(c->out, "x", x);
    tf_attribute(c->out, "y", y);
    tf_text_addf(c->out, " %s>", style);
    tf_html_add(c->out, text);
    tf_text_add(c->out, "</text>\n");
}

double tf_step_of(double range)
{
    double rough = range / 6, power = pow(10, floor(log10(rough))), lead = rough / power;

    return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

void tf_widen(double *lo, double *hi)
{
    double room;

    *lo = fmin(*lo, 0);
    *hi = fmax(*hi, 0);
    room = *hi > *lo ? (*hi - *lo) * 0.06 : 1;
    *lo -= *lo < 0 || *hi == 0 ? room : 0;
    *hi += *hi > 0 || *lo == 0 ? room : 0;
}

void tf_begin_plot(tf_canvas *c, const char *title, const char *description, size_t n_legends)
{
    double height = TF_PLOT_HEIGHT + 8 + TF_PLOT_LEGEND * (double)n_legends;

    c->width = TF_PLOT_WIDTH - TF_PLOT_LEFT - TF_PLOT_RIGHT;
    c->height = TF_PLOT_HEIGHT - TF_PLOT_TOP - TF_PLOT_BOTTOM;
    tf_text_addf(c->out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"system-ui, 'Segoe UI', "
                 "Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#222\">\n<title>",
                 TF_PLOT_WIDTH, (int)height);
    tf_html_add(c->out, title);
    tf_text_add(c->out, "</title>\n<desc>");
    tf_html_add(c->out, description);
    tf_text_addf(c->out, "</desc>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", TF_PLOT_WIDTH, (int)height);
    tf_words(c, TF_PLOT_LEFT, 22, "font-size=\"14\" font-weight=\"600\"", title);
}

void tf_axis_label(char text[TF_PRINTED_SIZE], double value, double step, const char *before)
{
    if (step >= 1e6 && value != 0) { /* there is room for some ten characters */
        tf_print_digits(text, value / 1e6, 0, before, false);
        snprintf(text + strlen(text), TF_PRINTED_SIZE - strlen(text), "m");
    } else {
        tf_print_digits(text, value, step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9), before, false);
    }
}

void tf_y_axis(const tf_canvas *c, const char *name, const char *before)
{
    const double step = tf_step_of(c->y1 - c->y0);
    char text[TF_PRINTED_SIZE];

    for (double k = ceil(c->y0 / step); k * step <= c->y1 + 1e-9 * step; k++) {
        double at = tf_down(c, k * step);

        tf_line(c, TF_PLOT_LEFT, at, TF_PLOT_LEFT + c->width, at, k == 0 ? "stroke=\"#444\"" : "stroke=\"#e3e3e3\"");
        tf_axis_label(text, k * step, step, before);
        tf_words(c, TF_PLOT_LEFT - 8, at + 4, "text-anchor=\"end\"", text);
    }
    tf_text_addf(c->out, "<text transform=\"translate(16 %d) rotate(-90)\" text-anchor=\"middle\">", (int)(TF_PLOT_TOP + c->height / 2));
    tf_html_add(c->out, name);
    tf_text_add(c->out, "</text>\n");
}

void tf_x_axis(const tf_canvas *c, const char *name, const char *before)
{
    const double step = tf_step_of(c->x1 - c->x0);
    char text[TF_PRINTED_SIZE];

    for (double k = ceil(c->x0 / step); k * step <= c->x1 + 1e-9 * step; k++) {
        double at = tf_across(c, k * step);

        tf_line(c, at, TF_PLOT_TOP, at, TF_PLOT_TOP + c->height, k == 0 ? "stroke=\"#444\"" : "stroke=\"#e3e3e3\"");
        tf_axis_label(text, k * step, step, before);
        tf_words(c, at, TF_PLOT_TOP + c->height + 18, "text-anchor=\"middle\"", text);
    }
    tf_words(c, TF_PLOT_LEFT + c->width / 2, TF_PLOT_TOP + c->height + 38, "text-anchor=\"middle\"", name);
}

void tf_legend(const tf_canvas *c, const tf_findings *findings, size_t strategy, size_t row, bool dashed)
{
    double y = TF_PLOT_HEIGHT + 8 + TF_PLOT_LEGEND * (double)row;
    char drawn[96];

    snprintf(drawn, sizeof drawn, "stroke=\"%s\" stroke-width=\"%d\" stroke-dasharray=\"%s\"", tf_colours[strategy % TF_COLOURS],
             dashed ? 3 : 10, dashed ? tf_dashes[strategy % TF_COLOURS] : "none");
    tf_line(c, TF_PLOT_LEFT + (dashed ? 0 : 12), y, TF_PLOT_LEFT + (dashed ? 34 : 22), y, drawn);
    tf_words(c, TF_PLOT_LEFT + 44, y + 4, "", tf_strategy_title(findings, strategy));
}
