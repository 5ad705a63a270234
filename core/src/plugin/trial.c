/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* MAP_ANONYMOUS, mallinfo2() */
#include "plugin/trial.h"

#include "base/memory.h"
#include "plugin/manners.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024, GUARD = 64, GUARD_BYTE = 0xa5, LINE = 512, REASON = 256, LEAK_CALLS = 256 };

/* What parent and child share: the call that is made now. */
typedef struct board {
    atomic_uint calls;
    atomic_uint inside;
    char step[LINE];
} board;

/* One hook on trial, in the child. */
typedef struct bench {
    const tf_plugin *plugin;
    trefoil_plugin table;
    trefoil_hook hook;
    bool preparing;       /* prepare() is on trial, and no hook */
    size_t n_columns, n_params;
    unsigned char **memory; /* [column]: rows between guards */
    unsigned char **before; /* [column]: the rows as they were before the call */
    void **columns;
    bool absent;          /* optional columns are */
    double *params, *params_before;
    uint64_t person[MOST], person_before[MOST];
    const uint32_t *order; /* [row]: whom it holds */
    char reason[REASON];
    const char *settings; /* in words */
    board *shared;
    int told;             /* where lines go */
    pid_t process;
    unsigned kinds;       /* faults told so far */
} bench;

/* ---- telling ----------------------------------------------------------------- */

enum { A_FAULT = 'f', A_NOTE = 'n' };
typedef enum kind { OUTSIDE, WROTE_FACT, WROTE_CALL, MANNERS, NUMBER, AGAIN, ORDER, SIZE, LEAK, FILES, PROCESS, REFUSES, STATUS } kind;

static void tell(bench *b, kind what, const char *text, const char *detail)
{
    char line[LINE];
    int length;

    if ((b->kinds >> what & 1) != 0) {
        return;
    }
    b->kinds |= 1u << what;
    length = snprintf(line, sizeof line, "%c%s: %s%s\n", what == REFUSES ? A_NOTE : A_FAULT, b->shared->step, text, detail);
    length = length < LINE ? length : LINE - 1;
    line[length - 1] = '\n';
    if (write(b->told, line, (size_t)length) != length) {
        _exit(2);
    }
}

/* ---- the host ---------------------------------------------------------------- */

static void host_log(const trefoil_call *call, uint32_t level, const char *text)
{
    (void)call;
    (void)level;
    (void)text;
}

static int32_t host_fail(const trefoil_call *call, int32_t status, const char *text)
{
    bench *b = call->internal;

    snprintf(b->reason, sizeof b->reason, "%s", text != NULL ? text : "");
    return status;
}

/* A number in (0, 1) that only depends on whom it is for; some are as near to 0 and 1 as there are. */
static double number_for(uint64_t person, uint32_t column, uint32_t k)
{
    uint64_t x = person * 0x9e3779b97f4a7c15u + column * 0xbf58476d1ce4e5b9u + k * 0x94d049bb133111ebu;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    return x % 16 == 0 ? ldexp(0.5, -53) : x % 16 == 1 ? 1.0 - ldexp(0.5, -52) : ((double)(x >> 11) + 0.5) * ldexp(1, -53);
}

static double host_uniform(const trefoil_call *call, uint32_t column, uint32_t row, uint32_t k)
{
    return number_for(call->person[row], column, k);
}

static void host_lookup(const trefoil_call *call, uint32_t column, const double *const *at, double *out)
{
    for (uint32_t i = 0; i < call->n; i++) {
        out[i] = 10.0 * (1.0 + column) + at[0][i] + at[1][i];
    }
}

static const void *host_extension(const trefoil_call *call, const char *name)
{
    (void)call;
    (void)name;
    return NULL;
}

static const trefoil_host host = {sizeof(trefoil_host), TREFOIL_ABI_MINOR, TREFOIL_VERSION, host_log, host_fail, host_uniform, host_lookup, host_extension};

/* ---- columns ----------------------------------------------------------------- */

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* What a fact is for the who-th person: the extremes among them. */
static double fact(const char *name, uint32_t who)
{
    static const double ages[] = {0, 0.5, 18, 40, 49.75, 65, 79, 100, 110}, years[] = {0, 0.01, 1, 50}, levels[] = {0, 0.5, 1, 120, 240, 1e4},
                        counts[] = {0, 1, 3}, expected[] = {0, 1e-3, 1000, 6e7};

    if (strcmp(name, "age") == 0) {
        return ages[who % 9];
    } else if (strcmp(name, "sex") == 0 || begins(name, "in.")) {
        return who / 2 % 2;
    } else if (strcmp(name, "imd") == 0) {
        return 1 + who % 5;
    } else if (strcmp(name, "icb") == 0) {
        return who % 42;
    } else if (begins(name, "years_in.")) {
        return years[who % 4];
    } else if (begins(name, "risk.")) {
        return levels[who % 6];
    } else if (begins(name, "count.")) {
        return counts[who % 3];
    }
    return begins(name, "expected.") ? expected[who / 5 % 4] : 0;
}

