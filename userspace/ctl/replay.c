/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dotsnoopctl replay: what would the real program and the real decoder make of a capture?
 *
 * For each frame:
 * 1. The program runs on it (BPF_PROG_TEST_RUN), as on a port that is attached to nothing.
 * 2. The record that it may have made is taken from the ring and decoded.
 * 3. Both become one JSON object, which is printed, or shown as a row.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "ctl/capture.h"
#include "ctl/columns.h"
#include "ctl/command.h"
#include "ctl/show.h"
#include "dhcp/message.h"
#include "fastpath/fastpath.h"
#include "serve/json.h"
#include "serve/record.h"

#define RING_SIZE (1 << 20)

/* The kernel runs no frame that is shorter than its Ethernet header. */
#define FRAME_MIN 14

struct replay {
	const struct request *request;
	struct fastpath *fastpath;
	struct capture *capture;
	unsigned slot;
	uint64_t frames, failed;
	uint64_t reasons[DS_REASON_COUNT];
	json_t *record, *offer;  /* of the frame that was run last; NULL: none was made */
	struct columns *columns; /* for people */
};

static int complain(const char *text)
{
	fprintf(stderr, "dotsnoopctl: replay: %s\n", text);
	return EXIT_FAILED;
}

/* --- One frame --- */

static void on_record(void *context, struct bytes bytes)
{
	struct replay *replay = context;
	struct dhcp_message message;

	if (message_decode(bytes, &message))
		return;
	json_decref(replay->record);
	json_decref(replay->offer);
	replay->record = record_json(&message);
	replay->offer = offer_json(&message.offer);
}

static const char *action_word(int action)
{
	static const char *const words[] = {
		[XDP_ABORTED] = "aborted", [XDP_DROP] = "drop",         [XDP_PASS] = "pass",
		[XDP_TX] = "tx",           [XDP_REDIRECT] = "redirect",
	};

	return action >= 0 && (size_t)action < sizeof words / sizeof *words ? words[action] : "unknown";
}

/* Runs a frame. Returns 0 and the verdict, or -errno. */
static int run(struct replay *replay, struct bytes frame, struct verdict *ret)
{
	if (frame.size < FRAME_MIN) {
		*ret = (struct verdict){.action = XDP_PASS, .reason = DS_REASON_frame_short, .counted = 1};
		return 0;
	}

	int result = fastpath_run(replay->fastpath, replay->slot, frame, ret);
	if (!result && ret->counted != 1)
		result = -EPROTO;
	if (!result)
		result = fastpath_drain(replay->fastpath);
	return result < 0 ? result : 0;
}

static json_t *frame_json(struct replay *replay, const struct captured_frame *frame, int result,
			  const struct verdict *verdict)
{
	char time[TEXT_TIME_SIZE];
	json_t *object = json_pack("{s:I, s:s, s:s?, s:s?, s:o?, s:o?}", "frame", (json_int_t)replay->frames, "time",
				   text_time(frame->time, time), "action", result ? NULL : action_word(verdict->action),
				   "reason", result ? NULL : reason_word(verdict->reason), "record",
				   take(replay->record), "offer", take(replay->offer));

	if (frame->truncated)
		json_object_set_new(object, "truncated", json_true());
	if (result)
		json_object_set_new(object, "error", json_string(strerror(-result)));
	return object;
}

/* --- For people --- */

static const char *const heads[] = {
	" FRAME", "ACTION", "REASON      ", "MESSAGE", "CLIENT", "ADDRESSES", "OFFER", NULL,
};

/* How many of the discards from `first` on have the same reason? */
static size_t count_alike(const json_t *discarded, size_t first)
{
	const char *reason = show_text(json_array_get(discarded, first), "reason");
	size_t i = first + 1;

	while (i < json_array_size(discarded) && strcmp(show_text(json_array_get(discarded, i), "reason"), reason) == 0)
		i++;
	return i - first;
}

/* What the offer gives, and why anything of it was discarded. */
static const char *offer_cell(const json_t *offer, char cell[SHOW_SIZE])
{
	const json_t *discarded = json_object_get(offer, "discarded");
	size_t at = strlen(show_offer(offer, cell));

	for (size_t i = 0, alike; i < json_array_size(discarded) && at < SHOW_SIZE; i += alike) {
		const char *reason = show_text(json_array_get(discarded, i), "reason");
		alike = count_alike(discarded, i);
		at += (size_t)snprintf(cell + at, SHOW_SIZE - at, "%s%zu %s",
				       i    ? ", "
				       : at ? "; discarded "
					    : "discarded ",
				       alike, reason);
	}
	return cell;
}

