/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deal/terms.h"

#include "analysis/equity.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static tf_config *config_of(const tf_deal_reader *reader)
{
    return reader->config;
}

/* ---- [numbers], [party NAME], [stage NAME] ------------------------------------------------- */

static void read_numbers(tf_deal_reader *reader, size_t section)
{
    tf_deal *deal = reader->deal;
    size_t n = tf_config_keys(config_of(reader), section);

    deal->levers = TF_NEW(tf_lever, n);
    if (deal->levers == NULL) {
        reader->status = tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the deal %s", deal->path);
        return;
    }
    for (size_t k = 0; k < n; k++) {
        const char *key = tf_config_key(config_of(reader), section, k);
        tf_lever *lever = &deal->levers[deal->n_levers];

        lever->place = tf_config_place(config_of(reader), section, key);
        if (tf_deal_reserves(key)) {
            (void)tf_config_text(config_of(reader), section, key);
            tf_deal_wrong(reader, section, key, "a word of formulas, or a measure of every run; choose another name");
        } else if (tf_config_uncertain(reader->context, config_of(reader), section, key, &lever->number)) {
            lever->name = tf_deal_copy(reader, key);
            deal->n_levers++;
        }
    }
}

static void read_party(tf_deal_reader *reader, size_t section, const char *name)
{
    tf_deal *deal = reader->deal;
    const char *title = tf_config_text(config_of(reader), section, "title");
    ptrdiff_t known = tf_parties_find(&deal->parties, name);
    int kind = tf_config_choice(reader->context, config_of(reader), section, "kind", tf_party_kind_names,
                                known >= 0 ? (int)deal->parties.items[known].kind : (int)TF_PARTNER);
    double discount = tf_config_number(reader->context, config_of(reader), section, "discount", 0, 1, NAN);

    if (known >= 0) { /* what every deal knows, said anew */
        tf_party *party = &deal->parties.items[known];

        party->kind = (tf_party_kind)kind;
        party->discount = isnan(discount) ? party->discount : discount;
        if (title != NULL) {
            tf_free(party->title);
            party->title = tf_deal_copy(reader, title);
        }
    } else if (tf_parties_add(&deal->parties, name, title != NULL ? title : name, (tf_party_kind)kind, discount) != 0) {
        reader->status = tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the deal %s", deal->path);
    }
}

static void read_stage(tf_deal_reader *reader, size_t section, const char *name)
{
    tf_deal *deal = reader->deal;
    const char *title = tf_config_text(config_of(reader), section, "title");
    tf_stage *stages = tf_realloc(deal->stages, deal->n_stages + 1, sizeof *stages);

    if (stages == NULL) {
        reader->status = tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the deal %s", deal->path);
        return;
    }
    deal->stages = stages;
    stages[deal->n_stages] = (tf_stage){0};
    if (tf_config_require(reader->context, config_of(reader), section, "months", "how long the stage takes, as in '4 ~ gamma(se 2)'") &&
        tf_config_uncertain(reader->context, config_of(reader), section, "months", &stages[deal->n_stages].months)) {
        if (stages[deal->n_stages].months.distribution.mean < 0) {
            tf_deal_wrong(reader, section, "months", "a stage cannot take less than no time");
        }
        stages[deal->n_stages].name = tf_deal_copy(reader, name);
        stages[deal->n_stages++].title = tf_deal_copy(reader, title != NULL ? title : name);
    }
}

