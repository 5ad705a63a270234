/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "folder.h"
#include "model/model.h"
#include "random/stream.h"

#include <criterion/criterion.h>
#include <math.h>

/* An illness-death model with everything a model file can state. */
static const char *const rates = "# source: invented for this test\n"
                                 "sex,imd,onset,death,had\n"
                                 "M,1,0.030,0.020,0.20\nM,2,0.025,0.018,0.18\nM,3,0.020,0.016,0.16\nM,4,0.015,0.014,0."
                                 "14\nM,5,0.010,0.012,0.12\n"
                                 "F,1,0.020,0.015,0.15\nF,2,0.018,0.014,0.14\nF,3,0.016,0.013,0.13\nF,4,0.014,0.012,0."
                                 "12\nF,5,0.012,0.011,0.11\n";
static const char *const norms = "# source: invented for this test\n# value_set: EQ-5D-3L UK, test\n"
                                 "sex,norm\nM,0.85\nF,0.83\n";
static const char *const others = "# source: invented for this test\n# value_set: EQ-5D-5L "
                                  "England\nsex,norm\nM,0.9\nF,0.9\n";
static const char *const evidence = "name,label,value,unit,price_year,source,grade,note\n"
                                    "rr_ldl,relative risk per mmol/L,1.4 ~ lognormal(1.2 to 1.6),1,,Smith "
                                    "2020,published,\n"
                                    "rr_smoker,relative risk of smokers,2.1,1,,Smith 2020,published,\n"
                                    "rr_ill,relative risk of death when ill,3,1,,Smith 2020,published,\n"
                                    "bed_price,price of a bed-day,400 ~ gamma(se 40),GBP,2024,Jones 2021,published,\n"
                                    "stay,days in hospital,5,d,,,assumption,\n"
                                    "stay_cost,cost of a stay,=bed_price * stay,GBP,2024,,assumption,\n";
static const char *const text = "[model]\n"
                                "title = Illness and death\n"
                                "evidence = evidence.csv\n"
                                "clock = continuous\n"
                                "value_set = EQ-5D-3L UK\n"
                                "ages = 30-100\n"
                                "[table pop]\n"
                                "file = rates.csv\n"
                                "[table norms]\n"
                                "file = norms.csv\n"
                                "[risk ldl]\n"
                                "unit = mmol/L\n"
                                "family = normal\n"
                                "mean = 3.5 - 0.005 * (age - 50)\n"
                                "sd = 0.8\n"
                                "min = 1\n"
                                "max = 8\n"
                                "[risk smoker]\n"
                                "family = bernoulli\n"
                                "mean = pick(imd, 0.28, 0.18, 0.16, 0.13, 0.10)\n"
                                "[relative onset]\n"
                                "smoker = rr_smoker\n"
                                "ldl = rr_ldl\n"
                                "[relative dying]\n"
                                "ill.acute = rr_ill * 1.5\n"
                                "ill.chronic = rr_ill\n"
                                "smoker = 1.8\n"
                                "[condition ill]\n"
                                "title = Illness\n"
                                "states = well, acute, chronic\n"
                                "initial.chronic = pop.had\n"
                                "initial.relative = onset\n"
                                "[condition death]\n"
                                "states = alive, other, ill\n"
                                "dead = other, ill\n"
                                "[state ill.acute]\n"
                                "title = First year\n"
                                "utility = 0.8\n"
                                "cost.drugs = 120\n"
                                "use.bed_day = 2\n"
                                "[state ill.chronic]\n"
                                "utility = 0.9\n"
                                "add.ldl = -0.5\n"
                                "scale.ldl = 0.9\n"
                                "scale.smoker = 0.5\n"
                                "[transition ill.well.acute]\n"
                                "rate = pop.onset\n"
                                "relative = onset\n"
                                "fatality = 0.1 + 0.002 * (age - 30)\n"
                                "fatal = death.ill\n"
                                "cost.hospital = stay_cost\n"
                                "use.bed_day = stay\n"
                                "qaly = -0.05\n"
                                "[transition ill.acute.chronic]\n"
                                "after = 1\n"
                                "[transition ill.chronic.acute]\n"
                                "rate = pop.onset * 2\n"
                                "[transition death.alive.other]\n"
                                "title = Death from other causes\n"
                                "rate = pop.death\n"
                                "relative = dying\n"
                                "normalise = no\n"
                                "[resource bed_day]\n"
                                "unit = d\n"
                                "price = bed_price\n"
                                "category = hospital\n"
                                "[resource visit]\n"
                                "title = Visits, counted and not priced\n"
                                "[cost hospital]\n"
                                "title = Hospital care\n"
                                "party = icb\n"
                                "[cost drugs]\n"
                                "[utility]\n"
                                "norm = norms.norm\n"
                                "max = 0.95\n";

