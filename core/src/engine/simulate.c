/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/simulate.h"

#include "base/memory.h"
#include "engine/block.h"
#include "engine/company.h"
#include "engine/isolate.h"

#include <errno.h>
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* ---- a worker: one thread's memory ------------------------------------------- */

typedef struct worker {
    trefoil_context *context; /* keeps what went wrong in one task; its log goes to the run's */
    tf_block *made; /* the block as it was made, before any strategy */
    tf_block *live; /* the copy a strategy lives through             */
    tf_bound **bound; /* [strategy]: hooks bound to `live`, or NULL  */
    tf_company **companies; /* strategies that live together; ... */
    size_t n_companies;
    bool *alone;            /* ... [strategy]: it does not        */
    const tf_prepared **prepared; /* [strategy]: the draw at hand */
    size_t made_for;        /* the strategy `made` was made for, or SIZE_MAX */
    tf_unit_tally *units; /* [strategy] */
    tf_weighing weighing;
} worker;

static size_t most_pieces(const tf_plan *plan)
{
    size_t most = 1;
    for (size_t u = 0; u < plan->n_units; ++u)
        most = plan->units[u].n_pieces > most ? plan->units[u].n_pieces : most;
    return most;
}

static void free_worker(const tf_plan *plan, worker *w)
{
    for (size_t s = 0; s < plan->layout->n_strategies; ++s) {
        if (w->bound)
            tf_bound_destroy(w->bound[s]);
        if (w->units)
            tf_unit_tally_free(&w->units[s]);
    }
    for (size_t c = 0; c < w->n_companies; ++c)
        tf_company_destroy(w->companies[c]);
    tf_free(w->companies);
    tf_free(w->alone);
    tf_free(w->prepared);
    tf_free(w->bound);
    tf_free(w->units);
    tf_weighing_free(&w->weighing);
    tf_block_destroy(w->made);
    tf_block_destroy(w->live);
    trefoil_context_destroy(w->context);
    *w = (worker){ 0 };
}

static void pass_on(void *self, int level, const char *line)
{
    tf_say(self, level, "%s", line);
}

/* Strategies under which the model says the same live together where they may; those left over live alone. */
static trefoil_status form_companies(trefoil_context *context, const tf_plan *plan, worker *w)
{
    size_t n = plan->layout->n_strategies;

    for (size_t first = 0; first < n; ++first) {
        size_t members[TF_COMPANY_MAX], count = 0;
        for (size_t s = first; s < n && count < TF_COMPANY_MAX; ++s)
            if (w->alone[s] && tf_changes_alike(plan->changes[first], plan->changes[s]) && tf_company_takes(plan, w->bound[s]))
                members[count++] = s;
        if (count < 2)
            continue;
        tf_company *company = tf_company_create(context, plan, w->live, members, count);
        if (!company)
            return TREFOIL_NO_MEMORY;
        w->companies[w->n_companies++] = company;
        for (size_t i = 0; i < count; ++i) {
            tf_bound_destroy(w->bound[members[i]]);
            w->bound[members[i]] = NULL;
            w->alone[members[i]] = false;
        }
    }
    return TREFOIL_DONE;
}

static trefoil_status create_worker(trefoil_context *context, const tf_plan *plan, uint32_t block, worker *w)
{
    trefoil_status status = TREFOIL_DONE;
    size_t n = plan->layout->n_strategies;

    *w = (worker){ .context = trefoil_context_create(&(trefoil_listener){ .log = pass_on, .self = context }) };
    w->made = tf_block_create(context, plan, block);
    w->live = w->made ? tf_block_create(context, plan, block) : NULL;
    w->bound = TF_NEW(tf_bound *, n);
    w->units = TF_NEW(tf_unit_tally, n);
    w->companies = TF_NEW(tf_company *, n);
    w->alone = TF_NEW(bool, n);
    w->prepared = TF_NEW(const tf_prepared *, n);
    if (!w->context || !w->live || !w->bound || !w->units || !w->companies || !w->alone || !w->prepared || !tf_weighing_create(plan, &w->weighing)) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for a thread's work on blocks of %u people", block);
        goto out;
    }
    for (size_t s = 0; s < n; ++s) {
        w->alone[s] = true;
        TRY(tf_bound_create(context, plan, s, w->live, &w->bound[s]));
        if (!tf_unit_tally_create(plan, most_pieces(plan), &w->units[s])) {
            status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for a thread's sums");
            goto out;
        }
    }
    status = form_companies(context, plan, w);
