#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compare replacement policies on a numpy job that has less memory than data.

The segment is an array for numpy, nothing else is special about it.  The job is
the same for each policy: looking up rows, a few of them again and again, while
sums over all rows run through the memory and would throw those few out.

    kpager create table --size 32M --backing /var/tmp/table.store
    compare-policies.py table --memory 8M -o policies.svg
"""
import argparse
import os
import subprocess
import sys
import time

import numpy

ROW = 4096                              # bytes: a page
POLICIES = 'fifo,clock,two-lists,mglru,2q,s3-fifo,sieve'


def kpager(*words):
    """Run the command; it says itself what goes wrong."""
    done = subprocess.run(('kpager',) + words, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def counters(name):
    """The counters of a segment, by name."""
    with open(f'/proc/kpager/segment/{name}/stat') as lines:
        pairs = (line.split() for line in lines)
        return {key: int(value) for key, value in pairs if value.isdigit()}


def job(table, rounds, seed):
    """The work: returns a number, so that it can be seen that it was done."""
    random = numpy.random.default_rng(seed)
    rows = len(table)
    place = random.permutation(rows)
    total = 0
    for _ in range(rounds):
        # Popular rows, by Zipf's law; they lie anywhere.
        rank = numpy.minimum(random.zipf(1.3, size=rows) - 1, rows - 1)
        for row in place[rank]:
            total += int(table[row, 0])
            table[row, 1] += 1
        # And everything once, as a report would.
        total += int(table[:, 0].sum())
    return total


def forget(name):
    """Begin with empty memory, so that no policy inherits anything."""
    fd = os.open(f'/dev/kpager/{name}', os.O_RDWR)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def measure(name, policy, rounds):
    """Run the job under one policy."""
    kpager('set', name, 'policy=' + policy)
    forget(name)
    table = numpy.memmap(f'/dev/kpager/{name}', dtype='u8', mode='r+')
    table = table.reshape(-1, ROW // table.itemsize)
    before, start = counters(name), time.monotonic()
    total = job(table, rounds, 1)
    seconds = time.monotonic() - start
    after = counters(name)
    return {'policy': policy, 'total': total, 'seconds': seconds,
            'read': after['pages_read'] - before['pages_read'],
            'written': after['pages_written'] - before['pages_written']}


def draw(path, results, title):
    """Bars of the pages read and written, as SVG; fit for black and white."""
    left, bar, gap, width = 110, 14, 12, 520
    height = 60 + len(results) * (2 * bar + gap) + 40
    most = max(max(r['read'], r['written']) for r in results) or 1
    step = max(1, round(most / 5, 1 - len(str(most // 5))))
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 70}" '
           f'height="{height}" font-family="sans-serif" font-size="12">',
           '<rect width="100%" height="100%" fill="white"/>',
           f'<text x="{left}" y="20" font-size="14">{title}</text>']

    def box(x, y, wide, fill):
        out.append(f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{bar}" '
                   f'fill="{fill}" stroke="black"/>')

    def text(x, y, words, anchor='start'):
        out.append(f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}">{words}</text>')

    box(left, 30, 20, 'black')
    text(left + 26, 42, 'pages read')
    box(left + 130, 30, 20, 'white')
    text(left + 156, 42, 'pages written')
    y = 60
    for result in results:
        text(left - 8, y + bar + 4, result['policy'], 'end')
        for key, fill in (('read', 'black'), ('written', 'white')):
            wide = width * result[key] / most
            box(left, y, wide, fill)
            text(left + wide + 4, y + bar - 3, result[key])
            y += bar
        y += gap
    out.append(f'<path d="M{left} 54V{y}H{left + width}" fill="none" stroke="black"/>')
    for mark in range(0, most + 1, int(step)):
        x = left + width * mark / most
        out.append(f'<path d="M{x:.1f} {y}v5" stroke="black"/>')
        text(x, y + 18, mark, 'middle')
    text(left + width / 2, y + 34, 'pages of 4 KiB', 'middle')
    with open(path, 'w') as picture:
        picture.write('\n'.join(out) + '\n</svg>\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('segment', help='a segment; what is in it is overwritten')
    parser.add_argument('--policies', default=POLICIES, help='separated by commas')
    parser.add_argument('--memory', default='8M', help='that it may use (%(default)s)')
    parser.add_argument('--rounds', type=int, default=3, help='of the job (%(default)s)')
    parser.add_argument('-o', '--output', metavar='PICTURE', help='draw to an SVG file')
    arguments = parser.parse_args()
    name = arguments.segment

    kpager('set', name, 'resident_max=' + arguments.memory)
    table = numpy.memmap(f'/dev/kpager/{name}', dtype='u8', mode='r+')
    table[:] = 0
    table[::ROW // table.itemsize] = numpy.arange(table.nbytes // ROW)
    table.flush()
    del table
    results = [measure(name, policy, arguments.rounds)
               for policy in arguments.policies.split(',')]
    print(f'{"POLICY":<12}{"READ":>10}{"WRITTEN":>10}{"SECONDS":>10}')
    for result in results:
        print(f'{result["policy"]:<12}{result["read"]:>10}'
              f'{result["written"]:>10}{result["seconds"]:>10.2f}')
    if len({result['total'] for result in results}) != 1:
        sys.exit('the job had different results: ' +
                 ' '.join(str(result['total']) for result in results))
    if arguments.output:
        draw(arguments.output, results,
             f'{arguments.memory} of memory, {arguments.rounds} rounds')


if __name__ == '__main__':
    main()
