/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/inside.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/parameter.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static trefoil_status write_layout(trefoil_context *context, tf_database *database, const tf_layout *layout)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < layout->n_measures; k++) {
        TRY(tf_database_write(context, database, "INSERT INTO measure VALUES (?, ?, ?)", "itt", (int64_t)k, layout->measures[k].name,
                              layout->measures[k].unit != NULL ? layout->measures[k].unit : ""));
    }
    for (size_t k = 0; k < layout->n_groups; k++) {
        const tf_group *group = &layout->groups[k];

        TRY(tf_database_write(context, database, "INSERT INTO people VALUES (?, ?, ?, ?)", "itti", (int64_t)k, group->group_by,
                              group->group, (int64_t)group->year_index));
    }
    for (size_t k = 0; layout->background != NULL && k < layout->n_groups; k++) {
        const tf_background *of = &layout->background[k];

        TRY(tf_database_write(context, database, "INSERT INTO background VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", "irrrrrrrr", (int64_t)k,
                              of->residents[0], of->residents[1], of->residents[2], of->residents[3], of->residents[4], of->life,
                              of->quality, of->norm));
    }
    for (size_t k = 0; k < layout->n_strategies; k++) {
        TRY(tf_database_write(context, database, "INSERT INTO strategy VALUES (?, ?, ?, ?)", "itti", (int64_t)k, layout->strategies[k],
                              layout->strategy_titles != NULL ? layout->strategy_titles[k] : (char *)NULL,
                              (int64_t)(k == layout->comparator)));
    }
    TRY(tf_database_write(context, database, "INSERT INTO scenario VALUES ('years', ?)", "i", (int64_t)layout->n_years));
    TRY(tf_database_write(context, database, "INSERT INTO scenario VALUES ('years astray', ?)", "i", (int64_t)layout->years_astray));
out:
    return status;
}

static trefoil_status write_fact(trefoil_context *context, tf_database *database, const char *key, const char *value)
{
    return tf_database_write(context, database, "INSERT INTO scenario VALUES (?, ?)", "tt", key, value);
}

static trefoil_status write_number(trefoil_context *context, tf_database *database, const char *key, double value)
{
    return tf_database_write(context, database, "INSERT INTO scenario VALUES (?, ?)", "tr", key, value);
}

static trefoil_status write_integer(trefoil_context *context, tf_database *database, const char *key, int64_t value)
{
    return tf_database_write(context, database, "INSERT INTO scenario VALUES (?, ?)", "ti", key, value);
}

static trefoil_status write_list(trefoil_context *context, tf_database *database, const char *what, const tf_list *list)
{
    trefoil_status status;
    tf_text key = {0}, text = {0};

    tf_text_addf(&key, "staircase %s", what);
    for (size_t k = 0; k < list->count; k++) {
        tf_text_addf(&text, "%s%s", k > 0 ? "," : "", list->items[k]);
    }
    status = text.failed || key.failed ? tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", database->path)
                                       : write_fact(context, database, key.chars, text.chars != NULL ? text.chars : "");
    tf_text_free(&key);
    tf_text_free(&text);
    return status;
}

static trefoil_status write_staircase(trefoil_context *context, tf_database *database, const tf_staircase_spec *spec)
{
    trefoil_status status = TREFOIL_DONE;

    if (spec->n_extra == 0) {
        return TREFOIL_DONE;
    }
    TRY(write_integer(context, database, "staircase strategies", (int64_t)spec->n_extra));
    if (spec->takes_apart) {
        TRY(write_integer(context, database, "staircase strategy", (int64_t)spec->strategy));
    }
    TRY(write_integer(context, database, "staircase shapley", spec->shapley));
    TRY(write_number(context, database, "staircase k", spec->k));
    TRY(write_list(context, database, "outcomes", &spec->outcomes));
    for (size_t k = 0; k < TF_STEPS; k++) {
        if (spec->equal[k].count > 0) {
            TRY(write_list(context, database, tf_step_names[k], &spec->equal[k]));
        }
    }
out:
    return status;
}

static trefoil_status write_areas(trefoil_context *context, tf_database *database, const tf_list *areas)
{
    trefoil_status status;
    tf_text text = {0};

    for (size_t k = 0; k < areas->count; k++) {
        tf_text_addf(&text, "%s%s", k > 0 ? "\n" : "", areas->items[k]);
    }
    status = text.failed ? tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", database->path)
                         : write_fact(context, database, "areas", text.chars != NULL ? text.chars : "");
    tf_text_free(&text);
    return status;
}

