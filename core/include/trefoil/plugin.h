/* SPDX-License-Identifier: MIT */
/*
 * trefoil/plugin.h -- the whole of what a plugin author needs.
 *
 * A plugin is a shared object that exports one constant, `trefoil_plugin_v1`.  The constant says what the
 * plugin is, which parameters it takes, which processes and cost categories it brings, and, for each stage of a
 * cycle, which columns it reads, which effects it has, and the one function that computes them.
 *
 * Three promises make a plugin simple to write and safe to run:
 *
 *   1. A plugin owns no mutable state.  Parameters arrive with the call, what must be remembered about a
 *      person lives in a declared column, and randomness is addressed, never consumed.  A hook may therefore run on
 *      any thread, on any block of people, in any order, and give the same answer.
 *   2. A plugin states effects; it does not reach into the model.  It fills columns of ratios to multiply by and
 *      amounts to add, and the host composes them, always in order of plugin id.  Loading plugins in another order
 *      changes nothing.
 *   3. Nothing is freed by the side that did not allocate it.
 *
 * What a plugin may not do
 *
 *   - keep anything between calls: no global or static variable that changes, no file, no thread, no clock;
 *   - take random numbers from anywhere but its DRAW and STREAM columns;
 *   - write a READ, LOOKUP or DRAW column, or past the n rows of any column;
 *   - let a row depend on other rows: people arrive in blocks of any size (0 included) and in any order;
 *   - hand back a ratio that is negative, infinite or not a number, or an amount that is not finite: the host stops
 *     the run and names plugin, stage, column, cycle, draw and person;
 *   - change the process: locale, rounding mode, flush-to-zero (never link with -ffast-math), signal handlers,
 *     error handlers of libraries; print, exit, or jump out of a hook (longjmp, C++ exceptions);
 *   - keep a pointer it was given beyond the call that gave it, or free one.
 *
 * Every function is marked with where it may be called:
 *   [main]    one thread, before or after a run;
 *   [worker]  many threads at once, each on its own block;
 *   [any]     either.
 *
 * All text is UTF-8.  Times are years.  Hazards are rates per person-year.  Money is undiscounted, in the
 * scenario's currency and price year.
 *
 *
 * Columns
 *
 * Hooks run once a cycle, at its start, stage by stage; what they fill holds until the cycle ends.  Events then fall
 * inside the cycle at exact times, and `while` and `per` columns follow them exactly.
 *
 *   name                                  access           meaning
 *   age                                   READ             exact age now, years
 *   sex                                   READ             0 male, 1 female
 *   imd                                   READ             deprivation quintile, 1 (most deprived) to 5
 *   icb                                   READ             index of the person's integrated care board
 *   time                                  READ             years since the start of the run
 *   risk.<factor>                         READ             the risk factor: as the model has it in ENROL and RISK, with the
 *                                                          effects of RISK hooks from HAZARD on
 *                                         ADD SCALE SET    an effect on it (stage RISK), before hazards are formed
 *   in.<condition>.<state>                READ             1 in the state, else 0 (a probability in expected mode)
 *   years_in.<condition>                  READ             time since entering the present state
 *   count.<condition>.<from>.<to>         READ             how often the transition fired in the previous cycle
 *   hazard.<condition>.<from>.<to>        SCALE            hazard ratio of a transition (stage HAZARD); `*` for <from> or
 *                                                          <to> means all of them
 *   branch.<condition>.<from>.<to>        SCALE            ratio on the odds that the event is fatal (stage HAZARD)
 *   cost.<category>                       ADD              money in this cycle; like all plain ADD columns it falls
 *                                                          evenly over the cycle and stops at death
 *   use.<resource>                        ADD              units of a resource in this cycle, priced by the scenario
 *   utility                               ADD SCALE        health-related quality of life over the cycle (stage UTILITY)
 *   measure.<name>                        ADD              something to report that has no price; appears in results as
 *                                                          <intervention>.<name>
 *   per.<condition>.<from>.<to>.cost.<category>            ADD   charged each time the transition fires, at its moment
 *   per.<condition>.<from>.<to>.use.<resource>             ADD   likewise, units of a resource
 *   while.<condition>.<state>.cost.<category>              ADD   money per year, accrued for exactly the time spent in
 *                                                                the state, also when it is entered within the cycle
 *   while.<condition>.<state>.use.<resource>               ADD   likewise, units per year
 *   while.<condition>.<state>.utility                      ADD   likewise, quality of life while in the state
 *   expected.<measure>                    LOOKUP           total of a measure under usual care (event.stroke.none.first,
 *                                                          years.statin.lapsed) in the person's own board, all quintiles
 *                                                          together, in the current year of the run: people, at the size
 *                                                          of the population, base case.  So that places and budgets
 *                                                          can be shared out without counting people while they are
 *                                                          simulated.  lookup() takes two axes: quintile (1 to 5; 0 for
 *                                                          all) and year of the run (0, 1, ...)
 *   anything else: [a-z][a-z0-9_]*        KEEP WORK DRAW STREAM   the plugin's own
 *
 * A READ column of a person's state is what it was when the cycle began.  Rows may hold people who have died: what is written
 * for them must be finite and counts for nothing.  A KEEP column is the same memory in every hook that declares it under one name.  Names may contain a NAME parameter in braces,
 * "hazard.{medicine}.lapsed.taking", and "{self}", the name of the intervention.  A column the model lacks is an
 * error before anything runs, unless its access carries TREFOIL_OPTIONAL: then its pointer is NULL, as it is when a NAME
 * it contains is empty.  "expected.ly if places" is needed only where the parameter `places` is not fixed at 0 in every
 * strategy, and NULL otherwise (READ, LOOKUP, KEEP and WORK): a run looks at usual care beforehand only if an "expected." column is needed,
 * and carries no memory along that nobody asks for.
 */
