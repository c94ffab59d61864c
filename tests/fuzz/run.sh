#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzzer for some time, or those that are named.
#
#   tests/fuzz/run.sh SECONDS [TARGET...]
#
# Needs clang. What is found new is kept in build/fuzz/found/<target>, and begins the next run; an
# input that fails stays there as crash-*, timeout-* or oom-*. To look at one:
#   build/fuzz/tests/fuzz/fuzz_<target> FILE
set -euo pipefail

cd "$(dirname "$0")/../.."
seconds=${1:?usage: tests/fuzz/run.sh SECONDS [TARGET...]}
shift
command -v clang++ >/dev/null || {
    echo "run.sh: there is no clang++ (apt-get install clang)" >&2
    exit 1
}
targets=("$@")
if [ $# -eq 0 ]; then
    mapfile -t targets < <(sed -n 's/^mailkeep_fuzz(\([a-z0-9_]*\) .*/\1/p' tests/fuzz/CMakeLists.txt)
fi
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target "${targets[@]/#/fuzz_}"

code=0
for target in "${targets[@]}"; do
    found=build/fuzz/found/$target
    mkdir -p "$found"
    printf '\n== %s, %s seconds\n' "$target" "$seconds"
    "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=1024 -max_len=20000 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$found/" "$found" "tests/fuzz/seeds/$target" || code=1
done
exit "$code"
