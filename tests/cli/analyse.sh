#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# trefoil analyse on foreign samples and on a run's store, and trefoil validate when a figure is not met.
#   analyse.sh TREFOIL SOURCE_FOLDER PLUGINS_FOLDER
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
plugins=$3
cd "$trial"

# expect STATUS STREAM WORDS ARGUMENT...
expect()
{
    wanted=$1
    stream=$2
    words=$3
    shift 3
    status=0
    "$trefoil" "$@" >out 2>err </dev/null || status=$?
    if [ "$status" -ne "$wanted" ] || ! grep -qF -e "$words" "$stream"; then
        complain "trefoil $*: status $status, expected $wanted and '$words' on $stream"
        head -20 out err
    fi
}

# header FILE COLUMNS ROWS
header()
{
    [ "$(head -1 "$1")" = "$2" ] || complain "$1: columns $(head -1 "$1")"
    [ "$(tail -n +2 "$1" | wc -l)" -eq "$3" ] || complain "$1: $(tail -n +2 "$1" | wc -l) rows, not $3"
}

toy=$source/tests/validation/voi_toy_normal
expect 0 out "EVPPI of what it observes" analyse "$toy/sample.csv" --thresholds 1:3:1 --evppi each --evppi p1,p2 --study "$toy/studies.ini" \
    --people 1000 --out toy
header toy/cea.csv "strategy,cost,qaly,ly,inc_cost,inc_qaly,icer,status,threshold,nmb,nmb_mcse,p_best" 6
header toy/ceac.csv "strategy,threshold,p_best,ceaf,expected_loss,evpi,expected_loss_mcse,evpi_mcse,evpi_population,nhb,more_nmb,more_nmb_mcse" 6
header toy/plane.csv "draw,strategy,more_cost,more_effect,quadrant" 10000
header toy/evppi.csv "parameters,threshold,evppi,se,se_regression,evpi,evppi_population,freedom,raw,note" 9
header toy/evsi.csv "study,n,threshold,evsi,se,evppi,evpi,people,evsi_population,cost,delay,enbs,enbs_se,best,note" 12
# Acceptability sums to 1, the frontier is the acceptability of the best, EVPI >= EVPPI >= EVSI >= 0 and EVSI grows with n.
awk -F, 'NR > 1 { p[$2] += $3; if ($4 != "" && ($4 != $3 || $5 != $6)) bad = 1 } END { for (k in p) if (p[k] < 1 - 1e-12 || p[k] > 1 + 1e-12) bad = 1; exit bad }' \
    toy/ceac.csv || complain "ceac.csv is not consistent"
awk -F, 'NR > 1 { if ($4 > $6 || $6 > $7 || $4 < 0 || ($3 == k && $4 < last)) bad = 1; k = $3; last = $4 } END { exit bad }' toy/evsi.csv ||
    complain "evsi.csv breaks its laws"
cp toy/evsi.csv first.csv
expect 0 out "EVPI" analyse "$toy/sample.csv" --thresholds 1,2,3 --evppi each --evppi p1,p2 --study "$toy/studies.ini" --people 1000 --out toy
cmp -s toy/evsi.csv first.csv || complain "the same question has two answers"

printf 'strategy,draw,cost,effect\na,1,5,1\nb,1,9,2\na,2,x,1\n' >bad.csv
expect 2 err "bad.csv:4: " analyse bad.csv --out nowhere
grep -q "bad.csv:2: draw 2 is missing for strategy 'b'\|bad.csv:4: draw 2 is missing for strategy 'b'" err || complain "the missing draw is not told"
[ ! -e nowhere ] || complain "something was written though nothing could be analysed"
expect 2 err "--thresholds 2,1" analyse "$toy/sample.csv" --thresholds 2,1
expect 2 err "the sample has no parameter 'p3'; did you mean" analyse "$toy/sample.csv" --evppi p3
expect 2 err "a CSV sample holds totals only" analyse "$toy/sample.csv" --discount-costs 0.05
expect 2 err "expected a yearly rate" analyse "$toy/sample.csv" --discount-costs 5%
expect 1 err "none.csv" analyse none.csv
expect 2 err "STORE|SAMPLE.csv is missing" analyse
expect 0 out "--evppi" analyse --help

