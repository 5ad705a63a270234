/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "folder.h"
#include "world/geography.h"

#include <criterion/criterion.h>
#include <string.h>

#define ENGLAND TF_SOURCE_DIR "/scenarios/england"

static const tf_place here = {"x.ini", 3};

static tf_geography *england(trefoil_context *context)
{
    tf_geography *geography = NULL;

    cr_assert_eq(tf_geography_read(context, ENGLAND, (tf_place){0}, &geography), TREFOIL_DONE, "%s",
                 trefoil_context_reasons(context) > 0 ? trefoil_context_reason(context, 0) : "");
    return geography;
}

static trefoil_status pick(trefoil_context *context, const tf_geography *geography, const char *names, tf_selection *selection)
{
    tf_list wanted = {0};
    trefoil_status status;

    cr_assert_eq(tf_list_split(&wanted, names, ';'), 0);
    status = tf_geography_select(context, geography, &wanted, here, selection);
    tf_list_free(&wanted);
    return status;
}

Test(geography, reads_england)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_geography *geography = england(context);

    cr_assert_eq(geography->n_areas, 42);
    for (size_t k = 0; k < geography->n_areas; k++) {
        cr_expect_eq(geography->areas[k].index, (int)k);
        cr_expect_eq(strlen(geography->areas[k].code), 9);
        cr_expect_eq(strncmp(geography->areas[k].name, "NHS ", 4), 0);
    }
    cr_expect_str_eq(geography->areas[34].code, "E54000057");
    cr_expect_str_eq(geography->areas[34].ods, "QOP");
    cr_expect_str_eq(geography->areas[34].name, "NHS Greater Manchester");
    cr_expect_str_eq(geography->areas[34].region, "North West");
    cr_expect_eq(strlen(geography->digest), 64);
    tf_geography_destroy(geography);
    tf_geography_destroy(NULL);
    trefoil_context_destroy(context);
}

Test(geography, picks_by_name_code_region_and_set)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_geography *geography = england(context);
    static const char *const ways[] = {"NHS Greater Manchester", "greater manchester", "Greater Manchester ICB", "E54000057", "e54000057",
                                       "qop", "NHS Greater Manchester Integrated Care Board"};
    tf_selection selection;
    double share = 0;

    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        cr_assert_eq(pick(context, geography, ways[k], &selection), TREFOIL_DONE, "%s", ways[k]);
        cr_expect_eq(selection.n_boards, 1);
        cr_expect_eq(selection.n_parts, 1);
        cr_expect_str_eq(selection.boards[0], "NHS Greater Manchester");
        cr_expect_str_eq(selection.regions[0], "North West");
        cr_expect_eq(selection.parts[0].area, 34);
        cr_expect(selection.parts[0].from == 0 && selection.parts[0].to == 1 && selection.parts[0].group == 0);
        tf_selection_free(&selection);
    }
    cr_assert_eq(pick(context, geography, "England", &selection), TREFOIL_DONE);
    cr_expect_eq(selection.n_boards, 42);
    for (size_t k = 0; k < selection.n_boards; k++) {
        cr_expect_str_eq(selection.boards[k], geography->areas[k].name);
        cr_expect_eq(selection.parts[k].area, k);
    }
    tf_selection_free(&selection);
    cr_assert_eq(pick(context, geography, "london; Kent and Medway", &selection), TREFOIL_DONE);
    cr_expect_eq(selection.n_boards, 6);
    cr_expect_str_eq(selection.boards[5], "NHS Kent and Medway");
    cr_expect_str_eq(selection.regions[4], "London");
    tf_selection_free(&selection);
    cr_assert_eq(pick(context, geography, "Thames Valley", &selection), TREFOIL_DONE);
    cr_expect_eq(selection.n_boards, 1);
    cr_expect_eq(selection.n_parts, 2);
    tf_selection_free(&selection);
    cr_assert_eq(pick(context, geography, "S1Y5D; D7T5G; E54000067; T6Y0W; S9B9J; S0E4D; Z9B2Z", &selection), TREFOIL_DONE);
    cr_expect_eq(selection.n_boards, 7);
    for (size_t k = 0; k < selection.n_parts; k++) {
        share += selection.parts[k].to - selection.parts[k].from;
    }
    cr_expect_float_eq(share, 13, 1e-12);
    tf_selection_free(&selection);
    tf_geography_destroy(geography);
    trefoil_context_destroy(context);
}

/* The boards of April 2026 hold the same people as those of April 2024, each exactly once. */
Test(geography, merged_boards_cover_england_once)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_geography *geography = england(context);
    double covered[42] = {0};
    tf_selection selection;

    cr_assert_eq(pick(context, geography, "april2026", &selection), TREFOIL_DONE);
    cr_expect_eq(selection.n_boards, 36);
    for (size_t k = 0; k < selection.n_parts; k++) {
        const tf_area_part *a = &selection.parts[k];

        covered[a->area] += a->to - a->from;
        for (size_t j = 0; j < k; j++) {
            const tf_area_part *b = &selection.parts[j];

            cr_expect_not(a->area == b->area && a->from < b->to && b->from < a->to, "parts %zu and %zu overlap", j, k);
        }
    }
    for (size_t k = 0; k < 42; k++) {
        cr_expect_float_eq(covered[k], 1, 1e-12, "area %zu is covered %g times", k, covered[k]);
    }
    tf_selection_free(&selection);
    tf_geography_destroy(geography);
    trefoil_context_destroy(context);
}

