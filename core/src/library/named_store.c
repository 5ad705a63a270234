/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/named_store.h"

#include "base/memory.h"
#include "base/text.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

trefoil_status tf_named_store(trefoil_context *context, const char *path, char **store)
{
    struct stat about;
    tf_text name = { 0 };

    tf_text_add(&name, path);
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        tf_text_add(&name, path[0] && path[strlen(path) - 1] == '/' ? "run.sqlite" : "/run.sqlite");
        if (!name.failed && access(name.chars, F_OK) != 0) {
            tf_text_free(&name);
            return tf_mistake(context, (tf_place){ 0 }, "%s: a folder without a run.sqlite; a run's results were expected", path);
        }
    }
    if (name.failed) {
        tf_text_free(&name);
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the name of a store");
    }
    *store = name.chars;
    return TREFOIL_DONE;
}
