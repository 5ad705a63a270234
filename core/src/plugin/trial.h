/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trying to break a plugin: every hook is called in a child process, with nobody, one and many people, with numbers at their extremes and settings at
 * their limits, in blocks of other sizes and with rows in another order, and held to what trefoil/plugin.h asks of it.
 */
#ifndef TF_PLUGIN_TRIAL_H
#define TF_PLUGIN_TRIAL_H

#include "plugin/host.h"

typedef struct tf_trial_result {
    tf_list faults; /* one line each, the hook first */
    tf_list notes;  /* what is no fault, but worth knowing: settings a hook refuses */
    size_t calls;
} tf_trial_result;

/* `seconds`: how long one call may take. */
trefoil_status tf_plugin_try(trefoil_context *context, const tf_plugin *plugin, double seconds, tf_trial_result *result) TF_MUST_USE;
void tf_trial_result_free(tf_trial_result *result);

#endif
