#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything that is tested, from a bare Debian 12 on.
#
#   tests/run.sh                  all of it
#   tests/run.sh unit house       only these parts
#
# Parts: unit, house, integration (against a private Dovecot), fault (break at every step), asan,
# tsan (both with a build of their own), web. Packages that are missing are installed (root or
# sudo). Ends with ctest's closing line over all parts, and 0 when everything passed.
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=../deploy/packages.sh
. deploy/packages.sh

all_parts=(unit house integration fault asan tsan web)
export MAILKEEP_REQUIRE_DOVECOT=1
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$(nproc)}
# A sanitizer's finding must not look like an exit code of Mailkeep.
export ASAN_OPTIONS=abort_on_error=1:detect_leaks=1
export UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=exitcode=66:second_deadlock_stack=1

# Elsewhere the corpus may be missing and its tests say that they are skipped; CI has it.
corpus=${MAILKEEP_CORPUS-$PWD/../shared/corpus}
if [ "${CI:-}" = true ] && [ ! -d "$corpus" ]; then
    fail "there is no corpus of mail in \"$corpus\"" "Put it there, or name its folder in MAILKEEP_CORPUS."
fi

run=0
failed=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

chosen=("$@")
if [ $# -eq 0 ]; then
    chosen=("${all_parts[@]}")
fi
for part in "${chosen[@]}"; do
    [[ " ${all_parts[*]} " == *" $part "* ]] ||
        fail "there is no part \"$part\"" "Parts are: ${all_parts[*]}"
done

wants() {
    local part
    for part in "$@"; do
        [[ " ${chosen[*]} " == *" $part "* ]] && return 0
    done
    return 1
}

# configure PRESET CMAKE-OPTION...
configure() {
    local preset=$1 told
    shift
    told=$(cmake --preset "$preset" "$@" 2>&1) || {
        printf '%s\n' "$told" >&2
        fail "the build \"$preset\" could not be set up" "Read the lines above; they name what is missing."
    }
}

# build PRESET TARGET...: without targets, all of a build that was configured
build() {
    local preset=$1
    shift
    say "Building ($preset)"
    cmake --build --preset "$preset" ${1:+--target "$@"} >&2 ||
        fail "the build \"$preset\" failed" "Mend the first error above, then: cmake --build --preset $preset"
}

# count FAILED OUT_OF
count() {
    failed=$((failed + $1))
    run=$((run + $2))
}

# failures_of PRESET LOG: a line for each test that ctest says has failed
failures_of() {
    sed -n "/^The following tests FAILED/,\$s/^[[:space:]]*[0-9]* - /$1: /p" "$2"
}

# outcome_of LOG: "FAILED OUT_OF" of ctest's closing line
outcome_of() {
    sed -n 's/.*tests passed, \([0-9]*\) tests failed out of \([0-9]*\).*/\1 \2/p' "$1"
}

# tests PRESET WHAT CTEST-OPTION...: a failure is counted, and the rest goes on. A few that failed
# beside others have one more try by themselves: what passes then is named as unsteady at the end.
tests() {
    local preset=$1 what=$2 log=$logs/ctest again=$logs/again outcome
    shift 2
    say "Testing $what ($preset)"
    "${launcher[@]}" ctest --preset "$preset" --no-tests=error "$@" | tee "$log" || true
    read -ra outcome <<<"$(outcome_of "$log")"
    if [ "${outcome[0]:-0}" -gt 0 ] && [ "${outcome[0]}" -le 3 ]; then
        say "Once more, by itself, what failed ($preset)"
        "${launcher[@]}" ctest --preset "$preset" --no-tests=error "$@" --rerun-failed -j1 | tee "$again" || true
        failures_of "$preset" "$log" | grep -vxFf <(failures_of "$preset" "$again") >>"$logs/unsteady" || true
        failures_of "$preset" "$again" >>"$logs/failures"
        outcome[0]=$(outcome_of "$again" | cut -d' ' -f1)
    else
        failures_of "$preset" "$log" >>"$logs/failures"
    fi
    count "${outcome[0]:-1}" "${outcome[1]:-1}"
}

launcher=()
# ThreadSanitizer of g++ 12 cannot live with the address layout of newer kernels.
without_random_addresses() {
    if setarch "$(uname -m)" -R true 2>/dev/null; then
        launcher=(setarch "$(uname -m)" -R)
    fi
}

# One test of the page: its closing line is not ctest's, so it counts as one. 77 is a skip.
page_test() {
    local code=0
    (cd web && "$@") >&2 || code=$?
    case "$code" in
        0 | 77) count 0 1 ;;
        *)
            count 1 1
            echo "the page: $*" >>"$logs/failures"
            ;;
    esac
}

