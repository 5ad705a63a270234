/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/digest.h"
#include "base/memory.h"
#include "base/table.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char path[64];

static void write_file(const char *bytes, size_t n)
{
    int file;

    strcpy(path, "/tmp/trefoil-table-XXXXXX");
    file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, bytes, n), (ssize_t)n);
    close(file);
}

static tf_table *read_text(trefoil_context *context, const char *text)
{
    tf_table *table = NULL;
    trefoil_status status;

    write_file(text, strlen(text));
    status = tf_table_read(context, path, (tf_place){0}, &table);
    unlink(path);
    cr_assert_eq(status == TREFOIL_DONE, table != NULL);
    return table;
}

static const char good[] = "# source: ONS 2024, table 3\n"
                           "#licence : OGL v3\r\n"
                           "# a remark\n"
                           "\n"
                           "name , age,\"rate, per year\"\r\n"
                           "a,40,0.5\n"
                           "# between rows: too\n"
                           " b b ,\"41\",1e-3\r\n"
                           "\"two\nlines \"\"quoted\"\"\",42,\n"
                           "\n"
                           "#price_year: 2023\n"
                           "d,,7";

Test(table, reads_cells_places_notes_and_digest)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_table *table = read_text(context, good);
    char digest[TF_DIGEST_SIZE];
    static const int lines[] = {6, 8, 9, 13};
    static const char *const cells[4][3] = {{"a", "40", "0.5"}, {"b b", "41", "1e-3"}, {"two\nlines \"quoted\"", "42", ""}, {"d", "", "7"}};

    cr_assert_not_null(table, "%s", trefoil_context_reason(context, 0));
    cr_assert_eq(tf_table_columns(table), 3);
    cr_assert_eq(tf_table_rows(table), 4);
    cr_assert_str_eq(tf_table_column_name(table, 0), "name");
    cr_assert_eq(tf_table_find(table, "rate, per year"), 2);
    cr_assert_eq(tf_table_find(table, "Age"), -1);
    for (size_t row = 0; row < 4; row++) {
        cr_assert_eq(tf_table_place(table, row).line, lines[row]);
        cr_assert_str_eq(tf_table_place(table, row).file, path);
        for (size_t column = 0; column < 3; column++) {
            cr_assert_str_eq(tf_table_text(table, row, column), cells[row][column]);
        }
    }
    cr_assert_str_eq(tf_table_note(table, "source"), "ONS 2024, table 3");
    cr_assert_str_eq(tf_table_note(table, "licence"), "OGL v3");
    cr_assert_str_eq(tf_table_note(table, "price_year"), "2023");
    cr_assert_str_eq(tf_table_note(table, "between rows"), "too");
    cr_assert_null(tf_table_note(table, "unit"));
    tf_digest_bytes(good, sizeof good - 1, digest);
    cr_assert_str_eq(tf_table_digest(table), digest);
    cr_assert_str_eq(tf_table_path(table), path);
    tf_table_destroy(table);
    tf_table_destroy(NULL);
    trefoil_context_destroy(context);
}

Test(table, numbers_are_checked_and_named)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_table *table = read_text(context, "name,rate\na,0.5\nb,x\nc,\nd,-1\ne,2\nf,0,\n");
    double number = 42;
    char expected[5][160];

    cr_assert_null(table);
    cr_assert_eq(tf_mistakes(context), 1);
    trefoil_context_destroy(context);
    context = trefoil_context_create(NULL);
    table = read_text(context, "name,rate\na,0.5\nb,x\nc,\nd,-1\ne,2\n");
    cr_assert_eq(tf_table_number(context, table, 0, 1, 0, 1, &number), TREFOIL_DONE);
    cr_assert_eq(number, 0.5);
    for (size_t row = 1; row < 5; row++) {
        cr_assert_eq(tf_table_number(context, table, row, 1, 0, 1, &number), TREFOIL_USER_MISTAKE);
    }
    cr_assert_eq(tf_table_number(context, table, 4, 1, -INFINITY, 1, &number), TREFOIL_USER_MISTAKE);
    cr_assert_eq(number, 0.5, "a mistake writes nothing");
    cr_assert_eq(tf_table_number(context, table, 3, 1, -INFINITY, INFINITY, &number), TREFOIL_DONE);
    cr_assert_eq(number, -1);
    snprintf(expected[0], sizeof expected[0], "%s:3: rate = 'x': expected a number", path);
    snprintf(expected[1], sizeof expected[1], "%s:4: rate is empty; expected a number", path);
    snprintf(expected[2], sizeof expected[2], "%s:5: rate = -1: expected a number from 0 to 1", path);
    snprintf(expected[3], sizeof expected[3], "%s:6: rate = 2: expected a number from 0 to 1", path);
    snprintf(expected[4], sizeof expected[4], "%s:6: rate = 2: expected a number of at most 1", path);
    cr_assert_eq(trefoil_context_reasons(context), 5);
    for (size_t k = 0; k < 5; k++) {
        cr_assert_str_eq(trefoil_context_reason(context, k), expected[k]);
    }
    tf_table_destroy(table);
    trefoil_context_destroy(context);
}

