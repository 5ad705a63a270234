/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random/quantiles.h"

#include "base/memory.h"
#include "random/maths.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { PANELS = 16, DEGREE = 12, NODES = DEGREE + 1 };
static const double reach = 4.0, tolerance = 1e-11; /* panels cover normal scores of -reach to reach */

typedef struct panel {
    bool good;
    double coefficients[NODES]; /* of Chebyshev polynomials */
} panel;

struct tf_quantiles {
    tf_distribution distribution;
    bool tabled;
    panel panels[PANELS];
};

static double evaluate(const panel *p, double x)
{
    double b1 = 0.0, b2 = 0.0;

    for (int k = DEGREE; k > 0; k--) {
        double b = 2.0 * x * b1 - b2 + p->coefficients[k];
        b2 = b1;
        b1 = b;
    }
    return x * b1 - b2 + p->coefficients[0];
}

static double exact(const tf_distribution *distribution, int k, double x)
{
    double width = 2.0 * reach / PANELS, z = -reach + width * (k + 0.5 * (x + 1.0));

    return tf_distribution_quantile(distribution, gsl_cdf_ugaussian_P(z));
}

/* Fit at the Chebyshev nodes of panel k, and try it between them. */
static void fit(const tf_distribution *distribution, int k, panel *p)
{
    const double pi = 3.14159265358979323846;
    double values[NODES];

    for (int i = 0; i < NODES; i++) {
        values[i] = exact(distribution, k, cos(pi * (i + 0.5) / NODES));
    }
    for (int j = 0; j < NODES; j++) {
        double sum = 0.0;

        for (int i = 0; i < NODES; i++) {
            sum += values[i] * cos(pi * j * (i + 0.5) / NODES);
        }
        p->coefficients[j] = sum * (j == 0 ? 1.0 : 2.0) / NODES;
    }
    p->good = true;
    for (int i = 0; i < 5; i++) {
        double x = cos(pi * (i + 0.25) / 5.0), truth = exact(distribution, k, x);

        p->good = p->good && fabs(evaluate(p, x) - truth) <= tolerance * fabs(truth);
    }
}

tf_quantiles *tf_quantiles_create(const tf_distribution *distribution)
{
    tf_quantiles *made = TF_NEW(tf_quantiles, 1);

    if (made == NULL) {
        return NULL;
    }
    made->distribution = *distribution;
    made->tabled = (distribution->family == TF_BETA || distribution->family == TF_GAMMA) && isinf(distribution->min) && isinf(distribution->max);
    for (int k = 0; made->tabled && k < PANELS; k++) {
        fit(distribution, k, &made->panels[k]);
    }
    return made;
}

void tf_quantiles_destroy(tf_quantiles *quantiles)
{
    tf_free(quantiles);
}

double tf_quantiles_at(const tf_quantiles *quantiles, double u)
{
    double at;

    if (quantiles->tabled && u > 1e-4 && u < 1.0 - 1e-4) {
        at = (tf_normal_quantile(u) + reach) * (PANELS / (2.0 * reach));
        int k = (int)at;
        if (quantiles->panels[k].good) {
            return evaluate(&quantiles->panels[k], 2.0 * (at - k) - 1.0);
        }
    }
    return tf_distribution_quantile(&quantiles->distribution, u);
}
