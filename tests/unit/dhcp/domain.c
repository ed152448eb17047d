/* SPDX-License-Identifier: BSD-2-Clause */
/* In which domains may services be looked up, in which order, and why not in others? */
#include "../unit.h"
#include "dhcp/message.h"
#include "record.h"

#define EXAMPLE_NET "07 6578616d706c65 03 6e6574 00 " /* 13 octets */
#define EXAMPLE_ORG "07 6578616d706c65 03 6f7267 00 "
#define TEXT_EXAMPLE_NET "6578616d706c652e6e6574 "
#define LAN "03 6c616e 00 "

static void append(char *list, size_t size, const char *word)
{
	size_t length = strlen(list);

	snprintf(list + length, size - length, "%s%s", length ? " " : "", word);
}

/* The domains of an ACK or a Reply with these options, and the reasons of its discards, each as often as counted. */
static void assert_domains(uint8_t family, const char *options, const char *expected, const char *discards)
{
	static struct dhcp_message message;
	union record_buffer buffer;
	char domains[2048] = "", reasons[2048] = "";

	print_message("# %s\n", options);
	record_make(&buffer, family, family == 4 ? DHCP4_ACK : DHCP6_REPLY, options);
	memset(&message, 0xff, sizeof message);
	assert_int_equal(message_decode(record_bytes(&buffer), &message), 0);
	for (size_t i = 0; i < message.domain_count; i++) {
		append(domains, sizeof domains, message.domains[i].text);
		assert_int_equal(message.domains[i].length, strlen(message.domains[i].text));
	}
	for (enum discard_reason reason = 0; reason < DISCARD_COUNT; reason++)
		for (uint32_t i = 0; i < message.domain_discards[reason]; i++)
			append(reasons, sizeof reasons, discard_word(reason));
	assert_string_equal(domains, expected);
	assert_string_equal(reasons, discards);
	assert_false(message.offer.present);
	assert_int_equal(message.offer.discarded_count, 0);
}

static void access_domain_of_dhcpv4(void **state)
{
	(void)state;
	assert_domains(4, "d5 0d " EXAMPLE_ORG, "example.org", "");
	assert_domains(4, "d5 1a " EXAMPLE_ORG EXAMPLE_NET, "example.org", "name-extra");
	assert_domains(4, "d5 0d " EXAMPLE_ORG "d5 0d " EXAMPLE_NET, "example.org", "");
	assert_domains(4, "d5 0b " TEXT_EXAMPLE_NET, "", "name-ascii");
	assert_domains(4, "d5 05 " LAN, "", "domain-single-label");
	assert_domains(4, "d5 02 c000", "", "name-compressed");
	assert_domains(4, "d5 00", "", "name-empty");
	assert_domains(4, "d5 01 00", "", "name-root");
}

static void domain_name_of_dhcpv4(void **state)
{
	(void)state;
	assert_domains(4, "0f 0b " TEXT_EXAMPLE_NET, "example.net", "");
	assert_domains(4, "0f 0c " TEXT_EXAMPLE_NET "00", "example.net", "");
	assert_domains(4, "0f 0c " TEXT_EXAMPLE_NET "2e", "example.net", "");
	assert_domains(4, "0f 0b 4558414d504c452e4e6574", "example.net", "");
	assert_domains(4, "0f 00 0f 0b " TEXT_EXAMPLE_NET, "", "name-empty");
	assert_domains(4, "0f 01 00", "", "name-empty");
	assert_domains(4, "0f 01 2e", "", "name-root");
	assert_domains(4, "0f 0d " EXAMPLE_NET, "", "name-octet");
	/* "lan", "home.", "localdomain" */
	assert_domains(4, "0f 03 6c616e", "", "domain-single-label");
	assert_domains(4, "0f 05 686f6d652e", "", "domain-single-label");
	assert_domains(4, "0f 0b 6c6f63616c646f6d61696e", "", "domain-single-label");
	/* "192.0.2.1", "42", "example..net", "a b.net" */
	assert_domains(4, "0f 09 3139322e302e322e31", "", "name-numeric");
	assert_domains(4, "0f 02 3432", "", "name-numeric");
	assert_domains(4, "0f 0c 6578616d706c652e2e6e6574", "", "name-label-empty");
	assert_domains(4, "0f 07 6120622e6e6574", "", "name-octet");
}

/* RFC 3397 2, with RFC 3396: compression goes over all instances, joined. */
static void search_list_of_dhcpv4(void **state)
{
	(void)state;
	assert_domains(4, "77 1a " EXAMPLE_NET EXAMPLE_ORG, "example.net example.org", "");
	assert_domains(4, "77 11 " EXAMPLE_NET "01 61 c000", "example.net a.example.net", "");
	assert_domains(4, "77 0d " EXAMPLE_NET "77 04 01 61 c000", "example.net a.example.net", "");
	/* Split inside a label, and inside a pointer. */
	assert_domains(4, "77 05 07 65786178 33 04 00000e10 77 08 706c65 03 6e6574 00 77 03 01 61 c0 77 01 00",
		       "exaxple.net a.exaxple.net", "");
	assert_domains(4, "77 00 77 0d " EXAMPLE_NET, "example.net", "");
	assert_domains(4, "77 00", "", "");
	assert_domains(4, "77 0b " TEXT_EXAMPLE_NET, "", "name-ascii");
	/* What is none is passed over. */
	assert_domains(4, "77 17 " LAN "c000 01 31 00 " EXAMPLE_NET, "example.net",
		       "name-numeric domain-single-label domain-single-label");
	assert_domains(4, "77 12 " EXAMPLE_NET "01 62 c0ff 00", "example.net", "name-root name-pointer");
}

