#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Plain tables: trefoil inequality and trefoil lifetable, what they write, and the mistakes they name with file and line.
#   tables.sh TREFOIL SOURCE_FOLDER
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
cd "$trial"

complain()
{
    echo "not ok: $1"
    cat out err
    failed=$((failed + 1))
}

# cell FILE WORDS: a line of the file holds the words.
cell()
{
    grep -qF -e "$2" "$1" || complain "$1 has no line '$2'"
}

cat >qale.csv <<'END'
# source: made up for this test
imd,area,population,qale,after
1,north,20,62,63
2,north,20,68,68
3,north,20,70,70
4,south,20,72,72
5,south,20,74,74
END
expect 0 "sii" inequality qale.csv --outcome qale --rank imd
expect 0 "priority_weight_kolm(0.152)" inequality qale.csv --outcome qale --rank imd --kolm 0.152
expect 0 "Not defined (the groups have no social rank): absolute_gap, relative_gap" inequality qale.csv --outcome qale
expect 0 "5 groups, 100 people, social rank: imd" inequality qale.csv --outcome qale --rank imd
expect 0 "welfare is a function of a good" inequality qale.csv --outcome qale --bad
expect 0 "Pareto" inequality qale.csv --outcome qale,after --rank imd --against qale --part area --out written
cell written/inequality.csv "distribution,measure,parameter,increment,value,se,lo,hi,undefined"
cell written/inequality.csv "qale,absolute_gap,,,12,"
cell written/inequality.csv "after,absolute_gap,,,11,"
cell written/dominance.csv "after,qale,pareto,dominates,"
cell written/dominance.csv "after,qale,generalised_lorenz,dominates,"
cell written/parts.csv "distribution,measure,total,between,within,undefined"
expect 0 "north" inequality qale.csv --outcome qale --rank imd --by area
expect 2 "qale.csv:2: --outcome: no column 'qael'; did you mean 'qale'?" inequality qale.csv --outcome qael
expect 2 "--outcome: no column 'outcome'; the table has: imd, area, population, qale, after" inequality qale.csv
expect 2 "--aversion -1,2: expected numbers from 0" inequality qale.csv --outcome qale --aversion -1,2
expect 2 "--kolm -0.1: expected numbers from 0" inequality qale.csv --outcome qale --kolm -0.1
expect 2 "--extended 0.5: expected numbers from 1" inequality qale.csv --outcome qale --extended 0.5
expect 2 "--bounds 1: expected two numbers" inequality qale.csv --outcome qale --bounds 1
expect 2 "--aversion 1,x: 'x': expected a number" inequality qale.csv --outcome qale --aversion 1,x
expect 2 "--against nobody: no such distribution" inequality qale.csv --outcome qale,after --against nobody
expect 2 "--good and --bad exclude each other" inequality qale.csv --outcome qale --good --bad
expect 1 "none.csv: cannot be opened" inequality none.csv
expect 2 "FILE.csv is missing" inequality

sed '/^[0-9]/s/,[0-9]*,[0-9]*$/,50.3,50.3/' qale.csv >alike.csv
expect 0 "sii" inequality alike.csv --outcome qale --rank imd --out alike
awk -F, '$2 ~ /^(atkinson|kolm|absolute_gap|range|gini|theil_.|sii)$/ { n++; bad += $5 != 0 } END { exit bad || n < 10 }' alike/inequality.csv ||
    complain "equal health is not exactly equal: $(awk -F, '$5 < 1e-9' alike/inequality.csv)"

sed 's/after$/gain/; s/,63$/,9/; s/,68$/,3/; s/,7[024]$/,1/' qale.csv >gain.csv
expect 0 "Net health benefit by group" inequality gain.csv --outcome qale --rank imd --gain gain --cost 30000 --threshold 15000 --gradient steep --out gained
cell gained/equity.csv "distribution,rank,people,before,gain,opportunity_cost,net,after"
cell gained/equity.csv "qale,1,20,62,9,0.52,8.48,62.424"
cell gained/inequality.csv "qale,opportunity_cost,,,2,"
expect 0 "slope_narrows" inequality gain.csv --outcome qale --rank imd --gain gain --cost 30000 --threshold 15000 --gradient .5,.2,.1,.1,.1
expect 2 "--cost: --threshold is missing" inequality gain.csv --outcome qale --rank imd --gain gain --cost 30000
expect 2 "--gradient .5,.5: expected flat, moderate, steep or 5 shares that sum to 1" inequality gain.csv --outcome qale --rank imd --gain gain --gradient .5,.5
expect 2 "--gradient moderate: is for five ranked groups" inequality gain.csv --outcome qale --gain gain --gradient moderate

