/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "terminal.h"

#include <stdio.h>

static int check(const char *scenario, const trefoil_options *options)
{
    terminal screen;
    trefoil_context *context = terminal_context(&screen, false);
    trefoil_status status = context ? trefoil_check(context, scenario, options) : TREFOIL_NO_MEMORY;

    if (status == TREFOIL_DONE) {
        terminal_clear(&screen);
        printf("%s: no mistakes\n", scenario);
    }
    return command_end(&screen, context, status);
}

int check_command(int n, char **arguments)
{
    const char *scenario = NULL, *plugin_dir = NULL;
    assignments sets = {0};
    const command_option options[] = {
        {.name = "set", .argument = "\"section:key=value\"", .help = "override any value of the scenario; may be repeated",
         .take = assignments_take, .self = &sets},
        {.name = "plugin-dir", .argument = "DIR", .help = "look for plugins here first", .text = &plugin_dir},
    };
    command self = {.name = "check", .operands = "SCENARIO.ini",
                    .summary = "Report every mistake in a scenario and in the files it names; run nothing.",
                    .options = options, .n_options = sizeof options / sizeof options[0],
                    .min_operands = 1, .max_operands = 1, .operand = &scenario};
    int wrong = command_parse(&self, n, arguments);

    if (!wrong && self.wants_help) {
        wrong = command_help(&self);
    } else if (!wrong) {
        trefoil_options chosen = {.sets = (const char *const *)sets.items, .n_sets = sets.count, .plugin_dir = plugin_dir};
        wrong = check(scenario, &chosen);
    }
    assignments_free(&sets);
    return wrong;
}
