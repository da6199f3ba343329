# SPDX-License-Identifier: GPL-2.0
#
# awk -v title=TEXT -f demo-plot.awk PHASES SAMPLES >FILE.svg
#
# Draws what the demo's sampler recorded: resident frames of all segments
# against the limit, and faults and evictions a second, over time, with the
# phases of the demo.  Lines differ in dashes and weight, not in colour.
#
# PHASES: lines "name<TAB>start<TAB>end" in microseconds.
# SAMPLES: "@ microseconds", the lines of /proc/kpager/stat, and those of
# /proc/kpager/segments with a colon in front.

function esc(text)
{
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	return text
}

function end_sample()
{
	if (!in_sample)
		return
	in_sample = 0
	n++
	when[n] = now
	resident[n] = sum
	if (value["limit_frames"] > limit)
		limit = value["limit_frames"]
	# A module that was loaded again counts from zero: start a new curve.
	fresh = n == 1 || now - when[n - 1] > 3 || \
		value["lookups"] < lookups || value["evictions"] < last["evictions"]
	gap[n] = fresh
	dt = n > 1 ? now - when[n - 1] : 0
	for (i = 1; i <= curves; i++) {
		key = curve[i]
		rate[i, n] = fresh || dt <= 0 ? 0 : (value[key] - last[key]) / dt
		if (rate[i, n] < 0)
			rate[i, n] = 0
		if (rate[i, n] > top)
			top = rate[i, n]
		last[key] = value[key]
	}
	last["evictions"] = value["evictions"]
	lookups = value["lookups"]
}

# The smallest of 1, 2, 2.5, 5 times a power of ten that cuts max into at most
# @parts steps.
function step_for(max, parts,    s)
{
	for (s = 1; s * parts < max; s *= 10)
		if (s * 2 * parts >= max)
			return s * 2
		else if (s >= 10 && s * 2.5 * parts >= max)
			return s * 2.5
		else if (s * 5 * parts >= max)
			return s * 5
	return s
}

function x_of(t)
{
	return left + (t - t0) / span * width
}

function text(x, y, anchor, size, what)
{
	printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\">%s</text>\n", \
		x, y, anchor, size, esc(what)
}

function line(x1, y1, x2, y2, style)
{
	printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", \
		x1, y1, x2, y2, style
}

# Where a value stands in a panel: frames on a linear scale, rates, which span
# orders of magnitude, on a logarithmic one that begins at 1 a second.
function y_of(which, v, ytop, ybottom, max)
{
	if (which)
		v = v > 1 ? log(v) / log(max) : 0
	else
		v /= max
	return ybottom - v * (ybottom - ytop)
}

# Frame, grid and both axes of a panel from @ytop to @ybottom.
function panel(which, ytop, ybottom, max, step, unit,    v, y, t, x)
{
	for (v = which ? 1 : 0; v <= max * 1.001; v = which ? v * 10 : v + step) {
		y = y_of(which, v, ytop, ybottom, max)
		line(left, y, left + width, y, grid)
		text(left - 6, y + 4, "end", 11, sprintf("%d", v))
	}
	for (t = 0; t <= span; t += xstep) {
		x = x_of(t0 + t)
		line(x, ybottom, x, ybottom + 4, axis)
		text(x, ybottom + 16, "middle", 11, sprintf("%d", t))
	}
	for (i = 1; i <= phases; i++) {
		x = x_of(start[i])
		line(x, ytop, x, ybottom, phase_line)
	}
	printf "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" %s/>\n", \
		left, ytop, width, ybottom - ytop, axis
	printf "<text transform=\"translate(%d %d) rotate(-90)\" text-anchor=\"middle\" font-size=\"12\">%s</text>\n", \
		22, (ytop + ybottom) / 2, unit
}

# One curve; which = 0 is the resident frames.
function draw(which, ytop, ybottom, max, style,    j, v, pen)
{
	pen = ""
	for (j = 1; j <= n; j++) {
		if (gap[j] && pen != "") {
			printf "<polyline fill=\"none\" %s points=\"%s\"/>\n", style, pen
			pen = ""
		}
		v = which ? rate[which, j] : resident[j]
		pen = pen sprintf("%.1f,%.1f ", x_of(when[j]), \
			y_of(which, v, ytop, ybottom, max))
	}
	if (pen != "")
		printf "<polyline fill=\"none\" %s points=\"%s\"/>\n", style, pen
}