Test(table, every_mistake_has_its_line)
{
    static const struct {
        const char *text;
        int line; /* of the first reason; 0: the file */
        const char *words;
        size_t reasons;
    } bad[] = {
        {"", 1, "no header", 1},
        {"# only: notes\n\n", 3, "no header", 1},
        {"a,b\n1,2\n1\n\n1,2,3\n3,4\n", 3, "1 cells, but the header names 2", 2},
        {"a,,c\n1,2,3\n", 1, "column 2 has no name", 1},
        {"# x\na,b,a\n1,2,3\n", 2, "'a' is named twice, as columns 1 and 3", 1},
        {"\xef\xbb\xbf""a,b\n1,2\n", 1, "byte-order mark", 1},
        {"a,b\n1,x\"y\n1,2\n3\n", 2, "a quote inside a cell", 2},
        {"a,b\n1,\"x\" y\n", 2, "a quote inside a cell", 1},
        {"a,b\n1,2\n1,\"never closed\n3,4\n", 3, "not closed", 1},
        {"a,b\n1,2\n1,\"never closed", 3, "not closed", 1},
        {"a,b\n1,\xa3""5\n2\n", 2, "byte 0xa3 is not UTF-8", 2},
        {"a,b\n1,\xc0\xaf\n", 2, "byte 0xc0", 1},
        {"a,b\n1,\xed\xa0\x80\n", 2, "byte 0xed", 1},
        {"a,b\n1,\xe2\x82\n", 2, "byte 0xe2", 1},
        {"\"a,b\n1,2\n", 1, "not closed", 1},
        {"a\"b\n1\n2\n", 1, "a quote inside a cell", 1},
    };

    for (size_t k = 0; k < COUNT(bad); k++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_table *table = read_text(context, bad[k].text);
        char place[96];

        cr_assert_null(table, "case %zu", k);
        cr_assert_eq(trefoil_context_reasons(context), bad[k].reasons, "case %zu: %zu reasons, the first %s", k,
                     trefoil_context_reasons(context), trefoil_context_reason(context, 0));
        snprintf(place, sizeof place, bad[k].line > 0 ? "%s:%d: " : "%s: ", path, bad[k].line);
        cr_assert(strncmp(trefoil_context_reason(context, 0), place, strlen(place)) == 0, "case %zu: %s", k,
                  trefoil_context_reason(context, 0));
        cr_assert_not_null(strstr(trefoil_context_reason(context, 0), bad[k].words), "case %zu: %s", k,
                           trefoil_context_reason(context, 0));
        trefoil_context_destroy(context);
    }
}

Test(table, takes_what_is_unusual_but_right)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_table *table = read_text(context, "a\n");

    cr_assert_not_null(table);
    cr_assert_eq(tf_table_rows(table), 0);
    tf_table_destroy(table);
    table = read_text(context, "a,b\n,\n\xc2\xa3,\"\xf0\x9f\x8d\x80\"\n\"# no note\",2\n");
    cr_assert_not_null(table, "%s", trefoil_context_reason(context, 0));
    cr_assert_eq(tf_table_rows(table), 3);
    cr_assert_str_eq(tf_table_text(table, 0, 1), "");
    cr_assert_str_eq(tf_table_text(table, 1, 1), "\xf0\x9f\x8d\x80");
    cr_assert_str_eq(tf_table_text(table, 2, 0), "# no note");
    tf_table_destroy(table);
    trefoil_context_destroy(context);
}

