/* SPDX-License-Identifier: BSD-2-Clause */
/* Do any bytes that a store may hold break what reads them, or come through as what no binding may be? */
#include "fuzz.h"
#include "store/pack.h"

static void check_binding(struct bytes bytes)
{
	static struct binding_view view;
	static uint8_t again[PACK_BINDING_MAX];
	struct pack_stamp stamp;

	if (unpack_binding(1, bytes, &view, &stamp) < 0)
		return;
	CHECK(view.family == 4 || view.family == 6);
	CHECK(view.lease_count <= BINDING_LEASES_MAX);
	CHECK(strlen(view.where) < PACK_WHERE_MAX);
	CHECK(pack_binding(&view, stamp, again) > 0);
}

/* What is packed again is the same to whoever reads it. */
static void check_peerset(struct bytes bytes)
{
	static struct peerset_key key, key_again;
	static struct offer offer, offer_again;
	static uint8_t again[PACK_PEERSET_MAX];

	if (unpack_peerset(bytes, &key, &offer) < 0)
		return;
	size_t addresses = offer.address_count * sizeof *offer.addresses;
	struct stored_offer *stored = calloc(1, sizeof *stored + addresses);
	CHECK(stored);
	stored->name = offer.name;
	stored->address_count = offer.address_count;
	memcpy(stored->addresses, offer.addresses, addresses);
	struct peerset peerset = {.key = key, .offer = stored};
	size_t size = pack_peerset(&peerset, again);
	free(stored);
	CHECK(unpack_peerset((struct bytes){again, size}, &key_again, &offer_again) == 0);
	CHECK(memcmp(&key, &key_again, sizeof key) == 0);
	CHECK(offer_again.address_count == offer.address_count);
	CHECK(memcmp(offer.addresses, offer_again.addresses, addresses) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_binding((struct bytes){data, size});
	check_peerset((struct bytes){data, size});
	return 0;
}