/* [link uptake]: the setting of the scenario that the deal changes. */
static void read_link(tf_deal_reader *reader, size_t section, const char *name)
{
    tf_deal *deal = reader->deal;
    const char *title = tf_config_text(config_of(reader), section, "title"), *setting = tf_config_text(config_of(reader), section, "set"),
               *colon = setting != NULL ? strchr(setting, ':') : NULL;
    tf_link *links = tf_realloc(deal->links, deal->n_links + 1, sizeof *links);

    if (links == NULL) {
        reader->status = tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the deal %s", deal->path);
        return;
    }
    deal->links = links;
    links[deal->n_links] = (tf_link){.name = tf_deal_copy(reader, name),
                                     .title = tf_deal_copy(reader, title != NULL ? title : name),
                                     .setting = tf_deal_copy(reader, setting),
                                     .place = tf_config_section_place(config_of(reader), section)};
    if (tf_config_require(reader->context, config_of(reader), section, "set",
                          "a setting of the scenario, as 'intervention programme:offer_rate'") &&
        (colon == NULL || strchr(setting, '=') != NULL)) {
        tf_deal_wrong(reader, section, "set", "'%s': expected a section and a setting, as in 'intervention programme:offer_rate'", setting);
    }
    (void)tf_config_require(reader->context, config_of(reader), section, "value", "a formula of numbers");
    if (tf_deal_formula(reader, section, "value", &links[deal->n_links].value) &&
        isnan(tf_deal_plain(deal, &links[deal->n_links].value, 0))) {
        tf_deal_wrong(reader, section, "value", "a scenario's setting is one number: a formula of numbers of [numbers] only");
    }
    deal->n_links++;
}

/* ---- [deal] -------------------------------------------------------------------------------- */

/* The strategy that a key names; -1: the run is not known, or has none of that name, which was told. */
static ptrdiff_t find_strategy(tf_deal_reader *reader, size_t section, const char *key)
{
    const char *name = tf_config_text(config_of(reader), section, key), *near;
    const tf_layout *layout = reader->source != NULL ? tf_source_layout(reader->source) : NULL;

    for (size_t s = 0; layout != NULL && name != NULL && s < layout->n_strategies; s++) {
        if (strcmp(layout->strategies[s], name) == 0) {
            return (ptrdiff_t)s;
        }
    }
    if (layout != NULL && name != NULL) {
        near = tf_nearest(name, (const char *const *)layout->strategies, layout->n_strategies);
        tf_deal_wrong(reader, section, key, "the run has no strategy '%s'%s%s%s", name, near != NULL ? "; did you mean '" : "",
                      near != NULL ? near : "", near != NULL ? "'?" : "");
    }
    return -1;
}

static void read_strategies(tf_deal_reader *reader, size_t section)
{
    const char *overlap = tf_config_text(config_of(reader), section, "overlap");
    tf_deal *deal = reader->deal;
    ptrdiff_t own;

    (void)tf_config_require(reader->context, config_of(reader), section, "strategy", "the strategy of the run that comes with the deal");
    own = find_strategy(reader, section, "strategy");
    if (own >= 0 && (size_t)own == tf_source_layout(reader->source)->comparator) {
        tf_deal_wrong(reader, section, "strategy", "'%s' is the run's comparator; a deal comes with another strategy",
                      tf_config_text(config_of(reader), section, "strategy"));
    }
    deal->strategy = own >= 0 ? (size_t)own : 0;
    deal->afterwards = find_strategy(reader, section, "afterwards");
    if (tf_config_text(config_of(reader), section, "afterwards") == NULL) {
        return;
    }
    deal->afterwards_place = tf_config_place(config_of(reader), section, "afterwards");
    if (tf_config_text(config_of(reader), section, "exit") == NULL) {
        tf_deal_wrong(reader, section, "afterwards", "the deal states no exit");
    }
    if (tf_config_text(config_of(reader), section, "intervention") != NULL) {
        tf_deal_wrong(reader, section, "afterwards", "what comes afterwards holds for whole strategies, not for the share of an intervention");
    }
    if (overlap != NULL && strcmp(overlap, tf_overlap_names[TF_OVERLAP_SHAPLEY]) == 0) {
        tf_deal_wrong(reader, section, "afterwards", "what comes afterwards holds for whole strategies, not for a share of what several deals claim");
    }
}

