/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int command_mistake(const char *format, ...)
{
    va_list list;

    fputs("trefoil: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    return EXIT_MISTAKE;
}

int command_unknown(const char *name, const char *noun, const char *const *candidates, size_t n)
{
    const char *near = tf_nearest(name, candidates, n);

    if (near)
        return command_mistake("'%s': no such %s; did you mean '%s'?", name, noun, near);
    return command_mistake("'%s': no such %s", name, noun);
}

int command_integer(const char *option, const char *text, int min, int max, int *number)
{
    int64_t value;

    if (!text)
        return 0;
    if (!tf_parse_integer(text, &value) || value < min || value > max)
        return command_mistake("--%s %s: expected a whole number from %d to %d", option, text, min, max);
    *number = (int)value;
    return 0;
}

/* ---- arguments --------------------------------------------------------------- */

static int unknown_option(const command *self, const char *given, size_t length)
{
    enum { MOST = 32 };
    char names[MOST][40], name[80];
    const char *list[MOST];
    size_t n = 0;

    for (; n < self->n_options && n + 1 < MOST; n++) {
        snprintf(names[n], sizeof names[n], "--%s", self->options[n].name);
        list[n] = names[n];
    }
    list[n++] = "--help";
    snprintf(name, sizeof name, "%.*s", (int)(length < 79 ? length : 79), given);
    return command_unknown(name, "option", list, n);
}

static const command_option *find_option(const command *self, const char *name, size_t length)
{
    for (size_t i = 0; i < self->n_options; i++)
        if (strlen(self->options[i].name) == length && strncmp(self->options[i].name, name, length) == 0)
            return &self->options[i];
    return NULL;
}

/* Read the option at arguments[*i], and its argument. */
static int take_option(const command *self, int n, char **arguments, int *i)
{
    const char *given = arguments[*i], *equals = strchr(given, '='), *text = equals ? equals + 1 : NULL;
    size_t length = equals ? (size_t)(equals - given) : strlen(given);
    const command_option *option = length > 2 && given[1] == '-' ? find_option(self, given + 2, length - 2) : NULL;

    if (!option)
        return unknown_option(self, given, length);
    if (!option->argument) {
        if (text)
            return command_mistake("--%s takes no argument", option->name);
        *option->given = true;
        return 0;
    }
    if (!text && *i + 1 < n)
        text = arguments[++*i];
    if (!text)
        return command_mistake("--%s: its argument is missing: %s", option->name, option->argument);
    if (option->take)
        return option->take(option->self, text);
    *option->text = text;
    return 0;
}

int command_parse(command *self, int n, char **arguments)
{
    size_t operands = 0;
    bool only_operands = false;

    for (int i = 0; i < n; i++)
        self->wants_help |= strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0;
    if (self->wants_help)
        return 0;
    for (int i = 0; i < n; i++) {
        if (!only_operands && strcmp(arguments[i], "--") == 0) {
            only_operands = true;
        } else if (!only_operands && arguments[i][0] == '-' && arguments[i][1] != '\0') {
            int wrong = take_option(self, n, arguments, &i);
            if (wrong)
                return wrong;
        } else if (operands == self->max_operands) {
            return command_mistake("%s: one argument too many: '%s'; see trefoil %s --help", self->name, arguments[i], self->name);
        } else {
            self->operand[operands++] = arguments[i];
        }
    }
    if (operands < self->min_operands)
        return command_mistake("%s: %s is missing; see trefoil %s --help", self->name, self->operands, self->name);
    return 0;
}

int command_help(const command *self)
{
    printf("trefoil %s %s\n\n%s\n", self->name, self->operands, self->summary);
    if (self->n_options > 0)
        printf("\n");
    for (size_t i = 0; i < self->n_options; i++) {
        char left[64];
        const command_option *option = &self->options[i];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument ? " " : "", option->argument ? option->argument : "");
        printf("  %-28s %s\n", left, option->help);
    }
    return 0;
}

/* ---- assignments ------------------------------------------------------------- */

static int no_memory(void)
{
    fputs("trefoil: there is not enough memory\n", stderr);
    return 1;
}

static int keep(assignments *self, char *owned)
{
    char **items = owned ? realloc(self->items, (self->count + 1) * sizeof *items) : NULL;

    if (!items) {
        free(owned);
        return no_memory();
    }
    self->items = items;
    items[self->count++] = owned;
    return 0;
}

int assignments_take(void *self, const char *assignment)
{
    return keep(self, strdup(assignment));
}

int assignments_add(assignments *self, const char *name, const char *text)
{
    size_t size = text ? strlen(name) + strlen(text) + 2 : 0;
    char *assignment;

    if (!text)
        return 0;
    assignment = malloc(size);
    if (assignment)
        snprintf(assignment, size, "%s=%s", name, text);
    return keep(self, assignment);
}

void assignments_free(assignments *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->items[i]);
    free(self->items);
}

/* ---- the end ----------------------------------------------------------------- */

static void print_end(const trefoil_context *context, trefoil_status status)
{
    const char *result = trefoil_context_result(context);
    size_t n = trefoil_context_reasons(context);

    if (result && (status == TREFOIL_DONE || status == TREFOIL_INTERRUPTED || status == TREFOIL_DIFFERS))
        fputs(result, stdout);
    for (size_t k = 0; k < n; k++)
        fprintf(stderr, "%s\n", trefoil_context_reason(context, k));
    if (status == TREFOIL_USER_MISTAKE)
        fprintf(stderr, "trefoil: %zu mistake%s; nothing was run\n", n, n == 1 ? "" : "s");
    else if (status != TREFOIL_DONE)
        fprintf(stderr, "trefoil: %s\n", trefoil_status_text(status));
}

int command_end(terminal *screen, trefoil_context *context, trefoil_status status)
{
    if (!context)
        return trefoil_exit_status(TREFOIL_NO_MEMORY);
    if (screen)
        terminal_clear(screen);
    print_end(context, status);
    trefoil_context_destroy(context);
    return trefoil_exit_status(status);
}