cat >wrong.csv <<'END'
rank,population,outcome
1,0,5
2,10,
x,10,7
END
expect 2 "wrong.csv:2: population = 0: a group without people has no outcome" inequality wrong.csv
expect 2 "wrong.csv:3: outcome is empty" inequality wrong.csv
expect 2 "wrong.csv:4: rank = 'x': expected a number" inequality wrong.csv

# Every other way in which a table is bad, with its line.
bad()
{
    words=$1
    shift
    printf '%s\n' "$@" >bad.csv
    expect 2 "$words" inequality bad.csv --part part
}
: >bad.csv
expect 2 "bad.csv:1: no header" inequality bad.csv
bad "bad.csv:2: no header" "# source: nobody"
bad "bad.csv:2: the table has no rows below its header" "# source: nobody" "rank,people,outcome,part"
bad "bad.csv:1: --outcome: no column 'outcome'; the table has: rank;people;part" "rank;people;part" "1;2;3"
bad "bad.csv:1: --part: no column 'part'; did you mean 'parts'?" "rank,people,outcome,parts" "1,2,3,a"
bad "bad.csv:1: column 'rank' is named twice, as columns 1 and 3" "rank,people,rank,part,outcome" "1,2,1,a,3"
bad "bad.csv:3: 3 cells, but the header names 4 columns" "rank,people,outcome,part" "1,2,3,a" "2,2,3"
bad "bad.csv:2: people = -1: expected a number of at least 0" "rank,people,outcome,part" "1,-1,3,a"
bad "bad.csv:2: people = 'nan': expected a number" "rank,people,outcome,part" "1,nan,3,a"
bad "bad.csv:3: outcome = 'NaN': expected a number" "rank,people,outcome,part" "1,2,3,a" "2,2,NaN,a"
bad "bad.csv:3: outcome = 'inf': expected a number" "rank,people,outcome,part" "1,2,3,a" "2,2,inf,a"
bad "bad.csv:3: outcome = '1,234': expected a number" "rank,people,outcome,part" "1,2,3,a" '2,2,"1,234",a'
bad "bad.csv:2: rank is empty; expected a number" "rank,people,outcome,part" ",2,3,a"
bad "bad.csv:3: part is empty" "rank,people,outcome,part" "1,2,3,a" "2,2,4,"
printf '%s\n' "rank,people,outcome,year" 1,2,3,2019 2,2,4,2019 1,2,3,2020 2,2,5,2020 >years.csv
expect 0 "4 groups" inequality years.csv
grep -qF "years.csv:4: rank 1 is there twice in 'outcome'" err || complain "a rank that is there twice is not told"
expect 0 "2 groups" inequality years.csv --by year
! [ -s err ] || complain "each year has its ranks once"

cat >deaths.csv <<'END'
sex,age,population,deaths
male,0,1000,5
male,1,4000,2
male,5,50000,200
male,60,20000,900
female,0,1000,4
female,1,4000,1
female,5,50000,150
female,60,20000,800
END
expect 0 "by the method 'ohid'" lifetable deaths.csv --by sex
expect 0 "Written to lives/lifetable.csv" lifetable deaths.csv --out lives
cell lives/lifetable.csv "table,people,age,width,mx,ax,qx,lx,dx,years,total,ex,se,lo,hi,utility,qale"
cell lives/lifetable.csv "all,150000,0,1,0.0045"
expect 0 "quality-" lifetable deaths.csv --by sex --utility ara-brazier
expect 2 "--method onz: expected ons, ohid, york or sullivan; did you mean 'ons'?" lifetable deaths.csv --method onz
expect 2 "--rate: no column 'mortality'" lifetable deaths.csv --rate mortality
expect 2 "--discount 3.5: expected a number from 0 to 1" lifetable deaths.csv --discount 3.5
expect 2 "no death rate" lifetable qale.csv --age imd
expect 2 "deaths.csv: the method 'york' needs the width of the last band" lifetable deaths.csv --by sex --method york

cat >risks.csv <<'END'
age,qx
0,0.1
0,0.2
1,1.2
END
expect 2 "risks.csv:3: age 0 of table all is there twice" lifetable risks.csv --method sullivan
expect 2 "risks.csv:4: qx = 1.2: expected a number from 0 to 1" lifetable risks.csv --method sullivan

# One verb feeds the other: the written table is a table of groups.
expect 0 "Written to" lifetable deaths.csv --by sex --out lives
expect 0 "Inequality of 0" inequality lives/lifetable.csv --outcome ex --people people --by age
[ "$failed" -eq 0 ]
