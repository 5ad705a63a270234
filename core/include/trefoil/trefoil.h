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
#define TREFOIL_STORE_FORMAT 3

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

/*
 * Processes that do one run together, each with the same call of trefoil_run: how this one speaks with the others (the command line does so through
 * MPI).  Only the thread that called trefoil_run calls these.  Results, messages and reasons are rank 0's; the others return TREFOIL_DONE with nothing
 * to tell, or why they could not begin.
 */
typedef struct trefoil_ranks {
    size_t rank, size; /* 0 <= rank < size */
    void *self;
    /* Rank 0's bytes at all ranks; the least number of all ranks.  Every rank calls them, and waits for the others. */
    void (*spread)(void *self, void *bytes, size_t n);
    int (*least)(void *self, int number);
    /* Send a message, which is copied; may wait until earlier ones have arrived.  false: no memory. */
    bool (*send)(void *self, size_t to, const char *bytes, size_t n);
    /* The next message from anybody, which lives until the next call; NULL: there is none yet, after waiting a little if `patient`. */
    const char *(*receive)(void *self, bool patient, size_t *n);
} trefoil_ranks;

typedef struct trefoil_options {
    const char *const *sets; /* assignments that override values, "section:key=value" */
    size_t n_sets;
    const char *out;         /* folder to write to; NULL: results/<scenario name>     */
    int threads;             /* 0: as many as there are processors                    */
    int block;               /* people simulated together; 0: the library's choice    */
    bool resume;             /* keep the draws that are in the store already           */
    const char *plugin_dir;  /* looked in first for plugins; NULL: the usual search   */
    bool isolate;            /* plugins run in child processes: one that crashes, ends the process or never returns costs a unit of work and is named */
    int hook_timeout;        /* with isolate: seconds a hook may take; 0: 10          */
    int portion;             /* people in a portion, what is kept of a draw at a time; 0: the library's choice */
    int shard, shards;       /* do part `shard` of `shards` (1 <= shard <= shards), for trefoil_merge; 0: all   */
    const trefoil_ranks *ranks; /* NULL: this process alone                           */
} trefoil_options;

/*
 * Simulate the scenario in file `path` and write the store and its views (results/README.md).  The results do not depend on
 * threads or block.  The context's result is the terminal table.  With mistakes in the input nothing is run or written and all of
 * them are the context's reasons.  When interrupted, finished draws are in the store and the call returns TREFOIL_INTERRUPTED.
 * [main]
 */
TREFOIL_API trefoil_status trefoil_run(trefoil_context *context, const char *path, const trefoil_options *options);

/*
 * Gather the shards of a run (trefoil_options.shards) into one store and its views, the same bytes as of a run that was not divided.  `stores` are
 * run.sqlite files, folders that hold one, or folders of such folders.  TREFOIL_USER_MISTAKE when one belongs to another run, or portions are missing;
 * the reasons name the shards to run.  `options` as for the shards; threads, block, portion and ranks play no part.  [main]
 */
TREFOIL_API trefoil_status trefoil_merge(trefoil_context *context, const char *path, const char *const *stores, size_t n_stores,
                                         const trefoil_options *options);

/* Read the scenario and every file and plugin it names, and report all mistakes; nothing is run or written.  A file with a section [deal] is checked as
 * a deal, as far as that is possible without a run; what is not a mistake but should be known (a cliff in an all-unit price) is logged.  [main] */
TREFOIL_API trefoil_status trefoil_check(trefoil_context *context, const char *path, const trefoil_options *options);

/* ---- sensitivity ------------------------------------------------------------- */

/* What is asked of a sensitivity analysis; texts as on the command line, NULL: not asked. */
typedef struct trefoil_sensitivity_options {
    const char *const *sets; /* assignments that override values, "section:key=value"                         */
    size_t n_sets;
    const char *plugin_dir;  /* looked in first for plugins; NULL: the usual search                            */
    const char *out;         /* folder to write to; NULL: results/<scenario name>                              */
    const char *threshold;   /* money per QALY; NULL: the scenario's first                                     */
    const char *parameters;  /* "a,b": those of the one-way analysis; NULL: all that are uncertain             */
    const char *two;         /* "a,b": a grid of two parameters                                                */
    const char *solve;       /* the parameter whose value makes the incremental net benefit 0                  */
    int draws;               /* of each scenario analysis; 0: base case                                        */
    int threads;             /* 0: as many as there are processors                                             */
    const char *evppi_nested; /* "a" or "a,b": EVPPI by nested simulation, and nothing else                     */
    int outer, inner;        /* its draws of what is learned, and of all else for each; 0: 1,000 and 200       */
} trefoil_sensitivity_options;

