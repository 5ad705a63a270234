/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns of an intervention: their names with the braces replaced, and what they are in the model. */
#include "plugin/private.h"

#include "base/memory.h"
#include "random/stream.h"

#include <string.h>

/* Who asks for a text in braces. */
typedef struct asker {
    const tf_intervention *item;
    const char *const *names;
} asker;

static const char *text_of(const void *self, const char *key)
{
    const asker *a = self;

    if (strcmp(key, "self") == 0) {
        return a->item->spec->name;
    }
    for (size_t i = 0; i < a->item->n_parameters; i++) {
        if (a->names[i] != NULL && strcmp(tf_plugin_param(a->item->plugin, i).name, key) == 0) {
            return a->names[i];
        }
    }
    return NULL;
}

static trefoil_status missing_column(const tf_creation *c, const tf_intervention *item, const char *declared,
                                     const char *name, const char *why)
{
    bool same = strcmp(declared, name) == 0;

    return tf_mistake(c->context, item->spec->place, "[intervention %s]: the plugin %s needs %s%s%s%s: %s",
                      item->spec->name, item->plugin->name, name, same ? "" : " (", same ? "" : declared,
                      same ? "" : ")", why);
}

static bool changes(const tf_strategy_spec *spec, const char *name)
{
    for (size_t k = 0; k < spec->n_changes; k++) {
        if (strcmp(spec->changes[k].key, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Does some strategy or subgroup change the parameter? */
static bool is_changed(const tf_scenario *scenario, const char *name)
{
    for (size_t s = 0; s < scenario->n_strategies; s++) {
        if (changes(&scenario->strategies[s], name)) {
            return true;
        }
    }
    for (size_t g = 0; g < scenario->n_subgroups; g++) {
        if (changes(&scenario->subgroups[g].own, name)) {
            return true;
        }
    }
    return false;
}

/* Is the parameter that the column hangs on 0, whatever is drawn and whoever asks? */
static bool is_unneeded(const tf_creation *c, const tf_intervention *item, const char *declared)
{
    const char *when = tf_column_condition(declared);
    const tf_parameters *parameters = c->model->parameters;

    for (size_t i = 0; when != NULL && i < item->n_parameters; i++) {
        int index = item->parameters[i];

        if (index == TF_NONE || strcmp(tf_plugin_param(item->plugin, i).name, when) != 0) {
            continue;
        }
        const tf_evidence *row = tf_parameters_row(parameters, (size_t)index);
        return tf_parameters_formula(parameters, (size_t)index) == NULL && row->number.distribution.family == TF_FIXED &&
               row->number.distribution.mean == 0.0 && !is_changed(c->scenario, row->name);
    }
    return false;
}

/* Name one column, and find it in the model. */
static trefoil_status resolve_column(const tf_creation *c, size_t i, uint32_t stage, const trefoil_column *declared,
                                     tf_hook_column_spec *column)
{
    const tf_intervention *item = &c->all->items[i];
    asker who = {item, c->names[i]};
    tf_text why = {0};
    bool no_text = false;
    trefoil_status status = TREFOIL_DONE;

    column->type = declared->type;
    column->access = declared->access & ~(uint32_t)TREFOIL_OPTIONAL;
    column->optional = (declared->access & TREFOIL_OPTIONAL) != 0;
    column->unit = tf_strdup(declared->unit);
    column->name = tf_column_resolve(declared->name, text_of, &who, &no_text, &why);
    column->ref = (tf_column_ref){TF_COLUMN_ABSENT, TF_NONE, TF_NONE, TF_NONE, TF_NONE};
    if (column->access == TREFOIL_DRAW || column->access == TREFOIL_STREAM) {
        column->purpose = tf_purpose(item->stream, declared->name);
    }
    if (column->unit == NULL || column->name == NULL || why.failed) {
        status = tf_interventions_starve(c->context);
    } else if (is_unneeded(c, item, declared->name)) {
        status = TREFOIL_DONE;
    } else if (no_text && !column->optional) {
        status = missing_column(c, item, declared->name, declared->name, "the name in braces has no text; set it");
    } else if (!no_text && !tf_column_find(c->model, column->name, column->access, stage, &column->ref, &why)) {
        column->ref = (tf_column_ref){TF_COLUMN_ABSENT, TF_NONE, TF_NONE, TF_NONE, TF_NONE};
        if (why.failed) {
            status = tf_interventions_starve(c->context);
        } else if (!column->optional) {
            status = missing_column(c, item, declared->name, column->name, why.chars);
        }
    }
    tf_text_free(&why);
    return status;
}

trefoil_status tf_resolve_hooks(tf_creation *c, size_t i)
{
    tf_intervention *item = &c->all->items[i];
    trefoil_status status;

    item->n_hooks = tf_plugin_hooks(item->plugin);
    item->hooks = TF_NEW(tf_hook_spec, item->n_hooks);
    if (item->hooks == NULL) {
        item->n_hooks = 0;
        return tf_interventions_starve(c->context);
    }
    for (size_t h = 0; h < item->n_hooks; h++) {
        trefoil_hook declared = tf_plugin_hook(item->plugin, h);
        tf_hook_spec *hook = &item->hooks[h];

        hook->stage = declared.stage;
        hook->run = declared.run;
        hook->n_columns = tf_hook_columns(&declared);
        hook->columns = TF_NEW(tf_hook_column_spec, hook->n_columns);
        if (hook->columns == NULL) {
            hook->n_columns = 0;
            return tf_interventions_starve(c->context);
        }
        for (size_t k = 0; k < hook->n_columns; k++) {
            trefoil_column column = tf_hook_column(&declared, k);

            status = resolve_column(c, i, hook->stage, &column, &hook->columns[k]);
            if (status == TREFOIL_NO_MEMORY) {
                return status;
            }
        }
    }
    return TREFOIL_DONE;
}
