/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A temporary folder for tests that read files, and what a context says. */
#ifndef TESTS_UNIT_FOLDER_H
#define TESTS_UNIT_FOLDER_H

#include "trefoil/trefoil.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder_path[64];

static inline void folder_make(void)
{
    strcpy(folder_path, "/tmp/trefoil-test-XXXXXX");
    if (!mkdtemp(folder_path))
        abort();
}

/* The path of `name` in the folder; valid until the next call. */
static inline const char *folder_file(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder_path, name);
    return path;
}

static inline const char *folder_write_bytes(const char *name, const void *bytes, size_t n)
{
    const char *path = folder_file(name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, n, file) != n || fclose(file) != 0)
        abort();
    return path;
}

static inline const char *folder_write(const char *name, const char *text)
{
    return folder_write_bytes(name, text, strlen(text));
}

static inline void folder_forget(const char *name)
{
    unlink(folder_file(name));
}

static inline void folder_remove(void)
{
    rmdir(folder_path);
}

/* Does a reason hold all of `words`? */
static inline bool told(const trefoil_context *context, const char *words)
{
    for (size_t k = 0; k < trefoil_context_reasons(context); k++)
        if (strstr(trefoil_context_reason(context, k), words))
            return true;
    return false;
}

static inline void print_reasons(const trefoil_context *context)
{
    for (size_t k = 0; k < trefoil_context_reasons(context); k++)
        fprintf(stderr, "    %s\n", trefoil_context_reason(context, k));
}

#endif
