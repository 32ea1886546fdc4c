/* The first draws of everything random are the same bits on every compiler, optimization and machine: SHA-256
 * of 10,000 numbers each, least significant byte first. A digest may change only where a method is changed on
 * purpose; results stored before then cannot be replayed after. */
#include <stdint.h>
#include <string.h>

#include "tg_arrivals.h"
#include "tg_dist.h"
#include "tg_math.h"
#include "tg_sha256.h"
#include "tg_test.h"

enum { N = 10000 };
static unsigned char bytes[8 * N];

static void put(size_t i, uint64_t bits)
{
    for (int k = 0; k < 8; k++)
        bytes[8 * i + k] = (unsigned char)(bits >> 8 * k);
}

static void put_double(size_t i, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    put(i, bits);
}

static void check_digest(const char *name, const char *expected)
{
    char hex[TG_SHA256_HEX];
    tg_sha256_bytes(bytes, sizeof bytes, hex);
    ck_assert_msg(strcmp(hex, expected) == 0, "%s gives %s", name, hex);
}

static struct tg_rng stream(const char *name)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, 20260101, 3, name);
    return rng;
}

START_TEST(streams_keep_their_bits)
{
    struct tg_rng rng = stream("arrivals");
    for (size_t i = 0; i < N; i++)
        put(i, tg_rng_u64(&rng));
    check_digest("tg_rng_u64", "6ac19f416ccc24551efc6a1af2a8a7a5758c0fb23fb826db0e045f11ddb8ee85");
}
END_TEST

static double of_exp(struct tg_rng *rng)
{
    return tg_exp(1400 * (tg_rng_unit(rng) - 0.5));
}

static double of_expm1(struct tg_rng *rng)
{
    return tg_expm1(4 * (tg_rng_unit(rng) - 0.5));
}

static double of_log(struct tg_rng *rng)
{
    return tg_log(tg_rng_exponential(rng));
}

static double of_log1p(struct tg_rng *rng)
{
    return tg_log1p(tg_rng_unit(rng) - 0.5);
}

static double of_pow(struct tg_rng *rng)
{
    double x = tg_rng_exponential(rng);
    return tg_pow(x, 20 * (tg_rng_unit(rng) - 0.5));
}

static double of_gamma(struct tg_rng *rng)
{
    return tg_gamma(1 + 170 * tg_rng_unit(rng));
}

static const struct {
    const char *name;
    double (*draw)(struct tg_rng *);
    const char *digest;
} functions[] = {
    {"tg_rng_unit", tg_rng_unit, "9b44eeeb4afdb093cbd5ebf9d3c9f8489c16cfca16c517376fcb4d074e137fab"},
    {"tg_rng_exponential", tg_rng_exponential,
     "8882c9945bae024be2f4b84fe1af43915d22ce16541cb5504325b7fb434fcf61"},
    {"tg_rng_normal", tg_rng_normal, "65c7b7eb039a4c057382014bcffb2ffb8fa0063e94c472a56916c3176ecaa066"},
    {"tg_exp", of_exp, "01193b721ee1a9699209ed7685cfae1842bfcb7cfd8eda43ef27b2bd376bb323"},
    {"tg_expm1", of_expm1, "458fb4a0427dd08da8e1e70d85f1eabf739524f1ee8d1b3ed285988085911f08"},
    {"tg_log", of_log, "8d7f5fd3ecb586e10527edd081e5fd7822d03dbd5c81c1be2b7884a774a2ffca"},
    {"tg_log1p", of_log1p, "dda445b5301103eb1d6b94e15cce4a10f2df34c72ea37c920dd315046ed7548d"},
    {"tg_pow", of_pow, "b0967b8a79739f3cdf47f17f851580122e3c1aab08b63aadd697712220e83f33"},
    {"tg_gamma", of_gamma, "e9fa452af02f924583706758b2b546c042b43c69922321f7969b18e8b75c602f"},
};

START_TEST(functions_keep_their_bits)
{
    struct tg_rng rng = stream(functions[_i].name);
    for (size_t i = 0; i < N; i++)
        put_double(i, functions[_i].draw(&rng));
    check_digest(functions[_i].name, functions[_i].digest);
}
END_TEST

