/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "library/validate.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What all cases together came to. */
typedef struct tally {
    size_t cases, rows, met, missed, listed;
    tf_text out;
} tally;

/* ---- answers --------------------------------------------------------------------------------- */

void tf_answer_row(tf_expected *row, double value, double mcse)
{
    row->answered = true;
    row->answer = value;
    row->mcse = mcse;
    row->word[0] = '\0';
}

void tf_answer_word(tf_expected *row, const char *word)
{
    row->answered = true;
    row->answer = NAN;
    row->mcse = 0;
    snprintf(row->word, sizeof row->word, "%s", word);
}

size_t tf_case_answer(tf_case *self, const char *strategy, const char *quantity, double value, double mcse)
{
    size_t n = 0;

    for (size_t k = 0; k < self->n_expected; k++) {
        if (tf_same_text(self->expected[k].strategy, strategy) && tf_same_text(self->expected[k].quantity, quantity)) {
            tf_answer_row(&self->expected[k], value, mcse);
            n++;
        }
    }
    return n;
}

size_t tf_case_answer_word(tf_case *self, const char *strategy, const char *quantity, const char *word)
{
    size_t n = 0;

    for (size_t k = 0; k < self->n_expected; k++) {
        if (tf_same_text(self->expected[k].strategy, strategy) && tf_same_text(self->expected[k].quantity, quantity)) {
            tf_answer_word(&self->expected[k], word);
            n++;
        }
    }
    return n;
}

/* ---- expected.csv ---------------------------------------------------------------------------- */

/* "5%", "1e-9 relative", "4 mcse", "0.5", "text", "listed". */
static bool read_tolerance(const char *text, tf_expected *row)
{
    static const struct {
        const char *suffix;
        tf_tolerance kind;
        double unit;
    } forms[] = {{"%", TF_RELATIVE, 0.01}, {"relative", TF_RELATIVE, 1}, {"mcse", TF_ERRORS, 1}, {"", TF_ABSOLUTE, 1}};
    char digits[TF_NUMBER_SIZE * 2];

    if (tf_same_text(text, "text") || tf_same_text(text, "listed")) {
        row->kind = tf_same_text(text, "text") ? TF_WORD : TF_LISTED;
        return true;
    }
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        size_t length = strlen(text), suffix = strlen(forms[f].suffix);

        if (length > suffix && length - suffix < sizeof digits && strcmp(text + length - suffix, forms[f].suffix) == 0) {
            snprintf(digits, sizeof digits, "%.*s", (int)(length - suffix), text);
            row->kind = forms[f].kind;
            if (tf_parse_number(digits, &row->tolerance) && row->tolerance >= 0) {
                row->tolerance *= forms[f].unit;
                return true;
            }
            return false;
        }
    }
    return false;
}

static void read_row(trefoil_context *context, const tf_table *table, size_t row, const ptrdiff_t at[6], tf_expected *out)
{
    const tf_place place = tf_table_place(table, row);

    *out = (tf_expected){.strategy = tf_table_text(table, row, (size_t)at[0]), .quantity = tf_table_text(table, row, (size_t)at[1]),
                         .text = tf_table_text(table, row, (size_t)at[2]), .source = tf_table_text(table, row, (size_t)at[4]),
                         .note = at[5] >= 0 ? tf_table_text(table, row, (size_t)at[5]) : "", .place = place, .value = NAN,
                         .answer = NAN};
    if (!read_tolerance(tf_table_text(table, row, (size_t)at[3]), out)) {
        tf_mistake(context, place, "tolerance '%s': expected a number, '1e-9 relative', '5%%', '4 mcse', 'text' or 'listed'",
                   tf_table_text(table, row, (size_t)at[3]));
    } else if (out->kind == TF_LISTED && out->note[0] == '\0') {
        tf_mistake(context, place, "a row that is only listed says why in the column 'note'");
    } else if (out->kind != TF_WORD && !tf_parse_number(out->text, &out->value) && out->kind != TF_LISTED) {
        tf_mistake(context, place, "value '%s': expected a number", out->text);
    }
    if (out->source[0] == '\0') {
        tf_mistake(context, place, "a published figure needs its source");
    }
}

