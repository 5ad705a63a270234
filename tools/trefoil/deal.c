/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "terminal.h"

#include <stdlib.h>

static int deal(const char *const *operands, size_t n, const trefoil_deal_options *options)
{
    terminal screen;
    trefoil_context *context = terminal_context(&screen, false);

    return command_end(&screen, context, context ? trefoil_deal(context, operands[0], operands + 1, n - 1, options) : TREFOIL_NO_MEMORY);
}

int deal_command(int n, char **arguments)
{
    const char **operands = calloc((size_t)n + 1, sizeof *operands);
    const char *threads = NULL;
    assignments sets = {0};
    trefoil_deal_options asked = {0};
    const command_option options[] = {
        {.name = "out", .argument = "DIR", .help = "where to write (default: deals beside the store)", .text = &asked.out},
        {.name = "entries", .help = "also write every entry of every draw: entries.csv", .given = &asked.entries},
        {.name = "scenario", .argument = "SCENARIO.ini", .help = "run it for deals with links, as they change it", .text = &asked.scenario},
        {.name = "set", .argument = "\"section:key=value\"", .help = "for those runs: override any value; may be repeated",
         .take = assignments_take, .self = &sets},
        {.name = "threads", .argument = "T", .help = "for those runs (default: all processors)", .text = &threads},
        {.name = "plugin-dir", .argument = "DIR", .help = "for those runs: look for plugins here first", .text = &asked.plugin_dir},
    };
    command self = {.name = "deal", .operands = "STORE DEAL.ini...",
                    .summary = "Settle deals on the draws of a run, without simulating: who pays, who gains, and would it fire?",
                    .options = options, .n_options = sizeof options / sizeof options[0],
                    .min_operands = 2, .max_operands = (size_t)n, .operand = operands};
    size_t given = 0;
    int wrong;

    if (!operands)
        return trefoil_exit_status(TREFOIL_NO_MEMORY);
    wrong = command_parse(&self, n, arguments);
    while (operands[given])
        given++;
    if (!wrong)
        wrong = command_integer("threads", threads, 1, 1024, &asked.threads);
    asked.sets = (const char *const *)sets.items;
    asked.n_sets = sets.count;
    if (!wrong)
        wrong = self.wants_help ? command_help(&self) : deal(operands, given, &asked);
    assignments_free(&sets);
    free(operands);
    return wrong;
}
