/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "plugin/host.h"
#include "plugin_model.h"
#include "random/stream.h"

#include <criterion/criterion.h>
#include <fenv.h>
#include <math.h>
#include <signal.h>
#include <sys/stat.h>

#define PLUGINS TF_BINARY_DIR "/plugins"
#define SUBJECTS TF_BINARY_DIR "/tests/subjects"

static const tf_place here = {"s.ini", 7};

/* Load from the folder of subjects; the reasons stay in `context`. */
static trefoil_status load(trefoil_context *context, const char *folder, const char *name, tf_plugin **plugin)
{
    tf_list folders = {0};
    trefoil_status status;

    cr_assert_eq(tf_list_add(&folders, folder), 0);
    status = tf_plugin_load(context, &folders, name, here, plugin);
    tf_list_free(&folders);
    return status;
}

static tf_plugin *load_good(const char *folder, const char *name)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_plugin *plugin = NULL;
    trefoil_status status = load(context, folder, name, &plugin);

    print_reasons(context);
    cr_assert_eq(status, TREFOIL_DONE, "%s", name);
    trefoil_context_destroy(context);
    return plugin;
}

/* ---- loading ---------------------------------------------------------------------------------------------------- */

Test(host, reads_the_shipped_plugins)
{
    tf_plugin *plugin = load_good(PLUGINS, "adherence");
    trefoil_plugin table = tf_plugin_table(plugin);
    trefoil_param param = tf_plugin_param(plugin, 1);
    trefoil_hook hook = tf_plugin_hook(plugin, 0);
    trefoil_process process = tf_plugin_process(plugin, 0);

    cr_expect_str_eq(plugin->name, "adherence");
    cr_expect_str_eq(plugin->path, PLUGINS "/adherence.so");
    cr_expect_eq(strlen(plugin->digest), 64);
    cr_expect_str_eq(table.id, "org.trefoil.adherence");
    cr_expect_str_eq(param.name, "odds_ratio_q1");
    cr_expect_eq(param.value, 1.35);
    cr_expect_str_eq(tf_plugin_param(plugin, 0).text, "statin");
    cr_expect_eq(hook.stage, TREFOIL_STAGE_HAZARD);
    cr_expect_str_eq(tf_hook_column(&hook, 0).name, "age");
    cr_expect_eq(tf_process_moves(&process), 3);
    cr_expect_str_eq(tf_process_move(&process, 2).to, "lapsed");
    cr_expect_str_eq(tf_plugin_category(plugin, 0).party, "nhs");
    tf_plugin_destroy(plugin);

    plugin = load_good(PLUGINS, "pathway");
    cr_expect_eq(tf_plugin_hooks(plugin), 4);
    cr_expect_eq(tf_plugin_processes(plugin), 0);
    tf_plugin_destroy(plugin);
    plugin = load_good("/nowhere", PLUGINS "/pathway.so"); /* by path, and the name without its ending */
    cr_expect_str_eq(plugin->name, "pathway");
    tf_plugin_destroy(plugin);
    tf_plugin_destroy(NULL);
}

Test(host, reads_a_plugin_older_than_the_lists_of_today)
{
    tf_plugin *plugin = load_good(SUBJECTS, "first");
    trefoil_param second;
    trefoil_hook hook;

    cr_expect_eq(plugin->table->size, offsetof(trefoil_plugin, processes));
    cr_assert_eq(tf_plugin_params(plugin), 2);
    second = tf_plugin_param(plugin, 1);
    cr_expect_str_eq(second.name, "second");
    cr_expect_eq(second.sd, 0.1);
    cr_expect_null(second.text);
    cr_expect_eq(tf_plugin_processes(plugin), 0);
    cr_expect_eq(tf_plugin_categories(plugin), 0);
    cr_expect_null(tf_plugin_table(plugin).prepare);
    hook = tf_plugin_hook(plugin, 0);
    cr_expect_str_eq(tf_hook_column(&hook, 1).name, "utility");
    tf_plugin_destroy(plugin);
}

static const struct {
    const char *name, *words;
} refusals[] = {
    {"wrong_major", "was built for plugin ABI 2; this trefoil (" TREFOIL_VERSION ") takes ABI 1. Rebuild it"},
    {"no_symbol", "exports no trefoil_plugin_v1: it is not a plugin"},
    {"small_table", "its table says it has 0 bytes; a table of plugin ABI 1 has at least"},
    {"bad_list", "hooks: the list is faulty: 3 items"},
    {"rounding", "changed the rounding mode of the whole process"},
    {"locale_load", "loading it changed the locale of the whole process"},
    {"signals", "changed a signal handler of the whole process"},
};

