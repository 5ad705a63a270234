/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plots draw on: a field with axes inside an SVG picture, and the strategies' colours.  Nothing here says a word of its own. */
#ifndef TF_REPORT_CANVAS_H
#define TF_REPORT_CANVAS_H

#include "report/findings.h"

enum {
    TF_PLOT_WIDTH = 680, TF_PLOT_HEIGHT = 400, TF_PLOT_LEFT = 86, TF_PLOT_RIGHT = 24, TF_PLOT_TOP = 44, TF_PLOT_BOTTOM = 52,
    TF_PLOT_LEGEND = 20, TF_COLOURS = 7
};

/* Okabe and Ito's colours, which the colour-blind tell apart; dashes tell them apart in print. */
extern const char *const tf_colours[TF_COLOURS];
extern const char *const tf_dashes[TF_COLOURS];

typedef struct tf_canvas {
    tf_text *out;
    double x0, x1, y0, y1; /* the data's limits */
    double width, height;  /* of the field, in the picture's units */
} tf_canvas;

/* Where a value stands in the picture. */
double tf_across(const tf_canvas *c, double x);
double tf_down(const tf_canvas *c, double y);

/* Add `name="number"` with a point in any locale. */
void tf_attribute(tf_text *out, const char *name, double value);
/* `style` is further attributes. */
void tf_line(const tf_canvas *c, double x0, double y0, double x1, double y1, const char *style);
void tf_words(const tf_canvas *c, double x, double y, const char *style, const char *text);

/* A round step that cuts `range` into about six. */
double tf_step_of(double range);
/* Limits that contain 0 and every value, with a little room. */
void tf_widen(double *lo, double *hi);
/* The picture with its title, room for lines of legend below, and the size of the field. */
void tf_begin_plot(tf_canvas *c, const char *title, const char *description, size_t n_legends);
/* A number of an axis with this step; `before` is its currency.  Steps of a million or more are told in millions: "£300m". */
void tf_axis_label(char text[TF_PRINTED_SIZE], double value, double step, const char *before);
void tf_y_axis(const tf_canvas *c, const char *name, const char *before);
void tf_x_axis(const tf_canvas *c, const char *name, const char *before);
/* One line below the field: the strategy's colour as a patch, or as its curve is drawn. */
void tf_legend(const tf_canvas *c, const tf_findings *findings, size_t strategy, size_t row, bool dashed);

#endif
