#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# trefoil sensitivity on a scenario whose net benefit can be written down: everybody spends 0.75 years in the first phase and 1.25 in the
# second, nobody dies and nothing is discounted, and the programme pays per year, per event and per year in the second phase, and for 7.75 visits:
#   net benefit = threshold x 2 x gain - 2 x yearly - each - 1.25 x during - 7.75 x visit_price
#   sensitivity.sh TREFOIL SOURCE_FOLDER PLUGIN_FOLDER
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
plugins=$3
cd "$trial"

complain()
{
    echo "not ok: $1"
    cat out err
    failed=$((failed + 1))
}

# expect STATUS WORDS ARGUMENT...: words on stdout when the status is 0, else on stderr.
expect()
{
    wanted=$1
    words=$2
    shift 2
    status=0
    "$trefoil" "$@" --plugin-dir "$plugins" >out 2>err </dev/null || status=$?
    from=err
    [ "$wanted" -eq 0 ] && from=out
    if [ "$status" -ne "$wanted" ] || ! grep -qF -e "$words" $from; then
        complain "trefoil $*: status $status, expected $wanted and '$words'"
    fi
}

# cell FILE START COLUMN VALUE: the line that starts so has that number (to 1e-6) or text in the column; exactly one line does.
cell()
{
    awk -F, -v start="$2" -v column="$3" -v value="$4" '
        index($0, start) == 1 { n++; got = $column }
        END {
            near = value ~ /^-?[0-9.]+$/ && got != "" && got - value <= 1e-6 * (1 + (value < 0 ? -value : value)) &&
                   value - got <= 1e-6 * (1 + (value < 0 ? -value : value))
            if (n != 1 || !(near || got == value)) { print n " lines, got " got; exit 1 }
        }' "$1" >>out || complain "$1: '$2', column $3 is not $4"
}

cat >evidence.csv <<'END'
name,label,value,unit,price_year,source,grade,note
visit_price,Price of a visit,8 ~ uniform(4 to 12),GBP,2024/25,,assumption,
idle,Not used by the programme,0.5 ~ beta(se 0.1),1,,,assumption,
doubled,Twice the price,= 2 * visit_price,GBP,2024/25,,assumption,
END

cat >model.ini <<'END'
[model]
title = Certainty
value_set = none
evidence = evidence.csv

[condition phase]
title = Phase
states = first, second

[state phase.first]
title = First phase
cost.care = idle
utility = 0.5

[state phase.second]
title = Second phase

[transition phase.first.second]
title = The first phase ends
after = 0.75

[condition death]
title = Death
states = alive, dead
dead = dead

[transition death.alive.dead]
title = Death
rate = 0

[resource visit]
title = Visit
unit = visit
price = visit_price
category = care

[cost care]
title = Care

[utility]
norm = 0.75
END

cat >case.ini <<END
[scenario]
title = What can be worked out by hand

[population]
areas = NHS Greater Manchester
ages = 40-41
persons = 200
data = $source/scenarios/england

[model]
file = model.ini

[time]
start = 2026.25
horizon = 2 years
cycle = 1 year

[economics]
price_year = 2024/25
discount_costs = 0
discount_effects = 0
thresholds = 20000, 30000
comparator = usual_care

[uncertainty]
draws = 40
seed = 20260401

[strategy usual_care]
title = Usual care

[strategy programme]
title = Programme
interventions = paid

[intervention paid]
plugin = payer
event = phase.first.second
state = phase.second
yearly = 100 ~ uniform(50 to 150)
each = 200
during = 80
factor = 1
gain = 0.05 ~ uniform(0.04 to 0.06)
extra = 0

[scenario-analysis dear]
title = Visits cost 12
set = "parameters:visit_price=12"

[scenario-analysis short]
title = One year, and no payment by the year
set = "time:horizon=1 year"
set_2 = "intervention paid:yearly=0"
END

