/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/portion.h"
#include "folder.h"
#include "store/store.h"
#include "synthetic.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

typedef struct bench {
    trefoil_context *context;
    tf_layout layout;
    tf_scenario scenario;
    tf_parameters *parameters;
    synthetic_draw *draw;
    tf_store *store;
    char path[128];
} bench;

static void open_bench(bench *b)
{
    folder_make();
    *b = (bench){.context = trefoil_context_create(NULL), .layout = synthetic_layout(), .scenario = synthetic_scenario(),
                 .draw = calloc(1, sizeof(synthetic_draw))};
    b->parameters = synthetic_evidence(b->context);
    snprintf(b->path, sizeof b->path, "%s/run.sqlite", folder_path);
    cr_assert_not_null(b->draw);
}

static void fresh_context(bench *b)
{
    trefoil_context_destroy(b->context);
    b->context = trefoil_context_create(NULL);
}

static void close_bench(bench *b)
{
    cr_expect_eq(tf_store_close(b->context, b->store), TREFOIL_DONE);
    tf_parameters_destroy(b->parameters);
    trefoil_context_destroy(b->context);
    free(b->draw);
    folder_forget("run.sqlite");
    folder_remove();
}

static trefoil_status create(bench *b, bool resume)
{
    return tf_store_create(b->context, b->path, resume, &b->layout, &b->scenario, b->parameters, synthetic_identity, SYNTHETIC_IDENTITY,
                           &b->store);
}

static trefoil_status take(bench *b, uint32_t number)
{
    tf_sink sink = tf_store_sink(b->store);

    synthetic_fill(b->draw, number);
    return sink.take(sink.self, b->context, &b->layout, &b->draw->draw);
}

static void write_draws(bench *b, uint32_t last)
{
    cr_assert_eq(create(b, false), TREFOIL_DONE);
    for (uint32_t k = 0; k <= last; k++) {
        cr_assert_eq(take(b, k), TREFOIL_DONE);
    }
}

static void close_store(bench *b)
{
    cr_assert_eq(tf_store_close(b->context, b->store), TREFOIL_DONE);
    b->store = NULL;
}

static size_t files_in_folder(void)
{
    DIR *folder = opendir(folder_path);
    size_t n = 0;

    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        n += entry->d_name[0] != '.';
    }
    closedir(folder);
    return n;
}

static size_t draws_kept(bench *b)
{
    tf_sample *sample;
    size_t n;

    cr_assert_eq(tf_store_open(b->context, b->path, &b->store), TREFOIL_DONE, "%s", trefoil_context_reason(b->context, 0));
    cr_assert_eq(tf_store_sample(b->context, b->store, &sample), TREFOIL_DONE);
    n = sample->n_draws;
    cr_expect_not_null(sample->base);
    tf_sample_destroy(sample);
    close_store(b);
    return n;
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *handle;

    cr_assert_eq(sqlite3_open(path, &handle), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(handle));
    sqlite3_close(handle);
}

static void expect_same_outcomes(const synthetic_draw *draw, const tf_outcome *outcomes)
{
    for (int s = 0; s < STRATEGIES; s++) {
        cr_expect_arr_eq(outcomes[s].total, draw->total[s], sizeof draw->total[s]);
        cr_expect_arr_eq(outcomes[s].variance, draw->variance[s], sizeof draw->variance[s]);
        cr_expect_arr_eq(outcomes[s].difference_variance, draw->difference_variance[s], sizeof draw->difference_variance[s]);
        cr_expect_arr_eq(outcomes[s].covariance, draw->covariance[s], sizeof draw->covariance[s]);
        cr_expect_arr_eq(outcomes[s].by_year, draw->by_year[s], sizeof draw->by_year[s]);
    }
}

Test(store, every_bit_comes_back)
{
    bench b;
    tf_sample *sample;

    open_bench(&b);
    write_draws(&b, 4);
    close_store(&b);
    cr_expect_eq(files_in_folder(), 1, "files are left beside the store");
    cr_assert_eq(tf_store_open(b.context, b.path, &b.store), TREFOIL_DONE);
    cr_assert_eq(tf_store_sample(b.context, b.store, &sample), TREFOIL_DONE);
    cr_assert_eq(sample->n_draws, 4);
    for (uint32_t k = 0; k < 4; k++) {
        synthetic_fill(b.draw, k + 1);
        cr_expect_eq(sample->draws[k], k + 1);
        cr_expect_arr_eq(sample->parameters[k], b.draw->parameters, sizeof b.draw->parameters);
        expect_same_outcomes(b.draw, sample->outcomes[k]);
    }
    synthetic_fill(b.draw, 0);
    expect_same_outcomes(b.draw, sample->base);
    tf_sample_destroy(sample);
    close_bench(&b);
}

