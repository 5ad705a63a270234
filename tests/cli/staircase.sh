#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The staircase of inequality: on a tiny model whose steps can be worked out by hand, and on real people beside other strategies.
#   staircase.sh TREFOIL SOURCE_FOLDER PLUGIN_FOLDER PERSONS
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
plugins=$3
persons=$4
cd "$trial"

# run NAME FILE OPTION...: results in the folder NAME.
run()
{
    name=$1
    file=$2
    shift 2
    if ! "$trefoil" run "$file" --out "$name" --plugin-dir "$plugins" --quiet "$@" >"$name.out" 2>"$name.err"; then
        complain "$file $* does not run"
        cat "$name.err"
        exit 1
    fi
}

same()
{
    cmp -s "$1" "$2" || complain "$3: $2 differs from $1"
}

# value FOLDER OUTCOME MEASURE METHOD STEP COLUMN
value()
{
    awk -F, -v o="$2" -v m="$3" -v h="$4" -v s="$5" -v c="$6" '$2 == o && $3 == m && $4 == h && $5 == s { print $c; n++ } END { exit n != 1 }' \
        "$1/staircase.csv" || complain "not one row of $2 $3 $4 $5 in $1"
}

# near NUMBER NUMBER TOLERANCE WHY
near()
{
    awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { d = a - b; exit !(d <= t && -d <= t) }' || complain "$4: $1 and not $2 (within $3)"
}

# Contributions and what is left sum to the total, in every outcome, measure and method.
adds_up()
{
    awk -F, 'NR > 1 { k = $2 "," $3 "," $4; if ($5 == "total") total[k] = $6; else sum[k] += $6; size[k] += $6 < 0 ? -$6 : $6 }
        END { for (k in total) { n++; d = sum[k] - total[k]; if (d < 0) d = -d; if (d > 1e-12 * size[k]) { print k, d; bad = 1 } } exit bad || !n }' \
        "$1/staircase.csv" || complain "$1: parts do not sum to the total"
}

# --- by hand: one year, an event at a rate of its fifth, of which a share of its fifth is treated for 1,000 pounds; nobody dies.  The cost per
# person of fifth q is v_q = 1000 x share_q x (1 - exp(-rate_q)); made equal, a rate or share is the mean by people.
cat >tiny.ini <<'END'
[model]
title = One event
value_set = none
[condition life]
title = Life
states = well, ill, dead
dead = dead
[state life.well]
title = Well
[state life.ill]
title = Ill
[transition life.well.ill]
title = Falling ill
rate = RATE
[transition life.ill.dead]
title = Death of it
rate = 1e-9
[risk height]
title = Height
unit = m
family = normal
mean = 1.7
sd = 0.1
[cost care]
title = Care
[utility]
norm = 0.8
END
cat >base.ini <<'END'
[scenario]
title = Tiny
question = Where does inequality enter?
[population]
areas = NHS Greater Manchester
ages = 50-54
persons = 20000
data = ENGLAND
[model]
file = model.ini
[time]
horizon = 1 year
[economics]
price_year = 2023/24
discount_costs = 0
discount_effects = 0
[uncertainty]
draws = 12
[output]
groups = imd
by_year = all
[strategy usual]
title = Usual care
[strategy clinic]
title = A clinic
interventions = clinic
[intervention clinic]
plugin = pathway
event = life.well.ill
after = life.ill
ramp_years = 0
share_q1 = 0.2
share_q2 = 0.3
share_q3 = 0.4
share_q4 = 0.5
share_q5 = 0.6
cost_per_patient = 1000
END
sed -i "s|ENGLAND|$source/scenarios/england|; s/^persons = .*/persons = $((persons * 10))/" base.ini
cat >staircase.txt <<'END'
[staircase]
strategy = clinic
need = model
uptake = clinic.share
effect = clinic.utility_gain
outcomes = cost
END
cat base.ini staircase.txt >stairs.ini
sed 's/RATE/pick(imd, 0.5, 0.4, 0.3, 0.2, 0.1)/' tiny.ini >model.ini
run tiny stairs.ini
adds_up tiny
# w: people of the fifths, from the results
awk -F, '$1 == "usual" && $2 == "imd" && $4 == "persons" { w[$3] = $8; all += $8 }
    function p(rate) { return 1 - exp(-rate) }
    END {
        for (q = 1; q <= 5; q++) { s[q] = 0.1 + 0.1 * q; r[q] = 0.6 - 0.1 * q; share += w[q] / all * s[q]; rate += w[q] / all * r[q] }
        v = 1000 * (s[5] * p(r[5]) - s[1] * p(r[1]))
        need = 1000 * p(rate) * (s[5] - s[1])
        uptake = 1000 * share * (p(r[5]) - p(r[1]))
        printf "sequential need %.9g\nsequential uptake %.9g\n", v - need, need
        printf "shapley need %.9g\nshapley uptake %.9g\n", (v - need + uptake) / 2, (need + v - uptake) / 2
        printf "shapley rest 0\nshapley total %.9g\n", v
    }' tiny/summary.csv >hand
