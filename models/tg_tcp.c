/* TCP as far as it matters for a server's costs: handshake, request, segments of the reply, tear-down, and
 * the sending again of what was lost. Sequence numbers, windows and delayed acknowledgements are left out.
 *
 * The simulator knows at once what is lost: it sets no timer for what is not, and sends again when the timer
 * would have run out (RFC 793, RFC 6298). What is sent again costs no CPU time at the sender.
 */
#include "tg_world_parts.h"

enum { TRIES_MAX = 8 };

static void pay_client(struct tg_world *world, enum tg_client_point point, int64_t times)
{
    tg_world_pay(world, TG_POINT_COUNT + (unsigned)point, times, &world->scratch);
}

/* The client's machine does what was paid for; on the ledger of the request, where it has one still. */
static tg_ps work(struct tg_world *world, struct tg_request *request, bool on_ledger)
{
    if (!world->path->client_pays)
        return world_now(world);
    tg_ps at = tg_machine_work(world, client_machine(world, request), world_now(world));
    tg_world_settle(world, on_ledger && !request->ended ? request : NULL, &world->scratch, at,
                    TG_WAIT_CLIENT);
    return at;
}

/* Ports. */

static int64_t port_count(const struct tg_world *world)
{
    const struct tg_workload *w = &world->scenario->workload;
    return w->ports * w->addresses;
}

static void note_ports(struct tg_world *world, int64_t used)
{
    if (used > world->result->ports_peak)
        world->result->ports_peak = used;
}

/* Looks for a free port and pays for each that it tries: at random, as good as any order while ports are let
 * go in the order in which they were taken. False where all are taken. */
static bool bind_port(struct tg_world *world, struct tg_machine *machine)
{
    int64_t count = port_count(world), tries = 1;
    if (!count)
        return true;
    int64_t used =
        machine->bound + tg_lapse_alive(machine->time_wait, world->carry->epoch_ps + world_now(world));
    if (used >= count) {
        tg_path_pay_mean(world->path, TG_POINT_COUNT + TG_CLIENT_POINT_PORT, count, &world->scratch);
        return false;
    }
    double taken = (double)used / (double)count;
    while (tries < count && tg_rng_unit(&machine->ports) < taken)
        tries++;
    if (tries > 64)
        tg_path_pay_mean(world->path, TG_POINT_COUNT + TG_CLIENT_POINT_PORT, tries, &world->scratch);
    else
        pay_client(world, TG_CLIENT_POINT_PORT, tries);
    machine->bound++;
    note_ports(world, used + 1);
    return true;
}

/* The client has done with the connection; its port waits, where it closed first. */
static void client_gone(struct tg_world *world, struct tg_request *r, tg_ps at, bool time_wait)
{
    struct tg_machine *machine = client_machine(world, r);
    r->client_state = CLIENT_GONE;
    if (port_count(world)) {
        machine->bound--;
        if (time_wait)
            tg_lapse_add(machine->time_wait, world->carry->epoch_ps + at);
    }
    tg_request_unref(world, r);
}

/* The client. */

static void send_from_client(struct tg_world *world, struct tg_request *r, enum tg_packet_kind kind, tg_ps at)
{
    tg_wire_to_server(world, tg_packet_new(world, r, kind), at);
}

void tg_tcp_begin(struct tg_world *world, struct tg_request *r)
{
    struct tg_machine *machine = client_machine(world, r);
    tg_payment_clear(&world->scratch);
    bool bound = bind_port(world, machine);
    pay_client(world, TG_CLIENT_POINT_OPEN, 1);
    if (bound)
        tg_client_pay_packet(world, TG_PACKET_SYN);
    tg_ps at = work(world, r, true);
    if (!bound) {
        tg_client_failed(world, r, TG_LOSS_PORTS);
        tg_client_release_socket(world, r, at);
        tg_request_unref(world, r);
        return;
    }
    world->result->sent++;
    r->syn_ps = at;
    send_from_client(world, r, TG_PACKET_SYN, at);
}

static void connect_done(struct tg_world *world, struct tg_request *r)
{
    tg_client_pay_packet(world, TG_PACKET_ACK);
    tg_ps before_ps = world->scratch.total_ps;
    tg_client_pay_packet(world, TG_PACKET_REQUEST);
    tg_ps request_ps = world->scratch.total_ps - before_ps, at = work(world, r, true);
    r->asked_ps = at - request_ps;
    r->client_state = CLIENT_WAITING;
    send_from_client(world, r, TG_PACKET_ACK, at);
    send_from_client(world, r, TG_PACKET_REQUEST, at);
}