# A run: its own views come back byte for byte; other thresholds and rates go to a folder of their own.
expect 0 out "report.html" run "$source/tests/cli/invariance.ini" --out run --plugin-dir "$plugins" --persons 300 --draws 4 --quiet
mkdir before
cp run/*.csv before/
expect 0 out "Fully incremental" analyse run
for file in before/*.csv; do
    cmp -s "$file" "run/${file#before/}" || complain "analyse changed ${file#before/}"
done
# The run's own rates, made again from its years, give its own numbers; others do not.
expect 0 out "run/analysis/" analyse run/run.sqlite --discount-costs 0.035 --discount-effects 0.035
cp run/analysis/cea.csv same.csv
expect 0 out "run/analysis/" analyse run/run.sqlite --discount-costs 0 --discount-effects 0.015
awk -F, 'function far(a, b) { return (a > b ? a - b : b - a) > 1e-7 * b } FNR == 1 { file++; next } file == 1 { c[FNR] = $2; q[FNR] = $3; next }
    file == 2 { if (far($2, c[FNR]) || far($3, q[FNR])) bad = 1; next } { if ($2 <= c[FNR] || $3 <= q[FNR]) bad = 1 } END { exit bad }' \
    run/cea.csv same.csv run/analysis/cea.csv || complain "discounting again does not give the run's numbers"
expect 0 out "run/analysis/" analyse run/run.sqlite --thresholds 0:50000:10000
[ "$(tail -n +2 run/analysis/cea.csv | wc -l)" -eq 24 ] || complain "run/analysis/cea.csv has not 4 strategies x 6 thresholds"
cmp -s before/cea.csv run/cea.csv || complain "other thresholds changed the run's own cea.csv"
# Whatever the clock and the convention of cycles, other rates give what a run with them gives, or are refused; no rate at all is always known.
again()
{
    years=$1
    model=$2
    shift 2
    at="$source/tests/validation/$model/scenario.ini"
    expect 0 out "report.html" run "$at" --out first --quiet "$@" --set economics:discount_costs=0.03 --set economics:discount_effects=0
    expect 0 out "report.html" run "$at" --out second --quiet "$@" --set economics:discount_costs=0.07 --set economics:discount_effects=0.015
    rm -rf first/analysis
    if [ "$years" = told ]; then
        expect 0 out "Fully incremental" analyse first/run.sqlite --discount-costs 0.07 --discount-effects 0.015
    else
        expect 2 err "at the end of their cycle" analyse first/run.sqlite --discount-effects 0.015
        expect 0 out "report.html" run "$at" --out second --quiet "$@" --set economics:discount_costs=0 --set economics:discount_effects=0
        expect 0 out "Fully incremental" analyse first/run.sqlite --discount-costs 0 --discount-effects 0
    fi
    awk -F, 'function far(a, b) { return (a > b ? a - b : b - a) > 1e-9 * b } FNR == NR { c[FNR] = $2; q[FNR] = $3; next }
        FNR > 1 && (far($2, c[FNR]) || far($3, q[FNR])) { bad = 1 } END { exit bad || FNR < 3 }' second/cea.csv first/analysis/cea.csv ||
        complain "$model $*: other discount rates are not those of a run"
}
again told sicksicker_intro --draws 3 --set time:clock=continuous
again told sicksicker_intro --draws 3 --set time:correction=start
again told sicksicker_intro --draws 3 --set time:correction=life-table
again told sicksicker_intro --draws 3 --set time:correction=end --set economics:discount_costs_at=start --set economics:discount_effects_at=middle
again told sicksicker_intro --draws 3 --set run:mode=people --set population:cohort=100 --set time:correction=none
again refused sicksicker_intro --draws 3
again refused sicksicker_intro --draws 3 --set time:correction=half-cycle
again refused sicksicker_intro --set run:mode=people --set population:cohort=100
again refused hiv_briggs
# A cohort of one is nobody's number of people.
expect 0 out "1 person aged 25, followed for 75 years" run "$source/tests/validation/sicksicker_intro/scenario.ini" --out one
grep -q "For all" out && complain "one person has totals for all"
# Amounts of millions keep clear of the axis' name.
grep -q '>\$100m<' one/plane.svg || complain "no millions on the axis of the plane"
# Numbers whose sums overflow are no sample.
printf 'strategy,draw,cost,effect\na,1,10,1\nb,1,1e308,2\na,2,10,1\nb,2,1e308,3\n' >huge.csv
expect 2 err "huge.csv:3: cost = 1e308: expected a number" analyse huge.csv
# draws.csv of the run is a sample like any other, with the same means.
expect 0 out "Fully incremental" analyse run/draws.csv --thresholds 20000,30000 --out again
cut -d, -f1-3,5-6,8-9 run/cea.csv >a
cut -d, -f1-3,5-6,8-9 again/cea.csv >b
awk -F, 'NR == FNR { for (i = 1; i <= NF; i++) a[FNR, i] = $i; next } { for (i = 1; i <= NF; i++) { d = $i - a[FNR, i]; s = a[FNR, i] < 0 ? -a[FNR, i] : a[FNR, i]
    if ($i ~ /[a-z]/ ? $i != a[FNR, i] : d > 1e-7 * s + 1e-9 || d < -1e-7 * s - 1e-9) bad = 1 } } END { exit bad }' a b ||
    complain "draws.csv gives another cea.csv than the store"

# A wrong figure fails, a case without an answer fails, a case written wrongly is a mistake.
cp -r "$source/tests/validation/icer_hiv_screening" case
expect 0 out "0 failed" validate case
sed -i 's/one time,mean cost,27000/one time,mean cost,27001/' case/expected.csv
expect 1 out "FAIL" validate case
grep -q "1 failed" out || complain "a wrong figure does not fail alone"
printf 'annual,colour,1,1,nobody,\n' >>case/expected.csv
expect 1 out "no answer" validate case
printf 'annual,mean cost,1,about,nobody,\n' >>case/expected.csv
expect 2 err "tolerance 'about'" validate case
expect 2 err "no case there" validate before
expect 1 err "nowhere" validate nowhere

[ "$failed" -eq 0 ] || exit 1
echo "all as expected"
