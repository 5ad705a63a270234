/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/crossing.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>

/* Six steps of a side, the last at its limit; halvings towards a value that was refused; steps of Brent's method. */
enum { STEPS = 6, HALVINGS = 8, MOST_NARROWINGS = 100 };
static const double relative_tolerance = 1e-9, flat_tolerance = 1e-7;

typedef struct point {
    double x, y;
} point;

typedef struct side {
    double limit;
    point last; /* the outermost value that was not refused */
    bool ended;
} side;

typedef struct search {
    trefoil_context *context;
    const tf_crossing_question *question;
    point base;
    trefoil_status status; /* of the first failure inside GSL */
    tf_crossing *crossing;
} search;

static trefoil_status look(search *of, double x, point *at, bool *refused)
{
    trefoil_status status;

    *at = (point){x, NAN};
    *refused = false;
    TRY(of->question->at(of->question->self, x, &at->y, refused));
    if (!*refused && !isfinite(at->y)) {
        status = tf_fail(of->context, TREFOIL_NUMBER_FAILED, "at %g the function whose root is sought is not finite", x);
    }
out:
    return status;
}

static double for_gsl(double x, void *self)
{
    search *of = self;
    point at = {x, NAN};
    bool refused = false;

    if (of->status == TREFOIL_DONE) {
        of->status = look(of, x, &at, &refused);
    }
    return at.y;
}

/* Between two values of opposite sign. */
static trefoil_status narrow(search *of, point a, point b, double *root)
{
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    gsl_function function = {for_gsl, of};
    const double absolute = relative_tolerance * fabs(b.x - a.x);
    int answer = solver != NULL ? gsl_root_fsolver_set(solver, &function, fmin(a.x, b.x), fmax(a.x, b.x)) : GSL_ENOMEM;

    for (int k = 0; answer == GSL_SUCCESS && k < MOST_NARROWINGS; k++) {
        answer = gsl_root_fsolver_iterate(solver);
        if (answer == GSL_SUCCESS) {
            *root = gsl_root_fsolver_root(solver);
            answer = gsl_root_test_interval(gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver), absolute, relative_tolerance);
            if (answer == GSL_SUCCESS) {
                break;
            }
            answer = answer == GSL_CONTINUE ? GSL_SUCCESS : answer;
        }
    }
    if (solver != NULL) {
        gsl_root_fsolver_free(solver);
    }
    if (answer == GSL_ENOMEM) {
        return tf_fail(of->context, TREFOIL_NO_MEMORY, "not enough memory to look for a root");
    }
    if (of->status == TREFOIL_DONE && answer != GSL_SUCCESS) {
        return tf_fail(of->context, TREFOIL_NUMBER_FAILED, "the root between %g and %g was not found: %s", a.x, b.x, gsl_strerror(answer));
    }
    return of->status;
}

/* The nearer of two crossings stays. */
static trefoil_status take(search *of, point a, point b)
{
    tf_crossing *crossing = of->crossing;
    double root = b.x;
    trefoil_status status = TREFOIL_DONE;

    if (b.y != 0) {
        TRY(narrow(of, a, b, &root));
    }
    if (!crossing->found || fabs(root - of->base.x) < fabs(crossing->value - of->base.x)) {
        crossing->value = root;
    }
    crossing->found = true;
out:
    return status;
}

/* One step outwards; a refused value is approached by halves. */
static trefoil_status step(search *of, side *s, int k)
{
    double x = k + 1 == STEPS ? s->limit : of->base.x + (s->limit - of->base.x) * pow(4, k + 1 - STEPS);
    trefoil_status status = TREFOIL_DONE;
    point next;
    bool refused = true;

    for (int half = 0; !s->ended && half <= HALVINGS && refused; half++) {
        TRY(look(of, x, &next, &refused));
        if (refused) {
            x = s->last.x + (x - s->last.x) / 2;
            continue;
        }
        if (next.y == 0 || signbit(next.y) != signbit(s->last.y)) {
            s->ended = true;
            TRY(take(of, s->last, next));
        }
        of->crossing->flat = of->crossing->flat && fabs(next.y - of->base.y) <= flat_tolerance * fabs(of->base.y);
        s->ended = s->ended || half > 0;
        s->last = next;
    }
    s->ended = s->ended || refused;
out:
    return status;
}

trefoil_status tf_crossing_find(trefoil_context *context, const tf_crossing_question *question, tf_crossing *crossing)
{
    search of = {.context = context, .question = question, .crossing = crossing};
    side down = {.limit = question->lo}, up = {.limit = question->hi};
    trefoil_status status;
    bool refused;

    *crossing = (tf_crossing){.value = NAN, .flat = true};
    TRY(look(&of, question->base, &of.base, &refused));
    if (refused) {
        status = tf_fail(context, TREFOIL_NUMBER_FAILED, "the base value %g itself is refused", question->base);
        goto out;
    }
    down.last = up.last = of.base;
    down.ended = !(question->lo < question->base);
    up.ended = !(question->hi > question->base);
    if (of.base.y == 0) {
        crossing->found = true;
        crossing->value = question->base;
    }
    for (int k = 0; k < STEPS && !crossing->found; k++) {
        TRY(step(&of, &down, k));
        TRY(step(&of, &up, k));
    }
    crossing->lo = down.last.x;
    crossing->hi = up.last.x;
out:
    return status;
}
