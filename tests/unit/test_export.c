/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/table.h"
#include "folder.h"
#include "report/sheet.h"
#include "report/terminal.h"
#include "report/views.h"
#include "store/export.h"
#include "synthetic.h"

#include <criterion/criterion.h>

Test(export, numbers_read_back_to_the_same_bits)
{
    static const double numbers[] = {0.1, 1.0 / 3, 1e-300, 123456789.123456789, 5e-324, 1.7976931348623157e308, -2.5, 0.1 + 0.2};
    tf_csv csv = {0};
    char *at;

    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        tf_csv_number(&csv, numbers[k]);
    }
    at = csv.text.chars;
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        cr_expect_eq(strtod(at, &at), numbers[k]);
        at++;
    }
    tf_text_free(&csv.text);
    csv = (tf_csv){0};
    tf_csv_text(&csv, "plain");
    tf_csv_text(&csv, "a \"quoted\", word");
    tf_csv_text(&csv, "");
    tf_csv_number(&csv, -0.0);
    tf_csv_number(&csv, NAN);
    tf_csv_number(&csv, -INFINITY);
    tf_csv_number(&csv, 0.1);
    tf_csv_integer(&csv, -3);
    tf_csv_end(&csv);
    cr_expect_str_eq(csv.text.chars, "plain,\"a \"\"quoted\"\", word\",,0,,,0.1,-3\n");
    tf_text_free(&csv.text);
}

static const char *const written[] = {"run.sqlite",     "summary.csv",  "difference.csv",  "by_year.csv", "cea.csv",
                                      "inequality.csv", "draws.csv",    "parameters.csv",  "provenance.json",
                                      "report.html",    "plane.svg",    "acceptability.svg", "fifths.svg",
                                      "variance.csv",   "pairing.csv",  "equity.csv",   "equity_draws.csv", "equity_dominance.csv",
                                      "equity_views.csv", "shortfall.csv"};

static void close_folder(void)
{
    for (size_t k = 0; k < sizeof written / sizeof *written; k++) {
        folder_forget(written[k]);
    }
    cr_expect_eq(rmdir(folder_path), 0, "something else was left in %s", folder_path);
}

static tf_store *make_store(trefoil_context *context, uint32_t last)
{
    tf_layout layout = synthetic_layout();
    tf_scenario scenario = synthetic_scenario();
    tf_parameters *parameters = synthetic_evidence(context);
    synthetic_draw *draw = malloc(sizeof *draw);
    tf_store *store = NULL;
    tf_sink sink;

    cr_assert_eq(tf_store_create(context, folder_file("run.sqlite"), false, &layout, &scenario, parameters, synthetic_identity,
                                 SYNTHETIC_IDENTITY, &store),
                 TREFOIL_DONE);
    sink = tf_store_sink(store);
    for (uint32_t k = 0; k <= last; k++) {
        synthetic_fill(draw, k);
        cr_assert_eq(sink.take(sink.self, context, &layout, &draw->draw), TREFOIL_DONE);
    }
    cr_assert_eq(tf_store_note(context, store, "host", "a \"machine\"\nof mine"), TREFOIL_DONE);
    free(draw);
    tf_parameters_destroy(parameters);
    return store;
}

static tf_table *read_view(trefoil_context *context, const char *name, const char *columns)
{
    tf_table *table = NULL;
    tf_list names = {0};

    cr_assert_eq(tf_table_read(context, folder_file(name), (tf_place){0}, &table), TREFOIL_DONE, "%s", name);
    cr_assert_eq(tf_list_split(&names, columns, ','), 0);
    cr_assert_eq(tf_table_columns(table), names.count, "%s has %zu columns", name, tf_table_columns(table));
    for (size_t k = 0; k < names.count; k++) {
        cr_expect_str_eq(tf_table_column_name(table, k), names.items[k]);
    }
    tf_list_free(&names);
    return table;
}

/* The row of a view whose first columns are these texts. */
static size_t row_of(const tf_table *table, const char *first)
{
    tf_list wanted = {0};
    size_t row;

    cr_assert_eq(tf_list_split(&wanted, first, ','), 0);
    for (row = 0; row < tf_table_rows(table); row++) {
        size_t k = 0;

        while (k < wanted.count && strcmp(tf_table_text(table, row, k), wanted.items[k]) == 0) {
            k++;
        }
        if (k == wanted.count) {
            break;
        }
    }
    tf_list_free(&wanted);
    cr_assert_lt(row, tf_table_rows(table), "no row %s", first);
    return row;
}

