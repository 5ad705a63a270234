/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cases of kind "equity": life tables and measures of inequality of plain tables.
 *   [lifetable NAME]   file, and the options of trefoil lifetable as keys
 *   [inequality NAME]  file, and the options of trefoil inequality as keys; or, instead of file, table = NAME of a life table, whose labels
 *                      are the groups, with column = qale or ex at age = A (else the first), and rank_by_outcome, weigh_by_people = yes
 * Rows of expected.csv: `strategy` is NAME, or, of several, NAME and a label: "NAME label".  `quantity` is a measure ("sii", "atkinson(7)",
 * "sii.se", "sii.lo", "sii.hi", "concentration_step(2)"; "net(1)", the net health benefit of rank 1), a criterion of dominance ("lorenz"),
 * "atkinson_switch" or "kolm_switch", or, of a life table, "ex(0)", "ex_lo(0)", "ex_hi(0)", "ex_se(0)", "qx(0)", "lx(0)", "qale(0)",
 * "utility(0)" at an age.
 */
#include "library/validate.h"

#include "base/memory.h"
#include "library/lives.h"
#include "library/spread.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static trefoil_status no_memory(trefoil_context *context, const tf_case *self)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the case '%s'", self->name);
}

/* What `strategy` names of a section: the only label (NULL in *label), or the label behind the name; false: another section. */
static bool names(const char *strategy, const char *name, const char **label)
{
    size_t length = strlen(name);

    if (strncmp(strategy, name, length) != 0 || (strategy[length] != '\0' && strategy[length] != ' ')) {
        return false;
    }
    *label = strategy[length] == ' ' ? strategy + length + 1 : NULL;
    return true;
}

/* "word(7)" with `word`: the text between the brackets as a number. */
static bool argument_of(const char *quantity, const char *word, double *argument)
{
    size_t length = strlen(word), all = strlen(quantity);
    char digits[TF_NUMBER_SIZE];

    if (strncmp(quantity, word, length) != 0 || all < length + 3 || quantity[length] != '(' || quantity[all - 1] != ')' ||
        all - length - 2 >= sizeof digits) {
        return false;
    }
    snprintf(digits, sizeof digits, "%.*s", (int)(all - length - 2), quantity + length + 1);
    return tf_parse_number(digits, argument);
}

/* ---- life tables --------------------------------------------------------------- */

static void answer_band(const tf_lives *lives, const tf_life *life, tf_expected *row)
{
    static const char *const words[] = {"ex", "ex_lo", "ex_hi", "ex_se", "qx", "lx", "qale", "utility"};

    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        double age;

        for (size_t k = 0; argument_of(row->quantity, words[w], &age) && k < life->count; k++) {
            const tf_lifeband *b = &life->bands[k];
            const double values[] = {b->expectancy, b->expectancy - lives->quantile * b->error, b->expectancy + lives->quantile * b->error,
                                     b->error,      b->q, b->l, b->quality, b->utility};

            if (b->age >= age && !(b->age > age)) {
                tf_answer_row(row, values[w], 0);
            }
        }
    }
}

static void answer_lives(tf_case *self, const char *name, const tf_lives *lives)
{
    for (size_t k = 0; k < self->n_expected; k++) {
        const char *label;
        const tf_life *life;

        if (names(self->expected[k].strategy, name, &label)) {
            life = label ? tf_lives_find(lives, label) : lives->count == 1 ? &lives->items[0] : NULL;
            if (life) {
                answer_band(lives, life, &self->expected[k]);
            }
        }
    }
}

static trefoil_status make_lives(trefoil_context *context, tf_case *self, size_t section, tf_lives **lives)
{
    tf_config *c = self->config;
    const trefoil_lifetable_options options = {
        .by = tf_config_text(c, section, "by"), .age = tf_config_text(c, section, "age"), .age_to = tf_config_text(c, section, "age_to"),
        .rate = tf_config_text(c, section, "rate"), .deaths = tf_config_text(c, section, "deaths"),
        .people = tf_config_text(c, section, "people"), .risk = tf_config_text(c, section, "risk"),
        .alive = tf_config_text(c, section, "alive"), .dying = tf_config_text(c, section, "dying"),
        .utility = tf_config_text(c, section, "utility"), .method = tf_config_text(c, section, "method"),
        .last = tf_config_text(c, section, "last"), .discount = tf_config_text(c, section, "discount"),
    };
    char *file;
    trefoil_status status;

    *lives = NULL;
    if (!tf_config_require(context, c, section, "file", "the table it is made from")) {
        return TREFOIL_USER_MISTAKE;
    }
    file = tf_config_file(context, c, section, "file");
    status = file ? tf_lives_create(context, file, &options, lives) : no_memory(context, self);
    tf_free(file);
    return status;
}

