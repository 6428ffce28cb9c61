"""RESULTS.md and the plots, from the figures."""

import datetime
import os
import platform
import shutil
import subprocess

import rig

HEAD = "| work | ours | peer | ratio | target | floor | met |\n" \
       "|---|---:|---:|---:|---|---:|---|\n"
INTRO = """\
# What `make bench` measured

%s

Medians of interleaved runs (ours, peer, floor in turn), so the ratios mean
more than the figures.  CPU is user and system time of the server process
alone, ratio is ours ÷ peer, and floor is the bare loop.

"""


def shown(value):
    return "" if value is None else "%.4g" % value


def cells(line):
    ratio = line["ours"] / line["peer"] if line["peer"] else None
    unit = " " + line["unit"] if line["unit"] else ""
    met = {None: "", True: "yes", False: "**no**"}[line["met"]]
    return [line["work"], shown(line["ours"]) + unit, shown(line["peer"]),
            "%.3f" % ratio if ratio else "", line["target"],
            shown(line["floor"]), met]


def machine():
    """One line: machine, kernel, file system, peer, load, date."""
    model = next((line.split(":", 1)[1].strip() for line in
                  open("/proc/cpuinfo") if line.startswith("model name")),
                 platform.machine())
    peer = subprocess.run(["ssh", "-V"], stderr=subprocess.PIPE,
                          text=True).stderr.split(",")[0]
    return "%d × %s, Linux %s, tmpfs; peer `%s` (%s); %s; load %.1f." % (
        os.cpu_count(), model, platform.release(), rig.PEER, peer,
        datetime.date.today().isoformat(), os.getloadavg()[0])


def write(lines, path, note):
    with open(path, "w") as f:
        f.write(INTRO % note + HEAD)
        for line in lines:
            f.write("| %s |\n" % " | ".join(cells(line)))


COMMON = """\
set terminal svg size %(width)d,%(height)d font 'sans,12' background rgb 'white'
set output '%(out)s'
set title '%(title)s'
set style fill solid 0.85 border -1
set datafile separator '\\t'
set datafile missing '-'
set key outside right top
"""
SIDE_BY_SIDE = COMMON + """\
set style data histograms
set style histogram clustered gap 1
set boxwidth 0.9
set yrange [0:*]
set grid ytics
set xtics rotate by -30 scale 0
set rmargin 24
set bmargin 9
set ylabel '%(unit)s'
plot for [i=2:%(last)d] '%(data)s' using i:xtic(1) title columnheader(i) \\
    linecolor rgb word('#3465a4 #bbbbbb #73d216', i - 1)
"""
LYING = COMMON + """\
unset key
set lmargin 52
set xrange [0:*]
set yrange [-0.6:%(rows)d-0.4] reverse
set grid xtics
set xlabel '%(unit)s'
set arrow from first 1, graph 0 to first 1, graph 1 nohead linewidth 2 front
plot '%(data)s' skip 1 using 2:0:(0):2:($0-0.35):($0+0.35):ytic(1) \\
    notitle with boxxyerror linecolor rgb '#3465a4'
"""


def plot(name, style, title, unit, columns, table, height=420):
    """Draws a table {label: [figures]} as bars."""
    if not table:
        return
    data = os.path.join(rig.OUT, name + ".dat")
    with open(data, "w") as f:
        f.write("\t".join(["what"] + columns) + "\n")
        for label, figures in table.items():
            f.write("\t".join([label] + ["-" if v is None else "%.6g" % v
                                         for v in figures]) + "\n")
    subprocess.run(["gnuplot"], check=True, text=True, input=style % {
        "out": os.path.join(rig.HERE, name + ".svg"), "title": title,
        "unit": unit, "last": 1 + len(columns), "data": data,
        "rows": len(table), "width": 860, "height": height})


# Rows that are about a bare program, not about ours.
BARE = " a bare "


def plots(lines):
    if shutil.which("gnuplot") is None:
        print("bench: no plots without gnuplot (gnuplot-nox)")
        return
    of = [line for line in lines if line["peer"] and BARE not in line["work"]]
    plot("ratios", LYING, "Ours beside the peer", "ours ÷ peer", ["ratio"],
         {line["work"]: [line["ours"] / line["peer"]] for line in of}, 520)
    plot("cpu", SIDE_BY_SIDE, "Processor time of the server",
         "seconds, or tens of µs a file", ["ours", "peer", "floor"],
         {line["work"].replace(", CPU", ""):
          [v / (10 if line["unit"] == "µs" else 1)
           for v in (line["ours"], line["peer"], line["floor"])]
          for line in of
          if line["group"] in ("big", "small") and "CPU" in line["work"]})
    table = {}
    for line in lines:
        if "cell" in line:
            table.setdefault(line["cell"][0], {})[line["cell"][1]] = \
                line["ours"]
    kinds = ["Pipelining yes", "peer", "Pipelining no"]
    plot("trips", SIDE_BY_SIDE, "Round trips a file", "round trips", kinds,
         {label: [figures.get(kind) for kind in kinds]
          for label, figures in table.items()})
