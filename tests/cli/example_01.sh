# The first example prints what its README shows, and its results do not depend on the number of threads.
. "$(dirname "$0")/lib.sh"
example=$source/examples/01-first-curve

run 0 sweep "$example/scenario.json" --db a.db --threads 2
diff "$example/expected.txt" out || fail "the table is not the one in expected.txt"
# Fewer replications suffice to compare threads.
run 0 sweep "$example/scenario.json" -n 4 --horizon "80 ms" --db b.db --threads 1
run 0 sweep "$example/scenario.json" -n 4 --horizon "80 ms" --db c.db --threads 3
for db in b c; do
    run 0 query --db $db.db --csv 'select r.digest from replication r order by r.id'
    mv out $db.digests
done
[[ $(wc -l <b.digests) -eq 257 ]] || fail "not 4 techniques of 16 points of 4 replications: $(wc -l <b.digests)"
cmp b.digests c.digests || fail "one thread and three give different results"

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
