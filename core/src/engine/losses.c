/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/losses.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static void add_draw(tf_losses *losses, uint32_t draw)
{
    size_t k = 0;

    while (k < losses->n_draws && losses->draws[k] < draw)
        ++k;
    if (losses->n_draws == TF_LOST_MOST || (k < losses->n_draws && losses->draws[k] == draw))
        return;
    memmove(&losses->draws[k + 1], &losses->draws[k], (losses->n_draws - k) * sizeof losses->draws[0]);
    losses->draws[k] = draw;
    losses->n_draws++;
}

trefoil_status tf_losses_add(tf_losses *losses, uint32_t draw, const char *why)
{
    if (losses->units++ == 0)
        snprintf(losses->first, sizeof losses->first, "%s", why);
    add_draw(losses, draw);
    return losses->units < TF_LOST_MOST ? TREFOIL_DONE : TREFOIL_PLUGIN_FAILED;
}

trefoil_status tf_losses_end(trefoil_context *context, const tf_losses *losses, bool kept, trefoil_status status)
{
    tf_text text = { 0 };
    bool one = losses->units == 1;

    if (losses->units == 0 || (status != TREFOIL_DONE && status != TREFOIL_PLUGIN_FAILED))
        return status;
    tf_text_addf(&text, "%s; %zu unit%s of work %s lost%s, so draw%s ", losses->first, losses->units, one ? "" : "s", one ? "is" : "are",
                 status == TREFOIL_DONE ? "" : ", and the run was given up", losses->n_draws == 1 ? "" : "s");
    for (size_t k = 0; k < losses->n_draws; ++k)
        tf_text_addf(&text, "%s%u", k ? ", " : "", losses->draws[k]);
    tf_text_addf(&text, " %s not finished", losses->n_draws == 1 ? "is" : "are");
    if (kept)
        tf_text_add(&text, "; what was finished is in the store, and --resume goes on with the same plugin (a mended one is another, and begins anew)");
    status = text.failed ? tf_fail(context, TREFOIL_NO_MEMORY, "no memory to tell what was lost")
                         : tf_fail(context, TREFOIL_PLUGIN_FAILED, "%s", text.chars);
    tf_text_free(&text);
    return status;
}
