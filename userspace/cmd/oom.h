/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of kpager oom share. */
#ifndef KPAGER_COMMAND_OOM_H
#define KPAGER_COMMAND_OOM_H

#include "output.h"

/* Room for a date and time. */
#define OOM_TIME_SIZE	64

/* oom_time - when a decision was made, for people */
void oom_time(char text[OOM_TIME_SIZE], const struct kpager_decision *d);

/* oom_json - all of a decision as a JSON object */
struct json_object *oom_json(const struct kpager_decision *d);

/*
 * oom_explain - say why a decision was made, and whether it was right
 * @json: as JSON
 *
 * Return: an exit code: EXIT_FAILED if the record does not lead to what was
 * decided.
 */
int oom_explain(const struct kpager_decision *d, bool json);

#endif /* KPAGER_COMMAND_OOM_H */