static trefoil_status read_expected(trefoil_context *context, const tf_table *table, tf_case *self)
{
    static const char *const names[] = {"strategy", "quantity", "value", "tolerance", "source", "note"};
    ptrdiff_t at[6];
    size_t before = tf_mistakes(context);

    for (size_t k = 0; k < 6; k++) {
        at[k] = tf_table_find(table, names[k]);
        if (at[k] < 0 && k < 5) {
            tf_mistake(context, (tf_place){tf_table_path(table), 1}, "column '%s' is missing", names[k]);
        }
    }
    if (tf_mistakes(context) > before) {
        return TREFOIL_USER_MISTAKE;
    }
    self->n_expected = tf_table_rows(table);
    self->expected = TF_NEW(tf_expected, self->n_expected);
    if (self->expected == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the case '%s'", self->name);
    }
    for (size_t row = 0; row < self->n_expected; row++) {
        read_row(context, table, row, at, &self->expected[row]);
    }
    return tf_mistakes(context) > before ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
}

/* ---- verdicts -------------------------------------------------------------------------------- */

static bool is_met(const tf_expected *row)
{
    double difference = fabs(row->answer - row->value);

    if (!row->answered) {
        return false;
    }
    switch (row->kind) {
    case TF_WORD:
        return tf_same_text(row->word, row->text);
    case TF_RELATIVE:
        return difference <= row->tolerance * fabs(row->value);
    case TF_ERRORS:
        return difference <= row->tolerance * row->mcse;
    case TF_ABSOLUTE: /* half a unit of a printed digit is not a binary number: forgive the last places of the difference */
        return difference <= row->tolerance + 8 * 2.3e-16 * fabs(row->value);
    case TF_LISTED:
        break;
    }
    return true;
}

static void add_number(tf_text *out, double value, int digits_shown)
{
    char digits[32];

    snprintf(digits, sizeof digits, "%.*g", digits_shown, value);
    tf_text_addf(out, "  %16s", digits);
}

static void add_verdict(tf_text *out, const tf_case *self, const tf_expected *row, int width, const char *verdict)
{
    char quantity[256];

    snprintf(quantity, sizeof quantity, "%s: %s", row->strategy, row->quantity);
    tf_text_addf(out, "%s  %-*s", self->name, width, quantity);
    if (isnan(row->value)) {
        tf_text_addf(out, "  %16s", row->text);
    } else {
        add_number(out, row->value, 10);
    }
    if (!row->answered || row->word[0] != '\0') {
        tf_text_addf(out, "  %16s  %16s", row->answered ? row->word : "no answer", "");
    } else {
        add_number(out, row->answer, 10);
        add_number(out, row->answer - row->value, 2);
    }
    tf_text_addf(out, "  %s\n", verdict);
}

static void judge(const tf_case *self, tally *all)
{
    size_t met = 0, missed = 0, listed = 0, widest = 8;

    for (size_t k = 0; k < self->n_expected; k++) {
        size_t width = strlen(self->expected[k].strategy) + strlen(self->expected[k].quantity) + 2;

        widest = width > widest ? width : widest;
    }
    widest = widest < 64 ? widest : 64;
    tf_text_addf(&all->out, "%s: %s\n%-*s  %-*s  %16s  %16s  %16s  verdict\n", self->name, self->title, (int)strlen(self->name), "case",
                 (int)widest, "quantity", "published", "trefoil", "difference");
    for (size_t k = 0; k < self->n_expected; k++) {
        const tf_expected *row = &self->expected[k];
        bool good = is_met(row), only = row->kind == TF_LISTED;

        listed += only;
        met += !only && good;
        missed += !only && !good;
        add_verdict(&all->out, self, row, (int)widest, only ? "listed" : good ? "pass" : "FAIL");
        if (only) {
            tf_text_addf(&all->out, "    %s\n", row->note);
        }
    }
    tf_text_add(&all->out, "\n");
    all->cases++;
    all->rows += self->n_expected;
    all->met += met;
    all->missed += missed;
    all->listed += listed;
}

/* ---- one case -------------------------------------------------------------------------------- */

