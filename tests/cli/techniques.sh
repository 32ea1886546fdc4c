# Techniques are data: there are many, each runs on each machine that has its prices or says which it lacks, and one more
# takes a file.
. "$(dirname "$0")/lib.sh"

scenario() { # PROFILE SERVER WORKLOAD TECHNIQUE
    printf '{"format": "tollgate scenario", "version": 1, "profile": "%s", "server": "%s", "workload": "%s",
 "techniques": ["%s"], "horizon": "60 ms", "warm_up": "20 ms", "replications": 2}\n' "$@" >scenario.json
}

run 0 list techniques
cut -d' ' -f1 out >techniques
[[ $(wc -l <techniques) -ge 14 ]] || fail "there are only $(wc -l <techniques) techniques"

ran=0
for profile in epyc-zen5-linux-6.18 pentium3-866 r710; do
    for technique in $(cat techniques); do
        scenario $profile udp-responder open-udp "$technique"
        if "$tollgate" simulate scenario.json -r 1000/s >out 2>err; then
            ran=$((ran + 1))
        else
            [[ $? -eq 3 ]] || fail "$technique on $profile: $(cat err)"
            grep -q "technique '$technique': profile '$profile' has no price for" err ||
                fail "$technique on $profile does not say which price is missing: $(cat err)"
        fi
    done
    [[ $profile = epyc* && $ran -lt 14 ]] && fail "only $ran techniques run on $profile"
done

# The two studies' techniques run where they belong.
for row in "pentium3-866 khttpd httperf vmware-hosted" "pentium3-866 apache-1.3 httperf vmware-hosted" \
    "r710 bind-9.8 queryperf xen-pv" "r710 bind-9.10 queryperf osv-xen-hvm" "r710 lighttpd httperf osv-kvm" \
    "r710 apache-2.4 httperf xen-pv" "r710 apache-2.4 httperf kvm-guest" "r710 bind-9.8 queryperf user-space-kernel"; do
    scenario $row
    run 0 simulate scenario.json -r 500/s
    grep -q 'reply rate' out || fail "$row: $(cat out)"
done

# One more.
mkdir -p models/techniques
export TOLLGATE_MODELS=$work/models
cat >models/techniques/two-rings.json <<'EOF'
{"format": "tollgate technique", "version": 1, "name": "two-rings", "title": "two rings", "help": "A gate on the way in and out.",
 "rules": [{"at": "request", "add": [{"cost": "gate", "count": 2}]}], "isolation": ["gate"],
 "costs": {"gate": {"law": "3 us", "provenance": "assumed", "source": "this test", "range_low_ns": 1000, "range_high_ns": 5000}}}
EOF
run 0 list techniques
grep -q '^two-rings .*A gate on the way in and out' out || fail "the new technique is not listed"
scenario epyc-zen5-linux-6.18 udp-responder open-udp two-rings
run 0 simulate scenario.json -r 1000/s --toll
grep -Eq '^ *gate +6 us' out || fail "its toll is not 6 us: $(cat out)"
finish
