/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loading plugins and turning a scenario's interventions into hooks with resolved column names.  What a column means to
 * a block of people is the engine's business (engine/binding.h); here every declaration is checked, copied out of the
 * plugin by its own stride, and given the names, parameters and processes it asks for.
 */
#ifndef TF_PLUGIN_HOST_H
#define TF_PLUGIN_HOST_H

#include "plugin/column.h"
#include "trefoil/plugin.h"

/* One value a plugin is given: a parameter, or that of one deprivation quintile of a parameter that may differ. */
typedef struct tf_value {
    size_t declared; /* the parameter */
    int quintile;    /* 1..5; 0: the parameter does not differ */
    char *name, *label; /* of a quintile: "uptake_q1"; else NULL */
} tf_value;

typedef struct tf_plugin {
    char *name; /* as in the scenario: "adherence" */
    char *path; /* the file used */
    char digest[65];
    void *handle; /* never dlclose()d */
    const trefoil_plugin *table;
    tf_value *values; /* in the order of trefoil_call.params */
    size_t n_values;
} tf_plugin;

/* Where plugins are looked for, in order: `folder` (--plugin-dir; may be NULL), TREFOIL_PLUGIN_PATH (colon-separated),
 * the `plugins` folder beside the running program, the installed folder.  Never the current folder. */
trefoil_status tf_plugin_folders(trefoil_context *context, const char *folder, tf_list *folders) TF_MUST_USE;

/*
 * Load `name` (or a path with a slash).  RTLD_NOW | RTLD_LOCAL.  Refused with file, what it was built for, what this
 * host takes, and what to do: not found (with the folders searched and the nearest name), another ABI major, missing
 * symbol, faulty table (everything "plugin check" calls static: names, units, limits, sd feasible, columns known by
 * form, texts present).  Loading must leave rounding mode, flush-to-zero and locale as they were.
 */
trefoil_status tf_plugin_load(trefoil_context *context, const tf_list *folders, const char *name, tf_place from,
                              tf_plugin **plugin) TF_MUST_USE;
void tf_plugin_destroy(tf_plugin *plugin);

/* Fields of a table by the plugin's own size and stride; what an older plugin lacks reads as zero.  tf_plugin_table
 * copies the table itself: its lists are to be read by the functions below, never by their C type. */
trefoil_plugin tf_plugin_table(const tf_plugin *plugin);
size_t tf_plugin_declared(const tf_plugin *plugin);
trefoil_param tf_plugin_declared_param(const tf_plugin *plugin, size_t i);
size_t tf_plugin_hooks(const tf_plugin *plugin);
trefoil_hook tf_plugin_hook(const tf_plugin *plugin, size_t i);
size_t tf_hook_columns(const trefoil_hook *hook);
trefoil_column tf_hook_column(const trefoil_hook *hook, size_t i);
size_t tf_plugin_processes(const tf_plugin *plugin);
trefoil_process tf_plugin_process(const tf_plugin *plugin, size_t i);
size_t tf_process_moves(const trefoil_process *process);
trefoil_move tf_process_move(const trefoil_process *process, size_t i);
size_t tf_plugin_categories(const tf_plugin *plugin);
trefoil_category tf_plugin_category(const tf_plugin *plugin, size_t i);

/* The values of trefoil_call.params: a parameter that may differ by quintile counts five times, as "uptake_q1" ... "uptake_q5",
 * without TREFOIL_BY_IMD.  Texts live as long as the plugin. */
size_t tf_plugin_params(const tf_plugin *plugin);
trefoil_param tf_plugin_param(const tf_plugin *plugin, size_t i);
/* The parameter behind value `i` if it may differ by quintile: true, and as it is declared, without TREFOIL_BY_IMD. */
bool tf_plugin_family(const tf_plugin *plugin, size_t i, trefoil_param *family);

/* The host's own table for calls is the engine's; these are its names for what a plugin states, for messages. */
const char *tf_stage_name(uint32_t stage);   /* "hazard"; "unknown" for what is not a stage */
const char *tf_access_name(uint32_t access); /* "scale"; the OPTIONAL bit is ignored        */

typedef struct tf_hook_column_spec {
    char *name; /* resolved: "{medicine}" and "{self}" replaced */
    char *unit;
    uint32_t type, access; /* access without the OPTIONAL bit */
    bool optional;
    uint32_t purpose;  /* DRAW and STREAM: of their numbers */
    tf_column_ref ref; /* what it is in the model; ABSENT: the pointer is NULL */
} tf_hook_column_spec;

typedef struct tf_hook_spec {
    uint32_t stage;
    int32_t (*run)(const trefoil_call *call);
    tf_hook_column_spec *columns;
    size_t n_columns;
} tf_hook_spec;

/* One use of a plugin: an [intervention] section. */
typedef struct tf_intervention {
    const tf_plugin *plugin;
    const tf_intervention_spec *spec;
    int ordinal;  /* place in order of plugin id, then of section: effects are composed in this order */
    char *stream; /* owner of its streams: "<plugin id>#<k>", k the number of earlier uses of the plugin beside it in a
                     strategy */
    int *parameters; /* per plugin parameter: index into the model's parameters, TF_NONE for names */
    size_t n_parameters;
    int *conditions; /* model conditions of its processes */
    size_t n_conditions;
    tf_hook_spec *hooks;
    size_t n_hooks;
} tf_intervention;

typedef struct tf_interventions {
    tf_plugin **plugins;
    size_t n_plugins;
    tf_intervention *items; /* in the order of scenario->interventions */
    size_t n_items;
} tf_interventions;

/*
 * Two interventions that are never in one strategy share `stream`: the same people have the same luck with the plugin
 * under both.
 *
 * Load every plugin the scenario names, map its settings to parameters (added to the model's as
 * "<intervention>.<param>", with the setting's uncertainty and source if the scenario gives them, else the plugin's
 * own; a number outside the plugin's limits, an unknown setting (nearest name), a wrong kind are mistakes at the
 * setting's place), add its processes and cost categories to the model, and resolve column names. An uncertain number
 * that two interventions of one stream have alike is one parameter, named after the first of them. A setting as written
 * is used as written: without an uncertainty it is fixed, without a source it is an assumption. `model` NULL (it had
 * mistakes): plugins and settings are checked all the same, and *interventions is NULL.
 */
trefoil_status tf_interventions_create(trefoil_context *context, const tf_scenario *scenario, tf_model *model,
                                       const char *plugin_folder, tf_interventions **interventions) TF_MUST_USE;
void tf_interventions_destroy(tf_interventions *interventions);

#endif
