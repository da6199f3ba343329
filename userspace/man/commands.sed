# SPDX-License-Identifier: GPL-2.0
# A command's page to an entry of the list of them in kpager(1).
/^kpager-[a-z]* - /{
	s/^kpager-\([a-z]*\) - \(.*\)/*kpager-\1*(1)\n	\2/p
}
