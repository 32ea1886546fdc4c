# tollgate validate live: usage; and where it can run (root, two CPUs), a short run, and that nothing stays behind after success,
# Ctrl-C and kill.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_bed.sh"

run 2 validate live no-such-system;                          one_sentence "there is no system 'no-such-system'"
run 2 validate live udp 'xyz-*';                             one_sentence "there is no system 'xyz-*'"
run 2 validate live --server-cpu 1 --client-cpu 1;           one_sentence "server and client need a CPU each"
run 2 validate live --server-cpu minus;                      one_sentence "option '--server-cpu'"
nothing_but
skip_without_bed validate live udp --quick -o never

"$tollgate" validate live udp-syscall-20 udp-syscall-40 --quick --json -o results >out 2>err &
pid=$!
wait $pid
got=$?
# Whether the checks are met is no matter of this test: other work may have the machine.
[[ $got -le 1 ]] || fail "live: status $got: $(cat err)"
[[ -z $(left $pid) ]] || fail "live left $(left $pid)"
python3 - <<'END' || fail "live: $(head -c 600 out; cat err)"
import json, os
d, kept = json.load(open("out")), json.load(open("results/validation.json"))
assert d["schema"] == 1 and d["folder"] == "results"
assert {k: d[k] for k in kept} == kept and "differing" not in d
names = ["udp-syscall-20", "udp-syscall-40"]
assert [s["name"] for s in d["systems"]] == names, d["systems"]
for s in d["systems"]:
    if "left_out" not in s:
        assert s["predicted"] > 0 and s["measured"] > 0 and abs(s["error"] - (s["predicted"] / s["measured"] - 1)) < 1e-12
p, m = json.load(open("results/predictions.json")), json.load(open("results/testbed.json"))
assert [s["name"] for s in p["systems"]] == names and all(s["saturation_per_s"][0] > 0 for s in p["systems"])
assert [s["name"] for s in m["systems"]] == names
# What was predicted was on the disk before the first point was measured: the curves are written after each pass.
before = os.stat("results/predictions.json").st_mtime_ns
assert all(os.stat("results/%s.csv" % n).st_mtime_ns > before for n in names)
assert os.path.exists("results/traces/syscall.csv") and os.path.exists("results/traces/jitter.csv")
END
# The same folder gives the same prediction, and so the same errors.
"$tollgate" validate replay results --json >again 2>err
[[ $? -le 1 ]] || fail "replay: $(cat err)"
python3 - <<'END' || fail "replay differs: $(cat err)"
import json
d, kept = json.load(open("again")), json.load(open("results/validation.json"))
assert d["differing"] == []
assert {k: d[k] for k in kept} == kept
END

# begin: starts a run, and waits until its bed is there.
begin() {
    rm -rf long
    "$tollgate" validate live udp-syscall-20 udp-pipe_handover-1 --quick -o long >out 2>err &
    pid=$!
    for _ in $(seq 600); do
        [[ $(left $pid) == */run/netns/*-server* ]] && return
        sleep 0.05
    done
    fail "no server was started: $(cat err)"
}
check_interrupt "interrupted; what is complete is kept in 'long'"
[[ -s long/predictions.json ]] || fail "Ctrl-C kept no predictions"
check_kill
finish
