#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A run as a Slurm job array: a shard per task, and a job that merges them when all are done.
#
#   tools/slurm-array.sh SHARDS SCENARIO.ini [OPTION...]      options: --persons, --draws, --seed, --set, --plugin-dir
#
# SHARDS tasks are submitted, each `trefoil run SCENARIO.ini OPTION... --shard K/SHARDS --resume`, so that a task that was cut off goes on where it
# was when the array is submitted again; then `trefoil merge`, which starts when the last has ended well.  Shards lie in $OUT/shards, results in $OUT.
#
#   OUT            folder of results, on a file system all nodes see (default: results/<scenario>)
#   CPUS           processors of a task (default: 4); threads follow
#   SBATCH         options for sbatch, e.g. "--partition=short --time=02:00:00 --mem=2G --account=abc"
#   TREFOIL        the program (default: build/trefoil)
set -eu

usage()
{
    sed -n '5,14s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# Inside a task.
if [ "${1-}" = --task ]; then
    shift
    trefoil=$1 out=$2 shards=$3 scenario=$4
    shift 4
    exec "$trefoil" run "$scenario" "$@" --shard "$SLURM_ARRAY_TASK_ID/$shards" --threads "${SLURM_CPUS_PER_TASK:-1}" --resume --quiet \
        --out "$out/shards/$SLURM_ARRAY_TASK_ID"
fi

[ $# -ge 2 ] || usage
shards=$1
scenario=$2
shift 2
case $shards in
'' | *[!0-9]* | 0) usage ;;
esac
name=${scenario##*/}
out=${OUT:-results/${name%.ini}}
trefoil=${TREFOIL:-build/trefoil}
mkdir -p "$out/shards"

# shellcheck disable=SC2086 # SBATCH is a list of words
array=$(sbatch --parsable ${SBATCH-} --job-name "${name%.ini}" --array "1-$shards" --cpus-per-task "${CPUS:-4}" --output "$out/shards/%a.log" \
    "$0" --task "$trefoil" "$out" "$shards" "$scenario" "$@")
# shellcheck disable=SC2086
merge=$(sbatch --parsable ${SBATCH-} --job-name "${name%.ini}-merge" --dependency "afterok:${array%%;*}" --output "$out/merge.log" \
    --wrap "$(printf "'%s' " "$trefoil" merge "$scenario" "$out/shards" "$@" --out "$out")")
echo "shards: job ${array%%;*}, 1 to $shards; merge: job ${merge%%;*}; results will be in $out"