Test(host, refuses_faulty_plugins_with_file_and_reason)
{
    struct sigaction handler;

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_plugin *plugin = (tf_plugin *)&handler;
        char file[256];

        cr_expect_eq(load(context, SUBJECTS, refusals[i].name, &plugin), TREFOIL_PLUGIN_FAILED, "%s", refusals[i].name);
        cr_expect_null(plugin);
        cr_expect(told(context, refusals[i].words), "%s: %s", refusals[i].name, trefoil_context_reason(context, 0));
        snprintf(file, sizeof file, "s.ini:7: " SUBJECTS "/%s.so: ", refusals[i].name);
        cr_expect(told(context, file), "%s: %s", refusals[i].name, trefoil_context_reason(context, 0));
        trefoil_context_destroy(context);
    }
    cr_expect_eq(fegetround(), FE_TONEAREST, "what the plugin changed is changed back");
    sigaction(SIGUSR1, NULL, &handler);
    cr_expect(handler.sa_handler == SIG_DFL);
}

static const char *const table_faults[] = {
    "parameter whole: only a REAL can differ by deprivation (TREFOIL_BY_IMD)",
    "parameter split_q3: the name is that of a quintile of split",
    "no licence",
    "id 'Bad Table': expected a domain in reverse",
    "version 'new': expected a semantic version",
    "its summary is not one line",
    "it needs the extension 'org.example.wishes/1'",
    "prepare() without discard()",
    "parameter Uptake: its name must be [a-z][a-z0-9_]*",
    "parameter twice: declared twice",
    "parameter outside: its value 2 is not within its limits, 0 to 1",
    "parameter wide: value 0.5, sd 0.6: a beta of mean 0.5",
    "parameter sure: it is TREFOIL_FIXED, but its sd is 0.1",
    "parameter skewed: a UNIFORM has its value in the middle of its limits, 0.5, not 0.9",
    "parameter half: its value 0.5 is not a whole number",
    "parameter dial: a SWITCH has the limits 0 and 1",
    "parameter nothing: a NAME has its default in `text`",
    "parameter bare: no unit",
    "parameter bare: no source",
    "parameter strange: its kind 9",
    "parameter title: the name is taken",
    "column agee: there is no column 'agee'; did you mean age?",
    "column age: its access is ADD; it can be READ",
    "column imd: its unit is 'a'; here it must be '1'",
    "column hazard.chd.well.mi: this effect belongs in the stage HAZARD, not RISK",
    "column in.chd: expected in.<condition>.<state>",
    "column risk.{factor}: {factor} is neither {self} nor a parameter of kind NAME",
    "column risk.{factor: a brace is not closed",
    "column sex: its type must be TREFOIL_F64",
    "column sex: declared twice in the hook",
    "column time: its access 77 is unknown",
    "column utility: 'utility' is a name of the host's",
    "column expected.ly if wanted: it hangs on 'wanted', which is no number or switch among the parameters",
    "column ratio if half: only a READ, LOOKUP, KEEP or WORK column may hang on a parameter ('half')",
    "column without a name: no unit",
    "column without a name: a column needs a name",
    "memory: it is work here and keep there",
    "hook 2 (use): it has no function",
    "hook 3 (unknown): its stage 12 is unknown",
    "process {self}: the state 'out' is declared twice",
    "process {self}: the move from 'in' to 'away' does not join two of its states",
    "process {self}: no column gives the rate from 'in' to 'out'",
    "process alone: it has 1 states",
    "process alone: no title",
    "category fees: no party",
};

Test(host, tells_every_fault_of_a_table)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_plugin *plugin = NULL;

    cr_expect_eq(load(context, SUBJECTS, "bad_table", &plugin), TREFOIL_PLUGIN_FAILED);
    for (size_t i = 0; i < sizeof table_faults / sizeof table_faults[0]; i++) {
        cr_expect(told(context, table_faults[i]), "not told: %s", table_faults[i]);
    }
    cr_expect_eq(trefoil_context_reasons(context), sizeof table_faults / sizeof table_faults[0]);
    if (trefoil_context_reasons(context) != sizeof table_faults / sizeof table_faults[0]) {
        print_reasons(context);
    }
    trefoil_context_destroy(context);
}