web_tests() {
    need_node
    need_packages "${PACKAGES_BROWSER[@]}" "${PACKAGES_DOVECOT[@]}"
    configure dev -DMAILKEEP_WEB=ON
    build dev mailkeep
    say "Testing the page"
    page_test npm run check
    page_test npm test
    page_test env MAILKEEP_BINARY="$PWD/build/dev/mailkeep" npm run e2e
}

packages=("${PACKAGES_BUILD[@]}" "${PACKAGES_USE[@]}" "${PACKAGES_TEST[@]}")
if wants integration fault asan tsan; then
    packages+=("${PACKAGES_DOVECOT[@]}")
fi
need_packages "${packages[@]}"
if wants integration asan; then
    export MAILKEEP_SERVERS=$PWD/build/servers
    unpack_server "$MAILKEEP_SERVERS/cyrus" "${PACKAGES_CYRUS[@]}"
    unpack_server "$MAILKEEP_SERVERS/courier" "${PACKAGES_COURIER[@]}"
fi

if wants unit house integration fault; then
    configure dev
fi
if wants unit integration fault; then
    build dev
fi
if wants unit house; then
    labels=()
    for part in unit house; do
        if wants "$part"; then
            labels+=("$part")
        fi
    done
    tests dev "${labels[*]}" -L "^($(IFS='|' && echo "${labels[*]}"))\$"
fi
if wants integration; then
    tests dev "the program against Dovecot" -L '^integration$'
fi
if wants fault; then
    # How much of what the break tests of the program can try there is time for; soak.sh has more.
    MAILKEEP_FAULT_PATIENCE=${MAILKEEP_FAULT_PATIENCE:-0.2} \
        tests dev "a break at every step" -L '^fault$' --verbose
fi
if wants asan; then
    configure asan
    build asan
    # These take long there, and what they pass through has unit tests.
    MAILKEEP_CORPUS='' tests asan "with address and undefined behaviour sanitizers" \
        -L '^(unit|integration)$' -E '^e2e\.(compress|corpus_restore|damage|encrypt|golden|identity|incremental|index|large|log|login|reader|replicate|retention|roundtrip|scrub|throttling|watch)$'
fi
if wants tsan; then
    threaded=(base net sync service http app)
    configure tsan
    build tsan mailkeep "${threaded[@]/%/_test}"
    without_random_addresses
    MAILKEEP_CORPUS='' tests tsan "with the thread sanitizer" \
        -R "^($(IFS='|' && echo "${threaded[*]}")|e2e\.serve)"
    launcher=()
fi
if wants web; then
    web_tests
fi

# What failed is said once more at the end, where it is looked for.
if [ -s "$logs/unsteady" ]; then
    say "These failed beside others and passed by themselves: mend them"
    cat "$logs/unsteady"
fi
if [ -s "$logs/failures" ]; then
    say "These failed"
    cat "$logs/failures"
fi
passed=$((run - failed))
printf '\n%d%% tests passed, %d tests failed out of %d\n' \
    $((run == 0 ? 100 : passed * 100 / run)) "$failed" "$run"
[ "$failed" -eq 0 ]
