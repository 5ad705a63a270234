/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what a plugin declared, by the sizes it was compiled with: never past them, and what an older plugin lacks is
 * zero. */
#include "plugin/private.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* Item `i` of a list into `item` (of `size` bytes), as much of it as the plugin has. */
static void read_item(const void *items, uint32_t stride, size_t i, void *item, size_t size)
{
    memset(item, 0, size);
    memcpy(item, (const char *)items + i * stride, stride < size ? stride : size);
}

trefoil_plugin tf_plugin_table(const tf_plugin *plugin)
{
    trefoil_plugin table;

    read_item(plugin->table, plugin->table->size, 0, &table, sizeof table);
    return table;
}

/* One accessor pair per list: its length, and an item. */
#define LIST(owner, argument, table, list, type, count_name, item_name)            \
    size_t count_name(const owner *argument)                                       \
    {                                                                              \
        return (table).list.items != NULL ? (table).list.count : 0;                \
    }                                                                              \
    type item_name(const owner *argument, size_t i)                                \
    {                                                                              \
        type item;                                                                 \
        read_item((table).list.items, (table).list.stride, i, &item, sizeof item); \
        return item;                                                               \
    }

LIST(tf_plugin, plugin, tf_plugin_table(plugin), params, trefoil_param, tf_plugin_declared, tf_plugin_declared_param)
LIST(tf_plugin, plugin, tf_plugin_table(plugin), hooks, trefoil_hook, tf_plugin_hooks, tf_plugin_hook)
LIST(tf_plugin, plugin, tf_plugin_table(plugin), processes, trefoil_process, tf_plugin_processes, tf_plugin_process)
LIST(tf_plugin, plugin, tf_plugin_table(plugin), categories, trefoil_category, tf_plugin_categories, tf_plugin_category)
LIST(trefoil_hook, hook, *hook, columns, trefoil_column, tf_hook_columns, tf_hook_column)
LIST(trefoil_process, process, *process, moves, trefoil_move, tf_process_moves, tf_process_move)

/* ---- values ----------------------------------------------------------------------------------------------------- */

enum { QUINTILES = 5 };

static bool name_value(const trefoil_param *p, tf_value *value)
{
    static const char *const words[] = {"most deprived fifth", "second fifth", "third fifth", "fourth fifth", "least deprived fifth"};
    tf_text name = {0}, label = {0};

    tf_text_addf(&name, "%s_q%d", p->name, value->quintile);
    tf_text_addf(&label, "%s, %s", p->label, words[value->quintile - 1]);
    value->name = name.chars;
    value->label = label.chars;
    return !name.failed && !label.failed;
}

int tf_plugin_list_values(tf_plugin *plugin)
{
    bool whole = true;

    plugin->values = TF_NEW(tf_value, tf_plugin_declared(plugin) * QUINTILES);
    for (size_t i = 0; plugin->values != NULL && i < tf_plugin_declared(plugin); i++) {
        trefoil_param p = tf_plugin_declared_param(plugin, i);
        bool differs = (p.kind & TREFOIL_BY_IMD) != 0;

        for (int q = differs ? 1 : 0; q <= (differs ? QUINTILES : 0); q++) {
            tf_value *value = &plugin->values[plugin->n_values++];

            *value = (tf_value){.declared = i, .quintile = q};
            whole = whole && (q == 0 || name_value(&p, value));
        }
    }
    return plugin->values != NULL && whole ? 0 : -1;
}

void tf_plugin_free_values(tf_plugin *plugin)
{
    for (size_t i = 0; i < plugin->n_values; i++) {
        tf_free(plugin->values[i].name);
        tf_free(plugin->values[i].label);
    }
    tf_free(plugin->values);
}

size_t tf_plugin_params(const tf_plugin *plugin)
{
    return plugin->n_values;
}

trefoil_param tf_plugin_param(const tf_plugin *plugin, size_t i)
{
    const tf_value *value = &plugin->values[i];
    trefoil_param p = tf_plugin_declared_param(plugin, value->declared);

    if (value->quintile > 0) {
        p.name = value->name;
        p.label = value->label;
        p.kind &= ~(uint32_t)TREFOIL_BY_IMD;
    }
    return p;
}

bool tf_plugin_family(const tf_plugin *plugin, size_t i, trefoil_param *family)
{
    *family = tf_plugin_declared_param(plugin, plugin->values[i].declared);
    family->kind &= ~(uint32_t)TREFOIL_BY_IMD;
    return plugin->values[i].quintile > 0;
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

const char *tf_stage_name(uint32_t stage)
{
    static const char *const names[] = {"enrol", "risk", "hazard", "use", "utility"};

    return stage < sizeof names / sizeof names[0] ? names[stage] : "unknown";
}

const char *tf_access_name(uint32_t access)
{
    static const char *const names[] = {"read", "lookup", "draw", "stream", "scale", "add", "set", "keep", "work"};

    access &= ~(uint32_t)TREFOIL_OPTIONAL;
    return access < sizeof names / sizeof names[0] ? names[access] : "unknown";
}