/* ---- inequality ---------------------------------------------------------------- */

static bool answer_dominance(const tf_comparison *c, tf_expected *row)
{
    static const char *const criteria[] = {"pareto", "lorenz", "generalised_lorenz", "concentration", "generalised_concentration"};
    const tf_dominance verdicts[] = {c->pareto, c->lorenz, c->generalised_lorenz, c->concentration, c->generalised_concentration};
    static const char *const switches[] = {"atkinson_switch", "kolm_switch"};

    for (size_t k = 0; k < sizeof criteria / sizeof *criteria; k++) {
        if (strcmp(row->quantity, criteria[k]) == 0) {
            tf_answer_word(row, tf_dominance_name(verdicts[k]));
            return true;
        }
    }
    for (int k = TF_ATKINSON; k <= TF_KOLM; k++) {
        if (strcmp(row->quantity, switches[k]) == 0 && c->n_switches[k] == 1) {
            tf_answer_row(row, c->switches[k][0], 0);
            return true;
        }
    }
    return false;
}

static void answer_item(const tf_spread_item *item, tf_expected *row)
{
    char name[TF_MEASURE_SIZE];
    const char *dot = strrchr(row->quantity, '.');
    const tf_measured *m = tf_spread_measure(item, row->quantity);
    double argument, value;

    if (item->compared && answer_dominance(&item->comparison, row)) {
        return;
    }
    for (size_t k = 0; item->equity && argument_of(row->quantity, "net", &argument) && k < item->equity->before->n; k++) {
        if (item->equity->before->rank[k] >= argument && !(item->equity->before->rank[k] > argument)) {
            tf_answer_row(row, item->equity->net[k], 0);
            return;
        }
    }
    if (argument_of(row->quantity, "concentration_step", &argument)) {
        tf_answer_row(row, tf_concentration_step(item->distribution, (size_t)argument).value, 0);
        return;
    }
    if (m) {
        if (!m->index.undefined) {
            tf_answer_row(row, m->index.value, m->index.error);
        }
        return;
    }
    if (dot == NULL) {
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)(dot - row->quantity), row->quantity);
    m = tf_spread_measure(item, name);
    value = m ? m->index.value : (double)NAN;
    if (m && !m->index.undefined && strcmp(dot, ".se") == 0) {
        tf_answer_row(row, m->index.error, 0);
    } else if (m && !m->index.undefined && (strcmp(dot, ".lo") == 0 || strcmp(dot, ".hi") == 0)) {
        tf_answer_row(row, value + (dot[1] == 'l' ? -1.959963984540054 : 1.959963984540054) * m->index.error, 0);
    }
}

static void answer_spread(tf_case *self, const char *name, const tf_spread *spread)
{
    for (size_t k = 0; k < self->n_expected; k++) {
        const char *label;
        const tf_spread_item *item;

        if (names(self->expected[k].strategy, name, &label)) {
            item = label ? tf_spread_find(spread, label) : spread->count == 1 ? &spread->items[0] : NULL;
            if (item) {
                answer_item(item, &self->expected[k]);
            }
        }
    }
}

/* The life tables of a case by name. */
typedef struct shelf {
    tf_lives **lives;
    const char **names;
    size_t count;
} shelf;

