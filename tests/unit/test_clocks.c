/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times to event on the continuous clock against closed forms: survival families, clocks that go forward or are reset, re-entry. */
#include "engine/run.h"
#include "folder.h"
#include "model/survival.h"

#include <criterion/criterion.h>
#include <math.h>

#if defined(__SANITIZE_ADDRESS__)
enum { PEOPLE = 20000 };
#else
enum { PEOPLE = 100000 };
#endif
enum { YEARS = 12, MOST_STRATEGIES = 4, MOST_MEASURES = 32 };

static const char scenario_text[] = "[scenario]\ntitle = Clocks\n[population]\ncohort = %d\nages = 50-50\nsex = female\n"
                                    "[model]\nfile = model.ini\n[time]\nhorizon = 12 years\ncycle = %s\n[economics]\nprice_year = none\n"
                                    "[output]\nby_year = all\n[strategy base]\n%s";

/* A run of the base case: totals per person, and sums up to the end of each year. */
typedef struct seen {
    double total[MOST_MEASURES], error[MOST_MEASURES], upto[MOST_MEASURES][YEARS + 1];
    char names[MOST_MEASURES][64];
    size_t n;
} seen;

static trefoil_status take(void *self, trefoil_context *context, const tf_layout *layout, const tf_draw *draw)
{
    seen *to = self;

    (void)context;
    to->n = layout->n_measures;
    cr_assert(layout->n_measures <= MOST_MEASURES && layout->n_years == YEARS);
    for (size_t m = 0; m < layout->n_measures; ++m) {
        snprintf(to->names[m], 64, "%s", layout->measures[m].name);
        to->total[m] = draw->outcomes[0].total[tf_at(layout, 0, m, 0)] / PEOPLE;
        to->error[m] = sqrt(draw->outcomes[0].variance[tf_at(layout, 0, m, 0)]) / PEOPLE;
        to->upto[m][0] = 0;
        for (size_t y = 0; y < YEARS; ++y)
            to->upto[m][y + 1] = to->upto[m][y] + draw->outcomes[0].by_year[tf_at_year(layout, 0, y, m)] / PEOPLE;
    }
    return TREFOIL_DONE;
}

static seen live_with(const char *model, const char *cycle, const char *more)
{
    trefoil_context *context = trefoil_context_create(NULL);
    tf_run *run = NULL;
    seen of = { .n = 0 };
    char text[1024], path[128];

    snprintf(text, sizeof text, scenario_text, (int)PEOPLE, cycle, more);
    strcpy(path, folder_write("scenario.ini", text));
    folder_write("model.ini", model);
    if (tf_run_open(context, path, NULL, 0, TF_BINARY_DIR "/tests/plugins", &run) != TREFOIL_DONE)
        print_reasons(context);
    cr_assert(run, "%s", model);
    cr_assert(tf_run_go(context, run, (tf_run_options){ 1, 0 }, (tf_sink){ .take = take, .self = &of }) == TREFOIL_DONE);
    tf_run_close(run);
    trefoil_context_destroy(context);
    return of;
}

static seen live(const char *model, const char *cycle)
{
    return live_with(model, cycle, "");
}

static size_t measure(const seen *of, const char *name)
{
    for (size_t m = 0; m < of->n; ++m)
        if (strcmp(of->names[m], name) == 0)
            return m;
    cr_assert(false, "no measure %s", name);
    return 0;
}

static void forget(void)
{
    folder_forget("scenario.ini");
    folder_forget("model.ini");
    folder_remove();
}

static void near(const char *what, double value, double expected, double error)
{
    cr_expect(fabs(value - expected) <= 4 * error, "%s: %.6f, expected %.6f, %.1f errors of %.6f off", what, value, expected,
              fabs(value - expected) / error, error);
}

static const char once[] = "[model]\ntitle = Once\n[condition life]\nstates = alive, dead\ndead = dead\n"
                           "[transition life.alive.dead]\ntime = %s\nclock = %s\n";

/* A share of many people. */
static double share_error(double share)
{
    return sqrt(share * (1 - share) / PEOPLE) + 1e-12;
}

static double survival(const tf_survival *family, double origin, double t, const double *numbers)
{
    double before, after;

    tf_survival_function(family, origin, numbers, &before);
    tf_survival_function(family, origin + t, numbers, &after);
    return after / before;
}

