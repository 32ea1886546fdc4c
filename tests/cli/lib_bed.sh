# For tests of commands that run the testbed: what it leaves behind, and that nothing stays after Ctrl-C and kill. After lib.sh.
# A test defines begin, which starts a long run in the background, its process in $pid, and waits until its bed is there.

# skip_without_bed COMMAND...: ends the test where the testbed cannot run, once COMMAND has said so.
skip_without_bed() {
    "$tollgate" testbed list --json |
        python3 -c 'import json, sys; exit(not next(s for s in json.load(sys.stdin)["systems"] if s["name"] == "udp")["available"])' && return
    run 4 "$@"
    echo "skipped: $(cat err)"
    [[ $failures -eq 0 ]] || exit 1
    exit 77
}

# left PID: what is there of the bed of this process.
left() {
    local tag
    tag=$(printf 'tb%06x' "$1")
    ls -d /run/netns/tollgate-"$tag"-* /run/tollgate-testbed/"$tag"* /sys/fs/bpf/tollgate/"$tag" 2>/dev/null
}

# check_interrupt SENTENCE: what Ctrl-C does to a run.
check_interrupt() {
    begin
    kill -INT $pid
    wait $pid
    local got=$?
    [[ $got -eq 130 ]] || fail "Ctrl-C: status $got, not 130"
    grep -q "$1" err || fail "Ctrl-C: $(cat err)"
    [[ -z $(left $pid) ]] || fail "Ctrl-C left $(left $pid)"
}

# What it started ends with a killed run; what it made, the next start removes.
check_kill() {
    local child children
    begin
    children=$(pgrep -P $pid)
    kill -KILL $pid
    wait $pid 2>/dev/null
    [[ -n $(left $pid) ]] || fail "nothing was left to clean up: the test does not test"
    for child in $children; do
        for _ in $(seq 100); do
            kill -0 "$child" 2>/dev/null || break
            sleep 0.05
        done
        kill -0 "$child" 2>/dev/null && fail "process $child outlived its killed parent"
    done
    run 0 testbed down
    [[ -z $(left $pid) ]] || fail "after a kill: $(left $pid)"
}
