/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 512 };

static char folder[PATH];

static void die(const char *why)
{
    perror(why);
    abort();
}

static void clean(void)
{
    char command[PATH + 16];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        perror(folder);
}

static void in_folder(const char *name)
{
    char path[2 * PATH];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (mkdir(path, 0700) != 0)
        die(path);
}

/* `name` in the folder is `source` of the repository. */
static void link_to(const char *source, const char *name)
{
    char from[2 * PATH], to[2 * PATH];

    snprintf(from, sizeof from, "%s/%s", TF_SOURCE_DIR, source);
    snprintf(to, sizeof to, "%s/%s", folder, name);
    if (symlink(from, to) != 0)
        die(to);
}

const char *fuzz_folder(void)
{
    if (folder[0] != '\0')
        return folder;
    snprintf(folder, sizeof folder, "%s/trefoil-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(folder) == NULL)
        die(folder);
    atexit(clean);
    in_folder("models");
    in_folder("people");
    link_to("scenarios", "scenarios");
    link_to("scenarios/england", "england");
    link_to("tests/cli/broken/parts/deaths.csv", "models/deaths.csv");
    link_to("tests/cli/broken/parts/evidence.csv", "models/evidence.csv");
    link_to("tests/validation/sicksicker_intro/evidence.csv", "models/sicker.csv");
    link_to("tests/validation/sicksicker_intro/weights_prose.csv", "models/weights_prose.csv");
    return folder;
}

const char *fuzz_file(int slot, const char *name, const void *bytes, size_t size)
{
    static char paths[FUZZ_SLOTS][2 * PATH];
    FILE *file;

    snprintf(paths[slot], sizeof paths[slot], "%s/%s", fuzz_folder(), name);
    file = fopen(paths[slot], "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        die(paths[slot]);
    return paths[slot];
}

trefoil_context *fuzz_context(void)
{
    trefoil_context *context = trefoil_context_create(NULL);

    if (context == NULL)
        die("no context");
    return context;
}

static void tell(const trefoil_context *context, trefoil_status status)
{
    fprintf(stderr, "status %d with %zu reasons\n", (int)status, trefoil_context_reasons(context));
    for (size_t k = 0; k < trefoil_context_reasons(context); k++)
        fprintf(stderr, "    %s\n", trefoil_context_reason(context, k));
}

void fuzz_conclude(trefoil_context *context, trefoil_status status, int may_accept_with_reasons)
{
    size_t reasons = trefoil_context_reasons(context);

    if (getenv("TREFOIL_FUZZ_TELL") != NULL)
        tell(context, status);
    if (status == TREFOIL_BUG || (status != TREFOIL_DONE && reasons == 0) || (status == TREFOIL_DONE && reasons > 0 && !may_accept_with_reasons)) {
        fputs("broken promise: ", stderr);
        tell(context, status);
        abort();
    }
    trefoil_context_destroy(context);
}