static trefoil_status write_facts(trefoil_context *context, tf_database *database, const tf_scenario *scenario)
{
    trefoil_status status;
    char seed[24];

    snprintf(seed, sizeof seed, "%llu", (unsigned long long)scenario->seed);
    TRY(write_fact(context, database, "path", scenario->path));
    TRY(write_fact(context, database, "name", scenario->name));
    TRY(write_fact(context, database, "title", scenario->title));
    TRY(write_fact(context, database, "question", scenario->question));
    TRY(write_fact(context, database, "digest", scenario->digest));
    TRY(write_areas(context, database, &scenario->areas));
    TRY(write_integer(context, database, "age_min", scenario->age_min));
    TRY(write_integer(context, database, "age_max", scenario->age_max));
    TRY(write_integer(context, database, "open_years", scenario->open_years));
    TRY(write_integer(context, database, "cohort", scenario->cohort));
    TRY(write_integer(context, database, "everyone", scenario->everyone));
    TRY(write_integer(context, database, "persons", scenario->persons));
    TRY(write_fact(context, database, "model", scenario->model));
    TRY(write_number(context, database, "start", scenario->start));
    TRY(write_number(context, database, "horizon", scenario->horizon));
    TRY(write_number(context, database, "cycle", scenario->cycle));
    TRY(write_fact(context, database, "perspective", scenario->perspective));
    TRY(write_fact(context, database, "currency", scenario->currency));
    TRY(write_fact(context, database, "price_year", scenario->price_year));
    TRY(write_number(context, database, "discount_costs", scenario->discount_costs));
    TRY(write_number(context, database, "discount_effects", scenario->discount_effects));
    TRY(write_fact(context, database, "discounting", tf_discounting_names[scenario->discounting]));
    TRY(write_integer(context, database, "draws", scenario->draws));
    TRY(write_number(context, database, "mcse", scenario->mcse));
    TRY(write_fact(context, database, "seed", seed));
    TRY(write_integer(context, database, "reference", scenario->reference));
    TRY(write_integer(context, database, "age_band", scenario->age_band));
    TRY(write_staircase(context, database, &scenario->staircase));
out:
    return status;
}

static trefoil_status write_strategies(trefoil_context *context, tf_database *database, const tf_scenario *scenario)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < scenario->n_interventions; k++) {
        const tf_intervention_spec *spec = &scenario->interventions[k];

        TRY(tf_database_write(context, database, "INSERT INTO intervention VALUES (?, ?, ?, ?)", "ittt", (int64_t)k, spec->name,
                              spec->title, spec->plugin != NULL ? spec->plugin : ""));
    }
    for (size_t s = 0; s < scenario->n_strategies; s++) {
        for (size_t k = 0; k < scenario->strategies[s].n_interventions; k++) {
            TRY(tf_database_write(context, database, "INSERT INTO strategy_intervention VALUES (?, ?, ?)", "iii", (int64_t)s, (int64_t)k,
                                  (int64_t)scenario->strategies[s].interventions[k]));
        }
    }
    for (size_t k = 0; k < scenario->n_thresholds; k++) {
        TRY(tf_database_write(context, database, "INSERT INTO threshold VALUES (?, ?)", "ir", (int64_t)k, scenario->thresholds[k]));
    }
    for (size_t k = 0; k + 1 < scenario->equity.texts.count; k += 2) {
        TRY(tf_database_write(context, database, "INSERT INTO equity VALUES (?, ?, ?)", "itt", (int64_t)(k / 2),
                              scenario->equity.texts.items[k], scenario->equity.texts.items[k + 1]));
    }
    for (size_t k = 0; k < scenario->n_groupings; k++) {
        const tf_grouping *grouping = &scenario->groupings[k];

        TRY(tf_database_write(context, database, "INSERT INTO grouping VALUES (?, ?, ?, ?)", "itii", (int64_t)k, grouping->name,
                              (int64_t)grouping->dimensions, (int64_t)grouping->by_year));
    }
out:
    return status;
}

static bool is_overridden(const tf_scenario *scenario, const char *name)
{
    for (size_t k = 0; k < scenario->n_parameters; k++) {
        if (strcmp(scenario->parameters[k].key, name) == 0) {
            return true;
        }
    }
    return false;
}

