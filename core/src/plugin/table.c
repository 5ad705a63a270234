/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what a plugin declared, by the sizes it was compiled with: never past them, and what an older plugin lacks is
 * zero. */
#include "plugin/host.h"

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

LIST(tf_plugin, plugin, tf_plugin_table(plugin), params, trefoil_param, tf_plugin_params, tf_plugin_param)
LIST(tf_plugin, plugin, tf_plugin_table(plugin), hooks, trefoil_hook, tf_plugin_hooks, tf_plugin_hook)
LIST(tf_plugin, plugin, tf_plugin_table(plugin), processes, trefoil_process, tf_plugin_processes, tf_plugin_process)
LIST(tf_plugin, plugin, tf_plugin_table(plugin), categories, trefoil_category, tf_plugin_categories, tf_plugin_category)
LIST(trefoil_hook, hook, *hook, columns, trefoil_column, tf_hook_columns, tf_hook_column)
LIST(trefoil_process, process, *process, moves, trefoil_move, tf_process_moves, tf_process_move)

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