static const struct {
    const char *family;
    double p[8];
    size_t n;
    const char *digest;
} families[] = {
    {"constant", {5}, 1, "85de9e4d108378bf2c0021f1d31e08fff155c6198254879ed08f863f8f91f337"},
    {"discrete", {3, 1, -1, 2, 10, 1}, 6, "f3ef0bbe163053ac54f9144d93230bf6cabeee96f49fb2ab2817bc42fc940376"},
    {"erlang", {4, 10}, 2, "c146dafa3ca7e2052fa280e488baed30b0b4b23c4d8871d28c6e533f02084709"},
    {"exponential", {250}, 1, "61cade5d9fe1126691c2f65d9e8dcdf981c04effd7fcd36de06d59018570a35d"},
    {"gamma", {2.5, 3}, 2, "811a7b072223133d10f05bd8e94b9e58754888cda8ef7bbe6520eda947a07517"},
    {"gamma", {0.3, 100}, 2, "26ef8d6010e06e1b1f864a12a54b98291377afead512506ecbbf2a2a447c3081"},
    {"generalized_pareto",
     {-1, 2, 0.15},
     3,
     "4a17c9f5dcc8ef4cfe8e8f5d457056556f75a659cc7a7439db0b7e31040bf176"},
    {"generalized_pareto",
     {0, 2, -0.5},
     3,
     "6195d16783efdb600936b10475085bf6c2b6954a0b39463b5a9f97f577657050"},
    {"hyperexponential",
     {0.9, 1, 0.1, 50},
     4,
     "42deb3df0c0c3ef87a0350309817658b5e780e113581d67651a7f3ba18b0ed61"},
    {"lognormal", {12, 0.5}, 2, "a95ceaf94a57ed1351fd5355a5be3ed868b8fe86d285a4b5ed9e88e150c3b1bd"},
    {"normal", {-3, 2}, 2, "60af62f0b3a90bebcfa94ba9acc187e98f67f508f8a8187b6ed4d259b2004ee2"},
    {"pareto", {1.5, 2}, 2, "20b0586570efda37b3d74ee85076cb2219e7d92326427a31631af8f1ef747e92"},
    {"phase_type",
     {0.5, 0.5, -5, 4, 4, -5},
     6,
     "98d3c8db376974c11d3db018d11a0ac14dd646c672e710e1090260136104f671"},
    {"quantiles", {0, 1, 5, 5, 100}, 5, "d77d63cf51ce1130e71aa47a6b9550f401126bcdde8c21e85e22e9b5afe66b92"},
    {"uniform", {-1, 3}, 2, "4522899140d75619a377b61ae0181c3a811bcc0e400127e43f733ed4cf71510c"},
    {"weibull", {0.7, 5}, 2, "762246cbe8d76b479b77060e1f14f64761a7d2f7e9801103c26903b0eccab9ed"},
};

static void make(struct tg_dist *dist, const char *family, const double *p, size_t n)
{
    struct tg_error err = {0};
    ck_assert_tg_ok(tg_dist_init(dist, family, p, n, &err), err);
}

/* The draws, and at the end the mean, which sets rates. */
static void put_draws(struct tg_dist *dist, const char *name)
{
    struct tg_rng rng = stream(name);
    for (size_t i = 0; i + 1 < N; i++)
        put_double(i, tg_dist_sample(dist, &rng));
    put_double(N - 1, tg_dist_mean(dist));
    tg_dist_release(dist);
}

START_TEST(families_keep_their_bits)
{
    struct tg_dist dist;
    make(&dist, families[_i].family, families[_i].p, families[_i].n);
    put_draws(&dist, families[_i].family);
    check_digest(families[_i].family, families[_i].digest);
}
END_TEST

START_TEST(compositions_keep_their_bits)
{
    static const double values[] = {0, 1, 1.5, 2, 50}, p[] = {0, 0.3, 0.5, 0.9, 1};
    struct tg_dist dist, parts[2], inner;
    struct tg_error err = {0};
    make(&inner, "lognormal", (const double[]){1, 0.5}, 2);
    ck_assert_tg_ok(tg_dist_init_truncated(&parts[0], &inner, 0.2, 5, &err), err);
    ck_assert_tg_ok(tg_dist_init_quantiles(&inner, values, p, 5, &err), err);
    ck_assert_tg_ok(tg_dist_init_shifted(&parts[1], &inner, 3, 10, &err), err);
    ck_assert_tg_ok(tg_dist_init_mixture(&dist, (const double[]){1, 2}, parts, 2, &err), err);
    put_draws(&dist, "composition");
    check_digest("composition", "dcf50dc4f5cab71bc140aecab3c4a396740e2c81e2a468d6e9f4e281bb815577");
}
END_TEST

