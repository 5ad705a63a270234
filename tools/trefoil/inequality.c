/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "terminal.h"

static int measure(const char *file, const trefoil_inequality_options *options)
{
    terminal screen;
    trefoil_context *context = terminal_context(&screen, false);

    return command_end(&screen, context, context ? trefoil_inequality(context, file, options) : TREFOIL_NO_MEMORY);
}

int inequality_command(int n, char **arguments)
{
    const char *file = NULL;
    bool good = false;
    trefoil_inequality_options o = {0};
    const command_option options[] = {
        {.name = "outcome", .argument = "COLUMNS", .help = "the outcome; of several columns each is a distribution", .text = &o.outcome},
        {.name = "rank", .argument = "COLUMN", .help = "social rank, lowest: most disadvantaged (default: rank, if there)", .text = &o.rank},
        {.name = "people", .argument = "COLUMN", .help = "people or weights (default: people or population, else one a row)",
         .text = &o.people},
        {.name = "se", .argument = "COLUMN", .help = "standard errors of the outcome", .text = &o.error},
        {.name = "good", .help = "more of the outcome is better (default)", .given = &good},
        {.name = "bad", .help = "less of it is better", .given = &o.bad},
        {.name = "bounds", .argument = "A,B", .help = "the least and greatest value the outcome could have", .text = &o.bounds},
        {.name = "aversion", .argument = "LIST", .help = "of Atkinson's index (default: 1,3.5,7,10.95)", .text = &o.aversion},
        {.name = "kolm", .argument = "LIST", .help = "of Kolm's index, per unit of the outcome (default: 0.05,0.15)", .text = &o.kolm},
        {.name = "extended", .argument = "LIST", .help = "parameters of the extended concentration index and Gini EDE (default: 3)",
         .text = &o.extended},
        {.name = "increment", .argument = "LIST", .help = "gains for priority weights, beside marginal ones", .text = &o.increment},
        {.name = "by", .argument = "COLUMNS", .help = "columns that part the rows into distributions", .text = &o.by},
        {.name = "part", .argument = "COLUMN", .help = "split Theil's indices between and within these parts", .text = &o.part},
        {.name = "cluster", .argument = "COLUMN", .help = "primary sampling units of a survey", .text = &o.cluster},
        {.name = "stratum", .argument = "COLUMN", .help = "strata of a survey", .text = &o.stratum},
        {.name = "against", .argument = "LABEL", .help = "compare all with this distribution: dominance, switch points",
         .text = &o.against},
        {.name = "switch", .argument = "LO,HI", .help = "look for switch points between these aversions (default: 0,20)",
         .text = &o.switches},
        {.name = "gain", .argument = "COLUMN", .help = "QALYs a programme gives each group: net health benefit by group", .text = &o.gain},
        {.name = "cost", .argument = "POUNDS", .help = "its net cost (default: 0)", .text = &o.cost},
        {.name = "threshold", .argument = "POUNDS", .help = "per QALY displaced elsewhere", .text = &o.threshold},
        {.name = "gradient", .argument = "flat|moderate|steep|SHARES", .help = "on whom displaced health falls (default: flat)",
         .text = &o.gradient},
        {.name = "out", .argument = "DIR", .help = "write inequality.csv there", .text = &o.out},
    };
    command self = {.name = "inequality", .operands = "FILE.csv",
                    .summary = "Every measure of inequality of an outcome, from a plain table of groups or individuals.",
                    .options = options, .n_options = sizeof options / sizeof options[0],
                    .min_operands = 1, .max_operands = 1, .operand = &file};
    int wrong = command_parse(&self, n, arguments);

    if (wrong)
        return wrong;
    if (self.wants_help)
        return command_help(&self);
    if (good && o.bad)
        return command_mistake("inequality: --good and --bad exclude each other");
    return measure(file, &o);
}