static void access_domain_of_dhcpv6(void **state)
{
	(void)state;
	assert_domains(6, "0039 000d " EXAMPLE_ORG, "example.org", "");
	assert_domains(6, "0039 0005 " LAN, "", "domain-single-label");
	assert_domains(6, "0039 000b " TEXT_EXAMPLE_NET, "", "name-ascii");
	assert_domains(6, "0039 0000", "", "name-empty");
}

static void search_list_of_dhcpv6(void **state)
{
	(void)state;
	assert_domains(6, "0018 001a " EXAMPLE_NET EXAMPLE_ORG, "example.net example.org", "");
	assert_domains(6, "0018 000f " EXAMPLE_NET "c000", "example.net", "name-compressed");
	assert_domains(6, "0018 0012 " LAN EXAMPLE_NET, "example.net", "domain-single-label");
	assert_domains(6, "0018 000e 00 " EXAMPLE_NET, "example.net", "name-root");
	assert_domains(6, "0018 000d " EXAMPLE_NET "0018 000d " EXAMPLE_ORG, "example.net", "");
	assert_domains(6, "0018 000c 07 6578616d706c65 03 6e6574", "", "name-unterminated");
}

static void the_best_source_first(void **state)
{
	(void)state;
	assert_domains(4, "", "", "");
	assert_domains(6, "", "", "");
	assert_domains(4, "77 0f 01 61 " EXAMPLE_NET "0f 0b " TEXT_EXAMPLE_NET "d5 0d " EXAMPLE_ORG,
		       "example.org example.net a.example.net", "");
	assert_domains(4, "d5 05 " LAN "0f 0b " TEXT_EXAMPLE_NET, "example.net", "domain-single-label");
	assert_domains(4, "d5 02 0161 0f 03 6c616e 77 0d " EXAMPLE_NET, "example.net",
		       "name-unterminated domain-single-label");
	assert_domains(6, "0018 000d " EXAMPLE_NET "0039 000d " EXAMPLE_ORG, "example.org example.net", "");
	assert_domains(6, "0018 000d " EXAMPLE_NET "0039 0005 " LAN, "example.net", "domain-single-label");
	/* The other family's. */
	assert_domains(6, "000f 000b " TEXT_EXAMPLE_NET "0077 000d " EXAMPLE_NET "00d5 000d " EXAMPLE_NET, "", "");
	assert_domains(4, "18 0d " EXAMPLE_NET "39 0d " EXAMPLE_NET, "", "");
}

static void each_once(void **state)
{
	(void)state;
	assert_domains(4, "0f 0b 4578616d706c652e6e6574 77 1c " EXAMPLE_NET "c000 " EXAMPLE_ORG "d5 0d " EXAMPLE_NET,
		       "example.net example.org", "");
	assert_domains(6, "0039 000d " EXAMPLE_NET "0018 001a " EXAMPLE_NET EXAMPLE_NET, "example.net", "");
}

/* "a.b" to "h.b": six are kept, however many times each is said. */
static void six_are_kept(void **state)
{
#define DOMAIN(letter) "01 " letter " 01 62 00 "
#define SIX DOMAIN("61") DOMAIN("62") DOMAIN("63") DOMAIN("64") DOMAIN("65") DOMAIN("66")
	(void)state;
	assert_domains(6, "0018 001e " SIX, "a.b b.b c.b d.b e.b f.b", "");
	assert_domains(6, "0018 0028 " SIX DOMAIN("67") DOMAIN("68"), "a.b b.b c.b d.b e.b f.b",
		       "domains-excess domains-excess");
	assert_domains(6, "0018 0028 " SIX DOMAIN("61") DOMAIN("68"), "a.b b.b c.b d.b e.b f.b", "domains-excess");
	assert_domains(4, "d5 05 " DOMAIN("7a") "0f 03 792e62 77 1e " SIX, "z.b y.b a.b b.b c.b d.b",
		       "domains-excess domains-excess");
#undef SIX
#undef DOMAIN
}

/* A list of `count` times "c", which is no domain, and then "a.b". */
static void assert_behind(size_t count, const char *expected, const char *discard)
{
	char options[1024], reasons[1024] = "";

	snprintf(options, sizeof options, "0018 %04zx ", 3 * count + 5);
	for (size_t i = 0; i < count; i++) {
		append(options, sizeof options, "01 63 00");
		if (i < 32)
			append(reasons, sizeof reasons, "domain-single-label");
	}
	append(options, sizeof options, "01 61 01 62 00");
	if (*discard)
		append(reasons, sizeof reasons, discard);
	assert_domains(6, options, expected, reasons);
}

static void of_a_list_32_names_are_looked_at(void **state)
{
	(void)state;
	assert_behind(31, "a.b", "");
	assert_behind(32, "", "domains-excess");
	assert_behind(33, "", "domains-excess");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(access_domain_of_dhcpv4),
		cmocka_unit_test(domain_name_of_dhcpv4),
		cmocka_unit_test(search_list_of_dhcpv4),
		cmocka_unit_test(access_domain_of_dhcpv6),
		cmocka_unit_test(search_list_of_dhcpv6),
		cmocka_unit_test(the_best_source_first),
		cmocka_unit_test(each_once),
		cmocka_unit_test(six_are_kept),
		cmocka_unit_test(of_a_list_32_names_are_looked_at),
	};

	return cmocka_run_group_tests_name("dhcp/domain", tests, NULL, NULL);
}