/*
 * Deterministic sensitivity of the incremental net monetary benefit of each strategy against the comparator (results/README.md): the base case with
 * one parameter at the 2.5 and 97.5 percentiles of its distribution, or two on a grid, the same people and luck in every run; the value
 * of a parameter at which the net benefit is 0; and the scenario's [scenario-analysis NAME] variants beside it.  With `two` or `solve` only these
 * are done, and the one-way analysis of `parameters`.  The context's result is the tables; tornado.csv, tornado.svg, two_way.csv, solve.csv and
 * scenarios.csv are written.  With `evppi_nested` only evppi_nested.csv is.  TREFOIL_USER_MISTAKE also when a parameter is unknown or one of its values is refused.  [main]
 */
TREFOIL_API trefoil_status trefoil_sensitivity(trefoil_context *context, const char *path, const trefoil_sensitivity_options *options);

/* ---- analysis ---------------------------------------------------------------- */

/* What is asked of a sample; texts as on the command line, NULL: not asked. */
typedef struct trefoil_analysis {
    const char *parameters;       /* CSV with a row of parameters per draw, for a CSV sample            */
    const char *thresholds;       /* "20000,30000" or "0:50000:1000"; NULL: the run's, or 20,000 to 35,000 */
    const char *const *evppi;     /* sets of parameters to learn: "a", "a,b", or "each" for all one by one */
    size_t n_evppi;
    const char *study;            /* INI file of studies, [study NAME], for EVSI                        */
    const char *people;           /* whom the decision is about, for a CSV sample                       */
    const char *discount_costs;   /* another yearly rate than the run's; a store with years only        */
    const char *discount_effects;
    const char *const *equity;    /* settings of [equity] instead of the run's, "k=20000"; a store only  */
    size_t n_equity;
    const char *out;              /* folder to write to; NULL: beside the store, results/<name> of a CSV */
} trefoil_analysis;

/* Cost-effectiveness and value of information of the sample in `path`, a store or a CSV (results/README.md), without simulating; with `equity` also
 * who gains and who bears the cost.  The context's result is its tables; cea.csv, ceac.csv, plane.csv, evppi.csv and evsi.csv are written.  TREFOIL_DIFFERS when EVPI >= EVPPI >=
 * EVSI does not hold within three standard errors.  [main] */
TREFOIL_API trefoil_status trefoil_analyse(trefoil_context *context, const char *path, const trefoil_analysis *analysis);

/* ---- deals ------------------------------------------------------------------- */

typedef struct trefoil_deal_options {
    const char *out; /* folder to write to; NULL: `deals` beside the store             */
    bool entries;    /* write every entry of every draw, too: entries.csv              */
    const char *scenario;    /* the run's scenario: deals with links are settled on runs of their own */
    const char *const *sets; /* assignments for those runs, "section:key=value"                       */
    size_t n_sets;
    const char *plugin_dir;  /* for those runs; NULL: the usual search                                */
    int threads;             /* for those runs; 0: as many as there are processors                    */
} trefoil_deal_options;

/*
 * Settle deals (scenarios/deals/README.md) on every draw of the store in `store`, without simulating: a double-entry ledger in whole pence, whose
 * transfers sum to 0 in every draw and year, and what it comes to for each party, term and fifth of the population.  The context's result is the
 * tables; deal.csv, terms.csv, ledger.csv, triple-win.csv, budget.csv, activity.csv, deals.html and, when asked for by a deal, curve.csv,
 * breakeven.csv, zone.csv and delay.csv are written.  A deal that states links (what it changes in the scenario itself) is settled on a run of its own,
 * <out>/<deal>/run.sqlite, when the scenario is given, and otherwise with a warning that its links are not applied.  With mistakes in any deal nothing is settled and all of them are reasons.  [main]
 */
TREFOIL_API trefoil_status trefoil_deal(trefoil_context *context, const char *store, const char *const *deals, size_t n,
                                        const trefoil_deal_options *options);

/* ---- validation -------------------------------------------------------------- */

/* Reproduce the published cases in `folder`: those below it, or the one it is (tests/validation/README.md tells what a case is).  The
 * context's result is a table: case, quantity, published, trefoil, difference, verdict.  TREFOIL_DIFFERS when a figure is not met.  [main] */
TREFOIL_API trefoil_status trefoil_validate(trefoil_context *context, const char *folder);

/* ---- plain tables ------------------------------------------------------------ */

