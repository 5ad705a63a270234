/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the harnesses share.  A harness hands bytes to a reader as the file the reader would open, and holds it to its promise: it answers; with
 * a reason when it refuses, without one when it accepts, and never with a defect of its own.  Crashes, leaks and hangs are libFuzzer's to find.
 */
#ifndef TREFOIL_FUZZ_H
#define TREFOIL_FUZZ_H

#include "trefoil/trefoil.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A folder of this process, in memory, with tables of the repository in it for models to name (fuzz.c); it goes with the process. */
const char *fuzz_folder(void);
/* Write a file of that folder (`name` may lie in a sub-folder); its path, which lives until the next call of the same `slot`. */
enum { FUZZ_SLOTS = 4 };
const char *fuzz_file(int slot, const char *name, const void *bytes, size_t size);

/* The context of one input, and its end: traps when the promise is broken; with TREFOIL_FUZZ_TELL in the environment it
 * says how every input ended.  `may_accept_with_reasons` for readers that return what they have beside the
 * mistakes they found. */
trefoil_context *fuzz_context(void);
void fuzz_conclude(trefoil_context *context, trefoil_status status, int may_accept_with_reasons);

#endif