static uint32_t access_of(const trefoil_column *column)
{
    return column->access & ~(uint32_t)TREFOIL_OPTIONAL;
}

static size_t width_of(const trefoil_column *column)
{
    return column->type == TREFOIL_I32 ? sizeof(int32_t) : sizeof(double);
}

static bool is_effect(uint32_t access)
{
    return access == TREFOIL_SCALE || access == TREFOIL_ADD || access == TREFOIL_SET;
}

static double value_of(const trefoil_column *column, uint32_t c, uint32_t who)
{
    switch (access_of(column)) {
    case TREFOIL_DRAW:
        return number_for(who, c, 0);
    case TREFOIL_SCALE:
        return 1;
    case TREFOIL_READ:
    case TREFOIL_LOOKUP:
    case TREFOIL_SET:
        return fact(column->name, who);
    default:
        return 0;
    }
}

static void fill_column(bench *b, uint32_t c, uint32_t n)
{
    trefoil_column column = tf_hook_column(&b->hook, c);
    size_t width = width_of(&column);
    unsigned char *rows = b->memory[c] + GUARD;

    b->columns[c] = access_of(&column) == TREFOIL_STREAM || (b->absent && (column.access & TREFOIL_OPTIONAL) != 0) ? NULL : rows;
    memset(b->memory[c], GUARD_BYTE, GUARD);
    for (uint32_t i = 0; i < n; i++) {
        double value = value_of(&column, c, b->order[i]);
        int32_t whole = (int32_t)value;

        memcpy(rows + i * width, width == sizeof whole ? (const void *)&whole : (const void *)&value, width);
    }
    memset(rows + n * width, GUARD_BYTE, GUARD);
    memcpy(b->before[c], rows, n * width);
}

static bool is_whole(const unsigned char *guard)
{
    for (size_t k = 0; k < GUARD; k++) {
        if (guard[k] != GUARD_BYTE) {
            return false;
        }
    }
    return true;
}

static void check_numbers(bench *b, const trefoil_column *column, const double *rows, uint32_t n)
{
    char line[160];

    for (uint32_t i = 0; i < n; i++) {
        if (!isfinite(rows[i]) || (access_of(column) == TREFOIL_SCALE && rows[i] < 0)) {
            snprintf(line, sizeof line, "%s is %g; it must be a finite number%s", column->name, rows[i],
                     access_of(column) == TREFOIL_SCALE ? " of at least 0" : "");
            tell(b, NUMBER, line, "");
            return;
        }
    }
}

static void check_column(bench *b, uint32_t c, uint32_t n, bool succeeded)
{
    trefoil_column column = tf_hook_column(&b->hook, c);
    uint32_t access = access_of(&column);
    unsigned char *rows = b->memory[c] + GUARD;

    if (!is_whole(b->memory[c]) || !is_whole(rows + n * width_of(&column))) {
        tell(b, OUTSIDE, "it wrote outside its column ", column.name);
    }
    if ((access == TREFOIL_READ || access == TREFOIL_LOOKUP || access == TREFOIL_DRAW) && memcmp(rows, b->before[c], n * width_of(&column)) != 0) {
        tell(b, WROTE_FACT, "it wrote to a column it may only read: ", column.name);
    }
    if (succeeded && is_effect(access) && b->columns[c] != NULL) {
        check_numbers(b, &column, (const double *)(const void *)rows, n);
    }
}

/* ---- calls ------------------------------------------------------------------- */

static void set_step(bench *b, uint32_t n, uint32_t cycle)
{
    if (b->preparing) {
        snprintf(b->shared->step, LINE, "prepare, settings %s", b->settings);
    } else {
        snprintf(b->shared->step, LINE, "%s hook, %u %s, cycle %u, settings %s%s", tf_stage_name(b->hook.stage), n, n == 1 ? "person" : "people", cycle,
                 b->settings, b->absent ? ", without optional columns" : "");
    }
}

