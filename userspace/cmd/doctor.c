// SPDX-License-Identifier: GPL-2.0
/*
 * kpager doctor: looks at the machine as the module and the command need it,
 * and says what is wrong and which command mends it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "doctor.h"
#include "kpager.h"
#include "output.h"

/* Kernels that the module is built and tested for, first and last. */
#define KERNEL_FIRST_MAJOR	6
#define KERNEL_FIRST_MINOR	1
#define KERNEL_LAST_MAJOR	7
#define KERNEL_LAST_MINOR	2

#define MIB	(1ull << 20)

struct finding *finding_add(struct findings *findings, const char *check,
			    enum verdict verdict, const char *format, ...)
{
	struct finding *finding;
	va_list args;

	findings->list = reallocarray(findings->list, findings->count + 1,
				      sizeof(*findings->list));
	if (!findings->list)
		out_of_memory();
	finding = &findings->list[findings->count++];
	*finding = (struct finding){ .check = check, .verdict = verdict };
	va_start(args, format);
	vsnprintf(finding->found, sizeof(finding->found), format, args);
	va_end(args);
	return finding;
}

void finding_mend(struct finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(finding->mend, sizeof(finding->mend), format, args);
	va_end(args);
}

/* For tests: the root that is examined. */
const char *doctor_path(char *real, size_t size, const char *path)
{
	const char *root = secure_getenv("KPAGER_SYSROOT");

	snprintf(real, size, "%s%s", root ? root : "", path);
	return real;
}

int doctor_read(const char *path, char *text, size_t size)
{
	char real[PATH_MAX];
	int fd = open(doctor_path(real, sizeof(real), path),
		      O_RDONLY | O_CLOEXEC);
	ssize_t length;

	*text = '\0';
	if (fd < 0)
		return -errno;
	length = read(fd, text, size - 1);
	close(fd);
	if (length < 0)
		return -EIO;
	if (length && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	return 0;
}

static void check_kernel(struct findings *findings, const char *release)
{
	unsigned int major = 0, minor = 0, version;
	struct finding *finding;

	sscanf(release, "%u.%u", &major, &minor);
	version = major << 16 | minor;
	if (version < (KERNEL_FIRST_MAJOR << 16 | KERNEL_FIRST_MINOR)) {
		finding = finding_add(findings, "kernel", VERDICT_WRONG,
				      "Linux %s is older than 6.1, the oldest that the module supports",
				      release);
		finding_mend(finding, "apt-get install linux-image-amd64");
	} else if (version > (KERNEL_LAST_MAJOR << 16 | KERNEL_LAST_MINOR)) {
		finding_add(findings, "kernel", VERDICT_NOTE,
			    "Linux %s is newer than %d.%d, the newest that the module was tested on",
			    release, KERNEL_LAST_MAJOR, KERNEL_LAST_MINOR);
	} else {
		finding_add(findings, "kernel", VERDICT_OK, "Linux %s", release);
	}
}

/* Is @option (such as "CONFIG_MMU=y") a line of the file? */
static bool has_line(FILE *file, const char *option)
{
	size_t length = strlen(option);
	char line[256];

	rewind(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, option, length) && line[length] == '\n')
			return true;
	return false;
}

/**
 * struct kernel_option - an option of the kernel that matters
 * @line: as in its .config
 * @wanted: should the line be there?
 * @needed: the module cannot do without
 * @why: what is otherwise
 */
struct kernel_option {
	const char *line;
	bool wanted;
	bool needed;
	const char *why;
};

static const struct kernel_option kernel_options[] = {
	{ "CONFIG_MODULES=y", true, true, "no module can be loaded" },
	{ "CONFIG_MMU=y", true, true, "there is nothing to page" },
	{ "CONFIG_PROC_FS=y", true, true, "there is no /proc/kpager" },
	{ "CONFIG_BLOCK=y", true, true, "there are no stores" },
	{ "CONFIG_X86_64=y", true, false, "only x86-64 is tested" },
	{ "CONFIG_PSI=y", true, false, "waiting for pages is not seen as memory pressure" },
	{ "CONFIG_MODULE_SIG_FORCE=y", false, false, "modules must be signed" },
};