static char model_path[128];
static tf_scenario scenario;

static void open_folder(void)
{
    folder_make();
    folder_write("rates.csv", rates);
    folder_write("norms.csv", norms);
    folder_write("others.csv", others);
    folder_write("evidence.csv", evidence);
    snprintf(model_path, sizeof model_path, "%s", folder_write("model.ini", text));
    scenario = (tf_scenario){.model = model_path, .model_place = {"s.ini", 9}, .age_min = 40, .age_max = 79, .seed = 1};
}

static void close_folder(void)
{
    static const char *const files[] = {"rates.csv", "norms.csv", "others.csv", "evidence.csv", "model.ini"};

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        folder_forget(files[i]);
    }
    folder_remove();
}

TestSuite(model, .init = open_folder, .fini = close_folder);

static tf_model *read_model(trefoil_context *context)
{
    tf_model *model = NULL;
    trefoil_status status = tf_model_read(context, &scenario, &model);

    print_reasons(context);
    cr_assert_eq(status, TREFOIL_DONE);
    return model;
}

Test(model, is_what_its_file_states)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_model *model = read_model(context);
    tf_quantities q = {0};
    double values[8];
    int cell = tf_cell(TF_FEMALE, 60, 0);

    cr_expect_str_eq(model->title, "Illness and death");
    cr_expect_str_eq(model->value_set, "EQ-5D-3L UK");
    cr_expect_eq(strlen(model->digest), 64);
    cr_expect_eq(model->clock, TF_CONTINUOUS);
    cr_expect(model->age_min == 30 && model->age_max == 100);
    cr_assert_eq(tf_parameters_count(model->parameters), 6);
    cr_assert_eq(tf_parameters_draw(context, model->parameters, 1, 0, values), TREFOIL_DONE);
    cr_assert_eq(tf_formulas_evaluate(context, model->formulas, values, 0, model->age_min, &q), TREFOIL_DONE);

    cr_assert_eq(model->n_risks, 2);
    const tf_risk *ldl = &model->risks[0], *smoker = &model->risks[1];
    cr_expect(ldl->family == TF_RISK_NORMAL && ldl->min == 1 && ldl->max == 8);
    cr_expect_float_eq(tf_quantity(&q, ldl->mean, cell), 3.45, 1e-12);
    cr_expect_eq(tf_quantity(&q, ldl->sd, cell), 0.8);
    cr_expect_eq(ldl->purpose, tf_purpose("model", "risk ldl"));
    cr_expect(smoker->family == TF_RISK_BERNOULLI && smoker->sd == TF_NONE && smoker->min == 0 && smoker->max == 1);
    cr_expect_eq(tf_quantity(&q, smoker->mean, cell), 0.28);
    cr_expect_str_eq(smoker->title, "smoker");

    /* Risks first, in the order of the model, then states. */
    cr_assert_eq(model->n_relatives, 2);
    const tf_relative *onset = &model->relatives[0], *dying = &model->relatives[1];
    cr_assert(onset->n_terms == 2 && dying->n_terms == 3);
    cr_expect(onset->terms[0].risk == 0 && onset->terms[1].risk == 1);
    cr_expect_eq(tf_quantity(&q, onset->terms[1].ratio, 0), 2.1);
    cr_expect(dying->terms[0].risk == 1 && dying->terms[0].state == TF_NONE);
    cr_expect(dying->terms[1].risk == TF_NONE && dying->terms[1].state == 1 && dying->terms[2].state == 2);
    cr_expect_float_eq(tf_quantity(&q, dying->terms[1].ratio, 0), 4.5, 1e-12);

    cr_assert_eq(model->n_conditions, 2);
    const tf_condition *ill = &model->conditions[0];
    cr_expect(ill->first_state == 0 && ill->n_states == 3 && ill->owner == TF_NONE && ill->initial_relative == 0);
    cr_expect_eq(ill->purpose_initial, tf_purpose("model", "initial ill"));
    cr_expect_eq(ill->purpose_cycle, tf_purpose("model", "cycle ill"));
    cr_assert_eq(model->n_states, 6);
    cr_expect(!model->states[3].dead && model->states[4].dead && model->states[5].dead);
    cr_expect(model->states[0].initial == TF_NONE && model->states[1].initial == TF_NONE);
    cr_expect_eq(tf_quantity(&q, model->states[2].initial, cell), 0.15);
    cr_expect_str_eq(model->states[1].title, "First year");
    cr_expect_eq(tf_quantity(&q, model->states[1].utility, cell), 0.8);
    cr_expect_eq(model->states[0].utility, TF_NONE);
    cr_assert_eq(model->states[1].n_payoffs, 2);
    cr_expect(model->states[1].payoffs[0].kind == TF_PAY_COST && model->states[1].payoffs[0].target == 1);
    cr_expect(model->states[1].payoffs[1].kind == TF_PAY_USE && model->states[1].payoffs[1].target == 0);
    cr_assert_eq(model->states[2].n_effects, 2);
    cr_expect_eq(tf_quantity(&q, model->states[2].effects[0].scale, 0), 0.9);
    cr_expect_eq(tf_quantity(&q, model->states[2].effects[0].add, 0), -0.5);
    cr_expect(model->states[2].effects[1].risk == 1 && model->states[2].effects[1].add == TF_NONE);

    cr_assert_eq(model->n_transitions, 4);
    const tf_transition *event = &model->transitions[0], *other = &model->transitions[3];
    cr_expect(event->condition == 0 && event->from == 0 && event->to == 1 && event->timing == TF_RATE &&
              event->normalise);
    cr_expect_eq(tf_quantity(&q, event->amount, cell), 0.02);
    cr_expect_float_eq(tf_quantity(&q, event->fatality, cell), 0.16, 1e-12);
    cr_expect_eq(event->fatal, 5);
    cr_expect_str_eq(event->title, "well to First year");
    cr_assert_eq(event->n_payoffs, 3);
    cr_expect_eq(tf_quantity(&q, event->payoffs[0].amount, 0), 2000);
    cr_expect(event->payoffs[2].kind == TF_PAY_QALY && event->payoffs[2].target == TF_NONE);
    cr_expect_eq(event->purpose_clock, tf_purpose("model", "clock ill.well.acute"));
    cr_expect_eq(event->purpose_branch, tf_purpose("model", "branch ill.well.acute"));
    cr_expect_eq(model->transitions[1].timing, TF_AFTER);
    cr_expect(other->relative == 1 && !other->normalise && other->fatal == TF_NONE);
    cr_expect_str_eq(other->title, "Death from other causes");

    cr_expect(model->n_resources == 2 && model->resources[0].category == 0 && model->resources[1].price == TF_NONE);
    cr_expect(model->n_categories == 2 && strcmp(model->categories[0].party, "icb") == 0 &&
              strcmp(model->categories[1].party, "nhs") == 0);
    cr_expect_eq(tf_quantity(&q, model->norm, cell), 0.83);
    cr_expect_eq(model->utility_max, 0.95);

    cr_expect_eq(tf_model_state(model, "ill.chronic"), 2);
    cr_expect_eq(tf_model_state(model, "ill.chron"), TF_NONE);
    cr_expect_eq(tf_model_state(model, "chronic"), TF_NONE);
    cr_expect_eq(tf_model_transition(model, "death.alive.other"), 3);
    cr_expect_eq(tf_model_transition(model, "death.other.alive"), TF_NONE);
    cr_expect(tf_model_condition(model, "death") == 1 && tf_model_condition(model, "deat") == TF_NONE);
    cr_expect(tf_model_risk(model, "smoker") == 1 && tf_model_resource(model, "visit") == 1 &&
              tf_model_category(model, "drugs") == 1);

    tf_quantities_free(&q);
    tf_model_destroy(model);
    trefoil_context_destroy(context);
}

