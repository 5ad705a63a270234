/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "terminal.h"

#include <stdio.h>

static int analyse(const char *path, const trefoil_analysis *analysis)
{
    terminal screen;
    trefoil_context *context = terminal_context(&screen, false);

    return command_end(&screen, context, context ? trefoil_analyse(context, path, analysis) : TREFOIL_NO_MEMORY);
}

/* "coastal=icb: NHS Devon" -> "plus.coastal=icb: NHS Devon" */
static int take_plus(void *self, const char *text)
{
    char setting[1024];

    snprintf(setting, sizeof setting, "plus.%s", text);
    return assignments_take(self, setting);
}

int analyse_command(int n, char **arguments)
{
    const char *path = NULL;
    trefoil_analysis asked = {0};
    assignments sets = {0}, equity = {0};
    const char *k = NULL, *gradient = NULL, *shares = NULL, *qale = NULL, *aversion = NULL;
    const command_option options[] = {
        {.name = "parameters", .argument = "FILE.csv", .help = "parameters of a CSV sample, a row per draw", .text = &asked.parameters},
        {.name = "thresholds", .argument = "a,b,c|from:to:step", .help = "money per unit of effect (default: the run's)",
         .text = &asked.thresholds},
        {.name = "evppi", .argument = "NAME[,NAME...]|each", .help = "value of learning these parameters; may be repeated",
         .take = assignments_take, .self = &sets},
        {.name = "study", .argument = "FILE.ini", .help = "value of the studies that its [study NAME] sections state", .text = &asked.study},
        {.name = "people", .argument = "N", .help = "whom the decision is about (a store knows)", .text = &asked.people},
        {.name = "discount-costs", .argument = "R", .help = "another yearly rate than the run's", .text = &asked.discount_costs},
        {.name = "discount-effects", .argument = "R", .help = "another yearly rate than the run's", .text = &asked.discount_effects},
        {.name = "k", .argument = "a,b,c", .help = "who gains and bears the cost: money per QALY displaced", .text = &k},
        {.name = "gradient", .argument = "a,b,c", .help = "flat, moderate, steep, own or a measure: how what is displaced falls", .text = &gradient},
        {.name = "shares", .argument = "a,b,c,d,e", .help = "of gradient own: shares of the fifths, most deprived first", .text = &shares},
        {.name = "qale", .argument = "a,b,c,d,e", .help = "quality-adjusted life expectancy of the fifths before", .text = &qale},
        {.name = "aversion", .argument = "E", .help = "Atkinson's aversion beside the curve", .text = &aversion},
        {.name = "plus", .argument = "NAME=DIM: A | B", .help = "people told apart; may be repeated", .take = take_plus, .self = &equity},
        {.name = "out", .argument = "DIR", .help = "where to write (default: beside the store; results/<sample's name>)", .text = &asked.out},
    };
    command self = {.name = "analyse", .operands = "STORE|SAMPLE.csv",
                    .summary = "Cost-effectiveness, equity and value of information, without simulating.",
                    .options = options, .n_options = sizeof options / sizeof options[0],
                    .min_operands = 1, .max_operands = 1, .operand = &path};
    int wrong = command_parse(&self, n, arguments);

    asked.evppi = (const char *const *)sets.items;
    asked.n_evppi = sets.count;
    wrong = wrong ? wrong : assignments_add(&equity, "k", k);
    wrong = wrong ? wrong : assignments_add(&equity, "gradient", gradient);
    wrong = wrong ? wrong : assignments_add(&equity, "shares", shares);
    wrong = wrong ? wrong : assignments_add(&equity, "qale", qale);
    wrong = wrong ? wrong : assignments_add(&equity, "aversion", aversion);
    asked.equity = (const char *const *)equity.items;
    asked.n_equity = equity.count;
    if (!wrong)
        wrong = self.wants_help ? command_help(&self) : analyse(path, &asked);
    assignments_free(&sets);
    assignments_free(&equity);
    return wrong;
}
