#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""numpy.memmap on a segment, beside the same on ordinary memory.

usage: numpy-memmap.py SEGMENT STORE

The segment has 16 MiB, of which a quarter may be in memory; the file STORE is
its store.  A failed assertion ends the test.
"""
import os
import sys

import numpy

name, store = sys.argv[1:]
device = '/dev/kpager/' + name
SIZE = 16 << 20


def value(key):
    """A counter of the segment."""
    with open(f'/proc/kpager/segment/{name}/stat') as lines:
        return int(dict(line.split() for line in lines)[key])


random = numpy.random.default_rng(1)

# r+: all of it, from the size of the device.
array = numpy.memmap(device, dtype='f8', mode='r+')
assert array.nbytes == SIZE
wanted = random.random(len(array))
array[:] = wanted
assert (array == wanted).all()
assert value('resident') <= SIZE // 4096 // 4
assert value('evictions') > 0

# What numpy does with an array: in place, through views, with masks.
array.sort()
wanted.sort()
assert (array == wanted).all()
table, copy = array.reshape(-1, 512), wanted.reshape(-1, 512)
table[::7] *= 2
copy[::7] *= 2
rows = random.integers(0, len(table), 500)
table[rows], copy[rows] = -1, -1
table[table < 0.25], copy[copy < 0.25] = 4, 4
assert (table == copy).all()
assert numpy.allclose(table @ numpy.ones(512), copy @ numpy.ones(512))
assert (table.T[3] == copy.T[3]).all()

# flush: on the store; the file has what the array has.
array.flush()
assert (numpy.fromfile(store, dtype='f8', count=SIZE // 8) == array).all()

# r: no writing.  Offset and shape.
read = numpy.memmap(device, dtype='f8', mode='r', offset=4096 * 5 + 8, shape=(100, 3))
assert (read.ravel() == array[4096 * 5 // 8 + 1:][:300]).all()
try:
    read[0] = 1
    raise AssertionError('an array for reading was written')
except ValueError:
    pass

# c: private, even when its pages leave memory.
private = numpy.memmap(device, dtype='f8', mode='c')
private[:: 4096 // 8] = -5
array[1 :: 4096 // 8] += 1
total = float(array.sum())
assert (private[:: 4096 // 8] == -5).all()
assert not (array[:: 4096 // 8] == -5).any()
assert float(array.sum()) == total

# w+: as r+, as nothing can be cut off.
new = numpy.memmap(device, dtype='u1', mode='w+', shape=(SIZE,))
new[-1] = 77
assert numpy.memmap(device, dtype='u1', mode='r')[-1] == 77

# Beyond the end there is nothing.
try:
    numpy.memmap(device, dtype='u1', mode='r', shape=(SIZE + 1,))
    raise AssertionError('an array behind the end')
except (OSError, ValueError):
    pass

# Two arrays, two processes: the same bytes.
if not os.fork():
    numpy.memmap(device, dtype='u1', mode='r+')[4096:8192] = 9
    os._exit(0)
assert os.wait()[1] == 0
assert (new[4096:8192] == 9).all()
print('numpy', numpy.__version__, 'on a segment: all as in memory')
