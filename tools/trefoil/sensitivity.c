/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "terminal.h"

static int vary(const char *scenario, const trefoil_sensitivity_options *options, bool quiet)
{
    terminal screen;
    trefoil_context *context = terminal_context(&screen, quiet);
    trefoil_status status = TREFOIL_NO_MEMORY;

    terminal_interrupts(context);
    if (context)
        status = trefoil_sensitivity(context, scenario, options);
    terminal_interrupts(NULL);
    return command_end(&screen, context, status);
}

int sensitivity_command(int n, char **arguments)
{
    const char *scenario = NULL, *threads = NULL, *draws = NULL, *outer = NULL, *inner = NULL;
    bool quiet = false;
    assignments sets = {0};
    trefoil_sensitivity_options o = {0};
    const command_option options[] = {
        {.name = "parameters", .argument = "NAME,...", .help = "one at a time: these only (default: all uncertain ones)", .text = &o.parameters},
        {.name = "two", .argument = "NAME,NAME", .help = "a grid of two parameters, 5 by 5 values", .text = &o.two},
        {.name = "solve", .argument = "NAME", .help = "the value at which the incremental net benefit is 0", .text = &o.solve},
        {.name = "evppi-nested", .argument = "NAME,...", .help = "the value of learning these, by nested simulation; a check on analyse --evppi",
         .text = &o.evppi_nested},
        {.name = "outer", .argument = "N", .help = "its draws of what is learned (default 1000)", .text = &outer},
        {.name = "inner", .argument = "M", .help = "its draws of all else for each of them (default 200)", .text = &inner},
        {.name = "threshold", .argument = "X", .help = "money per QALY (default: the scenario's first)", .text = &o.threshold},
        {.name = "draws", .argument = "N", .help = "draws of each [scenario-analysis]; 0: base case (default)", .text = &draws},
        {.name = "out", .argument = "DIR", .help = "where to write (default: results/<scenario name>)", .text = &o.out},
        {.name = "threads", .argument = "T", .help = "threads (default: one per processor); results do not depend on it", .text = &threads},
        {.name = "set", .argument = "\"section:key=value\"", .help = "override any value of the scenario; may be repeated",
         .take = assignments_take, .self = &sets},
        {.name = "plugin-dir", .argument = "DIR", .help = "look for plugins here first", .text = &o.plugin_dir},
        {.name = "quiet", .help = "no progress and no messages but warnings", .given = &quiet},
    };
    command self = {.name = "sensitivity", .operands = "SCENARIO.ini",
                    .summary = "Deterministic sensitivity of the net benefit: one parameter at a time, two on a grid, thresholds, scenario analyses.",
                    .options = options, .n_options = sizeof options / sizeof options[0],
                    .min_operands = 1, .max_operands = 1, .operand = &scenario};
    int wrong = command_parse(&self, n, arguments);

    if (!wrong)
        wrong = command_integer("threads", threads, 1, 1024, &o.threads);
    if (!wrong)
        wrong = command_integer("draws", draws, 0, 1048575, &o.draws);
    if (!wrong)
        wrong = command_integer("outer", outer, 2, 500000, &o.outer);
    if (!wrong)
        wrong = command_integer("inner", inner, 2, 500000, &o.inner);
    if (!wrong && !self.wants_help && !o.evppi_nested && (outer || inner))
        wrong = command_mistake("--%s: needs --evppi-nested, whose draws it counts", outer ? "outer" : "inner");
    o.sets = (const char *const *)sets.items;
    o.n_sets = sets.count;
    if (!wrong)
        wrong = self.wants_help ? command_help(&self) : vary(scenario, &o, quiet);
    assignments_free(&sets);
    return wrong;
}