out:
    if (status != TREFOIL_DONE)
        free_worker(plan, w);
    return status;
}

trefoil_status tf_simulate_check(trefoil_context *context, const tf_plan *plan)
{
    worker w;
    trefoil_status status = create_worker(context, plan, 1, &w);

    if (status == TREFOIL_DONE)
        free_worker(plan, &w);
    return status;
}

/* ---- a wave: some portions at once ------------------------------------------- */

/* A portion being simulated. */
typedef struct wave_draw {
    uint32_t draw;
    tf_prepared **prepared; /* [0]: as drawn; then [subgroup][0]: as the subgroup changes it, or NULL; [subgroup][1 + strategy]: and the
                               strategy, or NULL; shared by the portions of a draw */
    tf_draw_tally tally;
    omp_lock_t lock;
    double seconds;
    const tf_unit *units;
    size_t first, n_units;
    size_t left;   /* units to do */
    bool prepares; /* it is the first of its draw, and nothing is prepared yet */
    bool lost; /* some of it is missing: a plugin failed in a child process */
} wave_draw;

typedef struct draw_wave {
    wave_draw *draws;
    size_t n, capacity;
    size_t n_tasks; /* units of all */
    uint32_t last;          /* the draw of the last wave's last portion ... */
    tf_prepared **prepared; /* ... made ready, or NULL */
} draw_wave;

static size_t subgroups_of(const tf_plan *plan)
{
    return plan->scenario->n_subgroups ? plan->scenario->n_subgroups : 1;
}

static size_t n_prepared(const tf_plan *plan)
{
    return 1 + subgroups_of(plan) * (1 + plan->layout->n_strategies);
}

/* Of a subgroup, [0] without any strategy, then by strategy. */
static tf_prepared *const *prepared_of(const tf_plan *plan, const wave_draw *draw, size_t subgroup)
{
    return draw->prepared + 1 + subgroup * (1 + plan->layout->n_strategies);
}

static const tf_prepared *prepared_without(const tf_plan *plan, const wave_draw *draw, size_t subgroup)
{
    const tf_prepared *own = prepared_of(plan, draw, subgroup)[0];

    return own ? own : draw->prepared[0];
}

static const tf_prepared *prepared_for(const tf_plan *plan, const wave_draw *draw, size_t subgroup, size_t strategy)
{
    const tf_prepared *own = prepared_of(plan, draw, subgroup)[1 + strategy];

    return own ? own : prepared_without(plan, draw, subgroup);
}

/* People of the draw as prepared for a strategy, unless they stand there already: strategies under which the model says the same have the same. */
static void make_people(const tf_plan *plan, worker *w, const tf_unit *unit, uint32_t done, uint32_t block, size_t strategy)
{
    if (w->made_for == SIZE_MAX || !tf_changes_alike(plan->changes[w->made_for], plan->changes[strategy]))
        tf_block_make(w->made, w->prepared[strategy], unit, done, block);
    w->made_for = strategy;
}

/* The people made become those who live: nobody needs them afterwards who is the last to live from them. */
static void bring_to_life(worker *w, bool last)
{
    if (last)
        tf_block_take(w->live, w->made);
    else
        tf_block_copy(w->live, w->made);
}

static size_t count_lives(const tf_plan *plan, const worker *w)
{
    size_t n = w->n_companies;

    for (size_t s = 0; s < plan->layout->n_strategies; ++s)
        n += w->alone[s];
    return n;
}

