#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# When the world fails - no room, no rights, a lock, a damaged store, no memory, no processes - a run says what and why, ends with status 1, and what was
# there before is still there.
#   world.sh TREFOIL SOURCE_FOLDER SANITIZERS
set -eu
. "$(dirname -- "$0")/trial.sh"
trefoil=$1
source=$2
sanitizers=$3
trap 'umount "$trial/small" 2>/dev/null || true; chmod -R u+w "$trial"; rm -rf "$trial"' EXIT
scenario=$source/tests/cli/invariance.ini
ulimit -c 0

complain()
{
    echo "not ok: $what: $1"
    sed 's/^/    /' "$trial/err"
    failed=$((failed + 1))
}

# attempt STATUS OPTION...
attempt()
{
    wanted=$1
    shift
    status=0
    "$trefoil" run "$scenario" --persons 300 --set population:ages=60-61 --set output:by_year= --threads 2 --quiet "$@" >"$trial/out.txt" 2>"$trial/err" ||
        status=$?
    [ "$status" -eq "$wanted" ] || complain "status $status instead of $wanted"
}

says()
{
    grep -qE -e "$1" "$trial/err" || complain "it does not say: $1"
    [ ! -s "$trial/out.txt" ] || complain "it tells results nevertheless"
}

unchanged()
{
    cmp -s "$trial/good.sqlite" "$trial/kept/run.sqlite" || complain "the store that was there has changed"
    cmp -s "$trial/good.csv" "$trial/kept/summary.csv" || complain "the results that were there have changed"
}

what="nothing is wrong"
attempt 0 --draws 2 --out "$trial/kept"
cp "$trial/kept/run.sqlite" "$trial/good.sqlite"
cp "$trial/kept/summary.csv" "$trial/good.csv"
attempt 0 --draws 6 --out "$trial/whole"

what="files may not grow" # as a full disk, without a disk
status=0
(ulimit -f 64; trap '' XFSZ; attempt 1 --draws 6 --out "$trial/kept"; [ "$failed" -eq 0 ]) || failed=$((failed + 1))
says "run.sqlite.new: (the disk is full|could not be (read or )?written)|File too large"
unchanged

# 64 units of work, each kept as it is finished; there is room for half of them.
sixty_four()
{
    attempt "$@" --persons 640 --set population:ages=50-81 --set output:groups=imd --draws 0 --portion 1
}
what="64 units"
sixty_four 0 --out "$trial/whole64"
sixty_four 0 --shard 1/64 --out "$trial/one"
sixty_four 0 --shard 1/1 --out "$trial/all"
least=$(wc -c <"$trial/one/run.sqlite")
half=$(((least + $(wc -c <"$trial/all/run.sqlite")) / 2))

# half_way: that is where the run into the folder $there ended; and it goes on.
half_way()
{
    [ ! -e "$there/summary.csv" ] || complain "results of half a run"
    if command -v sqlite3 >/dev/null; then
        kept=$(sqlite3 "$there/run.sqlite" "SELECT (SELECT count(*) FROM draw) * 64 + (SELECT count(*) FROM portion)")
        [ "$kept" -ge 16 ] && [ "$kept" -lt 64 ] || complain "it was not half-way: $kept of 64 units are kept"
    fi
    sixty_four 0 --out "$there" --resume
    for file in "$trial/whole64"/*.csv; do
        cmp -s "$file" "$there/${file##*/}" || complain "${file##*/} of the resumed run differs from one in one go"
    done
}

what="files may not grow, half-way"
there=$trial/half64
status=0
(ulimit -f $((half / 512)); trap '' XFSZ; failed=0; sixty_four 1 --out "$there"; [ "$failed" -eq 0 ]) || failed=$((failed + 1))
says "half64/run.sqlite: could not be read or written .*what was finished is kept: check the disk and go on with --resume"
half_way

what="the disk is full half-way"
mkdir "$trial/small"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=$half tmpfs "$trial/small" 2>/dev/null; then
    there=$trial/small/run
    sixty_four 1 --out "$there"
    says "run.sqlite: the disk is full .*what was finished is kept: free some space and go on with --resume"
    mount -o remount,size=64m "$trial/small"
    half_way
    rm -r "$there"
    mount -o remount,size=$((least / 2)) "$trial/small"
    what="the disk is full at once"
    attempt 1 --draws 2 --out "$there"
    says "run.sqlite.new: the disk is full .*nothing of this run was finished yet: free some space and run it again"
    [ ! -e "$there/run.sqlite" ] || complain "there is a store nevertheless"
    umount "$trial/small"
