/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/team.h"

#include "base/memory.h"
#include "engine/gather.h"
#include "engine/losses.h"
#include "engine/simulate.h"

#include <stdio.h>
#include <string.h>

/* ---- messages ---------------------------------------------------------------- */

/* A message is its kind and what follows: a portion's head, parameters and sums (tf_tally_encode); the draw of a unit that was lost, and why; how a
 * rank ended; nothing.  Ranks run the
 * same program on machines of one kind. */
enum { PORTION = 'p', LOST = 'l', END = 'e', STOP = 's' };

typedef struct portion_head {
    uint32_t draw;
    uint64_t first, units;
    double seconds;
} portion_head;

static trefoil_status starve(trefoil_context *context)
{
    return tf_fail(context, TREFOIL_NO_MEMORY, "no memory for a message between ranks");
}

static void begin_message(tf_text *message, char kind)
{
    *message = (tf_text){ 0 };
    tf_text_add_bytes(message, &kind, 1);
}

static trefoil_status send(trefoil_context *context, const trefoil_ranks *ranks, size_t to, tf_text *message)
{
    bool sent = !message->failed && ranks->send(ranks->self, to, message->chars, message->length);

    tf_text_free(message);
    return sent ? TREFOIL_DONE : starve(context);
}

static trefoil_status send_portion(trefoil_context *context, const tf_plan *plan, const trefoil_ranks *ranks, const tf_portion *portion)
{
    portion_head head = { portion->draw, portion->first, portion->units, portion->seconds };
    tf_text message;

    begin_message(&message, PORTION);
    tf_text_add_bytes(&message, (const char *)&head, sizeof head);
    if (plan->layout->n_parameters)
        tf_text_add_bytes(&message, (const char *)portion->parameters, plan->layout->n_parameters * sizeof(double));
    tf_tally_encode(portion->tally, &message);
    return send(context, ranks, 0, &message);
}

/* Read a portion into `tally` and `parameters`. */
static trefoil_status read_portion(trefoil_context *context, const tf_plan *plan, const char *message, size_t length, double *parameters,
                                   tf_draw_tally *tally, tf_portion *portion)
{
    portion_head head;
    size_t n = plan->layout->n_parameters * sizeof *parameters, begins = 1 + sizeof head + n;

    if (length < begins)
        return tf_bug(context, "a message between ranks is too short");
    memcpy(&head, message + 1, sizeof head);
    if (n)
        memcpy(parameters, message + 1 + sizeof head, n);
    tf_tally_clear(tally);
    if (!tf_tally_decode_add(message + begins, length - begins, tally))
        return tf_bug(context, "a message between ranks holds no sums");
    *portion = (tf_portion){ head.draw, (size_t)head.first, (size_t)head.units, parameters, tally, head.seconds };
    return TREFOIL_DONE;
}

/* ---- what is to do ----------------------------------------------------------- */

/* Items in turn: this rank's are every size-th of those that rank 0 has not. */
typedef struct turn {
    tf_item *items;
    size_t n;
    double work; /* of all ranks */
} turn;

static trefoil_status take_turn(trefoil_context *context, const tf_plan *plan, const tf_portions *cut, const trefoil_ranks *ranks, const tf_gather *gather,
                                turn *mine)
{
    size_t all = tf_portions_items(plan, cut), to_do = 0;
    unsigned char *missing = tf_alloc(all, 1);
    bool fine;

    *mine = (turn){ .items = TF_NEW(tf_item, all / ranks->size + 1) };
    fine = ranks->least(ranks->self, missing && mine->items) == 1;
    for (size_t i = 0; fine && gather && i < all; ++i)
        missing[i] = !tf_gather_has(gather, tf_portions_item(cut, i));
    if (fine)
        ranks->spread(ranks->self, missing, all);
    for (size_t i = 0; fine && i < all; ++i) {
        if (!missing[i])
            continue;
        mine->work += tf_portion_work(plan, cut, i % cut->count);
        if (to_do++ % ranks->size == ranks->rank)
            mine->items[mine->n++] = tf_portions_item(cut, i);
    }
    tf_free(missing);
    return fine ? TREFOIL_DONE : tf_fail(context, TREFOIL_NO_MEMORY, "no memory for the list of draws");
}

/* ---- ranks above 0 ----------------------------------------------------------- */

typedef struct follower {
    const tf_plan *plan;
    const trefoil_ranks *ranks;
    bool stopped; /* rank 0 said so */
} follower;