Test(host, looks_only_where_it_should)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_list folders = {0};
    tf_plugin *plugin = NULL;

    setenv("TREFOIL_PLUGIN_PATH",
           "."
           ":" SUBJECTS "::/nowhere:relative/folder",
           1);
    cr_assert_eq(tf_plugin_folders(context, PLUGINS, &folders), TREFOIL_DONE);
    cr_assert_geq(folders.count, 2);
    cr_expect_str_eq(folders.items[0], PLUGINS);
    cr_expect_str_eq(folders.items[1], SUBJECTS);
    for (size_t i = 0; i < folders.count; i++) {
        cr_expect_eq(folders.items[i][0], '/', "%s", folders.items[i]);
    }
    cr_expect_eq(tf_plugin_load(context, &folders, "adherance", here, &plugin), TREFOIL_USER_MISTAKE);
    cr_expect(told(context, "s.ini:7: there is no plugin 'adherance'; did you mean 'adherence'? (looked in " PLUGINS));
    cr_expect_eq(tf_plugin_load(context, &folders, "./adherence.so", here, &plugin), TREFOIL_USER_MISTAKE);
    cr_expect(told(context, "there is no such plugin file"));
    tf_list_free(&folders);
    cr_expect_eq(tf_plugin_folders(context, "/nowhere/at/all", &folders), TREFOIL_USER_MISTAKE);
    cr_expect(told(context, "--plugin-dir /nowhere/at/all: there is no such folder"));
    trefoil_context_destroy(context);
    tf_list_free(&folders);
}

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 20];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    size_t n = fread(bytes, 1, sizeof bytes, in);

    cr_assert(n > 0 && n < sizeof bytes && fwrite(bytes, 1, n, out) == n);
    fclose(in);
    fclose(out);
}

Test(host, refuses_what_others_could_exchange)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_plugin *plugin = NULL;

    folder_make();
    copy_file(SUBJECTS "/first.so", folder_file("first.so"));
    cr_assert_eq(chmod(folder_file("first.so"), 0666), 0);
    cr_expect_eq(load(context, folder_path, "first", &plugin), TREFOIL_PLUGIN_FAILED);
    cr_expect(told(context, "this file is one that everybody may write (mode 0666)"));
    cr_assert_eq(chmod(folder_file("first.so"), 0644) | chmod(folder_path, 0777), 0);
    cr_expect_eq(load(context, folder_path, "first", &plugin), TREFOIL_PLUGIN_FAILED);
    cr_expect(told(context, "which everybody may write (mode 0777)"));
    cr_assert_eq(chmod(folder_path, 0755), 0);
    cr_expect_eq(load(context, folder_path, "first", &plugin), TREFOIL_DONE);
    tf_plugin_destroy(plugin);
    folder_write("text.so", "this is no library");
    cr_expect_eq(load(context, folder_path, "text", &plugin), TREFOIL_PLUGIN_FAILED);
    folder_forget("first.so");
    folder_forget("text.so");
    folder_remove();
    trefoil_context_destroy(context);
}

/* ---- interventions ---------------------------------------------------------------------------------------------- */

TestSuite(interventions, .init = small_model_make, .fini = small_model_remove);

enum { MOST = 4 };
static tf_intervention_spec specs[MOST];
static tf_strategy_spec strategies[MOST];

/* The scenario's interventions and strategies, to be filled by a test. */
static void plan(size_t n_interventions, size_t n_strategies)
{
    small_scenario.interventions = specs;
    small_scenario.n_interventions = n_interventions;
    small_scenario.strategies = strategies;
    small_scenario.n_strategies = n_strategies;
}

static tf_intervention_spec spec(const char *name, const char *plugin, tf_setting *settings, size_t n_settings)
{
    return (tf_intervention_spec){.name = tf_strdup(name),
                                  .plugin = tf_strdup(plugin),
                                  .place = {"s.ini", 20},
                                  .plugin_place = {"s.ini", 21},
                                  .settings = settings,
                                  .n_settings = n_settings};
}

static void forget_specs(void)
{
    for (size_t i = 0; i < MOST; i++) {
        tf_free(specs[i].name);
        tf_free(specs[i].plugin);
        specs[i] = (tf_intervention_spec){0};
    }
}

