# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# The Debian packages Mailkeep needs, in one place, and a way to have them installed. Sourced by
# deploy/quickstart.sh and tests/run.sh; changes nothing where all is there already.

PACKAGES_BUILD=(
    g++ cmake ninja-build ccache pkg-config git ca-certificates
    libssl-dev zlib1g-dev libsqlite3-dev libpoco-dev libfmt-dev nlohmann-json3-dev libcli11-dev
    libtomlplusplus-dev libzstd-dev libgmime-3.0-dev libuchardet-dev libsodium-dev
    libcpp-httplib-dev libarchive-dev libisal-dev libxml2-dev libseccomp-dev
    # what libraries that are linked as archives need themselves
    libgpgme-dev libidn2-dev libunistring-dev nettle-dev libacl1-dev libbz2-dev liblz4-dev liblzma-dev)
# Programs that it runs when they are there.
PACKAGES_USE=(poppler-utils)
PACKAGES_DOVECOT=(python3 openssl dovecot-imapd dovecot-pop3d)
PACKAGES_TEST=(libgtest-dev libgmock-dev zstd unzip libarchive-tools notmuch)
PACKAGES_BROWSER=(chromium)
# Servers that conflict with Dovecot: unpacked for the tests, never installed.
PACKAGES_CYRUS=(cyrus-imapd cyrus-pop3d sasl2-bin libsasl2-modules)
PACKAGES_COURIER=(courier-imap courier-pop)

say() {
    printf '\n== %s\n' "$*" >&2
}

# fail WHAT HINT
fail() {
    printf '\n%s: %s\n  %s\n' "$(basename "$0")" "$1" "$2" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

is_installed() {
    dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -q '^installed$'
}

# The page's tools want Node 20.19 or newer.
has_node() {
    command -v npm >/dev/null && command -v node >/dev/null && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
}

# need_packages NAME...: installs what is missing. No service of a new package is started, and a
# Dovecot that comes with them is not enabled either: only private ones are run here.
need_packages() {
    local missing=() name brings_dovecot=no
    for name in "$@"; do
        is_installed "$name" || missing+=("$name")
    done
    if [ "${#missing[@]}" -eq 0 ]; then
        return
    fi
    command -v apt-get >/dev/null ||
        fail "these packages are missing: ${missing[*]}" \
            "This is no Debian: install what they hold by hand, then run this again."
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        fail "these packages are missing: ${missing[*]}" \
            "Run this as root once, or: apt-get install ${missing[*]}"
    fi
    is_installed dovecot-core || brings_dovecot=yes
    say "Installing ${#missing[@]} packages: ${missing[*]}"
    as_root apt-get update -qq ||
        fail "the package lists could not be read" "Check the network and /etc/apt/sources.list."
    install_quietly "${missing[@]}" ||
        fail "the packages could not be installed" "Read apt's words above, mend it, run this again."
    if [ "$brings_dovecot" = yes ] && is_installed dovecot-core; then
        disable_dovecot
    fi
}

# unpack_server FOLDER PACKAGE...: has the packages in FOLDER/root, with those libraries that are not
# installed. Nothing is installed: apt is only asked what it would do.
unpack_server() {
    local folder=$1 names name
    shift
    if [ -e "$folder/complete" ]; then
        return
    fi
    say "Unpacking $* into $folder"
    names=$(packages_new_with "$@") || names=
    if [ -z "$names" ]; then
        as_root apt-get update -qq ||
            fail "the package lists could not be read" "Check the network and /etc/apt/sources.list."
        names=$(packages_new_with "$@") || names=
        [ -n "$names" ] ||
            fail "apt finds no $*" "Check /etc/apt/sources.list: it must name Debian 12's main."
    fi
    rm -rf "$folder"
    mkdir -p "$folder/fetched" "$folder/root"
    # shellcheck disable=SC2086
    (cd "$folder/fetched" && apt-get download -qq $names >&2) ||
        fail "the packages could not be fetched" "Check the network, then run this again."
    for name in "$folder"/fetched/*.deb; do
        dpkg -x "$name" "$folder/root" || fail "$name cannot be unpacked" "Run this again."
    done
    rm -rf "$folder/fetched"
    touch "$folder/complete"
}

# What apt would install for them and is not there, of servers and libraries.
packages_new_with() {
    apt-get -s --no-install-recommends install "$@" 2>/dev/null |
        sed -n -E 's/^Inst ((lib|cyrus-|courier-|sasl2-)[^ ]*) \(.*/\1/p'
}

# invoke-rc.d asks policy-rc.d whether a service may start; 101 is no.
install_quietly() {
    local policy=/usr/sbin/policy-rc.d own=no code=0
    if [ ! -e "$policy" ]; then
        own=yes
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >&2 || code=$?
    if [ "$own" = yes ]; then
        as_root rm -f "$policy"
    fi
    return "$code"
}

disable_dovecot() {
    if command -v systemctl >/dev/null; then
        as_root systemctl --no-reload --quiet disable dovecot.service dovecot.socket 2>/dev/null || true
    fi
    if [ -e /etc/init.d/dovecot ] && command -v update-rc.d >/dev/null; then
        as_root update-rc.d dovecot disable >/dev/null 2>&1 || true
    fi
}

# Debian 12 has Node 18. Its npm brings a newer one, which stays in a folder of this checkout.
need_node() {
    local own=$PWD/build/node
    if [ -x "$own/node_modules/node/bin/node" ]; then
        PATH=$own/node_modules/node/bin:$PATH
    fi
    if has_node; then
        return
    fi
    need_packages nodejs npm
    if ! has_node; then
        say "Fetching Node 22 into $own"
        npm install --prefix "$own" --no-audit --no-fund --loglevel=error node@22 >&2 ||
            fail "Node could not be fetched" "Check the network; npm must reach its registry."
        PATH=$own/node_modules/node/bin:$PATH
    fi
}
