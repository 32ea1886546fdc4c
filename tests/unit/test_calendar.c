/* The calendar against a reference: a plain array searched for its least key. */
#include <string.h>

#include "tg_sim.h"
#include "tg_test.h"

enum { REFERENCE_MAX = 5000 };

struct reference {
    struct {
        uint64_t time;
        unsigned priority;
        uint64_t number;
        tg_event event;
        uintptr_t id;
    } rows[REFERENCE_MAX];
    size_t count;
};

static struct reference reference;
static uint64_t state;

static uint64_t draw(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint64_t x = state ^ state >> 29;
    return x * 0xbf58476d1ce4e5b9u >> 11;
}

static void nothing(struct tg_sim *sim, void *object)
{
    (void)sim, (void)object;
}

static size_t reference_least(void)
{
    size_t best = 0;
    for (size_t i = 1; i < reference.count; i++) {
        uint64_t t = reference.rows[i].time, b = reference.rows[best].time;
        unsigned p = reference.rows[i].priority, q = reference.rows[best].priority;
        if (t < b ||
            (t == b && (p < q || (p == q && reference.rows[i].number < reference.rows[best].number))))
            best = i;
    }
    return best;
}

static void reference_remove(size_t i)
{
    reference.rows[i] = reference.rows[--reference.count];
}

/* Gap laws that have broken self-tuning calendars: all at one instant, skewed, clustered, far apart. */
static uint64_t gap(unsigned law)
{
    switch (law) {
    case 0:
        return 0;
    case 1:
        return draw() % 1000;
    case 2:
        return draw() % 10 ? draw() % 1000 : draw() % 1000000000;
    case 3:
        return (draw() % 4) * 1000000 + draw() % 3;
    case 4:
        return UINT64_C(1) << draw() % 50;
    case 7:
        return draw() % 400 ? draw() % 1000 : UINT64_C(1) << (54 + draw() % 5);
    default:
        return draw() % 1000000;
    }
}

static void schedule_one(struct tg_calendar *c, unsigned law, uint64_t *number)
{
    uint64_t time = (uint64_t)tg_calendar_now(c) + gap(law);
    unsigned priority = (unsigned)(draw() % 3);
    uintptr_t id = (uintptr_t)++ * number;
    tg_event event = tg_calendar_schedule(c, (tg_ps)time, priority, nothing, (void *)id);
    ck_assert_uint_ne(event, 0);
    reference.rows[reference.count].time = time;
    reference.rows[reference.count].priority = priority;
    reference.rows[reference.count].number = *number;
    reference.rows[reference.count].event = event;
    reference.rows[reference.count++].id = id;
}

static void take_one(struct tg_calendar *c, tg_ps until)
{
    struct tg_due due;
    size_t least = reference_least();
    bool expected = reference.count && reference.rows[least].time <= (uint64_t)until;
    ck_assert_int_eq(tg_calendar_take(c, until, &due), expected);
    if (!expected)
        return;
    ck_assert_uint_eq((uint64_t)due.time, reference.rows[least].time);
    ck_assert_uint_eq((uintptr_t)due.object, reference.rows[least].id);
    ck_assert(!tg_calendar_pending(c, reference.rows[least].event));
    reference_remove(least);
}

static void cancel_one(struct tg_calendar *c)
{
    size_t i = draw() % reference.count;
    ck_assert(tg_calendar_cancel(c, reference.rows[i].event));
    ck_assert(!tg_calendar_cancel(c, reference.rows[i].event));
    reference_remove(i);
}

static void reschedule_one(struct tg_calendar *c, unsigned law, uint64_t *number)
{
    size_t i = draw() % reference.count;
    uint64_t time = (uint64_t)tg_calendar_now(c) + gap(law);
    reference.rows[i].event = tg_calendar_reschedule(c, reference.rows[i].event, (tg_ps)time);
    ck_assert_uint_ne(reference.rows[i].event, 0);
    reference.rows[i].time = time;
    reference.rows[i].number = ++*number;
}

static void exercise(unsigned law, size_t target, unsigned steps, bool renumber)
{
    struct tg_error err = {0};
    struct tg_calendar c;
    uint64_t number = 0;
    ck_assert_tg_ok(tg_calendar_init(&c, REFERENCE_MAX, &err), err);
    reference.count = 0;
    for (unsigned step = 0; step < steps; step++) {
        if (renumber && step % 1000 == 500)
            c.next_number = TG_CALENDAR_NUMBER_LAST;
        unsigned what = (unsigned)(draw() % 16);
        bool grow = reference.count < target ? what < 10 : what < 5;
        if (grow || !reference.count)
            schedule_one(&c, law == 6 ? (unsigned)(draw() % 6) : law, &number);
        else if (what == 15)
            cancel_one(&c);
        else if (what == 14)
            reschedule_one(&c, law, &number);
        else if (what == 13)
            take_one(&c, tg_calendar_now(&c) + (tg_ps)gap(law));
        else
            take_one(&c, TG_PS_MAX);
        ck_assert_uint_eq(tg_calendar_count(&c), reference.count);
    }
    while (reference.count)
        take_one(&c, TG_PS_MAX);
    struct tg_due due;
    ck_assert(!tg_calendar_take(&c, TG_PS_MAX, &due));
    tg_calendar_release(&c);
}