static trefoil_status simulate_block(trefoil_context *context, const tf_plan *plan, worker *w, const wave_draw *draw, const tf_unit *unit, uint32_t done,
                                     uint32_t block)
{
    trefoil_status status = TREFOIL_DONE;
    size_t left = count_lives(plan, w);

    w->made_for = SIZE_MAX;
    for (size_t s = 0; s < plan->layout->n_strategies; ++s)
        w->prepared[s] = prepared_for(plan, draw, unit->subgroup, s);
    for (size_t c = 0; c < w->n_companies; ++c) {
        make_people(plan, w, unit, done, block, tf_company_first(w->companies[c]));
        bring_to_life(w, --left == 0);
        TRY(tf_company_live(context, w->companies[c], w->prepared, w->units));
    }
    for (size_t s = 0; s < plan->layout->n_strategies; ++s) {
        if (!w->alone[s])
            continue;
        make_people(plan, w, unit, done, block, s);
        bring_to_life(w, --left == 0);
        w->live->prepared = w->prepared[s];
        w->live->bound = w->bound[s];
        TRY(tf_block_live(context, w->live, s, w->units));
    }
out:
    return status;
}

/* Into the worker's own sums, in blocks of so many people. */
static trefoil_status live_in_blocks(trefoil_context *context, const tf_plan *plan, worker *w, const wave_draw *draw, const tf_unit *unit,
                                     uint32_t block)
{
    trefoil_status status = TREFOIL_DONE;

    for (size_t s = 0; s < plan->layout->n_strategies; ++s) {
        tf_unit_tally_clear(&w->units[s], unit->n_pieces);
        w->units[s].block = block;
    }
    for (size_t c = 0; c < w->n_companies; ++c)
        tf_company_begin(w->companies[c], block);
    for (uint32_t done = 0; done < unit->persons; done += w->made->n)
        TRY(simulate_block(context, plan, w, draw, unit, done, block));
    for (size_t c = 0; c < w->n_companies; ++c)
        TRY(tf_company_live_on(context, w->companies[c], w->units));
    for (size_t s = 0; s < plan->layout->n_strategies; ++s)
        TRY(tf_block_close_unit(context, plan, &w->units[s]));
    if (plan->original && tf_has_children())
        status = tf_fail(context, TREFOIL_PLUGIN_FAILED, "a hook of a plugin started another process; --isolate tells which");
out:
    return status;
}

/* Sums that a block cannot hold are made anew in blocks of half as many people: the results are the same. */
static trefoil_status live_unit(trefoil_context *context, const tf_plan *plan, worker *w, const wave_draw *draw, const tf_unit *unit)
{
    uint32_t block = w->made->capacity;
    size_t reasons = trefoil_context_reasons(context);
    trefoil_status status = live_in_blocks(context, plan, w, draw, unit, block);

    while (status == TREFOIL_NUMBER_FAILED && trefoil_context_reasons(context) == reasons && block > 1)
        status = live_in_blocks(context, plan, w, draw, unit, block /= 2);
    return status;
}

/* And from there into those of the draw. */
static void add_unit(const tf_plan *plan, worker *w, const tf_unit_tally *units, wave_draw *draw, const tf_unit *unit, double seconds)
{
    omp_set_lock(&draw->lock);
    for (size_t s = 0; s < plan->layout->n_strategies; ++s)
        tf_draw_tally_add(plan, unit, s, &units[s], &w->weighing, &draw->tally);
    draw->seconds += seconds;
    omp_unset_lock(&draw->lock);
}

static trefoil_status simulate_unit(trefoil_context *context, const tf_plan *plan, worker *w, wave_draw *draw, const tf_unit *unit)
{
    double began = omp_get_wtime();
    trefoil_status status = live_unit(context, plan, w, draw, unit);

    if (status == TREFOIL_DONE)
        add_unit(plan, w, w->units, draw, unit, omp_get_wtime() - began);
    return status;
}

/* What was prepared for an earlier strategy under which the model is the same; NULL: there is none. */
static const tf_prepared *prepared_alike(const tf_plan *plan, const wave_draw *draw, size_t subgroup, size_t strategy)
{
    if (tf_changes_alike(NULL, plan->changes[strategy]))
        return prepared_without(plan, draw, subgroup);
    for (size_t s = 0; s < strategy; ++s)
        if (plan->changes[s] && tf_changes_alike(plan->changes[s], plan->changes[strategy]))
            return prepared_of(plan, draw, subgroup)[1 + s];
    return NULL;
}

