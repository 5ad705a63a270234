/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the time of a run goes: `trefoil run` in this process on one thread, interrupted by the processor's clock, and every time it is written down
 * where it is: in which source file, by the linker's map of this program, and for some functions by their names (nm -S).  The program that is measured is
 * the one that is shipped; it pays for the interruptions only.
 *   bench_parts MAP NAMES PLUGINS FOLDER LABEL SCENARIO [SECTION:KEY=VALUE...]
 * A line of a table: the label, seconds of the processor, interruptions, and the share of each part; without LABEL, the head of the table.
 */
#define _GNU_SOURCE /* REG_RIP, dl_iterate_phdr() */
#include "trefoil/trefoil.h"

#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <ucontext.h>

#ifndef __x86_64__
#error "the benchmark reads the program counter of x86-64"
#endif

/* ---- interruptions ----------------------------------------------------------- */

enum { MOST = 1 << 20, EVERY = 1000 /* microseconds; the system may take longer */ };
static uintptr_t seen[MOST];
static volatile size_t n_seen;

static void look(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    if (n_seen < MOST)
        seen[n_seen++] = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
}

static void look_every(long microseconds)
{
    struct sigaction action = { .sa_sigaction = look, .sa_flags = SA_SIGINFO | SA_RESTART };
    struct itimerval timer = { { 0, microseconds }, { 0, microseconds } };

    sigaction(SIGPROF, &action, NULL);
    setitimer(ITIMER_PROF, &timer, NULL);
}

/* ---- parts ------------------------------------------------------------------- */

enum { READING, DRAWING, POPULATION, CLOCKS, HAZARDS, EVENTS, PAYOFFS, PLUGINS, TALLIES, COHORT, STORE, REPORT, LIBC, OTHER, PARTS };
static const char *const part_names[PARTS] = { "reading", "drawing", "people", "clocks", "hazards", "events", "payoffs", "plugins",
                                               "tallies", "cohort", "store", "report", "libc", "other" };

/* The first that stands in the name of an object file or library is meant. */
static const struct {
    const char *name;
    int part;
} files[] = {
    { "engine.a(block.", POPULATION }, { "engine.a(paths.", POPULATION },
    { "engine.a(live.", CLOCKS }, { "random.a(stream.", CLOCKS }, { "engine.a(company.", CLOCKS },
    { "engine.a(hazard.", HAZARDS }, { "engine.a(traits.", HAZARDS }, { "random.a(maths.", HAZARDS },
    { "engine.a(event.", EVENTS }, { "engine.a(rounds.", EVENTS }, { "engine.a(volley.", EVENTS }, { "engine.a(needs.", HAZARDS },
    { "engine.a(utility.", PAYOFFS }, { "engine.a(hook.", PLUGINS }, { "engine.a(effects.", PLUGINS }, { "trefoil_plugin.a", PLUGINS }, { "/plugins/", PLUGINS },
    { "engine.a(tally.", TALLIES }, { "engine.a(portion.", TALLIES }, { "engine.a(gather.", TALLIES },
    { "engine.a(follow.", COHORT }, { "engine.a(cohort.", COHORT }, { "engine.a(trace.", COHORT }, { "engine.a(alike.", COHORT },
    { "engine.a(flow.", COHORT }, { "engine.a(boundary.", COHORT },
    { "trefoil_store.a", STORE }, { "libsqlite", STORE }, { "libnettle", STORE }, { "digest.", STORE },
    { "trefoil_analysis.a", REPORT }, { "trefoil_deal.a", REPORT }, { "trefoil_report.a", REPORT }, { "trefoil_library.a", REPORT }, { "base.a(digits.", REPORT },
    { "trefoil_base.a", READING }, { "trefoil_scenario.a", READING }, { "trefoil_world.a", READING }, { "libcsv", READING }, { "libiniparser", READING },
    { "engine.a(", DRAWING }, { "trefoil_model.a", DRAWING }, { "trefoil_random.a", DRAWING }, { "liblua", DRAWING }, { "libgsl", DRAWING },
    { "libc.so", LIBC }, { "libm.so", LIBC },
};

/* Functions of another part than their file's; so they begin. */
static const struct {
    const char *name;
    int part;
} functions[] = {
    { "tf_block_count_cycle", PAYOFFS }, { "add_lanes", PAYOFFS }, { "tf_add_row_flow", PAYOFFS }, { "tf_block_end_year", TALLIES },
    { "tf_block_close_unit", TALLIES }, { "tf_block_arm", CLOCKS }, { "tf_block_traits", HAZARDS }, { "tf_block_row_traits", HAZARDS },
    { "tf_effects_utility", PAYOFFS }, { "tf_effects_flow", PAYOFFS }, { "tf_effects_hazard", HAZARDS },
};

static int part_of(const char *file)
{
    for (size_t k = 0; k < sizeof files / sizeof files[0]; ++k)
        if (strstr(file, files[k].name))
            return files[k].part;
    return OTHER;
}

/* Code from `at` on is of a part. */
typedef struct range {
    uintptr_t at, size;
    int part;
} range;

