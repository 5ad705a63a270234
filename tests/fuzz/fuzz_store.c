/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of a results store. */
#include "fuzz.h"
#include "fuzz_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read_store(fuzz_file(0, "run.sqlite", data, size));
    return 0;
}
