/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading one plugin, and every reason not to. */
#include "plugin/private.h"

#include "base/digest.h"
#include "base/memory.h"
#include "plugin/manners.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- finding the file ------------------------------------------------------------------------------------------- */

/* "adherence" of "/a/b/adherence.so". */
static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = tf_strdup(slash != NULL ? slash + 1 : path);
    char *dot = name != NULL ? strrchr(name, '.') : NULL;

    if (dot != NULL && strcmp(dot, ".so") == 0) {
        *dot = '\0';
    }
    return name;
}

static char *join(const char *folder, const char *name, const char *ending)
{
    size_t size = strlen(folder) + strlen(name) + strlen(ending) + 2;
    char *path = tf_alloc(size, 1);

    if (path != NULL) {
        snprintf(path, size, "%s/%s%s", folder, name, ending);
    }
    return path;
}

static bool is_file(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* The names of all plugins in the folders. */
static int known_names(const tf_list *folders, tf_list *names)
{
    int result = 0;

    for (size_t i = 0; i < folders->count; i++) {
        DIR *folder = opendir(folders->items[i]);
        struct dirent *entry;

        while (folder != NULL && result == 0 && (entry = readdir(folder)) != NULL) {
            size_t length = strlen(entry->d_name);

            if (length > 3 && strcmp(entry->d_name + length - 3, ".so") == 0) {
                char *name = name_of(entry->d_name);

                result = name == NULL ? -1 : tf_list_find(names, name) >= 0 ? 0 : tf_list_add(names, name);
                tf_free(name);
            }
        }
        if (folder != NULL) {
            closedir(folder);
        }
    }
    return result;
}

static trefoil_status not_found(trefoil_context *context, const tf_list *folders, const char *name, tf_place from)
{
    tf_list names = {0};
    tf_text text = {0};
    const char *near;

    if (known_names(folders, &names) != 0) {
        text.failed = true;
    }
    near = tf_nearest(name, (const char *const *)names.items, names.count);
    tf_text_addf(&text, "there is no plugin '%s'", name);
    if (near != NULL) {
        tf_text_addf(&text, "; did you mean '%s'?", near);
    }
    tf_text_addf(&text, " (looked in %s", folders->count == 0 ? "no folder: none exists" : "");
    for (size_t i = 0; i < folders->count; i++) {
        tf_text_addf(&text, "%s%s", i > 0 ? ", " : "", folders->items[i]);
    }
    tf_text_add(&text, ")");
    if (!text.failed) {
        tf_mistake(context, from, "%s", text.chars);
    }
    tf_list_free(&names);
    if (text.failed) {
        tf_text_free(&text);
        return tf_fail(context, TREFOIL_NO_MEMORY, "plugins: not enough memory");
    }
    tf_text_free(&text);
    return TREFOIL_USER_MISTAKE;
}

static trefoil_status find_file(trefoil_context *context, const tf_list *folders, const char *name, tf_place from,
                                char **path)
{
    *path = NULL;
    if (strchr(name, '/') != NULL) {
        if (!is_file(name)) {
            return tf_mistake(context, from, "%s: there is no such plugin file", name);
        }
        *path = tf_strdup(name);
        return *path != NULL ? TREFOIL_DONE : tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", name);
    }
    for (size_t i = 0; i < folders->count; i++) {
        *path = join(folders->items[i], name, ".so");
        if (*path == NULL) {
            return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", name);
        }
        if (is_file(*path)) {
            return TREFOIL_DONE;
        }
        tf_free(*path);
        *path = NULL;
    }
    return not_found(context, folders, name, from);
}

/* ---- loading ---------------------------------------------------------------------------------------------------- */

/* The table, or what to do when there is none. */
static const trefoil_plugin *find_table(void *handle, tf_list *faults)
{
    char symbol[32], line[256];
    const trefoil_plugin *table;

    snprintf(symbol, sizeof symbol, "trefoil_plugin_v%d", TREFOIL_ABI_MAJOR);
    table = dlsym(handle, symbol);
    if (table != NULL) {
        return table;
    }
    for (int major = 0; major < 64; major++) {
        snprintf(symbol, sizeof symbol, "trefoil_plugin_v%d", major);
        if (dlsym(handle, symbol) != NULL) {
            snprintf(line, sizeof line,
                     "it was built for plugin ABI %d; this trefoil (%s) takes ABI %d. Rebuild it with this version's "
                     "trefoil/plugin.h, or use a trefoil that takes ABI %d",
                     major, TREFOIL_VERSION, TREFOIL_ABI_MAJOR, major);
            tf_list_add(faults, line);
            return NULL;
        }
    }
    snprintf(line, sizeof line,
             "it exports no trefoil_plugin_v%d: it is not a plugin, or its table is not visible (include "
             "trefoil/plugin.h and define `const trefoil_plugin trefoil_plugin_v%d`)",
             TREFOIL_ABI_MAJOR, TREFOIL_ABI_MAJOR);
    tf_list_add(faults, line);
    return NULL;
}

/* From the file that was examined, whatever links lead to it by now. */
static void open_library(tf_plugin *plugin, const char *whole, tf_list *faults)
{
    tf_process *before = tf_process_remember();

    if (before == NULL) {
        tf_list_add(faults, "not enough memory");
        return;
    }
    plugin->handle = dlopen(whole, RTLD_NOW | RTLD_LOCAL);
    if (plugin->handle == NULL) {
        const char *reason = dlerror();

        tf_list_add(faults, reason != NULL ? reason : "the system cannot load it");
    } else {
        plugin->table = find_table(plugin->handle, faults);
    }
    tf_process_restore(before, "loading it", faults);
}

static trefoil_status refuse(trefoil_context *context, const tf_plugin *plugin, tf_place from, const tf_list *faults)
{
    size_t length = strlen(plugin->path);

    for (size_t i = 0; i < faults->count; i++) {
        const char *text = faults->items[i];
        bool named =
            strncmp(text, plugin->path, length) == 0 && text[length] == ':'; /* dlerror() may name the file itself */

        tf_mistake(context, from, "%s%s%s", named ? "" : plugin->path, named ? "" : ": ", text);
    }
    return TREFOIL_PLUGIN_FAILED;
}

static trefoil_status open_and_verify(trefoil_context *context, tf_plugin *plugin, tf_place from)
{
    tf_list faults = {0};
    tf_text why = {0};
    char *whole = tf_plugin_trusted(plugin->path, &faults);
    trefoil_status status = TREFOIL_DONE;

    if (whole != NULL) {
        open_library(plugin, whole, &faults);
    }
    if (plugin->table != NULL && !tf_plugin_sizes(plugin->table, &why)) {
        tf_list_add(&faults, why.chars != NULL ? why.chars : "faulty table");
    } else if (plugin->table != NULL && tf_plugin_verify(plugin, &faults) != 0) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", plugin->path);
    }
    if (status == TREFOIL_DONE && faults.count > 0) {
        status = refuse(context, plugin, from, &faults);
    } else if (status == TREFOIL_DONE && plugin->table == NULL) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", plugin->path);
    }
    tf_text_free(&why);
    tf_list_free(&faults);
    free(whole);
    return status;
}

trefoil_status tf_plugin_load(trefoil_context *context, const tf_list *folders, const char *name, tf_place from,
                              tf_plugin **plugin)
{
    trefoil_status status;
    tf_plugin *p = TF_NEW(tf_plugin, 1);

    *plugin = NULL;
    if (p == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", name);
    }
    TRY(find_file(context, folders, name, from, &p->path));
    p->name = name_of(p->path);
    if (p->name == NULL) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", name);
        goto out;
    }
    TRY(open_and_verify(context, p, from));
    TRY(tf_digest_file(context, p->path, p->digest));
    if (tf_plugin_list_values(p) != 0) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", name);
        goto out;
    }
    *plugin = p;
    p = NULL;
out:
    tf_plugin_destroy(p);
    return status;
}

void tf_plugin_destroy(tf_plugin *plugin)
{
    if (plugin == NULL) {
        return;
    }
    tf_free(plugin->name);
    tf_free(plugin->path);
    tf_plugin_free_values(plugin);
    tf_free(plugin); /* the library stays: its code and texts may still be in use */
}
