# The first example prints what its README shows, and its results do not depend on the number of threads.
. "$(dirname "$0")/lib.sh"
example=$source/examples/01-first-curve

run 0 sweep "$example/scenario.json" --db a.db --threads 2
diff "$example/expected.txt" out || fail "the table is not the one in expected.txt"
run 0 sweep "$example/scenario.json" --db b.db --threads 1
for db in a b; do
    run 0 query --db $db.db --csv 'select r.digest from replication r order by r.id'
    mv out $db.digests
done
[[ $(wc -l <a.digests) -gt 600 ]] || fail "too few replications: $(wc -l <a.digests)"
cmp a.digests b.digests || fail "one thread and two give different results"

run 0 runs --db a.db
grep -q 'sweep.*done' out || fail "the run is not listed: $(cat out)"
run 0 query --db a.db --csv 'select technique, round(saturation_per_s) from saturation'
[[ $(wc -l <out) -eq 5 ]] || fail "query: $(cat out)"
run 3 query --db a.db 'delete from run'
one_sentence "read"
cp a.db before.db
run 0 report --db a.db -o report
for name in report.html saturation.svg saturation.png latency.svg latency.png; do
    [[ -s report/$name ]] || fail "report/$name is missing"
done
finish
