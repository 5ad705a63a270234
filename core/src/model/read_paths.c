/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decision trees as tables of paths, and what everybody brings along at the start. */
#include "base/memory.h"
#include "base/text.h"
#include "model/read.h"

#include <string.h>

void tf_read_start(tf_reader *reader)
{
    ptrdiff_t section = tf_config_find(reader->config, "start");

    if (section >= 0) {
        tf_read_payoffs(reader, (size_t)section, true, &reader->model->start, &reader->model->n_start);
    }
}

static void read_taken(tf_reader *reader, size_t section, tf_path *path)
{
    const tf_scenario *scenario = reader->scenario;
    tf_list names = {0};

    path->taken = tf_read_alloc(reader, scenario->n_strategies, sizeof *path->taken);
    tf_read_note(reader, tf_config_list(reader->context, reader->config, section, "strategies", &names));
    for (size_t s = 0; path->taken != NULL && names.count == 0 && s < scenario->n_strategies; s++) {
        path->taken[s] = true;
    }
    for (size_t k = 0; k < names.count && !tf_read_failed(reader); k++) {
        int strategy = tf_read_find(reader, section, "strategies", "strategy of the scenario called", names.items[k],
                                    scenario->strategies, scenario->n_strategies, sizeof *scenario->strategies);

        if (strategy != TF_NONE && path->taken != NULL) {
            path->taken[strategy] = true;
        }
    }
    tf_list_free(&names);
}

static void read_path(tf_reader *reader, size_t section, const char *name)
{
    tf_model *model = reader->model;
    tf_path *path = &model->paths[model->n_paths];

    for (size_t p = 0; p < model->n_paths; p++) {
        if (strcmp(model->paths[p].name, name) == 0) {
            tf_read_wrong_section(reader, section, "the path is there already");
            return;
        }
    }
    *path = (tf_path){.name = tf_read_copy(reader, name), .probability = TF_NONE, .ly = TF_NONE};
    model->n_paths++;
    path->title = tf_read_text(reader, section, "title", name);
    if (tf_config_require(reader->context, reader->config, section, "probability", "how likely the path is")) {
        path->probability = tf_read_formula(reader, section, "probability", 0, 1);
    }
    path->ly = tf_read_formula(reader, section, "ly", 0, 200);
    read_taken(reader, section, path);
    tf_read_payoffs(reader, section, true, &path->payoffs, &path->n_payoffs);
}

void tf_read_paths(tf_reader *reader)
{
    tf_model *model = reader->model;
    size_t n = tf_read_count(reader, "path");
    const char *name;

    model->paths = tf_read_alloc(reader, n, sizeof *model->paths);
    for (size_t k = 0; k < n && !tf_read_failed(reader); k++) {
        size_t section = (size_t)tf_read_section(reader, "path", k, &name);

        if (tf_read_name(reader, section, name)) {
            read_path(reader, section, name);
        }
    }
    if (n == 0) {
        tf_mistake(reader->context, (tf_place){model->path, 0}, "kind = paths: the model has no [path NAME]");
    }
}