static void read_period(tf_deal_reader *reader, size_t section)
{
    tf_deal *deal = reader->deal;
    const size_t most = reader->source != NULL ? tf_source_layout(reader->source)->n_years : TF_DEAL_YEARS;

    deal->from = (size_t)tf_config_integer(reader->context, config_of(reader), section, "from", 1, (int64_t)most, 1) - 1;
    deal->years = (size_t)tf_config_integer(reader->context, config_of(reader), section, "years", 1, TF_DEAL_YEARS, 5);
    if (reader->source != NULL && tf_source_layout(reader->source)->groups[0].year_index < 0) {
        tf_deal_wrong(reader, section, "years",
                      "the run did not keep its totals by year; add all to by_year in the scenario's [output] and run it again");
    }
    (void)tf_config_require(reader->context, config_of(reader), section, "years", "how long the deal lasts, in years of the run");
    if (deal->from + deal->years > most) {
        tf_deal_wrong(reader, section, "years", "the deal ends in year %zu, but the run has %zu", deal->from + deal->years, most);
        deal->years = most - deal->from;
    }
}

static void read_money(tf_deal_reader *reader, size_t section)
{
    static const char *const gradients[] = {"flat", "moderate", "steep", NULL};
    tf_deal *deal = reader->deal;
    const tf_scenario *scenario = reader->source != NULL ? tf_source_scenario(reader->source) : NULL;
    const double rate = scenario != NULL ? scenario->discount_costs : 0.035,
                 k = scenario != NULL && scenario->n_thresholds > 0 ? scenario->thresholds[0] : 15000;

    deal->discount = tf_config_number(reader->context, config_of(reader), section, "discount", 0, 1, rate);
    deal->opportunity_cost = tf_config_number(reader->context, config_of(reader), section, "opportunity_cost", 1, 1e9, k);
    deal->gradient = tf_config_choice(reader->context, config_of(reader), section, "gradient", gradients, TF_FLAT);
    deal->budget_test = tf_config_number(reader->context, config_of(reader), section, "budget_test", 0, 1e12, TF_BUDGET_TEST);
    deal->national = tf_config_number(reader->context, config_of(reader), section, "national", 0, 1e6, NAN);
}

static void read_list(tf_deal_reader *reader, size_t section, const char *key, tf_list *list)
{
    trefoil_status status = tf_config_list(reader->context, config_of(reader), section, key, list);

    if (status != TREFOIL_DONE && status != TREFOIL_USER_MISTAKE && reader->status == TREFOIL_DONE) {
        reader->status = status;
    }
}

static void read_deal(tf_deal_reader *reader, size_t section)
{
    static const char *const forms[] = {"commercial", "joint-working", NULL};
    tf_deal *deal = reader->deal;
    bool simple; /* a strategy of one intervention is under one deal only, and several are alternatives */
    const char *title = tf_config_text(config_of(reader), section, "title");
    trefoil_status mixed;

    (void)tf_config_require(reader->context, config_of(reader), section, "title", "what the deal is called");
    tf_free(deal->title);
    deal->title = tf_deal_copy(reader, title != NULL ? title : deal->name);
    deal->about = tf_deal_copy(reader, tf_config_text(config_of(reader), section, "about"));
    deal->limits = tf_deal_copy(reader, tf_config_text(config_of(reader), section, "limits"));
    deal->example = tf_deal_copy(reader, tf_config_text(config_of(reader), section, "example"));
    deal->formula = tf_deal_copy(reader, tf_config_text(config_of(reader), section, "formula"));
    deal->source = tf_deal_copy(reader, tf_config_text(config_of(reader), section, "source"));
    deal->joint_working = tf_config_choice(reader->context, config_of(reader), section, "form", forms, 0) == 1;
    read_strategies(reader, section);
    simple = reader->source == NULL || tf_source_scenario(reader->source)->strategies == NULL || tf_deal_players(deal, reader->source) == 1;
    deal->overlap = (tf_overlap)tf_config_choice(reader->context, config_of(reader), section, "overlap", tf_overlap_names,
                                                 simple ? TF_OVERLAP_ALTERNATIVE : TF_OVERLAP_REFUSE);
    deal->overlap_place = tf_config_text(config_of(reader), section, "overlap") != NULL ? tf_config_place(config_of(reader), section, "overlap")
                                                                                        : tf_config_section_place(config_of(reader), section);
    mixed = tf_deal_mix(reader->context, deal, reader->source, tf_config_text(config_of(reader), section, "intervention"),
                        tf_config_place(config_of(reader), section, "intervention"));
    reader->status = reader->status == TREFOIL_DONE && mixed != TREFOIL_USER_MISTAKE ? mixed : reader->status;
    read_period(reader, section);
    read_money(reader, section);
    read_list(reader, section, "medicines", &reader->medicines);
    read_list(reader, section, "solve", &deal->solve);
    read_list(reader, section, "accepts", &deal->accepts);
    if (deal->joint_working && reader->medicines.count == 0) {
        tf_deal_wrong(reader, section, "medicines",
                      "joint working must not depend on prescribing: name the conditions, resources and cost categories of "
                      "the model that stand for it, as in 'statin, medicines'");
    }
}

