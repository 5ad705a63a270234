/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/print.h"
#include "report/sheet.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

Test(print, no_digit_finer_than_half_the_error)
{
    static const struct {
        double value, mcse;
        int most;
        const char *text;
    } cases[] = {
        {1.23456, 0.012, 5, "1.235"},   {1.23456, 0.05, 5, "1.23"},   {1.23456, 0.5, 5, "1.2"},     {1.23456, 2, 5, "1"},
        {12345.6, 30, 2, "12,350"},     {12345.6, 300, 2, "12,300"},  {1.23456, 0, 3, "1.235"},     {1.23456, NAN, 2, "1.23"},
        {1.23456, 1e-9, 4, "1.2346"},   {-0.0004, 0.012, 5, "0.000"}, {-12345.678, 0.1, 2, "-12,345.68"}, {3, 400, 2, "0"},
        {999.996, 0.01, 2, "1,000.00"}, {NAN, 1, 2, "n/a"},           {INFINITY, 1, 2, "n/a"},      {-0.0, 0, 2, "0.00"},
        {1234567890, 0, 0, "1,234,567,890"},
    };
    char text[TF_PRINTED_SIZE];

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        tf_print_limited(text, cases[k].value, cases[k].mcse, cases[k].most);
        cr_expect_str_eq(text, cases[k].text, "%g with error %g: '%s', not '%s'", cases[k].value, cases[k].mcse, text, cases[k].text);
    }
    cr_expect_eq(tf_digits(0.02, 9), 2);
    cr_expect_eq(tf_digits(0.019, 9), 3);
    cr_expect_eq(tf_digits(20, 9), -1);
    cr_expect_eq(tf_effect_digits(0.0000123, 0.000004), 6, "two significant digits at least");
    cr_expect_eq(tf_effect_digits(-0.0000123, NAN), 6, "and without an error");
    cr_expect_eq(tf_effect_digits(0.0123, 1e-9), 4, "three at most");
    cr_expect_eq(tf_effect_digits(1e-9, 0.004), 4, "of the larger of effect and error");
    cr_expect_eq(tf_effect_digits(1234, 400), -2);
    cr_expect_eq(tf_effect_digits(0, 0), 0);
    cr_expect_eq(tf_effect_digits(NAN, NAN), 0);
}

Test(print, signs_currencies_and_large_amounts)
{
    char text[TF_PRINTED_SIZE];

    tf_print_digits(text, -1234.5, 1, "£", true);
    cr_expect_str_eq(text, "-£1,234.5");
    tf_print_digits(text, 1234.5, 0, "£", true);
    cr_expect_str_eq(text, "+£1,234");
    tf_print_digits(text, 0, 0, "£", true);
    cr_expect_str_eq(text, "£0");
    tf_print_large(text, 181234567, 900000, "£", false);
    cr_expect_str_eq(text, "£181.2 million");
    tf_print_large(text, 45678, 30, "", false);
    cr_expect_str_eq(text, "45,680");
    tf_print_currency(text, "GBP");
    cr_expect_str_eq(text, "£");
    tf_print_currency(text, "CHF");
    cr_expect_str_eq(text, "CHF ");
    tf_print_currency(text, NULL);
    cr_expect_str_eq(text, "");
}

static size_t widest_line(const char *text)
{
    size_t widest = 0;

    while (*text != '\0') {
        char line[4096];
        size_t bytes = strcspn(text, "\n");

        snprintf(line, sizeof line, "%.*s", (int)bytes, text);
        widest = tf_width(line) > widest ? tf_width(line) : widest;
        text += bytes + (text[bytes] == '\n');
    }
    return widest;
}

Test(print, sheets_fit_a_terminal_and_escape_html)
{
    tf_sheet sheet;
    tf_text text = {0}, html = {0};

    tf_sheet_begin(&sheet, 12, "Eleven columns of <numbers>");
    tf_sheet_cell(&sheet, "Strategy");
    for (int k = 0; k < 11; k++) {
        tf_sheet_cell(&sheet, "Threshold\n£%d", 10000 * k);
    }
    tf_sheet_cell(&sheet, "A strategy whose title goes on for much longer than anybody would like it to");
    for (int k = 0; k < 11; k++) {
        tf_sheet_cell(&sheet, "%d", 1000000 + k);
    }
    tf_sheet_text(&sheet, &text);
    tf_sheet_html(&sheet, &html);
    cr_assert(!text.failed && !html.failed);
    cr_expect_leq(widest_line(text.chars), (size_t)TF_LINE);
    for (int k = 0; k < 11; k++) {
        char number[16];

        snprintf(number, sizeof number, "%d", 1000000 + k);
        cr_expect(strstr(text.chars, number) != NULL, "column %d is lost", k);
    }
    cr_expect(strstr(text.chars, "…") != NULL);
    cr_expect(strstr(html.chars, "&lt;numbers&gt;") != NULL);
    cr_expect(strstr(html.chars, "Threshold<br>£0") != NULL);
    tf_sheet_free(&sheet);
    tf_text_free(&text);
    tf_text_free(&html);
}
