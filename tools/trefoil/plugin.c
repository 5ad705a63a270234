/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>

static const char *const formats[] = {"text", "markdown", "json"};
enum { N_FORMATS = sizeof formats / sizeof formats[0] };

static int describe(const char *name, const char *plugin_dir, const char *format)
{
    terminal screen;
    trefoil_context *context = terminal_context(&screen, false);
    trefoil_status status = TREFOIL_NO_MEMORY;

    if (context)
        status = name ? trefoil_plugin_describe(context, plugin_dir, name, format) : trefoil_plugin_list(context, plugin_dir);
    return command_end(&screen, context, status);
}

static int list_command(int n, char **arguments)
{
    const char *plugin_dir = NULL;
    const command_option options[] = {
        {.name = "plugin-dir", .argument = "DIR", .help = "look for plugins here first", .text = &plugin_dir},
    };
    command self = {.name = "plugin list", .operands = "", .summary = "The plugins that can be found, and what each does.",
                    .options = options, .n_options = sizeof options / sizeof options[0]};
    int wrong = command_parse(&self, n, arguments);

    if (wrong)
        return wrong;
    return self.wants_help ? command_help(&self) : describe(NULL, plugin_dir, NULL);
}

static int describe_command(int n, char **arguments)
{
    const char *name = NULL, *plugin_dir = NULL, *format = "text";
    const command_option options[] = {
        {.name = "format", .argument = "text|markdown|json", .help = "how to write it (default: text)", .text = &format},
        {.name = "plugin-dir", .argument = "DIR", .help = "look for plugins here first", .text = &plugin_dir},
    };
    command self = {.name = "plugin describe", .operands = "NAME",
                    .summary = "A plugin's settings, effects and processes, from its own table.",
                    .options = options, .n_options = sizeof options / sizeof options[0],
                    .min_operands = 1, .max_operands = 1, .operand = &name};
    int wrong = command_parse(&self, n, arguments);

    if (wrong)
        return wrong;
    if (self.wants_help)
        return command_help(&self);
    for (size_t i = 0; i < N_FORMATS; i++)
        if (strcmp(format, formats[i]) == 0)
            return describe(name, plugin_dir, format);
    return command_unknown(format, "format", formats, N_FORMATS);
}

/* Call the library for one operand. */
static int with_name(trefoil_status (*call)(trefoil_context *context, const char *plugin_dir, const char *name), const char *plugin_dir, const char *name)
{
    terminal screen;
    trefoil_context *context = terminal_context(&screen, false);

    return command_end(&screen, context, context ? call(context, plugin_dir, name) : TREFOIL_NO_MEMORY);
}

static trefoil_status make_new(trefoil_context *context, const char *plugin_dir, const char *name)
{
    (void)plugin_dir;
    return trefoil_plugin_new(context, name);
}

static int check_plugin_command(int n, char **arguments)
{
    const char *name = NULL, *plugin_dir = NULL;
    const command_option options[] = {
        {.name = "plugin-dir", .argument = "DIR", .help = "look for plugins here first", .text = &plugin_dir},
    };
    command self = {.name = "plugin check", .operands = "NAME|FILE.so",
                    .summary = "Try to break a plugin: its table, then every hook in a child process, at extremes, in other blocks and orders.",
                    .options = options, .n_options = sizeof options / sizeof options[0], .min_operands = 1, .max_operands = 1, .operand = &name};
    int wrong = command_parse(&self, n, arguments);

    if (wrong)
        return wrong;
    return self.wants_help ? command_help(&self) : with_name(trefoil_plugin_check, plugin_dir, name);
}

static int new_command(int n, char **arguments)
{
    const char *name = NULL;
    command self = {.name = "plugin new", .operands = "NAME",
                    .summary = "Write a folder NAME with a plugin to start from, a scenario to try it, a build and a README.",
                    .min_operands = 1, .max_operands = 1, .operand = &name};
    int wrong = command_parse(&self, n, arguments);

    if (wrong)
        return wrong;
    return self.wants_help ? command_help(&self) : with_name(make_new, NULL, name);
}

int plugin_command(int n, char **arguments)
{
    static const char *const verbs[] = {"list", "describe", "check", "new"};

    if (n == 0)
        return command_mistake("plugin: list, describe, check or new is missing; see trefoil plugin --help");
    if (strcmp(arguments[0], "list") == 0)
        return list_command(n - 1, arguments + 1);
    if (strcmp(arguments[0], "describe") == 0)
        return describe_command(n - 1, arguments + 1);
    if (strcmp(arguments[0], "check") == 0)
        return check_plugin_command(n - 1, arguments + 1);
    if (strcmp(arguments[0], "new") == 0)
        return new_command(n - 1, arguments + 1);
    if (strcmp(arguments[0], "--help") == 0 || strcmp(arguments[0], "-h") == 0) {
        puts("trefoil plugin list                     the plugins that can be found\n"
             "trefoil plugin describe NAME            a plugin's settings, effects and processes\n"
             "trefoil plugin check NAME|FILE.so       try to break a plugin\n"
             "trefoil plugin new NAME                 a folder to start a plugin in");
        return 0;
    }
    return command_unknown(arguments[0], "plugin command", verbs, sizeof verbs / sizeof verbs[0]);
}