/* What [deal] says about numbers and metrics, which are read by then. */
static void read_answers(tf_deal_reader *reader, size_t section)
{
    tf_deal *deal = reader->deal;

    reader->scope.terms_in_sight = 0;
    if (tf_deal_condition(reader, section, "exit", &deal->exit)) {
        tf_deal_refuse_prescribing(reader, section, "exit", &deal->exit);
    }
    deal->uptake_place = tf_config_place(config_of(reader), section, "uptake");
    if (tf_deal_formula(reader, section, "uptake", &deal->uptake)) {
        const double plain = tf_deal_plain(deal, &deal->uptake, 0);

        if (plain < 0 || plain > 1) {
            tf_deal_wrong(reader, section, "uptake",
                          "is %g; it is a share of what was simulated, from 0 to 1 (simulate a higher uptake, and state a share of that)", plain);
        }
        for (size_t k = 0; k < deal->uptake.n_symbols; k++) {
            if (deal->names[deal->uptake.symbols[k].index].kind != TF_NAME_NUMBER) {
                tf_deal_wrong(reader, section, "uptake", "it is the same in all years, and so is made of numbers of [numbers] only");
                break;
            }
        }
    }
    for (size_t k = 0; k < deal->solve.count; k++) {
        if (tf_deal_lever(deal, deal->solve.items[k]) < 0) {
            tf_deal_wrong(reader, section, "solve", "'%s' is not a number of [numbers]", deal->solve.items[k]);
        }
    }
    for (size_t k = 0; k < deal->accepts.count; k++) {
        if (tf_parties_find(&deal->parties, deal->accepts.items[k]) < 0) {
            tf_deal_wrong(reader, section, "accepts", "there is no party '%s'", deal->accepts.items[k]);
        }
    }
}

/* [zone]: a = price 100 to 500 */
static void read_zone(tf_deal_reader *reader, size_t section)
{
    static const char *const keys[] = {"a", "b"};
    tf_deal *deal = reader->deal;

    for (int k = 0; k < 2; k++) {
        const char *text = tf_config_text(config_of(reader), section, keys[k]), *space = text != NULL ? strchr(text, ' ') : NULL,
                   *to = space != NULL ? strstr(space, " to ") : NULL;
        char name[64], lo[64];

        (void)tf_config_require(reader->context, config_of(reader), section, keys[k], "a number and its range, as in 'price 100 to 500'");
        if (text == NULL) {
            continue;
        }
        snprintf(name, sizeof name, "%.*s", space != NULL ? (int)(space - text) : 63, text);
        snprintf(lo, sizeof lo, "%.*s", to != NULL ? (int)(to - space) : 0, space != NULL ? space : "");
        if (to == NULL || !tf_parse_number(lo, &deal->zone_from[k]) || !tf_parse_number(to + 4, &deal->zone_to[k]) ||
            deal->zone_from[k] >= deal->zone_to[k]) {
            tf_deal_wrong(reader, section, keys[k], "expected a number of [numbers] and its range, as in 'price 100 to 500'");
        } else if (tf_deal_lever(deal, name) < 0) {
            tf_deal_wrong(reader, section, keys[k], "'%s' is not a number of [numbers]", name);
        } else if (tf_list_find(&deal->zone, name) >= 0) {
            tf_deal_wrong(reader, section, keys[k], "a zone has two different numbers, and '%s' is the other one already", name);
        } else if (tf_list_add(&deal->zone, name) != 0) {
            reader->status = tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the deal %s", deal->path);
        }
    }
}

