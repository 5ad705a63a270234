/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ledger of a deal: every flow of money in every draw, in whole pence.
 *
 * A route says between which accounts money goes and why: a term of the deal, or a cost of the run that falls on somebody.  An entry is an
 * amount on a route; below 0 it flows the other way.  A transfer takes from one party what it gives another, so that transfers sum to 0 over
 * parties in every draw and year, to the penny.  A resource is used up: it leaves its payer and reaches nobody.
 */
#ifndef TF_DEAL_LEDGER_H
#define TF_DEAL_LEDGER_H

#include "base/status.h"
#include "deal/party.h"

#include <stdint.h>

typedef enum tf_class { TF_TRANSFER, TF_RESOURCE } tf_class;
/* What an entry rests on: a truth the simulation knows, a measurement of it, or a cost of the run that is there without the deal. */
typedef enum tf_basis { TF_BASIS_TRUE, TF_BASIS_MEASURED, TF_BASIS_RUN } tf_basis;
extern const char *const tf_class_names[], *const tf_basis_names[]; /* NULL-terminated */

typedef struct tf_route {
    char *name, *title;
    tf_account payer, payee;
    tf_class class;
    tf_basis basis;
    double lag;               /* years from accrual to cash */
    double cashable, avoided; /* of a resource of the run that is freed: the share turned into cash, and that which is growth avoided; the
                                 rest is capacity */
    size_t delay;             /* whole years from the year of accrual to that of cash: half a year is the next one */
} tf_route;

typedef struct tf_entry {
    uint32_t draw;        /* index, from 0, of the draw in the sample */
    uint16_t route;
    uint16_t accrual, cash; /* years of the deal, from 0 */
    int64_t pence;
} tf_entry;

typedef struct tf_ledger {
    const tf_route *routes;
    size_t n_routes;
    tf_entry *entries; /* by route, draw, accrual; none of 0 pence */
    size_t count, capacity;
} tf_ledger;

/* Pounds as pence, to the nearest; false when they are not finite or too many. */
bool tf_pence(double pounds, int64_t *pence) TF_MUST_USE;
/* 0, or -1 when memory is exhausted.  Nothing is added for 0 pence. */
int tf_ledger_add(tf_ledger *ledger, uint32_t draw, size_t route, size_t accrual, int64_t pence) TF_MUST_USE;
void tf_ledger_free(tf_ledger *ledger);

/*
 * Double entry: post every entry on the routes that `want` takes (NULL: all) to both of its parties, by cash year:
 *   balances[(party x years + cash) x draws + draw], in pence, added to what is there.
 */
void tf_ledger_post(const tf_ledger *ledger, bool (*want)(const tf_route *route), size_t years, size_t draws, int64_t *balances);

/* Do the transfers sum to 0 over parties in every draw and cash year?  Worked out anew from both sides of every entry; a failure is our
 * bug and names draw and year. */
trefoil_status tf_ledger_check(trefoil_context *context, const tf_ledger *ledger, size_t parties, size_t years, size_t draws) TF_MUST_USE;

/* Terms of the deal; costs of the run; transfers. */
bool tf_route_of_deal(const tf_route *route);
bool tf_route_of_run(const tf_route *route);

#endif
