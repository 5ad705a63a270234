/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Strategies in company.  Under common random numbers a person whom no plugin touches lives one and the same life under every strategy, so
 * that life is simulated once, for all strategies in company.  In the cycle, or at the event, in which some strategy's plugin first touches
 * the person (a hazard ratio other than 1 on a clock that runs, an amount other than 0 that would be charged), he or she parts, and waits;
 * when several blocks of a unit have lived in common, those who have parted live on together, once for each strategy, each from the moment of
 * parting.  Sums are exact, so results are to the bit those of strategies that live alone.
 */
#ifndef TF_ENGINE_COMPANY_H
#define TF_ENGINE_COMPANY_H

#include "engine/block.h"

typedef struct tf_company tf_company;

/* Strategies of one company at most: each has a block of its own in memory. */
enum { TF_COMPANY_MAX = 16 };

/* Can the strategy live in company with others under which the model says the same?  Not on the discrete clock, not with times to event, and not
 * if it acts on risk factors. */
bool tf_company_takes(const tf_plan *plan, const tf_bound *bound);

/*
 * Strategies that live together in `common`; each of them in its block of its own, `own` (same plan and capacity), to which `bound`
 * (or NULL) is bound, once it has parted.  NULL with a reason recorded when memory is exhausted.
 */
tf_company *tf_company_create(trefoil_context *context, const tf_plan *plan, tf_block *common, const size_t *strategies, size_t n);
void tf_company_destroy(tf_company *company);

/* The strategy for which its people are made. */
size_t tf_company_first(const tf_company *company);

/* A unit begins: nobody has parted.  Its blocks hold `most` people. */
void tf_company_begin(tf_company *company, uint32_t most);
/* Live through the whole horizon from people as made in the common block, one after the other of a unit; prepared[strategy] has the settings of
 * each; sums go to the strategies' units ... */
trefoil_status tf_company_live(trefoil_context *context, tf_company *company, const tf_prepared *const *prepared, tf_unit_tally *units) TF_MUST_USE;
/* ... but those of who has parted, not before this; afterwards nobody has. */
trefoil_status tf_company_live_on(trefoil_context *context, tf_company *company, tf_unit_tally *units) TF_MUST_USE;

/* Would a plugin of some strategy act if the transition fired for the row of the common block? */
bool tf_company_touched(const tf_company *company, int transition, uint32_t row);
/* The row parts in the middle of a cycle, at the moment `at`. */
void tf_company_part(tf_company *company, uint32_t row, double at);
/* Rows of the common block change places: what the members' plugins remember goes with them. */
void tf_company_move_rows(tf_company *company, const tf_order *order);

#endif
