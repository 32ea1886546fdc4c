# What the scripts share. Source it; it defines functions and changes to the project's root.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 4

say() { printf '%s\n' "$*" >&2; }
die() { say "$0: $*"; exit 4; }

# missing_packages KIND...: those of these kinds in packages.txt that are not installed.
missing_packages() {
    local kind name
    while read -r kind name; do
        [[ $kind == '#'* || -z $name || " $* " != *" $kind "* ]] && continue
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || printf '%s\n' "$name"
    done < scripts/packages.txt
}

# Among the packages are servers, of which the testbed starts its own: as services of this machine they stay off.
apt_install() (
    policy=/usr/sbin/policy-rc.d
    [[ -e $policy ]] || { trap "rm -f '$policy'" EXIT; printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"; }
    DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "$@" >&2
    status=$?
    for service in bind9:named lighttpd:lighttpd; do
        [[ " $* " == *" ${service%:*} "* && -d /run/systemd/system ]] && systemctl -q disable "${service#*:}" >&2
    done
    exit $status
)

# ensure_packages KIND...: installs what is missing; where it may not, prints the one line that a person with rights
# would run, and stops.
ensure_packages() {
    local missing
    command -v dpkg-query >/dev/null || { say "not a Debian system: packages are not checked"; return 0; }
    mapfile -t missing < <(missing_packages "$@")
    [[ ${#missing[@]} -eq 0 ]] && return 0
    if [[ $(id -u) -ne 0 ]]; then
        say "missing packages; as root, run:"
        say "  apt-get update && apt-get install --no-install-recommends ${missing[*]}"
        exit 4
    fi
    say "installing: ${missing[*]}"
    # The lists may be there already; only where they do not suffice are they fetched.
    apt_install "${missing[@]}" 2>/dev/null || { apt-get -q update >&2 && apt_install "${missing[@]}"; } ||
        die "apt-get could not install: ${missing[*]}"
}

# build PRESET [TARGET...]: configures and builds; the log is shown only where it fails.
build() {
    local preset=$1 log
    shift
    log=$(mktemp)
    # CMake refuses a build tree that was configured in another place.
    if [[ -f build/$preset/CMakeCache.txt ]] &&
        ! grep -q "^CMAKE_HOME_DIRECTORY:INTERNAL=$PWD\$" "build/$preset/CMakeCache.txt"; then
        rm -rf "build/$preset"
    fi
    if ! { cmake --preset "$preset" && cmake --build --preset "$preset" ${1:+--target "$@"}; } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        die "the build of preset '$preset' failed"
    fi
    rm -f "$log"
}