static tf_model *read_model(trefoil_context *context)
{
    tf_model *model = NULL;
    trefoil_status status = tf_model_read(context, &small_scenario, &model);

    print_reasons(context);
    cr_assert_eq(status, TREFOIL_DONE);
    return model;
}

static const tf_hook_column_spec *find_column(const tf_intervention *item, const char *name)
{
    for (size_t h = 0; h < item->n_hooks; h++) {
        for (size_t k = 0; k < item->hooks[h].n_columns; k++) {
            if (strcmp(item->hooks[h].columns[k].name, name) == 0) {
                return &item->hooks[h].columns[k];
            }
        }
    }
    cr_assert_fail("no column %s", name);
    return NULL;
}

static const tf_evidence *row_of(const tf_model *model, const tf_intervention *item, size_t param)
{
    return tf_parameters_row(model->parameters, (size_t)item->parameters[param]);
}

/* What a column that hangs on `places` is, with this setting and what a strategy, and a subgroup, changes. */
static void expect_pool(tf_setting *places, tf_setting *change, tf_setting *of_subgroup, tf_column_kind kind)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_model *model = read_model(context);
    tf_interventions *all = NULL;
    size_t members[] = {0};

    specs[0] = spec("support", "adherence", places, places != NULL);
    plan(1, 1);
    strategies[0] = (tf_strategy_spec){
        .interventions = members, .n_interventions = 1, .changes = change, .n_changes = change != NULL};
    small_scenario.subgroups = &(tf_subgroup_spec){.own = {.changes = of_subgroup, .n_changes = of_subgroup != NULL}};
    small_scenario.n_subgroups = 1;
    cr_assert_eq(tf_interventions_create(context, &small_scenario, model, PLUGINS, &all), TREFOIL_DONE);
    small_scenario.n_subgroups = 0;
    cr_expect_eq(find_column(&all->items[0], "expected.years.statin.taking")->ref.kind, kind);
    cr_expect_eq(find_column(&all->items[0], "expected.event.statin.off.lapsed")->ref.kind, TF_COLUMN_ABSENT,
                 "optional, and the model has none");
    tf_interventions_destroy(all);
    tf_model_destroy(model);
    forget_specs();
    trefoil_context_destroy(context);
}

Test(interventions, need_no_column_of_a_setting_that_is_zero_for_good)
{
    tf_setting some = {(char[]){"places"}, (char[]){"300"}, {"s.ini", 22}};
    tf_setting none = {(char[]){"places"}, (char[]){"0"}, {"s.ini", 22}};
    tf_setting change = {(char[]){"support.places"}, (char[]){"100"}, {"s.ini", 30}};

    expect_pool(&some, NULL, NULL, TF_COLUMN_EXPECTED);
    expect_pool(&none, NULL, NULL, TF_COLUMN_ABSENT);
    expect_pool(NULL, NULL, NULL, TF_COLUMN_ABSENT);
    expect_pool(&none, &change, NULL, TF_COLUMN_EXPECTED);
    expect_pool(&none, NULL, &change, TF_COLUMN_EXPECTED);
}

