/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/identity.h"

#include "base/digest.h"
#include "base/memory.h"
#include "model/arrangement.h"

#include <inttypes.h>
#include <stdio.h>

static bool add(tf_identity *identity, const char *kind, const char *name, const char *value)
{
    tf_text key = { 0 };
    bool fine;

    tf_text_addf(&key, name ? "%s %s" : "%s", kind, name);
    fine = !key.failed && tf_list_add(&identity->texts, key.chars) == 0 && tf_list_add(&identity->texts, value) == 0;
    tf_text_free(&key);
    return fine;
}

static const char *file_of(const char *path)
{
    const char *last = path;
    for (const char *p = path; *p; ++p)
        if (*p == '/')
            last = p + 1;
    return last;
}

/* Files of covariances. */
static bool add_joints(const tf_arrangement *arrangement, tf_identity *identity)
{
    bool fine = true;

    for (size_t k = 0; k < tf_arrangement_joints(arrangement); ++k) {
        const char *digest, *name = tf_arrangement_joint(arrangement, k, &digest);
        fine = (!digest || add(identity, "joint sha256", name, digest)) && fine;
    }
    return fine;
}

/* A file that was read when the run was opened. */
static bool add_file(trefoil_context *context, tf_identity *identity, const char *kind, const char *path)
{
    char digest[TF_DIGEST_SIZE];

    return !path || (tf_digest_file(context, path, digest) == TREFOIL_DONE && add(identity, kind, file_of(path), digest));
}

static bool add_all(trefoil_context *context, const tf_run *run, tf_identity *identity)
{
    char number[32];
    bool fine = add(identity, "trefoil", NULL, TREFOIL_VERSION);

    snprintf(number, sizeof number, "%d", TREFOIL_STORE_FORMAT);
    fine = add(identity, "store format", NULL, number) && fine;
    snprintf(number, sizeof number, "%" PRIu64, run->scenario->seed);
    fine = add(identity, "seed", NULL, number) && fine;
    if (run->scenario->design != TF_DESIGN_RANDOM)
        fine = add(identity, "design", NULL, tf_design_names[run->scenario->design]) && fine;
    fine = add(identity, "scenario sha256", NULL, run->scenario->digest) && fine;
    fine = add(identity, "model sha256", file_of(run->model->path), run->model->digest) && fine;
    if (run->geography)
        fine = add(identity, "areas sha256", NULL, run->geography->digest) && fine;
    fine = add(identity, "population sha256", NULL, run->population->digest) && fine;
    fine = add_file(context, identity, "sample sha256", run->scenario->sample) && fine;
    fine = add_file(context, identity, "weights sha256", run->model->weights) && fine;
    for (size_t t = 0; t < run->model->tables.count; ++t)
        fine = add(identity, "table sha256", run->model->tables.names[t], run->model->tables.grids[t]->digest) && fine;
    for (size_t e = 0; e < run->model->evidence.n_digests; ++e) {
        const char *space = run->model->evidence.digests[e];
        char path[512];
        size_t n = 0;
        for (; space[n] && space[n] != ' ' && n + 1 < sizeof path; ++n)
            path[n] = space[n];
        path[n] = '\0';
        fine = add(identity, "evidence sha256", file_of(path), space[n] ? space + n + 1 : space) && fine;
    }
    fine = add_joints(tf_parameters_arrangement(run->model->parameters), identity) && fine;
    for (size_t p = 0; p < run->interventions->n_plugins; ++p)
        fine = add(identity, "plugin sha256", run->interventions->plugins[p]->name, run->interventions->plugins[p]->digest) && fine;
    return fine;
}

trefoil_status tf_identity_create(trefoil_context *context, const tf_run *run, tf_identity *identity)
{
    *identity = (tf_identity){ 0 };
    if (!add_all(context, run, identity))
        goto failed;
    identity->count = identity->texts.count / 2;
    identity->entries = TF_NEW(tf_provenance_entry, identity->count);
    if (!identity->entries)
        goto failed;
    for (size_t i = 0; i < identity->count; ++i)
        identity->entries[i] = (tf_provenance_entry){ identity->texts.items[2 * i], identity->texts.items[2 * i + 1] };
    return TREFOIL_DONE;
failed:
    tf_identity_free(identity);
    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the provenance of the run");
}

void tf_identity_free(tf_identity *identity)
{
    tf_free(identity->entries);
    tf_list_free(&identity->texts);
    *identity = (tf_identity){ 0 };
}
