/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/where.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

int where_open(const char *file, yaml_document_t *ret, size_t *line, char *problem, size_t size)
{
	AUTO_FILE FILE *stream = fopen(file, "r");
	yaml_parser_t parser;
	int result = 0;

	*line = 0;
	if (!stream)
		return -errno;
	if (getc(stream) == EOF && ferror(stream)) /* a directory opens, but does not read */
		return -errno;
	rewind(stream);
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_file(&parser, stream);
	if (!yaml_parser_load(&parser, ret)) {
		*line = parser.problem_mark.line + 1;
		snprintf(problem, size, "%s", parser.problem ? parser.problem : "not YAML");
		result = -EINVAL;
	}
	yaml_parser_delete(&parser);
	return result;
}

static size_t line_of(const yaml_node_t *node)
{
	return node->start_mark.line + 1;
}

/* One step into a mapping; *key_line is where the key itself stands. */
static yaml_node_t *step_key(yaml_document_t *document, const yaml_node_t *node, const char *key, size_t length,
			     size_t *key_line)
{
	if (node->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *name = yaml_document_get_node(document, pair->key);
		if (name->type == YAML_SCALAR_NODE && name->data.scalar.length == length &&
		    memcmp(name->data.scalar.value, key, length) == 0) {
			*key_line = line_of(name);
			return yaml_document_get_node(document, pair->value);
		}
	}
	return NULL;
}

/* One step into a sequence, at "[N]"; *end is moved behind it. */
static yaml_node_t *step_entry(yaml_document_t *document, const yaml_node_t *node, const char **end, size_t *line)
{
	char *bracket;
	size_t number = strtoul(*end + 1, &bracket, 10);

	*end = *bracket ? bracket + 1 : bracket;
	if (node->type != YAML_SEQUENCE_NODE)
		return NULL;
	if (number >= (size_t)(node->data.sequence.items.top - node->data.sequence.items.start))
		return NULL;
	yaml_node_t *entry = yaml_document_get_node(document, node->data.sequence.items.start[number]);
	if (entry)
		*line = line_of(entry);
	return entry;
}

size_t where_is(yaml_document_t *document, const char *path, size_t *parent)
{
	yaml_node_t *node = yaml_document_get_root_node(document);
	size_t line = node ? line_of(node) : 0;

	while (node && *path) {
		if (parent)
			*parent = line;
		if (*path == '[') {
			node = step_entry(document, node, &path, &line);
		} else {
			path += *path == '.';
			size_t length = strcspn(path, ".[");
			node = step_key(document, node, path, length, &line);
			path += length;
		}
	}
	return node ? line : 0;
}
