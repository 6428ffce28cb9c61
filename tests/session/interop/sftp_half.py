"""MATRIX.sftp.md: clients of SFTP by what they do, what keywords refuse
them, and the ways in."""

import collections
import os

import frame
import sftp_cases
import sftp_controls
import sftp_ground
import sftp_keywords
import sftp_others
import sftp_report
import sftp_repositories

CLIENTS = sftp_others.CLIENTS
BY_KEYWORD, BY_WAY = "keywords", "ways"
OTHER_WAYS = [way for way in sftp_ground.WAYS if way not in sftp_ground.FULL]
TREES = {"tree", "tree-into", "whole-tree", "tree-up"}


def abilities(client):
    """What it needs for columns."""
    more = {name for name in ("rename", "remove", "link")
            if hasattr(client, name)}
    if TREES & client.can:
        more.add("trees")
    if hasattr(client, "keeps"):
        more.add("preserves")
    return client.can | more


def story(client, table, column):
    """What is tried in a cell, or None where the client has no way."""
    if "backup" in client.can:
        return sftp_repositories.COLUMNS.get(column)
    entry = (sftp_keywords.KEYWORDS if table == BY_KEYWORD
             else sftp_cases.CASES)[column]
    return entry.column if entry.needs <= abilities(client) else None


def pair(client, way):
    """The case that a client has by one of the other ways, besides `file`:
    it wanders, so that each way has each case with some client."""
    known = [name for name in sftp_cases.CASES
             if name not in ("file", "rename_over")
             and story(client, way, name) is not None
             and (client.name, name) not in sftp_cases.NO_WAY
             and (client.name, name) not in sftp_cases.FAULTS]
    first = CLIENTS.index(client) * 3 + OTHER_WAYS.index(way) * 5
    return known[first % len(known)]


Place = collections.namedtuple("Place", "account daemon is_open columns")


def place(table, client, column):
    """Where a cell is, and what it tries there, one after the other."""
    if table == BY_KEYWORD:
        return Place(sftp_keywords.account_name(column), "openssh", False,
                     [story(client, table, column)])
    names = [column]
    if table == BY_WAY:
        names, table = ["file", pair(client, column)], column
    daemon, _, policy = sftp_ground.WAYS[table]
    found = [story(client, table, name) for name in names]
    return Place(sftp_ground.account_name(table), daemon, policy == "none",
                 [each for each in found if each is not None])


def has_shell(table, column):
    """Whether the account of a cell has one besides."""
    way = column if table == BY_WAY else table
    return sftp_ground.WAYS.get(way, ("", "", ""))[2] == "none"


class Sftp(frame.Half):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "MATRIX.sftp.md")
    tables = {
        **{way: {name: name.replace("_", " ") for name in sftp_cases.CASES}
           for way in sftp_ground.FULL},
        BY_KEYWORD: {name: name.replace("_", " ") for name in sftp_keywords.KEYWORDS},
        BY_WAY: {way: way.replace("/", ": ").replace("_", " ")
                 for way in OTHER_WAYS}}
    clients = CLIENTS
    make_ground = sftp_ground.Ground
    prefix = ["sftp"]
    optional = {"scp-newer", "sftp-newer", "ssh2", "ssh2-sftp-client"}
    # They take half a minute.
    slow = {"ansible": ("openssh/subsystem", "file"),
            "ansible, smart": ("openssh/subsystem", "file"),
            "duplicity": (BY_KEYWORD, "Overwrite_versions")}

    def try_cell(self, table, client, column):
        at = place(table, client, column)
        cell = sftp_ground.Cell(self.ground(), at.account, at.daemon,
                                at.is_open, client,
                                sftp_ground.spelled(column))
        cell.can = abilities(client)
        frame.try_in(cell, at.columns)

    def why_not(self, table, client, column):
        if client.name.startswith("ansible") and not has_shell(table, column):
            return sftp_cases.NO_SHELL
        if table != BY_WAY and story(client, table, column) is None:
            return sftp_cases.lack(client, (
                sftp_keywords.KEYWORDS if table == BY_KEYWORD
                else sftp_cases.CASES)[column].needs - abilities(client))
        if column.startswith("tinyssh/"):
            return sftp_cases.NO_LOGIN.get(client.name)
        return sftp_cases.NO_WAY.get((client.name, column))

    def why_no(self, table, client, column):
        return sftp_cases.FAULTS.get((client.name, column))

    def partly(self, table, client, column):
        return sftp_cases.PARTLY.get((client.name, column))

    def shown(self, table, client, column):
        return " (%s)" % pair(client, column) if table == BY_WAY else ""

    def abilities(self, client):
        return abilities(client)

    def add_controls(self, ahead):
        sftp_controls.add_cases(self, ahead)

    def head(self):
        return sftp_report.HEAD

    def tail(self):
        return sftp_report.tail()