Test(model, takes_what_plugins_add)
{
    static const char *const states[] = {"not_offered", "enrolled", "lapsed"};
    static const char *const twice[] = {"a", "a"};
    trefoil_context *context = trefoil_context_create(NULL);
    tf_model *model = read_model(context);
    int condition, other, transition;

    condition = tf_model_add_condition(context, model, "support", "Programme", states, 3, 4, "org.example.adherence");
    cr_assert_eq(condition, 2);
    cr_expect(model->n_states == 9 && model->conditions[2].first_state == 6 && model->conditions[2].owner == 4);
    cr_expect_eq(tf_model_state(model, "support.lapsed"), 8);
    transition = tf_model_add_transition(context, model, condition, "not_offered", "enrolled", "org.example.adherence");
    cr_assert_eq(transition, 4);
    cr_expect_eq(tf_model_transition(model, "support.not_offered.enrolled"), 4);
    const tf_transition *added = &model->transitions[4];
    cr_expect(added->amount == TF_NONE && added->timing == TF_RATE && added->relative == TF_NONE && !added->normalise);
    cr_expect(added->fatality == TF_NONE && added->fatal == TF_NONE && added->n_payoffs == 0);
    cr_expect_eq(added->purpose_clock, tf_purpose("org.example.adherence", "clock not_offered.enrolled"));
    cr_expect_eq(model->conditions[2].purpose_initial, tf_purpose("org.example.adherence", "initial"));

    /* The same plugin in another intervention: the same luck. */
    other = tf_model_add_condition(context, model, "targeted", NULL, states, 3, 5, "org.example.adherence");
    cr_assert_eq(other, 3);
    cr_assert_eq(tf_model_add_transition(context, model, other, "not_offered", "enrolled", "org.example.adherence"), 5);
    cr_expect_eq(model->transitions[5].purpose_clock, model->transitions[4].purpose_clock);

    cr_expect_eq(tf_model_add_category(context, model, "programme", "Programme", "partner"), 2);
    cr_expect_str_eq(model->categories[2].party, "partner");
    cr_expect_eq(tf_model_add_category(context, model, "drugs", NULL, NULL), 1);
    cr_expect_eq(trefoil_context_reasons(context), 0);

    cr_expect_eq(tf_model_add_condition(context, model, "ill", NULL, states, 3, 4, "x"), TF_NONE);
    cr_expect(told(context, "the model has a condition of that name already"));
    cr_expect_eq(model->n_conditions, 4);
    trefoil_context_destroy(context);
    context = trefoil_context_create(NULL);
    cr_expect_eq(tf_model_add_condition(context, model, "p", NULL, twice, 2, 4, "x"), TF_NONE);
    cr_expect(told(context, "'a': it is no name, or there twice"));
    trefoil_context_destroy(context);
    context = trefoil_context_create(NULL);
    cr_expect_eq(tf_model_add_transition(context, model, condition, "enrolled", "gone", "x"), TF_NONE);
    cr_expect(told(context, "from 'enrolled' to 'gone'"));
    trefoil_context_destroy(context);
    context = trefoil_context_create(NULL);
    cr_expect_eq(tf_model_add_transition(context, model, condition, "not_offered", "enrolled", "x"), TF_NONE);
    cr_expect(told(context, "twice"));
    cr_expect_eq(model->n_transitions, 6);
    tf_model_destroy(model);
    trefoil_context_destroy(context);
}

