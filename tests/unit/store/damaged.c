/* SPDX-License-Identifier: BSD-2-Clause */
/* A store that cannot be used: is it set aside, said so, and never trusted? And one of an older version: does all of it
 * come along? */
#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "scene.h"
#include "store/checksum.h"

#define PAGE 4096

static const char *data_file(const struct scene *scene)
{
	static char name[96];

	snprintf(name, sizeof name, "%s/data.mdb", scene->path);
	return name;
}

/* A store with some bindings in it, closed. */
static int setup(void **state)
{
	struct scene *scene = scene_new();

	scene_open(scene);
	for (uint32_t n = 0; n < 2000; n++)
		scene_bind(scene, n, n % 9);
	scene_close(scene);
	*state = scene;
	return 0;
}

/* Files that were set aside, and the name of the last. */
static unsigned count_aside(const struct scene *scene, const char *what, char name[NAME_MAX])
{
	DIR *directory = opendir(scene->path);
	struct dirent *entry;
	char prefix[32];
	unsigned count = 0;

	snprintf(prefix, sizeof prefix, "data.mdb.%s-", what);
	while ((entry = readdir(directory)))
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0) {
			snprintf(name, NAME_MAX, "%.200s", entry->d_name);
			count++;
		}
	closedir(directory);
	return count;
}

static void expect_set_aside(struct scene *scene, const char *what)
{
	char name[NAME_MAX];
	struct table *old = scene_reopen(scene);

	assert_true(store_is_new(scene->store));
	assert_int_equal(table_binding_count(scene->table), 0);
	assert_int_equal(count_aside(scene, what, name), 1);
	table_free(old);

	/* The new one is used from now on. */
	scene_bind(scene, 1, 1);
	scene_commit(scene);
	old = scene_reopen(scene);
	assert_false(store_is_new(scene->store));
	assert_same_tables(old, scene->table);
	assert_int_equal(count_aside(scene, what, name), 1);
	table_free(old);
}

static void test_zero_length(void **state)
{
	assert_int_equal(truncate(data_file(*state), 0), 0);
	expect_set_aside(*state, "damaged");
}

static void test_truncated(void **state)
{
	assert_int_equal(truncate(data_file(*state), 10 * PAGE), 0);
	expect_set_aside(*state, "damaged");
}

static void test_text(void **state)
{
	FILE *file = fopen(data_file(*state), "w");

	for (int i = 0; i < 2000; i++)
		fputs("this is no database\n", file);
	fclose(file);
	expect_set_aside(*state, "damaged");
}