/* ---- terms, in the order they are settled in ----------------------------------------------- */

static void list_terms(tf_deal_reader *reader, size_t *sections)
{
    tf_deal *deal = reader->deal;
    const char *name;
    size_t n = tf_config_sections(config_of(reader));

    deal->terms = TF_NEW(tf_term, n);
    if (deal->terms == NULL) {
        reader->status = tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the deal %s", deal->path);
        return;
    }
    for (size_t s = 0; s < n; s++) {
        tf_term term = {.place = tf_config_section_place(config_of(reader), s), .metric = -1};
        size_t at = deal->n_terms;

        if (!tf_config_section_is(config_of(reader), s, "term", &name)) {
            continue;
        }
        if (tf_config_require(reader->context, config_of(reader), s, "kind",
                              "price, portfolio, discount, volume, free, outcome, cap, levy, share or contribution")) {
            term.kind = (tf_term_kind)tf_config_choice(reader->context, config_of(reader), s, "kind", tf_term_kind_names, 0);
        }
        for (; at > 0 && deal->terms[at - 1].kind > term.kind; at--) {
            deal->terms[at] = deal->terms[at - 1];
            sections[at] = sections[at - 1];
            deal->reordered = true;
        }
        deal->terms[at] = term;
        sections[at] = s;
        deal->n_terms++;
    }
    for (size_t k = 0; k < deal->n_terms && reader->status == TREFOIL_DONE; k++) {
        const char *title = tf_config_text(config_of(reader), sections[k], "title");

        (void)tf_config_section_is(config_of(reader), sections[k], "term", &name);
        deal->terms[k].route = tf_deal_add_route(reader, name, title != NULL ? title : name);
    }
}

/* ---- all of it ----------------------------------------------------------------------------- */

typedef void (*read_named)(tf_deal_reader *reader, size_t section, const char *name);

static void each_section(tf_deal_reader *reader, const char *kind, read_named read)
{
    const char *name;

    for (size_t s = 0; s < tf_config_sections(config_of(reader)) && reader->status == TREFOIL_DONE; s++) {
        if (tf_config_section_is(config_of(reader), s, kind, &name)) {
            read(reader, s, name);
        }
    }
}

static void in_both(tf_deal_reader *reader, const char *kind, read_named read)
{
    tf_config *own = reader->config;

    each_section(reader, kind, read);
    if (reader->deal->system != NULL) {
        reader->config = reader->deal->system;
        each_section(reader, kind, read);
        reader->config = own;
    }
}

/* Costs of the run nobody speaks of: the board bears them, and all of them are money. */
static void add_other_costs(tf_deal_reader *reader)
{
    const tf_layout *layout = tf_source_layout(reader->source);
    tf_deal *deal = reader->deal;

    for (size_t m = 0; m < layout->n_measures && reader->status == TREFOIL_DONE; m++) {
        const char *name = layout->measures[m].name;
        bool known = strncmp(name, "cost.", 5) != 0;
        tf_route *route;
        tf_cost *costs;

        for (size_t k = 0; k < deal->n_costs; k++) {
            known = known || deal->costs[k].measure == m;
        }
        if (known) {
            continue;
        }
        costs = tf_realloc(deal->costs, deal->n_costs + 1, sizeof *costs);
        if (costs == NULL) {
            reader->status = tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the deal %s", deal->path);
            return;
        }
        deal->costs = costs;
        costs[deal->n_costs] = (tf_cost){
            .measure = m, .resource = tf_deal_add_route(reader, name + 5, name + 5), .transfer = -1, .used = 1, .variable = 1};
        if (reader->status != TREFOIL_DONE) {
            return;
        }
        route = &deal->routes[costs[deal->n_costs].resource];
        route->payer = (tf_account){.party = (int)tf_parties_find(&deal->parties, "icb"), .line = tf_deal_copy(reader, name + 5)};
        route->class = TF_RESOURCE;
        route->basis = TF_BASIS_RUN;
        route->cashable = 1;
        deal->n_costs++;
    }
}