Test(geography, refuses_unknown_and_double_picks)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_geography *geography = england(context);
    static const char *const cases[][2] = {
        {"Greater Manchster", "x.ini:3: 'Greater Manchster': no such board, code, NHS region or set of boards; did you mean 'Greater Manchester'?"},
        {"Greater Manchester; QOP", "x.ini:3: people of NHS Greater Manchester are picked twice, with NHS Greater Manchester and with NHS Greater Manchester"},
        {"Thames Valley; Frimley", "x.ini:3: people of NHS Frimley are picked twice, with NHS Thames Valley and with NHS Frimley"},
        {"Hampshire and Isle of Wight", "x.ini:3: 'Hampshire and Isle of Wight' is E54000042 of april2024 or E54000067 of april2026, with different people; give the code"},
        {"zzzzzz", "x.ini:3: 'zzzzzz': no such board, code, NHS region or set of boards"},
        {"", "x.ini:3: no area is named; expected boards, codes, NHS regions or 'england'"},
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        trefoil_context *fresh = trefoil_context_create(NULL);
        tf_selection selection;

        cr_expect_eq(pick(fresh, geography, cases[k][0], &selection), TREFOIL_USER_MISTAKE, "%s", cases[k][0]);
        cr_expect_null(selection.boards);
        cr_assert_eq(trefoil_context_reasons(fresh), 1, "%s", cases[k][0]);
        cr_expect_str_eq(trefoil_context_reason(fresh, 0), cases[k][1]);
        trefoil_context_destroy(fresh);
    }
    {
        trefoil_context *fresh = trefoil_context_create(NULL);
        tf_selection selection;

        cr_expect_eq(pick(fresh, geography, "yyyyyy; Devon; zzzzzz", &selection), TREFOIL_USER_MISTAKE);
        cr_expect_eq(trefoil_context_reasons(fresh), 2, "all mistakes are told");
        trefoil_context_destroy(fresh);
    }
    tf_geography_destroy(geography);
    trefoil_context_destroy(context);
}

#define TWO_AREAS "index,code,ods,name,region\n0,A,QA,NHS A,North\n1,B,QB,NHS B,South\n"
#define HEADER "set,from,to,code,name,area_code,share_from,share_to\n"

Test(geography, refuses_faulty_files)
{
    static const char *const cases[][3] = {
        {TWO_AREAS, HEADER "s,2024-04-01,,A,NHS A,A,0,1\n", "set s has no board for area B"},
        {TWO_AREAS, HEADER "s,2024-04-01,,B,NHS B,B,0,1\n", "set s has no board for area A"},
        {TWO_AREAS, HEADER "s,2024-04-01,,A,NHS A,A,0,0.5\ns,2024-04-01,,B,NHS B,B,0,1\ns,2024-04-01,,C,NHS C,A,0.6,1\n",
         "set s: the shares of area A must run from 0 to 1 without gap or overlap"},
        {TWO_AREAS, HEADER "s,2024-04-01,,A,NHS A,A,0,1\ns,2024-04-01,,B,NHS B,B,0,0.9\n",
         "set s: the shares of area B must run from 0 to 1 without gap or overlap"},
        {TWO_AREAS, HEADER "s,2024-04-01,,A,NHS A,A,0,1\ns,1 April,,B,NHS B,B,0,1\n", "from = '1 April': expected a date like 2026-04-01"},
        {TWO_AREAS, HEADER "s,2024-04-01,,A,NHS A,A,0,1\ns,2024-04-01,,B,NHS B,X,0,1\n", "area_code 'X': no such area"},
        {TWO_AREAS, HEADER "s,2024-04-01,,A,NHS A,A,0.5,0.5\ns,2024-04-01,,B,NHS B,B,0,1\n", "share_from 0.5 is not below share_to 0.5"},
        {TWO_AREAS, "set,from,to,code,name,area_code,share_from\n", "there is no column 'share_to'"},
        {"index,code,ods,name,region\n0,A,QA,NHS A,North\n3,B,QB,NHS B,South\n", HEADER "s,2024-04-01,,A,NHS A,A,0,1\ns,2024-04-01,,B,NHS B,B,0,1\n",
         "index 3: indices must run from 0 in the order of the rows; expected 1"},
        {"index,code,ods,name,region\n0,A,QA,NHS A,North\n1,A,QB,NHS B,South\n", HEADER "s,2024-04-01,,A,NHS A,A,0,1\n", "area A stands here twice"},
    };

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_geography *geography = NULL;

        folder_make();
        folder_write("areas.csv", cases[k][0]);
        folder_write("boards.csv", cases[k][1]);
        cr_expect_eq(tf_geography_read(context, folder_path, (tf_place){0}, &geography), TREFOIL_USER_MISTAKE, "case %zu", k);
        cr_expect_null(geography);
        cr_expect(told(context, cases[k][2]), "case %zu", k);
        folder_forget("areas.csv");
        folder_forget("boards.csv");
        folder_remove();
        trefoil_context_destroy(context);
    }
}

Test(geography, survives_memory_running_out)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_geography *geography = england(context);
    bool done = false;

    for (long n = 1; !done; n++) {
        trefoil_context *fresh = trefoil_context_create(NULL);
        tf_list wanted = {0};
        tf_selection selection;

        cr_assert_eq(tf_list_add(&wanted, "Thames Valley"), 0);
        tf_memory_fail_at(n);
        done = tf_geography_select(fresh, geography, &wanted, here, &selection) == TREFOIL_DONE;
        tf_memory_fail_at(0);
        cr_assert(n < 100);
        if (done) {
            tf_selection_free(&selection);
        } else {
            cr_expect_null(selection.boards);
        }
        tf_list_free(&wanted);
        trefoil_context_destroy(fresh);
    }
    tf_geography_destroy(geography);
    trefoil_context_destroy(context);
}