static trefoil_call make_call(bench *b, uint32_t n, uint32_t cycle)
{
    return (trefoil_call){.size = sizeof(trefoil_call), .n = n, .host = &host, .params = b->params, .columns = b->columns, .person = b->person,
                          .time = cycle, .step = 1, .cycle = cycle, .internal = b};
}

static int32_t prepare(bench *b, void **plan)
{
    trefoil_call call = make_call(b, 0, 0);

    *plan = NULL;
    return b->table.prepare != NULL ? b->table.prepare(&call, plan) : TREFOIL_OK;
}

static void discard(bench *b, void *plan)
{
    if (plan != NULL && b->table.discard != NULL) {
        b->table.discard(plan);
    }
}

static void check_call(bench *b, uint32_t n, int32_t answer, const tf_manners *before)
{
    const char *changed = tf_manners_broken(before);
    siginfo_t info;

    if (changed != NULL) {
        tell(b, MANNERS, "it changed ", changed);
    }
    if (memcmp(b->params, b->params_before, b->n_params * sizeof *b->params) != 0 || memcmp(b->person, b->person_before, n * sizeof *b->person) != 0) {
        tell(b, WROTE_CALL, "it wrote to the settings or identities it was called with", "");
    }
    if (answer > 0) {
        tell(b, STATUS, "it returned a number above 0, which means nothing", "");
    }
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
        tell(b, PROCESS, "it started another process", "");
    }
    for (uint32_t c = 0; c < b->n_columns; c++) {
        check_column(b, c, n, answer >= 0);
    }
}

/* One call for the people of `order`; the answer. */
static int32_t call_hook(bench *b, const uint32_t *order, uint32_t n, uint32_t cycle)
{
    trefoil_call call = make_call(b, n, cycle);
    tf_manners before;
    void *plan;
    int32_t answer;

    b->order = order;
    b->reason[0] = '\0';
    for (uint32_t i = 0; i < n; i++) {
        b->person[i] = order[i];
    }
    for (uint32_t c = 0; c < b->n_columns; c++) {
        fill_column(b, c, n);
    }
    memcpy(b->person_before, b->person, n * sizeof *b->person);
    memcpy(b->params_before, b->params, b->n_params * sizeof *b->params);
    set_step(b, n, cycle);
    before = tf_manners_now();
    atomic_fetch_add(&b->shared->calls, 1);
    atomic_store(&b->shared->inside, 1);
    answer = prepare(b, &plan);
    call.plan = plan;
    if (answer >= 0 && !b->preparing) {
        answer = b->hook.run(&call);
    }
    discard(b, plan);
    if (getpid() != b->process) { /* a copy that the hook made */
        _exit(0);
    }
    atomic_store(&b->shared->inside, 0);
    check_call(b, n, answer, &before);
    if (answer < 0) {
        tell(b, REFUSES, "it refuses: ", b->reason[0] != '\0' ? b->reason : "without a reason");
    }
    return answer;
}

/* What it wrote for row `i`, as bytes of all that counts. */
static bool same_row(const bench *b, unsigned char *const *kept, uint32_t row, uint32_t at)
{
    for (uint32_t c = 0; c < b->n_columns; c++) {
        trefoil_column column = tf_hook_column(&b->hook, c);
        size_t width = width_of(&column);

        if (b->columns[c] != NULL && (is_effect(access_of(&column)) || access_of(&column) == TREFOIL_KEEP) &&
            memcmp(kept[c] + row * width, b->memory[c] + GUARD + at * width, width) != 0) {
            return false;
        }
    }
    return true;
}

static void keep_results(const bench *b, unsigned char **kept, uint32_t n)
{
    for (uint32_t c = 0; c < b->n_columns; c++) {
        trefoil_column column = tf_hook_column(&b->hook, c);

        memcpy(kept[c], b->memory[c] + GUARD, n * width_of(&column));
    }
}

