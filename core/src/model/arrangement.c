/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/arrangement.h"

#include "base/memory.h"
#include "random/joint.h"
#include "random/stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct joint {
    const tf_joint_spec *spec;
    tf_multinormal *normal; /* NULL: Dirichlet */
    size_t *members;        /* parameters */
    size_t n;
} joint;

struct tf_arrangement {
    tf_design design;
    uint32_t draws;
    size_t n_parameters;
    uint32_t *purpose;   /* [parameter] */
    unsigned *dimension; /* [parameter]: of the Sobol sequence */
    const joint **joined; /* [parameter]: NULL: on its own */
    joint *joints;
    size_t n_joints;
    tf_sobol *sobol;
};

static trefoil_status starve(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for how parameters are drawn together");
}

void tf_arrangement_destroy(tf_arrangement *arrangement)
{
    if (arrangement == NULL) {
        return;
    }
    for (size_t k = 0; arrangement->joints != NULL && k < arrangement->n_joints; k++) {
        tf_multinormal_destroy(arrangement->joints[k].normal);
        tf_free(arrangement->joints[k].members);
    }
    tf_free(arrangement->joints);
    tf_free(arrangement->purpose);
    tf_free(arrangement->dimension);
    tf_free((void *)arrangement->joined);
    tf_sobol_destroy(arrangement->sobol);
    tf_free(arrangement);
}

/* ---- joints ---------------------------------------------------------------------------------- */

static const char *member_name(const joint *j, size_t m)
{
    return j->normal != NULL ? tf_multinormal_name(j->normal, m) : j->spec->members.items[m];
}

static double member_mean(const joint *j, size_t m)
{
    double sum = 0;

    if (j->normal != NULL) {
        return tf_multinormal_mean(j->normal, m);
    }
    for (size_t k = 0; k < j->n; k++) {
        sum += j->spec->alpha[k];
    }
    return j->spec->alpha[m] / sum;
}

static tf_place member_place(const joint *j, size_t m)
{
    return j->normal != NULL ? tf_multinormal_place(j->normal, m) : j->spec->members_place;
}

