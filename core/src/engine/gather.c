/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/gather.h"

#include "base/memory.h"

#include <string.h>

struct tf_gather {
    const tf_plan *plan;
    const tf_portions *cut;
    const tf_keeper *keepers;
    size_t n_keepers;
    tf_sink sink;
    uint32_t draw;     /* the next the sink is to have */
    bool *lost;        /* [draw]: it will not be complete */
    bool open;         /* below is what there is of it */
    size_t count;      /* portions */
    bool *added;       /* [portion] */
    tf_draw_tally sum;
    double *parameters;
    double seconds;
};

trefoil_status tf_gather_create(trefoil_context *context, const tf_plan *plan, const tf_portions *cut, const tf_keeper *keepers, size_t n_keepers,
                                tf_sink sink, tf_gather **gather)
{
    tf_gather *made = TF_NEW(tf_gather, 1);

    *gather = NULL;
    if (made) {
        *made = (tf_gather){ .plan = plan, .cut = cut, .keepers = keepers, .n_keepers = n_keepers, .sink = sink,
                             .lost = TF_NEW(bool, (size_t)plan->scenario->draws + 1), .added = TF_NEW(bool, cut->count), .parameters = TF_NEW(double, plan->layout->n_parameters) };
    }
    if (!made || !made->lost || !made->added || !made->parameters || !tf_draw_tally_create(plan, &made->sum)) {
        tf_gather_destroy(made);
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the sums of a draw");
    }
    *gather = made;
    return TREFOIL_DONE;
}

void tf_gather_destroy(tf_gather *gather)
{
    if (!gather)
        return;
    tf_draw_tally_free(&gather->sum);
    tf_free(gather->lost);
    tf_free(gather->added);
    tf_free(gather->parameters);
    tf_free(gather);
}

static const tf_keeper *keeper_of(const tf_gather *gather, uint32_t draw, size_t portion)
{
    size_t first = gather->cut->first[portion], units = gather->cut->first[portion + 1] - first;

    for (size_t k = 0; k < gather->n_keepers; ++k)
        if (gather->keepers[k].has && gather->keepers[k].has(gather->keepers[k].self, draw, first, units))
            return &gather->keepers[k];
    return NULL;
}

bool tf_gather_has(const tf_gather *gather, tf_item item)
{
    return (gather->sink.has && gather->sink.has(gather->sink.self, item.draw)) || keeper_of(gather, item.draw, item.portion) != NULL;
}

/* ---- the draw at hand -------------------------------------------------------- */

/* Begin with the first draw the sink does not have, and what is kept of it. */
static trefoil_status open_draw(trefoil_context *context, tf_gather *gather)
{
    trefoil_status status = TREFOIL_DONE;

    while (gather->draw <= gather->plan->scenario->draws &&
           (gather->lost[gather->draw] || (gather->sink.has && gather->sink.has(gather->sink.self, gather->draw))))
        gather->draw++;
    gather->open = gather->draw <= gather->plan->scenario->draws;
    gather->count = 0;
    gather->seconds = 0.0;
    memset(gather->added, 0, gather->cut->count * sizeof *gather->added);
    tf_tally_clear(&gather->sum);
    for (size_t p = 0; gather->open && p < gather->cut->count; ++p) {
        const tf_keeper *keeper = keeper_of(gather, gather->draw, p);
        if (!keeper)
            continue;
        TRY(keeper->add(keeper->self, context, gather->draw, gather->cut->first[p], &gather->sum, gather->parameters, &gather->seconds));
        gather->added[p] = true;
        gather->count++;
    }
out:
    return status;
}

static trefoil_status close_draw(trefoil_context *context, tf_gather *gather)
{
    tf_draw draw = { gather->draw, gather->parameters, NULL, gather->seconds };
    tf_outcome *outcomes = NULL;
    trefoil_status status = tf_draw_tally_finish(context, gather->plan, &gather->sum, &outcomes);

    draw.outcomes = outcomes;
    if (status == TREFOIL_DONE)
        status = gather->sink.take(gather->sink.self, context, gather->plan->layout, &draw);
    tf_outcomes_free(outcomes, gather->plan->layout->n_strategies);
    gather->open = false;
    gather->draw++;
    return status;
}

static trefoil_status add(trefoil_context *context, tf_gather *gather, const tf_portion *portion)
{
    size_t p = 0;

    while (p < gather->cut->count && gather->cut->first[p] != portion->first)
        ++p;
    if (p == gather->cut->count || gather->cut->first[p + 1] - portion->first != portion->units)
        return tf_bug(context, "a portion of draw %u is cut in another way than the run", portion->draw);
    if (gather->added[p])
        return TREFOIL_DONE;
    memcpy(gather->parameters, portion->parameters, gather->plan->layout->n_parameters * sizeof *gather->parameters);
    tf_tally_add(portion->tally, &gather->sum);
    gather->seconds += portion->seconds;
    gather->added[p] = true;
    gather->count++;
    return TREFOIL_DONE;
}

/* ---- taking ------------------------------------------------------------------ */

static trefoil_status keep(trefoil_context *context, const tf_gather *gather, const tf_portion *portions, size_t n)
{
    trefoil_status status = TREFOIL_DONE;
    tf_portion *left = TF_NEW(tf_portion, n);
    size_t count = 0;

    if (!left)
        return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the portions of a draw");
    for (size_t k = 0; k < n; ++k)
        if (portions[k].draw >= gather->draw || gather->lost[portions[k].draw])
            left[count++] = portions[k];
    if (count && gather->n_keepers && gather->keepers[0].keep)
        status = gather->keepers[0].keep(gather->keepers[0].self, context, left, count);
    tf_free(left);
    return status;
}

trefoil_status tf_gather_take(trefoil_context *context, tf_gather *gather, const tf_portion *portions, size_t n)
{
    trefoil_status status = TREFOIL_DONE;

    do {
        if (!gather->open)
            TRY(open_draw(context, gather));
        if (!gather->open)
            break;
        for (size_t k = 0; k < n; ++k)
            if (portions[k].draw == gather->draw)
                TRY(add(context, gather, &portions[k]));
        if (gather->count < gather->cut->count)
            break;
        TRY(close_draw(context, gather));
    } while (true);
    TRY(keep(context, gather, portions, n));
out:
    return status;
}

void tf_gather_lose(tf_gather *gather, uint32_t draw)
{
    if (gather->sink.in_order)
        return;
    gather->lost[draw] = true;
    if (draw == gather->draw)
        gather->open = false; /* what was added of it is kept, too */
}
