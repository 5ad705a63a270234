/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "terminal.h"

static int validate(const char *folder)
{
    terminal screen;
    trefoil_context *context = terminal_context(&screen, false);
    trefoil_status status = TREFOIL_NO_MEMORY;

    terminal_interrupts(context);
    if (context)
        status = trefoil_validate(context, folder);
    terminal_interrupts(NULL);
    return command_end(&screen, context, status);
}

int validate_command(int n, char **arguments)
{
    const char *folder = "tests/validation";
    command self = {.name = "validate", .operands = "[FOLDER]",
                    .summary = "Reproduce published results: every case in FOLDER (default: tests/validation), or the one case that FOLDER is.",
                    .max_operands = 1, .operand = &folder};
    int wrong = command_parse(&self, n, arguments);

    if (wrong)
        return wrong;
    return self.wants_help ? command_help(&self) : validate(folder);
}
