/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "terminal.h"

static int make(const char *file, const trefoil_lifetable_options *options)
{
    terminal screen;
    trefoil_context *context = terminal_context(&screen, false);

    return command_end(&screen, context, context ? trefoil_lifetable(context, file, options) : TREFOIL_NO_MEMORY);
}

int lifetable_command(int n, char **arguments)
{
    const char *file = NULL;
    trefoil_lifetable_options o = {0};
    const command_option options[] = {
        {.name = "by", .argument = "COLUMNS", .help = "columns that part the rows into tables", .text = &o.by},
        {.name = "method", .argument = "ons|ohid|york|sullivan", .help = "share lived by infants who die; how the last age closes",
         .text = &o.method},
        {.name = "last", .argument = "YEARS", .help = "close the table with this expectancy at its last age", .text = &o.last},
        {.name = "utility", .argument = "COLUMN|ara-brazier", .help = "for quality-adjusted life expectancy", .text = &o.utility},
        {.name = "discount", .argument = "RATE", .help = "per year, of quality-adjusted life expectancy (default: 0)",
         .text = &o.discount},
        {.name = "age", .argument = "COLUMN", .help = "where a band of ages begins (default: age or age_from)", .text = &o.age},
        {.name = "age-to", .argument = "COLUMN", .help = "the last year of the band (default: age_to)", .text = &o.age_to},
        {.name = "rate", .argument = "COLUMN", .help = "deaths per person-year (default: mx)", .text = &o.rate},
        {.name = "deaths", .argument = "COLUMN", .help = "deaths (default: deaths)", .text = &o.deaths},
        {.name = "people", .argument = "COLUMN", .help = "person-years lived (default: population)", .text = &o.people},
        {.name = "risk", .argument = "COLUMN", .help = "probability of death (default: qx)", .text = &o.risk},
        {.name = "alive", .argument = "COLUMN", .help = "survivors of a published table (default: lx)", .text = &o.alive},
        {.name = "dying", .argument = "COLUMN", .help = "its deaths (default: dx)", .text = &o.dying},
        {.name = "out", .argument = "DIR", .help = "write lifetable.csv there", .text = &o.out},
    };
    command self = {.name = "lifetable", .operands = "FILE.csv",
                    .summary = "Life expectancy, with its error, and quality-adjusted life expectancy, from a plain table by age.",
                    .options = options, .n_options = sizeof options / sizeof options[0],
                    .min_operands = 1, .max_operands = 1, .operand = &file};
    int wrong = command_parse(&self, n, arguments);

    if (wrong)
        return wrong;
    return self.wants_help ? command_help(&self) : make(file, &o);
}
