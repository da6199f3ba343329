// SPDX-License-Identifier: GPL-2.0
/* In place of serve.c in the static build, which has no libmicrohttpd. */
#include <stdio.h>

#include "kpager.h"
#include "metrics.h"

int metrics_serve(const char *address)
{
	fprintf(stderr, "kpager: listen on %s: this static build of kpager does not; use the one that is installed, or --textfile\n",
		address);
	return EXIT_FAILED;
}