#ifndef TREFOIL_PLUGIN_H
#define TREFOIL_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The major version is part of the symbol's name: a plugin built for another major version is not found, rather than
 * misread.  The minor version grows when fields are appended; `size` and `stride` tell either side how much the other
 * knows of.  Within a major version no field and no unit changes its meaning.
 */
#define TREFOIL_ABI_MAJOR 1
#define TREFOIL_ABI_MINOR 2 /* 1: TREFOIL_BY_IMD, columns that hang on a parameter; 2: KEEP and WORK ones, too */

#if defined(_WIN32)
#define TREFOIL_EXPORT __declspec(dllexport)
#else
#define TREFOIL_EXPORT __attribute__((visibility("default")))
#endif

typedef struct trefoil_call trefoil_call;

/* A list that may cross versions: the stride is the size the plugin was compiled with. */
#define TREFOIL_LIST_OF(type) \
    struct {                  \
        const type *items;    \
        uint32_t count;       \
        uint32_t stride;      \
    }
#define TREFOIL_LIST(array) \
    { (array), (uint32_t)(sizeof(array) / sizeof *(array)), (uint32_t)sizeof *(array) }

/* What a hook returns.  Any negative value is a failure; explain it with fail(). */
enum { TREFOIL_OK = 0, TREFOIL_FAILED = -1 };

/* ---- parameters ------------------------------------------------------------------------------------------------- */

/* The shape of a parameter's uncertainty.  Every family is fixed by its mean, which is `value`, and its standard deviation,
 * which is `sd`; so the base case is the mean of what is drawn, by construction.  Draws are truncated to [min, max]. */
enum {
    TREFOIL_FIXED = 0,
    TREFOIL_NORMAL = 1,
    TREFOIL_LOGNORMAL = 2,
    TREFOIL_BETA = 3,
    TREFOIL_GAMMA = 4,
    TREFOIL_UNIFORM = 5 /* over [min, max], whose middle is `value`; sd is not used */
};

enum {
    TREFOIL_REAL = 0,
    TREFOIL_INTEGER = 1, /* fixed; written as a whole number                                           */
    TREFOIL_SWITCH = 2,  /* fixed, 0 or 1; written yes or no                                           */
    TREFOIL_NAME = 3,    /* a name of something in the model; default in `text`; numbers are all 0     */

    TREFOIL_BY_IMD = 0x100 /* or-ed into REAL: may differ by deprivation quintile.  Five values in `params`, the most
                              deprived first.  A scenario gives `name` for all five alike (one number, drawn once)
                              and name_q1 ... name_q5 for those that differ                                          */
};