Test(interventions, become_parameters_processes_and_columns)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_model *model = read_model(context);
    tf_interventions *all = NULL;
    tf_setting settings[] = {
        {(char[]){"odds_ratio"}, (char[]){"1.5 ~ lognormal(se 0.2) @ \"Elliott 2020\""}, {"s.ini", 22}},
        {(char[]){"only_lapsed"}, (char[]){"Yes"}, {"s.ini", 23}},
        {(char[]){"uptake_q1"}, (char[]){"0.7"}, {"s.ini", 24}},
        {(char[]){"risk"}, (char[]){"smoker"}, {"s.ini", 25}},
        {(char[]){"offer_rate"}, (char[]){"0.25 @ stroke_rate"}, {"s.ini", 26}},
    };
    size_t members[] = {0, 1};
    size_t before = tf_parameters_count(model->parameters);
    const tf_intervention *item;
    const tf_hook_column_spec *column;
    const tf_evidence *row;
    trefoil_status status;

    specs[0] = spec("support", "adherence", settings, 5);
    specs[1] = spec("faster", "pathway", NULL, 0);
    plan(2, 1);
    strategies[0] = (tf_strategy_spec){.interventions = members, .n_interventions = 2};
    status = tf_interventions_create(context, &small_scenario, model, PLUGINS, &all);
    print_reasons(context);
    cr_assert_eq(status, TREFOIL_DONE);
    cr_expect_eq(all->n_plugins, 2);
    item = &all->items[0];

    row = row_of(model, item, 1);
    cr_expect_str_eq(row->name, "support.odds_ratio");
    cr_expect_eq(row->number.distribution.family, TF_LOGNORMAL);
    cr_expect_eq(row->number.distribution.mean, 1.5);
    cr_expect_eq(row->number.distribution.max, 100, "the plugin's limits hold");
    cr_expect_eq(row->grade, TF_PUBLISHED);
    cr_expect(strstr(row->source, "Elliott 2020") != NULL);
    cr_expect_eq(item->parameters[5], item->parameters[1], "one number for all fifths is one parameter");
    row = row_of(model, item, 11);
    cr_expect_eq(row->number.distribution.mean, 0.25);
    cr_expect_str_eq(row->source, "Smith 2020", "a source that names a row of the register is that row's");
    row = row_of(model, item, 16);
    cr_expect_str_eq(row->name, "support.uptake_q1");
    cr_expect_str_eq(row->label, "Share who accept the offer, most deprived fifth");
    cr_expect_eq(row->number.distribution.family, TF_FIXED);
    cr_expect_eq(row->grade, TF_ASSUMPTION, "a number without a source is an assumption");
    cr_expect_str_eq(row->place.file, "s.ini");
    cr_expect_eq(row->place.line, 24);
    row = row_of(model, item, 17);
    cr_expect_str_eq(row->name, "support.uptake");
    cr_expect_eq(item->parameters[20], item->parameters[17], "the others have what is said of all");
    cr_expect_eq(row->number.distribution.family, TF_BETA, "what is not set is the plugin's own, with its uncertainty");
    cr_expect_eq(row->grade, TF_ASSUMPTION);
    cr_expect_eq(item->parameters[0], TF_NONE, "a name is no parameter");
    cr_expect_eq(tf_parameters_count(model->parameters),
                 before + 15 + 1 + 13, "declared, but for names, and an uptake of its own");

    cr_expect_str_eq(item->stream, "org.trefoil.adherence#0");
    cr_expect_eq(item->ordinal, 0);
    cr_expect_eq(all->items[1].ordinal, 1);
    cr_assert_eq(item->n_conditions, 1);
    cr_expect_str_eq(model->conditions[item->conditions[0]].name, "support");
    cr_expect_eq(model->conditions[item->conditions[0]].owner, 0);
    cr_expect_neq(tf_model_transition(model, "support.not_offered.declined"), TF_NONE);
    cr_expect_str_eq(model->categories[tf_model_category(model, "programme")].party, "nhs");

    column = find_column(item, "hazard.statin.lapsed.taking");
    cr_expect_eq(column->ref.kind, TF_COLUMN_HAZARD);
    cr_expect(tf_column_covers(model, &column->ref, tf_model_transition(model, "statin.lapsed.taking")));
    cr_expect_not(tf_column_covers(model, &column->ref, tf_model_transition(model, "statin.taking.lapsed")));
    column = find_column(item, "while.support.enrolled.cost.programme");
    cr_expect_eq(column->ref.kind, TF_COLUMN_WHILE_COST);
    cr_expect_eq(column->ref.index, tf_model_state(model, "support.enrolled"));
    cr_expect_eq(column->ref.target, tf_model_category(model, "programme"));
    cr_expect_eq(find_column(item, "risk.smoker")->ref.index, tf_model_risk(model, "smoker"));
    cr_expect_eq(find_column(item, "expected.years.statin.taking")->ref.kind, TF_COLUMN_ABSENT, "places are not limited");

    item = &all->items[1];
    column = find_column(item, "luck");
    cr_expect_eq(column->purpose, tf_purpose("org.trefoil.pathway#0", "luck"));
    cr_expect_eq(find_column(item, "branch.stroke.none.first")->ref.index,
                 tf_model_transition(model, "stroke.none.first"));
    cr_expect_eq(find_column(item, "hazard.stroke.first.*")->ref.kind, TF_COLUMN_ABSENT,
                 "the only way out is at an exact time");
    cr_expect_eq(find_column(item, "per.stroke.none.first.use.bed_day")->ref.kind, TF_COLUMN_PER_USE);
    cr_expect_eq(find_column(item, "per.stroke.none.first.use.outpatient")->ref.kind, TF_COLUMN_ABSENT);

    tf_interventions_destroy(all);
    tf_model_destroy(model);
    trefoil_context_destroy(context);
    forget_specs();
}

