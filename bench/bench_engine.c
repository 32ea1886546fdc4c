/* bench_engine: what the engine costs, beside the limits and the rivals measured in the same run.
 *
 * Usage: bench_engine [--json] [--repetitions N] [--only mm1|hold|draws]
 *
 * All times are CPU times of one thread; figures are medians of interleaved repetitions. Nothing here passes
 * or fails on time; the exit status is 1 only where a contestant computes something else than it should. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_clock.h"
#include "bench_draws.h"
#include "bench_hold.h"
#include "bench_mm1.h"
#include "tg_json.h"

enum { CUSTOMERS = 2000000, SIMPY_CUSTOMERS = 100000, REPETITIONS_MAX = 100, SIZES = 5, DRAWS_MAX = 64 };

static const size_t sizes[SIZES] = {2, 10, 1000, 100000, 1000000};

struct options {
    bool json, mm1, hold, draws;
    unsigned repetitions;
};

struct report {
    double engine_per_s, two_slot_per_s, lindley_per_s, simpy_per_s;
    struct bench_hold holds[BENCH_LAWS][SIZES];
    struct bench_draw draws[DRAWS_MAX];
    size_t draw_count;
};

static int check_sojourn(const char *who, double sojourn, struct tg_error *err)
{
    /* 2,000,000 customers put the mean sojourn within 20 % of 10 in all but one of 1e10 runs. */
    if (sojourn > 8 && sojourn < 12)
        return TG_OK;
    return tg_error_set(err, TG_ECHECK, "%s finds a mean sojourn of %g where theory says 10", who, sojourn);
}

static int run_mm1(const struct options *o, struct report *report, struct tg_error *err)
{
    double engine[REPETITIONS_MAX], two_slot[REPETITIONS_MAX], lindley[REPETITIONS_MAX], simpy[3];
    int rc = TG_OK;
    for (unsigned r = 0; !rc && r < o->repetitions; r++) {
        struct bench_mm1 result[3];
        rc = bench_mm1_engine(CUSTOMERS, &result[0], err);
        bench_mm1_two_slot(CUSTOMERS, &result[1]);
        bench_mm1_lindley(CUSTOMERS, &result[2]);
        engine[r] = result[0].per_s;
        two_slot[r] = result[1].per_s;
        lindley[r] = result[2].per_s;
        if (!rc)
            rc = check_sojourn("the engine", result[0].sojourn, err);
        if (!rc)
            rc = check_sojourn("the two-slot loop", result[1].sojourn, err);
        if (!rc)
            rc = check_sojourn("Lindley's recursion", result[2].sojourn, err);
    }
    for (unsigned r = 0; !rc && r < 3; r++) {
        struct bench_mm1 result;
        bench_mm1_simpy(SIMPY_CUSTOMERS, &result);
        simpy[r] = result.per_s;
    }
    if (rc)
        return rc;
    report->engine_per_s = bench_median(engine, o->repetitions);
    report->two_slot_per_s = bench_median(two_slot, o->repetitions);
    report->lindley_per_s = bench_median(lindley, o->repetitions);
    report->simpy_per_s = isfinite(simpy[0]) ? bench_median(simpy, 3) : NAN;
    return TG_OK;
}

static int run_holds(const struct options *o, struct report *report, struct tg_error *err)
{
    int rc = TG_OK;
    for (int law = 0; !rc && law < BENCH_LAWS; law++) {
        for (int i = 0; !rc && i < SIZES; i++)
            rc = bench_hold((enum bench_law)law, sizes[i], o->repetitions, &report->holds[law][i], err);
    }
    return rc;
}

static int run_draws(struct report *report, struct tg_error *err)
{
    report->draw_count = bench_draws_count();
    if (report->draw_count > DRAWS_MAX)
        return tg_error_set(err, TG_EBUG, "there are more than %d kinds of draws", DRAWS_MAX);
    return bench_draws(report->draws, 0.05, err);
}

static void print_mm1(const struct report *r)
{
    printf("M/M/1 at load 0.9, millions a second\n");
    printf("  %-38s %8.1f events   %.2f of the two-slot loop\n", "engine: calendar, station, histogram",
           r->engine_per_s * 1e-6, r->engine_per_s / r->two_slot_per_s);
    printf("  %-38s %8.1f events\n", "two-slot loop", r->two_slot_per_s * 1e-6);
    printf("  %-38s %8.1f customers\n", "Lindley's recursion", r->lindley_per_s * 1e-6);
    if (isfinite(r->simpy_per_s))
        printf("  %-38s %8.2f events\n", "SimPy", r->simpy_per_s * 1e-6);
    else
        printf("  %-38s not installed\n", "SimPy");
}

