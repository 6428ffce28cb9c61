"""A half of the matrix: its cells, the share of them that is run again, and
the page of it that is committed.
"""

import concurrent.futures
import fnmatch
import functools
import os
import re
import subprocess
import threading
import traceback

import suite
import world

WORKERS = 6
YES, NO, NONE, UNKNOWN = "yes", "no", "-", "?"


class Half:
    """What a half says of itself."""
    path = None             # the page
    tables = {}             # table -> its columns, by name -> heading
    clients = ()            # classes as in lib/clients.py
    make_ground = None      # what all its cells work on
    prefix = []             # of the names of its cells
    share = 7               # one cell of so many in the short form
    slow = {}               # client -> the only (table, column) of that
    optional = set()        # clients that are not in Debian's main archive
    alike = set()           # tables that have the same columns

    def __init__(self):
        self.making = threading.Lock()

    def ground(self):
        """Made by the first cell that runs, removed at exit."""
        world.need_world()
        with self.making:
            return self._made()

    @functools.lru_cache(maxsize=None)
    def _made(self):
        if not os.access(suite.SERVER, os.X_OK):
            raise RuntimeError("no server: %s (run make)" % suite.SERVER)
        return self.make_ground(suite.SERVER)

    def try_cell(self, table, client, column):
        """Raises if it does not work."""
        raise NotImplementedError

    def why_not(self, table, client, column):
        """The footnote of a cell that can't be, or None."""

    def why_no(self, table, client, column):
        """The footnote of a cell that says no."""

    def partly(self, table, client, column):
        """That of a yes that does not say all."""

    def shown(self, table, client, column):
        """What stands behind a yes."""
        return ""

    def is_luck(self, table, client):
        """A yes would not be one again."""
        return False

    def add_controls(self, ahead):
        """Cells that have to say no."""

    def head(self):
        """The page before its tables."""

    def tail(self):
        """Lines after its footnotes."""


def try_in(cell, columns):
    """One thing after the other, each in empty directories, and nothing left
    behind."""
    if cell.client.missing() is not None:
        suite.skip("needs " + cell.client.missing())
    for column in columns:
        try:
            cell.open()
            column(cell)
            cell.no_leftovers()
        finally:
            cell.close()


def keys(half):
    return [(table, client, column) for table, columns in half.tables.items()
            for client in half.clients for column in columns]


def all_cells(half):
    """(table, client, column) for which there is something to try."""
    return [key for key in keys(half) if half.why_not(*key) is None]


def marks(half, each):
    """What a cell meets: its client, its table and column, and its client
    there if the table is wider than the share."""
    table, client, column = each
    met = {client.name, (table in half.alike or table, column)}
    if client.name not in half.slow and len(half.tables[table]) > half.share:
        met.add((table, client.name))
    return met


def share(half, committed):
    """Of the cells that say yes every so many-th, of slow clients what the
    half says, and more until everything is met that all of them meet."""
    every = all_cells(half)
    works = [c for c in every if says_yes(half, c, committed)]
    wanted = set().union(*(marks(half, c) for c in works))
    chosen = [c for n, c in enumerate(every) if c in works and (
        half.slow[c[1].name] == (c[0], c[2]) if c[1].name in half.slow
        else n % half.share == 0)]
    wanted -= set().union(*(marks(half, c) for c in chosen))
    for each in works:
        if each[1].name not in half.slow and wanted & marks(half, each):
            chosen.append(each)
            wanted -= marks(half, each)
    return chosen


def name_of(half, each):
    table, client, column = each
    return "/".join(half.prefix + [table, client.name, column])


def result_of(half, each):
    """YES or NO, with why on stdout; what can't run here raises."""
    name = name_of(half, each)
    try:
        half.try_cell(*each)
    except suite.Skip:
        raise
    except Exception as e:
        last = traceback.extract_tb(e.__traceback__)[-1]
        print("no      %s: %s:%d: %s" % (
            name, os.path.basename(last.filename), last.lineno, e),
            flush=True)
        return NO
    print("yes     " + name, flush=True)
    return YES


def write(half, patterns):
    """--matrix: all cells, or those named, and the page anew."""
    half.ground()
    cells = all_cells(half)
    before = read(half) if patterns else {}
    seen = {(table, client.name, column): NONE
            for table, client, column in keys(half)}
    for table, client, column in cells:
        seen[table, client.name, column] = before.get(
            (table, client.name, column), UNKNOWN)
    if patterns:
        cells = [c for c in cells if any(
            fnmatch.fnmatchcase(name_of(half, c), p) for p in patterns)]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(functools.partial(result_of, half), cells))
    for (table, client, column), result in zip(cells, results):
        seen[table, client.name, column] = result
    page = text(half, seen)     # which may fail, and then the old one stays
    with open(half.path, "w") as f:
        f.write(page)
    print("matrix: %d yes, %d no, %d without a way" % tuple(
        list(seen.values()).count(r) for r in (YES, NO, NONE)))


# the page

