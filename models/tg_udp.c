/* Datagrams: one packet each way. */
#include "tg_world_parts.h"

static void send_request(struct tg_world *world, struct tg_request *request)
{
    tg_ps at = world_now(world);
    if (world->path->client_pays) {
        tg_payment_clear(&world->scratch);
        tg_world_pay(world, TG_POINT_COUNT + TG_CLIENT_POINT_OPEN, 1, &world->scratch);
        tg_client_pay_packet(world, TG_PACKET_DATAGRAM);
        at = tg_machine_work(world, client_machine(world, request), at);
        tg_world_settle(world, request, &world->scratch, at, TG_WAIT_CLIENT);
    }
    world->result->sent++;
    tg_wire_to_server(world, tg_packet_new(world, request, TG_PACKET_DATAGRAM), at);
}

static void on_free(struct tg_sim *sim, void *object);

static void send_later(struct tg_world *world, struct tg_machine *machine)
{
    machine->sending = true;
    tg_sim_schedule(&world->sim, machine->free_ps, PRIORITY_ARRIVAL, on_free, machine);
}

/* Replies that came meanwhile go first: a client that cannot send all that is due still takes in what is
 * answered. Those that were given up are not sent. */
static void on_free(struct tg_sim *sim, void *object)
{
    struct tg_machine *machine = object;
    struct tg_world *world = world_of(sim);
    machine->sending = false;
    if (machine->free_ps <= tg_sim_now(sim)) {
        struct tg_request *request = request_pop(&machine->unsent, tg_sim_now(sim));
        if (!request->ended)
            send_request(world, request);
        tg_request_unref(world, request);
    }
    if (machine->unsent.first)
        send_later(world, machine);
}

void tg_udp_begin(struct tg_world *world, struct tg_request *request)
{
    struct tg_machine *machine = client_machine(world, request);
    if (!world->path->client_pays || (machine->free_ps <= world_now(world) && !machine->unsent.first)) {
        send_request(world, request);
        return;
    }
    request->references++;
    request_push(&machine->unsent, request, world_now(world));
    if (!machine->sending)
        send_later(world, machine);
}

void tg_udp_client_receive(struct tg_world *world, struct tg_packet *packet)
{
    struct tg_request *r = packet->request;
    tg_ps at = world_now(world);
    if (world->path->client_pays) {
        tg_payment_clear(&world->scratch);
        tg_world_pay(world, TG_POINT_COUNT + TG_CLIENT_POINT_PACKET_IN, 1, &world->scratch);
        tg_world_pay(world, TG_POINT_COUNT + TG_CLIENT_POINT_REPLY, 1, &world->scratch);
        at = tg_machine_work(world, client_machine(world, r), at);
        tg_world_settle(world, r->ended ? NULL : r, &world->scratch, at, TG_WAIT_CLIENT);
    }
    if (!r->ended) {
        tg_client_replied(world, r, at);
        tg_client_release_socket(world, r, at);
        tg_request_unref(world, r);
    }
    tg_packet_free(world, packet);
}

bool tg_udp_server_receive(struct tg_world *world, struct tg_hop *hop, struct tg_packet *packet)
{
    struct tg_request *r = packet->request;
    bool in_line = world->path->runs_in == TG_CLASS_SOFT_IRQ;
    if (!in_line && world->service.queue.little.count >= world->path->queue_limit) {
        tg_packet_lost(world, packet, TG_LOSS_QUEUE);
        return false;
    }
    r->references++; /* the server's */
    tg_packet_free(world, packet);
    return tg_service_take(world, hop, r, TG_TASK_SERVE);
}