/* One group for each label of a set of life tables. */
static trefoil_status spread_lives(trefoil_context *context, tf_case *self, size_t section, const tf_lives *lives,
                                   const trefoil_inequality_options *options, tf_spread **spread)
{
    static const char *const choices[] = {"qale", "ex", NULL};
    tf_config *c = self->config;
    const int column = tf_config_choice(context, c, section, "column", choices, 0);
    const double age = tf_config_number(context, c, section, "age", 0, 200, NAN);
    const bool ranked = tf_config_switch(context, c, section, "rank_by_outcome", false);
    const bool weighted = tf_config_switch(context, c, section, "weigh_by_people", false);
    tf_rows rows = {.label = (char *)(uintptr_t)self->name, .count = lives->count};
    double *people = TF_NEW(double, lives->count), *outcome = TF_NEW(double, lives->count);
    trefoil_status status;

    if (!people || !outcome) {
        status = no_memory(context, self);
        goto out;
    }
    for (size_t k = 0; k < lives->count; k++) {
        const tf_life *life = &lives->items[k];
        size_t at = 0;

        while (!isnan(age) && at + 1 < life->count && life->bands[at].age < age) {
            at++;
        }
        people[k] = life->people;
        outcome[k] = column == 0 ? life->bands[at].quality : life->bands[at].expectancy;
    }
    rows.people = weighted ? people : NULL;
    rows.outcome = outcome;
    rows.rank = ranked ? outcome : NULL;
    status = tf_spread_create_rows(context, &rows, options, spread);
out:
    tf_free(people);
    tf_free(outcome);
    return status;
}

static trefoil_status make_spread(trefoil_context *context, tf_case *self, size_t section, const shelf *made, tf_spread **spread)
{
    tf_config *c = self->config;
    const char *table = tf_config_text(c, section, "table");
    const trefoil_inequality_options options = {
        .outcome = tf_config_text(c, section, "outcome"), .rank = tf_config_text(c, section, "rank"),
        .people = tf_config_text(c, section, "people"), .error = tf_config_text(c, section, "se"), .by = tf_config_text(c, section, "by"),
        .part = tf_config_text(c, section, "part"), .cluster = tf_config_text(c, section, "cluster"),
        .stratum = tf_config_text(c, section, "stratum"), .bounds = tf_config_text(c, section, "bounds"),
        .aversion = tf_config_text(c, section, "aversion"), .kolm = tf_config_text(c, section, "kolm"),
        .extended = tf_config_text(c, section, "extended"), .increment = tf_config_text(c, section, "increment"),
        .gain = tf_config_text(c, section, "gain"), .cost = tf_config_text(c, section, "cost"),
        .threshold = tf_config_text(c, section, "threshold"), .gradient = tf_config_text(c, section, "gradient"),
        .against = tf_config_text(c, section, "against"), .switches = tf_config_text(c, section, "switch"),
        .bad = tf_config_switch(context, c, section, "bad", false),
    };
    char *file;
    trefoil_status status;

    *spread = NULL;
    for (size_t k = 0; table && k < made->count; k++) {
        if (strcmp(made->names[k], table) == 0) {
            return spread_lives(context, self, section, made->lives[k], &options, spread);
        }
    }
    if (table) {
        return tf_mistake(context, tf_config_place(c, section, "table"), "table = %s: no life table of that name above", table);
    }
    if (!tf_config_require(context, c, section, "file", "the table it is measured in")) {
        return TREFOIL_USER_MISTAKE;
    }
    file = tf_config_file(context, c, section, "file");
    status = file ? tf_spread_create(context, file, &options, spread) : no_memory(context, self);
    tf_free(file);
    return status;
}

trefoil_status tf_case_equity(trefoil_context *context, tf_case *self)
{
    trefoil_status status = TREFOIL_DONE;
    size_t n = tf_config_sections(self->config);
    shelf made = {.lives = TF_NEW(tf_lives *, n), .names = TF_NEW(const char *, n)};
    tf_spread *spread = NULL;

    if (!made.lives || !made.names) {
        status = no_memory(context, self);
        goto out;
    }
    for (size_t k = 0; k < n; k++) {
        const char *name;

        if (tf_config_section_is(self->config, k, "lifetable", &name)) {
            TRY(make_lives(context, self, k, &made.lives[made.count]));
            made.names[made.count] = name;
            answer_lives(self, name, made.lives[made.count++]);
        } else if (tf_config_section_is(self->config, k, "inequality", &name)) {
            TRY(make_spread(context, self, k, &made, &spread));
            answer_spread(self, name, spread);
            tf_spread_destroy(spread);
            spread = NULL;
        }
    }
out:
    for (size_t k = 0; k < made.count; k++) {
        tf_lives_destroy(made.lives[k]);
    }
    tf_free(made.lives);
    tf_free(made.names);
    return status;
}
