#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What may not matter does not: threads, blocks, order and names of sections, other strategies, an interruption.
#   invariance.sh TREFOIL SOURCE_FOLDER PLUGIN_FOLDER PERSONS
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
plugins=$3
persons=$4
enter_tests "$source"
cp "$source/tests/cli/invariance.ini" base.ini
runs=0

# run NAME FILE OPTION...: results in the folder NAME.
run()
{
    name=$1
    file=$2
    shift 2
    runs=$((runs + 1))
    if ! "$trefoil" run "$file" --out "$name" --persons "$persons" --plugin-dir "$plugins" --quiet "$@" >"$name.out" 2>"$name.err"; then
        complain "$file $* does not run"
        cat "$name.err"
        exit 1
    fi
}

same()
{
    cmp -s "$1" "$2" || complain "$3: $2 differs from $1 ($(diff "$1" "$2" | grep -c '^>') lines)"
}

# rows FOLDER FILE STRATEGY [AS]: a strategy's rows, sorted, under another name if given.
rows()
{
    awk -F, -v OFS=, -v s="$3" -v as="${4:-$3}" '$1 == s { $1 = as; print }' "$1/$2" | sort
}

# alike FOLDER STRATEGY FOLDER STRATEGY WHY: the same values in both, of the total and of the difference.
alike()
{
    for view in summary.csv by_year.csv difference.csv; do
        rows "$1" $view "$2" x >"$trial/one"
        rows "$3" $view "$4" x >"$trial/two"
        [ $view = difference.csv ] || [ -s "$trial/one" ] || complain "$5: no rows of $2"
        same "$trial/one" "$trial/two" "$5 ($view, $2 of $1 and $4 of $3)"
    done
}

# section FILE NAME: the lines of a section.
section()
{
    awk -v head="[$2]" '/^\[/ { on = $0 == head } on' "$1"
}

sections()
{
    for one in "$@"; do
        section base.ini "$one"
    done
}

head_of()
{
    awk '/^\[strategy/ { exit } { print }' base.ini
}

run base base.ini --threads 1
lines=$(wc -l <base/summary.csv)
[ "$lines" -gt 5000 ] || complain "only $lines rows"

