/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/describe.h"
#include "plugin/trial.h"

#include "base/memory.h"

static const char *const formats[] = { "text", "markdown", "json", "scenario" };
enum { FORMATS = sizeof formats / sizeof *formats };

trefoil_status trefoil_plugin_list(trefoil_context *context, const char *plugin_dir)
{
    trefoil_status status = TREFOIL_DONE;
    tf_list folders = { 0 };
    tf_text text = { 0 };

    TRY(tf_plugin_folders(context, plugin_dir, &folders));
    TRY(tf_plugin_list(context, &folders, &text));
    TRY(tf_result(context, text.chars));
out:
    tf_text_free(&text);
    tf_list_free(&folders);
    return status;
}

trefoil_status trefoil_plugin_describe(trefoil_context *context, const char *plugin_dir, const char *name, const char *format)
{
    trefoil_status status = TREFOIL_DONE;
    tf_list folders = { 0 };
    tf_text text = { 0 };
    tf_plugin *plugin = NULL;
    size_t f = 0;

    while (f < FORMATS && !tf_same_text(format, formats[f]))
        ++f;
    if (f == FORMATS)
        return tf_mistake(context, (tf_place){ 0 }, "--format %s: expected text, markdown, json or scenario", format);
    TRY(tf_plugin_folders(context, plugin_dir, &folders));
    TRY(tf_plugin_load(context, &folders, name, (tf_place){ 0 }, &plugin));
    tf_plugin_describe(plugin, (tf_format)f, &text);
    TRY(tf_result(context, text.chars));
out:
    tf_plugin_destroy(plugin);
    tf_text_free(&text);
    tf_list_free(&folders);
    return status;
}

enum { CALL_SECONDS = 5 };

trefoil_status trefoil_plugin_check(trefoil_context *context, const char *plugin_dir, const char *name)
{
    trefoil_status status = TREFOIL_DONE;
    tf_list folders = { 0 };
    tf_text text = { 0 };
    tf_plugin *plugin = NULL;
    tf_trial_result result = { 0 };

    tf_result(context, NULL);
    TRY(tf_plugin_folders(context, plugin_dir, &folders));
    TRY(tf_plugin_load(context, &folders, name, (tf_place){ 0 }, &plugin));
    TRY(tf_plugin_try(context, plugin, CALL_SECONDS, &result));
    for (size_t k = 0; k < result.notes.count; ++k)
        tf_text_addf(&text, "note: %s\n", result.notes.items[k]);
    for (size_t k = 0; k < result.faults.count; ++k)
        tf_mistake(context, (tf_place){ plugin->path, 0 }, "%s", result.faults.items[k]);
    tf_text_addf(&text, "%s %s (%s): its table is sound; %zu calls, %zu fault%s.\n", tf_plugin_table(plugin).id, tf_plugin_table(plugin).version,
                 plugin->path, result.calls, result.faults.count, result.faults.count == 1 ? "" : "s");
    status = text.failed ? tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", name) : tf_result(context, text.chars);
    if (status == TREFOIL_DONE && result.faults.count)
        status = TREFOIL_PLUGIN_FAILED;
out:
    tf_trial_result_free(&result);
    tf_plugin_destroy(plugin);
    tf_text_free(&text);
    tf_list_free(&folders);
    return status;
}
