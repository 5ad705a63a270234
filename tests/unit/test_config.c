/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "folder.h"

#include "base/memory.h"
#include "scenario/config.h"

#include <criterion/criterion.h>
#include <math.h>

static const tf_place NOWHERE = {0};

static void set_up(void)
{
    folder_make();
}

static void tear_down(void)
{
    folder_forget("a.ini");
    folder_remove();
}

TestSuite(config, .init = set_up, .fini = tear_down);

static const char GOOD[] = "; a comment; with marks # of both kinds\n"
                           "[run]\n"
                           "seed = 7\n"
                           "\tname =  a b  \r\n"
                           "# another\n"
                           "\n"
                           "[ strategy support ]\n"
                           "title = \"$/QALY; per year # 1\"\n"
                           "quoted = ' 0.62 @ \"a; b\" ' ; a comment behind a quote drops nothing\n"
                           "empty =\n"
                           "blank = \"\"\n"
                           "formula = =a*2\n"
                           "uptake = 0.62 ~ beta(se 0.05) @ trial\n"
                           "list = a, \"b, c\" ,d\n"
                           "on = yes\n"
                           "pounds = \xc2\xa3 20\n"
                           "file = sub/x.csv";

Test(config, values_and_places)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_config *config = NULL;
    const char *path = folder_write("a.ini", GOOD), *name;
    tf_list list = {0};
    tf_number number;
    char *file, expected[128];
    static const char *const colours[] = {"red", "green", NULL};

    cr_assert_eq(tf_config_read(context, path, NOWHERE, &config), TREFOIL_DONE);
    cr_assert_eq(trefoil_context_reasons(context), 0);
    cr_assert_str_eq(tf_config_path(config), folder_file("a.ini"));
    cr_assert_eq(strlen(tf_config_digest(config)), 64);
    cr_assert_eq(tf_config_sections(config), 2);
    cr_assert_str_eq(tf_config_section(config, 1), "strategy support");
    cr_assert(tf_config_section_is(config, 1, "strategy", &name));
    cr_assert_str_eq(name, "support");
    cr_assert(tf_config_section_is(config, 0, "run", &name));
    cr_assert_str_eq(name, "");
    cr_assert_not(tf_config_section_is(config, 1, "strat", NULL));
    cr_assert_eq(tf_config_find(config, "run"), 0);
    cr_assert_eq(tf_config_find(config, "runs"), -1);
    cr_assert_eq(tf_config_section_place(config, 1).line, 7);

    cr_assert_eq(tf_config_integer(context, config, 0, "seed", 0, 10, 3), 7);
    cr_assert_eq(tf_config_integer(context, config, 0, "seat", 0, 10, 3), 3);
    cr_assert_eq(tf_config_place(config, 0, "seed").line, 3);
    cr_assert_eq(tf_config_place(config, 0, "seat").line, 2);
    cr_assert_str_eq(tf_config_text(config, 0, "name"), "a b");
    cr_assert_str_eq(tf_config_text(config, 1, "title"), "$/QALY; per year # 1");
    cr_assert_str_eq(tf_config_text(config, 1, "quoted"), "0.62 @ \"a; b\"");
    cr_assert_str_eq(tf_config_text(config, 1, "empty"), "");
    cr_assert_str_eq(tf_config_text(config, 1, "blank"), "");
    cr_assert_str_eq(tf_config_text(config, 1, "formula"), "=a*2");
    cr_assert_str_eq(tf_config_text(config, 1, "pounds"), "\xc2\xa3 20");
    cr_assert_null(tf_config_text(config, 1, "absent"));
    cr_assert_null(tf_config_text(config, 99, "absent"));
    cr_assert_eq(tf_config_keys(config, 1), 10);
    cr_assert_str_eq(tf_config_key(config, 1, 4), "formula");
    cr_assert(tf_config_switch(context, config, 1, "on", false));
    cr_assert_not(tf_config_switch(context, config, 1, "off", false));
    cr_assert_eq(tf_config_choice(context, config, 1, "colour", colours, 1), 1);
    cr_assert_eq(tf_config_list(context, config, 1, "list", &list), TREFOIL_DONE);
    cr_assert_eq(list.count, 3);
    cr_assert_str_eq(list.items[1], "b, c");
    cr_assert_str_eq(list.items[2], "d");
    cr_assert_eq(tf_config_list(context, config, 1, "empty", &list), TREFOIL_DONE);
    cr_assert_eq(list.count, 3);
    cr_assert(tf_config_uncertain(context, config, 1, "uptake", &number));
    cr_assert_eq(number.distribution.family, TF_BETA);
    cr_assert_str_eq(number.source, "trial");
    file = tf_config_file(context, config, 1, "file");
    snprintf(expected, sizeof expected, "%s/sub/x.csv", folder_path);
    cr_assert_str_eq(file, expected);
    cr_assert(tf_config_require(context, config, 0, "seed", "a number"));
    cr_assert_eq(tf_config_finish(context, config), TREFOIL_DONE);
    cr_assert_eq(trefoil_context_reasons(context), 0, "%s", trefoil_context_reason(context, 0));
    tf_free(file);
    tf_list_free(&list);
    tf_config_destroy(config);
    trefoil_context_destroy(context);
}