[ "$(wc -l <hand)" -eq 6 ] || complain "nothing was worked out by hand"
while read -r method step wanted; do
    error=$(value tiny cost absolute_gap "$method" "$step" 7)
    near "$(value tiny cost absolute_gap "$method" "$step" 6)" "$wanted" "$(awk -v e="$error" 'BEGIN { print 4 * e }')" "by hand: $method $step"
    awk -v e="$error" 'BEGIN { exit !(e > 0 && e < 10) }' || complain "$method $step: an error of $error shows nothing"
done <hand
for column in 6 7; do # a setting that does not differ
    for method in sequential shapley; do
        [ "$(value tiny cost sii $method effect $column)" = 0 ] || complain "making equal what is equal changes something ($method)"
    done
done

# --- no gradient in the rates: need adds nothing, to the bit, though they differ by sex and age
sed 's/RATE/(0.3 + 0.1 * male) * exp(0.01 * (age - 50))/' tiny.ini >model.ini
run even stairs.ini
for method in sequential shapley; do
    [ "$(value even cost absolute_gap $method need 6)" = 0 ] || complain "need adds something where rates have no gradient"
done
adds_up even

# --- what is given at every step does not depend on what it is called: Shapley values go with the settings
sed 's/^effect = .*/adherence = clinic.share/; s/^uptake = .*/uptake = clinic.utility_gain/' stairs.ini >renamed.ini
run renamed renamed.ini
near "$(value renamed cost absolute_gap shapley adherence 6)" "$(value even cost absolute_gap shapley uptake 6)" 1e-9 "renamed steps"
[ "$(value renamed cost absolute_gap shapley uptake 6)" = 0 ] || complain "renamed steps: a setting that does not differ"

# --- without shapley: the sequence alone, the same numbers
run sequence stairs.ini --set staircase:shapley=no
grep ',sequential,' even/staircase.csv >one
grep ',sequential,' sequence/staircase.csv >two
same one two "the sequence alone"
! grep -q shapley sequence/staircase.csv || complain "Shapley values of a sequence"

# --- real people: beside other strategies, however the work is cut
mkdir -p real/tests/cli
ln -s "$source/scenarios" real/scenarios
sed "s/^persons = .*/persons = $persons/; s/^draws = .*/draws = 1/" "$source/tests/cli/invariance.ini" >real/tests/cli/base.ini
cat >>real/tests/cli/base.ini <<'END'
share_q1 = 0.5
END
sed 's/^offer_rate = .*/&\nuptake_q1 = 0.3 ~ beta(se 0.05)\nuptake_q5 = 0.8/' real/tests/cli/base.ini >real/tests/cli/plain.ini
cat real/tests/cli/plain.ini - >real/tests/cli/stairs.ini <<'END'
[staircase]
strategy = both
need = death, smoker
offer = support.offer_rate
uptake = support.uptake, units.share
opportunity_cost = steep
outcomes = qaly, ly, event.chd.none.mi1
END
run plain real/tests/cli/plain.ini
run stairs real/tests/cli/stairs.ini --threads 1
for view in summary.csv difference.csv by_year.csv draws.csv cea.csv inequality.csv plane.svg; do
    same plain/$view stairs/$view "a staircase beside it"