/* The server's side of a connection whose client is gone. */
static void reset_half_open(struct tg_world *world, struct tg_request *r)
{
    if (r->server_state != SERVER_HALF_OPEN)
        return;
    r->server_state = SERVER_CLOSED;
    world->service.half_open--;
    tg_memory_give_back(world);
    tg_request_unref(world, r);
}

/* Sends the FIN, and is rid of the socket. */
static void close_from_client(struct tg_world *world, struct tg_request *r)
{
    tg_payment_clear(&world->scratch);
    pay_client(world, TG_CLIENT_POINT_CLOSE, 1);
    tg_client_pay_packet(world, TG_PACKET_FIN);
    tg_ps at = work(world, r, false);
    bool last = world->path->closes == TG_CLOSES_SERVER && r->fin_early;
    r->client_state = CLIENT_CLOSING;
    tg_client_release_socket(world, r, at);
    send_from_client(world, r, TG_PACKET_FIN, at);
    if (last)
        client_gone(world, r, at, false);
}

static void acknowledge(struct tg_world *world, struct tg_request *r, unsigned segments, tg_ps at)
{
    struct tg_packet *ack = tg_packet_new(world, r, TG_PACKET_ACK);
    if (!ack)
        return;
    ack->acknowledges = (uint8_t)segments;
    tg_wire_to_server(world, ack, at);
}

/* What the client's program takes to read a reply is on its CPU once, with the last segment. But it reads
 * what is there at once: the first segment is read a reading, on the average, after it came. */
static void hear(struct tg_world *world, struct tg_request *r, tg_ps at)
{
    if (r->heard_ps)
        return;
    r->heard_ps = at;
    if (r->segments_left)
        r->heard_ps += world->reading_ps;
}

static void take_data(struct tg_world *world, struct tg_request *r, bool pushed)
{
    /* Every second segment is acknowledged, and at once what the server waits for. */
    bool second = r->segments_left % 2 == 0, acknowledged = second || pushed;
    r->segments_left--;
    /* One that was lost and sent again completes the reply, after its last. */
    if (!r->segments_left && r->clock_ps < world_now(world))
        tg_request_book(r, world_now(world), TG_WAIT_RETRANSMIT);
    if (r->segments_left && acknowledged)
        tg_client_pay_packet(world, TG_PACKET_ACK);
    if (!r->segments_left)
        pay_client(world, TG_CLIENT_POINT_REPLY, 1);
    tg_ps at = work(world, r, r->segments_left == 0);
    hear(world, r, at);
    if (r->segments_left) {
        if (acknowledged)
            acknowledge(world, r, second ? 2 : 1, at);
        return;
    }
    tg_client_replied(world, r, at);
    if (world->path->closes == TG_CLOSES_CLIENT || r->fin_early)
        close_from_client(world, r);
}

/* The server's FIN: the last of a connection that the client closed first, else the sign to close. */
static void take_fin(struct tg_world *world, struct tg_request *r)
{
    if (r->client_state == CLIENT_CLOSING) {
        tg_client_pay_packet(world, TG_PACKET_ACK);
        tg_ps at = work(world, r, false);
        send_from_client(world, r, TG_PACKET_ACK, at);
        client_gone(world, r, at, true);
        return;
    }
    work(world, r, false);
    r->fin_early = true;
    if (r->ended)
        close_from_client(world, r);
}

void tg_tcp_client_receive(struct tg_world *world, struct tg_packet *packet)
{
    struct tg_request *r = packet->request;
    enum tg_packet_kind kind = (enum tg_packet_kind)packet->kind;
    bool data = kind == TG_PACKET_DATA || kind == TG_PACKET_LAST_DATA;
    tg_payment_clear(&world->scratch);
    pay_client(world, TG_CLIENT_POINT_PACKET_IN, 1);
    if (kind == TG_PACKET_SYN_ACK && r->client_state == CLIENT_CONNECTING)
        connect_done(world, r);
    else if (data && r->client_state == CLIENT_WAITING && !r->ended)
        take_data(world, r, packet->pushed);
    else if (kind == TG_PACKET_SERVER_FIN && r->client_state != CLIENT_GONE)
        take_fin(world, r);
    else
        work(world, r, false);
    if (kind == TG_PACKET_SYN_ACK && r->client_state == CLIENT_GONE)
        reset_half_open(world, r);
    tg_packet_free(world, packet);
}

void tg_tcp_timed_out(struct tg_world *world, struct tg_request *r)
{
    if (r->client_state == CLIENT_WAITING) {
        close_from_client(world, r);
        return;
    }
    tg_client_release_socket(world, r, world_now(world));
    client_gone(world, r, world_now(world), false);
}

/* The server. */

