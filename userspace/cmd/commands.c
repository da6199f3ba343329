// SPDX-License-Identifier: GPL-2.0
/* The list of commands, and what 'kpager help' says about each. */
#include "kpager.h"

/* Of the commands that list things. */
#define LISTING_ARGUMENTS \
	"[-o COLUMNS] [--noheadings] [--bytes] [--raw] [--json]"
#define LISTING_HELP \
	"  -o, --output COLUMNS  which columns, separated by commas, or 'all'\n" \
	"  -n, --noheadings      no line with the names of the columns\n" \
	"  -b, --bytes           sizes in bytes instead of for people\n" \
	"  -r, --raw             one space between columns, \\x20 for a space in one\n"

const struct command commands[] = {
	{
		"create", command_create,
		"NAME --size SIZE (--backing PATH [--sparse] | --memory | --contiguous) [--policy POLICY] [--mode OCTAL] [--deterministic N] [--json]",
		"create a segment on a file or block device, or in memory",
		"  -s, --size SIZE       its size: bytes, or with K, M, G, T (powers of 1024)\n"
		"  -b, --backing PATH    where its pages live; a missing file is created, and\n"
		"                        holes in a file are filled, so that every page has a\n"
		"                        block before it is needed\n"
		"  -p, --policy POLICY   replacement policy (default: the module's)\n"
		"  -m, --mode OCTAL      permissions of /dev/kpager/NAME (default: 0600)\n"
		"      --sparse          fill nothing; writing pages back may then fail with\n"
		"                        ENOSPC\n"
		"      --memory          in compressed memory, which ends with the segment\n"
		"      --contiguous      in physically contiguous memory, never evicted\n"
		"      --deterministic N with N frames and nothing in the background, for\n"
		"                        kpager replay on it\n"
		"      --json            print the segment as JSON\n",
	}, {
		"destroy", command_destroy,
		"NAME [--discard] [--json]",
		"write a segment's dirty pages and destroy it",
		"      --discard         destroy it even if they cannot be written: they are\n"
		"                        lost\n"
		"      --json            print the name as JSON\n",
	}, {
		"resize", command_resize,
		"NAME SIZE [--json]",
		"change the size of a segment",
		"      --json            print the segment as JSON\n"
		"\n"
		"SIZE is in bytes, or has K, M, G, T (powers of 1024). What lies behind a new end\n"
		"is gone, even if it is mapped; the store is left as it is.\n",
	}, {
		"get", command_get,
		"NAME [KEY...] [-o COLUMNS] [--noheadings] [--bytes] [--raw] [--json]",
		"print the attributes of a segment, or those named",
		LISTING_HELP
		"      --json            the values as JSON\n"
		"\n"
		"NAME 'control' stands for the attributes of the module.\n",
	}, {
		"set", command_set,
		"NAME KEY=VALUE... [--json]",
		"change attributes of a segment, in the order given",
		"      --json            print the new values as JSON\n"
		"\n"
		"NAME 'control' stands for the attributes of the module. 'kpager get NAME' lists\n"
		"them, and what they take. Where that is pages, a size like 64M will do.\n",
	}, {
		"pin", command_pin,
		"NAME RANGE [--seconds S] [--json]",
		"keep pages of a segment in memory, until this is ended",
		"  -s, --seconds S       for S seconds (default: until interrupted)\n"
		"      --json            say in JSON what is pinned, when it is\n"
		"\n"
		"RANGE is FROM-TO, FROM+LENGTH or all: bytes, or with K, M, G, T.\n",
	}, {
		"volatile", command_volatile,
		"NAME RANGE [--json]",
		"let the contents of a range be forgotten when memory is short",
		"      --json            print the range as JSON\n"
		"\n"
		"RANGE is FROM-TO, FROM+LENGTH or all: bytes, or with K, M, G, T.\n",
	}, {
		"nonvolatile", command_nonvolatile,
		"NAME RANGE [--json]",
		"end that, and say how many pages were lost",
		"      --json            print the range and what was lost as JSON\n"
		"\n"
		"RANGE is FROM-TO, FROM+LENGTH or all: bytes, or with K, M, G, T.\n",
	}, {
		"list", command_list,
		LISTING_ARGUMENTS,
		"list the segments",
		LISTING_HELP
		"      --json            all columns as JSON, resident and dirty in pages\n",
	}, {
		"stat", command_stat,
		"[NAME] [--interval S] [--count N] [-o COLUMNS] [--noheadings] [--bytes] [--json]",
		"print the counters of the module or of one segment, or their rates",
		"  -i, --interval S      a line with what happened a second, every S seconds\n"
		"  -c, --count N         that many lines (default: until interrupted)\n"
		"  -o, --output COLUMNS  of such a line, separated by commas, or 'all'\n"
		"  -n, --noheadings      no line with the names of the columns\n"
		"  -b, --bytes           sizes in bytes instead of for people\n"
		"      --json            as JSON; with --interval or --count a document a line\n",
	}, {
		"buddy", command_buddy,
		LISTING_ARGUMENTS,
		"show how the memory of the pool is divided and fragmented",
		LISTING_HELP
		"      --json            everything as JSON, sizes in frames of 4096 bytes\n"
		"\n"
		"A table of the pool's arenas and, unless -o or --noheadings is given, a map of\n"
		"the blocks in each.\n",
	}, {
		"slab", command_slab,
		LISTING_ARGUMENTS,
		"list the caches of the slab allocator",
		LISTING_HELP
		"      --json            all columns as JSON\n",
	}, {
		"record", command_record,
		"NAME [-o FILE] [--seconds S] [--buffer SIZE] [--json] [-- PROGRAM...]",
		"record which pages of a segment are used, for replay",
		"  -o, --output FILE     where to (default: standard output, if no terminal)\n"
		"  -s, --seconds S       for S seconds (default: until interrupted)\n"
		"  -b, --buffer SIZE     of the kernel's buffer of each CPU (default: 4M)\n"
		"      --json            say in JSON what was recorded\n"
		"\n"
		"With a PROGRAM, it is run and recorded until it ends.\n",
	}, {
		"replay", command_replay,
		"[--policy POLICIES] [--frames N,...] [--fraction P%,...] [--ideal-bit | --tlb N] [--param NAME=N] [--plot FILE] [--device NAME] [--json] TRACE",
		"run a trace of page requests through replacement policies",
		"  -p, --policy POLICIES which, separated by commas, or 'all' (the default)\n"
		"  -f, --frames N,...    with so many frames\n"
		"  -F, --fraction P%,... with so many percent of the distinct pages, rounded to\n"
		"                        the nearest (default: 1%,10%,50%)\n"
		"      --ideal-bit       the reference bit is set by each hit and by nothing else\n"
		"      --tlb N           accesses do not set it while a TLB of N entries still\n"
		"                        holds the page\n"
		"      --param NAME=N    set a parameter of those policies that have it\n"
		"      --device NAME     have a segment run it, with its own frames and, unless\n"
		"                        --policy names others, its policy; it is emptied first\n"
		"      --plot FILE       draw miss-ratio curves to FILE.svg or FILE.png\n"
		"  -n, --noheadings      no line with the names of the columns\n"
		"  -r, --raw             one space between columns\n"
		"      --json            an array with an object for each policy and size\n"
		"\n"
		"Runs on the host, with the module's own policies; no module is needed. TRACE\n"
		"has a request a line, 'NUMBER', 'R NUMBER' or 'W NUMBER', or is a recording;\n"
		"'-' is the standard input.\n",
	}, {
		"latency", command_latency,
		"NAME [--json]",
		"show how long faults, evictions and writes of a segment take",
		"      --json            percentiles and buckets as JSON, in ns\n",
	}, {
		"advise", command_advise,
		"NAME [--sample N|off] [--json]",
		"say which policy and how much memory a segment would want",
		"  -s, --sample N        only begin anew to look at one page of N, up to 10000;\n"
		"                        'off': look at none\n"
		"      --json            the advice and the miss-ratio curves as JSON\n"
		"\n"
		"From what the segment did lately, while it was looked at.\n",
	}, {
		"map", command_map,
		"NAME [--ansi | --svg FILE | --png FILE | --json]",
		"show what is in memory of a segment, and where",
		"      --ansi            with colours, even if this is no terminal\n"
		"      --svg FILE        draw it to a file whose name ends in .svg\n"
		"      --png FILE        or in .png\n"
		"      --json            as JSON, in pages\n",
	}, {
		"oom", command_oom,
		"[explain [N]] [--json]",
		"list what was decided when no frame could be had, and explain it",
		"      --json            everything that was recorded, as JSON\n"
		"\n"
		"With 'explain', decision N, or the last one, is made once more from its record\n"
		"and explained; exits with 1 if that leads to another victim. Only root may.\n",
	}, {
		"top", command_top,
		"[--interval S] [--view VIEW] [--sort COLUMN] [--once] [--play FILE] [--json]",
		"watch the module on the full screen, and change its segments",
		"  -i, --interval S      refresh every S seconds (default: 1)\n"
		"      --view VIEW       begin with segments, buddy, slab, latency or oom\n"
		"      --sort COLUMN     by name, resident, dirty, hit, minor, major, evict,\n"
		"                        write, stall, thrash or policy\n"
		"      --once            print the screen as text; LINES and COLUMNS say how large\n"
		"      --play FILE       show a recording of 'kpager watch'\n"
		"      --json            print the numbers of the screen once, as JSON\n"
		"\n"
		"The key '?' explains the keys.\n",
	}, {
		"watch", command_watch,
		"[NAME] [--interval S] [--count N] [-o FILE] [--json]",
		"record what the module says, for top, plot and you",
		"  -i, --interval S      a sample every S seconds (default: 1)\n"
		"  -c, --count N         so many (default: until interrupted)\n"
		"  -o, --output FILE     where to (default: standard output, if no terminal)\n"
		"      --json            say in JSON what was recorded\n"
		"\n"
		"With NAME, the segment's own statistics and latencies are recorded, too.\n",
	}, {
		"plot", command_plot,
		"[FILE | --live S] -o PICTURE [--segment NAME] [--json]",
		"draw what happened over time",
		"      --live S          look for S seconds instead of reading a recording\n"
		"  -o, --output PICTURE  the file, whose name ends in .svg or .png\n"
		"  -s, --segment NAME    of one segment instead of the whole module\n"
		"      --json            say in JSON what was drawn\n"
		"\n"
		"FILE is a recording of 'kpager watch'; '-' is the standard input. Miss-ratio\n"
		"curves are drawn by 'kpager replay'.\n",
	}, {
		"export", command_export,
		"--prometheus [--listen ADDRESS:PORT | --textfile PATH | --json]",
		"tell the numbers to a monitoring system",
		"      --prometheus      in the text format of Prometheus\n"
		"      --listen A:PORT   answer requests for http://A:PORT/metrics until ended\n"
		"      --textfile PATH   write them to a file, for node_exporter; otherwise to\n"
		"                        standard output\n"
		"      --json            the text as JSON\n",
	}, {
		"run", command_run,
		"[--limit SIZE] [--size SIZE] [--policy POLICY] [--store PATH] [--threshold SIZE] [--json] [--] PROGRAM [ARGUMENT...]",
		"run a program with its large memory in a segment",
		"      --limit SIZE      of it in memory (default: 64M)\n"
		"      --size SIZE       of the segment (default: 16 times the limit)\n"
		"  -p, --policy POLICY   replacement policy (default: the module's)\n"
		"      --store PATH      a new file, or a block device whose contents are lost\n"
		"                        (default: compressed memory)\n"
		"      --threshold SIZE  pieces of this size or more (default: 256K)\n"
		"      --json            say in JSON what happened\n"
		"\n"
		"The manual page says what is not covered.\n",
	}, {
		"bench", command_bench,
		"[--seconds S] [--backing PATH] [--noheadings] [--raw] [--json]",
		"compare a segment with mmap of the same file, on this machine",
		"  -s, --seconds S       how long all of it takes (default: 120)\n"
		"  -b, --backing PATH    a new file, removed at the end (default: in /var/tmp)\n"
		"  -n, --noheadings      no line with the names of the columns\n"
		"  -r, --raw             one space between columns\n"
		"      --json            what was measured as JSON\n"
		"\n"
		"64 MiB of data and 16 MiB of memory: a segment with that resident_max, beside\n"
		"mmap in a memory cgroup (v2) with that limit.\n",
	}, {
		"doctor", command_doctor,
		"[--json]",
		"find what is wrong with this machine's set-up, and how to mend it",
		"      --json            as JSON\n"
		"\n"
		"Exits with 1 if something is wrong that needs mending.\n",
	}, {
		"help", command_help,
		"[COMMAND]",
		"explain a command",
		"",
	},
};

const size_t n_commands = sizeof(commands) / sizeof(commands[0]);