static trefoil_status prepare_draw(trefoil_context *context, const tf_plan *plan, wave_draw *draw)
{
    trefoil_status status = tf_prepare(context, plan, draw->draw, NULL, NULL, &draw->prepared[0]);

    for (size_t g = 0; g < subgroups_of(plan); ++g) {
        const tf_changes *subgroup = plan->scenario->n_subgroups ? plan->subgroup_changes[g] : NULL;
        tf_prepared **own = draw->prepared + 1 + g * (1 + plan->layout->n_strategies);
        if (status == TREFOIL_DONE && subgroup)
            status = tf_prepare(context, plan, draw->draw, subgroup, NULL, &own[0]);
        for (size_t s = 0; status == TREFOIL_DONE && s < plan->layout->n_strategies; ++s) {
            const tf_changes *changes = plan->changes[s];
            const tf_prepared *like = changes ? prepared_alike(plan, draw, g, s) : NULL;
            if (like)
                status = tf_prepare_like(context, plan, like, subgroup, changes, &own[1 + s]);
            else if (changes)
                status = tf_prepare(context, plan, draw->draw, subgroup, changes, &own[1 + s]);
        }
    }
    return status;
}

static void destroy_prepared(const tf_plan *plan, tf_prepared **prepared)
{
    for (size_t p = 0; prepared && p < n_prepared(plan); ++p)
        tf_prepared_destroy(plan, prepared[p]);
    tf_free(prepared);
}

/* What is prepared of the last draw stays: the next wave may begin with its other portions. */
static void close_wave(const tf_plan *plan, draw_wave *wave)
{
    for (size_t d = 0; d < wave->n; ++d) {
        wave_draw *draw = &wave->draws[d];
        if (d + 1 < wave->n && wave->draws[d + 1].prepared != draw->prepared)
            destroy_prepared(plan, draw->prepared);
        wave->last = draw->draw;
        wave->prepared = draw->prepared;
        tf_draw_tally_free(&draw->tally);
        omp_destroy_lock(&draw->lock);
    }
    wave->n = 0;
}

/* Portions of one draw share what is prepared; the first of them sees to it, unless the last wave did. */
static bool share_prepared(const tf_plan *plan, draw_wave *wave)
{
    wave_draw *draw = &wave->draws[wave->n - 1];

    if (wave->n > 1 && draw[-1].draw == draw->draw) {
        draw->prepared = draw[-1].prepared;
        return true;
    }
    if (wave->n == 1 && wave->prepared && wave->last == draw->draw) {
        draw->prepared = wave->prepared;
        wave->prepared = NULL;
        return true;
    }
    if (wave->n == 1) {
        destroy_prepared(plan, wave->prepared);
        wave->prepared = NULL;
    }
    draw->prepares = true;
    draw->prepared = TF_NEW(tf_prepared *, n_prepared(plan));
    return draw->prepared != NULL;
}

static trefoil_status open_wave(trefoil_context *context, const tf_plan *plan, const tf_portions *cut, const tf_item *items, size_t n, draw_wave *wave)
{
    wave->n = wave->n_tasks = 0;
    for (size_t d = 0; d < n; ++d) {
        wave_draw *draw = &wave->draws[wave->n++];
        size_t first = cut->first[items[d].portion], units = cut->first[items[d].portion + 1] - first;
        *draw = (wave_draw){ .draw = items[d].draw, .units = &plan->units[first], .first = first, .n_units = units, .left = units };
        omp_init_lock(&draw->lock);
        wave->n_tasks += units;
        if (!share_prepared(plan, wave) || !tf_draw_tally_create(plan, &draw->tally))
            return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the sums of a draw");
    }
    return TREFOIL_DONE;
}

/* The task-th unit of the wave. */
static wave_draw *find_task(const draw_wave *wave, size_t task, const tf_unit **unit)
{
    wave_draw *draw = wave->draws;

    for (; task >= draw->n_units; ++draw)
        task -= draw->n_units;
    *unit = &draw->units[task];
    return draw;
}

typedef struct progress {
    trefoil_context *context;
    double done, total, told;
    const double *elsewhere; /* done by others */
} progress;

static double done_by_all(const progress *p)
{
    return p->done + (p->elsewhere ? *p->elsewhere : 0.0);
}

static void advance(progress *p, double work)
{
    double now = omp_get_wtime();

    p->done += work;
    if (omp_get_thread_num() == 0 && now - p->told > 0.1) {
        p->told = now;
        tf_progress(p->context, "simulating", done_by_all(p), p->total);
    }
}

