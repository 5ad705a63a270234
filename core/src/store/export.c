/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/export.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- CSV ------------------------------------------------------------------------------------- */

static void begin_cell(tf_csv *csv)
{
    if (csv->in_row) {
        tf_text_add(&csv->text, ",");
    }
    csv->in_row = true;
}

void tf_csv_text(tf_csv *csv, const char *cell)
{
    begin_cell(csv);
    if (strpbrk(cell, "\",\r\n") == NULL) {
        tf_text_add(&csv->text, cell);
        return;
    }
    tf_text_add(&csv->text, "\"");
    for (const char *quote; (quote = strchr(cell, '"')) != NULL; cell = quote + 1) {
        tf_text_addf(&csv->text, "%.*s\"\"", (int)(quote - cell), cell);
    }
    tf_text_addf(&csv->text, "%s\"", cell);
}

void tf_csv_number(tf_csv *csv, double cell)
{
    char digits[TF_NUMBER_SIZE];

    begin_cell(csv);
    if (isfinite(cell)) {
        tf_print_number(cell == 0 ? 0.0 : cell, digits);
        tf_text_add(&csv->text, digits);
    }
}

void tf_csv_integer(tf_csv *csv, int64_t cell)
{
    begin_cell(csv);
    tf_text_addf(&csv->text, "%lld", (long long)cell);
}

void tf_csv_end(tf_csv *csv)
{
    tf_text_add(&csv->text, "\n");
    csv->in_row = false;
}

void tf_csv_header(tf_csv *csv, const char *names)
{
    tf_text_addf(&csv->text, "%s\n", names);
}

/* ---- files ----------------------------------------------------------------------------------- */

trefoil_status tf_export_folder(trefoil_context *context, const char *folder)
{
    trefoil_status status = TREFOIL_DONE;
    char *path = tf_strdup(folder);
    struct stat what;

    if (path == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", folder);
    }
    for (char *slash = path + (path[0] == '/'); slash != NULL && status == TREFOIL_DONE;) {
        slash = strchr(slash, '/');
        if (slash != NULL) {
            *slash = '\0';
        }
        if (path[0] != '\0' && mkdir(path, 0777) != 0 && errno != EEXIST) {
            status = tf_fail(context, TREFOIL_FILE_FAILED, "%s: the folder cannot be made: %s; choose another with --out", path,
                             strerror(errno));
        }
        if (slash != NULL) {
            *slash++ = '/';
        }
    }
    if (status == TREFOIL_DONE && (stat(folder, &what) != 0 || !S_ISDIR(what.st_mode))) {
        status = tf_fail(context, TREFOIL_FILE_FAILED, "%s: not a folder; choose another with --out", folder);
    }
    tf_free(path);
    return status;
}

/* All of it, on the disk; an error number otherwise. */
static int write_all(const char *path, const char *bytes, size_t n)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666), failed = 0;

    if (file < 0) {
        return errno;
    }
    while (n > 0 && failed == 0) {
        ssize_t done = write(file, bytes, n);

        if (done >= 0) {
            bytes += done;
            n -= (size_t)done;
        } else if (errno != EINTR) {
            failed = errno;
        }
    }
    if (failed == 0 && fsync(file) != 0 && errno != EINVAL && errno != EROFS) {
        failed = errno;
    }
    if (close(file) != 0 && failed == 0) {
        failed = errno;
    }
    return failed;
}

trefoil_status tf_export_text(trefoil_context *context, const char *folder, const char *name, const tf_text *text)
{
    trefoil_status status = TREFOIL_DONE;
    tf_text path = {0}, part = {0};
    int failed;

    tf_text_addf(&path, "%s/%s", folder, name);
    tf_text_addf(&part, "%s/%s.part", folder, name);
    if (text->failed || path.failed || part.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "%s/%s: not enough memory to write it", folder, name);
        goto out;
    }
    failed = write_all(part.chars, text->chars != NULL ? text->chars : "", text->length);
    if (failed == 0 && rename(part.chars, path.chars) != 0) {
        failed = errno;
    }
    if (failed != 0) {
        (void)unlink(part.chars);
        status = tf_fail(context, TREFOIL_FILE_FAILED, "%s: cannot be written: %s; the store is whole: free the way and run 'trefoil analyse'",
                         path.chars, strerror(failed));
    }
out:
    tf_text_free(&path);
    tf_text_free(&part);
    return status;
}

trefoil_status tf_export_csv(trefoil_context *context, const char *folder, const char *name, tf_csv *csv)
{
    trefoil_status status = tf_export_text(context, folder, name, &csv->text);

    tf_text_free(&csv->text);
    *csv = (tf_csv){0};
    return status;
}

/* ---- views ----------------------------------------------------------------------------------- */

ptrdiff_t tf_find_measure(const tf_layout *layout, const char *name)
{
    for (size_t k = 0; k < layout->n_measures; k++) {
        if (strcmp(layout->measures[k].name, name) == 0) {
            return (ptrdiff_t)k;
        }
    }
    return -1;
}

ptrdiff_t tf_find_group(const tf_layout *layout, const char *group_by, const char *group)
{
    for (size_t k = 0; k < layout->n_groups; k++) {
        if (strcmp(layout->groups[k].group_by, group_by) == 0 && strcmp(layout->groups[k].group, group) == 0) {
            return (ptrdiff_t)k;
        }
    }
    return -1;
}