# The base case is 20000 x 0.1 - 200 - 200 - 100 - 62 = 1438.
expect 0 "net benefit of Programme over Usual care at £20,000 per QALY, per person" sensitivity case.ini --out all
grep -qF "£1,438" out || complain "no base case"
[ "$(cut -d, -f2 all/tornado.csv | tr '\n' ' ')" = "parameter paid.gain paid.yearly visit_price idle " ] || complain "tornado.csv: other bars or order"
cell all/tornado.csv programme,paid.gain, 4 0.04
cell all/tornado.csv programme,paid.gain, 5 0.06
cell all/tornado.csv programme,paid.gain, 6 1038
cell all/tornado.csv programme,paid.gain, 7 1838
cell all/tornado.csv programme,paid.gain, 8 1438
cell all/tornado.csv programme,paid.gain, 9 800
cell all/tornado.csv programme,paid.yearly, 6 1538
cell all/tornado.csv programme,paid.yearly, 7 1338
cell all/tornado.csv programme,paid.yearly, 9 200
cell all/tornado.csv programme,visit_price, 6 1469
cell all/tornado.csv programme,visit_price, 9 62
cell all/tornado.csv programme,visit_price, 10 GBP
cell all/tornado.csv programme,idle, 9 0
grep -q "<svg" all/tornado.svg || complain "no tornado.svg"
cell all/scenarios.csv base,programme, 5 562
cell all/scenarios.csv base,programme, 6 0.1
cell all/scenarios.csv base,programme, 7 5620
cell all/scenarios.csv base,usual_care, 8 reference
cell all/scenarios.csv dear,programme, 5 593
cell all/scenarios.csv short,programme, 6 0.05
# Of one year a quarter is in the second phase: 200 + 20 + 8 x (1 + 2 + 0.75) = 250.
cell all/scenarios.csv short,programme, 5 250
[ ! -e all/two_way.csv ] && [ ! -e all/solve.csv ] || complain "what was not asked for is there"

# Draws of the uncertain parameters, the same in every variant: half the time, half the gain.
expect 0 "means of 40 draws" sensitivity case.ini --draws 40 --parameters idle --out drawn
awk -F, '$1 == "short" && $2 == "programme" { short = $6 } $1 == "base" && $2 == "programme" { base = $6 }
    END { exit !(base != 0.1 && base > 0.09 && base < 0.11 && (2 * short - base) ^ 2 < 1e-12) }' drawn/scenarios.csv ||
    complain "draws differ between variants"

expect 0 "£2,438" sensitivity case.ini --parameters idle,paid.gain --threshold 30000 --out chosen
cell chosen/tornado.csv programme,paid.gain, 9 1200
[ "$(wc -l <chosen/tornado.csv)" -eq 3 ] || complain "--parameters: other rows"

expect 0 "Two parameters: net benefit of Programme over Usual care" sensitivity case.ini --two visit_price,paid.gain --out two
[ "$(wc -l <two/two_way.csv)" -eq 26 ] || complain "two_way.csv: not 25 rows"
# Every cell of it: prices 4, 6 ... 12 and gains 0.04, 0.045 ... 0.06.
awk -F, 'function far(a, b) { return (a - b) ^ 2 > 1e-12 * b ^ 2 }
    NR > 1 { if (far($3, 4 + 2 * int((NR - 2) / 5)) || far($5, 0.04 + 0.005 * ((NR - 2) % 5)) || far($6, 40000 * $5 - 500 - 7.75 * $3)) bad++ }
    END { exit bad > 0 }' two/two_way.csv || complain "two_way.csv: wrong cells"
[ ! -e two/tornado.csv ] || complain "--two alone made a tornado"

