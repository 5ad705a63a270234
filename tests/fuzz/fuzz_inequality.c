/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Anybody's table for `trefoil inequality` and `trefoil lifetable`, with the columns named as they are looked for. */
#include "fuzz.h"

#include <gsl/gsl_errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const trefoil_inequality_options plain = {0}, full = {.outcome = "outcome", .rank = "rank", .people = "people", .error = "error",
                                                                 .part = "part", .bounds = "0,1000", .bad = true};
    static const trefoil_lifetable_options life = {0}, ohid = {.method = "ohid", .discount = "0.035"};
    const char *path = fuzz_file(0, "table.csv", data, size);
    trefoil_context *context = fuzz_context();

    gsl_set_error_handler_off();
    fuzz_conclude(context, trefoil_inequality(context, path, size % 2 ? &plain : &full), 0);
    context = fuzz_context();
    fuzz_conclude(context, trefoil_lifetable(context, path, size % 4 < 2 ? &life : &ohid), 0);
    return 0;
}
