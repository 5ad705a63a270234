/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trefoil: the command line.  Whatever it does is one call of the library. */
#include "command.h"
#include "trefoil/plugin.h"

#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    int (*command)(int n, char **arguments);
    const char *usage, *summary;
} verbs[] = {
    {"run", run_command, "run SCENARIO.ini", "simulate a scenario and write its results"},
    {"merge", merge_command, "merge SCENARIO.ini STORE...", "put the shards of a run together"},
    {"check", check_command, "check SCENARIO.ini", "report every mistake; run nothing"},
    {"analyse", analyse_command, "analyse STORE|SAMPLE", "cost-effectiveness and value of information, without simulating"},
    {"deal", deal_command, "deal STORE DEAL.ini...", "who pays, who gains, would it fire: deals on a run, without simulating"},
    {"sensitivity", sensitivity_command, "sensitivity SCENARIO.ini", "tornado, two-way and threshold analyses, scenario analyses"},
    {"validate", validate_command, "validate [FOLDER]", "reproduce published results"},
    {"inequality", inequality_command, "inequality FILE.csv", "measure inequality in a plain table"},
    {"lifetable", lifetable_command, "lifetable FILE.csv", "life expectancy from a plain table"},
    {"plugin", plugin_command, "plugin list|describe|check|new", "what interventions there are, and their settings"},
};
enum { N_VERBS = sizeof verbs / sizeof verbs[0] };

static void help(FILE *to)
{
    fputs("trefoil: scenario simulation of health-system deals on the people of real populations\n\n", to);
    for (size_t i = 0; i < N_VERBS; i++)
        fprintf(to, "  trefoil %-27s %s\n", verbs[i].usage, verbs[i].summary);
    fprintf(to, "  trefoil %-27s %s\n", "--version", "versions of the library, the plugin ABI and the store's format");
    fputs("\nEach command has its own --help.  Exit status: 0 done, 1 the world failed, 2 the input is wrong, 3 our bug,\n"
          "130 interrupted.\n",
          to);
}

static void version(void)
{
    printf("trefoil %s\nplugin ABI %d.%d\nstore format %d\n", TREFOIL_VERSION, TREFOIL_ABI_MAJOR, TREFOIL_ABI_MINOR,
           TREFOIL_STORE_FORMAT);
}

static int unknown(const char *name)
{
    const char *names[N_VERBS + 2];

    for (size_t i = 0; i < N_VERBS; i++)
        names[i] = verbs[i].name;
    names[N_VERBS] = "--version";
    names[N_VERBS + 1] = "--help";
    return command_unknown(name, "command", names, N_VERBS + 2);
}

static int run_verb(int n, char **arguments)
{
    if (n < 2) {
        help(stderr);
        return EXIT_MISTAKE;
    }
    for (size_t i = 0; i < N_VERBS; i++)
        if (strcmp(arguments[1], verbs[i].name) == 0)
            return verbs[i].command(n - 2, arguments + 2);
    if (strcmp(arguments[1], "--version") == 0)
        version();
    else if (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0 || strcmp(arguments[1], "help") == 0)
        help(stdout);
    else
        return unknown(arguments[1]);
    return 0;
}

/* ---- when a plugin ends the program ---------------------------------------------------------------------------- */

static volatile bool ended_by_itself;
static pid_t process; /* a child process of a run is looked after there */

/* Nothing of trefoil calls exit() before main returns, unless memory or threads run out in a library. */
static void ended_by_plugin(void)
{
    if (ended_by_itself || getpid() != process)
        return;
    fputs("trefoil: a plugin or a library ended the program; if it was a plugin, trefoil run --isolate tells which\n", stderr);
    _exit(1);
}

static void crashed(int number)
{
    static const char message[] = "\ntrefoil: crashed; if plugins took part, trefoil run --isolate tells which\n";
    ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);

    (void)ignored;
    raise(number); /* handled once: now it ends the program as it would have */
}

static void expect_the_worst(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    struct sigaction action = {.sa_handler = crashed, .sa_flags = (int)SA_RESETHAND}, before;

    process = getpid();
    sigemptyset(&action.sa_mask);
    for (size_t k = 0; k < sizeof signals / sizeof signals[0]; k++)
        if (sigaction(signals[k], NULL, &before) == 0 && before.sa_handler == SIG_DFL) /* sanitizers have their own */
            sigaction(signals[k], &action, NULL);
    atexit(ended_by_plugin);
}

int main(int n, char **arguments)
{
    int ended;

    expect_the_worst();
    gsl_set_error_handler_off();
    ended = run_verb(n, arguments);
    ended_by_itself = true;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("trefoil: the output could not be written\n", stderr);
        return ended ? ended : 1;
    }
    return ended;
}