/* ---- mistakes ---------------------------------------------------------------- */

typedef struct broken {
    const char *find, *replace; /* one edit of the good model          */
    const char *at;             /* text in the line told; NULL: no line */
    const char *words;
    size_t more; /* reasons that follow from the same edit */
} broken;

static const broken cases[] = {
    {"clock = continuous", "clock = continous",
     "clock =", "expected continuous or discrete; did you mean 'continuous'?", 0},
    {"clock = continuous", "clok = continuous", "clok =", "no such setting; did you mean 'clock'?", 0},
    {"clock = continuous", "clock = continuous\ncorrection = half-cycle",
     "correction =", "times are exact under the continuous clock", 0},
    {"ages = 30-100", "ages = 100-30", "ages =", "expected two whole ages from 0 to 100", 0},
    {"ages = 30-100", "ages = 50-100", "@s.ini:9:", "aged 40 to 79, but the model", 0},
    {"evidence = evidence.csv", "evidence = evidense.csv", "evidense.csv", "evidense.csv", 0},
    {"value_set = EQ-5D-3L UK", "value_set = EQ-5D-5L", "[table norms]",
     "the table is in the value set 'EQ-5D-3L UK, test', the model in 'EQ-5D-5L'", 0},
    {"value_set = EQ-5D-3L UK\n", "[table others]\nfile = others.csv\n", "[table norms]",
     "utilities of two value sets must not mix", 1},
    {"file = rates.csv", "file = rate.csv", "rate.csv", "rate.csv", 0},
    {"file = rates.csv", "fil = rates.csv", "[table pop]", "'file' is missing: the CSV file of the table", 1},
    {"[table pop]", "[table age]", "[table age]", "the name 'age' has a meaning in formulas", 4},
    {"[table pop]", "[tables pop]", "[tables pop]", "no such section; did you mean 'table'?", 4},
    {"family = normal", "family = normall", "family = normall", "did you mean 'normal'?", 0},
    {"family = bernoulli", "family = bernoulli\nsd = 0.1", "sd = 0.1", "a bernoulli risk factor is 0 or 1", 0},
    {"sd = 0.8\n", "", "[risk ldl]", "'sd' is missing", 0},
    {"max = 8", "max = 0.5", "max = 0.5", "min must be below max", 0},
    {"mean = 3.5 - 0.005 * (age - 50)", "mean = 3.5 - 0.005 * (agee - 50)", "mean = 3.5",
     "there is no parameter 'agee'; did you mean 'age'?", 0},
    {"smoker = rr_smoker", "smoker = rr_smokers", "rr_smokers", "did you mean 'rr_smoker'?", 0},
    {"smoker = rr_smoker", "smokers = rr_smoker",
     "smokers = ", "there is no risk factor 'smokers'; did you mean 'smoker'?", 0},
    {"ill.chronic = rr_ill", "ill.cronic = rr_ill", "ill.cronic",
     "there is no state of condition 'ill' called 'cronic'; did you mean 'chronic'?", 0},
    {"ill.chronic = rr_ill", "sick.chronic = rr_ill", "sick.chronic", "there is no condition 'sick'", 0},
    {"states = well, acute, chronic", "states = well, acute, chronic, acute", "states = well",
     "'acute' is listed twice", 0},
    {"states = well, acute, chronic", "states = well, acute, chronic, Bad", "states = well",
     "'Bad' cannot be the name of a state", 0},
    {"states = well, acute, chronic", "states = well, acute, chronic, limbo", "states = well",
     "nobody can leave 'limbo', where people are not dead", 0},
    {"dead = other, ill", "dead = other, il", "dead =", "called 'il'; did you mean 'ill'?", 0},
    {"dead = other, ill", "dead = alive, other, ill", "dead =", "the first state, and start alive", 0},
    {"initial.chronic = pop.had", "initial.cronic = pop.had", "initial.cronic", "did you mean 'chronic'?", 0},
    {"initial.chronic = pop.had", "initial.well = pop.had", "initial.well", "'well' is the first state", 0},
    {"initial.chronic = pop.had", "initial.chronic = pop.hat", "pop.hat",
     "there is no column of table 'pop' called 'hat'; did you mean 'had'?", 0},
    {"initial.chronic = pop.had", "initial.chronic = pop.had * 4\ninitial.acute = 0.3", "[condition ill]",
     "sum to 1.1, more than 1, for men aged 30 in quintile 1", 0},
    {"initial.chronic = pop.had", "initial.chronic = pop.had * 6", "pop.had * 6",
     "gives 1.2 for men aged 30 in quintile 1 in draw 0; expected a number from 0 to 1", 0},
    {"initial.relative = onset", "initial.relative = onsett", "onsett",
     "there is no set of relative risks 'onsett'; did you mean 'onset'?", 0},
    {"initial.relative = onset", "initial.relative = dying", "initial.relative",
     "the set names the state 'acute' of this very condition", 1},
    {"[state ill.acute]", "[state ill.acut]", "[state ill.acut]", "called 'acut'; did you mean 'acute'?", 0},
    {"[state ill.acute]", "[state death.other]", "[state death.other]", "people in this state are dead", 0},
    {"utility = 0.8", "utility = 80", "utility = 80", "expected a number from 0 to 2", 0},
    {"cost.drugs = 120", "cost.drug = 120", "cost.drug =", "there is no cost category 'drug'; did you mean 'drugs'?",
     0},
    {"use.bed_day = 2", "use.bed_days = 2", "use.bed_days", "there is no resource 'bed_days'; did you mean 'bed_day'?",
     0},
    {"use.bed_day = 2", "uses.bed_day = 2", "uses.bed_day", "no such setting", 0},
    {"add.ldl = -0.5", "add.ldll = -0.5", "add.ldll", "there is no risk factor 'ldll'; did you mean 'ldl'?", 0},
    {"[transition ill.well.acute]", "[transition ill.well]", "[transition ill.well]", "expected condition.from.to", 0},
    {"[transition ill.chronic.acute]", "[transition ill.chronic.chronic]", "[transition ill.chronic.chronic]",
     "a transition leads to another state", 0},
    {"[transition ill.chronic.acute]", "[transition death.ill.alive]", "[transition death.ill.alive]",
     "nobody leaves 'ill'", 0},
    {"[transition ill.chronic.acute]", "[transition ill.acute.chronic]", "[transition ill.acute.chronic]\nrate",
     "already", 1},
    {"rate = pop.onset\n", "", "[transition ill.well.acute]", "state its rate (per person-year), after", 0},
    {"rate = pop.onset\n", "probability = pop.onset\n", "probability =", "needs clock = discrete", 0},
    {"rate = pop.onset\n", "rate = -pop.onset\n", "rate = -pop.onset",
     "gives -0.03 for men aged 30 in quintile 1 in draw 0", 0},
    {"after = 1", "after = 0", "after = 0", "expected a number from 0.0001 to 1000", 0},
    {"after = 1", "after = 1\nrate = 2", "after = 1", "a transition has one of rate, probability, after and time", 0},
    {"after = 1", "after = 1\nrelative = onset", "relative = onset\n[transition ill.chronic",
     "relative risks have no meaning for an exact time", 0},
    {"after = 1", "after = 1\nnormalise = no", "normalise = no\n[transition ill.chronic",
     "there is nothing to normalise", 0},
    {"clock = continuous", "clock = discrete", "after = 1", "an exact time in a state needs clock = continuous", 0},
    {"rate = pop.onset * 2", "rate = pop.onset * 2\nrelative = dying", "relative = dying\n[transition death",
     "relative risk of 'ill.acute', a state of the transition's own condition", 1},
    {"fatal = death.ill", "fatal = death.alive", "fatal = death.alive", "people in this state are not dead", 0},
    {"fatal = death.ill\n", "", "fatality =", "state where people then go", 0},
    {"fatal = death.ill", "fatal = ill", "fatal = ill", "'ill' is not a state: expected condition.state", 0},
    {"category = hospital\n", "", "price = bed_price", "state the category of cost it falls into", 0},
    {"category = hospital", "category = hospitals",
     "category =", "there is no cost category 'hospitals'; did you mean 'hospital'?", 0},
    {"price = bed_price\n", "", "category = hospital", "a resource without a price costs nothing", 0},
    {"[cost drugs]", "[cost hospital]", "[cost hospital]\n[utility]", "already", 1},
    {"[cost drugs]", "[cost Drugs-2]", "[cost Drugs-2]", "", 2},
    {"norm = norms.norm", "norm = 0,8", "norm = 0,8", "the decimal sign is a point", 0},
    {"max = 0.95", "max = 1.5", "max = 1.5", "expected a number from 0 to 1", 0},
};

