#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A plugin that gives what no person can live with stops the run: status 1, and the plugin, hook, column, cycle, draw and person.
#   faults.sh TREFOIL SOURCE_FOLDER SUBJECTS_FOLDER
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
plugins=$3
enter_tests "$source"

complain()
{
    echo "not ok: $plugin: $1"
    sed 's/^/    /' err
    failed=$((failed + 1))
}

{
    faulty_scenario "$source"
    echo "plugin = nan"
} >fault.ini

# attempt PLUGIN OPTION...: it must end with status 1, with one reason.
attempt()
{
    plugin=$1
    shift
    status=0
    "$trefoil" run fault.ini --plugin-dir "$plugins" --set "intervention fault:plugin=$plugin" --out out --quiet "$@" >out.txt 2>err ||
        status=$?
    [ "$status" -eq 1 ] || complain "status $status instead of 1"
    [ "$(grep -c "org.example.$plugin" err)" -eq 1 ] || complain "not exactly one reason"
    [ ! -s out.txt ] || complain "it tells results nevertheless"
    [ ! -e out/summary.csv ] || complain "it writes results nevertheless"
}

says()
{
    grep -qF -e "$1" err || complain "it does not say: $1"
}

# Identity of the first man of an age in the most deprived fifth of Greater Manchester: area, sex, age, fifth and place in it.
first_man()
{
    awk -F, -v age="$1" '/NHS Greater Manchester/ { printf "%.0f", (($1 * 2 + 0) * 128 + age) * 8 * 2097152 }' \
        "$source/scenarios/england/areas.csv"
}

ratio="; a ratio must be a finite number of at least 0"
# The fault begins at 60, and not before 2 years: men of 60 first meet it in cycle 2, men of 57 in cycle 3, men of 55 in cycle 5.
for age in 60,2 57,3 55,5; do
    cycle=${age#*,}
    age=${age%,*}
    set -- --threads 1 --set "population:ages=$age-$age" --persons 100
    where="cycle $cycle, draw 0, person $(first_man "$age")"
    attempt nan "$@"
    says "org.example.nan: [intervention fault] hazard hook, $where: hazard.stroke.none.first is nan$ratio"
    attempt negative "$@"
    says "org.example.negative: [intervention fault] hazard hook, $where: hazard.stroke.none.first is -0.5$ratio"
    attempt infinite "$@"
    says "org.example.infinite: [intervention fault] use hook, $where: cost.fees is inf; an amount must be a finite number"
done
attempt fails --threads 1
says "org.example.fails: [intervention fault] enrol hook, cycle 1, draw 0: one year is enough"

# On several threads too.
attempt nan --threads 4 --block 16
grep -Eq 'cycle [0-9]+, draw 0, person [0-9]+: hazard.stroke.none.first is nan' err || complain "it does not say where"

# A fault of a later draw, in which it begins within a life.
attempt nan --threads 1 --persons 300 --draws 20 --set "intervention fault:from_time=100 ~ normal(se 60)"
grep -Eq 'cycle [0-9]+, draw [1-9][0-9]*, person [0-9]+: hazard.stroke.none.first is nan' err || complain "it does not name the draw"

# The same scenario runs when the fault lies beyond a life, so that the fault was the reason.
if ! "$trefoil" run fault.ini --plugin-dir "$plugins" --set "intervention fault:from_time=500" --draws 0 --out out --quiet >out.txt 2>err; then
    complain "it does not run without the fault"
fi

echo "$failed failures"
[ "$failed" -eq 0 ]