static void show_frame(struct replay *replay, const json_t *frame)
{
	const json_t *record = json_object_get(frame, "record");
	char number[SHOW_SIZE], family[SHOW_SIZE], message[SHOW_SIZE] = "", client[SHOW_SIZE], leases[SHOW_SIZE],
						   offer[SHOW_SIZE];
	const char *error = show_text(frame, "error");

	if (json_is_object(record))
		snprintf(message, sizeof message, "v%.4s %.64s%s", show_number(record, "family", family),
			 show_text(record, "type"), strcmp(show_text(record, "side"), "relay") == 0 ? " (relay)" : "");
	const char *const cells[] = {
		show_number(frame, "frame", number),
		show_text(frame, "action"),
		*error ? error : show_text(frame, "reason"),
		message,
		show_client(json_object_get(record, "client"), client),
		show_leases(record, leases),
		offer_cell(json_object_get(frame, "offer"), offer),
	};
	columns_row(replay->columns, cells);
}

static void show_summary(const struct replay *replay)
{
	static const char *const summary[] = {"REASON", "  FRAMES", "MEANING", NULL};
	struct columns *columns = columns_new(stdout, summary, SHOW_LOOK_AHEAD);

	putchar('\n');
	for (unsigned reason = 0; reason < DS_REASON_COUNT; reason++) {
		char count[32];
		snprintf(count, sizeof count, "%llu", (unsigned long long)replay->reasons[reason]);
		const char *const cells[] = {reason_word(reason), count, reason_help(reason)};
		if (replay->reasons[reason])
			columns_row(columns, cells);
	}
	columns_end(columns);
}

/* --- All of them --- */

static void replay_frame(struct replay *replay, const struct captured_frame *frame)
{
	struct verdict verdict;
	int result = run(replay, frame->bytes, &verdict);
	json_t *object;

	replay->frames++;
	if (result)
		replay->failed++;
	else
		replay->reasons[verdict.reason]++;
	object = frame_json(replay, frame, result, &verdict);
	if (replay->columns) {
		show_frame(replay, object);
	} else {
		json_dumpf(object, stdout, JSON_STYLE);
		putchar('\n');
	}
	json_decref(object);
}

static int replay_all(struct replay *replay)
{
	char error[CAPTURE_ERROR_SIZE] = "";
	struct captured_frame frame;
	int more;

	if (!replay->request->value[OPTION_JSON])
		replay->columns = columns_new(stdout, heads, SHOW_LOOK_AHEAD);
	while ((more = capture_next(replay->capture, &frame, error)) > 0)
		replay_frame(replay, &frame);
	if (replay->columns && columns_end(replay->columns))
		show_summary(replay);
	fflush(stdout);

	if (more < 0)
		return complain(error);
	if (!replay->frames)
		return complain("the capture holds no frames");
	if (!replay->failed)
		return EXIT_DONE;
	snprintf(error, sizeof error, "%llu frames could not be run: the field \"error\" of --json says why",
		 (unsigned long long)replay->failed);
	return complain(error);
}

/* The port that nothing is attached to. */
static int open_port(struct replay *replay, enum ds_role role, enum ds_mode mode, struct fastpath_error *error)
{
	const struct fastpath_options options = {.ring_size = RING_SIZE, .record = on_record, .context = replay};
	int result = fastpath_new(&options, &replay->fastpath, error);

	if (result)
		return result;
	result = fastpath_bench_port(replay->fastpath, "replay", role, mode, error);
	if (result < 0)
		return result;
	replay->slot = (unsigned)result;
	return 0;
}

static int replay_on(struct replay *replay, enum ds_role role, enum ds_mode mode)
{
	struct fastpath_error error = {0};
	char text[CAPTURE_ERROR_SIZE];
	int status;

	if (capture_open(replay->request->operand, &replay->capture, text))
		return complain(text);
	if (open_port(replay, role, mode, &error))
		status = complain(error.text);
	else
		status = replay_all(replay);
	fastpath_free(replay->fastpath);
	capture_close(replay->capture);
	return status;
}

int replay_run(const struct request *request)
{
	struct replay replay = {.request = request};
	const char *role = request->value[OPTION_ROLE];
	bool access = role && strcmp(role, "access") == 0;

	if (role && !access && strcmp(role, "uplink") != 0) {
		complain("--role is uplink or access");
		return EXIT_USAGE;
	}
	return replay_on(&replay, access ? DS_ROLE_ACCESS : DS_ROLE_UPLINK,
			 request->value[OPTION_ENFORCE] ? DS_MODE_ENFORCE : DS_MODE_OBSERVE);
}