static void read_sections(tf_deal_reader *reader)
{
    tf_deal *deal = reader->deal;
    ptrdiff_t section = tf_config_find(deal->config, "deal"), numbers = tf_config_find(deal->config, "numbers"),
              zone = tf_config_find(deal->config, "zone");
    size_t *sections = TF_NEW(size_t, tf_config_sections(deal->config));

    if (sections == NULL || tf_parties_usual(&deal->parties) != 0) {
        reader->status = tf_fail(reader->context, TREFOIL_NO_MEMORY, "no memory for the deal %s", deal->path);
        goto out;
    }
    if (section < 0) {
        tf_mistake(reader->context, (tf_place){deal->path, 0}, "there is no section [deal]%s",
                   tf_config_find(deal->config, "scenario") >= 0
                       ? ": this is a scenario; a deal names its terms, and is settled on the run.sqlite of the scenario's run"
                       : "");
        goto out;
    }
    read_deal(reader, (size_t)section);
    in_both(reader, "party", read_party);
    if (numbers >= 0 && reader->status == TREFOIL_DONE) {
        read_numbers(reader, (size_t)numbers);
    }
    each_section(reader, "stage", read_stage);
    if (reader->status == TREFOIL_DONE) {
        list_terms(reader, sections);
    }
    each_section(reader, "link", read_link);
    each_section(reader, "metric", tf_deal_read_metric);
    if (reader->status == TREFOIL_DONE) {
        read_answers(reader, (size_t)section);
    }
    for (size_t k = 0; k < deal->n_terms && reader->status == TREFOIL_DONE; k++) {
        tf_deal_metrics_after(deal, k);
        tf_deal_read_term(reader, sections[k], &deal->terms[k]);
    }
    in_both(reader, "cost", tf_deal_read_cost);
    if (reader->source != NULL && reader->status == TREFOIL_DONE) {
        add_other_costs(reader);
    }
    if (zone >= 0 && reader->status == TREFOIL_DONE) {
        read_zone(reader, (size_t)zone);
    }
    deal->cash_years = deal->years;
    for (size_t k = 0; k < deal->n_terms && reader->status == TREFOIL_DONE; k++) {
        const size_t last = deal->years + deal->routes[deal->terms[k].route].delay;

        deal->cash_years = last > deal->cash_years ? last : deal->cash_years;
    }
out:
    tf_free(sections);
}

static trefoil_status read_system(tf_deal_reader *reader)
{
    ptrdiff_t section = tf_config_find(reader->deal->config, "deal");
    char *path = section >= 0 ? tf_config_file(reader->context, reader->deal->config, (size_t)section, "system") : NULL;
    trefoil_status status = TREFOIL_DONE;

    if (path != NULL) {
        status = tf_config_read(reader->context, path, tf_config_place(reader->deal->config, (size_t)section, "system"),
                                &reader->deal->system);
    }
    tf_free(path);
    return status;
}

/* "scenarios/deals/x.ini" -> "x" */
static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *start = slash != NULL ? slash + 1 : path, *dot = strrchr(start, '.');
    tf_text name = {0};

    tf_text_addf(&name, "%.*s", dot != NULL ? (int)(dot - start) : (int)strlen(start), start);
    return name.chars;
}

