/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/lifetable.h"

#include <math.h>

static trefoil_status refuse(trefoil_context *context, double age, const char *why)
{
    return tf_fail(context, TREFOIL_NUMBER_FAILED, "life table, age %g: %s", age, why);
}

/* Widths from the next age where they are not given. */
static trefoil_status find_widths(trefoil_context *context, tf_lifeband *bands, size_t n, const tf_lifetable_method *method)
{
    bool open = method->closing == TF_CLOSE_BY_RATE || method->closing == TF_CLOSE_BY_EXPECTANCY;

    for (size_t k = 0; k < n; k++) {
        if (k + 1 < n) {
            bands[k].width = bands[k + 1].age - bands[k].age;
        } else if (open) {
            bands[k].width = INFINITY;
        }
        if (!(bands[k].width > 0)) {
            return refuse(context, bands[k].age, k + 1 < n ? "the next age is not above it" : "how wide is the last band?");
        }
        bands[k].a = bands[k].age == 0 && bands[k].width == 1 ? method->infant : 0.5;
    }
    return TREFOIL_DONE;
}

/* m and q of a band from what is given of it. */
static trefoil_status find_risk(trefoil_context *context, tf_lifeband *band, bool last, const tf_lifetable_method *method)
{
    const double n = band->width;

    if (isnan(band->m) && band->population > 0 && band->deaths >= 0) {
        band->m = band->deaths / band->population;
    }
    if (isnan(band->q) && !isnan(band->l) && !isnan(band->d)) {
        band->q = band->d / band->l;
    }
    if (isnan(band->m) && !isnan(band->q)) {
        band->m = band->q / (n * (1 - (1 - band->a) * band->q));
    }
    if (isnan(band->q)) {
        band->q = n * band->m / (1 + n * (1 - band->a) * band->m);
    }
    if (last && method->closing != TF_CLOSE_BY_END) {
        band->q = 1;
    }
    if (isnan(band->m) && isnan(band->q)) {
        return refuse(context, band->age, "neither a death rate, deaths and population, q, nor l and d");
    }
    if (band->m < 0 || isnan(band->q) || !(band->q >= 0) || !(band->q <= 1)) {
        return refuse(context, band->age, "the rate is below 0, or the probability of death is not from 0 to 1");
    }
    return TREFOIL_DONE;
}

static trefoil_status find_years(trefoil_context *context, tf_lifeband *band, const tf_lifeband *next, const tf_lifetable_method *method)
{
    double left = next ? next->l : band->l - band->d;

    if (next || method->closing == TF_CLOSE_BY_END) {
        band->years = band->width * (left + band->a * band->d);
        return TREFOIL_DONE;
    }
    switch (method->closing) {
    case TF_CLOSE_BY_RATE:
        if (!(band->m > 0)) {
            return refuse(context, band->age, "nobody dies in the last band, so it cannot be closed by its rate");
        }
        band->years = band->l / band->m;
        break;
    case TF_CLOSE_BY_EXPECTANCY:
        if (!(method->last > 0)) {
            return refuse(context, band->age, "the expectancy that closes the table is missing");
        }
        band->years = band->l * method->last;
        break;
    default:
        band->years = band->width * band->a * band->l;
    }
    return TREFOIL_DONE;
}

/* Variance of the expectancy, from the last band back; NAN from the last band on whose deaths are not known. */
static void find_errors(tf_lifeband *bands, size_t n, const tf_lifetable_method *method)
{
    double sum = 0;

    for (size_t k = n; k-- > 0;) {
        tf_lifeband *band = &bands[k];
        double variance = band->q > 0 ? band->q * band->q * (1 - band->q) / band->deaths : 0;
        double reach = k + 1 < n ? (1 - band->a) * band->width + bands[k + 1].expectancy : 0;

        if (isnan(band->deaths)) {
            variance = NAN;
        }
        if (k + 1 == n) {
            sum = method->closing == TF_CLOSE_BY_RATE ? band->l * band->l / (band->deaths * band->m * band->m) : 0 * variance;
        } else {
            sum += band->l * band->l * reach * reach * variance;
        }
        band->error = sqrt(sum) / band->l;
    }
}

static void find_quality(tf_lifeband *bands, size_t n, double discount)
{
    for (size_t k = 0; k < n; k++) {
        double sum = 0;

        for (size_t j = k; j < n; j++) {
            sum += bands[j].utility * bands[j].years * pow(1 + discount, bands[k].age - bands[j].age);
        }
        bands[k].quality = sum / bands[k].l;
    }
}

trefoil_status tf_lifetable_make(trefoil_context *context, tf_lifeband *bands, size_t n, const tf_lifetable_method *method)
{
    trefoil_status status = TREFOIL_DONE;
    double total = 0;

    if (n == 0) {
        return tf_fail(context, TREFOIL_NUMBER_FAILED, "a life table has no ages");
    }
    TRY(find_widths(context, bands, n, method));
    for (size_t k = 0; k < n; k++) {
        TRY(find_risk(context, &bands[k], k + 1 == n, method));
    }
    for (size_t k = 0; k < n; k++) {
        if (isnan(bands[k].l)) {
            bands[k].l = k == 0 ? method->radix : bands[k - 1].l * (1 - bands[k - 1].q);
        }
        if (!(bands[k].l > 0)) {
            status = refuse(context, bands[k].age, "nobody is alive");
            goto out;
        }
        if (isnan(bands[k].d)) {
            bands[k].d = bands[k].l * bands[k].q;
        }
    }
    for (size_t k = n; k-- > 0;) {
        TRY(find_years(context, &bands[k], k + 1 < n ? &bands[k + 1] : NULL, method));
        total += bands[k].years;
        bands[k].total = total;
        bands[k].expectancy = total / bands[k].l;
    }
    find_errors(bands, n, method);
    find_quality(bands, n, method->discount);
out:
    return status;
}

double tf_norm_ara_brazier(bool male, double age)
{
    return 0.9508566 + (male ? 0.0212126 : 0) - 0.0002587 * age - 0.0000332 * age * age;
}