static int line_of(const char *whole, const char *part)
{
    const char *at = strstr(whole, part);
    int line = 1;

    cr_assert_not_null(at, "%s", part);
    for (const char *c = whole; c < at; c++) {
        line += *c == '\n';
    }
    return line;
}

static void edit(char *out, size_t size, const char *find, const char *replace)
{
    const char *at = strstr(text, find);

    cr_assert_not_null(at, "%s", find);
    snprintf(out, size, "%.*s%s%s", (int)(at - text), text, replace, at + strlen(find));
}

Test(model, names_every_mistake_with_its_line)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const broken *c = &cases[i];
        trefoil_context *context = trefoil_context_create(NULL);
        tf_model *model = NULL;
        char whole[8192], start[200];
        bool found = false;

        edit(whole, sizeof whole, c->find, c->replace);
        folder_write("model.ini", whole);
        if (c->at[0] == '@') {
            snprintf(start, sizeof start, "%s", c->at + 1);
        } else {
            snprintf(start, sizeof start, "%s:%d: ", model_path, line_of(whole, c->at));
        }
        cr_expect_eq(tf_model_read(context, &scenario, &model), TREFOIL_USER_MISTAKE, "%s", c->replace);
        cr_expect_null(model);
        for (size_t k = 0; k < trefoil_context_reasons(context); k++) {
            const char *reason = trefoil_context_reason(context, k);

            found = found || (strncmp(reason, start, strlen(start)) == 0 && strstr(reason, c->words) != NULL);
        }
        cr_expect(found, "%s -> %s: expected %s%s", c->find, c->replace, start, c->words);
        cr_expect_eq(trefoil_context_reasons(context), 1 + c->more, "%s -> %s", c->find, c->replace);
        if (!found || trefoil_context_reasons(context) != 1 + c->more) {
            fprintf(stderr, "%s -> %s\n", c->find, c->replace);
            print_reasons(context);
        }
        trefoil_context_destroy(context);
    }
}

