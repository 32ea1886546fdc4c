# Ctrl-C in a sweep keeps every complete replication and says so; a sweep that is killed leaves a run that died.
. "$(dirname "$0")/lib.sh"
rates=$(seq -s, -f '"%g/s"' 20000 50 60000)
sed "s|\"replications\": 10|\"replications\": 4, \"rates\": [$rates]|" \
    "$source/examples/01-first-curve/scenario.json" >long.json
count() { "$tollgate" query --csv "select count(*) from $1 where $2" 2>/dev/null | tail -1; }

# begin RUN: starts a sweep that would take minutes, and waits until it has stored results.
begin() {
    "$tollgate" sweep long.json --threads 2 >out 2>err &
    pid=$!
    for _ in $(seq 600); do
        n=$(count curve_points "run = $1 and status = 'done'")
        [[ ${n:-0} -ge 2 ]] && return
        sleep 0.1
    done
    fail "run $1 stores no results: $(cat err)"
}

for signal in INT TERM; do
    id=$((${id:-0} + 1))
    begin $id
    "$tollgate" runs | grep -q "^ *$id .*running" || fail "run $id is not shown as running"
    kill -$signal $pid
    wait $pid
    got=$?
    [[ $got -eq 130 ]] || fail "SIG$signal: status $got, not 130"
    one_sentence "run $id: interrupted; its complete replications are kept in '$work/runs.db'"
    run 0 runs
    grep -q "^ *$id .*interrupted" out || fail "SIG$signal: run $id is not marked: $(cat out)"
    [[ $(count run "id = $id and finished_utc is not null") -eq 1 ]] || fail "run $id has no end"
    [[ $(count point "status = 'running'") -eq 0 ]] || fail "points still run"
    [[ $(count curve_points "run = $id and status = 'done' and replications <> 4") -eq 0 ]] || fail "done but incomplete"
    n=$(count "replication join point on point.id = point join curve on curve.id = curve" "run = $id")
    [[ $n -ge 8 ]] || fail "only $n replications kept"
    run 0 runs replay $id
    grep -q "^run $id: $n of $n replications and 1 of 1 " out || fail "what was kept is not the same again: $(cat out)"
done

begin 3
run 4 runs delete 3
one_sentence "run 3 is under way in another process"
kill -KILL $pid
wait 2>/dev/null
run 0 runs
grep -q "^ *3 .*died" out || fail "a run whose process was killed does not say so: $(cat out)"
run 0 runs show 3
grep -q "not complete: its status is 'died'" out || fail "the report of a run that died does not say so"
run 0 runs delete 3
finish