static void listen(follower *self, bool patient)
{
    const char *message;
    size_t length;

    while (!self->stopped && (message = self->ranks->receive(self->ranks->self, patient, &length)) != NULL)
        self->stopped = message[0] == STOP;
}

static trefoil_status pass_on(void *self, trefoil_context *context, const tf_portion *portions, size_t n)
{
    follower *of = self;
    trefoil_status status = TREFOIL_DONE;

    for (size_t k = 0; k < n && status == TREFOIL_DONE; ++k)
        status = send_portion(context, of->plan, of->ranks, &portions[k]);
    listen(of, false);
    return status == TREFOIL_DONE && of->stopped ? TREFOIL_INTERRUPTED : status;
}

static trefoil_status pass_on_loss(void *self, trefoil_context *context, uint32_t draw, const char *why)
{
    follower *of = self;
    trefoil_status status;
    tf_text message;

    begin_message(&message, LOST);
    tf_text_add_bytes(&message, (const char *)&draw, sizeof draw);
    tf_text_add(&message, why);
    status = send(context, of->ranks, 0, &message);
    listen(of, false);
    return status == TREFOIL_DONE && of->stopped ? TREFOIL_INTERRUPTED : status;
}

static trefoil_status tell_end(trefoil_context *context, const trefoil_ranks *ranks, trefoil_status status)
{
    tf_text message;

    begin_message(&message, END);
    tf_text_add_bytes(&message, (const char *)&status, sizeof status);
    if (trefoil_context_reasons(context))
        tf_text_add(&message, trefoil_context_reason(context, 0));
    return send(context, ranks, 0, &message);
}

static trefoil_status follow(trefoil_context *context, const tf_plan *plan, tf_run_options options, const tf_portions *cut, const trefoil_ranks *ranks)
{
    follower self = { plan, ranks, false };
    turn mine;
    trefoil_status status = take_turn(context, plan, cut, ranks, NULL, &mine);

    if (status == TREFOIL_DONE) {
        status = tf_simulate(context, plan, options, cut, mine.items, mine.n, (tf_tray){ .take = pass_on, .lose = pass_on_loss, .self = &self, .total = mine.work });
        if (tell_end(context, ranks, status) != TREFOIL_DONE)
            status = TREFOIL_NO_MEMORY;
        while (status != TREFOIL_NO_MEMORY && !self.stopped)
            listen(&self, true);
    }
    tf_free(mine.items);
    return status;
}

/* ---- rank 0 ------------------------------------------------------------------ */

typedef struct leader {
    const tf_plan *plan;
    const tf_portions *cut;
    const trefoil_ranks *ranks;
    tf_gather *gather;
    tf_losses lost;
    tf_draw_tally tally; /* of a portion that arrives */
    double *parameters;
    double elsewhere;    /* work of the others that has arrived; when rank 0's own is done, with it */
    size_t at_work;      /* of the others */
    bool stopped;        /* they were told to */
    bool closed;         /* no more is taken */
} leader;

static void stop_others(leader *self)
{
    static const char message[] = { STOP };

    for (size_t rank = 1; rank < self->ranks->size && !self->stopped; ++rank)
        self->ranks->send(self->ranks->self, rank, message, sizeof message);
    self->stopped = true;
}

static trefoil_status gather(trefoil_context *context, leader *self, const tf_portion *portions, size_t n)
{
    trefoil_status status = self->closed ? TREFOIL_DONE : tf_gather_take(context, self->gather, portions, n);

    self->closed = self->closed || status != TREFOIL_DONE;
    return status;
}

static trefoil_status take_end(trefoil_context *context, leader *self, const char *message, size_t length)
{
    trefoil_status status = TREFOIL_BUG;
    size_t begins = 1 + sizeof status;

    if (length >= begins)
        memcpy(&status, message + 1, sizeof status);
    self->at_work--;
    if (status == TREFOIL_DONE || (status == TREFOIL_INTERRUPTED && self->stopped))
        return TREFOIL_DONE;
    return length > begins ? tf_fail(context, status, "%.*s", (int)(length - begins), message + begins) : status;
}

/* Of whatever rank. */
static trefoil_status lose(void *self, trefoil_context *context, uint32_t draw, const char *why)
{
    leader *of = self;

    (void)context;
    tf_gather_lose(of->gather, draw);
    return tf_losses_add(&of->lost, draw, why);
}

