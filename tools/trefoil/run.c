/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "ranks.h"
#include "terminal.h"

#include <stdio.h>

typedef struct run_arguments {
    const char *scenario, *out, *persons, *draws, *seed, *threads, *block, *portion, *shard, *plugin_dir, *hook_timeout;
    bool resume, quiet, isolate;
    assignments sets;
} run_arguments;

/* The short ways to write the assignments used most; --set comes later and wins. */
static int merge_sets(run_arguments *given, assignments *all)
{
    int wrong = assignments_add(all, "population:persons", given->persons);

    if (!wrong)
        wrong = assignments_add(all, "uncertainty:draws", given->draws);
    if (!wrong)
        wrong = assignments_add(all, "uncertainty:seed", given->seed);
    for (size_t i = 0; !wrong && i < given->sets.count; i++)
        wrong = assignments_take(all, given->sets.items[i]);
    return wrong;
}

static int simulate(const run_arguments *given, trefoil_options *options)
{
    bool leads = !options->ranks || options->ranks->rank == 0;
    terminal screen;
    trefoil_context *context = leads ? terminal_context(&screen, given->quiet) : trefoil_context_create(NULL);
    trefoil_status status = TREFOIL_NO_MEMORY;

    terminal_interrupts(context);
    if (context)
        status = trefoil_run(context, given->scenario, options);
    terminal_interrupts(NULL);
    return command_end(leads ? &screen : NULL, context, status);
}

/* "3/16" */
static int read_shard(const char *text, trefoil_options *options)
{
    char rest;

    if (text && (sscanf(text, "%5d/%5d%c", &options->shard, &options->shards, &rest) != 2 || options->shard < 1 ||
                 options->shards < options->shard))
        return command_mistake("--shard %s: expected which of how many, as 3/16", text);
    return 0;
}

static int simulate_together(const run_arguments *given, trefoil_options *options)
{
    int ended = ranks_join(&options->ranks);

    if (!ended)
        ended = simulate(given, options);
    ranks_leave(options->ranks);
    return ended;
}

static int run_with(run_arguments *given)
{
    trefoil_options options = {.out = given->out, .resume = given->resume, .plugin_dir = given->plugin_dir, .isolate = given->isolate};
    assignments all = {0};
    int wrong = command_integer("threads", given->threads, 1, 1024, &options.threads);

    if (!wrong)
        wrong = command_integer("block", given->block, 16, 65536, &options.block);
    if (!wrong)
        wrong = command_integer("hook-timeout", given->hook_timeout, 1, 86400, &options.hook_timeout);
    if (!wrong && given->hook_timeout && !given->isolate)
        wrong = command_mistake("--hook-timeout: needs --isolate, since only a child process can be stopped");
    if (!wrong)
        wrong = command_integer("portion", given->portion, 1, 1 << 30, &options.portion);
    if (!wrong)
        wrong = read_shard(given->shard, &options);
    if (!wrong)
        wrong = merge_sets(given, &all);
    options.sets = (const char *const *)all.items;
    options.n_sets = all.count;
    if (!wrong)
        wrong = simulate_together(given, &options);
    assignments_free(&all);
    return wrong;
}

int run_command(int n, char **arguments)
{
    run_arguments given = {0};
    const command_option options[] = {
        {.name = "out", .argument = "DIR", .help = "where to write (default: results/<scenario name>)", .text = &given.out},
        {.name = "persons", .argument = "N|all", .help = "how many people are simulated in each draw", .text = &given.persons},
        {.name = "draws", .argument = "N", .help = "samples of the uncertain parameters; 0: base case only", .text = &given.draws},
        {.name = "seed", .argument = "S", .help = "seed of all random numbers", .text = &given.seed},
        {.name = "threads", .argument = "T", .help = "threads (default: one per processor); results do not depend on it",
         .text = &given.threads},
        {.name = "block", .argument = "N", .help = "people computed together; results do not depend on it", .text = &given.block},
        {.name = "portion", .argument = "N", .help = "people whose work is kept at a time (default: 1048576); results do not depend on it",
         .text = &given.portion},
        {.name = "shard", .argument = "K/N", .help = "do the K-th of N parts of the run, for trefoil merge", .text = &given.shard},
        {.name = "set", .argument = "\"section:key=value\"", .help = "override any value of the scenario; may be repeated",
         .take = assignments_take, .self = &given.sets},
        {.name = "plugin-dir", .argument = "DIR", .help = "look for plugins here first", .text = &given.plugin_dir},
        {.name = "resume", .help = "keep what is already in the store", .given = &given.resume},
        {.name = "isolate", .help = "plugins in child processes: a crash or endless loop costs one unit of work and is named", .given = &given.isolate},
        {.name = "hook-timeout", .argument = "SECONDS", .help = "with --isolate: how long one call of a plugin may take (default: 10)",
         .text = &given.hook_timeout},
        {.name = "quiet", .help = "no progress and no messages but warnings", .given = &given.quiet},
    };
    command self = {.name = "run", .operands = "SCENARIO.ini", .summary = "Simulate a scenario and write its results.",
                    .options = options, .n_options = sizeof options / sizeof options[0],
                    .min_operands = 1, .max_operands = 1, .operand = &given.scenario};
    int wrong = command_parse(&self, n, arguments);

    if (!wrong)
        wrong = self.wants_help ? command_help(&self) : run_with(&given);
    assignments_free(&given.sets);
    return wrong;
}
