/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model file, read for a scenario of a few people alike; one without mistakes is also lived through by people
 * and followed as a cohort, formulas and all. */
#include "fuzz.h"

#include "engine/run.h"

#include <gsl/gsl_errno.h>
#include <string.h>

static const char scenario[] = "[scenario]\ntitle = A model of somebody's\n"
                               "[population]\ncohort = 20\nages = 60-60\npersons = 20\n"
                               "[model]\nfile = models/model.ini\n"
                               "[time]\nhorizon = 3 years\n"
                               "[economics]\nprice_year = 2023/24\n"
                               "[uncertainty]\ndraws = 2\n"
                               "[strategy usual_care]\ntitle = Usual care\n"
                               "[strategy again]\ntitle = The same\n";

static trefoil_status take(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    (void)self;
    (void)context;
    (void)layout;
    (void)draw;
    return TREFOIL_DONE;
}

static void live(const char *path, const char *const *sets, size_t n_sets)
{
    trefoil_context *context = fuzz_context();
    tf_run *run = NULL;
    trefoil_status status = tf_run_open(context, path, sets, n_sets, NULL, &run);

    if (status == TREFOIL_DONE)
        status = tf_run_go(context, run, (tf_run_options){.threads = 1, .block = 8}, (tf_sink){.take = take});
    tf_run_close(run);
    fuzz_conclude(context, status, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const expected[] = {"run:mode=expected"};
    const char *path = fuzz_file(0, "scenario.ini", scenario, sizeof scenario - 1);

    gsl_set_error_handler_off();
    (void)fuzz_file(1, "models/model.ini", data, size);
    live(path, NULL, 0);
    live(path, expected, 1);
    return 0;
}
