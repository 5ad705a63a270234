#!/bin/sh
# Edges of the engine that each went wrong once: ties, long cycles, boundaries, probabilities with relative risks, states nobody starts in.
#   edges.sh TREFOIL SOURCE_FOLDER PLUGIN_FOLDER
set -eu
trefoil=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
failed=0

# scenario NAME HORIZON CYCLE: 2,048 men of 40 in the model of that name.
scenario()
{
    cat >"$1.ini" <<END
[scenario]
title = $1
question = Is an edge of the engine right?
[population]
cohort = 2048
ages = 40-40
sex = male
imd = 3
[model]
file = $1.model.ini
[time]
horizon = $2
cycle = $3
[economics]
price_year = 2024
discount_costs = 0
discount_effects = 0
[uncertainty]
draws = 0
[strategy usual]
title = Usual care
END
}

# life CLOCK CORRECTION: the beginning of a model of life and death; the rest comes from standard input.
life()
{
    printf '[model]\ntitle = Edge\nclock = %s\n%svalue_set = none\n[condition life]\ntitle = Life\nstates = well, dead\ndead = dead\n[state life.well]\ntitle = Well\n' \
        "$1" "${2:+correction = $2
}"
    cat
}

value()
{
    awk -F, -v measure="$2" '$2 == "all" && $4 == measure && $6 == "0" && $7 == "per_person" { print $8 }' "$1/summary.csv"
}

# between WHAT VALUE LOW HIGH
between()
{
    if awk -v x="$2" -v lo="$3" -v hi="$4" 'BEGIN { exit !(x != "" && x >= lo && x <= hi) }'; then
        echo "ok: $1"
    else
        echo "not ok: $1: $2 is not between $3 and $4"
        failed=1
    fi
}

run()
{
    "$trefoil" run "$1.ini" --out "$2" --quiet ${3:+--block "$3"} >/dev/null
}

# Events at one moment happen in the model's order, however the block was filled.
scenario ties "2 years" "1 year"
life continuous "" >ties.model.ini <<END
[transition life.well.dead]
rate = 0.01
[condition a]
title = A
states = one, two, three
initial.two = 0.05
[state a.three]
stays = yes
[transition a.one.two]
after = 0.25
[transition a.two.three]
after = 0.25
fatality = 1
fatal = life.dead
[condition b]
title = B
states = one, two
[state b.two]
stays = yes
[transition b.one.two]
after = 0.5
END
for block in 16 64 512; do run ties "ties$block" $block; done
if cmp -s ties16/summary.csv ties64/summary.csv && cmp -s ties16/summary.csv ties512/summary.csv; then
    echo "ok: ties do not depend on blocks"
else
    echo "not ok: ties depend on blocks"
    failed=1
fi

# On the discrete clock, too, nobody inherits how often others fell ill: who dies of it does not depend on blocks.
scenario relapse "10 years" "1 year"
life discrete none >relapse.model.ini <<END
[transition life.well.dead]
rate = 0.01
[condition a]
title = A
states = one, two
[transition a.one.two]
rate = 0.5
fatality = 0.1
fatal = life.dead
[transition a.two.one]
rate = 1
END
run relapse relapse
run relapse relapse.64 64
if cmp -s relapse/summary.csv relapse.64/summary.csv; then
    echo "ok: relapses do not depend on blocks"
else
    echo "not ok: relapses depend on blocks"
    failed=1
fi

# Traits change at birthdays inside a cycle of several years: nobody smokes at 40, everybody from 41.
scenario years "30 years" "2 years"
life discrete none >years.model.ini <<END
[transition life.well.dead]
rate = 0.02
relative = smoke
normalise = no
[risk smoker]
title = Smoker
unit = 1
family = bernoulli
mean = age >= 41 and 1 or 0
[relative smoke]
smoker = 10
END
run years years
between "birthdays inside a cycle" "$(value years deaths)" 0.98 1

# A probability is normalised as the rate it stands for: the mean rate of leaving is that of 0.6, so at most that share leaves.
scenario share "1 year" "1 year"
life discrete none >share.model.ini <<END
[transition life.well.dead]
probability = 0.6
relative = rr
[risk marked]
title = Marked
unit = 1
family = bernoulli
mean = 0.5
[relative rr]
marked = 0.01
END
run share share
between "a normalised probability" "$(value share deaths)" 0.38 0.46

