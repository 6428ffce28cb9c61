"""Every client through every sshd: one row is one thing that users do.

A row is a function that gets a Cell.  The ROWS of each module say what a
client must be able to do for a row to apply to it.
"""

import clients
import copies
import links
import refusals
from cell import Cell
from suite import add, skip

ROWS = copies.ROWS + refusals.ROWS + links.ROWS


def in_a_cell(place, make_client, row):
    """A case: the row in a fresh cell, and nothing left behind after it."""
    def run():
        site, daemon = place()
        client = make_client(site)
        if client.missing() is not None:
            skip("needs " + client.missing())
        cell = Cell(site, daemon, client)
        try:
            cell.open()
            row(cell)
            cell.no_leftovers()
        finally:
            cell.close()
    return run


def add_cases(places):
    """places: name of a daemon -> function that returns (site, daemon)."""
    for daemon, place in places.items():
        for client in clients.COPIERS:
            for row, needed in ROWS:
                if needed <= client.can:
                    add("%s/%s/%s" % (daemon, client.name, row.__name__),
                        in_a_cell(place, client, row))
