/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: one file per verb, each a list of options and one call of the library. */
#ifndef TREFOIL_COMMAND_H
#define TREFOIL_COMMAND_H

#include "terminal.h"

#include <stdbool.h>

enum { EXIT_MISTAKE = 2 };

/* An option of a verb.  It stores its argument in `text`, or sets `given` when it takes none. */
typedef struct command_option {
    const char *name;     /* without "--" */
    const char *argument; /* what its argument is called in the help; NULL: it takes none */
    const char *help;
    const char **text;
    bool *given;
    int (*take)(void *self, const char *text); /* instead of `text`, when an option may be repeated; 0, or an exit status */
    void *self;
} command_option;

typedef struct command {
    const char *name;     /* "run" */
    const char *operands; /* "SCENARIO.ini" */
    const char *summary;  /* one line */
    const command_option *options;
    size_t n_options;
    size_t min_operands, max_operands;
    const char **operand; /* max_operands of them */
    bool wants_help;
} command;

/* Read the arguments behind the verb.  0, or the exit status after a message to stderr.  `wants_help` is set by --help. */
int command_parse(command *self, int n, char **arguments);
/* The help of a verb, to stdout. */
int command_help(const command *self);
/* "trefoil: <format>" to stderr; returns EXIT_MISTAKE. */
int command_mistake(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A whole number from min to max, or a mistake that names the option; `text` NULL leaves `number`. */
int command_integer(const char *option, const char *text, int min, int max, int *number);
/* "'nme': no such <noun>; did you mean 'name'?" */
int command_unknown(const char *name, const char *noun, const char *const *candidates, size_t n);

/* The end of a verb: the bar of `screen` (NULL: it has none) goes, the result and the reasons of the call are printed, the context is destroyed.
 * The exit status.  A NULL context: there was no memory for one, and nothing was called. */
int command_end(terminal *screen, trefoil_context *context, trefoil_status status);

/* Assignments made of options and of --set, for trefoil_options. */
typedef struct assignments {
    char **items;
    size_t count, capacity;
} assignments;

/* A command_option.take: keep "section:key=value". */
int assignments_take(void *self, const char *assignment);
/* Keep "<name>=<text>"; `text` NULL: nothing.  0, or an exit status. */
int assignments_add(assignments *self, const char *name, const char *text);
void assignments_free(assignments *self);

int run_command(int n, char **arguments);
int merge_command(int n, char **arguments);
int check_command(int n, char **arguments);
int analyse_command(int n, char **arguments);
int deal_command(int n, char **arguments);
int sensitivity_command(int n, char **arguments);
int validate_command(int n, char **arguments);
int plugin_command(int n, char **arguments);
int inequality_command(int n, char **arguments);
int lifetable_command(int n, char **arguments);

#endif