class Notes:
    """Footnotes, numbered as they come; the same sentence once."""

    def __init__(self):
        self.texts = []

    def mark(self, sentence):
        if sentence is None:
            return ""
        if sentence not in self.texts:
            self.texts.append(sentence)
        return " [%d]" % (self.texts.index(sentence) + 1)

    def lines(self):
        return ["%d. %s" % (n + 1, t) for n, t in enumerate(self.texts)]


def note(half, table, client, column, result):
    if result == NONE:
        return half.why_not(table, client, column)
    if result == NO or half.is_luck(table, client):
        return half.why_no(table, client, column)
    return half.partly(table, client, column)


def row(half, table, client, seen, notes):
    cells = []
    for column in half.tables[table]:
        result = seen[table, client.name, column]
        cells.append(result + (half.shown(table, client, column)
                               if result == YES else "") + notes.mark(
            note(half, table, client, column, result)))
    return "| %s | %s |" % (client.name, " | ".join(cells))


def heading(table):
    return "## " + table.replace("/", ": ").replace("_", " ")


def text(half, seen):
    """seen: (table, client, column) -> YES, NO or NONE."""
    notes, lines = Notes(), [half.head()]
    for table, columns in half.tables.items():
        lines += [heading(table), "",
                  "| client | %s |" % " | ".join(columns.values()),
                  "|---" * (len(columns) + 1) + "|"]
        lines += [row(half, table, client, seen, notes)
                  for client in half.clients] + [""]
    lines += ["## Notes", ""] + notes.lines() + half.tail()
    return "\n".join(lines) + "\n"


def words_of(line):
    return [w.strip() for w in line.strip().strip("|").split("|")]


def read(half):
    """The committed tables, as text() got them."""
    seen, table, columns = {}, None, []
    tables = {heading(table): table for table in half.tables}
    with open(half.path) as f:
        for line in f:
            if line.startswith("## "):
                table = tables.get(line.strip())
            elif table and line.startswith("| client "):
                names = {v: k for k, v in half.tables[table].items()}
                columns = [names.get(w) for w in words_of(line)[1:]]
            elif table and line.startswith("| "):
                client, *results = words_of(line)
                for column, result in zip(columns, results, strict=True):
                    seen[table, client, column] = re.sub(
                        r"( \(.*\))?( \[\d+\])?$", "", result)
    return seen


def package(name):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True)
    return "%s %s" % (name, done.stdout or "not installed")


def versions(packages, version=package):
    """(program, its packages) -> lines of the page."""
    return ["", "## Versions", "", "| program | Debian package |",
            "|---|---|"] + ["| %s | %s |" % (name, ", ".join(
                map(version, names))) for name, names in packages]


# the suite

def the_tables_are_of_these_cells(half):
    """Rows, columns and the cells without a way are those of the script."""
    tried = {(t, c.name, column) for t, c, column in all_cells(half)}
    seen = read(half)
    suite.check_equal(set(seen), {(t, c.name, column)
                                  for t, c, column in keys(half)}, "cells")
    for key, result in seen.items():
        wanted = (YES, NO, UNKNOWN)
        if key not in tried:
            wanted = (NONE,)
        suite.check(result in wanted, "%s: %s" % (key, result))


def nothing_is_left_open(half):
    """Every cell was run, and each no and - has its sentence."""
    committed = read(half)
    for table, client, column in keys(half):
        result = committed[table, client.name, column]
        where = "%s/%s/%s" % (table, client.name, column)
        suite.check(result != UNKNOWN, where + ": not run")
        if result in (NO, NONE):
            suite.check(note(half, table, client, column, result),
                        where + ": no reason")


def the_share_meets_all(half):
    """Each client, each column of each table, and each client in each table
    that is wide."""
    committed = read(half)
    works = [c for c in all_cells(half) if says_yes(half, c, committed)]
    few = share(half, committed)
    suite.check(len(few) * 5 < len(works), "%d of %d cells" % (
        len(few), len(works)))
    suite.check_equal(
        set().union(*(marks(half, c) for c in works)) -
        set().union(*(marks(half, c) for c in few)), set(), "not met")


def says_yes(half, each, committed):
    table, client, column = each
    return committed.get((table, client.name, column)) == YES \
        and not half.is_luck(table, client)


def without_what_is_optional(half, cells):
    """Told, and no skip: CI has Debian's main archive only."""
    lacking = {c[1].name: c[1](None).missing() for c in cells
               if c[1].name in half.optional}
    for name, what in lacking.items():
        if what is not None:
            print("NOT RUN: %s, which is optional: needs %s" % (name, what))
    return [c for c in cells if lacking.get(c[1].name) is None]


def add_cases(half, all_of_them):
    """Cells that are named, or the share of those that say yes."""
    ahead = world.Ahead(WORKERS, half.ground)
    cells = all_cells(half)
    if not all_of_them:
        cells = share(half, read(half))
    for each in without_what_is_optional(half, cells):
        ahead.add(name_of(half, each),
                  functools.partial(half.try_cell, *each))
    half.add_controls(ahead)
    for check in (the_tables_are_of_these_cells, nothing_is_left_open,
                  the_share_meets_all):
        suite.add("/".join(half.prefix + [check.__name__]),
                  functools.partial(check, half))