static double number_at(const tf_table *table, size_t row, const char *column)
{
    return strtod(tf_table_text(table, row, (size_t)tf_table_find(table, column)), NULL);
}

static void expect_summary(trefoil_context *context)
{
    static const char columns[] = "strategy,group_by,group,measure,unit,discounted,basis,mean,mcse,lo,hi";
    tf_table *summary = read_view(context, "summary.csv", columns), *difference = read_view(context, "difference.csv", columns);
    double fifths = 0, all = number_at(summary, row_of(summary, "everyone,all,all,qaly,QALY,1,population"), "mean");

    for (char k = '1'; k <= '5'; k++) {
        char first[64];

        snprintf(first, sizeof first, "everyone,imd,%c,qaly,QALY,1,population", k);
        fifths += number_at(summary, row_of(summary, first), "mean");
    }
    cr_expect_float_eq(fifths, all, 1e-9 * all);
    cr_expect_float_eq(number_at(summary, row_of(summary, "everyone,all,all,qaly,QALY,1,per_person"), "mean"), all / 1463000, 1e-9);
    cr_expect_float_eq(number_at(difference, row_of(difference, "everyone,all,all,qaly,QALY,1,population"), "mean"),
                       all - number_at(summary, row_of(summary, "usual,all,all,qaly,QALY,1,population"), "mean"), 1e-4);
    for (size_t row = 0; row < tf_table_rows(difference); row++) {
        cr_expect_str_neq(tf_table_text(difference, row, 0), "usual");
    }
    tf_table_destroy(summary);
    tf_table_destroy(difference);
}

static void expect_analyses(trefoil_context *context)
{
    tf_table *cea = read_view(context, "cea.csv", "strategy,cost,qaly,ly,inc_cost,inc_qaly,icer,status,threshold,nmb,nmb_mcse,p_best");
    tf_table *gaps = read_view(context, "inequality.csv",
                               "strategy,measure,outcome,group_by,value,mcse,lo,hi,change,change_mcse,change_lo,change_hi,p_narrower");
    size_t row = row_of(cea, "usual");

    cr_expect_eq(tf_table_rows(cea), STRATEGIES * 4);
    cr_expect_str_eq(tf_table_text(cea, row, 7), "reference");
    cr_expect_str_eq(tf_table_text(cea, row, 6), "", "the reference has no ICER");
    cr_expect_float_eq(number_at(cea, row, "nmb"), 20000 * number_at(cea, row, "qaly") - number_at(cea, row, "cost"), 1e-6);
    row = row_of(gaps, "targeted,absolute_gap,qaly,imd");
    cr_expect_lt(number_at(gaps, row, "change"), 0);
    cr_expect_eq(number_at(gaps, row, "p_narrower"), 1);
    cr_expect_eq(tf_table_rows(gaps), STRATEGIES * (2 * 7 + 2 * 17 + 5 * 13 + 2 * 12 + 2 * 8),
                 "two gaps of seven outcomes, 17 indices of goods, 13 of others; of the sexes 12 of lives, 8 of costs and deaths");
    row = row_of(gaps, "targeted,sii,qaly,imd");
    cr_expect_lt(number_at(gaps, row, "change"), 0);
    cr_expect_eq(number_at(gaps, row, "p_narrower"), 1);
    row = row_of(gaps, "usual,relative_gap,event.programme.offered.enrolled");
    cr_expect_str_eq(tf_table_text(gaps, row, 4), "", "nobody enrols under usual care: no ratio");
    tf_table_destroy(cea);
    tf_table_destroy(gaps);
    cea = read_view(context, "pairing.csv", "strategy,outcome,discounted,threshold,difference,paired_mcse,independent_mcse,reduction");
    cr_expect_eq(tf_table_rows(cea), (STRATEGIES - 1) * (3 + 4), "cost, qaly, ly, and net benefit at four thresholds");
    row = row_of(cea, "targeted,qaly");
    cr_expect_gt(number_at(cea, row, "paired_mcse"), 0);
    cr_expect_float_eq(number_at(cea, row, "reduction"),
                       pow(number_at(cea, row, "independent_mcse") / number_at(cea, row, "paired_mcse"), 2), 1e-9);
    tf_table_destroy(cea);
    cea = read_view(context, "variance.csv", "strategy,threshold,draws,persons,inc_nmb,mcse,total,first_order,parameter,"
                                             "wanted_mcse,wanted_draws,wanted_persons,base_case,gap,gap_mcse");
    cr_expect_eq(tf_table_rows(cea), (STRATEGIES - 1) * 4);
    row = row_of(cea, "targeted,30000");
    cr_expect_float_eq(number_at(cea, row, "inc_nmb") - number_at(cea, row, "base_case"), number_at(cea, row, "gap"), 1e-9);
    cr_expect_float_eq(number_at(cea, row, "first_order") + number_at(cea, row, "parameter"), number_at(cea, row, "total"), 1e-9);
    cr_expect_float_eq(number_at(cea, row, "mcse"), sqrt(number_at(cea, row, "total") / number_at(cea, row, "draws")), 1e-12);
    cr_expect_eq(number_at(cea, row, "persons"), 1463000, "everyone is simulated");
    tf_table_destroy(cea);
}