static const double generator[] = {0, 100, 0, 0, 0, 50, 20, 0, 0}, rates[] = {1e4, 0, 2e3};
static const struct tg_arrivals_segment segments[] = {
    {TG_PS_PER_MS, 100, 5000},
    {3 * TG_PS_PER_MS, 0, 0},
    {2 * TG_PS_PER_MS, 4e4, 0},
};
static const tg_ps log_times[] = {0, 1500, 1500, 2000000};

static int make_deterministic(struct tg_arrivals *arrivals, struct tg_error *err)
{
    return tg_arrivals_init_deterministic(arrivals, 1000, err);
}

static int make_poisson(struct tg_arrivals *arrivals, struct tg_error *err)
{
    return tg_arrivals_init_poisson(arrivals, 1000, err);
}

static int make_renewal(struct tg_arrivals *arrivals, struct tg_error *err)
{
    struct tg_dist gap;
    make(&gap, "weibull", (const double[]){0.7, 5}, 2);
    return tg_arrivals_init_renewal(arrivals, &gap, 1000, err);
}

static int make_mmpp(struct tg_arrivals *arrivals, struct tg_error *err)
{
    return tg_arrivals_init_mmpp(arrivals, generator, rates, 3, err);
}

static int make_schedule(struct tg_arrivals *arrivals, struct tg_error *err)
{
    return tg_arrivals_init_schedule(arrivals, segments, 3, true, err);
}

static int make_log(struct tg_arrivals *arrivals, struct tg_error *err)
{
    return tg_arrivals_init_log(arrivals, log_times, 4, 0, true, err);
}

static const struct {
    const char *name;
    int (*make)(struct tg_arrivals *arrivals, struct tg_error *err);
    const char *digest;
} processes[] = {
    {"deterministic", make_deterministic, "3685c1c454387bd56d1415580d124a59faa9203674f93d1ca69ffd02de4cbaf1"},
    {"poisson", make_poisson, "2be993e862f979513e1f17d018e754510fd759287ecf2d5ea97a3fa9e6c22d62"},
    {"renewal", make_renewal, "beabc4977ef1c590dcc9908041c8beec5063120d0323d11643806406c231a0a0"},
    {"mmpp", make_mmpp, "db607b9f25c85c46ea410b3a9ba22577646063d67c39433f33dcd80a3852a416"},
    {"schedule", make_schedule, "3395b7ed023699c7e427acb0fe84b6965716b731e5586a424012f6980d5dd889"},
    {"log", make_log, "dbc91e839bfd59d631309ef982d0844195bc48c83b31cbdf6865ce1048bdeb9a"},
};

START_TEST(arrivals_keep_their_bits)
{
    struct tg_arrivals arrivals;
    struct tg_error err = {0};
    struct tg_rng rng = stream(processes[_i].name);
    ck_assert_tg_ok(processes[_i].make(&arrivals, &err), err);
    ck_assert_tg_ok(tg_arrivals_start(&arrivals, 123456.7, &rng, &err), err);
    for (size_t i = 0; i < N; i++)
        put(i, (uint64_t)tg_arrivals_next(&arrivals));
    tg_arrivals_release(&arrivals);
    check_digest(processes[_i].name, processes[_i].digest);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("draws");
    TCase *tcase = tcase_create("draws");
    tcase_add_test(tcase, streams_keep_their_bits);
    tcase_add_loop_test(tcase, functions_keep_their_bits, 0, sizeof functions / sizeof *functions);
    tcase_add_loop_test(tcase, families_keep_their_bits, 0, sizeof families / sizeof *families);
    tcase_add_test(tcase, compositions_keep_their_bits);
    tcase_add_loop_test(tcase, arrivals_keep_their_bits, 0, sizeof processes / sizeof *processes);
    suite_add_tcase(suite, tcase);
    return tg_test_run(suite);
}