#define LINE_100 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LINE_1000 \
    LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100

/* What iniparser would swallow; each in one file, with the one reason it must give. */
static const struct {
    const char *text, *reason;
} traps[] = {
    {"[a]\nx = 1\ny = 2\nx = 3\n", "a.ini:4: [a] x: already set at line 2"},
    {"[a]\nSeed = 1\n", "a.ini:2: [a] names are lower case; write 'seed'"},
    {"[A]\nseed = 1\n", "a.ini:1: section names are lower case; write 'a'"},
    {"[a]\nx = 1\n[b]\n[a]\n", "a.ini:4: [a]: already begun at line 1"},
    {"[a]\nx = $/QALY; per year\n", "a.ini:2: [a] x: text after ';' would be dropped as a comment; quote the value"},
    {"[a]\nx = 0.5 # guess\n", "a.ini:2: [a] x: text after '#' would be dropped"},
    {"[a]\nx = ; nothing\n", "a.ini:2: [a] x: text after ';' would be dropped"},
    {"[a]\nx = \"abc\" def\n", "a.ini:2: [a] x: text after the closing quote would be dropped: 'def'"},
    {"[a]\nx = \"abc\n", "a.ini:2: [a] x: the quote \" is not closed"},
    {"[a]\nx = 'abc\n", "a.ini:2: [a] x: the quote ' is not closed"},
    {"[a]\n\nx = " LINE_1000 "aaaaaaaaaaaaaaaaaaa\n", "a.ini:3: the line has 1023 bytes; at most 1,022 can be read"},
    {"[a]\nx = 1 \\\n  2\ny = 3\n", "a.ini:2: a line continued by '\\' is refused"},
    {"[a]\n; a comment \\\nx = 3\n", "a.ini:2: a line continued by '\\' is refused"},
    {"\xef\xbb\xbf[a]\nx = 1\n", "a.ini:1: the file begins with a byte-order mark"},
    {"[a] ; comment\nx = 1\n", "a.ini:1: [a]: a comment after a section name is refused; put it on a line of its own"},
    {"[a] x\n", "a.ini:1: [a]: text after a section name: 'x'"},
    {"[a\nx = 1\n", "a.ini:1: [a: the closing ']' is missing"},
    {"[]\nx = 1\n", "a.ini:1: []: a section needs a name"},
    {"[a b c]\nx = 1\n", "a.ini:1: [a b c]: a section has one or two words"},
    {"[a  b]\nx = 1\n", "a.ini:1: [a b]: exactly one space"},
    {"[a:b]\nx = 1\n", "a.ini:1: section 'a:b': a name has no space and no character like ':'"},
    {"[a]\nx:y = 1\n", "a.ini:2: [a] 'x:y': a name has no space and no character like ':'"},
    {"[a]\nx y = 1\n", "a.ini:2: [a] 'x y': a name has no space"},
    {"[a]\n\xc3\xa9t\xc3\xa9 = 1\n", "a.ini:2: [a] '\xc3\xa9t\xc3\xa9': a name has no space"},
    {"x = 1\n[a]\n", "a.ini:1: x: a setting before the first [section]"},
    {"[a]\nseed\n", "a.ini:2: 'seed': neither a [section] nor 'key = value'"},
    {"[a]\n= 1\n", "a.ini:2: [a]: a value without a name before '='"},
    {"[a]\nx = \xa3 20\n", "a.ini:2: the line is not UTF-8 text (byte 0xa3)"},
    {"[a]\nx = 1\v2\n", "a.ini:2: a control character (0x0b) in the line"},
    {"[a]\nx = 1\ry = 2\n", "a.ini:2: a control character (0x0d) in the line"},
    {"[" LINE_100 LINE_100 "]\n", "a name has at most 120 characters"},
};