/* Another program's: nothing in it is ours. */
static void test_foreign(void **state)
{
	struct scene *scene = *state;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_val key = {3, "key"}, value = {5, "value"};

	unlink(data_file(scene));
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_open(env, scene->path, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	expect_set_aside(scene, "damaged");
}

/* Finds what is stored of client n, by its client id, and flips one bit behind that. */
static void test_flipped_bit(void **state)
{
	struct scene *scene = *state;
	AUTO_FD int fd = open(data_file(scene), O_RDWR);
	struct stat info;
	const uint8_t wanted[] = {6, 2, 0, 0, 0, 1000 >> 8, 1000 & 0xff};

	assert_int_equal(fstat(fd, &info), 0);
	AUTO_FREE uint8_t *data = malloc((size_t)info.st_size);
	assert_int_equal(read(fd, data, (size_t)info.st_size), info.st_size);
	unsigned hits = 0;
	for (uint8_t *at = data; (at = memmem(at, (size_t)(data + info.st_size - at), wanted, sizeof wanted)); at++) {
		at[8] ^= 0x10; /* in the lifetime of its lease */
		hits++;
	}
	assert_true(hits > 0);
	assert_int_equal(pwrite(fd, data, (size_t)info.st_size, 0), info.st_size);
	expect_set_aside(scene, "damaged");
}

/* Wherever pages are overwritten, it ends in one of two ways: set aside, or all as it was (the page was not in use). */
static void overwrite(struct scene *scene, unsigned seed)
{
	AUTO_FD int fd = open(data_file(scene), O_RDWR);
	struct stat info;
	uint8_t page[PAGE];

	assert_int_equal(fstat(fd, &info), 0);
	srandom(seed);
	for (size_t i = 0; i < sizeof page; i++)
		page[i] = (uint8_t)(seed % 3 == 0 ? 0 : seed % 3 == 1 ? 0xff : random());
	off_t at = random() % (info.st_size / PAGE) * PAGE;
	size_t size = seed % 2 ? sizeof page : 64;
	assert_int_equal(pwrite(fd, page, size, at + (seed % 4 == 2 ? 16 : 0)), size);
}

static void copy_data(struct scene *scene, const char *from, const char *to)
{
	char command[700];

	snprintf(command, sizeof command, "cd %s && cp %s %s", scene->path, from, to);
	assert_int_equal(system(command), 0);
}

static void test_overwritten_pages(void **state)
{
	struct scene *scene = *state;
	struct table *whole = scene->table;
	unsigned aside = 0;

	copy_data(scene, "data.mdb", "whole");
	for (unsigned seed = 0; seed < 60; seed++) {
		copy_data(scene, "whole", "data.mdb");
		overwrite(scene, seed);
		scene_reopen(scene);
		if (store_is_new(scene->store))
			aside++;
		else
			assert_same_tables(whole, scene->table);
		scene_close(scene);
		table_free(scene->table);
	}
	scene->table = whole;
	print_message("# of 60 stores with a page overwritten %u were set aside\n", aside);
	assert_true(aside > 20);
}

/* Two in one second do not overwrite each other. */
static void test_never_over_another(void **state)
{
	struct scene *scene = *state;
	char name[NAME_MAX];

	copy_data(scene, "data.mdb", "whole");
	for (unsigned i = 0; i < 3; i++) {
		copy_data(scene, "whole", "data.mdb");
		assert_int_equal(truncate(data_file(scene), PAGE), 0);
		table_free(scene_reopen(scene));
		scene_close(scene);
	}
	assert_int_equal(count_aside(scene, "damaged", name), 3);
}

/* --- What is wrong outside of it --- */

/* As a user who may not: the store stays where it is. */
static void test_permissions(void **state)
{
	struct scene *scene = *state;
	char error[STORE_ERROR_SIZE] = "";
	int status;

	if (geteuid() != 0) {
		print_message("# not root: what others may not do is not tried\n");
		skip();
	}
	assert_int_equal(chmod(scene->path, 0777), 0);
	char lock[96];
	snprintf(lock, sizeof lock, "%s/agent.lock", scene->path);
	assert_int_equal(chmod(lock, 0666), 0);
	pid_t child = fork();
	if (child == 0) {
		struct store *store;
		_exit(setuid(65534) == 0 && scene_try_open(scene, &store, error) == -EACCES &&
				      strstr(error, "Permission denied")
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(access(data_file(scene), F_OK), 0);
}

static void test_no_directory(void **state)
{
	struct scene *scene = *state;
	char error[STORE_ERROR_SIZE] = "", *path = strdup(scene->path);
	struct store *store;

	snprintf(scene->path, sizeof scene->path, "%s/boot-id", path);
	assert_int_equal(scene_try_open(scene, &store, error), -ENOTDIR);
	snprintf(scene->path, sizeof scene->path, "%s/none/below", path);
	assert_int_equal(scene_try_open(scene, &store, error), -ENOENT);
	assert_non_null(strstr(error, "none/below"));
	strcpy(scene->path, path);
	free(path);
}

/* --- Versions --- */

/* What version 1 wrote, by its own code: values without checksums, the version a bare number. */
struct version1 {
	MDB_txn *txn;
	MDB_dbi dbi;
};

static uint8_t *v1_put(uint8_t *to, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		to[i] = (uint8_t)(value >> 8 * (size - 1 - i));
	return to + size;
}

static uint8_t *v1_text(uint8_t *to, const void *data, size_t size, unsigned prefix)
{
	to = v1_put(to, size, prefix);
	memcpy(to, data, size);
	return to + size;
}

static void v1_store(struct version1 *v1, uint32_t id, const uint8_t *value, const uint8_t *end)
{
	MDB_val key = {sizeof id, &id}, data = {(size_t)(end - value), (void *)value};

	assert_int_equal(mdb_put(v1->txn, v1->dbi, &key, &data, 0), 0);
}

static void v1_database(struct version1 *v1, const char *name)
{
	assert_int_equal(mdb_dbi_open(v1->txn, name, MDB_CREATE | MDB_INTEGERKEY, &v1->dbi), 0);
}

static uint32_t v1_peerset(struct version1 *v1, uint32_t id)
{
	uint8_t value[256], *to = value;

	to = v1_put(to, 4, 1); /* family */
	to = v1_text(to, "uplink", 6, 1);
	to = v1_text(to, "access1", 7, 1);
	to = v1_put(to, 1, 1); /* resolvers */
	to = v1_put(to, 4, 1);
	to = v1_put(to, 0xc0000235, 4);
	to = v1_put(to, 1, 1); /* domains */
	to = v1_text(to, "example.net", 11, 1);
	to = v1_text(to, "dots.example.net", 16, 1); /* offer: name and addresses */
	to = v1_put(to, 1, 2);
	to = v1_put(to, 4, 1);
	to = v1_put(to, 0xc0000207, 4);
	v1_database(v1, "peersets");
	v1_store(v1, id, value, to);
	return checksum(0, (struct bytes){value, (size_t)(to - value)});
}

static void v1_binding(struct version1 *v1, uint32_t id, uint32_t peerset, uint32_t tag, uint64_t time)
{
	uint8_t value[256], *to = value;
	const uint8_t client[] = {2, 0, 0, 0, (uint8_t)(id >> 8), (uint8_t)id};

	to = v1_put(to, 4, 1); /* IPv4, the hardware address is the client */
	to = v1_put(to, 1, 4); /* boot */
	to = v1_put(to, tag, 4);
	to = v1_put(to, peerset, 4);
	to = v1_put(to, time / NS_PER_SECOND, 4);
	to = v1_put(to, time, 8);
	to = v1_put(to, 3600, 4);
	to = v1_put(to, 1, 4);
	to = v1_put(to, id * 7, 4);
	to = v1_put(to, id + 1000, 8);
	to = v1_put(to, id * 3, 8);
	to = v1_put(to, 4, 1);
	to = v1_put(to, 0xc0000201, 4);
	to = v1_text(to, "access1.100", 12, 2); /* with its NUL */
	to = v1_text(to, client, sizeof client, 1);
	to = v1_put(to, 1, 1); /* leases */
	to = v1_put(to, 32, 1);
	to = v1_put(to, 3600, 4);
	to = v1_put(to, 0x0a000000 + id, 4);
	v1_store(v1, id, value, to);
}

static void v1_boot(struct version1 *v1)
{
	uint8_t value[64], *to = value;
	char id[37];

	snprintf(id, sizeof id, "%-36s", "first");
	memcpy(to, id, 36);
	to = v1_put(to + 36, scene_wall_clock() - scene_boot_clock(), 8);
	v1_database(v1, "boots");
	v1_store(v1, 1, value, to);
}

static void v1_version(struct version1 *v1, uint32_t version)
{
	uint8_t number[4];
	MDB_val key = {7, "version"}, value = {sizeof number, number};
	MDB_dbi meta;

	v1_put(number, version, 4);
	assert_int_equal(mdb_dbi_open(v1->txn, "meta", MDB_CREATE, &meta), 0);
	assert_int_equal(mdb_put(v1->txn, meta, &key, &value, 0), 0);
}

static void write_version1(struct scene *scene, uint32_t count, uint64_t time)
{
	struct version1 v1;
	MDB_env *env;

	unlink(data_file(scene));
	assert_int_equal(mdb_env_create(&env), 0);
	mdb_env_set_maxdbs(env, 4);
	mdb_env_set_mapsize(env, 64 << 20);
	assert_int_equal(mdb_env_open(env, scene->path, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &v1.txn), 0);
	uint32_t tag = v1_peerset(&v1, 0);
	v1_boot(&v1);
	v1_database(&v1, "bindings");
	for (uint32_t id = 0; id < count; id++)
		v1_binding(&v1, id, 0, tag, time);
	v1_version(&v1, 1);
	assert_int_equal(mdb_txn_commit(v1.txn), 0);
	mdb_env_close(env);
}

static void check_migrated(const struct scene *scene, uint32_t count, uint64_t time)
{
	struct binding_view view;

	assert_int_equal(table_binding_count(scene->table), count);
	table_view(scene->table, table_binding(scene->table, count - 1), &view);
	assert_int_equal(view.xid, (count - 1) * 7);
	assert_int_equal(view.refreshed, time);
	assert_int_equal(view.settle_key, count - 1 + 1000);
	assert_string_equal(view.where, "access1.100");
	assert_int_equal(view.leases[0].prefix.address.bytes[3], (uint8_t)(count - 1));
	const struct peerset *peerset = table_peerset(scene->table, view.peerset);
	assert_string_equal(peerset->offer->name.text, "dots.example.net");
	assert_string_equal(peerset->key.domains[0].text, "example.net");
}

static void test_migration(void **state)
{
	struct scene *scene = *state;
	uint64_t time = scene_boot_clock() - 60 * NS_PER_SECOND;

	write_version1(scene, 5000, time);
	table_free(scene_reopen(scene));
	assert_false(store_is_new(scene->store));
	check_migrated(scene, 5000, time);
	assert_int_equal(scene->store->disk.version, 2);

	/* From now on it is of this version, with checksums. */
	struct table *old = scene_reopen(scene);
	assert_same_tables(old, scene->table);
	check_migrated(scene, 5000, time);
	table_free(old);
}

static void test_damaged_version1(void **state)
{
	struct scene *scene = *state;

	write_version1(scene, 5000, scene_boot_clock());
	assert_int_equal(truncate(data_file(scene), 20 * PAGE), 0);
	expect_set_aside(scene, "damaged");
}

/* A successor's: with its checksum, in case that it still has one. */
static void set_version(struct scene *scene, uint32_t version)
{
	uint32_t wire[2] = {htobe32(version)};
	MDB_val key = {7, "version"}, value = {sizeof wire, wire};
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi meta;

	wire[1] = htobe32(checksum(0, (struct bytes){(uint8_t *)wire, 4}));
	assert_int_equal(mdb_env_create(&env), 0);
	mdb_env_set_maxdbs(env, 4);
	assert_int_equal(mdb_env_open(env, scene->path, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
	assert_int_equal(mdb_put(txn, meta, &key, &value, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static void test_newer(void **state)
{
	struct scene *scene = *state;
	struct table *whole = scene->table;
	char name[NAME_MAX];

	set_version(scene, STORE_VERSION + 1);
	scene_reopen(scene);
	assert_true(store_is_new(scene->store));
	assert_int_equal(count_aside(scene, "newer", name), 1);
	scene_close(scene);
	table_free(scene->table);

	/* Whoever knows it has all of it. */
	copy_data(scene, name, "data.mdb");
	set_version(scene, STORE_VERSION);
	scene_reopen(scene);
	assert_same_tables(whole, scene->table);
	table_free(whole);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_zero_length),
		TEST(test_truncated),
		TEST(test_text),
		TEST(test_foreign),
		TEST(test_flipped_bit),
		TEST(test_overwritten_pages),
		TEST(test_never_over_another),
		TEST(test_permissions),
		TEST(test_no_directory),
		TEST(test_migration),
		TEST(test_damaged_version1),
		TEST(test_newer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
