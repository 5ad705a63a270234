/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where plugins are looked for. */
#include "plugin/host.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Add a folder once, if it is there. */
static int add_folder(tf_list *folders, const char *path)
{
    for (size_t i = 0; i < folders->count; i++) {
        if (strcmp(folders->items[i], path) == 0) {
            return 0;
        }
    }
    return is_folder(path) ? tf_list_add(folders, path) : 0;
}

static int add_from_environment(trefoil_context *context, tf_list *folders)
{
    const char *text = getenv("TREFOIL_PLUGIN_PATH");
    tf_list pieces = {0};
    int result = 0;

    if (text == NULL) {
        return 0;
    }
    result = tf_list_split(&pieces, text, ':');
    for (size_t i = 0; result == 0 && i < pieces.count; i++) {
        if (pieces.items[i][0] == '/') {
            result = add_folder(folders, pieces.items[i]);
        } else if (pieces.items[i][0] != '\0') {
            tf_say(context, TREFOIL_LOG_WARNING, "TREFOIL_PLUGIN_PATH: '%s' is left out: a folder there starts with /",
                   pieces.items[i]);
        }
    }
    tf_list_free(&pieces);
    return result;
}

/* `tail` seen from the folder of the running program. */
static int add_beside_program(tf_list *folders, const char *tail)
{
    char path[PATH_SIZE];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - strlen(tail) - 1);
    char *slash;

    if (length <= 0) {
        return 0;
    }
    path[length] = '\0';
    slash = strrchr(path, '/');
    if (slash == NULL || (size_t)length == sizeof path - strlen(tail) - 1) {
        return 0;
    }
    strcpy(slash, tail);
    return add_folder(folders, path);
}

trefoil_status tf_plugin_folders(trefoil_context *context, const char *folder, tf_list *folders)
{
    if (folder != NULL && !is_folder(folder)) {
        return tf_mistake(context, (tf_place){0}, "--plugin-dir %s: there is no such folder", folder);
    }
    if ((folder != NULL && add_folder(folders, folder) != 0) || add_from_environment(context, folders) != 0 ||
        add_beside_program(folders, "/plugins") != 0 || add_beside_program(folders, "/../lib/trefoil/plugins") != 0) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "plugins: not enough memory");
    }
    return TREFOIL_DONE;
}
