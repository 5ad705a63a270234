/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --set: values that come after the file and win. */
#include "scenario/config_private.h"

#include "base/memory.h"

#include <string.h>

static trefoil_status set_mistake(trefoil_context *context, const char *assignment)
{
    return tf_mistake(context, (tf_place){TF_CONFIG_SET, 0}, "'%s': expected \"section:key=value\"", assignment);
}

static trefoil_status unknown_block(trefoil_context *context, const tf_config *config, const char *section)
{
    const char **names = TF_NEW(const char *, config->n_blocks), *near;

    if (!names)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for --set");
    for (size_t i = 0; i < config->n_blocks; i++)
        names[i] = config->blocks[i].name;
    near = tf_nearest(section, names, config->n_blocks);
    tf_mistake(context, (tf_place){TF_CONFIG_SET, 0}, "[%s]: no such section in %s%s%s%s", section, config->path,
               near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    tf_free(names);
    return TREFOIL_USER_MISTAKE;
}

static trefoil_status set_entry(trefoil_context *context, tf_config_block *block, const char *key, const char *text)
{
    tf_config_entry *entry = tf_config_entry_find(block, key);
    char *copy;

    if (!entry)
        return tf_config_entry_add(block, key, text, 0) ? TREFOIL_DONE
                                                        : tf_fail(context, TREFOIL_NO_MEMORY, "no memory for --set");
    copy = tf_strdup(text);
    if (!copy)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for --set");
    tf_free(entry->text);
    entry->text = copy;
    entry->line = 0;
    return TREFOIL_DONE;
}

static trefoil_status set_parts(trefoil_context *context, tf_config *config, char *parts, const char *assignment)
{
    char *colon = strchr(parts, ':'), *equals = colon ? strchr(colon, '=') : NULL, *section, *key;
    tf_config_block *block;

    for (const char *c = parts; *c; c++)
        if ((unsigned char)*c < ' ')
            return set_mistake(context, assignment);
    if (!equals)
        return set_mistake(context, assignment);
    *colon = *equals = '\0';
    section = tf_trim(parts);
    key = tf_trim(colon + 1);
    if (*section == '\0' || *key == '\0' || strlen(section) > TF_CONFIG_NAME || strlen(key) > TF_CONFIG_NAME)
        return set_mistake(context, assignment);
    block = tf_config_block_find(config, section);
    if (!block && strchr(section, ' '))
        return unknown_block(context, config, section);
    if (!block)
        block = tf_config_block_add(config, section, 0);
    if (!block)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for --set");
    return set_entry(context, block, key, tf_trim(equals + 1));
}

trefoil_status tf_config_set(trefoil_context *context, tf_config *config, const char *assignment)
{
    trefoil_status status;
    char *parts = tf_strdup(assignment);

    if (!parts)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for --set %s", assignment);
    status = set_parts(context, config, parts, assignment);
    tf_free(parts);
    return status;
}