# The last boundary of a half-cycle correction has its own age.
scenario boundary "1 year" "1 year"
life discrete half-cycle >boundary.model.ini <<END
[transition life.well.dead]
rate = 0
[utility]
norm = age >= 41 and 0.5 or 1
END
run boundary boundary
between "the last boundary" "$(value boundary qaly)" 0.75 0.75

# A state nobody starts in: its rate is divided by the mean relative risk of everybody, 0.5 x 1 + 0.5 x 9 = 5.
scenario empty "1 year" "1 year"
life continuous "" >empty.model.ini <<END
[transition life.well.dead]
rate = 0
[condition ill]
title = Illness
states = no, yes, over
[state ill.over]
stays = yes
[transition ill.no.yes]
rate = 50
[transition ill.yes.over]
rate = 0.1
relative = rr
[risk marked]
title = Marked
unit = 1
family = bernoulli
mean = 0.5
[relative rr]
marked = 9
END
run empty empty
between "a state nobody starts in" "$(value empty event.ill.yes.over)" 0.07 0.11

# Simpson's rule and an odd number of cycles.
scenario simpson "5 years" "1 year"
life discrete simpson >simpson.model.ini <<END
[transition life.well.dead]
rate = 0.1
END
if "$trefoil" check simpson.ini >/dev/null 2>said; then
    echo "not ok: an odd number of cycles was accepted"
    failed=1
elif grep -q "even number of cycles, but there are 5" said; then
    echo "ok: Simpson's rule"
else
    echo "not ok: Simpson's rule: $(cat said)"
    failed=1
fi

# As many sets of relative risks as a model may have; the last doubles the hazard of those who are ill, as nearly all soon are:
# 1 - exp(-0.3 x 2).
scenario sets "1 year" "1 year"
{
    cat <<END
[transition life.well.dead]
rate = 0
[condition ill]
title = Illness
states = no, yes
[state ill.yes]
stays = yes
[transition ill.no.yes]
rate = 40
[condition fallen]
title = Fallen
states = no, yes
[state fallen.yes]
stays = yes
[transition fallen.no.yes]
rate = 0.3
relative = rr64
normalise = no
END
    for k in $(seq 64); do
        printf '[relative rr%d]\nill.yes = 2\n' "$k"
    done
} | life continuous "" >sets.model.ini
if run sets sets; then
    between "64 sets of relative risks" "$(value sets event.fallen.no.yes)" 0.41 0.48
else
    echo "not ok: 64 sets of relative risks: the run fails"
    failed=1
fi

# Relative risks whose product no number holds.
scenario large "1 year" "1 year"
life continuous "" >large.model.ini <<END
[transition life.well.dead]
rate = 100000
relative = rr
normalise = no
[risk much]
title = Much
unit = 1
family = normal
mean = 0
sd = 200
[condition ill]
title = Illness
states = no, yes
initial.yes = 0.5
[relative rr]
much = 1000
ill.yes = 1000
END
if run large large >said 2>&1; then
    echo "not ok: a hazard without limit was accepted"
    failed=1
elif grep -q "the hazard of \[transition life.well.dead\] is too large for a number" said; then
    echo "ok: a hazard without limit"
else
    echo "not ok: a hazard without limit: $(cat said)"
    failed=1
fi

# Who has too many events in a cycle does not depend on who stands beside (the first person has just more than 10,000).
scenario restless "1 year" "1 year"
life continuous "" >restless.model.ini <<END
[state life.worse]
title = Worse
[transition life.well.worse]
rate = 10150
[transition life.worse.well]
rate = 10150
[transition life.well.dead]
rate = 0.0001
END
sed -i 's/^states = well, dead/states = well, worse, dead/' restless.model.ini
for people in 1 3; do
    sed -i "s/^cohort = .*/cohort = $people/" restless.ini
    run restless "restless$people" >/dev/null 2>"said.$people" || true
done
if grep -q "more than 10000 events in one cycle" said.1 && cmp said.1 said.3; then
    echo "ok: too many events"
else
    echo "not ok: too many events: $(cat said.1 said.3)"
    failed=1