static void check_config(struct findings *findings, const char *release)
{
	char path[PATH_MAX], name[PATH_MAX];
	char bad[FOUND_SIZE] = "";
	bool needed = false;
	size_t i, used = 0;
	FILE *file;

	snprintf(name, sizeof(name), "/boot/config-%s", release);
	file = fopen(doctor_path(path, sizeof(path), name), "re");
	if (!file) {
		snprintf(name, sizeof(name), "/lib/modules/%s/config", release);
		file = fopen(doctor_path(path, sizeof(path), name), "re");
	}
	if (!file) {
		finding_add(findings, "kernel config", VERDICT_UNKNOWN,
			    "there is no /boot/config-%s", release);
		return;
	}
	for (i = 0; i < sizeof(kernel_options) / sizeof(kernel_options[0]); i++) {
		const struct kernel_option *o = &kernel_options[i];

		if (has_line(file, o->line) == o->wanted || used >= sizeof(bad))
			continue;
		used += snprintf(bad + used, sizeof(bad) - used, "%s%s%s: %s",
				 used ? "; " : "", o->wanted ? "no " : "",
				 o->line, o->why);
		needed |= o->needed;
	}
	fclose(file);
	if (used)
		finding_add(findings, "kernel config",
			    needed ? VERDICT_WRONG : VERDICT_NOTE, "%s", bad);
	else
		finding_add(findings, "kernel config", VERDICT_OK,
			    "has what the module needs");
}

/* Does the kernel refuse modules that nobody signed? */
static void check_lockdown(struct findings *findings)
{
	struct finding *finding;
	char text[256];

	if (doctor_read("/sys/kernel/security/lockdown", text, sizeof(text)))
		return;
	if (strstr(text, "[none]")) {
		finding_add(findings, "lockdown", VERDICT_OK,
			    "off: unsigned modules can be loaded");
		return;
	}
	finding = finding_add(findings, "lockdown", VERDICT_NOTE,
			      "on (%s): the module can be loaded only if it is signed with an enrolled key",
			      text);
	finding_mend(finding, "mokutil --import /var/lib/dkms/mok.pub");
}

static bool module_loaded(void)
{
	char path[PATH_MAX];

	return !access(doctor_path(path, sizeof(path), "/sys/module/kpager"),
		       F_OK);
}

static void check_headers(struct findings *findings, const char *release)
{
	char path[PATH_MAX], name[PATH_MAX];
	struct finding *finding;

	snprintf(name, sizeof(name), "/lib/modules/%s/build/Makefile", release);
	if (!access(doctor_path(path, sizeof(path), name), F_OK)) {
		finding_add(findings, "headers", VERDICT_OK,
			    "the module can be built for this kernel");
		return;
	}
	/* Nobody needs them for a module that is there. */
	finding = finding_add(findings, "headers",
			      module_loaded() ? VERDICT_NOTE : VERDICT_WRONG,
			      "no headers of kernel %s: the module cannot be built for it",
			      release);
	finding_mend(finding, "apt-get install linux-headers-%s", release);
}

/* Is the module where modprobe looks? */
static bool module_installed(const char *release)
{
	char path[PATH_MAX], name[PATH_MAX], line[4096];
	bool found = false;
	FILE *file;

	snprintf(name, sizeof(name), "/lib/modules/%s/modules.dep", release);
	file = fopen(doctor_path(path, sizeof(path), name), "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, "/kpager.ko");
	if (file)
		fclose(file);
	return found;
}

static void check_module(struct findings *findings, const char *release)
{
	struct finding *finding;

	if (module_loaded()) {
		finding_add(findings, "module", VERDICT_OK, "kpager is loaded");
		return;
	}
	if (module_installed(release)) {
		finding = finding_add(findings, "module", VERDICT_WRONG,
				      "kpager is installed, but not loaded");
		finding_mend(finding, "modprobe kpager");
		return;
	}
	finding = finding_add(findings, "module", VERDICT_WRONG,
			      "kpager is not installed for kernel %s", release);
	finding_mend(finding, "make install && modprobe kpager");
}

/* Does the module that is loaded speak the language of this command? */
static void check_proc(struct findings *findings,
		       const struct kpager_error *error)
{
	struct finding *finding;

	switch (error->cause) {
	case KPAGER_CAUSE_PERMISSION:
		finding = finding_add(findings, "statistics", VERDICT_WRONG,
				      "%s", error->text);
		finding_mend(finding, "sudo kpager doctor");
		break;
	case KPAGER_CAUSE_MODULE:
		/* That was said already. */
		break;
	default:
		finding = finding_add(findings, "statistics", VERDICT_WRONG,
				      "%s", error->text);
		if (error->err == EPROTONOSUPPORT)
			finding_mend(finding, "rmmod kpager && modprobe kpager");
	}
}

static void check_control(struct findings *findings)
{
	const char *directory = secure_getenv("KPAGER_DEV");
	struct finding *finding;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/control",
		 directory ? directory : "/dev/kpager");
	if (access(path, F_OK)) {
		finding = finding_add(findings, "control node", VERDICT_WRONG,
				      "there is no %s although the module is loaded",
				      path);
		finding_mend(finding, "udevadm trigger --subsystem-match=misc");
	} else if (access(path, R_OK | W_OK)) {
		finding = finding_add(findings, "control node", VERDICT_NOTE,
				      "%s: not permitted: you can look, but neither create nor destroy",
				      path);
		finding_mend(finding, "sudo kpager create ...");
	} else {
		finding_add(findings, "control node", VERDICT_OK,
			    "%s can be used", path);
	}
}

