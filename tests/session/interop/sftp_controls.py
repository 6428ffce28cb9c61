"""Cells that have to say no: where nothing is refused, no column of a keyword
says yes, and where parts are stored, "interrupted" does not."""

import os
import subprocess
from unittest import mock

import cutting
import frame
import sftp_cases
import sftp_clients
import sftp_ground
import sftp_keywords
from suite import check

CLIENT = sftp_clients.Sftp


def cell(half, account, is_open, name):
    made = sftp_ground.Cell(half.ground(), account, "openssh", is_open,
                            CLIENT, "control-" + name)
    made.can = half.abilities(CLIENT)
    return made


def says_no(made, column):
    """For its own reasons: the session itself works."""
    try:
        frame.try_in(made, [column])
    except (AssertionError, FileNotFoundError):
        return
    raise AssertionError("it says yes")


def without_the_keyword(half, name):
    """OpenSSH's server refuses nothing; what is kept by it as by us is tried
    with our server and its defaults."""
    account, is_open = sftp_ground.STOCK, True
    if name == "Interrupted":
        account, is_open = sftp_ground.account_name(
            "openssh/forced_command"), False
    says_no(cell(half, account, is_open, name),
            sftp_keywords.KEYWORDS[name].column)


def who_closes_has_not_ended():
    """A session that closes a file while it is looked at."""
    with subprocess.Popen(["sleep", "60"]) as process:
        looks = mock.Mock(wraps=os)
        looks.readlink.side_effect = FileNotFoundError
        with mock.patch.object(cutting, "os", looks):
            busy = cutting.holders(os.getuid(), "/none/")
        idle = cutting.holders(os.getuid(), "/none/")
        process.kill()
    check(process.pid in busy, "it is taken for ended")
    check(process.pid not in idle, "it holds what it has not")


def add_cases(half, ahead):
    def add(name, function):
        ahead.add("/".join(half.prefix + ["control", name]), function)

    def stock(name):
        return cell(half, sftp_ground.STOCK, True, name)
    for name in sftp_keywords.KEYWORDS:
        add(name, lambda name=name: without_the_keyword(half, name))
    add("interrupted", lambda: says_no(stock("interrupted"),
                                       sftp_cases.interrupted))
    add("file", lambda: frame.try_in(stock("file"), [sftp_cases.file]))
    add("ended", who_closes_has_not_ended)