expect 0 "Programme: 0.01405" sensitivity case.ini --solve paid.gain --out solved
cell solved/solve.csv programme,paid.gain, 5 0.01405
expect 0 "Programme: 819" sensitivity case.ini --solve paid.yearly --out solved
cell solved/solve.csv programme,paid.yearly, 5 819
expect 0 "Programme: 193.548" sensitivity case.ini --solve visit_price --out solved
cell solved/solve.csv programme,visit_price, 5 193.548387
# A number without an uncertainty can be solved for too.
expect 0 "Programme: 1638" sensitivity case.ini --solve paid.each --out solved
expect 0 "the net benefit does not depend on it" sensitivity case.ini --solve idle --out solved
cell solved/solve.csv programme,idle, 5 ""
expect 0 "the net benefit has the same sign throughout" sensitivity case.ini --solve visit_price --threshold 100000000 --out solved

# What two programmes have alike is one unknown, and changes in both.
{
    cat case.ini
    printf '[strategy second]\ntitle = Second\ninterventions = again\n'
    sed -n '/^\[intervention paid\]/,/^extra/p' case.ini | sed 's/paid\]/again]/; s/each = 200/each = 300/'
} >both.ini
expect 0 "Second: 0.01655" sensitivity both.ini --solve paid.gain --parameters paid.yearly --out both
cell both/tornado.csv programme,paid.yearly, 9 200
cell both/tornado.csv second,paid.yearly, 6 1438
cell both/tornado.csv second,paid.yearly, 9 200

expect 2 "--parameters visit_prise: no such parameter; did you mean 'visit_price'?" sensitivity case.ini --parameters visit_prise --out no
expect 2 "--parameters paid.each: a fixed number, which has no interval" sensitivity case.ini --parameters paid.each --out no
expect 2 "--solve doubled: a formula of other parameters" sensitivity case.ini --solve doubled --out no
expect 2 "--two idle: expected the names of two parameters" sensitivity case.ini --two idle --out no
expect 2 "--two idle,idle: expected the names of two parameters" sensitivity case.ini --two idle,idle --out no
expect 2 "--threshold x: expected an amount of money per QALY" sensitivity case.ini --threshold x --out no
expect 2 "SCENARIO.ini is missing" sensitivity
expect 1 "none.ini: No such file" sensitivity none.ini

# A value that the model refuses: a ratio below 0.
sed 's/utility = 0.5/utility = idle/' model.ini >strict.ini
sed 's/file = model.ini/file = strict.ini/' case.ini >strict_case.ini
expect 2 "with parameters:idle=" sensitivity strict_case.ini --set "parameters:idle=0.5 ~ uniform(-0.5 to 1.5)" --parameters idle --out no

# Mistakes in the sections, also told by check.
expect 0 "no mistakes" check case.ini
sed 's/parameters:visit_price=12/parameters:visit_prise=12/' case.ini >wrong.ini
line=$(grep -n 'scenario-analysis dear' wrong.ini | cut -d: -f1)
expect 2 "wrong.ini:$line: [scenario-analysis dear]: [parameters] visit_prise: the model has no such parameter; did you mean 'visit_price'?" check wrong.ini
expect 2 "wrong.ini:$line: [scenario-analysis dear]: [parameters] visit_prise: the model has no such parameter" sensitivity wrong.ini --out no
sed '/visit_price=12/d' case.ini >wrong.ini
expect 2 "[scenario-analysis dear]: 'set' is missing" check wrong.ini
sed 's/^set_2 =/sett =/' case.ini >wrong.ini
expect 2 "[scenario-analysis short] sett: no such setting; did you mean 'set'?" check wrong.ini
sed 's/scenario-analysis short/scenario-analysis base/' case.ini >wrong.ini
expect 2 "'base' is the scenario itself" check wrong.ini
sed '/^\[strategy programme\]/,$d' case.ini >wrong.ini
expect 2 "a sensitivity analysis compares strategies, and there is only one" sensitivity wrong.ini --out no
[ ! -e no ] || complain "mistakes, and something was written"
[ "$failed" -eq 0 ]