Test(table, says_which_file_cannot_be_read_and_where_it_was_named)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_table *table;

    cr_assert_eq(tf_table_read(context, "/nowhere/t.csv", (tf_place){"a.ini", 4}, &table), TREFOIL_USER_MISTAKE);
    cr_assert_null(table);
    cr_assert_eq(tf_table_read(context, "/tmp", (tf_place){"a.ini", 5}, &table), TREFOIL_USER_MISTAKE);
    cr_assert_eq(tf_table_read(context, "/nowhere/u.csv", (tf_place){0}, &table), TREFOIL_FILE_FAILED);
    cr_assert_not_null(strstr(trefoil_context_reason(context, 0), "a.ini:4: the table /nowhere/t.csv cannot be opened"));
    cr_assert_not_null(strstr(trefoil_context_reason(context, 1), "a.ini:5: the table /tmp cannot be read"));
    cr_assert_not_null(strstr(trefoil_context_reason(context, 2), "/nowhere/u.csv: cannot be opened"));
    trefoil_context_destroy(context);
}

Test(table, refuses_a_wrong_file_the_second_time_too)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_table *table;

    write_file("a,b\n1\n", 6);
    cr_assert_eq(tf_table_read(context, path, (tf_place){0}, &table), TREFOIL_USER_MISTAKE);
    cr_assert_eq(tf_table_read(context, path, (tf_place){0}, &table), TREFOIL_USER_MISTAKE);
    cr_assert_eq(trefoil_context_reasons(context), 1);
    unlink(path);
    trefoil_context_destroy(context);
}

Test(table, long_rows_and_long_tables)
{
    trefoil_context *context = trefoil_context_create(NULL);
    size_t size = 3u << 20, used = 0;
    char *text = tf_alloc(size, 1);
    tf_table *table;
    double number;

    memset(text, 'x', size - 1);
    memcpy(text, "a,b\n1,\"", 7);
    text[size / 2] = '\n';
    cr_assert_null(read_text(context, text));
    cr_assert_not_null(strstr(trefoil_context_reason(context, 0), ":2: a row longer than 1 MiB"));

    used = (size_t)sprintf(text, "id,square\n");
    for (int k = 0; k < 40000; k++) {
        used += (size_t)sprintf(text + used, "%d,%.1f\n", k, (double)k * k);
    }
    table = read_text(context, text);
    cr_assert_not_null(table);
    cr_assert_eq(tf_table_rows(table), 40000);
    for (size_t k = 0; k < 40000; k += 997) {
        cr_assert_eq(tf_table_number(context, table, k, 1, 0, 2e9, &number), TREFOIL_DONE);
        cr_assert_eq(number, (double)k * (double)k);
        cr_assert_eq(tf_table_place(table, k).line, (int)k + 2);
    }
    tf_table_destroy(table);
    tf_free(text);
    trefoil_context_destroy(context);
}

Test(table, survives_every_failure_of_memory)
{
    trefoil_status status = TREFOIL_NO_MEMORY;
    long n = 0;

    write_file(good, sizeof good - 1);
    while (status != TREFOIL_DONE) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_table *table;

        tf_memory_fail_at(++n);
        status = tf_table_read(context, path, (tf_place){0}, &table);
        tf_memory_fail_at(0);
        cr_assert(status == TREFOIL_NO_MEMORY || status == TREFOIL_DONE, "call %ld: %s", n, trefoil_status_text(status));
        cr_assert_eq(table != NULL, status == TREFOIL_DONE);
        cr_assert_eq(trefoil_context_reasons(context), status == TREFOIL_DONE ? 0 : 1);
        tf_table_destroy(table);
        trefoil_context_destroy(context);
        cr_assert_lt(n, 1000);
    }
    cr_assert_gt(n, 8, "only %ld calls could fail", n);
    unlink(path);
}