typedef struct trefoil_param {
    const char *name;   /* key in a scenario file: [a-z][a-z0-9_]*                                     */
    const char *label;  /* one line, for tables and plots                                              */
    const char *unit;   /* UCUM ("1" for a pure number, "a" for years), or a currency ("GBP", "GBP/a") */
    const char *source; /* citation, DOI, or "assumption"                                              */
    double value;       /* base case; min <= value <= max                                              */
    double sd;          /* standard error of the value; 0 if TREFOIL_FIXED                             */
    double min, max;    /* hard limits, inclusive, enforced by the host                                */
    uint32_t kind;      /* TREFOIL_REAL ... and perhaps TREFOIL_BY_IMD                                 */
    uint32_t family;    /* TREFOIL_FIXED ...                                                           */
    const char *text;   /* TREFOIL_NAME: the default, may be ""; else NULL                             */
} trefoil_param;

/* ---- columns ---------------------------------------------------------------------------------------------------- */

enum { TREFOIL_F64 = 0, TREFOIL_I32 = 1 /* KEEP and WORK only */ };

/* How a column reaches a hook, and what becomes of it afterwards. */
enum {
    TREFOIL_READ = 0,   /* a fact about each person; do not write                                      */
    TREFOIL_LOOKUP = 1, /* the named table, at each person's own coordinates; do not write             */
    TREFOIL_DRAW = 2,   /* a fresh uniform in (0,1) for each person; NULL in expected mode             */
    TREFOIL_STREAM = 3, /* as DRAW, but not filled (NULL): ask uniform() for the few needed            */
    TREFOIL_SCALE = 4,  /* arrives as 1; the host multiplies the effect in                             */
    TREFOIL_ADD = 5,    /* arrives as 0; the host adds the effect in                                   */
    TREFOIL_SET = 6,    /* arrives as it stands; one plugin may claim it per stage                     */
    TREFOIL_KEEP = 7,   /* this intervention's memory of a person; starts at 0                         */
    TREFOIL_WORK = 8,   /* working space; arrives with anything in it, leaves as nothing               */

    TREFOIL_OPTIONAL = 0x100 /* or-ed into the access: NULL if the model has no such column            */
};

typedef struct trefoil_column {
    const char *name; /* "age", "hazard.stroke.none.first", "cost.drug", "utility" ... */
    const char *unit; /* as for parameters                                             */
    uint32_t type;    /* TREFOIL_F64 ...                                               */
    uint32_t access;  /* TREFOIL_READ ... and perhaps TREFOIL_OPTIONAL                 */
} trefoil_column;

/* ---- processes and categories a plugin brings ------------------------------------------------------------------- */

typedef struct trefoil_move {
    const char *from, *to; /* states of the process */
} trefoil_move;

/*
 * A condition of the plugin's own, such as a programme: not_offered, enrolled, lapsed.  Everybody starts in the first
 * state.  The host runs it with clocks like a disease: exact times, no random number in quiet cycles, the same luck under
 * every strategy.  Its name in the model is the intervention's name ("{self}") if `name` is "" or NULL, else
 * "{self}_<name>".  The base rate of every move is 1 per year; the plugin gives the actual rate by a SCALE column
 * "hazard.{self}.<from>.<to>" in a HAZARD hook, which every move must have.  SCALE columns arrive as 1, so write every row; 0
 * means the move cannot happen.
 */
typedef struct trefoil_process {
    const char *name, *title;
    const char *const *states; /* NULL-terminated; [a-z][a-z0-9_]* */
    TREFOIL_LIST_OF(trefoil_move) moves;
} trefoil_process;

/* A cost category the plugin charges.  If the model has one of this name, the model's title and party hold. */
typedef struct trefoil_category {
    const char *name, *title;
    const char *party; /* who bears it: "nhs", ... */
} trefoil_category;

/* ---- what the host offers --------------------------------------------------------------------------------------- */

enum { TREFOIL_DEBUG = 0, TREFOIL_INFO = 1, TREFOIL_WARNING = 2 };

typedef struct trefoil_host {
    uint32_t size;
    uint32_t abi_minor;
    const char *version;

    /* Write one line to the run's log.  The text is copied.  [any] */
    void (*log)(const trefoil_call *call, uint32_t level, const char *text);

    /* Say why the hook is about to fail; returns `status`, so that a hook can end with
     * `return call->host->fail(call, TREFOIL_FAILED, text)`.  The text is copied.  The host adds plugin, hook, cycle and
     * draw.  [any] */
    int32_t (*fail)(const trefoil_call *call, int32_t status, const char *text);

    /* The k-th number in (0,1) of one row of a DRAW or STREAM column; k = 0 is the one a DRAW column holds.  A pure function
     * of seed, draw, cycle, person, plugin, column name and k -- not of the strategy, the block, the thread, or any earlier
     * call.  [worker] */
    double (*uniform)(const trefoil_call *call, uint32_t column, uint32_t row, uint32_t k);

    /* Read the table behind a LOOKUP column at other coordinates: at[a][i] is row i's place on axis a.  `out` has call->n
     * rows.  Places outside the table take its edge.  [worker] */
    void (*lookup)(const trefoil_call *call, uint32_t column, const double *const *at, double *out);

    /* A further service by name, "trefoil.<name>/<revision>"; NULL if absent.  [any] */
    const void *(*extension)(const trefoil_call *call, const char *name);
} trefoil_host;

