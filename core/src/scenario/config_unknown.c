/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in a file and nobody asked for. */
#include "scenario/config_private.h"

#include <stdio.h>
#include <string.h>

static void report_unknown(trefoil_context *context, tf_place place, const char *what, const char *noun, const char *near)
{
    if (near)
        tf_mistake(context, place, "%s: no such %s; did you mean '%s'?", what, noun, near);
    else
        tf_mistake(context, place, "%s: no such %s", what, noun);
}

static void finish_block(trefoil_context *context, const tf_config *config, size_t b)
{
    const tf_config_block *block = &config->blocks[b];
    char what[2 * TF_CONFIG_NAME + 160];

    for (size_t e = 0; e < block->n_entries; e++) {
        const tf_config_entry *entry = &block->entries[e];
        if (entry->known)
            continue;
        snprintf(what, sizeof what, "[%s] %s", block->name, entry->key);
        report_unknown(context, tf_config_place(config, b, entry->key), what, "setting",
                       tf_nearest(entry->key, (const char *const *)block->asked.items, block->asked.count));
    }
}

static const char *nearest_section(const tf_config *config, const char *name)
{
    const tf_list *asked = &config->asked->sections;
    const char *near = tf_nearest(name, (const char *const *)asked->items, asked->count);
    char kind[TF_CONFIG_NAME + 1];
    size_t length = strcspn(name, " ");

    if (near || length >= sizeof kind)
        return near;
    memcpy(kind, name, length);
    kind[length] = '\0';
    return tf_nearest(kind, (const char *const *)asked->items, asked->count);
}

trefoil_status tf_config_finish(trefoil_context *context, const tf_config *config)
{
    if (config->asked->starved)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for %s", config->path);
    for (size_t b = 0; b < config->n_blocks; b++) {
        const tf_config_block *block = &config->blocks[b];
        char what[2 * TF_CONFIG_NAME + 160];

        if (block->wholly_known)
            continue;
        if (block->known) {
            finish_block(context, config, b);
            continue;
        }
        snprintf(what, sizeof what, "[%s]", block->name);
        report_unknown(context, tf_config_section_place(config, b), what, "section", nearest_section(config, block->name));
    }
    return TREFOIL_DONE;
}