Test(config, traps_are_reported_with_their_line)
{
    for (size_t i = 0; i < sizeof traps / sizeof traps[0]; i++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_config *config = NULL;
        cr_expect_eq(tf_config_read(context, folder_write("a.ini", traps[i].text), NOWHERE, &config), TREFOIL_DONE);
        cr_expect_not_null(config);
        cr_expect_eq(trefoil_context_reasons(context), 1, "%zu reasons for '%s'", trefoil_context_reasons(context), traps[i].reason);
        if (!told(context, traps[i].reason)) {
            cr_expect(false, "not told: %s", traps[i].reason);
            print_reasons(context);
        }
        tf_config_destroy(config);
        trefoil_context_destroy(context);
    }
}

Test(config, longest_line_and_longest_names_are_read)
{
    char text[4000], line[1200], name[121];
    trefoil_context *context = trefoil_context_create(NULL);
    tf_config *config = NULL;

    memset(name, 'n', 120);
    name[120] = '\0';
    memset(line, 'v', sizeof line);
    line[1022 - 123] = '\0'; /* with the name and " = " */
    for (int newline = 0; newline < 2; newline++) {
        snprintf(text, sizeof text, "[%s]\n%s = %s%s", name, name, line, newline ? "\n" : "");
        cr_assert_eq(tf_config_read(context, folder_write("a.ini", text), NOWHERE, &config), TREFOIL_DONE);
        print_reasons(context);
        cr_assert_eq(trefoil_context_reasons(context), 0);
        cr_assert_str_eq(tf_config_text(config, 0, name), line);
        tf_config_destroy(config);
    }
    trefoil_context_destroy(context);
}

Test(config, wrong_values)
{
    static const char text[] = "[a]\nn = 0,6\nbig = 3\ni = 010\nj = 1.5\ns = maybe\nc = gren\nl = a,,b\nu = 0.5 ~ bata(se 0.1)\nf =\n[b]\n";
    static const char *const colours[] = {"red", "green", NULL};
    static const char *const reasons[] = {
        "a.ini:2: [a] n = 0,6: expected a number from 0 to 1",
        "a.ini:3: [a] big = 3: expected a number from 0 to 1",
        "a.ini:4: [a] i = 010: expected a whole number from 0 to 9",
        "a.ini:5: [a] j = 1.5: expected a whole number of at least 1",
        "a.ini:6: [a] s = maybe: expected yes or no",
        "a.ini:7: [a] c = gren: expected red or green; did you mean 'green'?",
        "a.ini:8: [a] l = a,,b: an item of the list is empty",
        "a.ini:9: [a] u = 0.5 ~ bata(se 0.1): ",
        "a.ini:10: [a] f = : expected the name of a file",
        "a.ini:1: [a]: 'gone' is missing: what it is",
        "a.ini:10: [a] f: the value is missing: a file",
    };
    trefoil_context *context = trefoil_context_create(NULL);
    tf_config *config = NULL;
    tf_list list = {0};
    tf_number number;

    cr_assert_eq(tf_config_read(context, folder_write("a.ini", text), NOWHERE, &config), TREFOIL_DONE);
    cr_assert_eq(trefoil_context_reasons(context), 0);
    cr_assert_eq(tf_config_number(context, config, 0, "n", 0, 1, 0.25), 0.25);
    cr_assert_eq(tf_config_number(context, config, 0, "big", 0, 1, 0.5), 0.5);
    cr_assert_eq(tf_config_integer(context, config, 0, "i", 0, 9, 4), 4);
    cr_assert_eq(tf_config_integer(context, config, 0, "j", 1, INT64_MAX, 4), 4);
    cr_assert(tf_config_switch(context, config, 0, "s", true));
    cr_assert_eq(tf_config_choice(context, config, 0, "c", colours, 0), 0);
    cr_assert_eq(tf_config_list(context, config, 0, "l", &list), TREFOIL_USER_MISTAKE);
    cr_assert_not(tf_config_uncertain(context, config, 0, "u", &number));
    cr_assert_null(tf_config_file(context, config, 0, "f"));
    cr_assert_not(tf_config_require(context, config, 0, "gone", "what it is"));
    cr_assert_not(tf_config_require(context, config, 0, "f", "a file"));
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        cr_expect(told(context, reasons[i]), "not told: %s", reasons[i]);
    cr_expect_eq(trefoil_context_reasons(context), sizeof reasons / sizeof reasons[0]);
    tf_list_free(&list);
    tf_config_destroy(config);
    trefoil_context_destroy(context);
}