static void expect_layout(const tf_layout *layout)
{
    const tf_layout expected = synthetic_layout();

    cr_assert_eq(layout->n_measures, expected.n_measures);
    cr_assert_eq(layout->n_groups, expected.n_groups);
    cr_assert_eq(layout->n_strategies, expected.n_strategies);
    cr_assert_eq(layout->n_parameters, expected.n_parameters);
    cr_expect_eq(layout->n_years, expected.n_years);
    cr_expect_eq(layout->n_year_groups, expected.n_year_groups);
    cr_expect_eq(layout->comparator, expected.comparator);
    for (size_t k = 0; k < layout->n_measures; k++) {
        cr_expect_str_eq(layout->measures[k].name, expected.measures[k].name);
        cr_expect_str_eq(layout->measures[k].unit, expected.measures[k].unit);
    }
    for (size_t k = 0; k < layout->n_groups; k++) {
        cr_expect_str_eq(layout->groups[k].group_by, expected.groups[k].group_by);
        cr_expect_str_eq(layout->groups[k].group, expected.groups[k].group);
        cr_expect_eq(layout->groups[k].year_index, expected.groups[k].year_index);
    }
    for (size_t k = 0; k < layout->n_strategies; k++) {
        cr_expect_str_eq(layout->strategies[k], expected.strategies[k]);
        cr_expect_str_eq(layout->strategy_titles[k], expected.strategy_titles[k]);
    }
}

static void expect_scenario(const tf_scenario *scenario)
{
    const tf_scenario expected = synthetic_scenario();

    cr_expect_str_eq(scenario->title, expected.title);
    cr_expect_str_eq(scenario->question, expected.question);
    cr_expect_str_eq(scenario->digest, expected.digest);
    cr_expect_str_eq(scenario->areas.items[0], "NHS Greater Manchester");
    cr_expect_str_eq(scenario->currency, "GBP");
    cr_expect_eq(scenario->seed, expected.seed);
    cr_expect_eq(scenario->start, 2026.25);
    cr_expect(isinf(scenario->horizon));
    cr_expect_eq(scenario->discount_costs, 0.035);
    cr_expect_eq(scenario->discounting, TF_DISCOUNT_ANNUAL);
    cr_expect_eq(scenario->draws, 200);
    cr_expect_eq(scenario->age_max, 79);
    cr_expect(scenario->everyone);
    cr_assert_eq(scenario->n_thresholds, 4);
    cr_expect_eq(scenario->thresholds[3], 35000);
    cr_assert_eq(scenario->n_groupings, 2);
    cr_expect_eq(scenario->groupings[0].dimensions, TF_DIM_IMD);
    cr_expect(scenario->groupings[0].by_year);
    cr_assert_eq(scenario->strategies[2].n_interventions, 1);
    cr_expect_str_eq(scenario->interventions[scenario->strategies[2].interventions[0]].name, "focus");
}

Test(store, a_store_tells_what_it_holds)
{
    bench b;
    const tf_stored_parameter *parameters;
    tf_provenance_entry fact;
    bool identity;

    open_bench(&b);
    write_draws(&b, 0);
    cr_assert_eq(tf_store_note(b.context, b.store, "host", "a machine"), TREFOIL_DONE);
    cr_assert_eq(tf_store_note(b.context, b.store, "host", "another"), TREFOIL_DONE);
    cr_expect_eq(tf_store_note(b.context, b.store, "seed", "2"), TREFOIL_BUG);
    close_store(&b);
    cr_assert_eq(tf_store_open(b.context, b.path, &b.store), TREFOIL_DONE);
    expect_layout(tf_store_layout(b.store));
    expect_scenario(tf_store_scenario(b.store));
    parameters = tf_store_parameters(b.store);
    cr_expect_str_eq(parameters[RR].name, "rr_statin");
    cr_expect_str_eq(parameters[RR].grade, "published");
    cr_expect_str_eq(parameters[RR].place, "register.csv:2");
    cr_expect(!parameters[RR].overridden && parameters[UPTAKE].overridden);
    cr_expect_float_eq(parameters[UPTAKE].mean, 0.62, 1e-12);
    cr_expect_float_eq(parameters[UPTAKE].sd, 0.05, 1e-12);
    cr_expect_str_eq(parameters[PRICE].price_year, "2023/24");
    cr_expect_str_eq(tf_store_noted(b.store, "host"), "another");
    cr_expect_str_eq(tf_store_noted(b.store, "model"), "c3d4");
    cr_expect_null(tf_store_noted(b.store, "absent"));
    cr_expect_not_null(tf_store_fact(b.store, SYNTHETIC_IDENTITY, &fact, &identity));
    cr_expect(!identity && strcmp(fact.key, "host") == 0);
    cr_expect_null(tf_store_fact(b.store, SYNTHETIC_IDENTITY + 1, &fact, &identity));
    close_bench(&b);
}

