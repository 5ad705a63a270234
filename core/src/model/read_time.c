/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times to event: `time = weibull(shape, scale)` with `clock = reset | forward | age`. */
#include "base/memory.h"
#include "base/text.h"
#include "model/read.h"

#include <stdio.h>
#include <string.h>

/* What the brackets of "weibull(a, max(b, c))" hold, cut at the commas that are in no brackets of their own; false where brackets do not pair. */
static bool split(const char *from, const char *to, tf_list *list)
{
    const char *start = from;
    int depth = 0;

    for (const char *at = from; at <= to; at++) {
        char piece[512];

        depth += at < to && *at == '(' ? 1 : at < to && *at == ')' ? -1 : 0;
        if (depth < 0) {
            return false;
        }
        if (at < to && (*at != ',' || depth > 0)) {
            continue;
        }
        if ((size_t)(at - start) >= sizeof piece) {
            return false;
        }
        memcpy(piece, start, (size_t)(at - start));
        piece[at - start] = '\0';
        if (tf_list_add(list, tf_trim(piece)) != 0) {
            return false;
        }
        start = at + 1;
    }
    return depth == 0;
}

static const tf_survival *find_family(tf_reader *reader, size_t section, const char *text, size_t length)
{
    const tf_survival *family;
    const char *near;
    char name[64];

    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), text);
    family = tf_survival_find(tf_trim(name));
    near = tf_nearest(name, tf_survival_names, TF_SURVIVALS);
    if (family == NULL) {
        tf_read_wrong(reader, section, "time", "expected a survival family: exponential(rate), weibull(shape, scale), gompertz(shape, rate), "
                      "loglogistic(shape, scale), lognormal(meanlog, sdlog) or gengamma(mu, sigma, q)%s%s%s", near ? "; did you mean '" : "",
                      near ? near : "", near ? "'?" : "");
    }
    return family;
}

/* Under the discrete clock: the rate whose probability per cycle is that of the event between the cycle's ends. */
static void read_as_rate(tf_reader *reader, size_t section, const char *what, tf_transition *transition, const tf_list *numbers)
{
    static const char *const now[] = {[TF_ORIGIN_RESET] = "years_in_state", [TF_ORIGIN_FORWARD] = "time",
                                      [TF_ORIGIN_AGE] = "age + time - floor(time + 1e-9)"};
    double cycle = reader->scenario->cycle;
    tf_text formula = {0};

    tf_text_addf(&formula, "h_%s(%s, %s + %.17g", transition->family->name, now[transition->origin], now[transition->origin], cycle);
    for (size_t i = 0; i < numbers->count; i++) {
        tf_text_addf(&formula, ", %s", numbers->items[i]);
    }
    tf_text_addf(&formula, ") / %.17g", cycle);
    transition->timing = TF_RATE;
    if (formula.failed) {
        tf_read_starve(reader);
    } else {
        tf_read_note(reader, tf_formulas_read(reader->context, reader->model->formulas, formula.chars, what,
                                              tf_config_place(reader->config, section, "time"), 0, 1e6, &transition->amount));
    }
    tf_text_free(&formula);
}

static void read_numbers(tf_reader *reader, size_t section, const char *what, tf_transition *transition, const tf_list *numbers)
{
    for (size_t i = 0; i < numbers->count && !tf_read_failed(reader); i++) {
        tf_read_note(reader, tf_formulas_read(reader->context, reader->model->formulas, numbers->items[i], what,
                                              tf_config_place(reader->config, section, "time"), transition->family->least[i],
                                              transition->family->most[i], &transition->numbers[i]));
    }
}

void tf_read_time(tf_reader *reader, size_t section, tf_transition *transition)
{
    static const char *const origins[] = {"reset", "forward", "age", NULL};
    const tf_model *model = reader->model;
    const char *text = tf_config_text(reader->config, section, "time"), *open = strchr(text, '('), *close = strrchr(text, ')');
    tf_list numbers = {0};
    char what[300];

    transition->timing = TF_TIME;
    transition->origin = (tf_origin)tf_config_choice(reader->context, reader->config, section, "clock", origins, TF_ORIGIN_RESET);
    transition->family = find_family(reader, section, text, open != NULL ? (size_t)(open - text) : strlen(text));
    if (transition->family == NULL) {
        return;
    }
    snprintf(what, sizeof what, "[transition %s.%s.%s] time", model->conditions[transition->condition].name,
             model->states[transition->from].name, model->states[transition->to].name);
    if (open == NULL || close == NULL || close[1 + strspn(close + 1, " \t")] != '\0' || !split(open + 1, close, &numbers) ||
        (int)numbers.count != transition->family->n_parameters) {
        tf_read_wrong(reader, section, "time", "expected %s(%s)", transition->family->name, transition->family->parameters);
    } else if (model->clock == TF_CONTINUOUS) {
        read_numbers(reader, section, what, transition, &numbers);
    } else if (model->course) {
        read_as_rate(reader, section, what, transition, &numbers);
    } else {
        tf_read_wrong(reader, section, "time", "under the discrete clock the time of an event is known to people who are all alike only: %s",
                      tf_alike_needs);
    }
    tf_list_free(&numbers);
}
