/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario's interventions: plugins loaded, settings read, processes and categories added, columns named. */
#include "plugin/private.h"

#include "base/memory.h"

#include <string.h>

trefoil_status tf_interventions_starve(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "interventions: not enough memory");
}

const char *tf_plugin_id(const tf_plugin *plugin)
{
    return tf_plugin_table(plugin).id;
}

/* ---- plugins ---------------------------------------------------------------------------------------------------- */

static const tf_plugin *loaded(const tf_interventions *all, const char *name)
{
    for (size_t i = 0; i < all->n_plugins; i++) {
        if (strcmp(all->plugins[i]->name, name) == 0) {
            return all->plugins[i];
        }
    }
    return NULL;
}

/* Two files that claim one id would share luck and could not be told apart in results. */
static trefoil_status check_id(const tf_creation *c, const tf_plugin *plugin, tf_place place)
{
    for (size_t i = 0; i < c->all->n_plugins; i++) {
        const tf_plugin *other = c->all->plugins[i];

        if (other != plugin && strcmp(tf_plugin_id(other), tf_plugin_id(plugin)) == 0) {
            return tf_mistake(c->context, place, "%s and %s both have the id '%s'; two plugins need two ids",
                              plugin->path, other->path, tf_plugin_id(plugin));
        }
    }
    return TREFOIL_DONE;
}

/* The plugin of one intervention; NULL in `*plugin` after a mistake. */
static trefoil_status load_one(tf_creation *c, const tf_list *folders, const tf_intervention_spec *spec,
                               const tf_plugin **plugin)
{
    tf_plugin *fresh = NULL;
    trefoil_status status;

    *plugin = loaded(c->all, spec->plugin);
    if (*plugin != NULL) {
        return TREFOIL_DONE;
    }
    status = tf_plugin_load(c->context, folders, spec->plugin, spec->plugin_place, &fresh);
    if (status == TREFOIL_USER_MISTAKE || status == TREFOIL_PLUGIN_FAILED) {
        return TREFOIL_DONE; /* go on to find more */
    }
    if (status != TREFOIL_DONE) {
        return status;
    }
    *plugin = loaded(c->all, fresh->name); /* a path to what was loaded by name */
    if (*plugin != NULL && strcmp((*plugin)->path, fresh->path) == 0) {
        tf_plugin_destroy(fresh);
        return TREFOIL_DONE;
    }
    c->all->plugins[c->all->n_plugins++] = fresh;
    *plugin = fresh;
    (void)check_id(c, fresh, spec->plugin_place);
    return TREFOIL_DONE;
}

static trefoil_status load_all(tf_creation *c, const char *plugin_folder)
{
    tf_list folders = {0};
    trefoil_status status;

    TRY(tf_plugin_folders(c->context, plugin_folder, &folders));
    for (size_t i = 0; i < c->all->n_items; i++) {
        const tf_intervention_spec *spec = &c->scenario->interventions[i];

        c->all->items[i].spec = spec;
        if (spec->plugin != NULL) { /* that it is missing was said by the scenario */
            TRY(load_one(c, &folders, spec, &c->all->items[i].plugin));
        }
    }
out:
    tf_list_free(&folders);
    return status;
}

/* ---- settings --------------------------------------------------------------------------------------------------- */

static trefoil_status read_settings(tf_creation *c, size_t i)
{
    tf_intervention *item = &c->all->items[i];
    trefoil_status status;

    item->n_parameters = tf_plugin_params(item->plugin);
    item->parameters = TF_NEW(int, item->n_parameters);
    c->names[i] = TF_NEW(const char *, item->n_parameters);
    if (item->parameters == NULL || c->names[i] == NULL) {
        return tf_interventions_starve(c->context);
    }
    status = tf_settings_read(c->context, c->all, item, c->model, c->names[i]);
    return status == TREFOIL_USER_MISTAKE ? TREFOIL_DONE : status;
}

/* What the model refused to take: a mistake, after which there may be more to find, or a failure; either way its reason
 * is recorded. */
static trefoil_status refused(const tf_creation *c, size_t mistakes_before)
{
    return tf_mistakes(c->context) > mistakes_before ? TREFOIL_USER_MISTAKE : TREFOIL_PLUGIN_FAILED;
}

/* ---- processes and categories ----------------------------------------------------------------------------------- */

static char *process_name(const tf_intervention *item, const trefoil_process *process)
{
    tf_text name = {0};
    bool own = process->name != NULL && process->name[0] != '\0';

    tf_text_addf(&name, "%s%s%s", item->spec->name, own ? "_" : "", own ? process->name : "");
    if (name.failed) {
        tf_text_free(&name);
    }
    return name.chars;
}

static size_t count_states(const trefoil_process *process)
{
    size_t n = 0;

    while (process->states[n] != NULL) {
        n++;
    }
    return n;
}

/* The stream of a process: that of the plugin's use, so that the intervention's name is free to change. */
static char *process_stream(const tf_intervention *item, const trefoil_process *process)
{
    tf_text stream = {0};
    bool own = process->name != NULL && process->name[0] != '\0';

    tf_text_addf(&stream, "%s%s%s", item->stream, own ? "/" : "", own ? process->name : "");
    if (stream.failed) {
        tf_text_free(&stream);
    }
    return stream.chars;
}

