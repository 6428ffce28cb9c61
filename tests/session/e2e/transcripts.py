"""What is said on the wire, typed through real sshds: no scp client helps.

Each row is a command line, the bytes that go in, a pattern for the bytes that
must come out, the exit status, and what the directory must then hold.  DIR in
a command is the directory; it begins with old ("old\\n"), one directory sub,
and a directory locked that takes no new names.
"""

import os
import re
import signal
import subprocess

import answers
import clients
import sshd
import trees
from suite import add, check, check_equal, need_root, need_tool

HELLO = b"C0644 6 f\nhello\n\0"
NO_SUCH = rb"scp: [^\n]*No such file or directory\n"
FORGED = b"C0644 6 forged\npwned\n\0"

# name, command, input, output, exit status, {name: content or None}
ROWS = (
    ("a_command_before_scp", "cd DIR && scp -t .",
     HELLO, rb"\0\0\0", 0, {"f": b"hello\n"}),
    ("a_quoted_path", "scp -t 'DIR/it'\"'\"'s here'",
     HELLO, rb"\0\0\0", 0, {"it's here": b"hello\n"}),
    ("a_quoted_command_word", "'scp' -vt DIR",
     HELLO, rb"\0\0\0", 0, {"f": b"hello\n"}),
    ("a_pattern_that_the_shell_expands", "cd DIR && scp -f o*",
     b"\0\0\0", rb"C0644 4 old\nold\n\0", 0, {}),
    ("words_around_it", "echo begin; scp -r  -d -t \"DIR\"; echo end:$?",
     HELLO + b"E\n", rb"begin\n\0\0\0\0end:0\n", 0, {"f": b"hello\n"}),
    ("times_with_a_space", "scp -p -t DIR",
     b"T 1000000000 0 1000000000 0\n" + HELLO, rb"\0\0\0\0", 0,
     {"f": b"hello\n"}),
    ("an_end_at_the_top", "scp -t DIR",
     HELLO + b"E\n" + HELLO.replace(b" f", b" g"), rb"\0\0\0\0", 0,
     {"f": b"hello\n", "g": None}),
    ("no_last_status_byte", "scp -t DIR/f",
     HELLO[:-1], rb"\0\0\0", 0, {"f": b"hello\n"}),
    ("a_body_cut_short", "scp -t DIR/old",
     HELLO[:-4], rb"\0\0(\x02scp: [^\n]+\n)?", 2, {"old": b"old\n"}),
    ("a_sender_that_failed", "scp -t DIR/old",
     HELLO[:-1] + b"\1scp: f: read error\n", rb"\0\0[\0\x01].*", 1,
     {"old": b"old\n"}),
    ("a_missing_directory", "scp -t DIR/none/f",
     b"", rb"\x02" + NO_SUCH, 2, {"none": None}),
    ("a_file_where_a_directory_is_demanded", "scp -d -t DIR/old",
     b"", rb"\x02scp: [^\n]*Not a directory\n", 2, {"old": b"old\n"}),
    ("a_refused_file_ends_it", "scp -t DIR/locked",
     b"C0644 %d f\n%s\0" % (len(FORGED), FORGED),
     rb"\0\x02scp: [^\n]*Permission denied\n", 2,
     {"locked/f": None, "locked/forged": None}),
    ("a_refused_file_of_many", "scp -r -t DIR",
     b"D0755 0 locked\nC0644 %d f\n%s\0E\n" % (len(FORGED), FORGED) + HELLO,
     rb"\0\0\0\x01scp: [^\n]*Permission denied\n\0\0\0", 1,
     {"locked/f": None, "locked/forged": None, "forged": None,
      "f": b"hello\n"}),
    ("a_name_with_a_slash", "scp -t DIR/sub",
     HELLO.replace(b" f", b" ../f"),
     rb"\0\x02scp: protocol error: [^\n]+\n", 2, {"f": None}),
    ("a_directory_that_was_not_asked_for", "scp -t DIR",
     b"D0755 0 d\n", rb"\0\x02scp: protocol error: [^\n]+\n", 2, {"d": None}),
    ("an_unknown_option", "scp -Z -t DIR",
     HELLO, rb"\x02scp: [^\n]+\n", 2, {"f": None}),
    ("a_file_is_served", "scp -f DIR/old",
     b"\0\0\0", rb"C0644 4 old\nold\n\0", 0, {}),
    ("a_missing_source", "scp -f DIR/none",
     b"\0", rb"\x01" + NO_SUCH, 1, {}),
    ("a_directory_is_served", "scp -r -f DIR/sub",
     b"\0\0\0", rb"D0755 0 sub\nE\n", 0, {}),
)


class Directory:
    """DIR of a row, owned by the account."""

    def __init__(self, site):
        self.site = site
        self.top = os.path.join(site.home, "dir")

    def __enter__(self):
        os.mkdir(self.top)
        trees.write(self.path("old"), b"old\n")
        for name, mode in (("sub", 0o755), ("locked", 0o555)):
            os.mkdir(self.path(name))
            os.chmod(self.path(name), mode)
        for name in ("", "old", "sub"):     # locked is root's
            os.chown(self.path(name), self.site.account.uid,
                     self.site.account.gid)
        return self

    def __exit__(self, *_):
        sshd.remove(self.top)

    def path(self, name):
        return os.path.join(self.top, name)

    def holds(self, wanted):
        for name, content in wanted.items():
            there = os.path.lexists(self.path(name))
            check_equal(there, content is not None, "existence of " + name)
            if there:
                check_equal(trees.read(self.path(name))[:80], content, name)
        for where, dirs, files in os.walk(self.top):
            for name in dirs + files:
                check(not name.startswith(".scp-server."), "left: " + name)


def in_a_session(place, tool, words, row):
    _, command, sent, wanted, status, after = row

    def run():
        site, daemon = place()
        need_tool(tool)
        with Directory(site) as directory:
            line = words(site, daemon.port) + [
                command.replace("DIR", directory.top)]
            seen, out, err = clients.run(line, site, sent)
            out = answers.refusal(seen, out)
            check(re.fullmatch(wanted, out, re.DOTALL),
                  "output %r does not match %r (%r)" % (out, wanted, err))
            check_equal(seen, status, "exit status")
            directory.holds(after)
    return run


def lost_client(place):
    """The connection breaks in the middle of a body."""
    def run():
        need_root()     # only a made account shows when the session is over
        site, daemon = place()
        with Directory(site) as directory:
            half_an_upload(clients.ssh_words(site, daemon.port)
                           + ["scp -t " + directory.path("old")])
            check(site.account.idle(), "the session does not end")
            directory.holds({"old": b"old\n"})
    return run


def half_an_upload(words):
    """Gets as far as the go-ahead and half of the body, then dies."""
    with subprocess.Popen(words, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as client:
        try:
            client.stdin.write(b"C0644 1000000 old\n" + b"x" * 500000)
            client.stdin.flush()
            check_equal(client.stdout.read(2), b"\0\0", "replies")
        finally:
            client.send_signal(signal.SIGKILL)


def add_cases(places):
    for daemon, place in places.items():
        for tool, words in clients.SHELLS:
            for row in ROWS:
                add("%s/%s/typed/%s" % (daemon, tool, row[0]),
                    in_a_session(place, tool, words, row))
        add("%s/ssh/typed/a_client_that_is_lost" % daemon,
            lost_client(place))