/* The bits of /proc/sys/kernel/tainted that say that something went wrong. */
static const struct {
	unsigned int bit;
	const char *what;
} taints[] = {
	{ 1, "a module was loaded by force" },
	{ 4, "a machine check (hardware error)" },
	{ 5, "a bad page" },
	{ 7, "the kernel has crashed (oops)" },
	{ 9, "the kernel has warned" },
	{ 14, "a soft lockup" },
};

static void check_taint(struct findings *findings)
{
	char text[64], bad[FOUND_SIZE] = "";
	struct finding *finding;
	unsigned long value;
	size_t i, used = 0;

	if (doctor_read("/proc/sys/kernel/tainted", text, sizeof(text))) {
		finding_add(findings, "taint", VERDICT_UNKNOWN,
			    "/proc/sys/kernel/tainted cannot be read");
		return;
	}
	value = strtoul(text, NULL, 10);
	for (i = 0; i < sizeof(taints) / sizeof(taints[0]); i++)
		if (value >> taints[i].bit & 1)
			used += snprintf(bad + used, sizeof(bad) - used,
					 "%s%s", used ? ", " : "",
					 taints[i].what);
	if (!used) {
		finding_add(findings, "taint", VERDICT_OK,
			    "%lu: nothing has gone wrong since boot", value);
		return;
	}
	finding = finding_add(findings, "taint", VERDICT_WRONG, "%lu: %s",
			      value, bad);
	finding_mend(finding, "dmesg --level=emerg,alert,crit,err,warn; then reboot");
}

/* Return: a line of /proc/meminfo in bytes, or 0. */
static uint64_t meminfo(const char *key)
{
	char text[4096];
	uint64_t kib = 0;
	char *line;

	if (doctor_read("/proc/meminfo", text, sizeof(text)))
		return 0;
	line = strstr(text, key);
	if (line)
		sscanf(line + strlen(key), ": %" SCNu64, &kib);
	return kib * 1024;
}

static void check_memory(struct findings *findings,
			 const struct kpager_stat *stat)
{
	uint64_t total = meminfo("MemTotal");
	uint64_t available = meminfo("MemAvailable");
	uint64_t limit = 0, held = 0;
	char a[NUMBER_SIZE], b[NUMBER_SIZE];
	struct finding *finding;

	kpager_stat_value(stat, "limit_frames", &limit);
	kpager_stat_value(stat, "frames_total", &held);
	limit *= 4096;
	held *= 4096;
	format_size(a, limit);
	if (!total) {
		finding_add(findings, "memory", VERDICT_UNKNOWN,
			    "/proc/meminfo cannot be read; the limit is %s", a);
		return;
	}
	/* What the pool has already is not available to others. */
	format_size(b, available + held);
	if (limit <= available + held) {
		format_size(b, total);
		finding_add(findings, "memory", VERDICT_OK,
			    "the pool's limit of %s fits into what is available of %s",
			    a, b);
		return;
	}
	finding = finding_add(findings, "memory", VERDICT_WRONG,
			      "the pool may grow to %s, but only %s are available: others would be pushed out of memory",
			      a, b);
	finding_mend(finding, "rmmod kpager && modprobe kpager limit_mb=%llu",
		     (unsigned long long)(available + held) / 2 / MIB + 1);
}