static trefoil_status add_process(tf_creation *c, size_t i, size_t k)
{
    tf_intervention *item = &c->all->items[i];
    trefoil_process process = tf_plugin_process(item->plugin, k);
    char *name = process_name(item, &process), *stream = process_stream(item, &process);
    trefoil_status status = TREFOIL_DONE;
    size_t before = tf_mistakes(c->context);
    int condition;

    if (name == NULL || stream == NULL) {
        status = tf_interventions_starve(c->context);
        goto out;
    }
    if (tf_model_condition(c->model, name) != TF_NONE) {
        status = tf_mistake(c->context, item->spec->place,
                            "[intervention %s]: there is a condition '%s' already; name the intervention "
                            "differently",
                            item->spec->name, name);
        goto out;
    }
    condition = tf_model_add_condition(c->context, c->model, name, process.title, process.states,
                                       count_states(&process), (int)i, stream);
    if (condition == TF_NONE) {
        status = refused(c, before);
        goto out;
    }
    item->conditions[item->n_conditions++] = condition;
    for (size_t m = 0; m < tf_process_moves(&process) && status == TREFOIL_DONE; m++) {
        trefoil_move move = tf_process_move(&process, m);

        if (tf_model_add_transition(c->context, c->model, condition, move.from, move.to, stream) == TF_NONE) {
            status = refused(c, before);
        }
    }
out:
    tf_free(name);
    tf_free(stream);
    return status;
}

static trefoil_status add_processes(tf_creation *c, size_t i)
{
    tf_intervention *item = &c->all->items[i];
    size_t n = tf_plugin_processes(item->plugin);

    item->conditions = TF_NEW(int, n);
    if (item->conditions == NULL) {
        return tf_interventions_starve(c->context);
    }
    for (size_t k = 0; k < n; k++) {
        trefoil_status status = add_process(c, i, k);

        if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE) {
            return status;
        }
    }
    return TREFOIL_DONE;
}

static trefoil_status add_categories(tf_creation *c, size_t i)
{
    const tf_plugin *plugin = c->all->items[i].plugin;
    size_t before = tf_mistakes(c->context);

    for (size_t k = 0; k < tf_plugin_categories(plugin); k++) {
        trefoil_category category = tf_plugin_category(plugin, k);

        if (tf_model_category(c->model, category.name) == TF_NONE &&
            tf_model_add_category(c->context, c->model, category.name, category.title, category.party) == TF_NONE) {
            trefoil_status status = refused(c, before);

            if (status != TREFOIL_USER_MISTAKE) {
                return status;
            }
        }
    }
    return TREFOIL_DONE;
}

/* ---- creation --------------------------------------------------------------------------------------------------- */

static trefoil_status allocate(tf_creation *c)
{
    size_t n = c->scenario->n_interventions;

    c->all = TF_NEW(tf_interventions, 1);
    c->names = TF_NEW(const char **, n);
    if (c->all == NULL || c->names == NULL) {
        return tf_interventions_starve(c->context);
    }
    c->all->items = TF_NEW(tf_intervention, n);
    c->all->plugins = TF_NEW(tf_plugin *, n);
    if (c->all->items == NULL || c->all->plugins == NULL) {
        return tf_interventions_starve(c->context);
    }
    c->all->n_items = n;
    return TREFOIL_DONE;
}

static trefoil_status create(tf_creation *c, const char *plugin_folder)
{
    trefoil_status status;

    TRY(allocate(c));
    TRY(load_all(c, plugin_folder));
    TRY(tf_name_streams(c));
    tf_set_ordinals(c->all);
    for (size_t i = 0; i < c->all->n_items; i++) {
        if (c->all->items[i].plugin != NULL) {
            TRY(read_settings(c, i));
        }
    }
    if (c->model == NULL) {
        return TREFOIL_DONE;
    }
    for (size_t i = 0; i < c->all->n_items; i++) {
        if (c->all->items[i].plugin != NULL) {
            TRY(add_processes(c, i));
            TRY(add_categories(c, i));
        }
    }
    tf_share_luck(c);
    for (size_t i = 0; i < c->all->n_items; i++) {
        if (c->all->items[i].plugin != NULL) {
            TRY(tf_resolve_hooks(c, i));
        }
    }
    tf_check_sharing(c);
out:
    return status;
}

trefoil_status tf_interventions_create(trefoil_context *context, const tf_scenario *scenario, tf_model *model,
                                       const char *plugin_folder, tf_interventions **interventions)
{
    tf_creation c = {.context = context, .scenario = scenario, .model = model};
    size_t before = tf_mistakes(context);
    trefoil_status status = create(&c, plugin_folder);

    for (size_t i = 0; c.names != NULL && i < scenario->n_interventions; i++) {
        tf_free(c.names[i]);
    }
    tf_free(c.names);
    if (status == TREFOIL_DONE && tf_mistakes(context) > before) {
        status = TREFOIL_USER_MISTAKE;
    }
    *interventions = NULL;
    if (status == TREFOIL_DONE && model != NULL) {
        *interventions = c.all;
        return TREFOIL_DONE;
    }
    tf_interventions_destroy(c.all);
    return status;
}

static void free_hook(tf_hook_spec *hook)
{
    for (size_t k = 0; k < hook->n_columns; k++) {
        tf_free(hook->columns[k].name);
        tf_free(hook->columns[k].unit);
    }
    tf_free(hook->columns);
}

void tf_interventions_destroy(tf_interventions *interventions)
{
    if (interventions == NULL) {
        return;
    }
    for (size_t i = 0; interventions->items != NULL && i < interventions->n_items; i++) {
        tf_intervention *item = &interventions->items[i];

        for (size_t h = 0; h < item->n_hooks; h++) {
            free_hook(&item->hooks[h]);
        }
        tf_free(item->hooks);
        tf_free(item->parameters);
        tf_free(item->conditions);
        tf_free(item->stream);
    }
    for (size_t i = 0; i < interventions->n_plugins; i++) {
        tf_plugin_destroy(interventions->plugins[i]);
    }
    tf_free(interventions->items);
    tf_free(interventions->plugins);
    tf_free(interventions);
}