static void expect_draws(trefoil_context *context)
{
    tf_table *draws = read_view(context, "draws.csv", "draw,strategy,cost,qaly,ly,rr_statin,uptake,programme_price");
    tf_table *years = read_view(context, "by_year.csv", "strategy,group_by,group,year,from,measure,unit,mean,mcse,lo,hi");
    tf_table *parameters =
        read_view(context, "parameters.csv", "name,label,distribution,mean,sd,unit,price_year,grade,source,note,overridden,place");
    synthetic_draw *draw = malloc(sizeof *draw);
    size_t row = row_of(draws, "3,everyone");

    synthetic_fill(draw, 3);
    cr_expect_eq(tf_table_rows(draws), 6 * STRATEGIES);
    cr_expect_eq(number_at(draws, row, "rr_statin"), draw->parameters[RR], "not the same bits");
    cr_expect_eq(number_at(draws, row, "cost"), draw->total[EVERYONE][COST * 2 + 1] / 1463000);
    cr_expect_eq(number_at(draws, row, "ly"), draw->total[EVERYONE][LY * 2] / 1463000);
    cr_expect_eq(tf_table_rows(years), (size_t)STRATEGIES * YEAR_GROUPS * YEARS * (MEASURES - 1));
    cr_expect_eq(number_at(years, row_of(years, "usual,imd,2,3"), "from"), 2028.25);
    cr_expect_str_eq(tf_table_text(parameters, row_of(parameters, "uptake"), 7), "assumption");
    cr_expect_str_eq(tf_table_text(parameters, 0, 8), "CTT Collaborators 2010, \"Lancet\" 376");
    free(draw);
    tf_table_destroy(draws);
    tf_table_destroy(years);
    tf_table_destroy(parameters);
}

static char *read_file(const char *name)
{
    FILE *file = fopen(folder_file(name), "rb");
    char *text = calloc(1, 1 << 20);

    cr_assert_not_null(file, "%s", name);
    cr_assert_gt(fread(text, 1, (1 << 20) - 1, file), (size_t)0);
    fclose(file);
    return text;
}

static void expect_page(void)
{
    char *page = read_file("report.html"), *facts = read_file("provenance.json"), *plane = read_file("plane.svg");

    cr_expect(strstr(page, "Uptake, &lt;all&gt; fifths") != NULL, "HTML is not escaped");
    cr_expect(strstr(page, "<svg") != NULL && strstr(page, "src=") == NULL && strstr(page, "href=") == NULL, "not self-contained");
    cr_expect(strstr(page, "<code>uptake</code>") < strstr(page, "<code>rr_statin</code>"), "assumptions do not come first");
    cr_expect(strstr(page, ">nan") == NULL && strstr(page, "\"nan") == NULL && strstr(plane, "nan") == NULL && strstr(plane, "inf\"") == NULL);
    cr_expect(strstr(facts, "\"host\": \"a \\\"machine\\\"\\u000aof mine\"") != NULL, "%s", facts);
    cr_expect(strstr(facts, "\"seed\": \"18446744073709551557\"") != NULL);
    free(page);
    free(facts);
    free(plane);
}

Test(export, every_view_of_a_run)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_store *store;
    char *before, *after;

    folder_make();
    store = make_store(context, 6);
    cr_assert_eq(tf_write_views(context, store, folder_path), TREFOIL_DONE);
    expect_summary(context);
    expect_analyses(context);
    expect_draws(context);
    expect_page();
    before = read_file("summary.csv");
    cr_assert_eq(tf_store_close(context, store), TREFOIL_DONE);
    cr_assert_eq(tf_store_open(context, folder_file("run.sqlite"), &store), TREFOIL_DONE);
    cr_assert_eq(tf_write_views(context, store, folder_path), TREFOIL_DONE);
    after = read_file("summary.csv");
    cr_expect_str_eq(before, after, "a store opened again gives other numbers");
    free(before);
    free(after);
    cr_expect_eq(tf_store_close(context, store), TREFOIL_DONE);
    cr_expect_eq(trefoil_context_reasons(context), 0);
    trefoil_context_destroy(context);
    close_folder();
}