static void print_holds(const struct report *r)
{
    printf("\nhold model, ns a hold%21s %8s %8s %8s  %s\n", "pending", "engine", "min-scan", "ideal",
           "engine / better rival");
    for (int law = 0; law < BENCH_LAWS; law++) {
        for (int i = 0; i < SIZES; i++) {
            const struct bench_hold *h = &r->holds[law][i];
            printf("  %-32s %8zu %8.1f %8.1f %8.1f  %.2f\n", bench_law_names[law], sizes[i], h->engine_ns,
                   h->min_scan_ns, h->ideal_ns, h->engine_ns / fmin(h->min_scan_ns, h->ideal_ns));
        }
    }
}

static void print_draws(const struct report *r)
{
    printf("\ndraws, ns a draw%25s %8s %8s\n", "one", "many", "GSL");
    for (size_t i = 0; i < r->draw_count; i++) {
        const struct bench_draw *d = &r->draws[i];
        printf("  %-32s %8.2f %8.2f", d->name, d->one_ns, d->many_ns);
        if (isfinite(d->gsl_ns))
            printf(" %8.2f\n", d->gsl_ns);
        else
            printf(" %8s\n", "-");
    }
}

static void print_text(const struct options *o, const struct report *r)
{
    if (o->mm1)
        print_mm1(r);
    if (o->hold)
        print_holds(r);
    if (o->draws)
        print_draws(r);
}

static cJSON *holds_json(const struct report *r, size_t offset)
{
    cJSON *laws = cJSON_CreateObject();
    for (int law = 0; law < BENCH_LAWS; law++) {
        cJSON *by_size = cJSON_AddObjectToObject(laws, bench_law_names[law]);
        for (int i = 0; i < SIZES; i++) {
            char key[32];
            double ns;
            snprintf(key, sizeof key, "%zu", sizes[i]);
            memcpy(&ns, (const char *)&r->holds[law][i] + offset, sizeof ns);
            tg_json_add_number(by_size, key, ns);
        }
    }
    return laws;
}

static cJSON *draws_json(const struct report *r)
{
    cJSON *draws = cJSON_CreateObject();
    for (size_t i = 0; i < r->draw_count; i++) {
        cJSON *draw = cJSON_AddObjectToObject(draws, r->draws[i].name);
        tg_json_add_number(draw, "one", r->draws[i].one_ns);
        tg_json_add_number(draw, "many", r->draws[i].many_ns);
        tg_json_add_number(draw, "gsl", r->draws[i].gsl_ns);
    }
    return draws;
}

static int print_json(const struct options *o, const struct report *r, struct tg_error *err)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddNumberToObject(document, "schema", 1);
    if (o->mm1) {
        tg_json_add_number(document, "mm1_events_per_s", r->engine_per_s);
        tg_json_add_number(document, "two_slot_events_per_s", r->two_slot_per_s);
        tg_json_add_number(document, "lindley_customers_per_s", r->lindley_per_s);
        tg_json_add_number(document, "simpy_events_per_s", r->simpy_per_s);
    }
    if (o->hold) {
        cJSON_AddItemToObject(document, "hold_ns", holds_json(r, offsetof(struct bench_hold, engine_ns)));
        cJSON_AddItemToObject(document, "hold_min_scan_ns",
                              holds_json(r, offsetof(struct bench_hold, min_scan_ns)));
        cJSON_AddItemToObject(document, "hold_ideal_calendar_ns",
                              holds_json(r, offsetof(struct bench_hold, ideal_ns)));
    }
    if (o->draws)
        cJSON_AddItemToObject(document, "draw_ns", draws_json(r));
    char *text = tg_json_print(document);
    if (text)
        puts(text);
    free(text);
    cJSON_Delete(document);
    return text ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}

static bool parse(int argc, char **argv, struct options *o)
{
    *o = (struct options){.mm1 = true, .hold = true, .draws = true, .repetitions = 9};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            o->json = true;
        } else if (strcmp(argv[i], "--repetitions") == 0 && i + 1 < argc) {
            o->repetitions = (unsigned)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            i++;
            o->mm1 = strcmp(argv[i], "mm1") == 0;
            o->hold = strcmp(argv[i], "hold") == 0;
            o->draws = strcmp(argv[i], "draws") == 0;
        } else {
            return false;
        }
    }
    return o->repetitions >= 1 && o->repetitions <= REPETITIONS_MAX && (o->mm1 || o->hold || o->draws);
}

int main(int argc, char **argv)
{
    static struct report report;
    struct options options;
    struct tg_error err = {0};
    if (!parse(argc, argv, &options)) {
        fprintf(stderr, "usage: bench_engine [--json] [--repetitions 1..%d] [--only mm1|hold|draws]\n",
                REPETITIONS_MAX);
        return 2;
    }
    int rc = options.mm1 ? run_mm1(&options, &report, &err) : TG_OK;
    if (!rc && options.hold)
        rc = run_holds(&options, &report, &err);
    if (!rc && options.draws)
        rc = run_draws(&report, &err);
    if (!rc && options.json)
        rc = print_json(&options, &report, &err);
    else if (!rc)
        print_text(&options, &report);
    if (rc)
        fprintf(stderr, "bench_engine: %s\n", err.text);
    return tg_error_exit_status(rc);
}