done
[ ! -e plain/staircase.csv ] || complain "a staircase that nobody asked for"
[ -s stairs/staircase.svg ] || complain "no picture of the staircase"
grep -q 'Where inequality enters' stairs/report.html || complain "no staircase in the report"
adds_up stairs
run cut real/tests/cli/stairs.ini --threads 2 --block 64
same stairs/staircase.csv cut/staircase.csv "two threads, blocks of 64"
for measure in absolute_gap sii; do
    change=$(awk -F, -v m=$measure '$1 == "both" && $2 == m && $3 == "qaly" { print $9 }' stairs/inequality.csv)
    near "$(value stairs qaly $measure shapley total 6)" "$change" 1e-12 "$measure of inequality.csv"
done
[ "$(value stairs qaly sii shapley offer 6)" = 0 ] || complain "offers are alike"
# With the one draw of these runs errors are first order: of totals, and of all in the views but what two strategies differ by.
for measure in absolute_gap sii; do
    error=$(awk -F, -v m=$measure '$1 == "both" && $2 == m && $3 == "qaly" { print $10 }' stairs/inequality.csv)
    awk -v e="$error" 'BEGIN { exit !(e > 0) }' || complain "no error of the $measure of inequality.csv"
    near "$(value stairs qaly $measure shapley total 7)" "$error" 1e-9 "the error of $measure"
done
for pair in absolute_gap,qale_gap_narrows sii,qale_sii_narrows; do
    error=$(awk -F, -v m="${pair#*,}" '$1 == "both" && $6 == m && $4 == 15000 && $5 == "steep" { print $10 }' stairs/equity.csv)
    near "$(value stairs net_qaly "${pair%,*}" shapley total 7)" "$error" 1e-12 "the error of the net ${pair%,*}"
done
awk -F, 'NR > 1 && ($2 != "uptake") != ($10 != "") { print; bad = 1 } END { exit bad || NR < 50 }' stairs/equity_views.csv ||
    complain "errors of equity_views.csv with one draw"
# narrows FOLDER MEASURE K GRADIENT, of equity.csv
narrows()
{
    awk -F, -v m="$2" -v k="$3" -v g="$4" '$1 == "both" && $6 == m && $4 == k && $5 == g { printf "%.17g\n", -$9; n++ } END { exit n != 1 }' "$1/equity.csv" ||
        complain "not one $2 of k $3 and gradient $4 in $1"
}
near "$(value stairs net_qaly absolute_gap shapley total 6)" "$(narrows stairs qale_gap_narrows 15000 steep)" 1e-12 "the net gap of equity.csv"
near "$(value stairs net_qaly sii shapley total 6)" "$(narrows stairs qale_sii_narrows 15000 steep)" 1e-12 "the net slope of equity.csv"
grep -q 'per 1,000 residents, the gap in net QALYs' stairs.out || complain "the terminal does not say whose net QALYs they are"
! grep -Eq 'by 0\.0+ ' stairs.out || complain "an effect without digits: $(grep -E 'by 0\.0+ ' stairs.out)"
mv stairs/staircase.csv one
"$trefoil" analyse stairs/run.sqlite >out 2>&1 || complain "analyse fails"
same one stairs/staircase.csv "written again from the store"
sed 's/^opportunity_cost = .*/opportunity_cost = equity/' real/tests/cli/stairs.ini >real/tests/cli/equity.ini
run equity real/tests/cli/equity.ini --set "equity:k=15000, 20000" --set "equity:gradient=flat, moderate, steep"
near "$(value equity net_qaly sii shapley total 6)" "$(narrows equity qale_sii_narrows 15000 moderate)" 1e-12 "the first k and gradient that is not flat"
"$trefoil" analyse equity/run.sqlite --k 40000 --gradient flat,steep --out weighed >out 2>&1 || { complain "analyse --k fails"; cat out; }
near "$(value weighed net_qaly sii shapley total 6)" "$(narrows weighed qale_sii_narrows 40000 steep)" 1e-12 "weighed again"
same stairs/staircase.csv one "the run's own file"

# --- equal uptake alone: NICE's view of every strategy, and no staircase
cat real/tests/cli/plain.ini - >real/tests/cli/nice.ini <<'END'
[staircase]
equal_uptake = all
uptake = support.uptake, units.share
END
run nice real/tests/cli/nice.ini
[ ! -e nice/staircase.csv ] || complain "a staircase of no strategy"
for view in summary.csv inequality.csv equity.csv; do
    same plain/$view nice/$view "equal uptake beside it"
