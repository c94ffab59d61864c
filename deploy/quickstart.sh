#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Mailkeep from nothing: packages, build, an archive, a demo mailbox backed up, the page.
#
#   deploy/quickstart.sh                 with a private demo mail server
#   deploy/quickstart.sh --no-demo       only the program and an empty archive
#   deploy/quickstart.sh --listen HOST:PORT   where the page is served (127.0.0.1:8025)
#
# Needs a bare Debian 12 and root or sudo. Safe to run again: what is there is kept. Ctrl-C ends all
# that was started. The demo has an archive of its own, so it never mixes with your mail.
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=packages.sh
. deploy/packages.sh

demo=yes
listen=127.0.0.1:8025
while [ $# -gt 0 ]; do
    case "$1" in
        --no-demo) demo=no ;;
        --listen)
            [ $# -gt 1 ] || fail "--listen needs HOST:PORT" "For example --listen 127.0.0.1:9000"
            listen=$2
            shift
            ;;
        -h | --help)
            sed -n '3,11s/^# \{0,1\}//p' "$0"
            exit 0
            ;;
        *) fail "unknown option $1" "deploy/quickstart.sh --help tells the options." ;;
    esac
    shift
done

home=${XDG_DATA_HOME:-$HOME/.local/share}
if [ "$demo" = yes ]; then
    data=${MAILKEEP_DATA:-$home/mailkeep-demo}
else
    data=${MAILKEEP_DATA:-$home/mailkeep}
fi
mailkeep=$PWD/build/release/mailkeep
demo_state=$home/mailkeep-demo-server
if [ "$(id -u)" -eq 0 ]; then
    demo_state=/var/lib/mailkeep-demo-server # Dovecot reads mail as nobody, who may not enter /root
fi
children=()

end_children() {
    trap - EXIT INT TERM
    local child
    for child in "${children[@]}"; do
        kill -TERM "$child" 2>/dev/null || true
    done
    for child in "${children[@]}"; do
        wait "$child" 2>/dev/null || true
    done
}
trap end_children EXIT
trap 'end_children; exit 130' INT
trap 'end_children; exit 143' TERM

# In the background, and ended by the kernel should this script be killed.
start() {
    setpriv --pdeathsig TERM "$@" &
    children+=($!)
}

build() {
    say "Building Mailkeep (some minutes the first time)"
    local told
    told=$(cmake --preset release 2>&1) || {
        printf '%s\n' "$told" >&2
        fail "the build could not be set up" "Read the lines above; they name what is missing."
    }
    cmake --build --preset release >&2 ||
        fail "the build failed" "The first error above says where; after mending, run this again."
}

make_archive() {
    if [ -e "$data/ARCHIVE" ]; then
        say "The archive in $data is there already"
    else
        say "Making an archive in $data"
        "$mailkeep" init --data "$data" >&2
    fi
}

start_demo_server() {
    say "Starting the demo's mail server (Dovecot on loopback, its state in $demo_state)"
    start python3 -B deploy/demo/server.py "$demo_state"
    local waited=0
    until [ -e "$demo_state/server.env" ]; do
        if ! kill -0 "${children[-1]}" 2>/dev/null || [ "$waited" -ge 300 ]; then
            fail "the demo's mail server does not start" \
                "Read the lines above, or go on without it: deploy/quickstart.sh --no-demo"
        fi
        sleep 0.1
        waited=$((waited + 1))
    done
    # shellcheck source=/dev/null
    . "$demo_state/server.env"
}

# demo_account NAME URL: told the port of today, or added. Not looked at first: what only reads
# refuses an archive of an older version.
demo_account() {
    local settings=(--ca-file "$DEMO_CA_FILE" --password-file "$DEMO_PASSWORD_FILE" --data "$data")
    local told
    told=$("$mailkeep" account set "$1" --url "$2" "${settings[@]}" 2>&1) ||
        "$mailkeep" account add "$1" "$2" "${settings[@]}" >&2 ||
        fail "the demo's account \"$1\" could neither be changed nor added" "Changing it said: $told"
}

back_up_demo() {
    demo_account "Mara" "$DEMO_IMAP_URL"
    demo_account "Old post (POP3)" "$DEMO_POP3_URL"
    say "Backing up both accounts: one over IMAP, one over POP3"
    "$mailkeep" backup --data "$data" >&2 ||
        fail "the demo could not be backed up" "The lines above say why; after mending, run this again."
}

# Where the page cannot have the port it wants, any free one will do.
free_listen() {
    local port=${listen##*:}
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        say "Port $port is taken; the page gets another"
        listen=${listen%:*}:0
    fi
}

serve() {
    say "Serving the page; Ctrl-C ends everything"
    if [ "$demo" = yes ]; then
        printf 'To try next, in another terminal:\n  %s search cabin --data %s\n\n' \
            "$mailkeep" "$data" >&2
    else
        printf 'To try next, in another terminal:\n  %s account add NAME imaps://you@your-server --data %s\n\n' \
            "$mailkeep" "$data" >&2
    fi
    start "$mailkeep" serve --listen "$listen" --data "$data"
    wait "${children[-1]}"
}

packages=("${PACKAGES_BUILD[@]}" "${PACKAGES_USE[@]}")
if [ "$demo" = yes ]; then
    packages+=("${PACKAGES_DOVECOT[@]}")
fi
need_packages "${packages[@]}"
need_node
build
make_archive
if [ "$demo" = yes ]; then
    start_demo_server
    back_up_demo
fi
free_listen
serve