else
    echo "no small disk: only root may make one"
fi

what="a device without end"
status=0
"$trefoil" analyse /dev/zero >"$trial/out.txt" 2>"$trial/err" || status=$?
[ "$status" -eq 1 ] || complain "status $status"
says "/dev/zero: cannot be read"

what="the folder cannot be made"
: >"$trial/file"
attempt 1 --out "$trial/file/results"
says "$trial/file/results: .*Not a directory|$trial/file: "
what="the folder may not be written"
if [ "$(id -u)" -ne 0 ]; then
    mkdir "$trial/closed"
    chmod 0555 "$trial/closed"
    attempt 1 --out "$trial/closed/run"
    says "Permission denied"
    chmod 0444 "$trial/kept/run.sqlite"
    attempt 1 --draws 2 --out "$trial/kept" --resume
    says "may not be written|Permission denied"
    chmod 0644 "$trial/kept/run.sqlite"
elif [ -d /proc/self ]; then
    attempt 1 --out /proc/self/run
    says "/proc/self/run"
fi

what="the store is locked"
if command -v flock >/dev/null && command -v sqlite3 >/dev/null; then
    mkfifo "$trial/hold"
    sqlite3 "$trial/kept/run.sqlite" "BEGIN EXCLUSIVE;" ".shell cat $trial/hold" &
    holder=$!
    sleep 0.5
    attempt 1 --out "$trial/kept"
    says "locked by another program"
    attempt 1 --out "$trial/kept" --resume --draws 2
    says "locked by another program"
    echo >"$trial/hold"
    wait "$holder" || true
    unchanged
fi

what="the store is cut short"
mkdir "$trial/cut"
head -c 20000 "$trial/good.sqlite" >"$trial/cut/run.sqlite"
cp "$trial/cut/run.sqlite" "$trial/cut.sqlite"
attempt 1 --draws 2 --out "$trial/cut" --resume
says "run.sqlite: damaged"
cmp -s "$trial/cut.sqlite" "$trial/cut/run.sqlite" || complain "it has changed the damaged store"
what="the store is overwritten in its middle"
cp "$trial/good.sqlite" "$trial/cut/run.sqlite"
dd if=/dev/zero of="$trial/cut/run.sqlite" bs=1024 seek=12 count=40 conv=notrunc 2>/dev/null
attempt 1 --draws 2 --out "$trial/cut" --resume
says "run.sqlite: damaged"
status=0
"$trefoil" analyse "$trial/cut/run.sqlite" >"$trial/out.txt" 2>"$trial/err" || status=$?
[ "$status" -eq 1 ] || complain "analyse ends with $status"
says "run.sqlite: damaged"

# Sanitizers take terabytes of address space for themselves.
if [ -z "$sanitizers" ]; then
    what="no memory"
    enough=
    for kilobytes in 60000 110000 200000; do
        status=0
        (ulimit -v "$kilobytes"; exec "$trefoil" run "$scenario" --persons 1500 --draws 1 --threads 2 --quiet --out "$trial/kept") \
            >"$trial/out.txt" 2>"$trial/err" || status=$?
        [ "$status" -ne 0 ] || { enough=yes; break; }
        [ "$status" -eq 1 ] || [ "$status" -eq 127 ] || complain "status $status with $kilobytes kB"
        [ -s "$trial/err" ] || complain "it does not say why with $kilobytes kB"
        "$trefoil" analyse "$trial/kept/run.sqlite" --out "$trial/again" >/dev/null 2>&1 || complain "no store is there with $kilobytes kB"
    done
    [ -n "$enough" ] || complain "it does not run with 200 MB"
fi

what="no processes"
if command -v prlimit >/dev/null && command -v setpriv >/dev/null && [ "$(id -u)" -eq 0 ]; then
    chmod 0755 "$trial"
    mkdir -m 0777 "$trial/open"
    for how in "" --isolate; do
        status=0
        prlimit --nproc=1 setpriv --reuid=4242 --regid=4242 --clear-groups "$trefoil" run "$scenario" --persons 300 --set population:ages=60-61 --draws 1 \
            --threads 2 --quiet --out "$trial/open/run$how" $how >"$trial/out.txt" 2>"$trial/err" || status=$?
        [ "$status" -eq 1 ] || complain "status $status $how"
        says "the system gives 1 of 2 threads"
    done
fi

echo "$failed failures"
[ "$failed" -eq 0 ]
