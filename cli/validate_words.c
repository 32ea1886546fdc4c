/* A comparison of predictions with measurements, as tables. */
#include <math.h>
#include <stdio.h>

#include "tg_units.h"
#include "validate_live.h"

static const char *as_rate(double per_s, char buf[24])
{
    return isfinite(per_s) ? tg_rate_format(per_s, buf, 24) : "-";
}

static const char *as_time(double ns, char buf[24])
{
    return isfinite(ns) ? tg_time_format(ns * 1e-9, buf, 24) : "-";
}

static const char *as_error(double error, char buf[24])
{
    if (!isfinite(error))
        return "-";
    snprintf(buf, 24, "%+.1f %%", error * 100);
    return buf;
}

static const char *as_span(const struct tg_span *span, const char *(*form)(double, char[24]), char buf[64])
{
    char low[24], high[24];
    snprintf(buf, 64, "%s .. %s", form(span->low, low), form(span->high, high));
    return buf;
}

static void print_row(const struct tg_compared *row)
{
    char a[24], b[24], c[24], p50[24], p99[24], predicted[64], measured[64];
    if (*row->left_out) {
        printf("%-27s %s\n", row->system->name, row->left_out);
        return;
    }
    printf("%-27s %9s %23s %9s %23s %8s  %-8s %9s %9s\n", row->system->name,
           as_rate(row->predicted_per_s.mid, a), as_span(&row->predicted_per_s, as_rate, predicted),
           as_rate(row->measured_per_s.mid, b), as_span(&row->measured_per_s, as_rate, measured),
           as_error(row->error, c), tg_limit_name(row->limited_by), as_error(row->p50_ns[1].error, p50),
           as_error(row->p99_ns[1].error, p99));
}

static void print_rows(const struct tg_comparison *c)
{
    printf("%-27s %33s %33s %8s  %-8s %19s\n", "", "saturation predicted", "measured", "error", "limited",
           "error at half load");
    printf("%-27s %9s %23s %9s %23s %8s  %-8s %9s %9s\n", "system", "", "interval", "", "interval", "", "by",
           "p50", "p99");
    for (size_t i = 0; i < c->count; i++)
        print_row(&c->rows[i]);
}

static void print_latencies(const struct tg_comparison *c)
{
    char at[24], p[4][24], m[4][24];
    printf("\nlatency, predicted / measured\n%-27s %6s %19s %23s   %s\n", "system", "load", "p50", "p99",
           "lost beyond saturation");
    for (size_t i = 0; i < c->count; i++) {
        const struct tg_compared *row = &c->rows[i];
        for (int k = 0; k < TG_COMPARED_LATENCIES && !*row->left_out; k++) {
            const struct tg_compared_pair *p50 = &row->p50_ns[k], *p99 = &row->p99_ns[k];
            if (!isfinite(p50->load) || !isfinite(p50->measured.mid))
                continue;
            snprintf(at, sizeof at, "%.0f %%", p50->load * 100);
            printf("%-27s %6s %9s / %-9s %11s / %-9s", row->system->name, at,
                   as_time(p50->predicted.mid, p[0]), as_time(p50->measured.mid, m[0]),
                   as_time(p99->predicted.mid, p[1]), as_time(p99->measured.mid, m[1]));
            const struct tg_compared_pair *loss = k < TG_COMPARED_LOSSES ? &row->lost_fraction[k] : NULL;
            if (loss && isfinite(loss->load))
                printf("   at %.0f %%: %.1f %% / %.1f %%", loss->load * 100, loss->predicted.mid * 100,
                       loss->measured.mid * 100);
            putchar('\n');
        }
    }
}

static void print_slopes(const struct tg_comparison *c)
{
    char a[24], b[24], e[24], predicted[64], measured[64];
    if (c->slope_count)
        printf("\nadded by one more\n%-22s %8s %10s %25s %10s %25s %8s\n", "crossing", "systems", "predicted",
               "interval", "measured", "interval", "error");
    for (size_t i = 0; i < c->slope_count; i++) {
        const struct tg_compared_slope *s = &c->slopes[i];
        printf("%-22s %8zu %10s %25s %10s %25s %8s  %s\n", s->name, s->systems,
               as_time(s->predicted_ns.mid, a), as_span(&s->predicted_ns, as_time, predicted),
               as_time(s->measured_ns.mid, b), as_span(&s->measured_ns, as_time, measured),
               as_error(s->error, e), s->met ? "met" : "missed");
    }
}

static void print_checks(const struct tg_comparison *c)
{
    printf("\n%zu systems limited by the server, %zu by the client, %zu unclear\n", c->server_limited,
           c->client_limited, c->unclear);
    for (size_t i = 0; i < c->wrong_count; i++)
        printf("predicted the other way round: %s was measured slower than %s\n",
               c->wrong[i].slower->system->name, c->wrong[i].faster->system->name);
    for (size_t i = 0; i < c->check_count; i++) {
        const struct tg_check *k = &c->checks[i];
        printf("%-62s %6.4g, found %6.4g %-8s %s\n", k->what, k->wanted, k->found, k->unit,
               k->met ? "met" : "missed");
    }
}

void validate_print(const struct tg_comparison *comparison)
{
    print_rows(comparison);
    print_latencies(comparison);
    print_slopes(comparison);
    print_checks(comparison);
}
