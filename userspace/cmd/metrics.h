/* SPDX-License-Identifier: GPL-2.0 */
/* Metrics in the text format of Prometheus, and where they go. */
#ifndef KPAGER_METRICS_H
#define KPAGER_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "sample.h"

/*
 * metrics_text - all metrics of a sample
 *
 * Return: the text, to be freed.
 */
char *metrics_text(const struct sample *sample, size_t *length);

/*
 * metrics_serve - answer requests for /metrics until a signal ends it
 * @address: "HOST:PORT", where HOST is an address, an IPv6 one in brackets;
 *	PORT 0 is one that is free
 *
 * Return: an exit code.
 */
int metrics_serve(const char *address);

#endif /* KPAGER_METRICS_H */