/* The same people again, in another order, and one by one. */
static void compare_calls(bench *b, unsigned char **kept, const uint32_t *order, uint32_t n, uint32_t cycle)
{
    uint32_t turned[MOST];
    bool same = true;

    keep_results(b, kept, n);
    if (call_hook(b, order, n, cycle) >= 0) {
        for (uint32_t i = 0; i < n; i++) {
            same = same && same_row(b, kept, i, i);
        }
        if (!same) {
            tell(b, AGAIN, "the same call again gives something else: it remembers, or reads what it was not given", "");
            return; /* the rest would only repeat it */
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        turned[i] = order[n - 1 - i];
    }
    if (call_hook(b, turned, n, cycle) >= 0) {
        for (uint32_t i = 0; i < n; i++) {
            same = same && same_row(b, kept, i, n - 1 - i);
        }
        if (!same) {
            tell(b, ORDER, "people in another order fare otherwise: what happens to a person depends on the row", "");
            return;
        }
    }
    for (uint32_t i = 0; i < n && same; i++) {
        same = call_hook(b, &order[i], 1, cycle) < 0 || same_row(b, kept, i, 0);
    }
    if (!same) {
        tell(b, SIZE, "alone a person fares otherwise than among others: results would depend on the size of blocks", "");
    }
}

/* ---- settings ---------------------------------------------------------------- */

enum { DEFAULTS, LEAST, MOST_OF_ALL, SETTINGS };

static void set_params(bench *b, int which)
{
    static const char *const words[] = {"as declared", "at their least", "at their most"};

    b->settings = words[which];
    for (size_t p = 0; p < b->n_params; p++) {
        trefoil_param param = tf_plugin_param(b->plugin, p);
        double limit = which == LEAST ? param.min : param.max;

        b->params[p] = which == DEFAULTS || !isfinite(limit) ? param.value : limit;
        if (param.kind == TREFOIL_NAME) {
            b->params[p] = 0;
        }
    }
}

static int open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int n = 0;

    while (folder != NULL && readdir(folder) != NULL) {
        n++;
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return n;
}

/* Memory and files that are not given back. */
static void check_leaks(bench *b, const uint32_t *order)
{
    size_t used;
    int files;
    char line[120];

    set_params(b, DEFAULTS);
    if (call_hook(b, order, 16, 40) < 0) {
        return;
    }
    files = open_files();
    used = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (int k = 0; k < LEAK_CALLS; k++) {
        (void)call_hook(b, order, 16, 40);
    }
    used = mallinfo2().uordblks + mallinfo2().hblkhd - used;
    if (used < SIZE_MAX / 2 && used >= LEAK_CALLS) {
        snprintf(line, sizeof line, "it leaks memory: %zu bytes in %d calls", used, (int)LEAK_CALLS);
        tell(b, LEAK, line, "");
    }
    if (open_files() > files) {
        tell(b, FILES, "it leaves files open", "");
    }
}

static void try_hook(bench *b, unsigned char **kept)
{
    static const uint32_t sizes[] = {0, 1, 2, 61, 255, MOST}, cycles[] = {0, 1, 40};
    uint32_t order[MOST];

    for (uint32_t i = 0; i < MOST; i++) {
        order[i] = (i * 7 + 3) % MOST;
    }
    for (int settings = 0; settings < SETTINGS; settings++) {
        for (int absent = 0; absent < 2; absent++) {
            set_params(b, settings);
            b->absent = absent != 0;
            for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
                for (size_t c = 0; c < sizeof cycles / sizeof cycles[0]; c++) {
                    bool done = call_hook(b, order, sizes[k], cycles[c]) >= 0;

                    if (done && !b->preparing && sizes[k] > 1 && sizes[k] < 100) {
                        compare_calls(b, kept, order, sizes[k], cycles[c]);
                    }
                }
            }
        }
    }
    b->absent = false;
    check_leaks(b, order);
}

/* ---- the child --------------------------------------------------------------- */

static bool furnish(bench *b, unsigned char ***kept)
{
    size_t rows = 2 * GUARD + MOST * sizeof(double), n = b->n_columns;
    bool fine;

    b->memory = TF_NEW(unsigned char *, n);
    b->before = TF_NEW(unsigned char *, n);
    b->columns = TF_NEW(void *, n);
    b->params = TF_NEW(double, b->n_params);
    b->params_before = TF_NEW(double, b->n_params);
    *kept = TF_NEW(unsigned char *, n);
    fine = b->memory != NULL && b->before != NULL && b->columns != NULL && b->params != NULL && b->params_before != NULL && *kept != NULL;
    for (size_t c = 0; fine && c < n; c++) {
        b->memory[c] = tf_alloc_aligned(rows, 1);
        b->before[c] = tf_alloc(rows, 1);
        (*kept)[c] = tf_alloc(rows, 1);
        fine = b->memory[c] != NULL && b->before[c] != NULL && (*kept)[c] != NULL;
    }
    return fine;
}

/* The `h`-th hook, or prepare() behind the last; what it takes goes with the process. */
static _Noreturn void serve(const tf_plugin *plugin, size_t h, board *shared, int told)
{
    static bench b; /* large; of a process that does nothing else */
    unsigned char **kept;

    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    b.plugin = plugin;
    b.table = tf_plugin_table(plugin);
    b.n_params = tf_plugin_params(plugin);
    b.preparing = h >= tf_plugin_hooks(plugin);
    if (!b.preparing) {
        b.hook = tf_plugin_hook(plugin, h);
        b.n_columns = tf_hook_columns(&b.hook);
    }
    b.shared = shared;
    b.told = told;
    b.process = getpid();
    if (!furnish(&b, &kept)) {
        _exit(3);
    }
    try_hook(&b, kept);
    _exit(0);
}