# --- threads and blocks: every file that does not tell of the run itself
for cut in "2 16" "5 64" "1 512" "2 1000" "5 4096"; do
    threads=${cut% *}
    block=${cut#* }
    run cut base.ini --threads "$threads" --block "$block"
    for view in summary.csv difference.csv by_year.csv draws.csv cea.csv inequality.csv parameters.csv; do
        same base/$view cut/$view "$threads threads, blocks of $block"
    done
done
run other base.ini --seed 2
cmp -s base/summary.csv other/summary.csv && complain "another seed gives the same results"

# --- order of strategies, of interventions, and within a strategy
{
    head_of
    sections "intervention units" "intervention support" "strategy both" "strategy pathway" "strategy usual_care" "strategy adherence"
} | sed 's/^interventions = support, units/interventions = units, support/' >order.ini
grep -q 'units, support' order.ini || complain "order.ini is not as it should be"
run order order.ini
for view in summary.csv difference.csv by_year.csv; do
    sort base/$view >one
    sort order/$view >two
    same one two "another order"
done

# --- names of strategies; two copies of one; a further one; one fewer
{
    head_of
    sections "strategy usual_care" "strategy both"
    sections "strategy adherence" | sed 's/strategy adherence/strategy support_for_all/'
    sections "strategy both" | sed 's/strategy both/strategy copy/'
    sections "intervention support" "intervention units"
} >names.ini
run names names.ini
alike base usual_care names usual_care "other strategies"
alike base adherence names support_for_all "another name"
alike base both names both "other strategies"
alike names both names copy "two copies of one strategy"

# What a strategy does does not change when the plugin of another is gone; only the measures of that plugin go.
{
    head_of
    sections "strategy usual_care" "strategy adherence" "intervention support"
} >fewer.ini
run fewer fewer.ini
for view in summary.csv difference.csv by_year.csv; do
    sort fewer/$view >one
    sort base/$view >two
    lost=$(comm -23 one two | wc -l)
    [ "$lost" -eq 0 ] || complain "$lost rows of $view change when other strategies are gone"
    comm -13 one two | awk -F, '$1 == "usual_care" || $1 == "adherence"' | grep -v ',cost.pathway,' >three || true
    [ ! -s three ] || complain "$(wc -l <three) rows of $view are there only with other strategies"
done

# --- a strategy alone has nobody to share a life with (limited places ask usual care, so without)
sed '/^places/d' base.ini >roomy.ini
run roomy roomy.ini
for only in usual_care adherence; do
    {
        head_of | sed "s/^comparator = .*/comparator = $only/"
        sections "strategy $only"
        [ $only = usual_care ] || sections "intervention support" | sed '/^places/d'
    } >alone.ini
    run alone alone.ini
    for view in summary.csv by_year.csv; do
        rows roomy $view $only >one
        rows alone $view $only >two
        [ -s two ] || complain "no rows of $only alone"
        lost=$(comm -13 one two | wc -l)
        [ "$lost" -eq 0 ] || complain "$lost rows of $view of $only are others when it is alone"
    done
done

# --- where setting up costs nothing, people share a life until the pathway's event, and its memory of them stays with them
sed 's/^setup_cost = .*/setup_cost = 0/' base.ini >shared.ini
run shared shared.ini --draws 0
run cut shared.ini --draws 0 --threads 2 --block 16
for view in summary.csv difference.csv by_year.csv; do
    same shared/$view cut/$view "a pathway without set-up cost in blocks of 16"
done

# --- nothing for nothing: a programme with no effect and no cost
{
    head_of
    sections "strategy usual_care" "strategy adherence" "intervention support" | sed '/^odds_ratio/d'
    echo "odds_ratio = 1"
    echo "cost_per_person_year = 0"
    echo "setup_cost = 0"
    echo "[strategy idle_pathway]"
    echo "title = A pathway without effect"
    echo "interventions = idle"
    echo "[intervention idle]"
    echo "title = A pathway without effect"
    echo "plugin = pathway"
    echo "event = stroke.none.first"
    echo "after = stroke.first"
} >null.ini
run null null.ini

# Rows of a strategy that differ from usual care's, or whose difference from it is not 0; its own process aside.
changed()
{
    awk -F, -v s="$2" -v own="$3" '
        function skip(measure) { return own != "" && index(measure, "." own ".") > 0 }
        { key = $2 "," $3 "," $4 "," $6 "," $7; value = $8 "," $9 "," $10 "," $11 }
        FILENAME ~ /summary/ && $1 == "usual_care" { usual[key] = value }
        FILENAME ~ /summary/ && $1 == s && !skip($4) { n++; if (usual[key] != value) wrong++ }
        FILENAME ~ /difference/ && $1 == s && !skip($4) { n++; if (value != "0,0,0,0") wrong++ }
        END { print n + 0, wrong + 0 }' "$1/summary.csv" "$1/difference.csv"
}
for one in "adherence support" "idle_pathway -"; do
    found=$(changed null ${one% *} ${one#* })
    [ "${found% *}" -gt 2000 ] || complain "only ${found% *} rows of ${one% *}"
    [ "${found#* }" -eq 0 ] || complain "${one% *} without effect changes ${found#* } of ${found% *} rows"
done
grep '^adherence,all,all,event.support.not_offered.enrolled,1,0,population,' null/summary.csv | awk -F, '$8 > 100 { n++ } END { exit n != 1 }' ||
    complain "nobody enrols in the programme without effect"
found=$(changed names support_for_all support)
[ "${found#* }" -gt 500 ] || complain "the programme with an effect changes only ${found#* } rows"

# --- groups sum to the total
awk -F, '$7 == "population" && $2 != "group_by" {
        key = $1 "," $4 "," $6
        if ($2 == "all") total[key] = $8
        else { sum[key "," $2] += $8; size[key "," $2] += $8 < 0 ? -$8 : $8; whole[key "," $2] = key }
    }
    END {
        for (k in sum) {
            n++
            off = sum[k] - total[whole[k]]
            if (off > 1e-9 * size[k] || -off > 1e-9 * size[k]) { print k ": groups sum to " sum[k] ", not " total[whole[k]]; wrong++ }
        }
        if (n < 500) { print "only " n " sums"; wrong++ }
        exit wrong > 0
    }' base/summary.csv || complain "groups do not sum to the total"

# --- an interrupted run goes on where it stopped, with other threads, under a design that spreads the draws over each other
run none base.ini --draws 0
run whole base.ini --set uncertainty:design=latin --draws 9 --threads 2
little=$(wc -c <none/run.sqlite)
"$trefoil" run base.ini --out part --persons "$persons" --set uncertainty:design=latin --draws 9 --threads 1 --plugin-dir "$plugins" --quiet >part.out 2>part.err &
job=$!
waited=0
while [ "$waited" -lt 1500 ] && kill -0 $job 2>/dev/null; do
    if [ -e part/run.sqlite ] && [ "$(wc -c <part/run.sqlite)" -gt "$little" ]; then
        break
    fi
    sleep 0.02
    waited=$((waited + 1))
done
kill -INT $job 2>/dev/null || true
status=0
wait $job || status=$?
[ "$status" -eq 130 ] || { complain "status $status of an interrupted run instead of 130" && cat part.err; }
kept=$(wc -c <part/run.sqlite)
if [ "$kept" -le "$little" ] || [ "$kept" -ge "$(wc -c <whole/run.sqlite)" ]; then
    complain "the interrupted store holds $kept bytes, no draw or all of them"
fi
run part base.ini --set uncertainty:design=latin --draws 9 --threads 2 --block 100 --resume
for view in summary.csv difference.csv by_year.csv draws.csv cea.csv inequality.csv; do
    same whole/$view part/$view "an interrupted run"
done
run random base.ini --draws 9 --threads 2
cmp -s whole/draws.csv random/draws.csv && complain "the design latin draws as random does"

echo "$runs runs of $persons persons, $((lines - 1)) rows each, $failed failures"
[ "$failed" -eq 0 ]
