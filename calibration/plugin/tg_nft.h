/* tg_nft: rules of the packet filter, given in nft's language, for the network name space of the caller.
 *
 * Runs the program nft (package nftables). TG_EENV where it is missing or the kernel refuses the rules. */
#ifndef TG_NFT_H
#define TG_NFT_H

#include "tg_error.h"

int tg_nft_load(const char *rules, struct tg_error *err);

#endif