/* ---- the parent -------------------------------------------------------------- */

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Read what the child tells until it ends, or has been in one call for too long: then false. */
static bool listen_to(pid_t child, int told, const board *shared, double seconds, tf_text *text)
{
    unsigned calls = atomic_load(&shared->calls);
    double since = seconds_now();
    char bytes[4096];

    for (;;) {
        struct pollfd ear = {.fd = told, .events = POLLIN};
        ssize_t size = poll(&ear, 1, 50) > 0 ? read(told, bytes, sizeof bytes) : -1;

        if (size == 0) {
            return true;
        }
        if (size > 0) {
            tf_text_addf(text, "%.*s", (int)size, bytes);
        }
        if (calls != atomic_load(&shared->calls) || !atomic_load(&shared->inside)) {
            calls = atomic_load(&shared->calls);
            since = seconds_now();
        } else if (seconds_now() - since > seconds) {
            kill(child, SIGKILL);
            return false;
        }
    }
}

static int add_lines(const tf_text *text, tf_trial_result *result)
{
    tf_list lines = {0};
    int failed = text->length > 0 ? tf_list_split(&lines, text->chars, '\n') : 0;

    for (size_t k = 0; failed == 0 && k < lines.count; k++) {
        if (lines.items[k][0] != '\0') {
            failed = tf_list_add(lines.items[k][0] == A_NOTE ? &result->notes : &result->faults, lines.items[k] + 1);
        }
    }
    tf_list_free(&lines);
    return failed;
}

static int add_end(const board *shared, bool in_time, int end, double seconds, tf_trial_result *result)
{
    char line[2 * LINE];
    const char *step = shared->step[0] != '\0' ? shared->step : "before any call";

    if (in_time && WIFEXITED(end) && WEXITSTATUS(end) == 0 && !atomic_load(&shared->inside)) {
        return 0;
    }
    if (!in_time) {
        snprintf(line, sizeof line, "%s: it was still running after %g seconds", step, seconds);
    } else if (WIFSIGNALED(end)) {
        snprintf(line, sizeof line, "%s: it crashed (%s)", step, strsignal(WTERMSIG(end)));
    } else {
        snprintf(line, sizeof line, "%s: it ended the process with status %d", step, WEXITSTATUS(end));
    }
    return tf_list_add(&result->faults, line);
}

static trefoil_status try_one(trefoil_context *context, const tf_plugin *plugin, size_t h, double seconds, board *shared, tf_trial_result *result)
{
    int ends[2], end = 0;
    tf_text text = {0};
    bool in_time;
    pid_t child;

    memset(shared, 0, sizeof *shared);
    if (pipe(ends) != 0) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: a child process cannot be reached: %s", plugin->path, strerror(errno));
    }
    fflush(NULL);
    child = fork();
    if (child == 0) {
        close(ends[0]);
        serve(plugin, h, shared, ends[1]);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: a child process cannot be started: %s", plugin->path, strerror(errno));
    }
    in_time = listen_to(child, ends[0], shared, seconds, &text);
    close(ends[0]);
    while (waitpid(child, &end, 0) < 0 && errno == EINTR) {
    }
    result->calls += atomic_load(&shared->calls);
    if (text.failed || add_lines(&text, result) != 0 || add_end(shared, in_time, end, seconds, result) != 0) {
        tf_text_free(&text);
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", plugin->path);
    }
    tf_text_free(&text);
    return TREFOIL_DONE;
}

trefoil_status tf_plugin_try(trefoil_context *context, const tf_plugin *plugin, double seconds, tf_trial_result *result)
{
    trefoil_status status = TREFOIL_DONE;
    size_t n = tf_plugin_hooks(plugin) + (tf_plugin_table(plugin).prepare != NULL);
    board *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "%s: not enough memory", plugin->path);
    }
    for (size_t h = 0; h < n && status == TREFOIL_DONE; h++) {
        status = try_one(context, plugin, h, seconds, shared, result);
    }
    munmap(shared, sizeof *shared);
    return status;
}

void tf_trial_result_free(tf_trial_result *result)
{
    tf_list_free(&result->faults);
    tf_list_free(&result->notes);
}