Test(model, checks_what_belongs_to_the_discrete_clock)
{
    static const char discrete[] = "[model]\nclock = discrete\ncorrection = half-cycle\n"
                                   "[condition hiv]\nstates = a, b, c, dead\ndead = dead\n"
                                   "[transition hiv.a.b]\nprobability = 0.202\n[transition hiv.a.c]\nprobability = "
                                   "0.067\n"
                                   "[transition hiv.b.c]\nrate = 0.4\n[transition hiv.c.dead]\nprobability = 0.25\n"
                                   "[transition hiv.a.dead]\nprobability = ";
    char whole[1024];

    for (int wrong = 0; wrong < 2; wrong++) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_model *model = NULL;
        trefoil_status status;

        snprintf(whole, sizeof whole, "%s%s\n", discrete, wrong ? "age > 90 and 0.9 or 0.01" : "0.01");
        folder_write("model.ini", whole);
        status = tf_model_read(context, &scenario, &model);
        cr_expect_eq(status, wrong ? TREFOIL_USER_MISTAKE : TREFOIL_DONE);
        if (wrong) {
            cr_expect(told(context, "model.ini:4: [condition hiv]: the probabilities of leaving 'a' sum to 1.169, more "
                                    "than 1, for men aged 91 in "
                                    "quintile 1 in the base case"));
        } else {
            cr_expect(model->clock == TF_DISCRETE && model->correction == TF_CORRECT_HALF);
            cr_expect(model->transitions[0].timing == TF_PROBABILITY && model->transitions[2].timing == TF_RATE);
            cr_expect(model->age_min == 0 && model->age_max == 100 && model->norm == TF_NONE &&
                      model->utility_max == 1);
        }
        print_reasons(context);
        tf_model_destroy(model);
        trefoil_context_destroy(context);
    }
}