static trefoil_status write_evidence(trefoil_context *context, tf_database *database, size_t position, const tf_evidence *row,
                                     bool overridden)
{
    enum { LONGEST = 256 };
    trefoil_status status;
    tf_text distribution = {0}, place = {0};
    char text[LONGEST];
    const char *source = row->source != NULL && row->source[0] != '\0' ? row->source : row->number.source;
    double mean = NAN, sd = NAN;

    if (row->formula != NULL) {
        tf_text_addf(&distribution, "= %s", row->formula);
    } else {
        tf_distribution_print(&row->number.distribution, text, sizeof text);
        tf_text_add(&distribution, text);
        mean = row->number.distribution.mean;
        sd = row->number.distribution.sd;
    }
    if (row->place.file != NULL) {
        tf_text_addf(&place, "%s:%d", row->place.file, row->place.line);
    }
    if (distribution.failed || place.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", database->path);
    } else {
        status = tf_database_write(context, database, "INSERT INTO parameter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                   "itttt" "rr" "tttt" "it", (int64_t)position, row->name, row->label, row->unit, distribution.chars,
                                   mean, sd, row->price_year, source, tf_grade_name(row->grade), row->note, (int64_t)overridden,
                                   place.chars);
    }
    tf_text_free(&distribution);
    tf_text_free(&place);
    return status;
}

static trefoil_status write_parameters(trefoil_context *context, tf_database *database, const tf_layout *layout,
                                       const tf_scenario *scenario, const tf_parameters *parameters)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < layout->n_parameters; k++) {
        const char *name = layout->parameters[k];
        ptrdiff_t found = parameters != NULL ? tf_parameters_find(parameters, name) : -1;

        if (found >= 0) {
            TRY(write_evidence(context, database, k, tf_parameters_row(parameters, (size_t)found), is_overridden(scenario, name)));
        } else {
            TRY(tf_database_write(context, database, "INSERT INTO parameter (position, name, overridden) VALUES (?, ?, ?)", "iti",
                                  (int64_t)k, name, (int64_t)is_overridden(scenario, name)));
        }
    }
out:
    return status;
}

trefoil_status tf_store_write_header(trefoil_context *context, tf_store *store, const tf_layout *layout, const tf_scenario *scenario,
                                     const tf_parameters *parameters, const tf_provenance_entry *identity, size_t n_identity)
{
    trefoil_status status;
    tf_database *database = &store->database;
    char versions[96];

    snprintf(versions, sizeof versions, "PRAGMA application_id = %d; PRAGMA user_version = %d", TF_STORE_APPLICATION,
             TREFOIL_STORE_FORMAT);
    TRY(tf_database_run(context, database, "BEGIN EXCLUSIVE"));
    TRY(tf_database_run(context, database, versions));
    TRY(tf_database_run(context, database, tf_store_schema));
    for (size_t k = 0; k < n_identity; k++) {
        TRY(tf_database_write(context, database, "INSERT INTO provenance VALUES (?, ?, 1)", "tt", identity[k].key, identity[k].value));
    }
    TRY(write_layout(context, database, layout));
    TRY(write_facts(context, database, scenario));
    TRY(write_strategies(context, database, scenario));
    TRY(write_parameters(context, database, layout, scenario, parameters));
    TRY(tf_store_seal(context, store));
    store->writing = true;
out:
    return status;
}

static bool is_little_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;

    memcpy(&first, &one, 1);
    return first == 1;
}

/* The bytes of each double in the other order, when this machine's is not little-endian. */
static void turn(unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++, bytes += sizeof(double)) {
        for (size_t j = 0; j < sizeof(double) / 2; j++) {
            unsigned char byte = bytes[j];

            bytes[j] = bytes[sizeof(double) - 1 - j];
            bytes[sizeof(double) - 1 - j] = byte;
        }
    }
}

void tf_store_encode(const double *numbers, size_t n, unsigned char *bytes)
{
    if (n == 0) {
        return;
    }
    memcpy(bytes, numbers, n * sizeof *numbers);
    if (!is_little_endian()) {
        turn(bytes, n);
    }
}

void tf_store_decode(const unsigned char *bytes, size_t n, double *numbers)
{
    if (n == 0) {
        return;
    }
    memcpy(numbers, bytes, n * sizeof *numbers);
    if (!is_little_endian()) {
        turn((unsigned char *)numbers, n);
    }
}

static const char insert_draw[] = "INSERT INTO draw VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

