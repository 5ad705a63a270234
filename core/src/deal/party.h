/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who pays and is paid.  An account is a party and one of its budget lines, written "icb.drugs"; the line may be left out. */
#ifndef TF_DEAL_PARTY_H
#define TF_DEAL_PARTY_H

#include "base/text.h"

typedef enum tf_party_kind {
    TF_HEALTH_SERVICE, /* budgets of the NHS and its providers */
    TF_PUBLIC,         /* other public money: local authorities */
    TF_PARTNER,        /* companies and investors */
    TF_PATIENTS,
    TF_OTHERS, /* the rest of society */
    TF_PARTY_KINDS
} tf_party_kind;
extern const char *const tf_party_kind_names[]; /* by tf_party_kind, NULL-terminated: "health-service" ... */

typedef struct tf_party {
    char *name, *title;
    tf_party_kind kind;
    double discount; /* per year; NAN: the deal's */
} tf_party;

typedef struct tf_parties {
    tf_party *items;
    size_t count, capacity;
} tf_parties;

/* The parties every deal knows: icb, nhse, dhsc, provider, gp, pharmacy, authority, industry, investor, patients, society.  0, or -1: no memory. */
int tf_parties_usual(tf_parties *parties);
int tf_parties_add(tf_parties *parties, const char *name, const char *title, tf_party_kind kind, double discount);
ptrdiff_t tf_parties_find(const tf_parties *parties, const char *name);
void tf_parties_free(tf_parties *parties);

/* Where what is used up goes: not a party, and nobody's money. */
enum { TF_USED_UP = -1 };

typedef struct tf_account {
    int party;  /* or TF_USED_UP */
    char *line; /* "drugs"; "" when none was named */
} tf_account;

#endif
