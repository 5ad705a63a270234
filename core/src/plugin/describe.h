/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin in words, generated from its own table: text, Markdown, JSON, or a scenario section to paste. */
#ifndef TF_PLUGIN_DESCRIBE_H
#define TF_PLUGIN_DESCRIBE_H

#include "base/text.h"
#include "plugin/host.h"

typedef enum tf_format { TF_FORMAT_TEXT, TF_FORMAT_MARKDOWN, TF_FORMAT_JSON, TF_FORMAT_SCENARIO } tf_format;

void tf_plugin_describe(const tf_plugin *plugin, tf_format format, tf_text *out);
/* Every plugin found in the folders: name, version, one sentence, file; those that cannot be loaded with the reason. */
trefoil_status tf_plugin_list(trefoil_context *context, const tf_list *folders, tf_text *out);

#endif