static double work_of(const tf_plan *plan, const tf_unit *unit)
{
    return (double)unit->persons * (double)plan->layout->n_strategies;
}

/* The failure of the earliest task wins, so that the same mistake gives the same words whatever the threads. */
typedef struct first_failure {
    size_t task;
    trefoil_status status;
    char reason[1024];
} first_failure;

static void keep_first(first_failure *failure, size_t task, trefoil_status status, const trefoil_context *context)
{
    if (status == TREFOIL_DONE || task >= failure->task)
        return;
    failure->task = task;
    failure->status = status;
    snprintf(failure->reason, sizeof failure->reason, "%s", trefoil_context_reasons(context) ? trefoil_context_reason(context, 0) : "");
}

static trefoil_status prepare_wave(trefoil_context *context, const tf_plan *plan, worker *workers, int threads, draw_wave *wave)
{
    first_failure failure = { SIZE_MAX, TREFOIL_DONE, "" };

#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t d = 0; d < wave->n; ++d) {
        trefoil_context *own = workers[omp_get_thread_num()].context;
        double began = omp_get_wtime();
        trefoil_status status = wave->draws[d].prepares ? prepare_draw(own, plan, &wave->draws[d]) : TREFOIL_DONE;
        wave->draws[d].seconds += omp_get_wtime() - began;
#pragma omp critical(trefoil_failure)
        keep_first(&failure, d, status, own);
    }
    return failure.reason[0] ? tf_fail(context, failure.status, "%s", failure.reason) : failure.status;
}

static trefoil_status run_wave(trefoil_context *context, const tf_plan *plan, worker *workers, int threads, draw_wave *wave, progress *p)
{
    first_failure failure = { SIZE_MAX, TREFOIL_DONE, "" };

#pragma omp parallel num_threads(threads)
    {
        worker *w = &workers[omp_get_thread_num()];
#pragma omp for schedule(dynamic, 1)
        for (size_t task = 0; task < wave->n_tasks; ++task) {
            const tf_unit *unit;
            wave_draw *draw = find_task(wave, task, &unit);
            trefoil_status status = TREFOIL_DONE;
            bool stop;
#pragma omp critical(trefoil_failure)
            stop = failure.task <= task;
            if (!stop && tf_interrupted(context))
                status = TREFOIL_INTERRUPTED;
            else if (!stop)
                status = simulate_unit(w->context, plan, w, draw, unit);
#pragma omp critical(trefoil_failure)
            {
                keep_first(&failure, task, status, w->context);
                draw->left -= !stop && status == TREFOIL_DONE;
                advance(p, work_of(plan, unit));
            }
        }
    }
    return failure.reason[0] ? tf_fail(context, failure.status, "%s", failure.reason) : failure.status;
}

/* ---- a wave in child processes ----------------------------------------------- */

typedef struct isolation {
    trefoil_context *context;
    tf_plan *plan; /* a copy: the child sets who watches */
    worker *workers;
    draw_wave *wave;
    progress *p;
    tf_tray tray;
    bool *prepared; /* in the child, [draw]: plugins have made what they make once a draw */
    tf_unit_tally *views; /* [strategy] */
} isolation;

static void begin_isolated(void *self, int index, tf_watch *watch)
{
    isolation *all = self;

    (void)index;
    all->plan->watch = watch;
    all->plan->elsewhere = false;
    if (all->plan->original)
        *all->plan->original = 1;
}

static trefoil_status prepare_plugins(const isolation *all, trefoil_context *context, size_t d)
{
    trefoil_status status = TREFOIL_DONE;
    tf_prepared **prepared = all->wave->draws[d].prepared;

    for (size_t p = 0; !all->prepared[d] && p < n_prepared(all->plan); ++p)
        if (prepared[p])
            TRY(tf_bound_prepare(context, all->plan, prepared[p]));
    all->prepared[d] = true;
out:
    return status;
}