Test(interventions, of_one_plugin_share_luck_unless_they_meet)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_model *model = read_model(context);
    tf_interventions *all = NULL;
    size_t one[] = {0}, other[] = {1}, both[] = {2, 3};
    trefoil_status status;

    specs[0] = spec("all", "adherence", NULL, 0);
    specs[1] = spec("some", "adherence", NULL, 0);
    specs[2] = spec("first", "adherence", NULL, 0);
    specs[3] = spec("second", "adherence", NULL, 0);
    plan(4, 3);
    strategies[0] = (tf_strategy_spec){.interventions = one, .n_interventions = 1};
    strategies[1] = (tf_strategy_spec){.interventions = other, .n_interventions = 1};
    strategies[2] = (tf_strategy_spec){.interventions = both, .n_interventions = 2};
    status = tf_interventions_create(context, &small_scenario, model, PLUGINS, &all);
    print_reasons(context);
    cr_assert_eq(status, TREFOIL_DONE);
    cr_expect_eq(all->n_plugins, 1, "a plugin is loaded once");
    cr_expect_str_eq(all->items[0].stream, "org.trefoil.adherence#0");
    cr_expect_str_eq(all->items[1].stream, "org.trefoil.adherence#0");
    cr_expect_str_eq(all->items[2].stream, "org.trefoil.adherence#0");
    cr_expect_str_eq(all->items[3].stream, "org.trefoil.adherence#1");
    cr_expect_eq(model->transitions[tf_model_transition(model, "all.not_offered.enrolled")].purpose_clock,
                 model->transitions[tf_model_transition(model, "some.not_offered.enrolled")].purpose_clock);
    cr_expect_eq(all->items[1].parameters[1], all->items[0].parameters[1], "one uncertain number, one parameter");
    cr_expect_str_eq(row_of(model, &all->items[1], 1)->name, "all.odds_ratio");
    cr_expect_str_eq(row_of(model, &all->items[1], 11)->name, "some.offer_rate",
                     "a fixed one is each intervention's own");
    cr_expect_str_eq(row_of(model, &all->items[3], 1)->name, "second.odds_ratio",
                     "what meets in a strategy is drawn apart");
    cr_expect_neq(model->transitions[tf_model_transition(model, "first.not_offered.enrolled")].purpose_clock,
                  model->transitions[tf_model_transition(model, "second.not_offered.enrolled")].purpose_clock);
    for (int i = 0; i < 4; i++) {
        cr_expect_eq(all->items[i].ordinal, i);
    }
    tf_interventions_destroy(all);
    tf_model_destroy(model);
    trefoil_context_destroy(context);
    forget_specs();
}

static const char *const setting_mistakes[] = {
    "s.ini:30: [intervention support] uptke_q1: the plugin adherence has no such setting; did you mean 'uptake_q1'?",
    "s.ini:31: [intervention support] uptake_q1 = 1.2: expected a number from 0 to 1",
    "s.ini:32: [intervention support] only_lapsed = maybe: expected yes or no",
    "s.ini:33: [intervention support] age_min = 40.5: expected a whole number from 0 to 120",
    "s.ini:34: [intervention support] lapse_q1 = 0,3",
    "s.ini:35: [intervention support] risk = Not A Name: expected the name of something in the model",
    "s.ini:20: [intervention support]: the plugin adherence needs in.aspirin.lapsed (in.{medicine}.lapsed): the model "
    "has no condition 'aspirin'",
    "s.ini:20: [intervention faster]: the plugin pathway needs expected.event.stroke.none.frist "
    "(expected.event.{event}): the condition "
    "'stroke' has no state 'frist'; did you mean 'first'?",
    "s.ini:21: there is no plugin 'nothing_like_it'",
    "s.ini:20: [intervention stroke]: there is a condition 'stroke' already",
};

