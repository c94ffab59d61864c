#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The long one: what tests/run.sh fault does once with the usual seeds, again and again with others,
# and kill -9 of the real program, until the time is up.
#
#   tests/soak.sh SECONDS
#
# Each round prints its seed before it begins; MAILKEEP_FAULT_SEED=<seed> repeats what fault_test
# did, tests/e2e/soak.py SECONDS <seed> the kills. A round takes the scenes in another order, as far
# as it comes in five minutes. The build is "dev" (MAILKEEP_BUILD names another).
set -euo pipefail

cd "$(dirname "$0")/.."
seconds=${1:?"usage: tests/soak.sh SECONDS"}
build=${MAILKEEP_BUILD:-build/dev}
[ -x "$build/tests/fault_test" ] && [ -x "$build/mailkeep" ] || {
    echo "soak.sh: $build is not built: cmake --preset dev && cmake --build --preset dev" >&2
    exit 1
}
# What is synced lies in memory where there is such a folder: a power cut is only played here.
[ -w /dev/shm ] && export TMPDIR=/dev/shm
export MAILKEEP_FAULT_PATIENCE=10

deadline=$((SECONDS + seconds))
rounds=0
while left=$((deadline - SECONDS)) && [ "$left" -gt 0 ]; do
    rounds=$((rounds + 1))
    seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
    echo "soak.sh: round $rounds, MAILKEEP_FAULT_SEED=$seed"
    MAILKEEP_FAULT_SEED=$seed timeout $((left < 300 ? left : 300)) "$build/tests/fault_test" \
        --gtest_brief=1 --gtest_shuffle --gtest_random_seed=$((seed % 99999)) \
        --gtest_filter='PowerCut*:Disk*:KeySlot*:Interrupted*' || [ $? -eq 124 ]
    left=$((deadline - SECONDS))
    [ "$left" -gt 15 ] || break
    # It begins and ends with a few seconds of its own.
    MAILKEEP_BINARY=$build/mailkeep python3 -B tests/e2e/soak.py $((left < 60 ? left - 10 : 50))
done
echo "soak.sh: $rounds rounds in $SECONDS seconds: all well"