Test(store, a_run_goes_on_where_it_stopped)
{
    bench b;
    tf_sink sink;

    open_bench(&b);
    write_draws(&b, 2);
    close_store(&b);
    cr_assert_eq(create(&b, true), TREFOIL_DONE);
    sink = tf_store_sink(b.store);
    cr_expect(sink.has(sink.self, 0) && sink.has(sink.self, 2));
    cr_expect(!sink.has(sink.self, 3) && !sink.has(sink.self, 4000000));
    cr_assert_eq(take(&b, 3), TREFOIL_DONE);
    cr_expect(sink.has(sink.self, 3));
    close_store(&b);
    cr_expect_eq(draws_kept(&b), 3);
    close_bench(&b);
}

Test(store, another_run_is_not_gone_on_with)
{
    static const tf_provenance_entry other[] = {
        {"scenario", "a1b2"}, {"model", "ffff"}, {"seed", "7"}, {"trefoil", "0.1.0"}, {"plugin adherence", "e5"}};
    bench b;

    open_bench(&b);
    write_draws(&b, 1);
    close_store(&b);
    cr_expect_eq(tf_store_create(b.context, b.path, true, &b.layout, &b.scenario, b.parameters, other, 5, &b.store), TREFOIL_USER_MISTAKE);
    cr_expect_null(b.store);
    cr_expect_eq(trefoil_context_reasons(b.context), 3);
    cr_expect(told(b.context, "model was 'c3d4' when it began and is 'ffff' now"));
    cr_expect(told(b.context, "seed was '18446744073709551557' when it began and is '7' now"));
    cr_expect(told(b.context, "plugin adherence was '(absent)'"));
    fresh_context(&b);
    b.layout.n_measures--;
    cr_expect_eq(create(&b, true), TREFOIL_USER_MISTAKE);
    cr_expect(told(b.context, "the number of measures was '10'"));
    b.layout.n_measures++;
    fresh_context(&b);
    cr_expect_eq(draws_kept(&b), 1, "what was there was touched");
    close_bench(&b);
}

Test(store, what_was_there_stays_until_a_draw_is_in)
{
    bench b;

    open_bench(&b);
    write_draws(&b, 3);
    close_store(&b);
    cr_assert_eq(create(&b, false), TREFOIL_DONE);
    close_store(&b); /* a run that failed before its first draw */
    cr_expect_eq(files_in_folder(), 1);
    cr_expect_eq(draws_kept(&b), 3);
    write_draws(&b, 1);
    cr_expect_eq(files_in_folder(), 1 + (access(folder_file("run.sqlite-journal"), F_OK) == 0));
    close_store(&b);
    cr_expect_eq(draws_kept(&b), 1);
    cr_expect_eq(files_in_folder(), 1);
    close_bench(&b);
}