static trefoil_status work_isolated(void *self, int index, size_t task, void *answer, char why[TF_WHY_LOST])
{
    isolation *all = self;
    const tf_plan *plan = all->plan;
    worker *w = &all->workers[index];
    double began = omp_get_wtime(), *seconds = answer;
    int64_t *numbers = (int64_t *)answer + 1;
    const tf_unit *unit;
    wave_draw *draw = find_task(all->wave, task, &unit);
    trefoil_status status = prepare_plugins(all, w->context, (size_t)(draw - all->wave->draws));

    if (status == TREFOIL_DONE)
        status = live_unit(w->context, plan, w, draw, unit);
    if (status != TREFOIL_DONE) {
        snprintf(why, TF_WHY_LOST, "%s", trefoil_context_reasons(w->context) ? trefoil_context_reason(w->context, 0) : "");
        return status;
    }
    *seconds = omp_get_wtime() - began;
    for (size_t s = 0; s < plan->layout->n_strategies; ++s, numbers += tf_unit_tally_numbers(&w->units[0]))
        tf_unit_tally_write(&w->units[s], numbers);
    return TREFOIL_DONE;
}

/* What is left of a portion that lost a unit is not simulated. */
static bool skip_isolated(void *self, size_t task)
{
    isolation *all = self;
    const tf_unit *unit;
    const wave_draw *draw = find_task(all->wave, task, &unit);

    if (draw->lost)
        advance(all->p, work_of(all->plan, unit));
    return draw->lost;
}

static void take_isolated(void *self, size_t task, void *answer)
{
    isolation *all = self;
    const tf_plan *plan = all->plan;
    const tf_unit *unit;
    wave_draw *draw = find_task(all->wave, task, &unit);
    worker *w = &all->workers[0];
    int64_t *numbers = (int64_t *)answer + 1;

    for (size_t s = 0; s < plan->layout->n_strategies; ++s, numbers += tf_unit_tally_numbers(&w->units[0]))
        all->views[s] = tf_unit_tally_view(&w->units[s], unit->n_pieces, numbers);
    add_unit(plan, w, all->views, draw, unit, *(double *)answer);
    draw->left--;
    advance(all->p, work_of(plan, unit));
}

static trefoil_status lose_isolated(void *self, size_t task, const char *why)
{
    isolation *all = self;
    const tf_unit *unit;
    wave_draw *draw = find_task(all->wave, task, &unit);

    tf_say(all->context, TREFOIL_LOG_WARNING, "%s; this unit of work is lost", why);
    draw->lost = true;
    advance(all->p, work_of(all->plan, unit));
    return all->tray.lose(all->tray.self, all->context, draw->draw, why);
}

static trefoil_status run_wave_isolated(trefoil_context *context, tf_plan *plan, worker *workers, int threads, draw_wave *wave,
                                        progress *p, tf_tray tray)
{
    isolation all = { context, plan, workers, wave, p, tray, TF_NEW(bool, wave->n), TF_NEW(tf_unit_tally, plan->layout->n_strategies) };
    tf_chores chores = { .n = wave->n_tasks, .workers = threads, .limit = plan->hook_limit, .interventions = plan->interventions,
                         .answer_size = (1 + plan->layout->n_strategies * tf_unit_tally_numbers(&workers[0].units[0])) * sizeof(int64_t),
                         .begin = begin_isolated, .work = work_isolated, .skip = skip_isolated, .take = take_isolated, .lose = lose_isolated, .self = &all };
    trefoil_status status = all.prepared && all.views ? tf_isolate(context, &chores)
                                                      : tf_fail(context, TREFOIL_NO_MEMORY, "no memory for %d worker processes", threads);

    tf_free(all.prepared);
    tf_free(all.views);
    return status;
}

/* ---- handing over ------------------------------------------------------------ */

/* The portions that are finished: not all are when the wave was interrupted. */
static trefoil_status hand_over(trefoil_context *context, const draw_wave *wave, tf_tray tray)
{
    tf_portion *portions = TF_NEW(tf_portion, wave->n);
    trefoil_status status;
    size_t n = 0;

    if (!portions)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the portions of a draw");
    for (size_t d = 0; d < wave->n; ++d) {
        const wave_draw *draw = &wave->draws[d];
        if (draw->left == 0)
            portions[n++] = (tf_portion){ draw->draw, draw->first, draw->n_units, draw->prepared[0]->parameters, &draw->tally, draw->seconds };
    }
    status = tray.take(tray.self, context, portions, n);
    tf_free(portions);
    return status;
}

