/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this room share. */
#ifndef TF_PLUGIN_PRIVATE_H
#define TF_PLUGIN_PRIVATE_H

#include "plugin/host.h"

/* Everything that is wrong with a plugin's table, one line each, in `faults`.  -1 when memory is exhausted. */
int tf_plugin_verify(const tf_plugin *plugin, tf_list *faults);

/*
 * The path of a plugin's file with all links followed, for free(); NULL, with why in `faults`, when somebody could put another in its place: whoever
 * may write the file, its folder, or a folder above, other than root, the user, the owner of this program, and the private group (of the owner's
 * name, with nobody else in it) of these.
 */
char *tf_plugin_trusted(const char *path, tf_list *faults);

/* Look at the table's own sizes, before anything else of it is read; false, with why. */
bool tf_plugin_sizes(const trefoil_plugin *table, tf_text *why);

/* List the values of a verified plugin's parameters in `plugin`.  -1 when memory is exhausted. */
int tf_plugin_list_values(tf_plugin *plugin);
void tf_plugin_free_values(tf_plugin *plugin);

/* The distribution a parameter declares; false, with why (TF_WHY_SIZE bytes), when there is none of that mean and
 * standard error. */
bool tf_param_distribution(const trefoil_param *param, tf_distribution *distribution, char *why);

/* Is it a path of names in a model: "statin", "stroke.none.first"? */
bool tf_is_model_name(const char *text);

/*
 * The settings of one intervention: added to the model's parameters; names[i] is the text of a NAME parameter, and
 * lives as long as scenario and plugin.  Mistakes are recorded at the settings' places.
 */
trefoil_status tf_settings_read(trefoil_context *context, const tf_interventions *all, tf_intervention *intervention,
                                tf_model *model, const char **names);

/* The creation of all interventions. */
typedef struct tf_creation {
    trefoil_context *context;
    const tf_scenario *scenario;
    tf_model *model; /* NULL: it had mistakes; settings are checked all the same */
    tf_interventions *all;
    const char ***names; /* per intervention: the texts of its NAME parameters */
} tf_creation;

trefoil_status tf_interventions_starve(trefoil_context *context); /* records that memory ran out, and says so */
const char *tf_plugin_id(const tf_plugin *plugin);

/* Streams and order of all interventions, once their plugins are loaded. */
trefoil_status tf_name_streams(tf_creation *c);
void tf_set_ordinals(tf_interventions *all);
/* Once all processes are in the model: their purposes follow the streams. */
void tf_share_luck(const tf_creation *c);
/* Name and find the columns of intervention `i`; mistakes are recorded. */
trefoil_status tf_resolve_hooks(tf_creation *c, size_t i);
/* Once all columns are found: nobody sets what another sets, and no two random numbers are one. */
void tf_check_sharing(const tf_creation *c);

#endif