static void expect_narrow(const char *text)
{
    while (*text != '\0') {
        char line[1024];
        size_t bytes = strcspn(text, "\n");

        snprintf(line, sizeof line, "%.*s", (int)bytes, text);
        cr_expect_leq(tf_width(line), (size_t)TF_LINE, "%s", line);
        text += bytes + (text[bytes] == '\n');
    }
}

Test(export, a_person_can_read_it)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_store *store;
    tf_text text = {0};

    folder_make();
    store = make_store(context, 40);
    cr_assert_eq(tf_terminal_report(context, store, &text), TREFOIL_DONE);
    expect_narrow(text.chars);
    cr_expect(strstr(text.chars, "Help with medicines in Greater Manchester") == text.chars);
    cr_expect(strstr(text.chars, "1,463,000 people aged 40 to 79, followed for life from 2026.") != NULL);
    cr_expect(strstr(text.chars, "per QALY gained") != NULL);
    cr_expect(strstr(text.chars, "The run was interrupted: 200 were asked for.") != NULL);
    cr_expect(strstr(text.chars, "narrows by") != NULL);
    cr_expect(strstr(text.chars, "1 of 3 parameters is an assumption") != NULL);
    cr_expect(strstr(text.chars, "of the variance") != NULL);
    cr_expect(strstr(text.chars, "The mean over draws is") != NULL);
    cr_expect(strstr(text.chars, "enrolled") == NULL, "a programme's own process is no outcome");
    cr_expect(strstr(text.chars, "nan") == NULL && strstr(text.chars, "inf ") == NULL);
    tf_text_free(&text);
    cr_expect_eq(tf_store_close(context, store), TREFOIL_DONE);
    trefoil_context_destroy(context);
    close_folder();
}

Test(export, the_base_case_alone)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_store *store;
    tf_text text = {0};
    tf_table *summary;

    folder_make();
    folder_write("acceptability.svg", "of an earlier run");
    store = make_store(context, 0);
    cr_assert_eq(tf_terminal_report(context, store, &text), TREFOIL_DONE);
    cr_expect(strstr(text.chars, "The base case alone") != NULL);
    cr_expect(strstr(text.chars, "No intervals: they need at least two draws") != NULL);
    cr_assert_eq(tf_write_views(context, store, folder_path), TREFOIL_DONE);
    cr_expect_neq(access(folder_file("acceptability.svg"), F_OK), 0, "a plot of an earlier run was left");
    summary = read_view(context, "summary.csv", "strategy,group_by,group,measure,unit,discounted,basis,mean,mcse,lo,hi");
    cr_expect_str_eq(tf_table_text(summary, row_of(summary, "everyone,all,all,qaly"), 9), "");
    cr_expect_str_neq(tf_table_text(summary, row_of(summary, "everyone,all,all,qaly"), 8), "");
    tf_table_destroy(summary);
    tf_text_free(&text);
    cr_expect_eq(tf_store_close(context, store), TREFOIL_DONE);
    trefoil_context_destroy(context);
    close_folder();
}

Test(export, places_that_cannot_be_written)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_text text = {0};
    char path[256];

    folder_make();
    tf_text_add(&text, "words");
    snprintf(path, sizeof path, "%s/a/b/c", folder_path);
    cr_expect_eq(tf_export_folder(context, path), TREFOIL_DONE);
    cr_expect_eq(tf_export_folder(context, path), TREFOIL_DONE);
    cr_expect_eq(tf_export_text(context, path, "file", &text), TREFOIL_DONE);
    snprintf(path, sizeof path, "%s/a/b/c/file/d", folder_path);
    cr_expect_eq(tf_export_folder(context, path), TREFOIL_FILE_FAILED);
    cr_expect(told(context, "/a/b/c/file/d: the folder cannot be made: Not a directory"), "%s", trefoil_context_reason(context, 0));
    trefoil_context_destroy(context);
    context = trefoil_context_create(NULL);
    snprintf(path, sizeof path, "%s/a/b", folder_path);
    cr_expect_eq(tf_export_text(context, path, "c", &text), TREFOIL_FILE_FAILED, "a folder was replaced by a file");
    cr_expect(told(context, "/a/b/c: cannot be written"));
    trefoil_context_destroy(context);
    tf_text_free(&text);
    folder_forget("a/b/c/file");
    for (int k = 3; k > 0; k--) {
        snprintf(path, sizeof path, "%s/%.*s", folder_path, 2 * k - 1, "a/b/c");
        rmdir(path);
    }
    close_folder();
}
