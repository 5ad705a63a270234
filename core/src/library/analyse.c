/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/inquiry.h"
#include "base/memory.h"
#include "engine/background.h"
#include "library/named_store.h"
#include "report/equity_views.h"
#include "report/inquiry_views.h"
#include "report/terminal.h"
#include "report/views.h"
#include "store/export.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Thresholds of a sample that comes without any: NICE's, old and new. */
static const double usual_thresholds[] = {20000, 25000, 30000, 35000};

/* All that one analysis holds. */
typedef struct subject {
    const trefoil_analysis *asked;
    tf_store *store;
    tf_sample *sample;
    tf_psa *psa;
    double *thresholds; /* owned */
    tf_questions questions;
    tf_rates rates;
    tf_equity_spec equity; /* what was asked instead of the run's */
    bool differs; /* from what the run itself wrote */
    char *folder;
} subject;

/* SQLite's files begin with these bytes. */
static trefoil_status is_store(trefoil_context *context, const char *path, bool *is)
{
    static const char magic[16] = "SQLite format 3";
    char bytes[sizeof magic] = "";
    FILE *file = fopen(path, "rb");
    size_t n;

    if (file == NULL) {
        return tf_fail(context, TREFOIL_FILE_FAILED, "%s: %s", path, strerror(errno));
    }
    n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    *is = n == sizeof bytes && memcmp(bytes, magic, sizeof magic) == 0;
    return TREFOIL_DONE;
}

static trefoil_status read_rate(trefoil_context *context, const char *option, const char *text, double *rate)
{
    *rate = NAN;
    if (text != NULL && (!tf_parse_number(text, rate) || *rate < 0 || *rate > 1)) {
        return tf_mistake(context, (tf_place){0}, "--%s %s: expected a yearly rate from 0 to 1, as 0.035", option, text);
    }
    return TREFOIL_DONE;
}

/* "k=20000": settings as under [equity]. */
static void read_equity(trefoil_context *context, subject *of)
{
    for (size_t i = 0; i < of->asked->n_equity; i++) {
        const char *setting = of->asked->equity[i], *equals = strchr(setting, '='), *wrong;
        tf_text key = {0};

        tf_text_addf(&key, "%.*s", equals != NULL ? (int)(equals - setting) : 0, setting);
        wrong = equals == NULL || key.failed ? "expected key=value" : tf_equity_spec_take(&of->equity, key.chars, equals + 1);
        if (wrong != NULL) {
            (void)tf_mistake(context, (tf_place){0}, "--%s: %s", setting, wrong);
        }
        tf_text_free(&key);
    }
}

/* What was not asked is as the run had it. */
static trefoil_status complete_equity(trefoil_context *context, subject *of)
{
    const tf_scenario *scenario = tf_store_scenario(of->store);
    const char *wrong = NULL;

    for (size_t i = 0; i + 1 < scenario->equity.texts.count; i += 2) {
        const char *key = scenario->equity.texts.items[i];
        bool asked = false;

        for (size_t k = 0; k + 1 < of->equity.texts.count; k += 2) {
            asked = asked || strcmp(of->equity.texts.items[k], key) == 0;
        }
        if (!asked && tf_equity_spec_take(&of->equity, key, scenario->equity.texts.items[i + 1]) != NULL) {
            return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the settings of equity");
        }
    }
    wrong = tf_equity_spec_finish(&of->equity, scenario->currency, scenario->n_thresholds > 0 ? scenario->thresholds[0] : 0);
    return wrong != NULL ? tf_mistake(context, (tf_place){0}, "--gradient: %s", wrong) : TREFOIL_DONE;
}

static trefoil_status read_options(trefoil_context *context, subject *of)
{
    size_t before = tf_mistakes(context);
    trefoil_status status = TREFOIL_DONE;

    (void)read_rate(context, "discount-costs", of->asked->discount_costs, &of->rates.cost);
    (void)read_rate(context, "discount-effects", of->asked->discount_effects, &of->rates.effect);
    if (of->asked->thresholds != NULL) {
        status = tf_thresholds_parse(context, of->asked->thresholds, &of->thresholds, &of->questions.n_thresholds);
        of->questions.thresholds = of->thresholds;
    }
    read_equity(context, of);
    of->questions.sets = of->asked->evppi;
    of->questions.n_sets = of->asked->n_evppi;
    of->questions.studies = of->asked->study;
    of->differs = of->thresholds != NULL || !isnan(of->rates.cost) || !isnan(of->rates.effect) || of->asked->n_equity > 0;
    return status == TREFOIL_DONE && tf_mistakes(context) > before ? TREFOIL_USER_MISTAKE : status;
}

static trefoil_status open_store(trefoil_context *context, const char *path, subject *of)
{
    trefoil_status status;
    const tf_scenario *scenario;

    if (of->asked->parameters != NULL) {
        return tf_mistake(context, (tf_place){0}, "--parameters %s: a store holds its own parameters", of->asked->parameters);
    }
    TRY(tf_store_open(context, path, &of->store));
    scenario = tf_store_scenario(of->store);
    TRY(complete_equity(context, of));
    TRY(tf_store_sample(context, of->store, &of->sample));
    TRY(tf_psa_take(context, tf_store_layout(of->store), scenario, of->sample, of->rates, &of->psa));
    if (of->thresholds == NULL) {
        of->questions.thresholds = scenario->thresholds;
        of->questions.n_thresholds = scenario->n_thresholds;
    }
out:
    return status;
}

