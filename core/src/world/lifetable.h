/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Life tables, full (single years) or abridged (bands), and expectancy weighted by utility.  For a band of n years, with central death
 * rate m and those who die in it living a share a of it:
 *
 *   q = n m / (1 + n (1 - a) m)      l' = l (1 - q)      d = l q      L = n (l' + a d)      T = sum of L from here on      e = T / l
 *   quality-adjusted: sum u L v / l, with utility u and v = (1 + r)^-(age - age now), the first band undiscounted
 *
 * a is 0.5 but for infants where a method says otherwise.  How the last band closes decides old ages:
 *   by its rate       open: L = l / m (Chiang; OHID)
 *   by a given e      open: L = l e (Office for National Statistics: its tables go on beyond the last printed age)
 *   by death          all die within the band's width: L = n a l (York's DCEA tool)
 *   by the end        the table stops, and survivors are not followed: L as in other bands (Sullivan tables on published l and d)
 *
 * The variance of e where deaths are known is Chiang's, with the last band's term after Silcocks: var q = q^2 (1 - q) / deaths;
 * var e = sum l^2 ((1 - a) n + e')^2 var q / l^2, and 1 / (deaths m^2) for the last band.
 *
 * Sources: Chiang, The Life Table and its Construction, 1968; Newell, Methods and Models in Demography, 1994; Silcocks, Jenner and Reza,
 * J Epidemiol Community Health 2001; 55: 38-43; ONS, Guide to calculating national life tables; Eayres and Williams, J Epidemiol
 * Community Health 2004; 58: 243-249; Sullivan, HSMHA Health Rep 1971; 86: 347-354.
 */
#ifndef TF_WORLD_LIFETABLE_H
#define TF_WORLD_LIFETABLE_H

#include "base/status.h"

#include <stddef.h>

typedef enum tf_closing { TF_CLOSE_BY_RATE, TF_CLOSE_BY_EXPECTANCY, TF_CLOSE_BY_DEATH, TF_CLOSE_BY_END } tf_closing;

/* A band of ages.  Before the table is made, `age` and one of: m; deaths and population; q; l and d (of a published table, every band) are
 * given, the rest NAN; `width` of the last band is needed unless it is open. */
typedef struct tf_lifeband {
    double age, width;            /* years */
    double deaths, population;    /* person-years */
    double m, a, q, l, d;         /* per person-year; share of the band; probability; of the radix */
    double years, total;          /* L, T */
    double expectancy, error;     /* e, its standard error (NAN: not known) */
    double utility, quality;      /* of the band (NAN: none); quality-adjusted expectancy at its beginning */
} tf_lifeband;

typedef struct tf_lifetable_method {
    double infant;     /* a of the band that begins at age 0 and is one year wide, 0 < a < 1 */
    tf_closing closing;
    double last;       /* the expectancy at the last age, when closed by it */
    double discount;   /* r of the quality-adjusted expectancy, per year */
    double radix;      /* l of the first band, unless l is given */
} tf_lifetable_method;

/* Make the table in place; bands ascend by age.  Refused as TREFOIL_NUMBER_FAILED with the age: ages that do not ascend, a rate below 0, a
 * q outside 0 .. 1, nothing to find q from, a last band that cannot be closed. */
trefoil_status tf_lifetable_make(trefoil_context *context, tf_lifeband *bands, size_t n, const tf_lifetable_method *method) TF_MUST_USE;

/* The mean EQ-5D of people of an age (years) in the United Kingdom: 0.9508566 + 0.0212126 male - 0.0002587 age - 0.0000332 age^2.
 * Ara and Brazier, Value Health 2010; 13: 509-518. */
double tf_norm_ara_brazier(bool male, double age);

#endif
