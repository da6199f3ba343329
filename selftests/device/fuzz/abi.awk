# SPDX-License-Identifier: GPL-2.0
#
# Makes a description of kpager's ioctls, for C, from the header that defines
# them: the fields of each structure, then each ioctl.  Nobody has to add a new
# one by hand.

# Continuation lines count as one.
/\\$/ { sub(/\\$/, ""); held = held $0; next }
{ $0 = held $0; held = "" }

/^struct [a-z_]+ \{/ {
	type = $2
	printf "static const struct field fields_%s[] = {\n", type
	known[type] = 1
	next
}

type != "" && /^};/ {
	print "};\n"
	type = ""
	next
}

# "__u32 name;" or "char name[SIZE];"
type != "" && match($0, /^\t[a-z_0-9]+ [a-z_0-9]+(\[[^]]*\])?;/) {
	field = $2
	sub(/[;[].*/, "", field)
	printf "\tFIELD(%s, %s),\n", type, field
}

/^#define KPAGER_[A-Z_]+[ \t]+_IO[WR]*\(/ {
	argument = $0
	if (argument !~ /, *struct /) {
		calls = calls sprintf("\tCALL_PLAIN(%s),\n", $2)
		next
	}
	sub(/.*, *struct /, "", argument)
	sub(/\).*/, "", argument)
	if (!(argument in known)) {
		print "fuzz-abi: " $2 " takes a structure that was not found" >"/dev/stderr"
		exit 1
	}
	calls = calls sprintf("\tCALL(%s, %s),\n", $2, argument)
	n++
}

END { printf "static const struct call calls[] = {\n%s};\n", calls; exit !n }
