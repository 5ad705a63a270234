/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/lives.h"

#include "report/sheet.h"
#include "store/export.h"

#include <math.h>

static trefoil_status write_file(trefoil_context *context, const tf_lives *lives, const char *folder)
{
    trefoil_status status;
    tf_csv csv = {0};

    TRY(tf_export_folder(context, folder));
    tf_csv_header(&csv, "table,people,age,width,mx,ax,qx,lx,dx,years,total,ex,se,lo,hi,utility,qale");
    for (size_t t = 0; t < lives->count; t++) {
        for (size_t k = 0; k < lives->items[t].count; k++) {
            const tf_lifeband *b = &lives->items[t].bands[k];
            const double cells[] = {lives->items[t].people, b->age, isinf(b->width) ? (double)NAN : b->width, b->m, b->a, b->q, b->l, b->d,
                                    b->years, b->total, b->expectancy, b->error, b->expectancy - lives->quantile * b->error,
                                    b->expectancy + lives->quantile * b->error, b->utility, b->quality};

            tf_csv_text(&csv, lives->items[t].label);
            for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
                tf_csv_number(&csv, cells[c]);
            }
            tf_csv_end(&csv);
        }
    }
    return tf_export_csv(context, folder, "lifetable.csv", &csv);
out:
    return status;
}

static void show_band(tf_sheet *sheet, const tf_lives *lives, const tf_life *life, const tf_lifeband *band, bool labelled)
{
    if (labelled) {
        tf_sheet_cell(sheet, "%s, age %g", life->label, band->age);
    } else {
        tf_sheet_cell(sheet, "%g", band->age);
    }
    tf_sheet_cell(sheet, "%.6f", band->q);
    tf_sheet_cell(sheet, "%.1f", band->l);
    tf_sheet_cell(sheet, "%.2f", band->expectancy);
    if (isnan(band->error)) {
        tf_sheet_cell(sheet, "%s", "");
        tf_sheet_cell(sheet, "%s", "");
    } else {
        tf_sheet_cell(sheet, "%.2f", band->expectancy - lives->quantile * band->error);
        tf_sheet_cell(sheet, "%.2f", band->expectancy + lives->quantile * band->error);
    }
    if (life->has_utility) {
        tf_sheet_cell(sheet, "%.2f", band->quality);
    } else {
        tf_sheet_cell(sheet, "%s", "");
    }
}

/* One table in full; of several, the first age of each. */
static void show(const tf_lives *lives, tf_text *out)
{
    static const char *const header[] = {"age", "q", "l", "life\nexpectancy", "95% from", "to", "quality-\nadjusted"};
    const bool several = lives->count > 1;
    tf_sheet sheet;

    tf_sheet_begin(&sheet, 7, "Life table%s by the method '%s'", several ? "s" : "", lives->method);
    for (size_t k = 0; k < 7; k++) {
        tf_sheet_cell(&sheet, "%s", k == 0 && several ? "table" : header[k]);
    }
    for (size_t t = 0; t < lives->count; t++) {
        for (size_t k = 0; k < (several ? 1 : lives->items[t].count); k++) {
            show_band(&sheet, lives, &lives->items[t], &lives->items[t].bands[k], several);
        }
    }
    tf_sheet_text(&sheet, out);
    out->failed = out->failed || sheet.failed;
    tf_sheet_free(&sheet);
}

trefoil_status trefoil_lifetable(trefoil_context *context, const char *path, const trefoil_lifetable_options *options)
{
    trefoil_status status;
    tf_lives *lives = NULL;
    tf_text out = {0};

    tf_result(context, NULL);
    TRY(tf_lives_create(context, path, options, &lives));
    show(lives, &out);
    if (options->out) {
        TRY(write_file(context, lives, options->out));
        tf_text_addf(&out, "Written to %s/lifetable.csv\n", options->out);
    }
    if (out.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the life tables");
        goto out;
    }
    TRY(tf_result(context, out.chars));
out:
    tf_text_free(&out);
    tf_lives_destroy(lives);
    return status;
}