trefoil_status tf_deal_read(trefoil_context *context, const char *path, const tf_source *source, tf_deal **deal)
{
    const size_t before = tf_mistakes(context);
    tf_deal_reader reader = {.context = context, .source = source};
    tf_deal *made = TF_NEW(tf_deal, 1);
    trefoil_status status = TREFOIL_DONE;

    *deal = NULL;
    if (made == NULL || (made->path = tf_strdup(path)) == NULL || (made->name = name_of(path)) == NULL ||
        (made->machine = tf_machine_create()) == NULL) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the deal %s", path);
        goto out;
    }
    reader.deal = made;
    reader.scope = (tf_deal_scope){.deal = made, .source = source, .window = TF_WINDOW_YEAR};
    TRY(tf_config_read(context, path, (tf_place){0}, &made->config));
    reader.config = made->config;
    snprintf(made->digest, sizeof made->digest, "%s", tf_config_digest(made->config));
    TRY(read_system(&reader));
    read_sections(&reader);
    TRY(reader.status);
    TRY(tf_config_finish(context, made->config));
    if (made->system != NULL) {
        TRY(tf_config_finish(context, made->system));
    }
    status = tf_mistakes(context) > before ? TREFOIL_USER_MISTAKE : TREFOIL_DONE;
out:
    tf_list_free(&reader.medicines);
    if (status == TREFOIL_DONE) {
        *deal = made;
    } else {
        tf_deal_destroy(made);
    }
    return status;
}

bool tf_is_deal(const char *path)
{
    char line[256];
    bool found = false;
    FILE *file = fopen(path, "r");

    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        found = strncmp(tf_trim(line), "[deal]", 6) == 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

/* ---- the end of it ------------------------------------------------------------------------- */

static void free_term(tf_term *term)
{
    tf_expression *const single[] = {&term->of, &term->times, &term->gate, &term->floor, &term->cap, &term->origin};

    for (size_t k = 0; k < sizeof single / sizeof *single; k++) {
        tf_expression_free(single[k]);
    }
    for (size_t k = 0; k <= TF_KNOTS; k++) {
        tf_expression_free(&term->rates[k]);
        if (k < TF_KNOTS) {
            tf_expression_free(&term->knots[k]);
            tf_expression_free(&term->steps[k]);
        }
    }
}

static void free_parts(tf_deal *deal)
{
    for (size_t k = 0; k < deal->n_levers; k++) {
        tf_free(deal->levers[k].name);
    }
    for (size_t k = 0; k < deal->n_metrics; k++) {
        tf_metric *metric = &deal->metrics[k];

        tf_free(metric->name);
        tf_free(metric->title);
        tf_free(metric->prescribing);
        tf_expression_free(&metric->value);
        tf_expression_free(&metric->patients);
        tf_expression_free(&metric->promise);
        tf_expression_free(&metric->nothing);
    }
    for (size_t k = 0; k < deal->n_terms; k++) {
        free_term(&deal->terms[k]);
    }
    for (size_t k = 0; k < deal->n_stages; k++) {
        tf_free(deal->stages[k].name);
        tf_free(deal->stages[k].title);
    }
    for (size_t k = 0; k < deal->n_links; k++) {
        tf_free(deal->links[k].name);
        tf_free(deal->links[k].title);
        tf_free(deal->links[k].setting);
        tf_expression_free(&deal->links[k].value);
    }
    for (size_t k = 0; k < deal->n_routes; k++) {
        tf_free(deal->routes[k].name);
        tf_free(deal->routes[k].title);
        tf_free(deal->routes[k].payer.line);
        tf_free(deal->routes[k].payee.line);
    }
}

void tf_deal_destroy(tf_deal *deal)
{
    if (deal == NULL) {
        return;
    }
    free_parts(deal);
    tf_parties_free(&deal->parties);
    tf_expression_free(&deal->exit);
    tf_expression_free(&deal->uptake);
    tf_list_free(&deal->sharing);
    tf_list_free(&deal->solve);
    tf_list_free(&deal->accepts);
    tf_list_free(&deal->zone);
    tf_machine_destroy(deal->machine);
    tf_config_destroy(deal->config);
    tf_config_destroy(deal->system);
    void *const blocks[] = {deal->path, deal->name, deal->title, deal->about, deal->limits, deal->example, deal->formula, deal->source, deal->levers,
                            deal->metrics, deal->terms, deal->costs, deal->stages, deal->routes, deal->names, deal->weights, deal->links};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) {
        tf_free(blocks[k]);
    }
    tf_free(deal);
}