/* Where a SYN fails, or TG_LOSSES_MAX. Looks, and changes nothing. */
static enum tg_loss syn_fails(const struct tg_world *world)
{
    const struct tg_tcp_settings *tcp = &world->path->system.tcp;
    if (world->service.accepting >= tcp->accept_queue)
        return TG_LOSS_ACCEPT_QUEUE;
    if (world->service.half_open >= tcp->syn_queue)
        return TG_LOSS_SYN_QUEUE;
    return TG_LOSSES_MAX;
}

/* Segments that an acknowledgement lets the server send: slow start. */
static int64_t allowed_segments(const struct tg_packet *packet)
{
    const struct tg_request *r = packet->request;
    int64_t more = packet->acknowledges + 1;
    bool sending = r->server_state == SERVER_REPLIED || r->server_state == SERVER_CLOSING;
    if (packet->kind != TG_PACKET_ACK || !packet->acknowledges || !sending)
        return 0;
    return more < r->unsent ? more : r->unsent;
}

void tg_tcp_server_pay(struct tg_world *world, const struct tg_packet *packet, struct tg_payment *payment)
{
    tg_world_pay(world, TG_POINT_PACKET_OUT, allowed_segments(packet), payment);
    bool answered = packet->kind == TG_PACKET_SYN && syn_fails(world) == TG_LOSSES_MAX;
    if (answered)
        tg_world_pay(world, TG_POINT_SYN_IN, 1, payment);
    if (answered || packet->kind == TG_PACKET_FIN)
        tg_world_pay(world, TG_POINT_PACKET_OUT, 1, payment);
}

static bool take_syn(struct tg_world *world, struct tg_packet *packet)
{
    struct tg_request *r = packet->request;
    enum tg_loss fails = TG_LOSSES_MAX;
    if (r->server_state == SERVER_NONE) {
        fails = syn_fails(world);
        if (fails == TG_LOSSES_MAX && !tg_memory_take(world))
            fails = world->service.dead ? TG_LOSS_CRASH : TG_LOSS_MEMORY;
        if (fails != TG_LOSSES_MAX) {
            tg_packet_lost(world, packet, fails);
            return false;
        }
        r->server_state = SERVER_HALF_OPEN;
        r->references++; /* the server's */
        world->service.half_open++;
    }
    if (r->server_state == SERVER_HALF_OPEN)
        tg_server_send(world, r, TG_PACKET_SYN_ACK);
    tg_packet_free(world, packet);
    return false;
}

/* The handshake is complete: the connection waits to be accepted, where there is room. */
static bool establish(struct tg_world *world, struct tg_request *r)
{
    if (r->server_state != SERVER_HALF_OPEN)
        return true;
    if (world->service.accepting >= world->path->system.tcp.accept_queue)
        return false;
    r->server_state = SERVER_OPEN;
    r->accepting = true;
    world->service.half_open--;
    world->service.accepting++;
    return true;
}

/* Sends the next segments of the reply; after the last the server's FIN, where it has closed. */
static void send_segments(struct tg_world *world, struct tg_request *r, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        r->unsent--;
        struct tg_packet *packet = tg_packet_new(world, r, r->unsent ? TG_PACKET_DATA : TG_PACKET_LAST_DATA);
        if (!packet)
            return;
        packet->pushed = i + 1 == count;
        tg_server_send_packet(world, packet);
    }
    if (!r->unsent && r->server_state == SERVER_CLOSING)
        tg_server_send(world, r, TG_PACKET_SERVER_FIN);
}

static bool take_ack(struct tg_world *world, struct tg_packet *packet)
{
    int64_t more = allowed_segments(packet);
    if (more)
        send_segments(world, packet->request, more);
    else if (!establish(world, packet->request))
        world->result->dropped[TG_LOSS_ACCEPT_QUEUE]++;
    tg_packet_free(world, packet);
    return false;
}

static bool take_request(struct tg_world *world, struct tg_hop *hop, struct tg_packet *packet)
{
    struct tg_request *r = packet->request;
    if (!establish(world, r)) {
        tg_packet_lost(world, packet, TG_LOSS_ACCEPT_QUEUE);
        return false;
    }
    tg_packet_free(world, packet);
    return r->server_state == SERVER_OPEN && tg_service_take(world, hop, r, TG_TASK_SERVE);
}

static void server_done(struct tg_world *world, struct tg_request *r)
{
    r->server_state = SERVER_CLOSED;
    tg_memory_give_back(world);
    tg_request_unref(world, r);
}

