/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

Test(text, numbers_are_strict)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},        {"10", 10},      {" 0.5\t", 0.5}, {"1e-3", 1e-3},   {"-2", -2},          {"+3", 3},
                {".25", 0.25},   {"7.", 7},       {"1E+20", 1e20}, {"0.0625", .0625}, {"1e-05", 1e-5},    {"-0.1e2", -10},
                {"4.9e-324", 4.9e-324}, {"1.7976931348623157e308", DBL_MAX}, {"100000", 1e5}, {"0e5", 0}};
    static const char *const bad[] = {"",    " ",    "010",  "00",    "1_000", "0,6",  "1,000", "nan",  "inf", "-inf", "0x10", "12abc",
                                      "1 2", "1e",   "1e+",  "--1",   "+-1",   ".",    "-",     "e5",   "1.2.3", "1e999", "0x1p3",
                                      "one", "1d3",  "1e3.5", "\xc2\xa0""1", "01.5", "-01", "5%", "infinity", "1;2"};
    double value = 42;

    for (size_t k = 0; k < COUNT(good); k++) {
        cr_assert(tf_parse_number(good[k].text, &value), "'%s'", good[k].text);
        cr_assert_eq(value, good[k].value, "'%s' read as %.17g", good[k].text, value);
    }
    value = 42;
    for (size_t k = 0; k < COUNT(bad); k++) {
        cr_assert_not(tf_parse_number(bad[k], &value), "'%s'", bad[k]);
    }
    cr_assert_not(tf_parse_number(NULL, &value));
    cr_assert_eq(value, 42, "a failure writes nothing");
}

Test(text, integers_are_strict)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0}, {" 17 ", 17}, {"-5", -5}, {"+6", 6}, {"9223372036854775807", INT64_MAX}, {"-9223372036854775808", INT64_MIN}};
    static const char *const bad[] = {"", "-", "010", "1.0", "1e3", "0x1f", "9223372036854775808", "99999999999999999999", "1 0", "a", "1,000"};
    int64_t value = 42;

    for (size_t k = 0; k < COUNT(good); k++) {
        cr_assert(tf_parse_integer(good[k].text, &value), "'%s'", good[k].text);
        cr_assert_eq(value, good[k].value);
    }
    value = 42;
    for (size_t k = 0; k < COUNT(bad); k++) {
        cr_assert_not(tf_parse_integer(bad[k], &value), "'%s'", bad[k]);
    }
    cr_assert_not(tf_parse_integer(NULL, &value));
    cr_assert_eq(value, 42);
}

Test(text, printed_numbers_read_back_to_the_same_bits)
{
    static const struct {
        double value;
        const char *text;
    } known[] = {{0.1, "0.1"}, {1.0 / 3, "0.3333333333333333"}, {100, "100"}, {1e22, "1e+22"}, {-0.62, "-0.62"}, {5e-324, "5e-324"}};
    uint64_t bits = 88172645463325252u;
    char text[TF_NUMBER_SIZE];

    for (size_t k = 0; k + 1 < COUNT(known); k++) {
        tf_print_number(known[k].value, text);
        cr_assert_str_eq(text, known[k].text);
    }
    for (int k = 0; k < 20000; k++) {
        double value, back;

        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) {
            tf_print_number(value, text);
            cr_assert(tf_parse_number(text, &back), "%s", text);
            cr_assert_eq(memcmp(&back, &value, sizeof value), 0, "%s", text);
        }
    }
}

Test(text, finds_the_nearest_name)
{
    static const char *const names[] = {"uptake", "persistence", "cost_per_year", "sd", "age_min", "age_max"};

    cr_assert_str_eq(tf_nearest("uptke", names, COUNT(names)), "uptake");
    cr_assert_str_eq(tf_nearest("UPTAEK", names, COUNT(names)), "uptake");
    cr_assert_str_eq(tf_nearest("persistance", names, COUNT(names)), "persistence");
    cr_assert_str_eq(tf_nearest("cost_peryears", names, COUNT(names)), "cost_per_year");
    cr_assert_str_eq(tf_nearest("uptake", names, COUNT(names)), "uptake");
    cr_assert_str_eq(tf_nearest("agemax", names, COUNT(names)), "age_max");
    cr_assert_str_eq(tf_nearest("se", names, COUNT(names)), "sd");
    cr_assert_null(tf_nearest("xy", names, COUNT(names)), "names that share nothing are not near");
    cr_assert_null(tf_nearest("discount", names, COUNT(names)));
    cr_assert_null(tf_nearest("uptake", names, 0));
    cr_assert_null(tf_nearest("", names, COUNT(names)));
    /* A transposition is one step, so it is nearer than two substitutions. */
    static const char *const pair[] = {"stxxke", "strkoe"};
    cr_assert_str_eq(tf_nearest("stroke", pair, 2), "strkoe");
}

