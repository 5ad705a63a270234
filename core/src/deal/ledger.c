/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deal/ledger.h"

#include "base/memory.h"

#include <math.h>

const char *const tf_class_names[] = {"transfer", "resource", NULL};
const char *const tf_basis_names[] = {"true", "measured", "run", NULL};

/* A hundredth of what 64 bits hold: sums of entries do not overflow. */
#define MOST_PENCE 9e16

bool tf_pence(double pounds, int64_t *pence)
{
    double exact = pounds * 100;

    if (!(fabs(exact) <= MOST_PENCE)) {
        return false;
    }
    *pence = llround(exact);
    return true;
}

int tf_ledger_add(tf_ledger *ledger, uint32_t draw, size_t route, size_t accrual, int64_t pence)
{
    void *entries = ledger->entries;

    if (pence == 0) {
        return 0;
    }
    if (tf_reserve(&entries, &ledger->capacity, ledger->count + 1, sizeof *ledger->entries) != 0) {
        return -1;
    }
    ledger->entries = entries;
    ledger->entries[ledger->count++] = (tf_entry){.draw = draw, .route = (uint16_t)route, .accrual = (uint16_t)accrual,
                                                  .cash = (uint16_t)(accrual + ledger->routes[route].delay), .pence = pence};
    return 0;
}

void tf_ledger_free(tf_ledger *ledger)
{
    tf_free(ledger->entries);
    *ledger = (tf_ledger){0};
}

bool tf_route_of_deal(const tf_route *route)
{
    return route->basis != TF_BASIS_RUN;
}

bool tf_route_of_run(const tf_route *route)
{
    return route->basis == TF_BASIS_RUN;
}

void tf_ledger_post(const tf_ledger *ledger, bool (*want)(const tf_route *route), size_t years, size_t draws, int64_t *balances)
{
    for (size_t k = 0; k < ledger->count; k++) {
        const tf_entry *e = &ledger->entries[k];
        const tf_route *route = &ledger->routes[e->route];

        if (want != NULL && !want(route)) {
            continue;
        }
        if (route->payer.party >= 0) {
            balances[((size_t)route->payer.party * years + e->cash) * draws + e->draw] -= e->pence;
        }
        if (route->payee.party >= 0) {
            balances[((size_t)route->payee.party * years + e->cash) * draws + e->draw] += e->pence;
        }
    }
}

static bool is_transfer(const tf_route *route)
{
    return route->class == TF_TRANSFER;
}

trefoil_status tf_ledger_check(trefoil_context *context, const tf_ledger *ledger, size_t parties, size_t years, size_t draws)
{
    int64_t *balances = TF_NEW(int64_t, parties * years * draws);
    trefoil_status status = TREFOIL_DONE;

    if (balances == NULL) {
        return tf_fail(context, TREFOIL_NO_MEMORY, "not enough memory for the balances of a deal");
    }
    tf_ledger_post(ledger, is_transfer, years, draws, balances);
    for (size_t at = 0; at < years * draws && status == TREFOIL_DONE; at++) {
        int64_t sum = 0;

        for (size_t p = 0; p < parties; p++) {
            sum += balances[p * years * draws + at];
        }
        if (sum != 0) {
            status = tf_bug(context, "transfers sum to %lld pence in draw %zu, year %zu", (long long)sum, at % draws + 1, at / draws + 1);
        }
    }
    tf_free(balances);
    return status;
}