/* One block of people at one stage of one cycle.  Everything here is the host's and is valid until the hook returns.
 * Columns are contiguous, 64-byte aligned, and never overlap.  n may be 0. */
struct trefoil_call {
    uint32_t size;
    uint32_t n;
    const trefoil_host *host;
    const double *params;   /* this draw's values, in declared order; 0 for a NAME, five for TREFOIL_BY_IMD */
    void *const *columns;   /* in the hook's declared order                        */
    const uint64_t *person; /* stable identities, one per row                      */
    const void *plan;       /* what prepare() made, or NULL                        */
    double time, step;      /* start and length of the cycle, in years             */
    uint32_t cycle, draw;   /* both from 0; draw 0 is the base case                */
    void *internal;         /* the host's                                          */
};

/* ---- the plugin ------------------------------------------------------------------------------------------------- */

enum {
    TREFOIL_STAGE_ENROL = 0,  /* who starts or stops the intervention      */
    TREFOIL_STAGE_RISK = 1,   /* effects on risk factors (sbp, ldl, ...)   */
    TREFOIL_STAGE_HAZARD = 2, /* effects on rates of events                */
    TREFOIL_STAGE_USE = 3,    /* resources and money                       */
    TREFOIL_STAGE_UTILITY = 4 /* effects on quality of life                */
};

typedef struct trefoil_hook {
    uint32_t stage;
    uint32_t reserved;
    TREFOIL_LIST_OF(trefoil_column) columns;
    int32_t (*run)(const trefoil_call *call); /* [worker] pure, see promise 1 */
} trefoil_hook;

typedef struct trefoil_plugin {
    uint32_t size;
    uint32_t abi_minor;
    const char *id;      /* reverse domain, stable for ever: "org.example.prep" */
    const char *name;    /* in words: "Oral prophylaxis"                        */
    const char *version; /* semantic version of the plugin                      */
    const char *summary; /* one sentence                                        */
    const char *licence; /* SPDX expression                                     */
    const char *url;     /* or NULL                                             */

    TREFOIL_LIST_OF(trefoil_param) params;
    TREFOIL_LIST_OF(trefoil_hook) hooks;
    TREFOIL_LIST_OF(trefoil_process) processes;
    TREFOIL_LIST_OF(trefoil_category) categories;
    const char *const *needs; /* NULL-terminated: extensions it cannot do without; or NULL */

    /* Optional: work done once per draw and intervention, shared read-only by every hook.  The call has parameters and
     * draw, but no people.  One call at a time, on any thread; more often than once where strategies differ by parameters. */
    int32_t (*prepare)(const trefoil_call *call, void **plan);
    void (*discard)(void *plan);

    /* Optional: what this plugin offers beyond this file; NULL if absent.  [any] */
    const void *(*extension)(const char *name);
} trefoil_plugin;

extern TREFOIL_EXPORT const trefoil_plugin trefoil_plugin_v1;

#define TREFOIL_PLUGIN_HEADER .size = (uint32_t)sizeof(trefoil_plugin), .abi_minor = TREFOIL_ABI_MINOR

/* ---- conveniences, compiled into the plugin --------------------------------------------------------------------- */

/* A column to read, and a column to fill; NULL for an optional one the model lacks. */
static inline const double *trefoil_in(const trefoil_call *call, uint32_t column)
{
    return (const double *)call->columns[column];
}

static inline double *trefoil_out(const trefoil_call *call, uint32_t column)
{
    return (double *)call->columns[column];
}

/* Does something of probability p happen to row i?  1 or 0 by a DRAW column's number; p itself in expected mode. */
static inline double trefoil_happens(const trefoil_call *call, uint32_t column, uint32_t i, double p)
{
    const double *uniform = trefoil_in(call, column);

    return uniform == NULL ? p : (uniform[i] < p ? 1.0 : 0.0);
}

#ifdef __cplusplus
}
#endif
#endif