START_TEST(order_is_that_of_the_reference)
{
    static const size_t targets[] = {1, 3, 40, 400, 2000};
    state = (uint64_t)_i + 1;
    for (size_t t = 0; t < sizeof targets / sizeof *targets; t++)
        exercise((unsigned)_i, targets[t], 12000, false);
}
END_TEST

START_TEST(renumbering_keeps_the_order_and_the_handles)
{
    state = (uint64_t)_i + 100;
    exercise((unsigned)_i, 300, 20000, true);
}
END_TEST

START_TEST(cancelled_events_are_swept_out)
{
    struct tg_error err = {0};
    struct tg_calendar c;
    tg_event timeout = 0;
    ck_assert_tg_ok(tg_calendar_init(&c, 4, &err), err);
    /* A time-out set and cancelled a million times must not fill a calendar of four. */
    for (tg_ps t = 0; t < 1000000; t++) {
        struct tg_due due;
        tg_calendar_cancel(&c, timeout);
        timeout = tg_calendar_schedule(&c, t + TG_PS_PER_S, 0, nothing, NULL);
        ck_assert_uint_ne(timeout, 0);
        ck_assert_uint_ne(tg_calendar_schedule(&c, t + 1, 0, nothing, NULL), 0);
        ck_assert(tg_calendar_take(&c, TG_PS_MAX, &due));
    }
    tg_calendar_release(&c);
}
END_TEST

START_TEST(a_full_calendar_says_so)
{
    struct tg_error err = {0};
    struct tg_sim sim;
    ck_assert_tg_ok(tg_sim_init(&sim, 3, &err), err);
    for (int i = 0; i < 3; i++)
        ck_assert_uint_ne(tg_sim_schedule(&sim, 5, 0, nothing, NULL), 0);
    ck_assert_uint_eq(tg_sim_schedule(&sim, 5, 0, nothing, NULL), 0);
    ck_assert_int_eq(tg_sim_run(&sim, TG_PS_MAX, &err), TG_ELIMIT);
    ck_assert_msg(strstr(err.text, "at simulated time 0.000000000 s") != NULL, "%s", err.text);
    tg_sim_release(&sim);
    ck_assert_int_eq(tg_sim_init(&sim, 0, &err), TG_EINPUT);
    ck_assert_int_eq(tg_sim_init(&sim, (size_t)TG_CALENDAR_MAX + 1, &err), TG_EINPUT);
}
END_TEST

START_TEST(reset_forgets_everything)
{
    struct tg_error err = {0};
    struct tg_calendar c;
    struct tg_due due;
    ck_assert_tg_ok(tg_calendar_init(&c, 1000, &err), err);
    tg_event old = 0;
    for (unsigned i = 0; i < 1000; i++)
        old = tg_calendar_schedule(&c, (tg_ps)draw(), 0, nothing, NULL);
    tg_calendar_take(&c, TG_PS_MAX, &due);
    tg_calendar_reset(&c);
    ck_assert(!tg_calendar_cancel(&c, old));
    ck_assert_uint_eq(tg_calendar_count(&c), 0);
    ck_assert(!tg_calendar_take(&c, TG_PS_MAX, &due));
    for (unsigned i = 0; i < 1000; i++)
        ck_assert_uint_ne(tg_calendar_schedule(&c, (tg_ps)(draw() % 7), 0, nothing, NULL), 0);
    tg_ps last = 0;
    for (unsigned i = 0; i < 1000; i++) {
        ck_assert(tg_calendar_take(&c, TG_PS_MAX, &due));
        ck_assert_int_ge(due.time, last);
        last = due.time;
    }
    tg_calendar_release(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calendar");
    TCase *tc = tcase_create("calendar");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, order_is_that_of_the_reference, 0, 8);
    tcase_add_loop_test(tc, renumbering_keeps_the_order_and_the_handles, 0, 7);
    tcase_add_test(tc, cancelled_events_are_swept_out);
    tcase_add_test(tc, a_full_calendar_says_so);
    tcase_add_test(tc, reset_forgets_everything);
    suite_add_tcase(suite, tc);
    return tg_test_run(suite);
}