static void check_counters(struct findings *findings,
			   const struct kpager_stat *stat)
{
	uint64_t errors = 0, lost = 0, sigbus = 0;
	struct finding *finding;

	kpager_stat_value(stat, "io_errors", &errors);
	kpager_stat_value(stat, "frames_lost", &lost);
	kpager_stat_value(stat, "faults_sigbus", &sigbus);
	if (!errors && !lost && !sigbus) {
		finding_add(findings, "errors", VERDICT_OK,
			    "no failed request, no lost frame, no SIGBUS since load");
		return;
	}
	finding = finding_add(findings, "errors",
			      errors || lost ? VERDICT_WRONG : VERDICT_NOTE,
			      "since load %" PRIu64 " store requests failed, %" PRIu64 " frames were lost, %" PRIu64 " faults ended in SIGBUS",
			      errors, lost, sigbus);
	finding_mend(finding, "kpager list -o name,io_errors,backing; dmesg | grep kpager");
}

/* What can be asked only while the module is there. */
static void examine_module(struct findings *findings)
{
	struct kpager_segments *segments;
	struct kpager_error error;
	struct kpager_stat *stat;

	if (kpager_stat_read(&stat, &error)) {
		check_proc(findings, &error);
		return;
	}
	if (kpager_segments_read(&segments, &error)) {
		check_proc(findings, &error);
		kpager_stat_free(stat);
		return;
	}
	finding_add(findings, "statistics", VERDICT_OK,
		    "/proc/kpager is of version %d, as this command knows it",
		    KPAGER_PROC_VERSION);
	check_control(findings);
	check_memory(findings, stat);
	check_counters(findings, stat);
	doctor_stores(findings, segments);
	kpager_segments_free(segments);
	kpager_stat_free(stat);
}

static const char *const verdicts[] = {
	[VERDICT_OK] = "ok",
	[VERDICT_NOTE] = "note",
	[VERDICT_WRONG] = "wrong",
	[VERDICT_UNKNOWN] = "unknown",
};

/* Colours of the verdicts, as in a terminal's own palette. */
static const char *const colours[] = {
	[VERDICT_OK] = "32",
	[VERDICT_NOTE] = "33",
	[VERDICT_WRONG] = "31;1",
	[VERDICT_UNKNOWN] = "33",
};

static void print_findings(const struct findings *findings)
{
	bool colour = output_colour();
	size_t i;

	for (i = 0; i < findings->count; i++) {
		const struct finding *f = &findings->list[i];

		if (colour)
			printf("\033[%sm%-7s\033[m ", colours[f->verdict],
			       verdicts[f->verdict]);
		else
			printf("%-7s ", verdicts[f->verdict]);
		printf("%s: %s\n", f->check, f->found);
		if (*f->mend)
			printf("        mend: %s\n", f->mend);
	}
}

static void print_json(const struct findings *findings)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < findings->count; i++) {
		const struct finding *f = &findings->list[i];
		struct json_object *object = json_object_new_object();

		json_add(object, "check", json_text(f->check));
		json_add(object, "verdict", json_text(verdicts[f->verdict]));
		json_add(object, "found", json_text(f->found));
		json_add(object, "mend", json_text(f->mend));
		json_append(array, object);
	}
	json_print("doctor", array);
}

static int examine(bool json)
{
	struct findings findings = { 0 };
	struct utsname system = { 0 };
	char release[sizeof(system.release)];
	int ret = EXIT_DONE;
	size_t i;

	uname(&system);
	if (doctor_read("/proc/sys/kernel/osrelease", release, sizeof(release)))
		strcpy(release, system.release);
	check_kernel(&findings, release);
	check_config(&findings, release);
	check_lockdown(&findings);
	check_headers(&findings, release);
	check_module(&findings, release);
	check_taint(&findings);
	if (module_loaded())
		examine_module(&findings);
	if (json)
		print_json(&findings);
	else
		print_findings(&findings);
	for (i = 0; i < findings.count; i++)
		if (findings.list[i].verdict == VERDICT_WRONG)
			ret = EXIT_FAILED;
	free(findings.list);
	return ret;
}

int command_doctor(int argc, char **argv)
{
	bool json = false;

	if (take_json(argc, argv, &json))
		return EXIT_USAGE;
	if (take_nothing(argc, argv))
		return EXIT_USAGE;
	return examine(json);
}
