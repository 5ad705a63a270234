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
        tf_text_add_bytes(&csv->text, ",", 1);
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
        tf_text_add_bytes(&csv->text, digits, tf_print_number(cell == 0 ? 0.0 : cell, digits));
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

/* A file being written beside its final name. */
typedef struct output {
    tf_text path, part;
    int file;   /* or -1 */
    int failed; /* an error number, or 0 */
} output;

static void begin_output(output *out, const char *folder, const char *name)
{
    *out = (output){.file = -1};
    tf_text_addf(&out->path, "%s/%s", folder, name);
    tf_text_addf(&out->part, "%s/%s.part", folder, name);
    if (out->path.failed || out->part.failed) {
        out->failed = ENOMEM;
        return;
    }
    out->file = open(out->part.chars, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    out->failed = out->file < 0 ? errno : 0;
}

/* What the text holds; it is empty afterwards, with its room. */
static void write_output(output *out, tf_text *text)
{
    const char *bytes = text->chars;
    size_t n = text->length;

    out->failed = out->failed == 0 && text->failed ? ENOMEM : out->failed;
    while (n > 0 && out->failed == 0) {
        ssize_t done = write(out->file, bytes, n);

        if (done >= 0) {
            bytes += done;
            n -= (size_t)done;
        } else if (errno != EINTR) {
            out->failed = errno;
        }
    }
    text->length = 0;
}

/* The file takes its name, or nothing is left of it.  It is not forced to the disk: all but the store can be made again from the store. */
static trefoil_status end_output(trefoil_context *context, output *out, const char *folder, const char *name)
{
    trefoil_status status = TREFOIL_DONE;

    if (out->file >= 0 && close(out->file) != 0 && out->failed == 0) {
        out->failed = errno;
    }
    if (out->failed == 0 && rename(out->part.chars, out->path.chars) != 0) {
        out->failed = errno;
    }
    if (out->failed != 0 && out->file >= 0) {
        (void)unlink(out->part.chars);
    }
    if (out->failed == ENOMEM) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "%s/%s: not enough memory to write it", folder, name);
    } else if (out->failed != 0) {
        status = tf_fail(context, TREFOIL_FILE_FAILED, "%s: cannot be written: %s; the store is whole: free the way and run 'trefoil analyse'",
                         out->path.chars, strerror(out->failed));
    }
    tf_text_free(&out->path);
    tf_text_free(&out->part);
    return status;
}

trefoil_status tf_export_text(trefoil_context *context, const char *folder, const char *name, const tf_text *text)
{
    tf_text shown = *text;
    output out;

    begin_output(&out, folder, name);
    write_output(&out, &shown);
    return end_output(context, &out, folder, name);
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

static void add_head(tf_csv *csv, const tf_layout *layout)
{
    tf_text_add(&csv->text, "draw,strategy,cost,qaly,ly");
    csv->in_row = true;
    for (size_t p = 0; p < layout->n_parameters; p++) {
        tf_csv_text(csv, layout->parameters[p]);
    }
    tf_csv_end(csv);
}

trefoil_status tf_export_draws(trefoil_context *context, const tf_store *store, const tf_sample *sample, const char *folder)
{
    enum { ENOUGH = 1 << 18 /* bytes to write at once */ };
    const tf_layout *layout = tf_store_layout(store);
    const ptrdiff_t persons = tf_find_measure(layout, "persons"), cost = tf_find_measure(layout, "cost"),
                    qaly = tf_find_measure(layout, "qaly"), ly = tf_find_measure(layout, "ly");
    tf_csv csv = {0}, inputs = {0};
    output out;

    begin_output(&out, folder, "draws.csv");
    add_head(&csv, layout);
    for (size_t d = 0; d < sample->n_draws && out.failed == 0; d++) {
        inputs.text.length = 0;
        inputs.in_row = true;
        for (size_t p = 0; p < layout->n_parameters; p++) { /* the same digits for every strategy */
            tf_csv_number(&inputs, sample->parameters[d][p]);
        }
        tf_csv_end(&inputs);
        for (size_t s = 0; s < layout->n_strategies; s++) {
            const tf_outcome *outcome = &sample->outcomes[d][s];

            tf_csv_number(&csv, sample->draws[d]);
            tf_csv_text(&csv, layout->strategies[s]);
            tf_csv_number(&csv, per_person(layout, outcome, persons, cost, TF_DISCOUNTED));
            tf_csv_number(&csv, per_person(layout, outcome, persons, qaly, TF_DISCOUNTED));
            tf_csv_number(&csv, per_person(layout, outcome, persons, ly, TF_UNDISCOUNTED));
            tf_text_add_bytes(&csv.text, inputs.text.chars, inputs.text.length);
            csv.in_row = false;
        }
        csv.text.failed = csv.text.failed || inputs.text.failed;
        if (csv.text.length >= ENOUGH) {
            write_output(&out, &csv.text);
        }
    }
    write_output(&out, &csv.text);
    tf_text_free(&csv.text);
    tf_text_free(&inputs.text);
    return end_output(context, &out, folder, "draws.csv");
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