Test(store, a_killed_run_keeps_its_finished_draws)
{
    bench b;
    int way[2];
    pid_t child;
    char byte;

    open_bench(&b);
    cr_assert_eq(pipe(way), 0);
    child = fork();
    if (child == 0) {
        /* After three draws a fourth is begun and never ended: its pages reach the file, then the process dies. */
        for (uint32_t k = 0; k <= 3; k++) {
            if ((k == 0 && create(&b, false) != TREFOIL_DONE) || take(&b, k) != TREFOIL_DONE) {
                _exit(1);
            }
            if (write(way[1], "x", 1) != 1) {
                _exit(1);
            }
        }
        for (uint32_t k = 4;; k++) {
            if (take(&b, k) != TREFOIL_DONE) {
                _exit(1);
            }
        }
    }
    for (int k = 0; k <= 3; k++) {
        cr_assert_eq(read(way[0], &byte, 1), 1);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(way[0]);
    close(way[1]);
    cr_expect_geq(draws_kept(&b), (size_t)3);
    cr_assert_eq(create(&b, true), TREFOIL_DONE);
    cr_assert_eq(take(&b, 9999999), TREFOIL_DONE);
    close_store(&b);
    cr_expect_geq(draws_kept(&b), (size_t)4);
    folder_forget("run.sqlite-journal");
    close_bench(&b);
}

Test(store, two_runs_do_not_write_the_same_store)
{
    bench b;
    tf_store *first;

    open_bench(&b);
    cr_assert_eq(create(&b, false), TREFOIL_DONE);
    first = b.store;
    cr_expect_eq(create(&b, false), TREFOIL_STORE_FAILED);
    cr_expect(told(b.context, "locked by another program"));
    fresh_context(&b);
    b.store = first;
    cr_assert_eq(take(&b, 0), TREFOIL_DONE);
    cr_assert_eq(take(&b, 1), TREFOIL_DONE);
    cr_expect_eq(create(&b, true), TREFOIL_STORE_FAILED);
    fresh_context(&b);
    cr_expect_eq(create(&b, false), TREFOIL_STORE_FAILED);
    fresh_context(&b);
    cr_expect_eq(tf_store_open(b.context, b.path, &b.store), TREFOIL_STORE_FAILED);
    cr_expect(told(b.context, "locked by another program"));
    fresh_context(&b);
    b.store = first;
    cr_assert_eq(take(&b, 2), TREFOIL_DONE);
    close_store(&b);
    cr_expect_eq(draws_kept(&b), 2);
    close_bench(&b);
}

static void expect_refused(bench *b, const char *words)
{
    tf_sample *sample = NULL;
    trefoil_status status = tf_store_open(b->context, b->path, &b->store);

    if (status == TREFOIL_DONE) {
        status = tf_store_sample(b->context, b->store, &sample);
        cr_expect_null(sample);
        close_store(b);
    }
    cr_expect_eq(status, TREFOIL_STORE_FAILED, "not refused: %s", words);
    cr_expect(told(b->context, words), "'%s' is not told but '%s'", words, trefoil_context_reason(b->context, 0));
    cr_expect(told(b->context, "run.sqlite"));
    fresh_context(b);
}

Test(store, damage_is_found_and_said)
{
    bench b;
    struct stat size;
    FILE *file;

    open_bench(&b);
    expect_refused(&b, "there is no such store");
    folder_write("run.sqlite", "");
    expect_refused(&b, "not a results store");
    folder_write("run.sqlite", "strategy,cost,qaly\nthis is not a database, and it is long enough to be read as the header of one, which has 100 bytes\n");
    expect_refused(&b, "not a results store");
    cr_expect_eq(create(&b, false), TREFOIL_DONE, "rubbish may be replaced");
    close_store(&b);
    folder_forget("run.sqlite");
    write_draws(&b, 2);
    close_store(&b);
    /* Single bits of numbers, in the pages of the last outcomes. */
    cr_assert_eq(stat(b.path, &size), 0);
    file = fopen(b.path, "r+b");
    cr_assert_not_null(file);
    for (long back = 1000; back < 20000; back += 1000) {
        int byte;

        fseek(file, (long)size.st_size - back, SEEK_SET);
        byte = fgetc(file);
        fseek(file, -1, SEEK_CUR);
        fputc(byte ^ 4, file);
    }
    fclose(file);
    expect_refused(&b, "damaged");
    cr_assert_eq(truncate(b.path, size.st_size / 2), 0);
    expect_refused(&b, "damaged");
    cr_assert_eq(truncate(b.path, 700), 0);
    expect_refused(&b, "damaged");
    close_bench(&b);
}

Test(store, a_changed_number_is_found)
{
    bench b;

    open_bench(&b);
    write_draws(&b, 2);
    close_store(&b);
    run_sql(b.path, "UPDATE draw SET total = zeroblob(length(total)) WHERE draw = 2");
    expect_refused(&b, "the numbers of draw 2 do not match their digest");
    run_sql(b.path, "UPDATE draw SET parameters = zeroblob(length(parameters)) WHERE draw = 1");
    expect_refused(&b, "the numbers of draw 1 do not match their digest");
    run_sql(b.path, "UPDATE draw SET covariance = x'' WHERE draw = 1");
    expect_refused(&b, "the numbers of draw 1 do not match their digest");
    close_bench(&b);
}

Test(store, other_formats_and_other_programs_are_named)
{
    bench b;

    open_bench(&b);
    write_draws(&b, 1);
    close_store(&b);
    run_sql(b.path, "PRAGMA user_version = 99");
    expect_refused(&b, "written by a newer trefoil (store format 99");
    run_sql(b.path, "PRAGMA user_version = 1");
    expect_refused(&b, "written by an older trefoil (store format 1");
    run_sql(b.path, "PRAGMA user_version = 99");
    cr_expect_eq(create(&b, true), TREFOIL_STORE_FAILED);
    fresh_context(&b);
    folder_forget("run.sqlite");
    run_sql(b.path, "CREATE TABLE theirs (x)");
    expect_refused(&b, "not a results store of trefoil");
    cr_expect_eq(create(&b, false), TREFOIL_STORE_FAILED);
    cr_expect(told(b.context, "a database of another program"));
    fresh_context(&b);
    close_bench(&b);
}

Test(store, folders_that_cannot_be_written)
{
    bench b;

    open_bench(&b);
    snprintf(b.path, sizeof b.path, "%s/nowhere/run.sqlite", folder_path);
    cr_expect_eq(create(&b, false), TREFOIL_STORE_FAILED);
    cr_expect(told(b.context, "nowhere/run.sqlite.new: cannot be opened"));
    cr_expect(told(b.context, "--out"));
    fresh_context(&b);
    snprintf(b.path, sizeof b.path, "%s/run.sqlite", folder_path);
    if (geteuid() != 0) {
        cr_assert_eq(chmod(folder_path, 0500), 0);
        cr_expect_eq(create(&b, false), TREFOIL_STORE_FAILED);
        cr_expect(told(b.context, "run.sqlite.new"));
        cr_assert_eq(chmod(folder_path, 0700), 0);
        fresh_context(&b);
    }
    close_bench(&b);
}

Test(store, a_full_disk_keeps_what_was_finished)
{
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    struct rlimit limit = unlimited;
    bench b;
    struct stat size;
    trefoil_status status = TREFOIL_DONE;

    open_bench(&b);
    signal(SIGXFSZ, SIG_IGN);
    write_draws(&b, 3);
    cr_assert_eq(stat(b.path, &size), 0);
    limit.rlim_cur = (rlim_t)size.st_size + 20000;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (uint32_t k = 4; k < 100 && status == TREFOIL_DONE; k++) {
        status = take(&b, k);
    }
    cr_expect_eq(status, TREFOIL_STORE_FAILED);
    cr_expect(told(b.context, "go on with --resume"), "%s", trefoil_context_reason(b.context, 0));
    limit.rlim_cur = limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    fresh_context(&b);
    close_store(&b);
    cr_expect_geq(draws_kept(&b), (size_t)3);
    cr_assert_eq(create(&b, true), TREFOIL_DONE);
    cr_expect_eq(take(&b, 200), TREFOIL_DONE);
    close_bench(&b);
}

Test(store, memory_that_runs_out_leaves_nothing)
{
    bench b;
    trefoil_status status = TREFOIL_NO_MEMORY;
    tf_sample *sample = NULL;
    long n;

    open_bench(&b);
    for (n = 1; n < 2000 && status != TREFOIL_DONE; n++) {
        tf_memory_fail_at(n);
        status = create(&b, false);
        tf_memory_fail_at(0);
        cr_expect(status == TREFOIL_DONE || status == TREFOIL_NO_MEMORY, "at %ld: %s", n, trefoil_context_reason(b.context, 0));
        cr_expect(status == TREFOIL_DONE || b.store == NULL);
        fresh_context(&b);
    }
    cr_expect_gt(n, 20);
    cr_assert_eq(take(&b, 0), TREFOIL_DONE);
    cr_assert_eq(take(&b, 1), TREFOIL_DONE);
    status = TREFOIL_NO_MEMORY;
    for (n = 1; n < 2000 && status != TREFOIL_DONE; n++) {
        tf_memory_fail_at(n);
        status = tf_store_sample(b.context, b.store, &sample);
        tf_memory_fail_at(0);
        cr_expect(status == TREFOIL_DONE || (status == TREFOIL_NO_MEMORY && sample == NULL), "at %ld: %d", n, status);
        fresh_context(&b);
    }
    cr_assert_not_null(sample);
    tf_sample_destroy(sample);
    close_bench(&b);
}

/* ---- portions -------------------------------------------------------------------------------- */

static void fill_tally(tf_draw_tally *tally, tf_steps factor)
{
    *tally = (tf_draw_tally){STRATEGIES, GROUPS, MEASURES, YEAR_GROUPS, YEARS, NULL, NULL};
    tally->sums = calloc(STRATEGIES * GROUPS * MEASURES * 2 * TF_LANES, sizeof *tally->sums);
    tally->by_year = calloc(STRATEGIES * YEAR_GROUPS * YEARS * MEASURES, sizeof *tally->by_year);
    cr_assert(tally->sums && tally->by_year);
    tally->sums[3] = factor * 1000003;
    tally->by_year[5] = -factor;
}

static void forget_tally(tf_draw_tally *tally)
{
    free(tally->sums);
    free(tally->by_year);
}

static void keep_portion(bench *b, uint32_t draw, size_t first, tf_steps factor)
{
    tf_keeper keeper = tf_store_keeper(b->store);
    tf_draw_tally tally;

    fill_tally(&tally, factor);
    synthetic_fill(b->draw, draw);
    cr_expect_eq(keeper.keep(keeper.self, b->context, &(tf_portion){draw, first, 10, b->draw->parameters, &tally, 0.5}, 1), TREFOIL_DONE);
    forget_tally(&tally);
}

static trefoil_status add_portion(bench *b, size_t first, tf_draw_tally *tally, double parameters[PARAMETERS], double *seconds)
{
    tf_keeper keeper = tf_store_keeper(b->store);

    return keeper.add(keeper.self, b->context, 1, first, tally, parameters, seconds);
}

Test(store, portions_stay_until_their_draw_is_taken)
{
    bench b;
    double parameters[PARAMETERS], seconds = 0;
    tf_draw_tally tally;
    tf_keeper keeper;

    open_bench(&b);
    cr_assert_eq(create(&b, false), TREFOIL_DONE);
    keep_portion(&b, 1, 10, 7);
    keep_portion(&b, 2, 0, 1);
    keep_portion(&b, 1, 0, 5);
    close_store(&b);
    cr_assert_eq(create(&b, true), TREFOIL_DONE);
    cr_expect_eq(tf_store_portions(b.store), 3u);
    keeper = tf_store_keeper(b.store);
    cr_expect(keeper.has(keeper.self, 1, 10, 10));
    cr_expect(!keeper.has(keeper.self, 1, 10, 9), "cut in another way");
    cr_expect(!keeper.has(keeper.self, 2, 10, 10));
    fill_tally(&tally, 100);
    cr_expect_eq(add_portion(&b, 0, &tally, parameters, &seconds), TREFOIL_DONE);
    cr_expect_eq(add_portion(&b, 10, &tally, parameters, &seconds), TREFOIL_DONE);
    cr_expect(tally.sums[3] == 112 * (tf_steps)1000003 && tally.by_year[5] == -112);
    cr_expect_eq(seconds, 1.0);
    synthetic_fill(b.draw, 1);
    cr_expect_arr_eq(parameters, b.draw->parameters, sizeof parameters);
    cr_assert_eq(take(&b, 1), TREFOIL_DONE);
    cr_expect_eq(tf_store_portions(b.store), 1u);
    close_store(&b);
    run_sql(b.path, "UPDATE portion SET first = 10 WHERE draw = 2; INSERT INTO portion SELECT 1, 0, units, parameters, sums, seconds, digest FROM "
                    "portion");
    cr_assert_eq(create(&b, true), TREFOIL_DONE);
    cr_expect_eq(add_portion(&b, 0, &tally, parameters, &seconds), TREFOIL_STORE_FAILED, "another portion in its place");
    cr_expect(strstr(trefoil_context_reason(b.context, 0), "damaged (the portion of draw 1 from unit 0") != NULL);
    cr_expect_eq(tf_store_forget_portions(b.context, b.store), TREFOIL_DONE);
    cr_expect_eq(tf_store_portions(b.store), 0u);
    forget_tally(&tally);
    close_bench(&b);
}

Test(store, what_usual_care_is_expected_to_use_stays)
{
    static const double numbers[] = {1.5, -0.0, 3e300};
    double got[3] = {0};
    bool there = true;
    bench b;
    tf_memo memo;

    open_bench(&b);
    cr_assert_eq(create(&b, false), TREFOIL_DONE);
    memo = tf_store_memo(b.store);
    cr_expect_eq(memo.recall(memo.self, b.context, "use.beds", got, 3, &there), TREFOIL_DONE);
    cr_expect(!there);
    cr_expect_eq(memo.remember(memo.self, b.context, "use.beds", numbers, 3), TREFOIL_DONE);
    cr_assert_eq(take(&b, 0), TREFOIL_DONE);
    close_store(&b);
    cr_assert_eq(create(&b, true), TREFOIL_DONE);
    memo = tf_store_memo(b.store);
    cr_expect_eq(memo.recall(memo.self, b.context, "use.nurses", got, 3, &there), TREFOIL_DONE);
    cr_expect(!there, "another measure");
    cr_expect_eq(memo.recall(memo.self, b.context, "use.beds", got, 2, &there), TREFOIL_DONE);
    cr_expect(!there, "a table of another size");
    cr_expect_eq(memo.recall(memo.self, b.context, "use.beds", got, 3, &there), TREFOIL_DONE);
    cr_expect(there);
    cr_expect_arr_eq(got, numbers, sizeof numbers);
    close_bench(&b);
}

Test(store, memory_that_runs_out_leaves_no_table_without_its_seal)
{
    trefoil_status status[2] = {TREFOIL_NO_MEMORY, TREFOIL_NO_MEMORY};
    bench b;

    open_bench(&b);
    cr_assert_eq(create(&b, false), TREFOIL_DONE);
    cr_assert_eq(take(&b, 0), TREFOIL_DONE);
    close_store(&b);
    for (long n = 1; n < 100 && (status[0] != TREFOIL_DONE || status[1] != TREFOIL_DONE); n++) {
        tf_memo memo;

        cr_assert_eq(create(&b, true), TREFOIL_DONE, "at %ld: %s", n - 1, trefoil_context_reason(b.context, 0));
        memo = tf_store_memo(b.store);
        tf_memory_fail_at(n);
        status[0] = memo.remember(memo.self, b.context, "use.beds", (const double[]){1, 2, 3}, 3);
        tf_memory_fail_at(n);
        status[1] = tf_store_note(b.context, b.store, "host", "example");
        tf_memory_fail_at(0);
        cr_expect(n > 1 || (status[0] == TREFOIL_NO_MEMORY && status[1] == TREFOIL_NO_MEMORY));
        close_store(&b);
        fresh_context(&b);
    }
    cr_expect(status[0] == TREFOIL_DONE && status[1] == TREFOIL_DONE);
    close_bench(&b);
}

/* ---- damage, table by table ------------------------------------------------------------------ */

typedef struct whole_file {
    unsigned char *bytes;
    size_t n;
} whole_file;

static whole_file read_whole(const char *path)
{
    struct stat size;
    FILE *file = fopen(path, "rb");
    whole_file whole;

    cr_assert(file != NULL && stat(path, &size) == 0);
    whole = (whole_file){malloc((size_t)size.st_size), (size_t)size.st_size};
    cr_assert(whole.bytes != NULL && fread(whole.bytes, 1, whole.n, file) == whole.n);
    fclose(file);
    return whole;
}

/* A store with something in every table. */
static whole_file make_full_store(bench *b)
{
    cr_assert_eq(create(b, false), TREFOIL_DONE);
    cr_assert_eq(take(b, 0), TREFOIL_DONE);
    cr_assert_eq(take(b, 2), TREFOIL_DONE);
    keep_portion(b, 1, 0, 5);
    cr_assert_eq(tf_store_note(b->context, b->store, "host", "example"), TREFOIL_DONE);
    cr_assert_eq(tf_store_memo(b->store).remember(b->store, b->context, "use.beds", (const double[]){1, 2, 3}, 3), TREFOIL_DONE);
    close_store(b);
    return read_whole(b->path);
}

static bool has_portion(bench *b)
{
    tf_keeper keeper = tf_store_keeper(b->store);

    return keeper.has(keeper.self, 1, 0, 10);
}

/* Does the store give all it holds: what analyses read, and the portion that waits?  If not, the reason stands in the context. */
static bool gives_all(bench *b)
{
    tf_sample *sample = NULL;
    trefoil_status status = tf_store_open(b->context, b->path, &b->store);

    if (status == TREFOIL_DONE) {
        status = tf_store_sample(b->context, b->store, &sample);
        if (status == TREFOIL_DONE && has_portion(b)) {
            double parameters[PARAMETERS], seconds = 0;
            tf_draw_tally tally;

            fill_tally(&tally, 0);
            status = add_portion(b, 0, &tally, parameters, &seconds);
            cr_expect(status != TREFOIL_DONE || (seconds == 0.5 && tally.sums[3] == 5 * (tf_steps)1000003));
            forget_tally(&tally);
        }
        if (status == TREFOIL_DONE) {
            cr_expect(sample->base != NULL && sample->n_draws == 1 && sample->draws[0] == 2, "a draw is missing, and nobody says so");
            synthetic_fill(b->draw, 2);
            expect_same_outcomes(b->draw, sample->outcomes[0]);
        }
        tf_sample_destroy(sample);
        close_store(b);
    }
    cr_expect(status == TREFOIL_DONE || status == TREFOIL_STORE_FAILED, "status %d", status);
    return status == TREFOIL_DONE;
}

/* A bit or byte of one value of a column, whatever its kind; false when the table holds none. */
static bool flip(sqlite3 *handle, const char *table, const char *column)
{
    char sql[1024];

    snprintf(sql, sizeof sql,
             "UPDATE %s SET %s = CASE typeof(%s) WHEN 'integer' THEN (%s | 16) - (%s & 16) WHEN 'real' THEN 2 * %s + 1 "
             "WHEN 'text' THEN char((unicode(%s) | 1) - (unicode(%s) & 1)) || substr(%s, 2) "
             "ELSE CAST(substr(%s, 1, length(%s) - 1) || CASE substr(%s, -1) WHEN x'40' THEN x'41' ELSE x'40' END AS BLOB) END "
             "WHERE rowid = (SELECT max(rowid) FROM %s WHERE length(%s) > 0)",
             table, column, column, column, column, column, column, column, column, column, column, column, table, column);
    cr_assert_eq(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK, "%s.%s: %s", table, column, sqlite3_errmsg(handle));
    return sqlite3_changes(handle) == 1;
}

Test(store, a_changed_value_in_any_table_is_found_and_the_table_named)
{
    bench b;
    whole_file good;
    sqlite3 *list;
    sqlite3_stmt *columns;
    size_t tables = 0, changed = 0;
    char last[64] = "";

    open_bench(&b);
    good = make_full_store(&b);
    cr_assert(gives_all(&b));
    folder_write_bytes("good.sqlite", good.bytes, good.n);
    cr_assert_eq(sqlite3_open(folder_file("good.sqlite"), &list), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(list, "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'", -1,
                                    &columns, NULL), SQLITE_OK);
    while (sqlite3_step(columns) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(columns, 0), *column = (const char *)sqlite3_column_text(columns, 1);
        sqlite3 *handle;
        bool any;

        folder_write_bytes("run.sqlite", good.bytes, good.n);
        cr_assert_eq(sqlite3_open(b.path, &handle), SQLITE_OK);
        sqlite3_exec(handle, "PRAGMA ignore_check_constraints = 1", NULL, NULL, NULL);
        any = flip(handle, table, column);
        sqlite3_close(handle);
        tables += strcmp(last, table) != 0;
        snprintf(last, sizeof last, "%s", table);
        changed += any;
        if (any && gives_all(&b)) {
            /* A portion that is not where it should be is simulated again. */
            cr_expect(strcmp(table, "portion") == 0 && (strcmp(column, "draw") == 0 || strcmp(column, "first") == 0 || strcmp(column, "units") == 0),
                      "%s.%s changed, and nobody says so", table, column);
        } else if (any) {
            cr_expect(told(b.context, "damaged (") && told(b.context, table), "%s.%s: %s", table, column, trefoil_context_reason(b.context, 0));
        }
        fresh_context(&b);
    }
    cr_expect_eq(tables, 16u);
    cr_expect_geq(changed, 60u, "%zu columns have values to change", changed);
    sqlite3_finalize(columns);
    sqlite3_close(list);
    free(good.bytes);
    folder_forget("good.sqlite");
    close_bench(&b);
}

/* Wherever in the file: what comes of it is right, or nothing does. */
Test(store, a_changed_bit_anywhere_is_found_or_does_not_matter)
{
    bench b;
    whole_file good;
    size_t tried = 0, refused = 0;

    open_bench(&b);
    good = make_full_store(&b);
    for (size_t at = 28; at < good.n; at += 1 + good.n / 400, tried++) { /* 24 to 27 count changes */
        good.bytes[at] ^= (unsigned char)(1 << (at % 8));
        folder_write_bytes("run.sqlite", good.bytes, good.n);
        good.bytes[at] ^= (unsigned char)(1 << (at % 8));
        refused += !gives_all(&b);
        fresh_context(&b);
    }
    cr_expect_geq(tried, 300u);
    cr_expect_geq(refused, tried / 10, "%zu of %zu", refused, tried);
    free(good.bytes);
    close_bench(&b);
}