static bool is_zero(const double *numbers, size_t n)
{
    size_t k = 0;

    while (k < n && numbers[k] == 0) {
        k++;
    }
    return k == n;
}

/* An array of all strategies, one behind another; bytes written.  One of zeros alone is nothing, but for the first, the totals. */
static size_t encode_array(const tf_draw *draw, size_t n_strategies, int array, size_t n, unsigned char *bytes)
{
    bool nothing = array > 0;

    for (size_t s = 0; s < n_strategies && nothing; s++) {
        tf_outcome outcome = draw->outcomes[s];

        nothing = is_zero(*tf_store_array(&outcome, array), n);
    }
    for (size_t s = 0; s < n_strategies && !nothing; s++) {
        tf_outcome outcome = draw->outcomes[s];

        tf_store_encode(*tf_store_array(&outcome, array), n, bytes + s * n * sizeof(double));
    }
    return nothing ? 0 : n_strategies * n * sizeof(double);
}

/* What is written until tf_store_commit is written together. */
trefoil_status tf_store_begin(trefoil_context *context, tf_store *store)
{
    trefoil_status status = store->writing ? TREFOIL_DONE : tf_database_run(context, &store->database, "BEGIN IMMEDIATE");

    store->writing = status == TREFOIL_DONE;
    return status;
}

void tf_store_roll_back(tf_store *store)
{
    if (sqlite3_get_autocommit(store->database.handle) == 0) {
        sqlite3_exec(store->database.handle, "ROLLBACK", NULL, NULL, NULL);
    }
    store->writing = false;
}

void tf_store_digest_draw(uint32_t draw, double seconds, const tf_piece_of_bytes pieces[1 + TF_STORED_ARRAYS], char digest[TF_DIGEST_SIZE])
{
    const double head[] = {(double)draw, seconds};
    unsigned char bytes[sizeof head];
    tf_piece_of_bytes all[2 + TF_STORED_ARRAYS] = {{bytes, sizeof bytes}};

    tf_store_encode(head, sizeof head / sizeof head[0], bytes);
    memcpy(all + 1, pieces, sizeof all - sizeof all[0]);
    tf_digest_pieces(all, sizeof all / sizeof all[0], digest);
}

trefoil_status tf_store_write_draw(trefoil_context *context, tf_store *store, const tf_draw *draw)
{
    trefoil_status status;
    const tf_layout *layout = &store->layout;
    const tf_array_sizes sizes = tf_store_sizes(layout);
    tf_piece_of_bytes pieces[1 + TF_STORED_ARRAYS];
    unsigned char *at;
    char digest[TF_DIGEST_SIZE];

    if (store->bytes == NULL && (store->bytes = tf_alloc(tf_store_draw_size(layout) + 1, 1)) == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory to write draw %u", store->path, draw->draw);
    }
    at = store->bytes;
    tf_store_encode(draw->parameters, layout->n_parameters, at);
    pieces[0] = (tf_piece_of_bytes){at, layout->n_parameters * sizeof(double)};
    at += pieces[0].size;
    for (int k = 0; k < TF_STORED_ARRAYS; k++) {
        pieces[1 + k] = (tf_piece_of_bytes){at, encode_array(draw, layout->n_strategies, k, sizes.of[k], at)};
        at += pieces[1 + k].size;
    }
    tf_store_digest_draw(draw->draw, draw->seconds, pieces, digest);
    TRY(tf_store_begin(context, store));
    TRY(tf_database_write_again(context, &store->database, insert_draw, "ibbbbbbrt", (int64_t)draw->draw, pieces[0].bytes, pieces[0].size,
                                pieces[1].bytes, pieces[1].size, pieces[2].bytes, pieces[2].size, pieces[3].bytes, pieces[3].size,
                                pieces[4].bytes, pieces[4].size, pieces[5].bytes, pieces[5].size, draw->seconds, digest));
out:
    if (status != TREFOIL_DONE) {
        tf_store_roll_back(store);
    }
    return status;
}

trefoil_status tf_store_commit(trefoil_context *context, tf_store *store)
{
    trefoil_status status = TREFOIL_DONE;

    if (store->writing) {
        status = store->noted ? tf_store_seal_table(context, store, "provenance") : TREFOIL_DONE;
        store->noted = false;
        store->writing = false;
        if (status == TREFOIL_DONE) {
            status = tf_database_run(context, &store->database, "COMMIT");
        }
        if (status != TREFOIL_DONE) {
            tf_store_roll_back(store);
        }
    }
    return status;
}