Test(clocks, families_give_their_survival_curves)
{
    static const struct {
        const char *family, *formula, *clock, *cycle;
        double numbers[TF_SURVIVAL_MAX], origin;
    } cases[] = {
        { "exponential", "exponential(0.15)", "reset", "1 year", { 0.15 }, 0 },
        { "weibull", "weibull(2.5, exp(2 + 0.2 * female))", "reset", "1 year", { 2.5, 9.0250134994341209 }, 0 },
        { "weibull", "weibull(0.6, 7)", "forward", "1 month", { 0.6, 7 }, 0 },
        { "gompertz", "gompertz(0.1, 0.00005)", "age", "1 year", { 0.1, 0.00005 }, 50 },
        { "gompertz", "gompertz(-0.2, 0.3)", "forward", "6 months", { -0.2, 0.3 }, 0 },
        { "loglogistic", "loglogistic(1.8, pick(imd, 1, 2, 5, 4, 5))", "reset", "1 year", { 1.8, 5 }, 0 },
        { "lognormal", "lognormal(1.5, 0.8)", "reset", "1 year", { 1.5, 0.8 }, 0 },
        { "gengamma", "gengamma(1.6, 0.7, 0.5)", "forward", "1 year", { 1.6, 0.7, 0.5 }, 0 },
        { "gengamma", "gengamma(1.6, 0.7, -0.5)", "reset", "3 months", { 1.6, 0.7, -0.5 }, 0 },
    };

    folder_make();
    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
        const tf_survival *family = tf_survival_find(cases[c].family);
        char model[512];
        double lived = 0;
        seen of;
        snprintf(model, sizeof model, once, cases[c].formula, cases[c].clock);
        of = live(model, cases[c].cycle);
        for (int y = 1; y <= YEARS; ++y) {
            double died = 1 - survival(family, cases[c].origin, y, cases[c].numbers);
            near(cases[c].formula, of.upto[measure(&of, "deaths")][y], died, share_error(died));
        }
        for (int k = 0; k < 12000; ++k) /* the area under the curve: deaths at their moments, not at the ends of cycles */
            lived += survival(family, cases[c].origin, (k + 0.5) / 1000, cases[c].numbers) / 1000;
        near("life-years", of.total[measure(&of, "ly")], lived, of.error[measure(&of, "ly")]);
    }
    forget();
}

static const char to_and_fro[] = "[model]\ntitle = To and fro\n[condition life]\nstates = a, b\n"
                                 "[transition life.a.b]\ntime = weibull(2.2, 3)\nclock = %s\n"
                                 "[transition life.b.a]\ntime = weibull(2.2, 3)\nclock = %s\n";

/* Both ways alike: with the clock reset the moves are a renewal process, whose mean m solves m(t) = F(t) + int m(t - u) dF(u); with the clock
 * going forward they are a Poisson process of mean H(t). */
Test(clocks, reentry)
{
    enum { STEPS = 1200, EACH = STEPS / YEARS };
    static double m[STEPS + 1], F[STEPS + 1];
    char model[512];
    seen of;

    folder_make();
    for (int k = 0; k <= STEPS; ++k)
        F[k] = -expm1(-pow((double)k / EACH / 3, 2.2));
    for (int k = 1; k <= STEPS; ++k) {
        double sum = F[k], own = 0.5 * (F[1] - F[0]);
        for (int u = 1; u <= k; ++u)
            sum += (F[u] - F[u - 1]) * 0.5 * (m[k - u] + (u > 1 ? m[k - u + 1] : 0));
        m[k] = sum / (1 - own);
    }
    snprintf(model, sizeof model, to_and_fro, "reset", "reset");
    of = live(model, "1 year");
    for (int y = 1; y <= YEARS; ++y)
        near("reset", of.upto[measure(&of, "event.life.a.b")][y] + of.upto[measure(&of, "event.life.b.a")][y], m[y * EACH],
             sqrt(m[y * EACH] / PEOPLE) + 2e-4);
    snprintf(model, sizeof model, to_and_fro, "forward", "forward");
    of = live(model, "1 year");
    for (int y = 1; y <= YEARS; ++y) {
        double moves = pow(y / 3.0, 2.2);
        near("forward", of.upto[measure(&of, "event.life.a.b")][y] + of.upto[measure(&of, "event.life.b.a")][y], moves, sqrt(moves / PEOPLE));
    }
    forget();
}

static const char beside[] = "[model]\ntitle = Beside\n[condition risk]\nstates = low, high\n[relative r]\nrisk.high = 3\n"
                             "[condition life]\nstates = alive, dead\ndead = dead\n[transition risk.low.high]\nrate = 0.4\n"
                             "[transition life.alive.dead]\ntime = weibull(2, 8)\nclock = %s\nrelative = r\nnormalise = no\n";

/* A ratio that comes in the middle of a cycle: P(alive at t) = e^-0.4t S(t) + int 0.4 e^-0.4u S(u) (S(t)/S(u))^3 du. */
Test(clocks, ratios_that_change_within_a_cycle)
{
    static const char *const clocks[] = { "reset", "forward" };

    folder_make();
    for (int c = 0; c < 2; ++c) {
        char model[512];
        seen of;
        snprintf(model, sizeof model, beside, clocks[c]);
        of = live(model, "1 year");
        for (int y = 1; y <= YEARS; ++y) {
            double end = y * y / 64.0, alive = exp(-0.4 * y - end);
            for (int k = 0; k < 1000 * y; ++k) {
                double u = (k + 0.5) / 1000, before = u * u / 64;
                alive += 0.4 * exp(-0.4 * u - before - 3 * (end - before)) / 1000;
            }
            near(clocks[c], of.upto[measure(&of, "deaths")][y], 1 - alive, share_error(1 - alive));
        }
    }
    forget();
}

/* A plugin's hazard ratio of 0.5 from the start: S(t)^0.5. */
Test(clocks, plugins_scale_the_hazard)
{
    static const char coach[] = "interventions = coach\n[intervention coach]\nplugin = coach\nuptake = 1\neffect = 0.5\n";
    char model[512];
    seen of;

    folder_make();
    for (int c = 0; c < 2; ++c) {
        snprintf(model, sizeof model, once, "loglogistic(2, 6)", c ? "forward" : "reset");
        of = live_with(model, "6 months", coach);
        for (int y = 1; y <= YEARS; ++y) {
            double share = 1 - sqrt(1 / (1 + y * y / 36.0));
            near(c ? "forward" : "reset", of.upto[measure(&of, "deaths")][y], share, share_error(share));
        }
    }
    forget();
}
