/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "terminal.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BAR = 24 };

/* ---- the bar ----------------------------------------------------------------- */

/* 12345678 as "12.3M" */
static void write_count(char *text, size_t size, double count)
{
    static const char *const suffixes[] = {"", "k", "M", "G", "T"};
    size_t s = 0;

    while (count >= 999.5 && s + 1 < sizeof suffixes / sizeof suffixes[0]) {
        count /= 1000;
        s++;
    }
    snprintf(text, size, "%.*f%s", count < 9.995 ? 2 : count < 99.95 ? 1 : 0, count, suffixes[s]);
}

static void write_time(char *text, size_t size, double seconds)
{
    long s = seconds < 1e7 ? lround(seconds) : 9999999;

    if (s >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, size, "%ld:%02ld", s / 60, s % 60);
}

static double seconds_since(const struct timespec *then)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + 1e-9 * (double)(now.tv_nsec - then->tv_nsec);
}

static void draw(terminal *self, double done, double total)
{
    double seconds = seconds_since(&self->began), share = total > 0 ? done / total : 0, rate;
    char bar[BAR + 1], count[16], left[32] = "";
    int full;

    share = share < 0 ? 0 : share > 1 ? 1 : share;
    full = (int)(share * BAR);
    memset(bar, '#', (size_t)full);
    memset(bar + full, '.', (size_t)(BAR - full));
    bar[BAR] = '\0';
    rate = seconds > 0.2 ? (done - self->from) / seconds : 0;
    write_count(count, sizeof count, rate);
    if (rate > 0)
        write_time(left, sizeof left, (total - done) / rate);
    fprintf(stderr, "\r\033[K%.40s [%s] %3.0f%%", self->what, bar, floor(100 * share));
    if (rate > 0)
        fprintf(stderr, "  %s/s  %s left", count, left);
    fflush(stderr);
    self->bar_is_up = true;
}

static void show_progress(void *listener, const char *what, double done, double total)
{
    terminal *self = listener;

    if (!self->draws_bar)
        return;
    if (strncmp(self->what, what, sizeof self->what - 1) != 0) {
        snprintf(self->what, sizeof self->what, "%s", what);
        clock_gettime(CLOCK_MONOTONIC, &self->began);
        self->from = done;
    }
    draw(self, done, total);
}

void terminal_clear(terminal *self)
{
    if (!self->bar_is_up)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    self->bar_is_up = false;
}

/* ---- messages ---------------------------------------------------------------- */

static void show_line(void *listener, int level, const char *line)
{
    terminal *self = listener;

    if (self->quiet && level < TREFOIL_LOG_WARNING)
        return;
    terminal_clear(self);
    fprintf(stderr, "%s%s\n", level >= TREFOIL_LOG_WARNING ? "warning: " : "", line);
}

trefoil_listener terminal_listener(terminal *self, bool quiet)
{
    *self = (terminal){.quiet = quiet, .draws_bar = !quiet && isatty(STDERR_FILENO)};
    return (trefoil_listener){.log = show_line, .progress = show_progress, .self = self};
}

/* ---- Ctrl-C ------------------------------------------------------------------ */

/* A signal handler has nothing else to reach the run by. */
static trefoil_context *volatile interruptible;

static void interrupt(int number)
{
    static const char message[] = "\nstopping; once more to stop at once\n";
    ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);

    (void)ignored;
    (void)number;
    if (interruptible)
        trefoil_context_interrupt(interruptible);
}

void terminal_interrupts(trefoil_context *context)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)(SA_RESETHAND | SA_RESTART)};

    interruptible = context;
    if (!context)
        action = (struct sigaction){.sa_handler = SIG_DFL};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

trefoil_context *terminal_context(terminal *screen, bool quiet)
{
    trefoil_listener listener = terminal_listener(screen, quiet);
    trefoil_context *context = trefoil_context_create(&listener);

    if (!context)
        fprintf(stderr, "trefoil: %s\n", trefoil_status_text(TREFOIL_NO_MEMORY));
    return context;
}
