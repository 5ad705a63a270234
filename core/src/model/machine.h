/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lua behind a small door: compile an expression once, load it anywhere, run it over a range of cells.  The state holds
 * nothing but a few functions of numbers, its memory is bounded and comes through base/memory.h, and no error leaves it
 * but as a status.  A machine is used by one thread at a time; compiled code may be shared.
 */
#ifndef TF_MODEL_MACHINE_H
#define TF_MODEL_MACHINE_H

#include "base/status.h"

typedef struct tf_machine tf_machine;

/* Compiled code; `bytes` is owned, free with tf_free. */
typedef struct tf_code {
    void *bytes;
    size_t size, capacity;
} tf_code;

/* What a chunk is given at cell k: values[k * stride]; stride 0: the same at every cell. */
typedef struct tf_argument {
    const double *values;
    size_t stride;
} tf_argument;

enum { TF_WHY = 256, TF_MAX_ARGUMENTS = 150 };

/* The functions an expression may call, NULL-terminated. */
extern const char *const tf_machine_functions[];

/* NULL if memory is exhausted. */
tf_machine *tf_machine_create(void) TF_MUST_USE;
void tf_machine_destroy(tf_machine *machine);

/* Compile a chunk of Lua.  TREFOIL_USER_MISTAKE with the reason in `why` (TF_WHY bytes) if it is not Lua;
 * TREFOIL_NO_MEMORY. */
trefoil_status tf_machine_compile(tf_machine *machine, const char *chunk, tf_code *code, char *why) TF_MUST_USE;

/* Code that was run once stays loaded in the machine: it must outlive it. */
/* values[k] = code(arguments at k) for from <= k < to.  A run-time error is TREFOIL_USER_MISTAKE, with the cell in `at`
 * and the reason in `why` (TF_WHY bytes); TREFOIL_NO_MEMORY. */
trefoil_status tf_machine_run(tf_machine *machine, const tf_code *code, const tf_argument *arguments, size_t n,
                              size_t from, size_t to, double *values, size_t *at, char *why) TF_MUST_USE;

#endif
