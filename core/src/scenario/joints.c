/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/joints.h"

#include "base/memory.h"

static void clear(tf_joint_spec *joint)
{
    tf_free(joint->name);
    tf_free(joint->covariance);
    tf_list_free(&joint->members);
    tf_free(joint->alpha);
    *joint = (tf_joint_spec){0};
}

void tf_joints_free(tf_joint_spec *joints, size_t n)
{
    for (size_t k = 0; joints != NULL && k < n; k++) {
        clear(&joints[k]);
    }
    tf_free(joints);
}

static tf_place place_of(const tf_config *config, size_t section, const char *key, const char *path)
{
    tf_place place = tf_config_place(config, section, key);

    if (place.file == tf_config_path(config)) {
        place.file = path;
    }
    return place;
}

static trefoil_status read_alphas(trefoil_context *context, tf_config *config, size_t section, tf_joint_spec *joint)
{
    tf_place place = tf_config_place(config, section, "alpha");
    tf_list list = {0};
    trefoil_status status = tf_config_list(context, config, section, "alpha", &list);

    if (status == TREFOIL_DONE && list.count != joint->members.count) {
        tf_mistake(context, place, "[joint %s] alpha: %zu numbers for the %zu parameters of 'dirichlet'", joint->name, list.count,
                   joint->members.count);
    } else if (status == TREFOIL_DONE) {
        joint->alpha = TF_NEW(double, list.count);
        status = joint->alpha != NULL ? TREFOIL_DONE : tf_fail(context, TREFOIL_NO_MEMORY, "no memory for [joint %s]", joint->name);
    }
    for (size_t k = 0; joint->alpha != NULL && k < list.count; k++) {
        if (!tf_parse_number(list.items[k], &joint->alpha[k]) || !(joint->alpha[k] > 0)) {
            tf_mistake(context, place, "[joint %s] alpha: '%s': expected a number above 0", joint->name, list.items[k]);
        }
    }
    tf_list_free(&list);
    return status;
}

static trefoil_status read_dirichlet(trefoil_context *context, tf_config *config, size_t section, const char *path, tf_joint_spec *joint)
{
    trefoil_status status = tf_config_list(context, config, section, "dirichlet", &joint->members);

    joint->members_place = place_of(config, section, "dirichlet", path);
    if (status != TREFOIL_DONE) {
        return status;
    }
    if (joint->members.count < 2 || joint->members.count > TF_JOINT_MOST) {
        tf_mistake(context, joint->members_place, "[joint %s] dirichlet: %zu parameter%s; expected 2 to %d", joint->name, joint->members.count,
                   joint->members.count == 1 ? "" : "s", (int)TF_JOINT_MOST);
    }
    return read_alphas(context, config, section, joint);
}

static trefoil_status read_joint(trefoil_context *context, tf_config *config, size_t section, const char *name, const char *path,
                                 tf_joint_spec *joint)
{
    const char *covariance = tf_config_text(config, section, "covariance"), *dirichlet = tf_config_text(config, section, "dirichlet");
    const char *alpha = tf_config_text(config, section, "alpha");
    trefoil_status status = TREFOIL_DONE;

    joint->place = place_of(config, section, "", path);
    joint->name = tf_strdup(name);
    if (joint->name == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for [joint %s]", name);
    }
    if ((covariance != NULL) == (dirichlet != NULL) || (alpha != NULL) != (dirichlet != NULL)) {
        tf_mistake(context, joint->place, "[joint %s]: expected 'covariance', or 'dirichlet' and 'alpha'", name);
    } else if (covariance != NULL) {
        joint->covariance = tf_config_file(context, config, section, "covariance");
        joint->covariance_place = place_of(config, section, "covariance", path);
        status = joint->covariance == NULL && *covariance != '\0' ? tf_fail(context, TREFOIL_NO_MEMORY, "no memory for [joint %s]", name)
                                                                  : TREFOIL_DONE;
    } else {
        status = read_dirichlet(context, config, section, path, joint);
    }
    return status;
}

trefoil_status tf_joints_read(trefoil_context *context, tf_config *config, const char *path, tf_joint_spec **joints, size_t *n)
{
    size_t sections = tf_config_sections(config);
    tf_joint_spec *made = TF_NEW(tf_joint_spec, sections);
    trefoil_status status = TREFOIL_DONE;
    const char *name;

    *joints = made;
    *n = 0;
    if (made == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the joints of parameters");
    }
    for (size_t i = 0; i < sections && (status == TREFOIL_DONE || status == TREFOIL_USER_MISTAKE); i++) {
        size_t before = tf_mistakes(context);

        if (!tf_config_section_is(config, i, "joint", &name)) {
            continue;
        }
        if (!tf_is_name(name)) {
            tf_config_know_section(config, i);
            tf_mistake(context, tf_config_section_place(config, i), "[joint %s]: a name is a letter followed by letters, digits and '_'", name);
            continue;
        }
        status = read_joint(context, config, i, name, path, &made[*n]);
        if (status == TREFOIL_DONE && tf_mistakes(context) == before) {
            ++*n;
        } else {
            clear(&made[*n]);
        }
    }
    return status == TREFOIL_USER_MISTAKE ? TREFOIL_DONE : status;
}