Test(text, names_trimming_and_equality)
{
    char padded[] = "  a b\t\n", blank[] = " \t ", empty[] = "";

    cr_assert(tf_is_name("a") && tf_is_name("stroke_2") && tf_is_name("z9_"));
    cr_assert_not(tf_is_name("") || tf_is_name(NULL) || tf_is_name("2nd") || tf_is_name("_a") || tf_is_name("Stroke") ||
                  tf_is_name("a-b") || tf_is_name("a b") || tf_is_name("caf\xc3\xa9"));
    cr_assert_str_eq(tf_trim(padded), "a b");
    cr_assert_str_eq(tf_trim(blank), "");
    cr_assert_str_eq(tf_trim(empty), "");
    cr_assert(tf_same_text("Seed", "sEED") && tf_same_text("", ""));
    cr_assert_not(tf_same_text("seed", "see") || tf_same_text("see", "seed") || tf_same_text("[", "{"));
}

Test(text, grows_and_says_when_memory_ran_out)
{
    tf_text text = {0};

    for (int k = 0; k < 1000; k++) {
        tf_text_add(&text, "ab");
        tf_text_addf(&text, "%03d", k);
    }
    cr_assert_eq(text.length, 5000);
    cr_assert_eq(strlen(text.chars), 5000);
    cr_assert_str_eq(text.chars + 4995, "ab999");
    cr_assert_not(text.failed);
    tf_text_free(&text);
    cr_assert_null(text.chars);
    tf_memory_fail_at(1);
    tf_text_add(&text, "never");
    cr_assert(text.failed);
    tf_text_add(&text, "more");
    tf_text_addf(&text, "%d", 1);
    cr_assert_null(text.chars);
    tf_text_free(&text);
}

Test(text, lists_split_find_and_free)
{
    tf_list list = {0};

    cr_assert_eq(tf_list_split(&list, " usual care,support , ,x", ','), 0);
    cr_assert_eq(list.count, 4);
    cr_assert_str_eq(list.items[0], "usual care");
    cr_assert_str_eq(list.items[1], "support");
    cr_assert_str_eq(list.items[2], "");
    cr_assert_str_eq(list.items[3], "x");
    cr_assert_eq(tf_list_find(&list, "SUPPORT"), 1);
    cr_assert_eq(tf_list_find(&list, "supports"), -1);
    cr_assert_eq(tf_list_add(&list, " kept as is "), 0);
    cr_assert_str_eq(list.items[4], " kept as is ");
    tf_list_free(&list);
    cr_assert_eq(list.count, 0);
    cr_assert_eq(tf_list_split(&list, "  ", ','), 0);
    cr_assert_eq(list.count, 0);
    cr_assert_eq(tf_list_split(&list, ",", ','), 0);
    cr_assert_eq(list.count, 2);
    tf_list_free(&list);
    for (long n = 1; n <= 3; n++) {
        tf_memory_fail_at(n);
        cr_assert_eq(tf_list_split(&list, "a,b", ','), -1);
        tf_memory_fail_at(0);
        tf_list_free(&list);
    }
}

Test(text, paths_are_seen_from_the_file_that_names_them)
{
    static const char *const cases[][3] = {{"scenarios/a.ini", "england/p.csv", "scenarios/england/p.csv"},
                                           {"a.ini", "p.csv", "p.csv"},
                                           {"/x/y/a.ini", "../p.csv", "/x/y/../p.csv"},
                                           {"x/a.ini", "/data/p.csv", "/data/p.csv"},
                                           {"/a.ini", "p.csv", "/p.csv"}};

    for (size_t k = 0; k < COUNT(cases); k++) {
        char *path = tf_path_beside(cases[k][0], cases[k][1]);

        cr_assert_str_eq(path, cases[k][2]);
        tf_free(path);
    }
    tf_memory_fail_at(1);
    cr_assert_null(tf_path_beside("a", "b"));
}

/* As few digits as read back, by trying them all. */
static void plain_print(double number, char text[TF_NUMBER_SIZE])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, TF_NUMBER_SIZE, "%.*g", digits, number);
        if (strtod(text, NULL) == number) {
            return;
        }
    }
}

Test(text, prints_as_few_digits_as_trying_them_all_would)
{
    char text[TF_NUMBER_SIZE], plain[TF_NUMBER_SIZE], digits[TF_NUMBER_SIZE];
    uint64_t state = 88172645463325252u;

    for (int k = 0; k < 200000; k++) {
        double number;

        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        number = (double)(int64_t)state * pow(10, k % 45 - 38);
        if (k % 3) { /* a decimal of 13 to 17 digits */
            snprintf(digits, sizeof digits, "%.*g", 13 + k % 5, number);
            number = strtod(digits, NULL);
        }
        tf_print_number(number, text);
        plain_print(number, plain);
        cr_assert_str_eq(text, plain);
    }
}
