#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
#
# programs.py NAME FILE: prepare FILE for a program, or run it
#
# Real programs that use a file of up to 64 MiB through a mapping, for
# pagetrace.c: SQLite's own code, and numpy's.  The first call, with "prepare"
# as the third argument, makes the file; the second, traced, uses it.

import random
import sys

ROWS = 150000
QUERIES = 12000
SORT = 5 << 20          # numbers of 8 bytes: 40 MiB
MATRIX = (6144, 1024)   # the same of them: 48 MiB, rows of two pages


def sqlite(path, prepare):
    """Point queries by key and by an index, a report now and then."""
    import sqlite3
    draw = random.Random(1)
    db = sqlite3.connect(path)
    if prepare:
        db.execute('PRAGMA journal_mode=OFF')
        db.execute('CREATE TABLE item (id INTEGER PRIMARY KEY, owner INTEGER,'
                   ' price INTEGER, text TEXT)')
        db.executemany(
            'INSERT INTO item VALUES (?, ?, ?, ?)',
            ((i, draw.randrange(ROWS // 10), draw.randrange(1000),
              'x' * draw.randrange(150, 350)) for i in range(ROWS)))
        db.execute('CREATE INDEX item_owner ON item (owner)')
        db.commit()
        return
    db.execute('PRAGMA mmap_size=%d' % (64 << 20))
    db.execute('PRAGMA cache_size=10')
    for i in range(QUERIES):
        # Few items are popular, most are not; a report reads some in order.
        key = int(draw.paretovariate(.7) * 50) % ROWS
        key = key * 7919 % ROWS
        db.execute('SELECT text FROM item WHERE id = ?', (key,)).fetchone()
        if i % 10 == 0:
            owner = int(draw.paretovariate(.7) * 10) % (ROWS // 10)
            db.execute('SELECT sum(price) FROM item WHERE owner = ?',
                       (owner,)).fetchone()
        if i % 2000 == 1999:
            low = draw.randrange(ROWS)
            db.execute('SELECT sum(price), max(text) FROM item'
                       ' WHERE id BETWEEN ? AND ?',
                       (low, low + ROWS // 4)).fetchone()


def sort(path, prepare):
    """Sort numbers in place."""
    import numpy
    if prepare:
        numpy.random.default_rng(1).random(SORT).tofile(path)
        return
    numpy.memmap(path, dtype='f8', mode='r+').sort()


def columns(path, prepare):
    """Centre the columns of a matrix that is stored by rows."""
    import numpy
    if prepare:
        numpy.random.default_rng(1).random(MATRIX).tofile(path)
        return
    matrix = numpy.memmap(path, dtype='f8', mode='r+', shape=MATRIX)
    for i in range(MATRIX[1]):
        matrix[:, i] -= matrix[:, i].mean()


if __name__ == '__main__':
    {'sqlite': sqlite, 'sort': sort, 'columns': columns}[sys.argv[1]](
        sys.argv[2], sys.argv[3:] == ['prepare'])
