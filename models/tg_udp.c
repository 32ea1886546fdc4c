/* Datagrams: one packet each way. */
#include "tg_world_parts.h"

void tg_udp_begin(struct tg_world *world, struct tg_request *request)
{
    struct tg_machine *machine = client_machine(world, request);
    tg_ps at = world_now(world);
    if (world->path->client_pays) {
        tg_payment_clear(&world->scratch);
        tg_world_pay(world, TG_POINT_COUNT + TG_CLIENT_POINT_OPEN, 1, &world->scratch);
        tg_client_pay_packet(world, TG_PACKET_DATAGRAM);
        at = tg_machine_work(world, machine, at);
        tg_world_settle(world, request, &world->scratch, at, TG_WAIT_CLIENT);
    }
    world->result->sent++;
    tg_wire_to_server(world, tg_packet_new(world, request, TG_PACKET_DATAGRAM), at);
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