Test(config, unknown_keys_and_sections)
{
    static const char text[] = "[strategy support]\nuptke = 1\nzzzzzz = 2\n[stratgy y]\nx = 1\n[qqqqqqqq]\n[free x]\nany = thing\n";
    trefoil_context *context = trefoil_context_create(NULL);
    tf_config *config = NULL;

    cr_assert_eq(tf_config_read(context, folder_write("a.ini", text), NOWHERE, &config), TREFOIL_DONE);
    for (size_t i = 0; i < tf_config_sections(config); i++) {
        if (tf_config_section_is(config, i, "strategy", NULL))
            tf_config_text(config, i, "uptake");
        if (tf_config_section_is(config, i, "free", NULL))
            tf_config_know_section(config, i);
    }
    cr_assert_eq(tf_config_finish(context, config), TREFOIL_DONE);
    cr_expect(told(context, "a.ini:2: [strategy support] uptke: no such setting; did you mean 'uptake'?"));
    cr_expect(told(context, "a.ini:3: [strategy support] zzzzzz: no such setting"));
    cr_expect(told(context, "a.ini:4: [stratgy y]: no such section; did you mean 'strategy'?"));
    cr_expect(told(context, "a.ini:6: [qqqqqqqq]: no such section"));
    cr_expect_eq(trefoil_context_reasons(context), 4);
    print_reasons(context);
    tf_config_destroy(config);
    trefoil_context_destroy(context);
}

Test(config, set)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_config *config = NULL;

    cr_assert_eq(tf_config_read(context, folder_write("a.ini", "[a]\nx = 1\n[b c]\ny = 2\n"), NOWHERE, &config), TREFOIL_DONE);
    cr_assert_eq(tf_config_set(context, config, "a:x=5"), TREFOIL_DONE);
    cr_assert_eq(tf_config_set(context, config, " b c : z = =p=q:r "), TREFOIL_DONE);
    cr_assert_eq(tf_config_set(context, config, "parameters:new=1"), TREFOIL_DONE);
    cr_assert_str_eq(tf_config_text(config, 0, "x"), "5");
    cr_assert_str_eq(tf_config_text(config, 1, "z"), "=p=q:r");
    cr_assert_str_eq(tf_config_text(config, 2, "new"), "1");
    cr_assert_eq(tf_config_number(context, config, 0, "x", 0, 1, 0.5), 0.5);
    cr_assert_eq(trefoil_context_reasons(context), 1);
    cr_assert_str_eq(trefoil_context_reason(context, 0), "--set: [a] x = 5: expected a number from 0 to 1");
    cr_assert_eq(tf_config_set(context, config, "b d:x=1"), TREFOIL_USER_MISTAKE);
    cr_assert(told(context, "--set: [b d]: no such section in "));
    cr_assert(told(context, "did you mean 'b c'?"));
    cr_assert_eq(tf_config_set(context, config, "x=1"), TREFOIL_USER_MISTAKE);
    cr_assert_eq(tf_config_set(context, config, "a:x"), TREFOIL_USER_MISTAKE);
    cr_assert_eq(tf_config_set(context, config, "a:=2"), TREFOIL_USER_MISTAKE);
    cr_assert_eq(tf_config_set(context, config, "a:x=2\n3"), TREFOIL_USER_MISTAKE);
    cr_assert(told(context, "--set: 'x=1': expected \"section:key=value\""));
    cr_assert_eq(trefoil_context_reasons(context), 6);
    tf_config_destroy(config);
    trefoil_context_destroy(context);
}

