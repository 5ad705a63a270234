/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deal/party.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

const char *const tf_party_kind_names[] = {"health-service", "public", "partner", "patients", "others", NULL};

static const struct {
    const char *name, *title;
    tf_party_kind kind;
} usual[] = {
    {"icb", "Integrated care board", TF_HEALTH_SERVICE},
    {"nhse", "NHS England", TF_HEALTH_SERVICE},
    {"dhsc", "Department of Health", TF_HEALTH_SERVICE},
    {"provider", "NHS providers", TF_HEALTH_SERVICE},
    {"gp", "General practice", TF_HEALTH_SERVICE},
    {"pharmacy", "Pharmacies and wholesalers", TF_OTHERS},
    {"authority", "Local authorities", TF_PUBLIC},
    {"industry", "Industry partner", TF_PARTNER},
    {"investor", "Investor", TF_PARTNER},
    {"patients", "Patients and carers", TF_PATIENTS},
    {"society", "The rest of society", TF_OTHERS},
};

int tf_parties_add(tf_parties *parties, const char *name, const char *title, tf_party_kind kind, double discount)
{
    void *items = parties->items;
    tf_party *party;

    if (tf_reserve(&items, &parties->capacity, parties->count + 1, sizeof *parties->items) != 0) {
        return -1;
    }
    parties->items = items;
    party = &parties->items[parties->count];
    *party = (tf_party){.name = tf_strdup(name), .title = tf_strdup(title), .kind = kind, .discount = discount};
    if (party->name == NULL || party->title == NULL) {
        tf_free(party->name);
        tf_free(party->title);
        return -1;
    }
    parties->count++;
    return 0;
}

int tf_parties_usual(tf_parties *parties)
{
    for (size_t k = 0; k < sizeof usual / sizeof *usual; k++) {
        if (tf_parties_add(parties, usual[k].name, usual[k].title, usual[k].kind, NAN) != 0) {
            return -1;
        }
    }
    return 0;
}

ptrdiff_t tf_parties_find(const tf_parties *parties, const char *name)
{
    for (size_t k = 0; k < parties->count; k++) {
        if (strcmp(parties->items[k].name, name) == 0) {
            return (ptrdiff_t)k;
        }
    }
    return -1;
}

void tf_parties_free(tf_parties *parties)
{
    for (size_t k = 0; k < parties->count; k++) {
        tf_free(parties->items[k].name);
        tf_free(parties->items[k].title);
    }
    tf_free(parties->items);
    *parties = (tf_parties){0};
}
