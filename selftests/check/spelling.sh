#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# codespell knows no misspelt word in the tree.  It takes names for words now and
# then, so it is not among the checks that run without being named.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

need codespell
mapfile -t names < <(files . ':!*.svg' ':!*.patch' ':!userspace/tests/golden*')
# Names of the kernel's, of tools' and of roff's, which it takes for English.
output=$(codespell -L uptodate,iput,ser,nd,alph,ans,te,sav,fpr,nnumber "${names[@]}" 2>&1) ||
	problem "$output"
finish
