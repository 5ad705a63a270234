/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario file; what follows a byte of 255 is an assignment as after --set. */
#include "fuzz.h"

#include "scenario/scenario.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a scenario without mistakes must hold, whoever wrote it. */
static void examine(const tf_scenario *scenario)
{
    if (scenario->n_strategies == 0 || scenario->comparator >= scenario->n_strategies || scenario->title == NULL)
        abort();
    if (!(scenario->cycle > 0) || !(scenario->horizon > 0) || scenario->age_min > scenario->age_max)
        abort();
    for (size_t s = 0; s < scenario->n_strategies; s++)
        for (size_t i = 0; i < scenario->strategies[s].n_interventions; i++)
            if (scenario->strategies[s].interventions[i] >= scenario->n_interventions)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *cut = size > 0 ? memchr(data, 255, size) : NULL;
    size_t head = cut != NULL ? (size_t)(cut - data) : size;
    char *assignment = cut != NULL ? strndup((const char *)cut + 1, size - head - 1) : NULL;
    const char *sets[] = {assignment}, *path = fuzz_file(0, "scenario.ini", data, head);
    trefoil_context *context = fuzz_context();
    tf_scenario *scenario = NULL;
    trefoil_status status = tf_scenario_read(context, path, sets, assignment != NULL, &scenario);

    if (status == TREFOIL_DONE && trefoil_context_reasons(context) == 0)
        examine(scenario);
    tf_scenario_destroy(scenario);
    fuzz_conclude(context, status, 1);
    free(assignment);
    return 0;
}