static trefoil_status open_sample(trefoil_context *context, const char *path, subject *of)
{
    trefoil_status status;
    double people = NAN;

    if (of->asked->n_equity > 0) {
        return tf_mistake(context, (tf_place){0}, "%s: a CSV sample does not tell who its people are; trefoil inequality takes plain tables", path);
    }
    if (!isnan(of->rates.cost) || !isnan(of->rates.effect)) {
        return tf_mistake(context, (tf_place){0}, "%s: a CSV sample holds totals only, so its discount rates cannot be changed", path);
    }
    if (of->asked->people != NULL && (!tf_parse_number(of->asked->people, &people) || people <= 0)) {
        return tf_mistake(context, (tf_place){0}, "--people %s: expected a number above 0", of->asked->people);
    }
    TRY(tf_psa_read(context, path, of->asked->parameters, &of->psa));
    of->psa->people = people;
    if (of->thresholds == NULL) {
        of->questions.thresholds = usual_thresholds;
        of->questions.n_thresholds = sizeof usual_thresholds / sizeof *usual_thresholds;
    }
out:
    return status;
}

/* Where to write: what was asked; beside a store, in `analysis` when the run's own files would be changed; results/<name> of a CSV. */
static trefoil_status choose_folder(trefoil_context *context, const char *path, subject *of)
{
    tf_text folder = {0};
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path, *dot = strrchr(name, '.');
    int stem = dot != NULL && dot > name ? (int)(dot - name) : (int)strlen(name);

    if (of->asked->out != NULL) {
        tf_text_add(&folder, of->asked->out);
    } else if (of->store == NULL) {
        tf_text_addf(&folder, "results/%.*s", stem, name);
    } else {
        tf_text_addf(&folder, "%.*s%s", slash != NULL ? (int)(slash - path) : 1, slash != NULL ? path : ".", of->differs ? "/analysis" : "");
    }
    if (folder.failed) {
        tf_text_free(&folder);
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the name of a folder");
    }
    of->folder = folder.chars;
    return TREFOIL_DONE;
}

/* Who gains and who bears the cost, under the settings asked for. */
static trefoil_status weigh(trefoil_context *context, const subject *of, tf_text *text)
{
    trefoil_status status;
    tf_findings *findings = NULL;

    TRY(tf_background_check(context, tf_store_layout(of->store), &of->equity));
    TRY(tf_findings_create(context, of->store, &findings));
    TRY(tf_findings_weigh(context, findings, &of->equity));
    TRY(tf_equity_write(context, findings, of->folder));
    TRY(tf_equity_write_plots(context, findings, of->folder));
    TRY(tf_staircase_write(context, findings, of->folder));
    tf_equity_print(findings, text);
    tf_staircase_print(findings, text);
out:
    tf_findings_destroy(findings);
    return status;
}

static trefoil_status answer(trefoil_context *context, const subject *of)
{
    trefoil_status status;
    tf_inquiry *inquiry = NULL;
    tf_text text = {0};

    TRY(tf_inquiry_create(context, of->psa, &of->questions, &inquiry));
    if (of->store != NULL && !of->differs) {
        TRY(tf_write_views(context, of->store, of->folder));
    }
    TRY(tf_inquiry_write(context, inquiry, of->store == NULL || of->differs, of->folder));
    tf_inquiry_print(inquiry, &text);
    if (of->asked->n_equity > 0) {
        tf_text_add(&text, "\n");
        TRY(weigh(context, of, &text));
    }
    tf_text_addf(&text, "\nThe files are in %s/ ; what each holds is in results/README.md.\n", of->folder);
    if (text.failed) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the tables");
        goto out;
    }
    TRY(tf_result(context, text.chars));
    if (inquiry->broken.count > 0) {
        status = tf_fail(context, TREFOIL_DIFFERS, "%zu law%s of the value of information broken by more than the errors; see the lines that begin "
                                                   "with '!'", inquiry->broken.count, inquiry->broken.count == 1 ? " is" : "s are");
    }
out:
    tf_text_free(&text);
    tf_inquiry_destroy(inquiry);
    return status;
}

trefoil_status trefoil_analyse(trefoil_context *context, const char *path, const trefoil_analysis *analysis)
{
    static const trefoil_analysis nothing_asked = {0};
    trefoil_status status, closed;
    subject of = {.asked = analysis != NULL ? analysis : &nothing_asked};
    bool store = false;
    char *named = NULL;

    tf_result(context, NULL);
    TRY(tf_named_store(context, path, &named));
    TRY(read_options(context, &of));
    TRY(is_store(context, named, &store));
    TRY(store ? open_store(context, named, &of) : open_sample(context, named, &of));
    TRY(choose_folder(context, named, &of));
    TRY(answer(context, &of));
out:
    tf_psa_destroy(of.psa);
    tf_equity_spec_free(&of.equity);
    tf_sample_destroy(of.sample);
    tf_free(of.thresholds);
    tf_free(of.folder);
    tf_free(named);
    closed = of.store != NULL ? tf_store_close(context, of.store) : TREFOIL_DONE;
    return status == TREFOIL_DONE ? closed : status;
}
