#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Roots and proofs of the eight leaves that Certificate Transparency tests with, made by sha256sum
# alone: the answers that tests/unit/archive/merkle_test.cpp expects.
leaves=("" 00 10 2021 3031 40414243 5051525354555657 606162636465666768696a6b6c6d6e6f)

hash() { # hex
    printf "$(printf %s "$1" | sed 's/../\\x&/g')" | sha256sum | cut -c1-64
}

root() { # first leaf, leaf after the last
    local size=$(($2 - $1)) half=1
    if [ "$size" = 0 ]; then
        hash ""
    elif [ "$size" = 1 ]; then
        hash "00${leaves[$1]}"
    else
        while [ $((half * 2)) -lt "$size" ]; do half=$((half * 2)); done
        hash "01$(root "$1" $(($1 + half)))$(root $(($1 + half)) "$2")"
    fi
}

for size in 0 1 2 3 4 5 6 7 8; do echo "root of $size: $(root 0 "$size")"; done
echo "leaf 0 in 8: $(root 1 2) $(root 2 4) $(root 4 8)"
echo "leaf 5 in 8: $(root 4 5) $(root 6 8) $(root 0 4)"
echo "leaf 2 in 3: $(root 0 2)"
echo "leaf 1 in 5: $(root 0 1) $(root 2 4) $(root 4 5)"
echo "from 1 to 8: $(root 1 2) $(root 2 4) $(root 4 8)"
echo "from 6 to 8: $(root 4 6) $(root 6 8) $(root 0 4)"
echo "from 2 to 5: $(root 2 4) $(root 4 5)"