function legend(x, y, style, what)
{
	line(x, y - 4, x + 36, y - 4, style)
	text(x + 42, y, "start", 12, what)
}

BEGIN {
	FS = "[ \t]+"
	curves = 3
	curve[1] = "faults_major"
	curve[2] = "faults_minor"
	curve[3] = "evictions"
}

FNR == NR {
	phases++
	name[phases] = $1
	start[phases] = $2 / 1e6
	finish[phases] = $3 / 1e6
	next
}

/^@ / {
	end_sample()
	in_sample = 1
	now = $2 / 1e6
	sum = 0
	column = 0
	next
}

/^:version / {
	next
}

/^:/ {
	if (column)
		sum += $column
	else
		for (i = 1; i <= NF; i++)
			if ($i == "resident" || $i == ":resident")
				column = i
	next
}

{
	value[$1] = $2
}

END {
	end_sample()
	if (n < 2 || !phases) {
		print "demo-plot: too few samples" >"/dev/stderr"
		exit 1
	}

	left = 90
	width = 860
	t0 = start[1] < when[1] ? start[1] : when[1]
	t1 = finish[phases] > when[n] ? finish[phases] : when[n]
	span = t1 - t0
	xstep = step_for(span, 12)

	black = "stroke=\"black\" "
	axis = black "stroke-width=\"1\""
	grid = "stroke=\"#cccccc\" stroke-width=\"0.6\""
	phase_line = "stroke=\"#888888\" stroke-width=\"0.8\" stroke-dasharray=\"2 3\""
	thick = black "stroke-width=\"2.2\""
	solid = black "stroke-width=\"1.5\""
	dotted = black "stroke-width=\"1.5\" stroke-dasharray=\"1.5 3\""
	dashed = black "stroke-width=\"1.2\" stroke-dasharray=\"9 4\""

	printf "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"980\" height=\"640\" viewBox=\"0 0 980 640\" font-family=\"sans-serif\">\n"
	printf "<title>%s</title>\n", esc(title)
	printf "<rect width=\"980\" height=\"640\" fill=\"white\"/>\n"
	text(left, 24, "start", 15, title)

	# Names of the phases in two rows, the longest first: what then has no
	# room left is left out.
	for (k = 1; k <= phases; k++) {
		best = 0
		for (i = 1; i <= phases; i++)
			if (!named[i] && (!best || \
			    finish[i] - start[i] > finish[best] - start[best]))
				best = i
		named[best] = 1
		x = x_of(start[best]) + 2
		end = x + 6.6 * length(name[best]) + 4
		for (row = 0; row < 2; row++) {
			for (j = 1; j <= labels[row]; j++)
				if (x < label_end[row, j] && end > label_start[row, j])
					break
			if (j > labels[row] && end <= left + width + 20)
				break
		}
		if (row == 2)
			continue
		j = ++labels[row]
		label_start[row, j] = x
		label_end[row, j] = end
		text(x, 78 - 14 * row, "start", 11, name[best])
	}

	step = step_for(limit * 1.05, 6)
	max = step * int(limit * 1.05 / step + 0.999)
	panel(0, 84, 314, max, step, "resident frames (4 KiB)")
	draw(0, 84, 314, max, thick)
	y = 314 - limit / max * 230
	line(left, y, left + width, y, dashed)
	legend(left + 250, 44, thick, "resident frames")
	legend(left + 420, 44, dashed, \
		sprintf("limit: %d frames, %d MiB", limit, limit / 256))

	for (max = 100; max < top; max *= 10)
		;
	panel(1, 370, 590, max, 0, "events a second (logarithmic)")
	draw(1, 370, 590, max, solid)
	draw(2, 370, 590, max, dotted)
	draw(3, 370, 590, max, dashed)
	legend(left + 10, 362, solid, "major faults (waited for a read)")
	legend(left + 290, 362, dotted, "minor faults (page was resident)")
	legend(left + 570, 362, dashed, "evicted pages")
	text(left + width / 2, 628, "middle", 12, "time (s)")
	print "</svg>"
}
