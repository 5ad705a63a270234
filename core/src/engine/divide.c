/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/divide.h"

#include "base/memory.h"
#include "engine/gather.h"
#include "engine/losses.h"
#include "engine/simulate.h"

static double work_of(const tf_plan *plan, const tf_portions *cut, const tf_item *items, size_t n)
{
    double work = 0.0;

    for (size_t i = 0; i < n; ++i)
        work += tf_portion_work(plan, cut, items[i].portion);
    return work;
}

static trefoil_status simulate(trefoil_context *context, const tf_plan *plan, tf_run_options options, const tf_portions *cut, const tf_item *items,
                               size_t n, tf_tray tray)
{
    trefoil_status status;

    tray.total = work_of(plan, cut, items, n);
    status = tf_simulate(context, plan, options, cut, items, n, tray);
    if (status == TREFOIL_DONE)
        tf_progress(context, "simulating", tray.total, tray.total);
    return status;
}

/* ---- a shard ----------------------------------------------------------------- */

typedef struct shard {
    tf_keeper keeper;
    tf_losses lost;
} shard;

static trefoil_status keep(void *self, trefoil_context *context, const tf_portion *portions, size_t n)
{
    const tf_keeper *keeper = &((shard *)self)->keeper;

    return n ? keeper->keep(keeper->self, context, portions, n) : TREFOIL_DONE;
}

static trefoil_status lose(void *self, trefoil_context *context, uint32_t draw, const char *why)
{
    (void)context;
    return tf_losses_add(&((shard *)self)->lost, draw, why);
}

static trefoil_status go_shard(trefoil_context *context, const tf_plan *plan, tf_run_options options, const tf_division *division,
                               const tf_portions *cut)
{
    shard self = { .keeper = division->keeper };
    size_t all = tf_portions_items(plan, cut), n = 0;
    tf_item *items = TF_NEW(tf_item, all / division->shards + 1);
    trefoil_status status;

    if (!items)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the list of draws");
    for (size_t i = division->shard; i < all; i += division->shards) {
        tf_item item = tf_portions_item(cut, i);
        size_t first = cut->first[item.portion];
        if (!self.keeper.has(self.keeper.self, item.draw, first, cut->first[item.portion + 1] - first))
            items[n++] = item;
    }
    status = simulate(context, plan, options, cut, items, n, (tf_tray){ .take = keep, .lose = lose, .self = &self });
    status = tf_losses_end(context, &self.lost, true, status);
    tf_free(items);
    return status;
}

/* ---- alone ------------------------------------------------------------------- */

typedef struct alone {
    tf_gather *gather;
    tf_losses lost;
} alone;

static trefoil_status take(void *self, trefoil_context *context, const tf_portion *portions, size_t n)
{
    return tf_gather_take(context, ((alone *)self)->gather, portions, n);
}

static trefoil_status go_past(void *self, trefoil_context *context, uint32_t draw, const char *why)
{
    alone *of = self;

    (void)context;
    tf_gather_lose(of->gather, draw);
    return tf_losses_add(&of->lost, draw, why);
}

static trefoil_status go_alone(trefoil_context *context, const tf_plan *plan, tf_run_options options, const tf_division *division,
                               const tf_portions *cut, tf_sink sink)
{
    size_t all = tf_portions_items(plan, cut), n = 0;
    tf_item *items = TF_NEW(tf_item, all);
    trefoil_status status = TREFOIL_DONE;
    alone self = { 0 };

    if (!items)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the list of draws");
    TRY(tf_gather_create(context, plan, cut, &division->keeper, 1, sink, &self.gather));
    TRY(tf_gather_take(context, self.gather, NULL, 0));
    for (size_t i = 0; i < all; ++i) {
        tf_item item = tf_portions_item(cut, i);
        if (!tf_gather_has(self.gather, item))
            items[n++] = item;
    }
    status = simulate(context, plan, options, cut, items, n, (tf_tray){ .take = take, .lose = go_past, .self = &self });
    status = tf_losses_end(context, &self.lost, division->keeper.keep != NULL, status);
out:
    tf_gather_destroy(self.gather);
    tf_free(items);
    return status;
}

trefoil_status tf_divide(trefoil_context *context, const tf_plan *plan, tf_run_options options, const tf_division *division, tf_sink sink)
{
    tf_portions cut;
    trefoil_status status = tf_portions_create(context, plan, division->persons, &cut);

    if (status != TREFOIL_DONE)
        return status;
    if (division->ranks)
        status = tf_team_go(context, plan, options, &cut, division->keeper, division->ranks, sink);
    else if (division->shards)
        status = go_shard(context, plan, options, division, &cut);
    else
        status = go_alone(context, plan, options, division, &cut, sink);
    tf_portions_free(&cut);
    return status;
}