static trefoil_status take_loss(trefoil_context *context, leader *self, const char *message, size_t length)
{
    char why[TF_WHY_LOST];
    uint32_t draw;
    size_t begins = 1 + sizeof draw;

    if (length < begins)
        return tf_bug(context, "a message between ranks is too short");
    memcpy(&draw, message + 1, sizeof draw);
    snprintf(why, sizeof why, "%.*s", (int)(length - begins), message + begins);
    return draw <= self->plan->scenario->draws ? lose(self, context, draw, why) : tf_bug(context, "a message between ranks names no draw");
}

static trefoil_status take_message(trefoil_context *context, leader *self, const char *message, size_t length)
{
    tf_portion portion;
    trefoil_status status;

    if (message[0] == END)
        return take_end(context, self, message, length);
    if (message[0] == LOST)
        return take_loss(context, self, message, length);
    TRY(read_portion(context, self->plan, message, length, self->parameters, &self->tally, &portion));
    for (size_t p = 0; p < self->cut->count; ++p)
        if (self->cut->first[p] == portion.first)
            self->elsewhere += tf_portion_work(self->plan, self->cut, p);
    TRY(gather(context, self, &portion, 1));
out:
    return status;
}

static trefoil_status take_messages(trefoil_context *context, leader *self, bool patient)
{
    trefoil_status status = TREFOIL_DONE;
    const char *message;
    size_t length;

    while (status == TREFOIL_DONE && (message = self->ranks->receive(self->ranks->self, patient, &length)) != NULL) {
        status = take_message(context, self, message, length);
        patient = false;
    }
    return status;
}

static trefoil_status take(void *self, trefoil_context *context, const tf_portion *portions, size_t n)
{
    trefoil_status status = gather(context, self, portions, n);

    return status == TREFOIL_DONE ? take_messages(context, self, false) : status;
}

/* Until all others have ended; after a failure they are told to, and what they have finished by then is taken. */
static trefoil_status wait_for_others(trefoil_context *context, leader *self, double total, trefoil_status status)
{
    while (self->at_work > 0) {
        trefoil_status taken;
        if (status == TREFOIL_DONE && tf_interrupted(context))
            status = TREFOIL_INTERRUPTED;
        if (status != TREFOIL_DONE)
            stop_others(self);
        taken = take_messages(context, self, true);
        status = status == TREFOIL_DONE ? taken : status;
        tf_progress(context, "simulating", self->elsewhere, total);
    }
    stop_others(self);
    if (status == TREFOIL_DONE)
        tf_progress(context, "simulating", total, total);
    return status;
}

static trefoil_status lead(trefoil_context *context, const tf_plan *plan, tf_run_options options, const tf_portions *cut, tf_keeper keeper,
                           const trefoil_ranks *ranks, tf_sink sink)
{
    leader self = { .plan = plan, .cut = cut, .ranks = ranks, .at_work = ranks->size - 1 };
    turn mine = { 0 };
    trefoil_status status;

    self.parameters = TF_NEW(double, plan->layout->n_parameters);
    if (!self.parameters || !tf_draw_tally_create(plan, &self.tally))
        status = starve(context);
    else if (!keeper.keep && plan->scenario->draws > 0)
        status = tf_bug(context, "ranks need a keeper: draws do not come in order");
    else
        status = tf_gather_create(context, plan, cut, &keeper, 1, sink, &self.gather);
    if (status == TREFOIL_DONE)
        status = gather(context, &self, NULL, 0);
    if (ranks->least(ranks->self, status == TREFOIL_DONE) == 1) {
        status = take_turn(context, plan, cut, ranks, self.gather, &mine);
        if (status == TREFOIL_DONE) {
            tf_tray tray = { take, lose, &self, mine.work, &self.elsewhere };
            status = tf_simulate(context, plan, options, cut, mine.items, mine.n, tray);
            for (size_t i = 0; i < mine.n; ++i)
                self.elsewhere += tf_portion_work(plan, cut, mine.items[i].portion);
            status = wait_for_others(context, &self, mine.work, status);
            status = tf_losses_end(context, &self.lost, keeper.keep != NULL, status);
        }
    }
    tf_gather_destroy(self.gather);
    tf_draw_tally_free(&self.tally);
    tf_free(self.parameters);
    tf_free(mine.items);
    return status;
}

trefoil_status tf_team_go(trefoil_context *context, const tf_plan *plan, tf_run_options options, const tf_portions *cut, tf_keeper keeper,
                          const trefoil_ranks *ranks, tf_sink sink)
{
    if (ranks->rank == 0)
        return lead(context, plan, options, cut, keeper, ranks, sink);
    if (ranks->least(ranks->self, 1) != 1) /* rank 0 cannot begin, and says why */
        return TREFOIL_INTERRUPTED;
    return follow(context, plan, options, cut, ranks);
}