fi

# Sums too large for many people together are made in smaller blocks; those of one person are told.
for price in 5000000 200000000; do
    scenario "dear$price" "3 years" "1 year"
    life continuous "" >"dear$price.model.ini" <<END
cost.care = $price
[cost care]
title = Care
[transition life.well.dead]
rate = 0.1
END
done
run dear5000000 dear
run dear5000000 dear.16 16
if cmp -s dear/summary.csv dear.16/summary.csv; then
    between "costs beyond what a block can hold" "$(value dear cost)" 12200000 13700000
else
    echo "not ok: costs beyond what a block can hold"
    failed=1
fi
if run dear200000000 dearer >said 2>&1; then
    echo "not ok: a sum without limit was accepted"
    failed=1
elif grep -q "cost.care reaches .* for a person aged 40 at the start: more than sums can hold exactly" said; then
    echo "ok: a sum without limit"
else
    echo "not ok: a sum without limit: $(cat said)"
    failed=1
fi

# Nor are sums rounded that are too large only until those have died who do in the cycle: the sums of a year do not depend on blocks.
scenario short "1 year" "1 year"
printf '[output]\nby_year = all\n' >>short.ini
life continuous "" >short.model.ini <<END
cost.care = 300000.123
[cost care]
title = Care
[transition life.well.dead]
rate = 1.7
END
run short short
run short short.16 16
if cmp -s short/by_year.csv short.16/by_year.csv; then
    echo "ok: costs of a year beyond what a block can hold"
else
    echo "not ok: costs of a year beyond what a block can hold"
    failed=1
fi

# Nor does a sum of many people's sums go round: each can be held, by three categories and 4,096 people a year not.
scenario many "2 years" "1 year"
printf '[output]\nby_year = all\n' >>many.ini
life continuous "" >many.model.ini <<END
cost.a = 60000000
cost.b = 60000000
cost.c = 60000000
[cost a]
title = A
[cost b]
title = B
[cost c]
title = C
[transition life.well.dead]
rate = 0.0001
END
sed -i 's/^cohort = .*/cohort = 4096/' many.ini
if run many many >said 2>&1; then
    echo "not ok: a sum of sums without limit was accepted: $(grep ',cost,' many/by_year.csv)"
    failed=1
elif grep -q "cost of people simulated together is more than sums can hold exactly" said; then
    echo "ok: a sum of sums without limit"
else
    echo "not ok: a sum of sums without limit: $(cat said)"
    failed=1
fi

# A risk factor that only a plugin looks at grows with age under strategies in company, too: nobody reaches 45 before the sixth year.
scenario target "10 years" "1 year"
cat >>target.ini <<END
[strategy support]
title = Support
interventions = support
[intervention support]
title = Support
plugin = adherence
medicine = statin
risk = years
risk_min = 45
offer_rate = 50
uptake = 1
END
sed -i 's/^discount_effects = 0/&\ncomparator = usual/' target.ini
life continuous "" >target.model.ini <<END
[transition life.well.dead]
rate = 0.0001
[risk years]
title = Years of life
unit = a
family = normal
mean = age
sd = 0.001
min = 0
max = 200
[condition statin]
title = Statin
states = off, lapsed, taking
initial.lapsed = 1
[state statin.off]
stays = yes
[state statin.taking]
stays = yes
[transition statin.lapsed.taking]
rate = 0.00001
END
"$trefoil" run target.ini --out target --quiet --plugin-dir "$3" >/dev/null
enrolled=$(awk -F, '$1 == "support" && $2 == "all" && $4 == "event.support.not_offered.enrolled" && $6 == "0" && $7 == "per_person" { print $8 }' target/summary.csv)
between "a risk factor that only a plugin looks at" "$enrolled" 0.99 1

# The comparator cannot ask what usual care is expected to use.
if "$trefoil" check "$2/scenarios/adherence-greater-manchester.ini" --set economics:comparator=programme_all --plugin-dir "$3" >/dev/null 2>said; then
    echo "not ok: the comparator asked for itself"
    failed=1
elif grep -q "cannot be part of the comparator 'programme_all'" said; then
    echo "ok: the comparator"
else
    echo "not ok: the comparator: $(cat said)"
    failed=1
fi
exit $failed