typedef struct ranges {
    range *items;
    size_t n, room;
} ranges;

static void add(ranges *to, uintptr_t at, uintptr_t size, int part)
{
    if (to->n == to->room) {
        to->room = 2 * to->room + 256;
        to->items = realloc(to->items, to->room * sizeof *to->items);
        if (!to->items)
            abort();
    }
    to->items[to->n++] = (range){ at, size, part };
}

/* "ADDRESS SIZE t NAME", as nm -S writes. */
static void read_names(const char *path, uintptr_t base, ranges *to)
{
    FILE *names = fopen(path, "r");
    char line[1024], name[900];
    unsigned long long at, size;

    if (!names) {
        perror(path);
        exit(1);
    }
    while (fgets(line, sizeof line, names))
        for (size_t k = 0; sscanf(line, "%llx %llx %*[tT] %899s", &at, &size, name) == 3 && k < sizeof functions / sizeof functions[0]; ++k)
            if (strncmp(name, functions[k].name, strlen(functions[k].name)) == 0)
                add(to, base + (uintptr_t)at, (uintptr_t)size, functions[k].part);
    fclose(names);
}

/* " .text  0xADDRESS  0xSIZE  FILE", the section on a line of its own if its name is long. */
static void read_map(const char *path, uintptr_t base, ranges *to)
{
    FILE *map = fopen(path, "r");
    char line[4096], file[4096];
    bool text = false;

    if (!map) {
        perror(path);
        exit(1);
    }
    while (fgets(line, sizeof line, map)) {
        unsigned long long at, size;
        if (line[0] == ' ' && line[1] == '.')
            text = strncmp(line, " .text", 6) == 0;
        if (text && (sscanf(line, " .text%*[^ ] %llx %llx %4095[^\n]", &at, &size, file) == 3 ||
                     sscanf(line, " .text %llx %llx %4095[^\n]", &at, &size, file) == 3 || sscanf(line, " 0x%llx %llx %4095[^\n]", &at, &size, file) == 3) &&
            at && size)
            add(to, base + (uintptr_t)at, (uintptr_t)size, part_of(file));
    }
    fclose(map);
}

/* Where this program is. */
static int find_base(struct dl_phdr_info *info, size_t size, void *self)
{
    (void)size;
    if (!info->dlpi_name[0]) {
        *(uintptr_t *)self = info->dlpi_addr;
        return 1;
    }
    return 0;
}

/* What is linked at run time. */
static int add_segments(struct dl_phdr_info *info, size_t size, void *self)
{
    (void)size;
    for (int s = 0; info->dlpi_name[0] && s < info->dlpi_phnum; ++s)
        if (info->dlpi_phdr[s].p_type == PT_LOAD && info->dlpi_phdr[s].p_flags & PF_X)
            add(self, info->dlpi_addr + info->dlpi_phdr[s].p_vaddr, info->dlpi_phdr[s].p_memsz, part_of(info->dlpi_name));
    return 0;
}

static int find_part(const ranges *in, uintptr_t at)
{
    for (size_t k = 0; k < in->n; ++k)
        if (at - in->items[k].at < in->items[k].size)
            return in->items[k].part;
    return OTHER;
}

/* ---- telling ----------------------------------------------------------------- */

static void tell_head(void)
{
    printf("%-44s %8s %7s", "share of time, %", "seconds", "looks");
    for (int p = 0; p < PARTS; ++p)
        printf(" %8s", part_names[p]);
    putchar('\n');
}

static void tell(const char *label, const ranges *in)
{
    size_t times[PARTS] = { 0 };
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    for (size_t k = 0; k < n_seen; ++k)
        times[find_part(in, seen[k])]++;
    printf("%-44s %8.2f %7zu", label,
           (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec), n_seen);
    for (int p = 0; p < PARTS; ++p)
        printf(" %8.1f", n_seen ? 100.0 * (double)times[p] / (double)n_seen : 0.0);
    putchar('\n');
}

int main(int n, char **arguments)
{
    trefoil_context *context = trefoil_context_create(NULL);
    trefoil_options options = { .threads = 1 };
    ranges code = { 0 };
    uintptr_t base = 0;
    trefoil_status status;

    if (n < 7) {
        tell_head();
        return 0;
    }
    options.plugin_dir = arguments[3];
    options.out = arguments[4];
    options.sets = (const char *const *)(arguments + 7);
    options.n_sets = (size_t)n - 7;
    look_every(EVERY);
    status = trefoil_run(context, arguments[6], &options);
    look_every(0);
    for (size_t i = 0; i < trefoil_context_reasons(context); ++i)
        fprintf(stderr, "%s\n", trefoil_context_reason(context, i));
    if (status != TREFOIL_DONE)
        return 1;
    dl_iterate_phdr(find_base, &base);
    read_names(arguments[2], base, &code); /* the first that holds an address is meant */
    read_map(arguments[1], base, &code);
    dl_iterate_phdr(add_segments, &code);
    tell(arguments[5], &code);
    free(code.items);
    trefoil_context_destroy(context);
    return 0;
}
