/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parameters that are uncertain together, as a model file or a scenario states them:
 *
 *   [joint NAME]                    [joint NAME]
 *   covariance = file.csv           dirichlet = a, b, c
 *                                   alpha = 12, 30, 58
 */
#ifndef TF_SCENARIO_JOINTS_H
#define TF_SCENARIO_JOINTS_H

#include "scenario/config.h"

enum { TF_JOINT_MOST = 256 }; /* parameters in one joint */

typedef struct tf_joint_spec {
    char *name;
    tf_place place;   /* of the section; as long as `path` of tf_joints_read */
    char *covariance; /* path of the table (random/joint.h), or NULL */
    tf_place covariance_place, members_place;
    tf_list members; /* of a Dirichlet: names of parameters; a covariance table names its own */
    double *alpha;   /* of each, above 0 */
} tf_joint_spec;

/* Every [joint NAME] of a file.  `path` is the file's name in places, and must live as long as what is read.  Mistakes are recorded, and
 * joints with any are left out; TREFOIL_NO_MEMORY otherwise, with a reason. */
trefoil_status tf_joints_read(trefoil_context *context, tf_config *config, const char *path, tf_joint_spec **joints, size_t *n) TF_MUST_USE;
void tf_joints_free(tf_joint_spec *joints, size_t n);

#endif
