// SPDX-License-Identifier: GPL-2.0
/*
 * store_test.c - how a page is kept in memory
 */

#include "../../module/store/inject.h"
#include "../../module/store/packed.h"
#include "tap.h"

#define WORDS	(PAGE_SIZE / sizeof(u64))

static u64 seed;

static void fill(u64 *page, u64 word)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		page[i] = word;
}

/* One bit anywhere makes the difference. */
static void test_same(void)
{
	static u64 page[WORDS];
	unsigned long i, bad = 0, nr = tap_scaled(20000);
	u64 word, found;
	unsigned int at, bit;

	for (i = 0; i < nr; i++) {
		word = i % 3 ? tap_next(&seed) : i;
		fill(page, word);
		bad += !packed_page_is_same(page, &found) || found != word;
		at = tap_below(&seed, WORDS);
		bit = tap_below(&seed, 64);
		page[at] ^= 1ull << bit;
		bad += packed_page_is_same(page, &found);
	}
	tap_ok(!bad, "a page that repeats a word, and one bit off, %lu times",
	       nr);
	for (at = 0, bad = 0; at < WORDS; at++) {
		fill(page, 0);
		page[at] = 1;
		bad += packed_page_is_same(page, &found);
	}
	tap_ok(!bad, "every word is looked at");
}

/* The class is the smallest with room; a naive search says which. */
static void test_classes(void)
{
	u32 bytes, need, bad = 0, wasted = 0, worst = 0;
	unsigned int i, class;

	for (i = 1; i < PACKED_NR_CLASSES; i++)
		bad += packed_class_sizes[i] <= packed_class_sizes[i - 1] ||
		       packed_class_sizes[i] % 8;
	tap_ok(!bad && packed_class_sizes[PACKED_NR_CLASSES - 1] < PAGE_SIZE,
	       "sizes grow, are aligned and less than a page");
	for (bytes = 0; bytes <= 2 * PAGE_SIZE; bytes++) {
		need = bytes + sizeof(struct packed_object);
		for (i = 0; i < PACKED_NR_CLASSES; i++)
			if (packed_class_sizes[i] >= need)
				break;
		class = packed_class(bytes);
		bad += class != i;
		if (class == PACKED_RAW || need <= 248)
			continue;
		wasted = packed_class_sizes[class] - need;
		worst = max(worst, wasted * 100 / packed_class_sizes[class]);
	}
	tap_ok(!bad, "the smallest class with room is chosen");
	tap_ok(worst <= 34, "of a larger object at most %u %% are unused",
	       worst);
	tap_ok(packed_class(PAGE_SIZE) == PACKED_RAW &&
	       packed_class(sizeof(u64)) == 0 && sizeof(struct packed_object) == 4,
	       "a page is raw, a word is in the smallest class");
}

/* Words and frames never look like each other, and come back as they were. */
static void test_values(void)
{
	unsigned long i, value, bad = 0, nr = tap_scaled(100000);
	u64 word;
	u32 frame;

	for (i = 0; i < nr; i++) {
		word = tap_next(&seed) >> tap_below(&seed, 64);
		frame = tap_next(&seed);
		value = packed_value_frame(frame);
		bad += !packed_value_is_frame(value) || value >> 63 ||
		       packed_value_to_frame(value) != frame;
		bad += packed_word_fits(word) != (word < 1ull << 62);
		if (!packed_word_fits(word))
			continue;
		value = packed_value_word(word);
		bad += packed_value_is_frame(value) || value >> 63 ||
		       packed_value_to_word(value) != word;
	}
	tap_ok(!bad, "%lu values of words and frames", nr);
	tap_ok(packed_word_fits((1ull << 62) - 1) && !packed_word_fits(1ull << 62) &&
	       !packed_word_fits(U64_MAX), "the largest word that fits");
}

static void test_inject_parse(void)
{
	static const char *const bad[] = {
		"read_error", "read_error=", "read_error=0", "read_error=-1",
		"read_error=1x", "read_error=1/", "read_error=1/0",
		"read_error=2/3", "read_error=99999999999", "=1", "foo=1",
		"nomem=1 nomem=1", "delay_ms=1/2", "delay_ms=10001",
		"nomem=1000001", "nomem=1,short=1", "off", "nomem = 1",
	};
	struct inject_rule rules[INJECT_NR_RULES], same[INJECT_NR_RULES];
	char buf[256], small[8];
	unsigned int i, wrong = 0;
	int len;

	memset(rules, 1, sizeof(rules));
	tap_ok(!inject_parse(" \n\t", rules) && !rules[INJECT_nomem].n &&
	       inject_format(rules, buf, sizeof(buf)) == 4 &&
	       !strcmp(buf, "off\n"), "nothing is off");
	tap_ok(!inject_parse("nomem=1/3 read_error=2\n", rules) &&
	       rules[INJECT_nomem].n == 3 && rules[INJECT_nomem].every &&
	       rules[INJECT_read_error].n == 2 &&
	       !rules[INJECT_read_error].every && !rules[INJECT_short].n,
	       "the next two, and every third");
	memcpy(same, rules, sizeof(rules));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		wrong += inject_parse(bad[i], rules) != -EINVAL ||
			 memcmp(rules, same, sizeof(rules));
	tap_ok(!wrong, "nonsense is refused and changes nothing");
	inject_parse("read_error=1000000 write_error=1/1000000 short=1/999999 corrupt=1000000 nomem=1/1000000 flush_error=1/1000000 delay_ms=10000",
		     rules);
	len = inject_format(rules, buf, sizeof(buf));
	tap_ok(len == (int)strlen(buf) && !inject_parse(buf, same) &&
	       !memcmp(rules, same, sizeof(rules)), "the longest text: %d bytes",
	       len);
	len = inject_format(rules, small, sizeof(small));
	tap_ok(len == 7 && small[7] == 0, "a small buffer is not overrun");
}

/* Random rules survive being written and read; random text does no harm. */
static void test_inject_random(void)
{
	static const char alphabet[] = "read_writeshocpnmflus=1/0 29\n";
	struct inject_rule rules[INJECT_NR_RULES], same[INJECT_NR_RULES];
	unsigned long i, bad = 0, nr = tap_scaled(20000);
	char buf[256];
	unsigned int j, len;

	for (i = 0; i < nr; i++) {
		memset(rules, 0, sizeof(rules));
		for (j = 0; j < INJECT_NR_RULES; j++) {
			rules[j].n = tap_below(&seed, 3) ? 0 :
				1 + tap_below(&seed, INJECT_DELAY_MAX);
			rules[j].every = rules[j].n && j != INJECT_delay_ms &&
				tap_below(&seed, 2);
		}
		memset(same, 0, sizeof(same));
		inject_format(rules, buf, sizeof(buf));
		bad += inject_parse(strcmp(buf, "off\n") ? buf : "", same) ||
		       memcmp(rules, same, sizeof(rules));
		len = tap_below(&seed, 40);
		for (j = 0; j < len; j++)
			buf[j] = alphabet[tap_below(&seed, sizeof(alphabet) - 1)];
		buf[len] = 0;
		inject_parse(buf, same);
	}
	tap_ok(!bad, "%lu sets of rules as text", nr);
}

int main(void)
{
	tap_begin();
	seed = tap_seed;
	test_same();
	test_classes();
	test_values();
	test_inject_parse();
	test_inject_random();
	return tap_end();
}
