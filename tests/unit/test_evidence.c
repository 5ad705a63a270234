/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "folder.h"
#include "world/evidence.h"

#include <criterion/criterion.h>
#include <string.h>

#define HEADER "name,label,value,unit,price_year,source,grade,note\n"

static trefoil_status read_register(trefoil_context *context, const char *csv, tf_register *reg)
{
    trefoil_status status;

    folder_make();
    status = tf_register_read(context, folder_write("register.csv", csv), (tf_place){0}, reg);
    folder_forget("register.csv");
    folder_remove();
    return status;
}

static const char good[] = HEADER "mi_fatality,Case fatality of a first infarction,0.324 ~ beta(se 0.0023),probability,,Smolina 2012,published,men\n"
                                  "stroke_cost,First year after a stroke,13452,GBP,2022/23,Xu 2018,derived,inflated\n"
                                  "twice,Twice that,=  2 * stroke_cost ,GBP,2022/23,Xu 2018,derived,\n"
                                  "guess,A guess,0.5,share,,,assumption,chosen\n";

Test(evidence, reads_numbers_and_formulas)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_register reg = {0};
    const tf_evidence *row;

    if (read_register(context, good, &reg) != TREFOIL_DONE) {
        print_reasons(context);
    }
    cr_assert_eq(reg.n_rows, 4);
    row = &reg.rows[0];
    cr_expect_str_eq(row->name, "mi_fatality");
    cr_expect_str_eq(row->label, "Case fatality of a first infarction");
    cr_expect_str_eq(row->unit, "probability");
    cr_expect_str_eq(row->price_year, "");
    cr_expect_str_eq(row->source, "Smolina 2012");
    cr_expect_str_eq(row->note, "men");
    cr_expect_eq(row->grade, TF_PUBLISHED);
    cr_expect_eq(row->number.distribution.family, TF_BETA);
    cr_expect_float_eq(row->number.distribution.mean, 0.324, 1e-12);
    cr_expect_float_eq(row->number.distribution.sd, 0.0023, 1e-12);
    cr_expect_null(row->formula);
    cr_expect_eq(row->place.line, 2);
    cr_expect_not_null(strstr(row->place.file, "register.csv"), "the place outlives the table");
    cr_expect_str_eq(reg.rows[2].formula, "2 * stroke_cost");
    cr_expect_eq(reg.rows[3].grade, TF_ASSUMPTION);
    cr_expect_str_eq(tf_grade_name(reg.rows[1].grade), "derived");
    cr_expect_eq(tf_register_find(&reg, "twice"), 2);
    cr_expect_eq(tf_register_find(&reg, "thrice"), -1);
    cr_assert_eq(reg.n_digests, 1);
    cr_expect_not_null(strstr(reg.digests[0], "register.csv "));
    tf_register_free(&reg);
    cr_expect_eq(reg.n_rows, 0);
    trefoil_context_destroy(context);
}

Test(evidence, tells_every_mistake)
{
    static const char *const words[] = {
        "register.csv:2: name = '2nd': expected a name of lower-case letters",
        "register.csv:3: a: value = 'much': ",
        "register.csv:4: b has no source; cite one, or grade it 'assumption'",
        "register.csv:5: grade = 'asumption': expected published, derived or assumption; did you mean 'assumption'?",
        "register.csv:6: a is already in the register, at ",
        "register.csv:7: d: there is no formula after '='",
    };
    trefoil_context *context = trefoil_context_create(NULL);
    tf_register reg = {0};

    cr_expect_eq(read_register(context,
                               HEADER "2nd,x,1,,,s,published,\na,x,much,,,s,published,\nb,x,1,,,,derived,\nc,x,1,,,s,asumption,\n"
                                      "a,x,1,,,s,published,\nd,x,=  ,,,s,published,\n",
                               &reg),
                 TREFOIL_USER_MISTAKE);
    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        cr_expect(told(context, words[k]), "%s", words[k]);
    }
    cr_expect_eq(trefoil_context_reasons(context), sizeof words / sizeof *words);
    tf_register_free(&reg);
    trefoil_context_destroy(context);

    context = trefoil_context_create(NULL);
    cr_expect_eq(read_register(context, "name,value\nx,1\n", &reg), TREFOIL_USER_MISTAKE);
    cr_expect_eq(trefoil_context_reasons(context), 6, "each missing column is told");
    tf_register_free(&reg);
    trefoil_context_destroy(context);
}

Test(evidence, adds_rows_from_elsewhere)
{
    trefoil_context *context = trefoil_context_create(NULL);
    char name[] = "programme.uptake", source[] = "trial", file[] = "x.ini";
    tf_evidence row = {.name = name, .source = source, .grade = TF_PUBLISHED, .number.distribution = tf_distribution_fixed(0.6), .place = {file, 9}};
    tf_register reg = {0};

    cr_assert_eq(tf_register_add(context, &reg, &row), TREFOIL_DONE);
    name[0] = source[0] = file[0] = '?';
    cr_expect_str_eq(reg.rows[0].name, "programme.uptake");
    cr_expect_str_eq(reg.rows[0].source, "trial");
    cr_expect_str_eq(reg.rows[0].place.file, "x.ini");
    cr_expect_str_eq(reg.rows[0].label, "");
    cr_expect_eq(reg.n_digests, 0);
    name[0] = 'p';
    row.place = (tf_place){"y.ini", 2};
    cr_expect_eq(tf_register_add(context, &reg, &row), TREFOIL_USER_MISTAKE);
    cr_expect(told(context, "y.ini:2: programme.uptake is already in the register, at x.ini:9"));
    tf_register_free(&reg);
    trefoil_context_destroy(context);
}

Test(evidence, survives_memory_running_out)
{
    bool done = false;

    for (long n = 1; !done; n++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_register reg = {0};

        tf_memory_fail_at(n);
        done = read_register(context, good, &reg) == TREFOIL_DONE;
        tf_memory_fail_at(0);
        cr_assert(n < 300);
        tf_register_free(&reg);
        trefoil_context_destroy(context);
    }
}
