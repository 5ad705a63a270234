#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# trefoil deal: every deal of scenarios/deals that is about the adherence programme, on a small run of its scenario; the laws of ledgers in the files that
# come out; what is refused, with which status.
#   deals.sh TREFOIL SOURCE_FOLDER PLUGIN_FOLDER
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
plugins=$3
cd "$trial"

"$trefoil" run "$source/scenarios/adherence-greater-manchester.ini" --plugin-dir "$plugins" --set population:persons=400 --set uncertainty:draws=8 \
    --set "time:horizon=12 years" --out run >/dev/null 2>err || { cat err; complain "the scenario does not run"; }

# ---- all deals about it, one by one and together ----

deals=$(grep -l '^strategy = programme_all' "$source"/scenarios/deals/*.ini)
[ "$(echo "$deals" | wc -l)" -ge 25 ] || complain "fewer than 25 deals"
for deal in $deals; do
    for key in title about example formula source; do
        grep -q "^$key = " "$deal" || complain "$deal has no $key"
    done
done
# shellcheck disable=SC2086 # one argument for each deal
expect 0 "Deals side by side" deal run/run.sqlite $deals --entries
for file in deal terms ledger triple-win budget activity curve breakeven entries; do
    [ -s run/deals/$file.csv ] || complain "no $file.csv"
done
grep -q "</html>" run/deals/deals.html || complain "no page"

# T1, from the entries: what a transfer takes from one party it gives another, so that what is used up is all that is lost.
awk -F, 'NR > 1 && $3 == "transfer" { k = $1 "," $7 "," $9; split($5, a, "."); split($6, b, "."); of[k, a[1]] -= $10; of[k, b[1]] += $10; key[k]; party[a[1]]; party[b[1]]
                                      if (b[1] == "used up" || a[1] == "used up" || $10 != int($10) || $10 == 0) bad++ }
    END { for (k in key) { s = 0; for (p in party) s += of[k, p]; if (s != 0) bad++; n++ } exit !(bad == 0 && n > 1000) }' run/deals/entries.csv ||
    complain "T1: transfers do not sum to 0"
# The ledger's means are those of its entries.
awk -F, 'NR == FNR { if (FNR > 1) sum[$1 "," $2 "," $5 "," $6 "," $8] += $10 / 100 / 8; next }
    FNR > 1 { k = $1 "," $2 "," $5 "," $6 "," $7; d = sum[k] - $9; if (d > 0.006 || d < -0.006) bad++; n++ } END { exit !(bad == 0 && n > 300) }' \
    run/deals/entries.csv run/deals/ledger.csv || complain "ledger.csv differs from entries.csv"

# ---- T2 and T3: neutral terms, and other money ----

body='strategy = programme_all
years = 5
system = england.ini
'
cp "$source/scenarios/deals/england.ini" .
printf '[deal]\ntitle = Nothing\n%s' "$body" >nothing.ini
printf '[deal]\ntitle = Nothing\n%s[term discount]\nkind = discount\npayer = industry.rebate\npayee = icb.programme\nof = cost.programme\nrate = 0\n[term cap]\nkind = cap\npayer = industry.rebate\npayee = icb.programme\nof = cost.programme\nknots = 1000000000000\nrates = 0, 1\n' "$body" >neutral.ini
printf '[deal]\ntitle = Nothing\n%s[term fee]\nkind = price\npayer = icb.programme\npayee = provider.acute\nrate = 12345.67\n' "$body" >money.ini
for deal in nothing neutral money; do
    expect 0 "Nothing" deal run/run.sqlite $deal.ini --out $deal
    for file in ledger triple-win budget activity deal; do
        sed "s/^$deal,/x,/" $deal/$file.csv >$deal-$file
    done
done
cmp -s nothing-ledger neutral-ledger || complain "T2: neutral terms left entries"
for file in deal triple-win budget activity; do
    cmp -s nothing-$file neutral-$file || complain "T2: neutral terms changed $file.csv"
done
for who in Patients Society; do
    grep "^x,$who," nothing-triple-win >a
    grep "^x,$who," money-triple-win >b
    cmp -s a b || complain "T3: money changed what $who have"
done
grep ',resource,' nothing-ledger >a
grep ',resource,' money-ledger >b
cmp -s a b || complain "T3: money changed what is used up"
cmp -s nothing-ledger money-ledger && complain "money left no entry"

# The same run and deal give the same bytes.
expect 0 "Nothing" deal run/ money.ini --out again
expect 2 "a folder without a run.sqlite" deal . money.ini
for file in deal.csv ledger.csv triple-win.csv deals.html; do
    cmp -s money/$file again/$file || complain "$file differs when written again"
done

# ---- links: another setting is another run ----

"$trefoil" run "$source/scenarios/adherence-greater-manchester.ini" --plugin-dir "$plugins" --set population:persons=400 --set uncertainty:draws=2 \
    --set "time:horizon=5 years" --out brief >/dev/null 2>err || { cat err; complain "the scenario does not run briefly"; }

printf '[deal]\ntitle = Linked\n%s[numbers]\nratio = 1\n[link effect]\nset = "intervention programme_all:odds_ratio"\nvalue = ratio ^ 2\n' "$body" >linked.ini
"$trefoil" run "$source/scenarios/deal-annuity-gene-therapy.ini" --set uncertainty:draws=0 --out means >/dev/null 2>err || { cat err; complain "no base case"; }
expect 0 "the base case alone" deal means/run.sqlite "$source/scenarios/deals/gene-therapy-annuity.ini"
expect 0 "NOT APPLIED" deal brief/run.sqlite linked.ini --out linked
expect 0 "link 'effect' sets" deal brief/run.sqlite linked.ini --out linked --scenario "$source/scenarios/adherence-greater-manchester.ini" \
    --plugin-dir "$plugins" --set population:persons=400 --set "time:horizon=5 years" --threads 1
[ -s linked/linked/run.sqlite ] || complain "no run of its own"
# Without an effect on what people take, nobody gains.
grep -q "NOT APPLIED" out && complain "the link was not applied"
grep -q '^linked,Patients,QALYs gained,QALY,0,0,0,0,neither' linked/triple-win.csv || complain "the link was not followed: $(grep Patients linked/triple-win.csv)"
expect 2 "[intervention programme_all] odds_ration" deal brief/run.sqlite "$(sed 's/odds_ratio/odds_ration/' linked.ini >wrong.ini && echo wrong.ini)" --out linked \
    --scenario "$source/scenarios/adherence-greater-manchester.ini" --plugin-dir "$plugins" --set population:persons=400 --set "time:horizon=5 years"
# As many draws as the store has; and of the same people, years and settings.
grep -q "2 draws of what is uncertain" linked/deals.html || complain "other draws than the store's"
expect 2 "[population] persons: 500 here and 400 in the run of the store" deal brief/run.sqlite linked.ini --out linked \
    --scenario "$source/scenarios/adherence-greater-manchester.ini" --plugin-dir "$plugins" --set population:persons=500 --set uncertainty:seed=5 \
    --set "intervention programme_all:setup_cost=99"
for words in "[time] horizon: " "[uncertainty] seed: 5 here" "programme_all.setup_cost: 99 here"; do
    grep -qF "$words" err || complain "no word of another $words"
done

# A link that sets what the run had changes nothing, and is no matter of warning.
sed 's/^ratio = 1$/ratio = 1.35/; s/ratio ^ 2/ratio/' linked.ini >same.ini
expect 0 "Linked" deal brief/run.sqlite same.ini --out linked
grep -q "NOT APPLIED" out && complain "a link that changes nothing is not applied"

# Break-even values and the zone follow links: where a run was made they are what a deal with that number has.
for ratio in 1.2 1.5 2; do
    printf '[deal]\ntitle = Linked\n%s%s\n[numbers]\nratio = %s\nprice = 20\n[link effect]\nset = "intervention programme_all:odds_ratio"\nvalue = ratio\n[term fee]\nkind = price\npayer = icb.programme\npayee = industry\nof = event.statin.lapsed.taking - without.event.statin.lapsed.taking\nrate = price\n' \
        "$body" "$([ $ratio != 1.5 ] || echo 'solve = ratio')" $ratio >at-$ratio.ini
done
printf '[zone]\na = ratio 1 to 2\nb = price 0 to 100\n' >>at-1.5.ini
expect 0 "break-even values and zone vary 'ratio'" deal brief/run.sqlite at-1.5.ini --out at
expect 0 "What people do in response" deal brief/run.sqlite at-1.2.ini at-1.5.ini at-2.ini --out at --scenario "$source/scenarios/adherence-greater-manchester.ini" \
    --plugin-dir "$plugins" --set population:persons=400 --set "time:horizon=5 years" --threads 1
tr '\n' ' ' <out | grep -q "Of 'ratio' values from 1 to 2 were tried" || complain "no word of what was tried"
# net health benefit at price 20: in the zone of the deal at 1.5, and of each deal
awk -F, 'FNR == 1 { f++; next } f == 1 && $1 == "at-1.5" && $5 == 20 { zone[$3] = $6; n++ } f == 2 && $2 == "Health service" && $3 == "net health benefit" { own[$1] = $5 }
    function near(a, b) { return a - b < 1e-6 && b - a < 1e-6 }
    END { ok = n == 11 && near(zone[1.5], own["at-1.5"]) && near(zone[2], own["at-2"]) && zone[1] != zone[1.5] && zone[1.5] != zone[2]
          between = zone[1.2] - own["at-1.2"]; span = zone[2] > zone[1] ? zone[2] - zone[1] : zone[1] - zone[2]; if (!ok || between > span / 4 || between < -span / 4) { for (x in zone) print x, zone[x]; for (x in own) print x, own[x]; exit 1 } }' \
    at/zone.csv at/triple-win.csv || complain "the zone does not follow the link"

# Where the scenario refuses a value no run is made, and none is said to have been tried.
printf '[deal]\ntitle = Linked\n%ssolve = ratio\n[numbers]\nratio = 1.35\n[link effect]\nset = "intervention programme_all:odds_ratio"\nvalue = 1.8225 / ratio\n' "$body" >refused.ini
expect 0 "Linked" deal brief/run.sqlite refused.ini --out at --scenario "$source/scenarios/adherence-greater-manchester.ini" \
    --plugin-dir "$plugins" --set population:persons=400 --set "time:horizon=5 years" --threads 1
tr '\n' ' ' <out | grep -q "Of 'ratio' values from 0.675 to 2.7 were tried" || complain "a value that the scenario refuses is said to have been tried"

# ---- the scenarios with deals of their own: all are sound, and the one that takes no time runs ----

for scenario in "$source"/scenarios/deal-*.ini; do
    expect 0 "no mistakes" check "$scenario" --plugin-dir "$plugins"
    # Its first lines name its deals.
    named=$(sed -n 's|^#.*trefoil deal results/[^ ]* ||p' "$scenario" | tr ' ' '\n' | sed -n 's|^scenarios/||p')
    [ -n "$named" ] || complain "$scenario names no deal"
    for deal in $named; do
        expect 0 "no mistakes" check "$source/scenarios/$deal"
    done
done
"$trefoil" run "$source/scenarios/deal-annuity-gene-therapy.ini" --set uncertainty:draws=30 --out gene >/dev/null 2>err || { cat err; complain "gene therapy does not run"; }
expect 0 "Instalments that stop when the response does" deal gene/run.sqlite "$source/scenarios/deals/gene-therapy-annuity.ini" "$source/scenarios/deals/gene-therapy-upfront.ini"
# The same health and resources under both; instalments cost the health service less, and leave the company the risk.
awk -F, '$2 == "Society" { health[$1] = $5 } END { exit !(health["gene-therapy-annuity"] == health["gene-therapy-upfront"] && health["gene-therapy-annuity"] != "") }' \
    gene/deals/triple-win.csv || complain "instalments change what society has"
awk -F, '$2 == "industry" && $4 == "after" && $7 == 1 { mean[$1] = $8; sd[$1] = $11 }
    END { a = "gene-therapy-annuity"; u = "gene-therapy-upfront"; exit !(mean[a] < mean[u] && sd[a] > 1e5 && sd[u] < 1) }' gene/deals/deal.csv ||
    complain "instalments do not move the risk"

# Of an open population the budget impact test looks at years in which it is open: from the fourth year on two of five.
printf '[deal]\ntitle = Late\nstrategy = therapy\nfrom = 4\nyears = 5\nnational = 1\nbudget_test = 1\nsystem = england.ini\n[party industry]\nkind = partner\n[term fee]\nkind = price\npayer = nhse\npayee = industry\nof = 1000000\nrate = 1\n' >late.ini
cp "$source/scenarios/deals/england.ini" .
expect 0 "in the costlier of the first two years" deal gene/run.sqlite late.ini --out late
expect 0 "ABOVE the threshold of £1 (the deal's 'budget_test')" deal gene/run.sqlite late.ini --out late

# ---- what a reader is told ----

# A cap that nobody can reach says so.
sed 's/^cap = [0-9]*/cap = 90000000000/; s/^solve.*//' "$source/scenarios/deals/expenditure-cap.ini" >unreachable.ini
expect 0 "Payback beyond the cap: the cap is reached, in one year or another, in 0% of draws: it protects nobody." deal run/run.sqlite unreachable.ini --out unreachable
# Cash of the health service's parties is the health service's cash: no capacity in it.
awk -F, 'FNR == 1 { f++; next } f == 1 && $3 == "health-service" && $4 == "after" && $7 == 1 { s[$1] += $8 }
    f == 2 && $2 == "Health service" && $3 == "cash over the deal" { c[$1] = $5 }
    END { for (k in c) { d = s[k] - c[k]; if (d > 0.05 || d < -0.05) { print k, s[k], c[k]; bad++ } n++ } exit !(bad == 0 && n >= 25) }' \
    run/deals/deal.csv run/deals/triple-win.csv || complain "the health service's cash is not that of its parties"

# Deals on one strategy of several interventions must not claim the same effect.
sed "s/^interventions = programme_all\$/interventions = programme_all, programme_targeted/" "$source/scenarios/adherence-greater-manchester.ini" >several.ini
ln -s "$source/scenarios/england" "$source/scenarios/models" .
"$trefoil" run several.ini --plugin-dir "$plugins" --set population:persons=400 --set uncertainty:draws=2 \
    --set "time:horizon=5 years" --out several >/dev/null 2>err || { cat err; complain "a strategy of several interventions does not run"; }
cp money.ini more.ini
expect 2 "together deals claim 200% of the effect of 'programme_all' in 'programme_all'" deal several/run.sqlite money.ini more.ini --out claims
[ ! -e claims ] || complain "claims above the effect, and something was written"
for deal in money more; do
    sed 's/^years = /overlap = alternative\nyears = /' $deal.ini >other-$deal.ini
done
expect 0 "Settled as if it alone were agreed" deal several/run.sqlite other-money.ini other-more.ini --out claims

# After a no another strategy holds: offers end, and with them use, its cost and its benefit.
sed "s/^\[strategy programme_targeted\]/[strategy programme_stopped]\ninterventions = stopped\n&/" "$source/scenarios/adherence-greater-manchester.ini" >stopped.ini
sed -n '/^\[intervention programme_all\]/,/^$/p' "$source/scenarios/adherence-greater-manchester.ini" | sed 's/programme_all/stopped/; s/^plugin = .*/&\nyears = 3/' >part.ini
{ echo; cat part.ini; } >>stopped.ini
"$trefoil" run stopped.ini --plugin-dir "$plugins" --set population:persons=400 --set uncertainty:draws=8 \
    --set "time:horizon=6 years" --out stopped >/dev/null 2>err || { cat err; complain "a strategy that ends offers does not run"; }
sed 's/^exit = /afterwards = programme_stopped\nexit = /' "$source/scenarios/deals/evidence-development.ini" >half.ini
expect 2 "'programme_stopped' is not what 'programme_all' is until the exit: data is another in year" deal stopped/run.sqlite half.ini --out half
sed 's/years.programme_all.enrolled/& + years.stopped.enrolled/' half.ini >decided.ini
sed 's/^positive = .*/positive = 0/' decided.ini >no.ini
sed 's/^positive = .*/positive = 1/' decided.ini >yes.ini
expect 0 "of draws the deal is exited, and what is from then on is" deal stopped/run.sqlite decided.ini no.ini yes.ini --out decided
# What the programme costs in its last year: least after a no, most after a yes.
awk -F, '$2 == "programme" && $3 == "transfer" { of[$1] = $9 } END { exit !(of["no"] < of["decided"] && of["decided"] < of["yes"] && of["no"] > 0) }' \
    decided/ledger.csv || complain "a no does not end what the programme does"

sed 's/^exit = /overlap = shapley\n&/' decided.ini >shared.ini
expect 2 "not for a share of what several deals claim" deal stopped/run.sqlite shared.ini --out shared

# ---- checks and refusals ----

expect 0 "volume-tiers-all-unit.ini: no mistakes" check "$source/scenarios/deals/volume-tiers-all-unit.ini"
grep -q "a cliff at 4000: the new rate holds for all units" err || complain "no warning of the cliff"
expect 0 "no mistakes" check "$source/scenarios/deals/volume-tiers.ini"
grep -q "cliff" err && complain "a cliff where there is none"
printf '[deal]\ntitle = A\n%s[metric m]\nvalue = event.stroke.none.frist\n' "$body" >wrong.ini
expect 2 "did you mean 'event.stroke.none.first'?; the run measures persons, ly, qaly, cost" deal run/run.sqlite nothing.ini wrong.ini --out no
printf '[deal]\ntitle = A\n%s[metric m]\nvalue = doses_of_something\n' "$body" >wrong.ini
expect 2 "the run measures persons, ly, qaly, cost" deal run/run.sqlite wrong.ini --out no
sed 's/^of = cost.programme/of = event.statin.lapsed.taking/' "$source/scenarios/deals/joint-working.ini" >joint.ini
expect 2 "joint working must not depend on prescribing, and this rests on event.statin.lapsed.taking" deal run/run.sqlite joint.ini --out no
expect 2 "joint working must not depend on prescribing" check joint.ini
expect 2 "[numbers] price: text after ';' would be dropped" check "$(printf '[deal]\ntitle = A\n%s[numbers]\nprice = 1 ; 2\n' "$body" >wrong.ini && echo wrong.ini)"
expect 2 "a deal called 'nothing' was given before" deal run/run.sqlite nothing.ini ./nothing.ini --out no
expect 2 "STORE DEAL.ini... is missing" deal run/run.sqlite
expect 1 "none.sqlite" deal none.sqlite nothing.ini --out no
expect 1 "none.ini: No such file" deal run/run.sqlite none.ini --out no
[ ! -e no ] || complain "mistakes, and something was written"
[ "$failed" -eq 0 ]
