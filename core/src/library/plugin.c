/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/describe.h"

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
