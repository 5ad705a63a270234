/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A deal file, as `trefoil check` reads it. */
#include "fuzz.h"

#include "deal/terms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(0, "deal.ini", data, size);
    trefoil_context *context = fuzz_context();
    tf_deal *deal = NULL;
    trefoil_status status = tf_deal_read(context, path, NULL, &deal);

    tf_deal_destroy(deal);
    fuzz_conclude(context, status, 0);
    return 0;
}