/* What trefoil_inequality reads and does; NULL: not given.  Lists are separated by commas. */
typedef struct trefoil_inequality_options {
    const char *outcome;   /* columns with the outcome, each a distribution; NULL: "outcome" or "health"                       */
    const char *rank;      /* column with the social rank, lowest: most disadvantaged; NULL: "rank" if there is one            */
    const char *people;    /* column with people (or weights); NULL: "people" or "population" if there is one, else one a row  */
    const char *error;     /* column with standard errors of the outcome                                                       */
    const char *by;        /* columns that part the rows into distributions                                                    */
    const char *part;      /* column that names the part (board, place) a row lies in: Theil's indices are split by it         */
    const char *cluster, *stratum; /* columns of a survey's design                                                             */
    const char *bounds;    /* "a,b": the least and greatest value the outcome could have                                       */
    const char *aversion;  /* of Atkinson's index; NULL: 1, 3.5, 7, 10.95                                                      */
    const char *kolm;      /* aversion of Kolm's index; NULL: 0.05, 0.15                                                       */
    const char *extended;  /* parameter of the extended concentration index and Gini EDE; NULL: 3                              */
    const char *increment; /* gains for priority weights, beside marginal ones                                                 */
    const char *against;   /* the distribution all others are compared with                                                    */
    const char *switches;  /* "lo,hi": aversion between which switch points are looked for; NULL: 0,20                         */
    const char *gain;      /* column with the QALYs a programme gives each group; NULL: no distributional cost-effectiveness    */
    const char *cost;      /* its net cost; NULL: 0                                                                            */
    const char *threshold; /* pounds per QALY displaced; needed with a cost                                                    */
    const char *gradient;  /* how displaced health falls: "flat", "moderate", "steep", or shares in order of rank; NULL: flat  */
    bool bad;              /* less of the outcome is better                                                                    */
    const char *out;       /* folder for inequality.csv (and dominance.csv, parts.csv, equity.csv); NULL: none is written      */
} trefoil_inequality_options;

/* Every measure of inequality of the distributions in a CSV table of groups or individuals.  The context's result is a table.  [main] */
TREFOIL_API trefoil_status trefoil_inequality(trefoil_context *context, const char *path, const trefoil_inequality_options *options);

/* What trefoil_lifetable reads and does; NULL: not given. */
typedef struct trefoil_lifetable_options {
    const char *by;       /* columns that part the rows into tables; rows of one table and age are merged by population       */
    const char *age, *age_to; /* columns; NULL: "age" or "age_from", and "age_to" if there is one                              */
    const char *rate, *deaths, *people, *risk, *alive, *dying; /* columns; NULL: "mx", "deaths", "population", "qx", "lx", "dx"  */
    const char *utility;  /* column, or "ara-brazier" for the norms of that name, which need the column "sex"                  */
    const char *method;   /* "ons", "ohid", "york" or "sullivan"; NULL: ohid with deaths, else ons                              */
    const char *last;     /* expectancy at the last age, which closes the table                                                */
    const char *discount; /* per year, of quality-adjusted expectancy; NULL: 0                                                 */
    const char *out;      /* folder for lifetable.csv; NULL: none is written                                                   */
} trefoil_lifetable_options;

/* Life tables from death rates, deaths, probabilities or survivors in a CSV table.  The context's result is a table.  [main] */
TREFOIL_API trefoil_status trefoil_lifetable(trefoil_context *context, const char *path, const trefoil_lifetable_options *options);

/* ---- plugins ----------------------------------------------------------------- */

/* Every plugin found: name, version, one sentence, file.  The text is the context's result.  [main] */
TREFOIL_API trefoil_status trefoil_plugin_list(trefoil_context *context, const char *plugin_dir);

/* One plugin in words, from its own table, as `format` "text", "markdown", "json" or "scenario" (a section to paste).  [main] */
TREFOIL_API trefoil_status trefoil_plugin_describe(trefoil_context *context, const char *plugin_dir, const char *name,
                                                   const char *format);

/* Load a plugin and try to break it in child processes: every hook with nobody, one and many people, at extremes, in other blocks and orders.
 * TREFOIL_PLUGIN_FAILED with a reason for every fault; the context's result is a summary.  [main] */
TREFOIL_API trefoil_status trefoil_plugin_check(trefoil_context *context, const char *plugin_dir, const char *name);

/* Write a folder `name` with a plugin to start from, a scenario to try it, a build and a README.  A mistake when it is there already.  [main] */
TREFOIL_API trefoil_status trefoil_plugin_new(trefoil_context *context, const char *name);

#ifdef __cplusplus
}
#endif
#endif
