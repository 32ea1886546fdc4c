/* tg_ip: the ip command (Debian package iproute2), for what a network interface needs.
 *
 * TG_EENV with the first line of what it said, or why it cannot run. */
#ifndef TG_IP_H
#define TG_IP_H

#include "tg_error.h"

/* arguments[0] is "ip"; NULL ends them. */
int tg_ip(char *const *arguments, struct tg_error *err);

/* TG_IP(err, TG_WORD("netns"), TG_WORD("add"), name): the words must be writable, as posix_spawn takes them.
 */
#define TG_IP(err, ...) tg_ip((char *const[]){(char[]){"ip"}, __VA_ARGS__, NULL}, err)
#define TG_WORD(text) ((char[]){text})

#endif