static const tf_kind *find_kind(trefoil_context *context, tf_config *config, size_t section)
{
    const char *name = tf_config_text(config, section, "kind");
    const char *names[64];
    size_t n = 0;
    const char *near;

    for (; tf_kinds[n].name != NULL && n < 64; n++) {
        names[n] = tf_kinds[n].name;
        if (name != NULL && strcmp(name, names[n]) == 0) {
            return &tf_kinds[n];
        }
    }
    near = name != NULL ? tf_nearest(name, names, n) : NULL;
    tf_mistake(context, tf_config_place(config, section, "kind"), "[case] kind = %s: no such kind of case%s%s%s", name != NULL ? name : "",
               near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    return NULL;
}

static trefoil_status run_config(trefoil_context *context, tf_case *self, tally *all)
{
    trefoil_status status = TREFOIL_DONE;
    ptrdiff_t section = tf_config_find(self->config, "case");
    const tf_kind *kind;
    size_t before = tf_mistakes(context);

    if (section < 0) {
        return tf_mistake(context, (tf_place){tf_config_path(self->config), 0}, "the section [case] is missing");
    }
    tf_config_require(context, self->config, (size_t)section, "title", "one line that tells what is reproduced");
    self->title = tf_config_text(self->config, (size_t)section, "title");
    kind = find_kind(context, self->config, (size_t)section);
    if (kind == NULL) {
        return TREFOIL_USER_MISTAKE;
    }
    TRY(kind->run(context, self));
    TRY(tf_config_finish(context, self->config));
    if (tf_mistakes(context) > before) {
        return TREFOIL_USER_MISTAKE;
    }
    judge(self, all);
out:
    return status;
}

static trefoil_status run_case(trefoil_context *context, const char *folder, const char *name, tally *all)
{
    trefoil_status status;
    tf_text ini = {0}, csv = {0};
    tf_case self = {.name = name, .folder = folder};
    tf_table *table = NULL;

    tf_text_addf(&ini, "%s/case.ini", folder);
    tf_text_addf(&csv, "%s/expected.csv", folder);
    if (ini.failed || csv.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the case '%s'", name);
        goto out;
    }
    TRY(tf_config_read(context, ini.chars, (tf_place){0}, &self.config));
    TRY(tf_table_read(context, csv.chars, (tf_place){0}, &table));
    TRY(read_expected(context, table, &self));
    TRY(run_config(context, &self, all));
out:
    tf_free(self.expected);
    tf_table_destroy(table);
    tf_config_destroy(self.config);
    tf_text_free(&ini);
    tf_text_free(&csv);
    return status;
}

/* ---- all cases ------------------------------------------------------------------------------- */

static bool is_case(const char *folder)
{
    tf_text path = {0};
    struct stat what;
    bool is;

    tf_text_addf(&path, "%s/case.ini", folder);
    is = !path.failed && stat(path.chars, &what) == 0 && S_ISREG(what.st_mode);
    tf_text_free(&path);
    return is;
}

/* The folder itself when it is a case, else every case in it in the order of names.  A case that cannot be read does not stop the others. */
static trefoil_status run_folder(trefoil_context *context, const char *folder, tally *all)
{
    struct dirent **names = NULL;
    trefoil_status status = TREFOIL_DONE, one;
    int n;

    if (is_case(folder)) {
        const char *slash = strrchr(folder, '/');

        return run_case(context, folder, slash != NULL && slash[1] != '\0' ? slash + 1 : folder, all);
    }
    n = scandir(folder, &names, NULL, alphasort);
    if (n < 0) {
        return tf_fail(context, TREFOIL_FILE_FAILED, "%s: %s", folder, strerror(errno));
    }
    for (int k = 0; k < n; k++) {
        tf_text path = {0};

        tf_text_addf(&path, "%s/%s", folder, names[k]->d_name);
        if (names[k]->d_name[0] != '.' && !path.failed && is_case(path.chars) && !tf_interrupted(context)) {
            tf_progress(context, names[k]->d_name, k, n);
            one = run_case(context, path.chars, names[k]->d_name, all);
            status = status == TREFOIL_DONE ? one : status;
        }
        tf_text_free(&path);
        free(names[k]);
    }
    free(names);
    if (status == TREFOIL_DONE && tf_interrupted(context)) {
        status = TREFOIL_INTERRUPTED;
    }
    return status;
}

trefoil_status trefoil_validate(trefoil_context *context, const char *folder)
{
    trefoil_status status;
    tally all = {0};

    tf_result(context, NULL);
    TRY(run_folder(context, folder, &all));
    if (all.cases == 0) {
        status = tf_mistake(context, (tf_place){0}, "%s: no case there (a folder with a case.ini and an expected.csv)", folder);
        goto out;
    }
    tf_text_addf(&all.out, "%zu case%s, %zu published figures: %zu reproduced, %zu failed, %zu listed with the reason\n", all.cases,
                 all.cases == 1 ? "" : "s", all.rows, all.met, all.missed, all.listed);
    if (all.out.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the table of cases");
        goto out;
    }
    TRY(tf_result(context, all.out.chars));
    if (all.missed > 0) {
        status = TREFOIL_DIFFERS;
    }
out:
    tf_text_free(&all.out);
    return status;
}
