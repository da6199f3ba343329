#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""schema.py FILE...: is what the files contain JSON as kpager promises it?

A file is a document, or has a document on each line.  Prints what does not fit
the schema; fails if anything does not.
"""
import json
import pathlib
import sys

import jsonschema

SCHEMA = pathlib.Path(__file__).parent / "../schema/kpager.schema.json"

# What no command prints; a schema that accepts anything proves nothing.
WRONG = (
    {},
    {"version": 1},
    {"version": 2, "stat": {}},
    {"version": 1, "segments": [{}]},
    {"version": 1, "stat": {"a": -1}},
    {"version": 1, "nothing": []},
    {"version": 1, "attributes": {"adj": [0]}},
    {"version": 1, "attributes": {"": 0}},
    {"version": 1, "map": [{"page": 0}]},
)


def documents(path):
    """The documents of a file."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


def main(paths):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    bad = 0
    for path in paths:
        for document in documents(path):
            for error in validator.iter_errors(document):
                print(path, error.message[:300])
                bad += 1
    for wrong in WRONG:
        if validator.is_valid(wrong):
            print("the schema accepts", wrong)
            bad += 1
    return bad != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
