/* SPDX-License-Identifier: BSD-2-Clause */
/* Which frames does a capture file hold? (libpcap; times with all their nanoseconds) */
#include "ctl/capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct capture {
	pcap_t *pcap;
	char path[128];
};

static void say(char error[CAPTURE_ERROR_SIZE], const char *path, const char *what, const char *advice)
{
	snprintf(error, CAPTURE_ERROR_SIZE, "%.128s: %.256s%s", path, what, advice);
}

static int check_link(const struct capture *capture, char error[CAPTURE_ERROR_SIZE])
{
	int type = pcap_datalink(capture->pcap);
	const char *name = pcap_datalink_val_to_name(type);
	char what[128];

	if (type == DLT_EN10MB)
		return 0;
	snprintf(what, sizeof what, "its frames are of the link type %.64s (%d), not Ethernet", name ? name : "unknown",
		 type);
	say(error, capture->path, what, ": capture on one device, for example with tcpdump -i eth0 -w FILE");
	return -EINVAL;
}

/* libpcap puts the path before some of its messages. */
static const char *without_path(const char *message, const char *path)
{
	size_t length = strlen(path);

	return strncmp(message, path, length) == 0 && message[length] == ':' ? message + length + 2 : message;
}

static int open_file(struct capture *capture, const char *path, char error[CAPTURE_ERROR_SIZE])
{
	char why[PCAP_ERRBUF_SIZE] = "";

	snprintf(capture->path, sizeof capture->path, "%s", path);
	capture->pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (capture->pcap)
		return check_link(capture, error);

	bool exists = access(path, R_OK) == 0;
	say(error, path, without_path(why, path), exists ? ": it is no whole pcap or pcapng file" : "");
	return -EINVAL;
}

int capture_open(const char *path, struct capture **ret, char error[CAPTURE_ERROR_SIZE])
{
	struct capture *capture = calloc(1, sizeof *capture);

	if (!capture) {
		say(error, path, "out of memory", "");
		return -ENOMEM;
	}
	int result = open_file(capture, path, error);
	if (result) {
		capture_close(capture);
		return result;
	}
	*ret = capture;
	return 0;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	if (capture->pcap)
		pcap_close(capture->pcap);
	free(capture);
}

int capture_next(struct capture *capture, struct captured_frame *ret, char error[CAPTURE_ERROR_SIZE])
{
	struct pcap_pkthdr *head;
	const u_char *data;
	int result = pcap_next_ex(capture->pcap, &head, &data);

	if (result == PCAP_ERROR_BREAK)
		return 0;
	if (result != 1) {
		say(error, capture->path, pcap_geterr(capture->pcap), ": what follows is not shown");
		return -EINVAL;
	}
	*ret = (struct captured_frame){
		/* At this precision the field holds nanoseconds. */
		.time = (uint64_t)head->ts.tv_sec * 1000000000 + (uint64_t)head->ts.tv_usec,
		.bytes = {data, head->caplen},
		.truncated = head->caplen < head->len,
	};
	return 1;
}