static trefoil_status unknown(trefoil_context *context, const tf_parameters *parameters, const joint *j, size_t m)
{
    size_t n = tf_parameters_count(parameters);
    const char **names = TF_NEW(const char *, n), *near;

    if (names == NULL) {
        return starve(context);
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = tf_parameters_row(parameters, i)->name;
    }
    near = tf_nearest(member_name(j, m), names, n);
    tf_mistake(context, member_place(j, m), "[joint %s] %s: the model has no such parameter%s%s%s", j->spec->name, member_name(j, m),
               near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    tf_free(names);
    return TREFOIL_DONE;
}

static void check_member(trefoil_context *context, const tf_arrangement *arrangement, const tf_parameters *parameters, const joint *j, size_t m)
{
    const tf_evidence *row = tf_parameters_row(parameters, j->members[m]);
    const joint *other = arrangement->joined[j->members[m]];
    double mean = member_mean(j, m), value = row->number.distribution.mean;
    tf_place place = member_place(j, m);

    if (other != NULL) {
        tf_mistake(context, place, "[joint %s] %s: the parameter is in [joint %s] already", j->spec->name, row->name, other->spec->name);
    } else if (row->formula != NULL) {
        tf_mistake(context, place, "[joint %s] %s: the parameter is computed: %s = %s", j->spec->name, row->name, row->name, row->formula);
    } else if (tf_parameters_sampled(parameters, j->members[m])) {
        tf_mistake(context, place, "[joint %s] %s: the sample of [uncertainty] draws this parameter already", j->spec->name, row->name);
    } else if (arrangement->draws > 0 && fabs(mean - value) > 0.005 * fmax(fabs(mean), fabs(value)) + 1e-12) {
        tf_mistake(context, place, "[joint %s] %s: the mean here is %.6g, but the base case is %.6g (%s, line %d)", j->spec->name, row->name,
                   mean, value, row->place.file != NULL ? row->place.file : "", row->place.line);
    }
    for (size_t k = 0; k < m; k++) {
        if (arrangement->purpose[j->members[k]] == arrangement->purpose[j->members[m]] && j->members[k] != j->members[m]) {
            tf_mistake(context, place, "[joint %s] %s: draws by the same luck as %s; they cannot be drawn jointly", j->spec->name, row->name,
                       member_name(j, k));
        }
    }
}

static trefoil_status place_members(trefoil_context *context, tf_arrangement *arrangement, const tf_parameters *parameters, joint *j)
{
    j->n = j->normal != NULL ? tf_multinormal_size(j->normal) : j->spec->members.count;
    j->members = TF_NEW(size_t, j->n);
    if (j->members == NULL) {
        return starve(context);
    }
    if (j->n > TF_JOINT_MOST) {
        tf_mistake(context, j->spec->covariance_place, "[joint %s] covariance: %zu parameters; expected at most %d", j->spec->name, j->n,
                   (int)TF_JOINT_MOST);
    }
    for (size_t m = 0; m < j->n; m++) {
        ptrdiff_t found = tf_parameters_find(parameters, member_name(j, m));
        trefoil_status status = found < 0 ? unknown(context, parameters, j, m) : TREFOIL_DONE;

        if (status != TREFOIL_DONE) {
            return status;
        }
        if (found >= 0) {
            j->members[m] = (size_t)found;
            check_member(context, arrangement, parameters, j, m);
            arrangement->joined[found] = j;
        }
    }
    return TREFOIL_DONE;
}

/* A joint with mistakes in its own table is told and passed over, so that those of others are found too. */
static trefoil_status add_joint(trefoil_context *context, tf_arrangement *arrangement, const tf_parameters *parameters,
                                const tf_joint_spec *spec)
{
    joint *j = &arrangement->joints[arrangement->n_joints++];
    trefoil_status status = TREFOIL_DONE;

    j->spec = spec;
    for (const joint *other = arrangement->joints; other < j; other++) {
        if (strcmp(other->spec->name, spec->name) == 0) {
            tf_mistake(context, spec->place, "[joint %s]: the name is taken (%s, line %d)", spec->name, other->spec->place.file,
                       other->spec->place.line);
        }
    }
    if (spec->covariance != NULL) {
        status = tf_multinormal_read(context, spec->covariance, spec->covariance_place, &j->normal);
    }
    if (status == TREFOIL_DONE) {
        status = place_members(context, arrangement, parameters, j);
    }
    return status == TREFOIL_USER_MISTAKE ? TREFOIL_DONE : status;
}

/* ---- dimensions ------------------------------------------------------------------------------ */

typedef struct drawn {
    const char *luck;
    size_t parameter;
} drawn;

static int by_luck(const void *a, const void *b)
{
    return strcmp(((const drawn *)a)->luck, ((const drawn *)b)->luck);
}

static bool is_drawn(const tf_arrangement *arrangement, const tf_parameters *parameters, size_t i)
{
    const tf_evidence *row = tf_parameters_row(parameters, i);

    return row->formula == NULL && !tf_parameters_sampled(parameters, i) && (row->number.distribution.family != TF_FIXED || arrangement->joined[i] != NULL);
}

static trefoil_status give_dimensions(trefoil_context *context, tf_arrangement *arrangement, const tf_parameters *parameters, tf_place place)
{
    drawn *order = TF_NEW(drawn, arrangement->n_parameters);
    size_t n = 0, dimensions = 0;

    if (order == NULL) {
        return starve(context);
    }
    for (size_t i = 0; i < arrangement->n_parameters; i++) {
        if (is_drawn(arrangement, parameters, i)) {
            order[n++] = (drawn){tf_parameters_luck(parameters, i), i};
        }
    }
    qsort(order, n, sizeof *order, by_luck);
    for (size_t k = 0; k < n; k++) {
        dimensions += k == 0 || strcmp(order[k - 1].luck, order[k].luck) != 0;
        arrangement->dimension[order[k].parameter] = (unsigned)dimensions - 1;
    }
    tf_free(order);
    if (dimensions > TF_SOBOL_MOST) {
        return tf_mistake(context, place, "[uncertainty] design = sobol: %zu parameters are uncertain, and the sequence has %d dimensions; use latin",
                          dimensions, (int)TF_SOBOL_MOST);
    }
    arrangement->sobol = tf_sobol_create(dimensions > 0 ? (unsigned)dimensions : 1, arrangement->draws);
    return arrangement->sobol != NULL ? TREFOIL_DONE : starve(context);
}

/* ---- creation -------------------------------------------------------------------------------- */

static tf_arrangement *allocate(const tf_parameters *parameters, const tf_scenario *scenario, size_t n_joints)
{
    tf_arrangement *made = TF_NEW(tf_arrangement, 1);

    if (made == NULL) {
        return NULL;
    }
    made->design = scenario->design;
    made->draws = scenario->draws;
    made->n_parameters = tf_parameters_count(parameters);
    made->purpose = TF_NEW(uint32_t, made->n_parameters);
    made->dimension = TF_NEW(unsigned, made->n_parameters);
    made->joined = TF_NEW(const joint *, made->n_parameters);
    made->joints = TF_NEW(joint, n_joints);
    if (made->purpose == NULL || made->dimension == NULL || made->joined == NULL || made->joints == NULL) {
        tf_arrangement_destroy(made);
        return NULL;
    }
    for (size_t i = 0; i < made->n_parameters; i++) {
        made->purpose[i] = tf_purpose("parameter", tf_parameters_luck(parameters, i));
    }
    return made;
}

trefoil_status tf_arrangement_create(trefoil_context *context, const tf_parameters *parameters, const tf_scenario *scenario,
                                     const tf_joint_spec *joints, size_t n, tf_arrangement **made)
{
    tf_arrangement *arrangement = allocate(parameters, scenario, n + scenario->n_joints);
    size_t before = tf_mistakes(context);
    trefoil_status status = TREFOIL_DONE;

    *made = NULL;
    if (arrangement == NULL) {
        return starve(context);
    }
    for (size_t k = 0; k < n + scenario->n_joints; k++) {
        TRY(add_joint(context, arrangement, parameters, k < n ? &joints[k] : &scenario->joints[k - n]));
    }
    if (arrangement->design == TF_DESIGN_SOBOL && arrangement->draws > 0) {
        TRY(give_dimensions(context, arrangement, parameters, scenario->design_place));
    }
    status = tf_mistakes(context) == before ? TREFOIL_DONE : TREFOIL_USER_MISTAKE;
    if (status == TREFOIL_DONE) {
        *made = arrangement;
        arrangement = NULL;
    }
out:
    tf_arrangement_destroy(arrangement);
    return status;
}

/* ---- draws ----------------------------------------------------------------------------------- */

double tf_arrangement_uniform(const tf_arrangement *arrangement, size_t i, uint64_t seed, uint32_t draw)
{
    switch (arrangement->design) {
    case TF_DESIGN_LATIN:
        return tf_design_latin(seed, arrangement->purpose[i], arrangement->draws, draw);
    case TF_DESIGN_SOBOL:
        return tf_design_sobol(arrangement->sobol, arrangement->dimension[i], seed, arrangement->purpose[i], draw);
    case TF_DESIGN_RANDOM:
        break;
    }
    return tf_design_random(seed, arrangement->purpose[i], draw);
}

bool tf_arrangement_joins(const tf_arrangement *arrangement, size_t i)
{
    return arrangement->joined[i] != NULL;
}

void tf_arrangement_draw(const tf_arrangement *arrangement, uint64_t seed, uint32_t draw, double *values)
{
    double u[TF_JOINT_MOST], together[TF_JOINT_MOST];

    for (size_t k = 0; k < arrangement->n_joints; k++) {
        const joint *j = &arrangement->joints[k];

        for (size_t m = 0; m < j->n; m++) {
            u[m] = tf_arrangement_uniform(arrangement, j->members[m], seed, draw);
        }
        if (j->normal != NULL) {
            tf_multinormal_draw(j->normal, u, together);
        } else {
            tf_dirichlet(j->spec->alpha, j->n, u, together);
        }
        for (size_t m = 0; m < j->n; m++) {
            values[j->members[m]] = together[m];
        }
    }
}

size_t tf_arrangement_joints(const tf_arrangement *arrangement)
{
    return arrangement->n_joints;
}

const char *tf_arrangement_joint(const tf_arrangement *arrangement, size_t k, const char **digest)
{
    const joint *j = &arrangement->joints[k];

    *digest = j->normal != NULL ? tf_multinormal_digest(j->normal) : NULL;
    return j->spec->name;
}