static double per_person(const tf_layout *layout, const tf_outcome *outcome, ptrdiff_t persons, ptrdiff_t measure, int discounted)
{
    if (measure < 0 || persons < 0) {
        return NAN;
    }
    return outcome->total[tf_at(layout, 0, (size_t)measure, discounted)] /
           outcome->total[tf_at(layout, 0, (size_t)persons, TF_UNDISCOUNTED)];
}

trefoil_status tf_export_draws(trefoil_context *context, const tf_store *store, const tf_sample *sample, const char *folder)
{
    const tf_layout *layout = tf_store_layout(store);
    const ptrdiff_t persons = tf_find_measure(layout, "persons"), cost = tf_find_measure(layout, "cost"),
                    qaly = tf_find_measure(layout, "qaly"), ly = tf_find_measure(layout, "ly");
    tf_csv csv = {0}, inputs = {0};

    tf_text_add(&csv.text, "draw,strategy,cost,qaly,ly");
    csv.in_row = true;
    for (size_t p = 0; p < layout->n_parameters; p++) {
        tf_csv_text(&csv, layout->parameters[p]);
    }
    tf_csv_end(&csv);
    for (size_t d = 0; d < sample->n_draws; d++) {
        inputs.text.length = 0;
        inputs.in_row = true;
        for (size_t p = 0; p < layout->n_parameters; p++) { /* the same digits for every strategy */
            tf_csv_number(&inputs, sample->parameters[d][p]);
        }
        for (size_t s = 0; s < layout->n_strategies; s++) {
            const tf_outcome *outcome = &sample->outcomes[d][s];

            tf_csv_integer(&csv, sample->draws[d]);
            tf_csv_text(&csv, layout->strategies[s]);
            tf_csv_number(&csv, per_person(layout, outcome, persons, cost, TF_DISCOUNTED));
            tf_csv_number(&csv, per_person(layout, outcome, persons, qaly, TF_DISCOUNTED));
            tf_csv_number(&csv, per_person(layout, outcome, persons, ly, TF_UNDISCOUNTED));
            tf_text_add(&csv.text, layout->n_parameters > 0 && inputs.text.chars != NULL ? inputs.text.chars : "");
            tf_csv_end(&csv);
        }
    }
    csv.text.failed = csv.text.failed || inputs.text.failed;
    tf_text_free(&inputs.text);
    return tf_export_csv(context, folder, "draws.csv", &csv);
}

trefoil_status tf_export_parameters(trefoil_context *context, const tf_store *store, const char *folder)
{
    const tf_stored_parameter *parameters = tf_store_parameters(store);
    tf_csv csv = {0};

    tf_csv_header(&csv, "name,label,distribution,mean,sd,unit,price_year,grade,source,note,overridden,place");
    for (size_t k = 0; k < tf_store_layout(store)->n_parameters; k++) {
        const tf_stored_parameter *p = &parameters[k];

        tf_csv_text(&csv, p->name);
        tf_csv_text(&csv, p->label);
        tf_csv_text(&csv, p->distribution);
        tf_csv_number(&csv, p->mean);
        tf_csv_number(&csv, p->sd);
        tf_csv_text(&csv, p->unit);
        tf_csv_text(&csv, p->price_year);
        tf_csv_text(&csv, p->grade);
        tf_csv_text(&csv, p->source);
        tf_csv_text(&csv, p->note);
        tf_csv_integer(&csv, p->overridden);
        tf_csv_text(&csv, p->place);
        tf_csv_end(&csv);
    }
    return tf_export_csv(context, folder, "parameters.csv", &csv);
}

static void add_json_text(tf_text *json, const char *text)
{
    tf_text_add(json, "\"");
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            tf_text_addf(json, "\\%c", *c);
        } else if (*c < 0x20) {
            tf_text_addf(json, "\\u%04x", *c);
        } else {
            tf_text_addf(json, "%c", *c);
        }
    }
    tf_text_add(json, "\"");
}

static void add_json_facts(tf_text *json, const tf_store *store, const char *name, bool wanted)
{
    tf_provenance_entry fact;
    const char *between = "";
    bool identity;

    tf_text_addf(json, "  \"%s\": {", name);
    for (size_t k = 0; tf_store_fact(store, k, &fact, &identity) != NULL; k++) {
        if (identity == wanted) {
            tf_text_addf(json, "%s\n    ", between);
            add_json_text(json, fact.key);
            tf_text_add(json, ": ");
            add_json_text(json, fact.value);
            between = ",";
        }
    }
    tf_text_add(json, "\n  }");
}

trefoil_status tf_export_provenance(trefoil_context *context, const tf_store *store, const char *folder)
{
    trefoil_status status;
    tf_text json = {0};

    tf_text_addf(&json, "{\n  \"trefoil\": \"%s\",\n  \"store_format\": \"%d\",\n", TREFOIL_VERSION, TREFOIL_STORE_FORMAT);
    add_json_facts(&json, store, "identity", true);
    tf_text_add(&json, ",\n");
    add_json_facts(&json, store, "facts", false);
    tf_text_add(&json, "\n}\n");
    status = tf_export_text(context, folder, "provenance.json", &json);
    tf_text_free(&json);
    return status;
}
