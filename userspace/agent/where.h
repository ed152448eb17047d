/* SPDX-License-Identifier: BSD-2-Clause */
/* On which line of the file does this key stand? */
#ifndef AGENT_WHERE_H
#define AGENT_WHERE_H

#include <stddef.h>
#include <yaml.h>

/* Reads the file as YAML, whatever it says. Returns 0; or -errno, and for bad YAML (-EINVAL) its line and problem. */
int where_open(const char *file, yaml_document_t *ret, size_t *line, char *problem, size_t size);

/*
 * The line of a key such as "ports[0].role", counted from 1; 0 when the file has no such key. Where the last key of the
 * path is missing, *parent (if given) is the line of what should hold it.
 */
size_t where_is(yaml_document_t *document, const char *path, size_t *parent);

#endif
