#include "tg_fit_figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tg_file.h"
#include "tg_intrinsic.h"

enum { BINS = 120, QUANTILES = 200, GAPS_SHOWN = 20000 };

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

/* Columns: cost in us; share a bin of all samples, of the cost's own, and of the law. */
static void write_histogram(FILE *f, const struct tg_intrinsic *in, const struct tg_dist *law)
{
    const struct tg_sample *s = &in->sample;
    double low = s->x[0], high = tg_sample_quantile(s, 0.995);
    high += 0.15 * (high - low);
    double width = fmax((high - low) / BINS, 1e-9), own[BINS] = {0}, raw[BINS] = {0};
    for (size_t i = 0; i < s->n && s->x[i] < high; i++) {
        size_t bin = (size_t)fmin((s->x[i] - low) / width, BINS - 1);
        own[bin] += s->w[i] / s->total;
        raw[bin] += 1 / (double)s->n;
    }
    for (int b = 0; b < BINS; b++)
        fprintf(f, "%.9g %.9g %.9g %.9g\n", (low + (b + 0.5) * width) * 1e-3, raw[b], own[b],
                tg_dist_cdf(law, low + (b + 1) * width) - tg_dist_cdf(law, low + b * width));
    fputs("\n\n", f);
}

static void write_quantiles(FILE *f, const struct tg_intrinsic *in, const struct tg_dist *law)
{
    for (int i = 0; i < QUANTILES; i++) {
        double p = (i + 0.5) / QUANTILES;
        fprintf(f, "%.9g %.9g\n", tg_dist_quantile(law, p) * 1e-3, tg_sample_quantile(&in->sample, p) * 1e-3);
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
    write_histogram(out.stream, in, law);
    write_quantiles(out.stream, in, law);
    rc = tg_file_commit(&out, err);
    if (rc)
        return rc;
    char body[2048];
    snprintf(
        body, sizeof body,
        "set multiplot layout 1,2 title \"%s: best fit %s, which %s\" noenhanced\n"
        "set style fill solid 0.5 noborder\nset grid\nset key top right\n"
        "set xlabel \"cost of one operation (us)\"\nset ylabel \"share of the samples in a bin\"\n"
        "plot \"%s.dat\" index 0 using 1:2 with boxes lc rgb \"#d9a0a0\" title \"all samples\", "
        "\"\" index 0 using 1:3 with boxes lc rgb \"#5b8db8\" title \"jitter apart\", "
        "\"\" index 0 using 1:4 with lines lw 2 lc rgb \"black\" title \"best fit\"\n"
        "set key top left\nset xlabel \"quantile of the fit (us)\"\n"
        "set ylabel \"quantile of the samples, jitter apart (us)\"\n"
        "plot \"%s.dat\" index 1 using 1:2 with points pt 7 ps 0.4 lc rgb \"#5b8db8\" title \"p = 0.0025 to "
        "0.9975\", x with lines lc rgb \"black\" title \"equal\"\n"
        "unset multiplot\n",
        price->primitive, price->fit.family ? price->fit.family : "none",
        price->fit.passes ? "passes" : "does not pass", price->primitive, price->primitive);
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