/* ---- threads ----------------------------------------------------------------- */

static void *wait_for_all(void *started)
{
    pthread_mutex_lock(started);
    pthread_mutex_unlock(started);
    return NULL;
}

/* OpenMP ends the program when the system gives it fewer threads than it asks for, so the system is asked first. */
static trefoil_status check_threads(trefoil_context *context, int threads)
{
    pthread_t *others = TF_NEW(pthread_t, threads);
    pthread_mutex_t started = PTHREAD_MUTEX_INITIALIZER;
    int n = 1, error = others ? 0 : ENOMEM;

    pthread_mutex_lock(&started);
    for (; error == 0 && n < threads; ++n)
        if ((error = pthread_create(&others[n], NULL, wait_for_all, &started)) != 0)
            break;
    pthread_mutex_unlock(&started);
    for (int k = 1; k < n; ++k)
        pthread_join(others[k], NULL);
    tf_free(others);
    return error == 0 ? TREFOIL_DONE
                      : tf_fail(context, TREFOIL_NO_MEMORY, "the system gives %d of %d threads (%s); try --threads %d, or raise its limit (ulimit -u, -v)",
                                n, threads, strerror(error), n);
}

static trefoil_status run_wave_somewhere(trefoil_context *context, tf_plan *plan, worker *workers, int threads, draw_wave *wave, progress *p,
                                         tf_tray tray)
{
    trefoil_status status = prepare_wave(context, plan, workers, threads, wave);

    if (status != TREFOIL_DONE)
        return status;
    return plan->hook_limit > 0 ? run_wave_isolated(context, plan, workers, threads, wave, p, tray)
                                : run_wave(context, plan, workers, threads, wave, p);
}

static trefoil_status simulate_wave(trefoil_context *context, tf_plan *plan, worker *workers, int threads, draw_wave *wave, progress *p,
                                    tf_tray tray)
{
    trefoil_status status = run_wave_somewhere(context, plan, workers, threads, wave, p, tray);
    trefoil_status taken = hand_over(context, wave, tray);

    return status == TREFOIL_DONE ? taken : status;
}

/* ---- the portions ------------------------------------------------------------ */

trefoil_status tf_simulate(trefoil_context *context, const tf_plan *given, tf_run_options options, const tf_portions *cut, const tf_item *items,
                           size_t n_items, tf_tray tray)
{
    trefoil_status status = TREFOIL_DONE;
    tf_plan own = *given, *plan = &own;
    int threads = options.threads > 0 ? options.threads : omp_get_max_threads();
    uint32_t block = options.block ? options.block : TF_BLOCK_DEFAULT;
    size_t n_workers = 0;
    worker *workers = TF_NEW(worker, threads);
    draw_wave wave = { .draws = TF_NEW(wave_draw, 2 * threads), .capacity = (size_t)(2 * threads) };
    progress p = { context, 0.0, tray.total, 0.0, tray.elsewhere };

    if (!workers || !wave.draws) {
        status = tf_fail(context, TREFOIL_NO_MEMORY, "no memory for %d threads", threads);
        goto out;
    }
    own.original = tf_has_children() ? NULL : tf_original_create(); /* whoever has children already cannot tell a plugin's from them */
    TRY(check_threads(context, threads));
    own.elsewhere = given->hook_limit > 0;
    for (; n_workers < (size_t)threads; ++n_workers)
        TRY(create_worker(context, plan, block, &workers[n_workers]));
    for (size_t d = 0; d < n_items; d += wave.capacity) {
        TRY(open_wave(context, plan, cut, items + d, n_items - d < wave.capacity ? n_items - d : wave.capacity, &wave));
        TRY(simulate_wave(context, plan, workers, threads, &wave, &p, tray));
        close_wave(plan, &wave);
    }
out:
    tf_original_destroy(own.original);
    close_wave(plan, &wave);
    destroy_prepared(plan, wave.prepared);
    for (size_t w = 0; w < n_workers; ++w)
        free_worker(plan, &workers[w]);
    tf_free(workers);
    tf_free(wave.draws);
    return status;
}
