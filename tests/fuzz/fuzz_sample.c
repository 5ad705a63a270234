/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sample of a probabilistic analysis, strategy,draw,cost,effect and parameters, as `trefoil analyse` takes it. */
#include "fuzz.h"

#include "analysis/inquiry.h"

#include <gsl/gsl_errno.h>
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const double thresholds[] = {20000, 30000};
    static const char *const sets[] = {"each"};
    const char *path = fuzz_file(0, "sample.csv", data, size);
    trefoil_context *context = fuzz_context();
    tf_psa *psa = NULL;
    tf_inquiry *inquiry = NULL;
    trefoil_status status = tf_psa_read(context, path, NULL, &psa);

    gsl_set_error_handler_off();
    if (status == TREFOIL_DONE) {
        tf_questions questions = {thresholds, 2, sets, psa->n_parameters > 0 && psa->n_parameters < 4, NULL};

        status = tf_inquiry_create(context, psa, &questions, &inquiry);
    }
    tf_inquiry_destroy(inquiry);
    tf_psa_destroy(psa);
    fuzz_conclude(context, status, 0);
    return 0;
}
