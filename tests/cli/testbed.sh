# The testbed: what it can run here, a short run, and that nothing stays behind, however a run ends. Most needs root.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_bed.sh"

run 2 testbed
one_sentence "what to do is missing"
run 2 testbed lsit
one_sentence "did you mean 'list'?"
run 2 testbed run
one_sentence "which system is missing"
run 2 testbed run no-such-system
one_sentence "there is no system 'no-such-system'"
run 2 testbed run udp --rates 5k
one_sentence "--rates"
run 2 testbed up sideways
one_sentence "'sideways' is no way"
run 0 testbed list --json
python3 - <<'END' || fail "list: $(head -c 300 out)"
import json
d = json.load(open("out"))
assert d["schema"] == 1 and len(d["systems"]) >= 30
assert all(s["available"] or s["reason"] for s in d["systems"])
END
skip_without_bed testbed run udp -o never

run 0 testbed run udp 'udp-syscall-1*' bind --quick --repetitions 2 --seconds 0.05 --rates 500/s,2k/s --json -o results
python3 - <<'END' || fail "run: $(head -c 600 out)"
import csv, json
d = json.load(open("out"))
assert d == json.load(open("results/testbed.json"))
names = [s["name"] for s in d["systems"]]
assert names == ["udp", "udp-syscall-10", "bind"], names
for s in d["systems"]:
    if "skipped" in s:
        continue
    assert s["complete"] and len(s["points"]) == 4, s
    # Other work may keep the client from its core for a whole window.
    assert any(p["reply_per_s"] > 0 for p in s["points"]), s
    for p in s["points"]:
        assert p["reply_per_s"] >= 0 and p["limited_by"] in ("none", "server", "client", "unclear"), p
    rows = list(csv.DictReader(open("results/%s.csv" % s["name"])))
    assert len(rows) == 4 and float(rows[0]["offered_per_s"]) <= float(rows[-1]["offered_per_s"])
END

# begin: starts a run that would take minutes, and waits for its first results.
begin() {
    rm -rf long
    "$tollgate" testbed run udp udp-pipe_handover-1 'xdp*' --quick --repetitions 100 --seconds 0.05 --rates 500/s \
        -o long >out 2>err &
    pid=$!
    for _ in $(seq 300); do
        [[ -n $(left $pid) ]] && break
        sleep 0.05
    done
    [[ -n $(left $pid) ]] || fail "nothing was started: $(cat err)"
    sleep 0.7
}
check_interrupt "interrupted; the points that are complete are kept in 'long'"
python3 -c 'import json; s = json.load(open("long/testbed.json"))["systems"]; assert s[-1]["complete"] is False and s[0]["points"]' ||
    fail "Ctrl-C kept nothing"
check_kill

# By hand; whoever else tries this at the moment has it first.
if [[ ! -e /run/netns/tollgate-tbup-server ]]; then
    run 0 testbed up
    [[ -e /run/netns/tollgate-tbup-client ]] || fail "up made nothing"
    run 4 testbed up
    one_sentence "exists already"
    run 0 testbed down
    [[ -e /run/netns/tollgate-tbup-server ]] && fail "down left the network"
fi
finish