done
others=$(awk -F, 'NR > 1 { print $1 }' nice/equity_views.csv | sort -u)
[ "$(echo "$others" | wc -l)" -gt 1 ] || complain "views of one strategy: $others"
for strategy in $others; do
    grep -q "^$strategy,nice,equal,.*,all,slope_narrows," nice/equity_views.csv || complain "NICE's view of $strategy is not with equal uptake"
    grep -q "^$strategy,need,.*,all,slope_narrows," nice/equity_views.csv || complain "need and uptake of $strategy are not told apart"
done
grep '^both,' stairs/equity_views.csv >one
grep '^both,' nice/equity_views.csv >two
same one two "a strategy with equal uptake, of a staircase or not"
! grep -q 'No strategy of the run has the same uptake' nice.out || complain "the terminal misses a strategy with equal uptake"

# --- mistakes
wrong()
{
    { cat base.ini; printf '%s\n' '[staircase]' "$@"; } >wrong.ini
    "$trefoil" check wrong.ini --plugin-dir "$plugins" >out 2>err && complain "$*: no mistake"
    grep -qF "$words" err || { complain "$*: no '$words'"; cat err; }
}
last=$(($(wc -l <base.ini) + 1))
words="wrong.ini:$((last + 2)): [staircase] uptke: no such setting; did you mean 'uptake'?"
wrong 'strategy = clinic' 'uptke = clinic.share'
words="wrong.ini:$((last + 1)): [staircase] strategy = clinc: there is no [strategy clinc]; did you mean 'clinic'?"
wrong 'strategy = clinc' 'uptake = clinic.share'
words="wrong.ini:$((last + 2)): [staircase] uptake: 'clinic.shore': expected intervention.setting, of this strategy"
wrong 'strategy = clinic' 'uptake = clinic.shore'
words="did you mean 'clinic.share'?"
wrong 'strategy = clinic' 'uptake = clinic.shore'
words="wrong.ini:$((last + 3)): [staircase] effect: 'clinic.share' is named twice"
wrong 'strategy = clinic' 'uptake = clinic.share' 'effect = clinic.share'
words="wrong.ini:$((last + 2)): [staircase] need: 'lofe': expected conditions or risk factors of the model, utility, or model for all of them; did you mean 'life'?"
wrong 'strategy = clinic' 'need = lofe'
words="wrong.ini:$((last + 1)): [staircase] equal_uptake = clinc: there is no [strategy clinc]; did you mean 'clinic'?"
wrong 'equal_uptake = clinc' 'uptake = clinic.share'
words="wrong.ini:$((last + 1)): [staircase] equal_uptake = all: uptake is missing: the settings that are made equal"
wrong 'equal_uptake = all'
words="wrong.ini:$((last + 3)): [staircase] need = model: no strategy is taken apart; name it as strategy"
wrong 'equal_uptake = all' 'uptake = clinic.share' 'need = model'
words="wrong.ini:$((last + 2)): [staircase] uptake: 'clinic.shore': expected intervention.setting, of the strategies named"
wrong 'equal_uptake = clinic' 'uptake = clinic.shore'
words="wrong.ini:$((last + 2)): [staircase] equal_uptake: uptake names no setting of strategy 'second'"
wrong 'strategy = clinic' 'equal_uptake = clinic, second' 'uptake = clinic.share' '[strategy second]' 'title = Second' 'interventions = other' \
    '[intervention other]' 'plugin = pathway' 'event = life.well.ill' 'after = life.ill' 'share = 0.5' 'cost_per_patient = 10'
words="wrong.ini:$last: [staircase]: 'strategy' is missing: whose effect on inequality is taken apart"
wrong 'uptake = clinic.share'
words="[staircase] strategy = usual: this is the comparator"
wrong 'strategy = usual' 'uptake = clinic.share'
words="wrong.ini:$last: [staircase]: no step is stated"
wrong 'strategy = clinic' 'opportunity_cost = flat'
words="wrong.ini:$((last + 3)): [staircase] outcomes: the model has no measure 'qualy'; did you mean 'qaly'?"
wrong 'strategy = clinic' 'uptake = clinic.share' 'outcomes = qualy'
sed -i 's/^groups = imd/groups = sex/' base.ini
words="wrong.ini:$last: [staircase]: results are not split by deprivation: add imd to [output] groups"
wrong 'strategy = clinic' 'uptake = clinic.share'

[ $failed -eq 0 ] || { echo "$failed failed"; exit 1; }
echo "ok: staircase"
