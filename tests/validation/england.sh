#!/bin/sh
# Does usual care reproduce England?  Two runs of scenarios/validation-england.ini:
#   - everybody of every age for one year: prevalence and incidence by sex, ten-year age band and fifth against the input tables;
#     and period life expectancy at birth by sex and fifth against scenarios/england/life_expectancy.csv;
#   - every newborn for life: the same life expectancy as a cohort.
# Prints two Markdown tables and exits 1 when a figure is further off than allowed: 0.2 years of life (0.3 for the cohort); 5 per cent of incidence and prevalence,
# to which four standard errors are added where a band expects few events (or cases).
#   england.sh TREFOIL SOURCE_FOLDER OUTPUT_FOLDER
set -eu
trefoil=$1 source=$2 out=$3
scenario=$source/scenarios/validation-england.ini
england=$source/scenarios/england

"$trefoil" run "$scenario" --out "$out/year" --quiet >/dev/null
"$trefoil" run "$scenario" --out "$out/life" --quiet --set "population:ages=0-0" --set "time:horizon=lifetime" \
    --set "output:groups=imd*sex" --set "output:by_year=all" >/dev/null

echo "| sex, fifth (1 = most deprived) | life expectancy at birth, published | simulated, period | difference | simulated, newborns for life | difference | Monte Carlo error |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
# Period: deaths per person-year of the year's run at ages 0 to 90, and the table's rates above, through a life table with constant hazard within
# each year of age.  Newborns for life: they drift a little, because smokers and others at higher risk die first and the tables do not know.
awk -F, '
    FNR == 1 { file++ }
    /^#/ { next }
    file == 1 { if ($1 == "M" || $1 == "F") e0[$1 "," $2] = $3; next }
    file == 2 { if ($1 == "M" || $1 == "F") rate[$1 "," $2 "," $3] = $4; next }
    file == 3 && $2 == "imd*sex*age" && $6 == "0" && $7 == "population" && ($4 == "ly" || $4 == "deaths") {
        split($3, g, "*"); split(g[3], ages, "-"); at = (g[2] == "male" ? "M" : "F") "," (ages[1] + 0) "," g[1]
        if ($4 == "ly") ly[at] = $8; else deaths[at] = $8
    }
    file == 4 && $2 == "imd*sex" && $4 == "ly" && $6 == "0" && $7 == "per_person" {
        split($3, g, "*"); key = (g[2] == "male" ? "M" : "F") "," g[1]; life[key] = $8; error[key] = $9
    }
    END {
        for (s = 0; s < 2; s++) for (q = 1; q <= 5; q++) {
            sex = s ? "F" : "M"; key = sex "," q; alive = 1; e = 0
            for (a = 0; a <= 100; a++) {
                at = sex "," a "," q; m = a <= 90 ? deaths[at] / ly[at] : rate[at]
                e += m == 0 ? alive : a < 100 ? alive * (1 - exp(-m)) / m : alive / m; alive *= exp(-m)
            }
            d = e - e0[key]; drift = life[key] - e0[key]; n += e0[key] > 0
            if (!(d <= 0.2 && d >= -0.2 && drift <= 0.3 && drift >= -0.3)) bad = 1
            printf "| %s, %d | %.2f | %.2f | %+.2f | %.2f | %+.2f | %.2f |\n", s ? "women" : "men", q, e0[key], e, d, life[key], drift, error[key]
        }
        if (n != 10 || bad) { print "not ok: life expectancy" > "/dev/stderr"; exit 1 }
    }
' "$england/life_expectancy.csv" "$england/mortality.csv" "$out/year/summary.csv" "$out/life/summary.csv"

echo
echo "| condition, age | incidence, simulated / table | furthest fifth and sex | prevalence, simulated / table | furthest fifth and sex |"
echo "| --- | --- | --- | --- | --- |"
for condition in chd stroke t2d hf; do
    awk -F, -v condition=$condition '
        function allowed(expected) { return 0.05 + 4 / sqrt(expected > 1 ? expected : 1) }
        function off(ratio) { return ratio > 1 ? ratio - 1 : 1 - ratio }
        FNR == 1 { file++; split("", column) }
        /^#/ { next }
        file == 1 && !started { for (i = 1; i <= NF; i++) name[$i] = i; started = 1; next }
        file == 1 {
            from = "age" in name ? $name["age"] : $name["age_from"]; to = "age" in name ? $name["age"] : $name["age_to"]
            for (a = from; a <= to; a++) { k = $name["sex"] "," a "," $name["imd"]; hazard[k] = $name["hazard"]; prevalence[k] = $name["prevalence"] }
            if (to > last) last = to
            next
        }
        $2 == "imd*sex*age" && $6 == "0" && $7 == "population" {
            split($3, g, "*"); split(g[3], ages, "-"); a = ages[1] + 0; sex = g[2] == "male" ? "M" : "F"
            if (a < 30 || a > 89) next
            key = sex "," g[1]; cell = int(a / 10) * 10 "," key; one = a < last ? a : last; next_one = a + 1 < last ? a + 1 : last
            if ($4 == "ly") { ly[cell] += $8; expected_cases[cell] += $8 * (prevalence[sex "," one "," g[1]] + prevalence[sex "," next_one "," g[1]]) / 2 }
            else if ($4 == "years." condition ".none") { none[cell] += $8; expected_events[cell] += $8 * hazard[sex "," one "," g[1]] }
            else if (index($4, "event." condition ".none.") == 1) events[cell] += $8
        }
        END {
            for (band = 30; band < 90; band += 10) {
                e = ee = c = cc = 0; worst_e = worst_c = 1; who_e = who_c = ""
                for (s = 0; s < 2; s++) for (q = 1; q <= 5; q++) {
                    cell = band "," (s ? "F" : "M") "," q; who = (s ? "women" : "men") ", " q
                    i = events[cell] / expected_events[cell]; p = (ly[cell] - none[cell]) / expected_cases[cell]
                    if (!(off(i) <= allowed(expected_events[cell]))) { printf "not ok: incidence of %s, %s at %d: %.3f\n", condition, who, band, i > "/dev/stderr"; bad = 1 }
                    if (!(off(p) <= allowed(expected_cases[cell]))) { printf "not ok: prevalence of %s, %s at %d: %.3f\n", condition, who, band, p > "/dev/stderr"; bad = 1 }
                    if (off(i) >= off(worst_e)) { worst_e = i; who_e = who }
                    if (off(p) >= off(worst_c)) { worst_c = p; who_c = who }
                    e += events[cell]; ee += expected_events[cell]; c += ly[cell] - none[cell]; cc += expected_cases[cell]; n++
                }
                printf "| %s, %d to %d | %.3f | %.3f (%s) | %.3f | %.3f (%s) |\n", condition, band, band + 9, e / ee, worst_e, who_e, c / cc, worst_c, who_c
            }
            if (n != 60 || bad) exit 1
        }
    ' "$england/$condition.csv" "$out/year/summary.csv"
done
