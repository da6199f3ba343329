#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What README.md tells people to type exists: make targets, kpager commands and
# their options, options of the VM runner, module parameters, files.  And what
# exists is in README.md: every target that make help lists, every command.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

readme=README.md
if [ ! -f "$readme" ]; then
	problem "there is no $readme"
	finish
fi
need perl
need make

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Everything in code blocks and code spans that looks like one of ours, as
# lines "KIND<TAB>WORD[<TAB>WORD]".
perl -ne '
	if (/^\s*(```|~~~)/) { $fence = !$fence; next }
	push @code, $fence ? $_ : /(?<!`)`([^`]+)`/g;
	push @link, /\]\(([^)\s]+)\)/g unless $fence;
	END {
		s/[#\s].*// for @link;
		print "path\t$_\n" for grep { length && !/^[a-z]+:/ } @link;
		for my $line (@code) {
			# A quoted comment is prose: it may say "make sure".
			$line =~ s/(^|\s)#\s.*//s unless $line =~ /^#!/;
			$line =~ s/\/\*.*?(\*\/|$)//g;
			for my $command (split /;|\s\|\s|&&/, $line) {
				if ($command =~ /(?:^|\s)make((?:\s+\S+)*)\s*$/) {
					my @words = split " ", $1;
					next if grep { /^-C/ } @words;
					for (map { /=/ ? $_ : split /\|/ } @words) {
						s/[\[\],.:)]+//g;
						print "make\t$_\n"
							if /^[a-z][a-z0-9-]*$/;
						print "variable\t$1\n" if /^([A-Z]+)=/;
					}
				}
				if ($command =~ /(?:^|[\s\/])kpager\s+([a-z]+)\b(.*)/s) {
					my ($sub, $rest) = ($1, $2);
					next if $command =~ /(rmmod|modprobe|modinfo|lsmod|grep)\s/;
					print "kpager\t$sub\n";
					print "kpager\t$sub\t$_\n"
						for $rest =~ /(?:^|[\s\[|])(--[a-z][a-z-]*)/g;
				}
				if ($command =~ /selftests\/vm\/run\b(.*)/s) {
					my $rest = $1;
					$rest =~ s/\s--\s.*//s;
					print "run\t$_\n" for $rest =~ /(--[a-z][a-z-]*)/g;
				}
				if ($command =~ /\b(?:insmod|modprobe)\s+\S*kpager\S*(.*)/s) {
					print "parameter\t$_\n" for $1 =~ /\b([a-z_]+)=/g;
				}
				print "path\t$_\n" for $command =~
					m{(?:^|[\s"=(]|\./)((?:selftests|userspace|module|Documentation|\.ci)/[A-Za-z0-9_./-]*)}g;
			}
		}
	}' "$readme" | sort -u >"$work/said"

said() { # KIND [FIRST-WORD]
	awk -F '\t' -v kind="$1" -v first="${2-}" '
		$1 == kind && (first == "" ? NF == 2 : $2 == first && NF == 3) {
			print $NF
		}' "$work/said"
}

# ---- make ----

make -pRrq help 2>/dev/null |
	awk '/^# Not a target/ { getline; next }
		/^[A-Za-z][A-Za-z0-9_-]*:([^=]|$)/ { sub(/:.*/, ""); print }' |
	sort -u >"$work/targets"
while IFS= read -r word; do
	grep -qx -- "$word" "$work/targets" ||
		problem "$readme: 'make $word': no such target"
done < <(said make)
make --no-print-directory help >"$work/help" 2>&1 || problem "make help fails"
while IFS= read -r word; do
	grep -qw -- "$word" Makefile selftests/*/Makefile userspace/Makefile ||
		problem "$readme: make variable $word: not in any Makefile"
done < <(said variable)
while IFS= read -r word; do
	said make | grep -qx -- "$word" ||
		problem "make help lists 'make $word', $readme does not"
done < <(grep -oE 'make +[a-z][a-z|-]*' "$work/help" | sed 's/make *//' |
	tr '|' '\n' | sort -u)

# ---- the command ----

# Only asked for its help; CHECK_BUILD is where it may have been built before.
build=${CHECK_BUILD:-$work/build}
if make -s -C userspace O="$build" CFLAGS=-O0 static >"$work/log" 2>&1; then
	kpager=$build/kpager-static
	"$kpager" help >"$work/commands"
	sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' "$work/commands" |
		sort -u >"$work/subcommands"
	[ -s "$work/subcommands" ] || problem "kpager help lists no commands"
	while IFS= read -r word; do
		grep -qx -- "$word" "$work/subcommands" || {
			problem "$readme: 'kpager $word': no such command"
			continue
		}
		"$kpager" help "$word" >"$work/options"
		while IFS= read -r option; do
			grep -qE -- "(^|[^a-z-])$option([^a-z-]|$)" "$work/options" ||
				problem "$readme: 'kpager $word $option': no such option"
		done < <(said kpager "$word")
	done < <(said kpager)
	while IFS= read -r word; do
		said kpager | grep -qx -- "$word" ||
			problem "kpager has a command '$word', $readme does not"
	done < <(grep -vx help "$work/subcommands")
else
	problem "the kpager command does not build:"$'\n'"$(cat "$work/log")"
fi

# ---- runner, parameters, files ----

selftests/vm/run --help >"$work/options"
while IFS= read -r word; do
	grep -qE -- "(^|[^a-z-])$word([^a-z-]|$)" "$work/options" ||
		problem "$readme: selftests/vm/run $word: no such option"
done < <(said run)

while IFS= read -r word; do
	files 'module/*.c' | xargs grep -qE "^module_param(_named|_cb)?\($word," ||
		problem "$readme: module parameter $word=: no such parameter"
done < <(said parameter)

while IFS= read -r word; do
	# The full stop of a sentence is no part of a name.
	[ -e "$word" ] || [ -e "${word%.}" ] ||
		problem "$readme: $word: no such file"
done < <(said path)
finish