Test(interventions, have_all_their_mistakes_told)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_model *model = read_model(context);
    tf_interventions *all = (tf_interventions *)&strategies;
    tf_setting wrong[] = {
        {(char[]){"uptke_q1"}, (char[]){"0.5"}, {"s.ini", 30}},
        {(char[]){"uptake_q1"}, (char[]){"1.2"}, {"s.ini", 31}},
        {(char[]){"only_lapsed"}, (char[]){"maybe"}, {"s.ini", 32}},
        {(char[]){"age_min"}, (char[]){"40.5"}, {"s.ini", 33}},
        {(char[]){"lapse_q1"}, (char[]){"0,3"}, {"s.ini", 34}},
        {(char[]){"risk"}, (char[]){"Not A Name"}, {"s.ini", 35}},
        {(char[]){"medicine"}, (char[]){"aspirin"}, {"s.ini", 36}},
    };
    tf_setting event[] = {{(char[]){"event"}, (char[]){"stroke.none.frist"}, {"s.ini", 40}}};

    specs[0] = spec("support", "adherence", wrong, 7);
    specs[1] = spec("faster", "pathway", event, 1);
    specs[2] = spec("stroke", "adherence", NULL, 0);
    specs[3] = spec("ghost", "nothing_like_it", NULL, 0);
    plan(4, 0);
    cr_expect_eq(tf_interventions_create(context, &small_scenario, model, PLUGINS, &all), TREFOIL_USER_MISTAKE);
    cr_expect_null(all);
    for (size_t i = 0; i < sizeof setting_mistakes / sizeof setting_mistakes[0]; i++) {
        cr_expect(told(context, setting_mistakes[i]), "not told: %s", setting_mistakes[i]);
    }
    trefoil_context_destroy(context);
    tf_model_destroy(model);

    context = trefoil_context_create(NULL); /* without a model, settings are still checked */
    cr_expect_eq(tf_interventions_create(context, &small_scenario, NULL, PLUGINS, &all), TREFOIL_USER_MISTAKE);
    cr_expect(told(context, setting_mistakes[1]));
    cr_expect_not(told(context, "aspirin"));
    trefoil_context_destroy(context);
    forget_specs();
}

Test(interventions, may_not_set_the_same_thing_in_one_strategy)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_model *model = read_model(context);
    tf_interventions *all = NULL;
    size_t both[] = {0, 1}, one[] = {0}, other[] = {1};

    specs[0] = spec("mine", "sets", NULL, 0);
    specs[1] = spec("yours", "sets", NULL, 0);
    plan(2, 2);
    strategies[0] = (tf_strategy_spec){.interventions = one, .n_interventions = 1};
    strategies[1] = (tf_strategy_spec){.interventions = other, .n_interventions = 1};
    cr_expect_eq(tf_interventions_create(context, &small_scenario, model, SUBJECTS, &all), TREFOIL_DONE,
                 "apart they may");
    print_reasons(context);
    tf_interventions_destroy(all);
    strategies[0] = (tf_strategy_spec){.interventions = both, .n_interventions = 2};
    cr_expect_eq(tf_interventions_create(context, &small_scenario, model, SUBJECTS, &all), TREFOIL_USER_MISTAKE);
    cr_expect(told(context, "[intervention mine] and [intervention yours] both set risk.smoker"));
    tf_model_destroy(model);
    trefoil_context_destroy(context);
    forget_specs();
}

Test(interventions, survive_want_of_memory)
{
    long n = 0;
    trefoil_status status = TREFOIL_NO_MEMORY;
    size_t members[] = {0, 1};

    specs[0] = spec("support", "adherence", NULL, 0);
    specs[1] = spec("faster", "pathway", NULL, 0);
    plan(2, 1);
    strategies[0] = (tf_strategy_spec){.interventions = members, .n_interventions = 2};
    while (status != TREFOIL_DONE && n < 20000) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_model *model = read_model(context);
        tf_interventions *all = NULL;

        tf_memory_fail_at(n += 1 + n / 40);
        status = tf_interventions_create(context, &small_scenario, model, PLUGINS, &all);
        tf_memory_fail_at(0);
        cr_expect(status == TREFOIL_DONE || all == NULL);
        cr_expect(status == TREFOIL_DONE || trefoil_context_reasons(context) > 0, "no reason at call %ld", n);
        tf_interventions_destroy(all);
        tf_model_destroy(model);
        trefoil_context_destroy(context);
    }
    cr_expect_eq(status, TREFOIL_DONE);
    forget_specs();
}