static bool take_client_fin(struct tg_world *world, struct tg_hop *hop, struct tg_packet *packet)
{
    struct tg_request *r = packet->request;
    bool first = !r->fin_seen;
    r->fin_seen = true;
    tg_server_send(world, r, TG_PACKET_SERVER_ACK);
    bool in_context = false;
    if (r->server_state == SERVER_CLOSING)
        server_done(world, r);
    else if (first && !r->in_service && (r->server_state == SERVER_REPLIED || r->server_state == SERVER_OPEN))
        in_context = tg_service_take(world, hop, r, TG_TASK_CLOSE);
    tg_packet_free(world, packet);
    return in_context;
}

bool tg_tcp_server_receive(struct tg_world *world, struct tg_hop *hop, struct tg_packet *packet)
{
    switch ((enum tg_packet_kind)packet->kind) {
    case TG_PACKET_SYN:
        return take_syn(world, packet);
    case TG_PACKET_REQUEST:
        return take_request(world, hop, packet);
    case TG_PACKET_FIN:
        return take_client_fin(world, hop, packet);
    default:
        return take_ack(world, packet);
    }
}

int64_t tg_tcp_first_segments(const struct tg_world *world)
{
    int64_t window = world->path->system.tcp.initial_window;
    return window < world->segments ? window : world->segments;
}

void tg_tcp_served(struct tg_world *world, struct tg_request *r)
{
    r->server_state = SERVER_REPLIED;
    r->unsent = (uint32_t)world->segments;
    send_segments(world, r, tg_tcp_first_segments(world));
}

void tg_tcp_closed(struct tg_world *world, struct tg_request *r)
{
    bool first = world->path->closes == TG_CLOSES_SERVER;
    r->server_state = first ? SERVER_CLOSING : r->server_state;
    if (!first || !r->unsent)
        tg_server_send(world, r, TG_PACKET_SERVER_FIN);
    if (!first || r->fin_seen)
        server_done(world, r);
}

/* What was lost. */

static void on_resend(struct tg_sim *sim, void *object)
{
    struct tg_packet *packet = object;
    struct tg_world *world = world_of(sim);
    struct tg_request *r = packet->request;
    bool needless = (packet->kind == TG_PACKET_SYN || packet->kind == TG_PACKET_REQUEST) && r->ended;
    if (needless) {
        tg_packet_free(world, packet);
        return;
    }
    struct tg_request *ledger = tg_packet_ledger(packet);
    if (ledger)
        tg_request_book(ledger, tg_sim_now(sim), TG_WAIT_RETRANSMIT);
    if (packet->kind <= TG_PACKET_FIN) {
        if (packet->kind == TG_PACKET_SYN)
            r->syn_ps = tg_sim_now(sim);
        tg_wire_to_server(world, packet, tg_sim_now(sim));
        return;
    }
    packet->sent_ps = tg_sim_now(sim);
    if (world->first_out)
        tg_hop_receive(world->first_out, packet);
    else
        tg_wire_to_client(world, packet);
}

static void resend_at(struct tg_world *world, struct tg_packet *packet, tg_ps at)
{
    tg_ps now = world_now(world);
    tg_sim_schedule(&world->sim, at > now ? at : now, PRIORITY_ARRIVAL, on_resend, packet);
}

/* The handshake: the client sends its SYN again. */
static void retry_syn(struct tg_world *world, struct tg_packet *packet)
{
    struct tg_request *r = packet->request;
    const struct tg_retries *retries = &world->path->system.tcp.syn_retries;
    if (r->ended || r->client_state != CLIENT_CONNECTING) {
        tg_packet_free(world, packet);
        return;
    }
    if (r->syn_tries < retries->count) {
        packet->kind = TG_PACKET_SYN;
        resend_at(world, packet, r->syn_ps + retries->waits_ps[r->syn_tries++]);
        return;
    }
    tg_packet_free(world, packet);
    reset_half_open(world, r);
    tg_client_failed(world, r, TG_LOSS_RETRIES);
    tg_client_release_socket(world, r, world_now(world));
    client_gone(world, r, world_now(world), false);
}

void tg_tcp_lost(struct tg_world *world, struct tg_packet *packet)
{
    switch ((enum tg_packet_kind)packet->kind) {
    case TG_PACKET_SYN:
    case TG_PACKET_SYN_ACK:
        retry_syn(world, packet);
        return;
    case TG_PACKET_ACK:
        /* What the server waits for would be sent again for want of it. */
        if (packet->acknowledges && packet->request->unsent)
            break;
        tg_packet_free(world, packet);
        return;
    case TG_PACKET_SERVER_ACK:
        tg_packet_free(world, packet);
        return;
    default:
        break;
    }
    if (packet->tries >= TRIES_MAX) {
        tg_packet_free(world, packet);
        return;
    }
    tg_ps rto = world->path->system.tcp.minimum_rto_ps << packet->tries++;
    resend_at(world, packet, packet->sent_ps + rto);
}