Test(config, files_that_cannot_be_read)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_config *config = NULL;

    cr_assert_eq(tf_config_read(context, folder_file("none.ini"), (tf_place){"x.ini", 3}, &config), TREFOIL_USER_MISTAKE);
    cr_assert(told(context, "x.ini:3: "));
    cr_assert(told(context, "none.ini: No such file"));
    cr_assert_eq(tf_config_read(context, folder_path, (tf_place){"x.ini", 4}, &config), TREFOIL_USER_MISTAKE);
    cr_assert(told(context, "not a file"));
    cr_assert_eq(tf_config_read(context, folder_write_bytes("a.ini", "[a]\0x", 5), NOWHERE, &config), TREFOIL_USER_MISTAKE);
    cr_assert(told(context, "not a text file"));
    cr_assert_eq(tf_config_read(context, folder_file("none.ini"), NOWHERE, &config), TREFOIL_FILE_FAILED);
    cr_assert_null(config);
    cr_assert_eq(tf_config_read(context, folder_write("a.ini", ""), NOWHERE, &config), TREFOIL_DONE);
    cr_assert_eq(tf_config_sections(config), 0);
    tf_config_destroy(config);
    trefoil_context_destroy(context);
}

/* Whatever is in a file: we find a mistake, or iniparser reads what we read. */
Test(config, two_readings_agree, .timeout = 120)
{
    static const char spice[] = "[]=;#\"'\\ \t\r\n:aA0,\v\xc3\xa9";
    unsigned long state = 20260401;

    for (int round = 0; round < 4000; round++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_config *config = NULL;
        char text[sizeof GOOD + 8];
        size_t n = sizeof GOOD - 1, edits = 1 + (size_t)round % 3;
        trefoil_status status;

        memcpy(text, GOOD, n);
        while (edits-- > 0) {
            size_t at;
            state = state * 6364136223846793005UL + 1442695040888963407UL;
            at = (size_t)(state >> 33) % n;
            if (state >> 62)
                text[at] = spice[(state >> 20) % (sizeof spice - 1)];
            else
                memmove(text + at, text + at + 1, --n - at);
        }
        status = tf_config_read(context, folder_write_bytes("a.ini", text, n), NOWHERE, &config);
        if (status != TREFOIL_DONE) {
            print_reasons(context);
            cr_assert(false, "round %d: %.*s", round, (int)n, text);
        }
        tf_config_destroy(config);
        trefoil_context_destroy(context);
    }
}

Test(config, memory_runs_out)
{
    static const char text[] = "[a]\nx = 1\nl = a, b\nuu = 0.5\n[b c]\nf = x.csv\n[zz]\n";
    bool done = false;
    long n;

    folder_write("a.ini", text);
    for (n = 1; !done && n < 1000; n++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_config *config = NULL;
        tf_list list = {0};
        trefoil_status status;

        tf_memory_fail_at(n);
        status = tf_config_read(context, folder_file("a.ini"), NOWHERE, &config);
        if (status == TREFOIL_DONE)
            status = tf_config_set(context, config, "a:x=2");
        if (status == TREFOIL_DONE)
            status = tf_config_set(context, config, "d:x=2");
        if (status == TREFOIL_DONE)
            status = tf_config_list(context, config, 0, "l", &list);
        if (status == TREFOIL_DONE) {
            char *file = tf_config_file(context, config, 1, "f");
            if (!file)
                status = TREFOIL_NO_MEMORY;
            tf_free(file);
        }
        if (status == TREFOIL_DONE) {
            tf_config_text(config, 0, "x");
            tf_config_find(config, "zy");
            status = tf_config_finish(context, config);
        }
        tf_memory_fail_at(0);
        done = status == TREFOIL_DONE && trefoil_context_reasons(context) == 3;
        if (!done && status == TREFOIL_DONE)
            cr_assert(told(context, "not enough memory"), "call %ld was silent", n);
        if (status != TREFOIL_DONE) {
            cr_assert_eq(status, TREFOIL_NO_MEMORY);
            cr_assert_geq(trefoil_context_reasons(context), 1);
        }
        tf_list_free(&list);
        tf_config_destroy(config);
        trefoil_context_destroy(context);
    }
    cr_assert(done);
    cr_assert_gt(n, 20);
}