/* Reads a model of so many conditions, states, transitions and risks, all small; the one reason, or NULL if there was
 * none. */
static void expect_limit(int conditions, int states, int risks, const char *words)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_model *model = NULL;
    static char whole[65536];
    size_t n = (size_t)snprintf(whole, sizeof whole, "[model]\n");

    for (int r = 0; r < risks; r++) {
        n += (size_t)snprintf(whole + n, sizeof whole - n, "[risk r%d]\nfamily = bernoulli\nmean = 0.5\n", r);
    }
    for (int c = 0; c < conditions; c++) {
        n += (size_t)snprintf(whole + n, sizeof whole - n, "[condition c%d]\nstates = s0", c);
        for (int s = 1; s < states; s++) {
            n += (size_t)snprintf(whole + n, sizeof whole - n, ", s%d", s);
        }
        n += (size_t)snprintf(whole + n, sizeof whole - n, "\n");
        for (int s = 0; s < states && s < 16; s++) {
            n += (size_t)snprintf(whole + n, sizeof whole - n, "[transition c%d.s%d.s%d]\nrate = 1\n", c, s,
                                  (s + 1) % (states < 16 ? states : 16));
        }
    }
    cr_assert(n < sizeof whole);
    folder_write("model.ini", whole);
    cr_expect_eq(tf_model_read(context, &scenario, &model), words == NULL ? TREFOIL_DONE : TREFOIL_USER_MISTAKE);
    cr_expect(words == NULL || told(context, words));
    cr_expect_eq(trefoil_context_reasons(context) > 0, words != NULL);
    tf_model_destroy(model);
    trefoil_context_destroy(context);
}

