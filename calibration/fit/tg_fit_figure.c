#include "tg_fit_figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tg_file.h"
#include "tg_intrinsic.h"

enum { BINS = 60, QUANTILES = 200, GAPS_SHOWN = 20000 };

/* Both forms of a figure, from one body. */
static const char head[] =
    "do for [form in \"svg png\"] {\n"
    "if (form eq \"svg\") { set terminal svg size 1000,420 font \"sans,12\" background "
    "\"white\" } else { set terminal pngcairo size 1000,420 font \"sans,10\" }\n";

static int write_script(const char *folder, const char *name, const char *body, struct tg_error *err)
{
    char file[128], *path, *text = NULL;
    int length = asprintf(&text, "%sset output \"%s.\".form\n%s}\n", head, name, body);
    snprintf(file, sizeof file, "%s.gp", name);
    path = length < 0 ? NULL : tg_file_join(folder, file);
    int rc =
        path ? tg_file_write(path, text, (size_t)length, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    free(path);
    if (length >= 0)
        free(text);
    return rc;
}

static int begin(struct tg_file_writer *out, const char *folder, const char *name, struct tg_error *err)
{
    char file[128];
    snprintf(file, sizeof file, "%s.dat", name);
    char *path = tg_file_join(folder, file);
    int rc = path ? tg_file_begin(out, path, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    free(path);
    return rc;
}

/* The unit that keeps the figure's numbers short. */
static const struct unit {
    const char *name;
    double ns;
} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};

static struct unit unit_of(double ns)
{
    size_t i = 0;
    while (i + 1 < sizeof units / sizeof *units && ns >= units[i + 1].ns)
        i++;
    return units[i];
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The usual distance between neighbouring values that many samples share: what the clock can tell. Bins finer
 * than that are a comb. 0 where values are not shared. */
static double resolution(const struct tg_sample *s, double high)
{
    const double alike = 1.0005; /* rounding in the trace file */
    double *gaps = malloc((s->n + 1) * sizeof *gaps), usual = 0, before = -1;
    size_t n = 0, many = s->n / 500 + 2;
    for (size_t i = 0, same; gaps && i < s->n && s->x[i] < high; i += same) {
        for (same = 1; i + same < s->n && s->x[i + same] <= s->x[i] * alike;)
            same++;
        if (same < many)
            continue;
        if (before >= 0)
            gaps[n++] = s->x[i] - before;
        before = s->x[i];
    }
    if (n > 4) {
        qsort(gaps, n, sizeof *gaps, ascending);
        usual = gaps[n / 2];
    }
    free(gaps);
    return usual;
}

/* Columns: cost; share a bin of all samples, of the cost's own, and of the law. Returns the share of all
 * samples that lie beyond. */
static double write_histogram(FILE *f, const struct tg_intrinsic *in, const struct tg_dist *law, double unit)
{
    const struct tg_sample *s = &in->sample;
    double low = s->x[0], high = tg_sample_quantile(s, 0.995), own[BINS] = {0}, raw[BINS] = {0}, beyond = 1;
    high += 0.15 * (high - low);
    double step = resolution(s, high), width = fmax((high - low) / BINS, 1e-9);
    if (step > width / 8)
        width = step * ceil(width / step);
    low -= width / 2;
    size_t bins = (size_t)fmin(BINS, ceil((high - low) / width));
    for (size_t i = 0; i < s->n && s->x[i] < low + (double)bins * width; i++) {
        size_t bin = (size_t)fmin((s->x[i] - low) / width, (double)(bins - 1));
        own[bin] += s->w[i] / s->total;
        raw[bin] += 1 / (double)s->n;
        beyond -= 1 / (double)s->n;
    }
    for (size_t b = 0; b < bins; b++)
        fprintf(f, "%.9g %.9g %.9g %.9g\n", (low + ((double)b + 0.5) * width) / unit, raw[b], own[b],
                tg_dist_cdf(law, low + (double)(b + 1) * width) - tg_dist_cdf(law, low + (double)b * width));
    fputs("\n\n", f);
    return fmax(0, beyond);
}

static void write_quantiles(FILE *f, const struct tg_intrinsic *in, const struct tg_dist *law, double unit)
{
    for (int i = 0; i < QUANTILES; i++) {
        double p = (i + 0.5) / QUANTILES;
        fprintf(f, "%.9g %.9g\n", tg_dist_quantile(law, p) / unit, tg_sample_quantile(&in->sample, p) / unit);
    }
    fputs("\n\n", f);
}

static int write_price(const struct tg_intrinsic *in, const struct tg_price *price, const char *folder,
                       struct tg_error *err)
{
    struct tg_file_writer out;
    /* The best fit is drawn, also where it does not pass: the figure is to show why. */
    const struct tg_dist *law = price->fit.family ? &price->fit.law : &price->law;
    int rc = begin(&out, folder, price->primitive, err);
    if (rc)
        return rc;
    struct unit unit = unit_of(tg_sample_quantile(&in->sample, 0.5));
    double beyond = write_histogram(out.stream, in, law, unit.ns);
    write_quantiles(out.stream, in, law, unit.ns);
    rc = tg_file_commit(&out, err);
    if (rc)
        return rc;
    char body[2048];
    snprintf(
        body, sizeof body,
        "set multiplot layout 1,2 title \"%s: best fit %s, which %s\" noenhanced\n"
        "set style fill solid 0.5 noborder\nset grid\nset key top right samplen 2\n"
        "set xlabel \"cost of one operation (%s)\"\nset ylabel \"share of the samples in a bin\"\n"
        "plot \"%s.dat\" index 0 using 1:2 with boxes lc rgb \"#d9a0a0\" title \"all samples, %.2g %% "
        "beyond\", "
        "\"\" index 0 using 1:3 with boxes lc rgb \"#5b8db8\" title \"jitter apart\", "
        "\"\" index 0 using 1:4 with lines lw 2 lc rgb \"black\" title \"best fit\"\n"
        "set key bottom right\nset xlabel \"quantile of the fit (%s)\"\n"
        "set ylabel \"quantile of the samples, jitter apart (%s)\"\n"
        "plot \"%s.dat\" index 1 using 1:2 with points pt 7 ps 0.6 lc rgb \"#5b8db8\" title \"p = 0.0025 to "
        "0.9975\", x with lines lc rgb \"black\" title \"equal\"\n"
        "unset multiplot\n",
        price->primitive, price->fit.family ? price->fit.family : "none",
        price->fit.passes ? "passes" : "does not pass", unit.name, price->primitive, 100 * beyond, unit.name,
        unit.name, price->primitive);
    return write_script(folder, price->primitive, body, err);
}

int tg_fit_figure_price(const struct tg_trace_set *set, const struct tg_profile *profile,
                        const char *primitive, const char *folder, struct tg_error *err)
{
    const struct tg_trace *trace = tg_trace_set_find(set, primitive),
                          *gaps = tg_trace_set_find(set, "jitter");
    const struct tg_price *price = tg_profile_price(profile, primitive);
    struct tg_jitter jitter;
    struct tg_intrinsic in;
    if (!trace || !price)
        return tg_error_set(err, TG_EINPUT, "there is no %s of '%s'", trace ? "price" : "trace", primitive);
    int rc = tg_jitter_init(&jitter, gaps && gaps->is_jitter ? gaps : NULL, err);
    if (rc)
        return rc;
    rc = tg_intrinsic_split(trace, &jitter, &in, err);
    if (!rc) {
        rc = write_price(&in, price, folder, err);
        tg_intrinsic_release(&in);
    }
    tg_jitter_release(&jitter);
    return rc;
}

int tg_fit_figure_jitter(const struct tg_trace_set *set, const char *folder, struct tg_error *err)
{
    const struct tg_trace *gaps = tg_trace_set_find(set, "jitter");
    struct tg_file_writer out;
    if (!gaps || !gaps->is_jitter || !gaps->count)
        return tg_error_set(err, TG_EINPUT, "the trace set has no jitter");
    int rc = begin(&out, folder, "jitter", err);
    if (rc)
        return rc;
    size_t step = (gaps->count + GAPS_SHOWN - 1) / GAPS_SHOWN;
    for (size_t i = 0; i < gaps->count; i += step)
        fprintf(out.stream, "%.12g %.9g\n", gaps->t_ns[i] * 1e-9, gaps->cost_ns[i] * 1e-3);
    rc = tg_file_commit(&out, err);
    return rc ? rc
              : write_script(folder, "jitter",
                             "set logscale y\nset grid\nset xlabel \"time in the session (s)\"\n"
                             "set ylabel \"time stolen by a gap (us)\"\nunset key\n"
                             "plot \"jitter.dat\" using 1:2 with points pt 7 ps 0.3 lc rgb \"#b85b5b\"\n",
                             err);
}
