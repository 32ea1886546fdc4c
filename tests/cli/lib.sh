# What the command-line tests share. Arguments of each test: the tollgate program and the source tree.
set -u
tollgate=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export TOLLGATE_DB=$work/runs.db
failures=0

fail() { printf 'FAILED: %s\n' "$*"; failures=$((failures + 1)); }

# run STATUS COMMAND...: runs tollgate, keeps out and err, and checks the exit status.
run() {
    local want=$1 got
    shift
    "$tollgate" "$@" >out 2>err
    got=$?
    [[ $got -eq $want ]] || { fail "tollgate $*: status $got, not $want"; sed 's/^/    /' err; }
}

# one_sentence NEEDLE: the last run said one line on stderr, with these words, and nothing on stdout.
one_sentence() {
    [[ $(wc -l <err) -eq 1 ]] || fail "not one line: $(cat err)"
    grep -qF -- "$1" err || fail "no '$1' in: $(cat err)"
    [[ -s out ]] && fail "results printed beside an error: $(head -3 out)"
}

# nothing_but FILE...: the working folder holds only these, and what run() keeps.
nothing_but() {
    local extra
    extra=$(ls -A | grep -vxF "$(printf '%s\n' out err "$@")")
    [[ -z $extra ]] || fail "left behind: $extra"
}

finish() { [[ $failures -eq 0 ]] && echo "all passed"; exit $((failures > 0)); }
