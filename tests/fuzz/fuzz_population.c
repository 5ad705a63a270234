/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The population table of a geography; areas and boards are England's. */
#include "fuzz.h"

#include "world/population.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static tf_geography *england;
static tf_selection everywhere;

static void prepare(void)
{
    trefoil_context *context = fuzz_context();
    tf_list wanted = {0};
    char link[600];

    if (tf_list_add(&wanted, "england") != 0 ||
        tf_geography_read(context, TF_SOURCE_DIR "/scenarios/england", (tf_place){0}, &england) != TREFOIL_DONE ||
        tf_geography_select(context, england, &wanted, (tf_place){0}, &everywhere) != TREFOIL_DONE)
        abort();
    tf_list_free(&wanted);
    trefoil_context_destroy(context);
    snprintf(link, sizeof link, "%s/people/areas.csv", fuzz_folder());
    if (symlink(TF_SOURCE_DIR "/scenarios/england/areas.csv", link) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    trefoil_context *context;
    tf_population *population = NULL;
    trefoil_status status;
    char folder[600];

    if (england == NULL)
        prepare();
    (void)fuzz_file(0, "people/population.csv", data, size);
    snprintf(folder, sizeof folder, "%s/people", fuzz_folder());
    context = fuzz_context();
    status = tf_population_read(context, folder, england, &everywhere, 40, 79, false, 1000, (tf_place){0}, &population);
    if (status == TREFOIL_DONE) {
        uint64_t people = 0, persons = 0;

        for (size_t s = 0; s < population->n_strata; s++) {
            const tf_stratum *stratum = &population->strata[s];

            if (stratum->sample < 1 || stratum->sample > stratum->people || stratum->age < 40 || stratum->age > 79 || stratum->imd < 0 ||
                stratum->imd >= TF_QUINTILES)
                abort();
            people += stratum->people;
            persons += stratum->sample;
        }
        if (people != population->people || persons != population->persons)
            abort();
    }
    tf_population_destroy(population);
    fuzz_conclude(context, status, 0);
    return 0;
}
