#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every source file says its licence in one of its first three lines.
# Prose, data and lists for git need not.

# shellcheck source=selftests/check/lib.sh
. "${0%/*}/lib.sh"

while IFS= read -r file; do
	case $file in
	*.md | *.svg | *.txt | *.json | *.tsv | .gitignore | */.gitignore | \
		LICENSES/* | COPYING | LICENSE) continue ;;
	# Formats that know no comments, and what is about licences itself.
	debian/changelog | debian/copyright | debian/source/format) continue ;;
	esac
	# An empty file has nothing to license.
	[ -s "$file" ] || continue
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ' ||
		problem "$file: no SPDX-License-Identifier in the first three lines"
done < <(files .)
finish
