/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "terminal.h"

#include <stdlib.h>

static int merge(const char *const *operands, const trefoil_options *options, bool quiet)
{
    size_t n = 0;
    terminal screen;
    trefoil_context *context = terminal_context(&screen, quiet);

    while (operands[1 + n])
        n++;
    return command_end(&screen, context, context ? trefoil_merge(context, operands[0], operands + 1, n, options) : TREFOIL_NO_MEMORY);
}

int merge_command(int n, char **arguments)
{
    const char *persons = NULL, *draws = NULL, *seed = NULL;
    const char **operands = calloc((size_t)n + 1, sizeof *operands);
    bool quiet = false;
    assignments sets = {0}, all = {0};
    trefoil_options asked = {0};
    const command_option options[] = {
        {.name = "out", .argument = "DIR", .help = "where to write (default: results/<scenario name>)", .text = &asked.out},
        {.name = "persons", .argument = "N|all", .help = "as the shards had it; and so", .text = &persons},
        {.name = "draws", .argument = "N", .help = "these", .text = &draws},
        {.name = "seed", .argument = "S", .help = "", .text = &seed},
        {.name = "set", .argument = "\"section:key=value\"", .help = "", .take = assignments_take, .self = &sets},
        {.name = "plugin-dir", .argument = "DIR", .help = "look for plugins here first", .text = &asked.plugin_dir},
        {.name = "quiet", .help = "no progress and no messages but warnings", .given = &quiet},
    };
    command self = {.name = "merge", .operands = "SCENARIO.ini STORE...",
                    .summary = "Put the shards of a run together: stores, their folders, or a folder of such folders.",
                    .options = options, .n_options = sizeof options / sizeof options[0],
                    .min_operands = 2, .max_operands = (size_t)n, .operand = operands};
    int wrong = operands ? command_parse(&self, n, arguments) : 1;

    wrong = wrong ? wrong : assignments_add(&all, "population:persons", persons);
    wrong = wrong ? wrong : assignments_add(&all, "uncertainty:draws", draws);
    wrong = wrong ? wrong : assignments_add(&all, "uncertainty:seed", seed);
    for (size_t i = 0; !wrong && i < sets.count; i++)
        wrong = assignments_take(&all, sets.items[i]);
    asked.sets = (const char *const *)all.items;
    asked.n_sets = all.count;
    if (!wrong)
        wrong = self.wants_help ? command_help(&self) : merge(operands, &asked, quiet);
    assignments_free(&sets);
    assignments_free(&all);
    free(operands);
    return wrong;
}