Test(model, is_refused_above_its_limits)
{
    expect_limit(TF_MAX_CONDITIONS, 5, TF_MAX_RISKS, NULL);
    expect_limit(8, TF_MAX_STATES, 0, NULL);
    expect_limit(TF_MAX_CONDITIONS + 1, 2, 0, "a model may have at most 24 conditions");
    expect_limit(1, TF_MAX_STATES + 1, 0, "a condition may have at most 16 states");
    expect_limit(9, TF_MAX_STATES, 0, "a model may have at most 128 states");
    expect_limit(1, 2, TF_MAX_RISKS + 1, "a model may have at most 16 risk factors");
    expect_limit(0, 0, 0, "model.ini:1: the model has no transition");
}

Test(model, lets_people_stay_where_its_file_says_so)
{
    char whole[8192], more[9000];
    trefoil_context *context = trefoil_context_create(NULL);
    tf_model *model;

    edit(whole, sizeof whole, "states = well, acute, chronic", "states = well, acute, chronic, cured");
    snprintf(more, sizeof more,
             "%s[state ill.cured]\nstays = yes\n[transition ill.acute.cured]\nrate = 0.1\n"
             "[condition ethnicity]\nstates = a, b\ninitial.b = 0.2\n",
             whole);
    folder_write("model.ini", more);
    model = read_model(context);
    cr_expect_eq(tf_model_state(model, "ethnicity.b"), 8);
    tf_model_destroy(model);
    trefoil_context_destroy(context);
}

Test(model, refuses_streams_that_collide)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_model *model = NULL;
    char rows[2048];

    cr_assert_eq(tf_purpose("parameter", "soczf"), tf_purpose("parameter", "ifbpp"));
    snprintf(rows, sizeof rows, "%ssoczf,,1,1,,,assumption,\nifbpp,,1,1,,,assumption,\n", evidence);
    folder_write("evidence.csv", rows);
    cr_expect_eq(tf_model_read(context, &scenario, &model), TREFOIL_USER_MISTAKE);
    cr_expect(told(context, "evidence.csv:9: the parameters 'soczf' and 'ifbpp' would share random numbers; rename one "
                            "of them"));
    cr_expect_eq(trefoil_context_reasons(context), 1);
    trefoil_context_destroy(context);

    context = trefoil_context_create(NULL);
    cr_assert_eq(tf_purpose("model", "risk ldl"), tf_purpose("parameter", "ehymasme"));
    snprintf(rows, sizeof rows, "%sehymasme,,1,1,,,assumption,\n", evidence);
    folder_write("evidence.csv", rows);
    cr_expect_eq(tf_model_read(context, &scenario, &model), TREFOIL_USER_MISTAKE);
    cr_expect(told(context, "'model/risk ldl' and 'parameter/ehymasme' would be the same; rename one of them"));
    trefoil_context_destroy(context);
}

/* Was the failure that was asked for not reached?  Then all calls were tried. */
static bool all_calls_tried(void)
{
    void *memory = tf_alloc(1, 1);

    tf_memory_fail_at(0);
    tf_free(memory);
    return memory == NULL;
}

Test(model, survives_want_of_memory_at_every_call)
{
    long n = 0;
    bool done = false;

    while (!done && n < 100000) {
        trefoil_context *context = trefoil_context_create(NULL);
        tf_model *model = NULL;
        trefoil_status status;

        tf_memory_fail_at(++n);
        status = tf_model_read(context, &scenario, &model);
        done = all_calls_tried();
        cr_assert(status == TREFOIL_DONE || (!done && status == TREFOIL_NO_MEMORY), "allocation %ld: status %d", n,
                  (int)status);
        cr_assert_eq(model != NULL, status == TREFOIL_DONE);
        cr_assert_eq(tf_mistakes(context), 0, "allocation %ld", n);
        cr_assert(status == TREFOIL_DONE || trefoil_context_reasons(context) > 0, "allocation %ld", n);
        tf_model_destroy(model);
        trefoil_context_destroy(context);
    }
    cr_expect(n > 1000, "%ld", n);
}
