/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trefoil/trefoil.h -- the library: load a scenario, check it, run it, read its store.
 *
 * Whatever the command line does is one call here.  The library never prints and never
 * exits: it returns a status, and a context holds the reasons in words.
 *
 * Memory: whoever creates destroys; destroy accepts NULL; a failed create leaves nothing;
 * const pointers returned live as long as the object they came from.
 * Threads: a context is used by one thread at a time; two contexts are independent.
 */
#ifndef TREFOIL_TREFOIL_H
#define TREFOIL_TREFOIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define TREFOIL_API
#else
#define TREFOIL_API __attribute__((visibility("default")))
#endif

/* The three versions a reader of results needs: library, plugin ABI, store format. */
#define TREFOIL_VERSION "0.1.0"
#define TREFOIL_STORE_FORMAT 1

/* X(symbol, value, sentence).  The sentence says what kind of failure it was; the context says
 * which file, row and value. */
#define TREFOIL_STATUS_LIST(X)                                                              \
    X(TREFOIL_DONE, 0, "done")                                                              \
    X(TREFOIL_USER_MISTAKE, -1, "the input is wrong; nothing was run")                      \
    X(TREFOIL_NO_MEMORY, -2, "there is not enough memory")                                  \
    X(TREFOIL_FILE_FAILED, -3, "a file could not be read or written")                       \
    X(TREFOIL_STORE_FAILED, -4, "the results store could not be read or written")           \
    X(TREFOIL_PLUGIN_FAILED, -5, "a plugin could not be loaded, or returned a faulty effect") \
    X(TREFOIL_NUMBER_FAILED, -6, "a calculation did not give a finite number")              \
    X(TREFOIL_INTERRUPTED, -7, "interrupted; what was finished is in the store")            \
    X(TREFOIL_BUG, -8, "a defect of trefoil itself; please report it")                      \
    X(TREFOIL_DIFFERS, -9, "a result differs from what it must be")

typedef enum trefoil_status {
#define X(symbol, value, sentence) symbol = (value),
    TREFOIL_STATUS_LIST(X)
#undef X
} trefoil_status;

/* The sentence for a status; never NULL.  [any] */
TREFOIL_API const char *trefoil_status_text(trefoil_status status);

/* The exit status of a program that ends with `status`: 0 done, 1 the world failed, 2 the
 * user's input is wrong, 3 our bug, 130 interrupted.  [any] */
TREFOIL_API int trefoil_exit_status(trefoil_status status);

/* ---- context ----------------------------------------------------------------- */

typedef struct trefoil_context trefoil_context;

enum { TREFOIL_LOG_INFO = 1, TREFOIL_LOG_WARNING = 2 };

typedef struct trefoil_listener {
    /* One finished line, without newline.  May be NULL.  [main] */
    void (*log)(void *self, int level, const char *line);
    /* Work done so far, 0 <= done <= total, in persons-cycles-strategies or any unit of work;
     * `what` names the stage.  Called at most some ten times a second.  May be NULL.  [main] */
    void (*progress)(void *self, const char *what, double done, double total);
    void *self;
} trefoil_listener;

/* A context; NULL only if memory is exhausted.  `listener` is copied and may be NULL.  [main] */
TREFOIL_API trefoil_context *trefoil_context_create(const trefoil_listener *listener);
TREFOIL_API void trefoil_context_destroy(trefoil_context *context);

/* How many reasons (mistakes or failures) the context holds, and the k-th, 0 <= k < count, in the order
 * of file and line: "file:line: [section] key: what is wrong".  [main] */
TREFOIL_API size_t trefoil_context_reasons(const trefoil_context *context);
TREFOIL_API const char *trefoil_context_reason(const trefoil_context *context, size_t k);

/* Ask a run in progress to stop soon; safe to call from a signal handler or another thread.  The run returns
 * TREFOIL_INTERRUPTED with what was finished in the store. */
TREFOIL_API void trefoil_context_interrupt(trefoil_context *context);

/* The text for people that the last call below made (a run's table, a plugin's description), or NULL; lives until the next
 * call or the context's end.  [main] */
TREFOIL_API const char *trefoil_context_result(const trefoil_context *context);

/* ---- scenarios --------------------------------------------------------------- */

typedef struct trefoil_options {
    const char *const *sets; /* assignments that override values, "section:key=value" */
    size_t n_sets;
    const char *out;         /* folder to write to; NULL: results/<scenario name>     */
    int threads;             /* 0: as many as there are processors                    */
    int block;               /* people simulated together; 0: the library's choice    */
    bool resume;             /* keep the draws that are in the store already           */
    const char *plugin_dir;  /* looked in first for plugins; NULL: the usual search   */
} trefoil_options;

/*
 * Simulate the scenario in file `path` and write the store and its views (results/README.md).  The results do not depend on
 * threads or block.  The context's result is the terminal table.  With mistakes in the input nothing is run or written and all of
 * them are the context's reasons.  When interrupted, finished draws are in the store and the call returns TREFOIL_INTERRUPTED.
 * [main]
 */
TREFOIL_API trefoil_status trefoil_run(trefoil_context *context, const char *path, const trefoil_options *options);

/* Read the scenario and every file and plugin it names, and report all mistakes; nothing is run or written.  [main] */
TREFOIL_API trefoil_status trefoil_check(trefoil_context *context, const char *path, const trefoil_options *options);

/* Reproduce the published cases in `folder`: those below it, or the one it is (tests/validation/README.md tells what a case is).  The
 * context's result is a table: case, quantity, published, trefoil, difference, verdict.  TREFOIL_DIFFERS when a figure is not met.  [main] */
TREFOIL_API trefoil_status trefoil_validate(trefoil_context *context, const char *folder);

/* ---- plugins ----------------------------------------------------------------- */

/* Every plugin found: name, version, one sentence, file.  The text is the context's result.  [main] */
TREFOIL_API trefoil_status trefoil_plugin_list(trefoil_context *context, const char *plugin_dir);

/* One plugin in words, from its own table, as `format` "text", "markdown", "json" or "scenario" (a section to paste).  [main] */
TREFOIL_API trefoil_status trefoil_plugin_describe(trefoil_context *context, const char *plugin_dir, const char *name,
                                                   const char *format);

#ifdef __cplusplus
}
#endif
#endif
