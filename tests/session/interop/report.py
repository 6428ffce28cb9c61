"""MATRIX.md: written from what was seen, and read back to compare with."""

import os
import re
import subprocess

import cases
import ground
import others

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "MATRIX.md")
YES, NO, NONE, UNKNOWN = "yes", "no", "-", "?"

HEAD = """\
# Which clients work

Written by `make interop` (`tests/session/interop/run --matrix`); a share of it is run
again by every `make check`, where a cell that says yes must still be yes.

Each cell copies real files through a real sshd on loopback and looks at what
is there afterwards: content and names always; for `-p` also the modes and
times that the client is able to keep. *missing*, *refused*, *read-only*,
*write-only* and *disk full* are yes if the client reports the failure, with
our words where it shows any, if nothing was left behind, and if what is
allowed beside it works.

- yes: works
- no: does not, and the note says why
- `-`: the client or this way in has no such thing, and the note says why
- `?`: not run yet

remote scp is an account with a shell, where `/usr/bin/scp` is scp-server;
forced command is `ForceCommand` (OpenSSH) or `command=` (dropbear); login
shell is scp-server in `/etc/passwd`. TinySSH has no forced commands, and passes
every variable of a client on, so that a login shell there has to be the static
build: another loads what LD_PRELOAD of the client names. scp runs
as `scp -O`; scp-newer is the current OpenSSH's, which `tests/session/interop/newer`
fetches from Debian's backports; dbclient carries `scp -O -S dbclient`. ansible
copies with `ANSIBLE_SSH_TRANSFER_METHOD=scp` and
`ANSIBLE_SCP_EXTRA_ARGS='-O -T'`.
"""

PACKAGES = (
    ("scp", ("openssh-client",)), ("scp-newer", (others.NEWER,)),
    ("dbclient", ("dropbear-bin",)),
    ("pscp", ("putty-tools",)), ("curl", ("curl", "libssh2-1")),
    ("scp.py", ("python3-scp", "python3-paramiko")),
    ("asyncssh", ("python3-asyncssh",)), ("ansible", ("ansible-core",)),
    ("packer", ("packer",)),
    ("openssh (sshd)", ("openssh-server",)),
    ("dropbear (sshd)", ("dropbear-bin",)), ("tinyssh (sshd)", ("tinysshd",)),
)

# Spoken byte by byte in tests/session/dialog, as these were not to be had: who, what
# is particular about it, dialogs.
REPLAYED = (
    ("WinSCP", "the transfer is a line typed into a shell; E at top level; "
     "its input stays open", ("good-winscp", "good-top-level-end")),
    ("JSch's examples", "`T 1 0 1 0`, with a blank after the T",
     ("good-jsch",)),
    ("JSch in Ant", "`-r -d -t`, several files and directories",
     ("good-ant",)),
    ("libssh", "acknowledges a body together with its next record",
     ("good-libssh",)),
    ("Packer and Terraform", "send C, and a body, before they have read a "
     "reply", ("good-packer", "good-packer-directory",
               "good-download-packer")),
    ("the same after a refusal", "the body they send all the same is never "
     "read as records", ("hostile-injection", "hostile-injection-at-once",
                         "hostile-injection-d", "hostile-injection-r",
                         "hostile-injection-r-at-once",
                         "hostile-injection-status",
                         "hostile-injection-directory",
                         "hostile-injection-directory-at-once")),
    ("Ruby's net-scp", "times with microseconds", ("good-net-scp",)),
    ("libssh2, phpseclib", "end their input in place of the last status",
     ("good-upload-no-status", "good-upload-no-status-p")),
)

# Typed through real sshds and a shell in tests/session/e2e/transcripts.py: who, what
# is particular about it, case.
TYPED = (
    ("WinSCP", "the transfer is a line between two echos, in a shell",
     "words_around_it"),
    ("WinSCP", "E at top level", "an_end_at_the_top"),
    ("JSch's examples", "`T 1 0 1 0`, with a blank after the T",
     "times_with_a_space"),
    ("Terraform", "`'scp' -vt DIR`, with the command in quotes",
     "a_quoted_command_word"),
)

UNTRIED = (
    "Cisco IOS, Junos and MikroTik as clients: no reliable source says what "
    "they send, so there is nothing to replay. What an old client sends "
    "(`scp -t NAME`, one file, none of the options) is what good-upload-file "
    "and good-upload-replace replay.",
)


def version(package):
    if package == others.NEWER:
        with open(os.path.join(package, "version")) as f:
            return "openssh-client %s (bookworm-backports)" % f.read().strip()
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True)
    return "%s %s" % (package, done.stdout or "not installed")


class Notes:
    """Footnotes, numbered as they come; the same sentence once."""

    def __init__(self):
        self.texts = []

    def mark(self, text):
        if text is None:
            return ""
        if text not in self.texts:
            self.texts.append(text)
        return " [%d]" % (self.texts.index(text) + 1)

    def lines(self):
        return ["%d. %s" % (n + 1, t) for n, t in enumerate(self.texts)]


def note(table, client, case, result):
    if result == NONE:
        return cases.why_not(table, client, case)
    if result == NO or cases.is_luck(table, client):
        return cases.why_no(table, client, case)
    return cases.PARTLY.get((client.name, case))


def row(table, client, seen, notes):
    cells = []
    for case in cases.CASES:
        result = seen[table, client.name, case]
        cells.append(result + notes.mark(note(table, client, case, result)))
    return "| %s | %s |" % (client.name, " | ".join(cells))


def text(seen):
    """seen: (table, client, case) -> YES, NO or NONE."""
    notes, lines = Notes(), [HEAD]
    for table in ground.WAYS:
        headings = [case.heading for case in cases.CASES.values()]
        lines += ["## " + table.replace("/", ": ").replace("_", " "), "",
                  "| client | %s |" % " | ".join(headings),
                  "|---" * (len(headings) + 1) + "|"]
        lines += [row(table, client, seen, notes)
                  for client in ground.CLIENTS] + [""]
    lines += ["## Notes", ""] + notes.lines()
    lines += ["", "## Versions", "", "| program | Debian package |", "|---|---|"]
    lines += ["| %s | %s |" % (name, ", ".join(map(version, packages)))
              for name, packages in PACKAGES]
    lines += ["", "## Replayed", "",
              "What these say is replayed by `tests/session/dialog/run`.", "",
              "| client | what is particular | dialogs |", "|---|---|---|"]
    lines += ["| %s | %s | %s |" % (who, what, ", ".join(dialogs))
              for who, what, dialogs in REPLAYED]
    lines += ["", "By `tests/session/e2e/run`, through a shell of a real sshd:", "",
              "| client | what is particular | case |", "|---|---|---|"]
    lines += ["| %s | %s | %s |" % each for each in TYPED]
    lines += ["", "## Not tried", ""] + ["- " + each for each in UNTRIED]
    return "\n".join(lines) + "\n"


def read():
    """The committed tables, as text() got them."""
    seen, table = {}, None
    with open(PATH) as f:
        for line in f:
            if line.startswith("## "):
                table = line[3:].strip().replace(": ", "/").replace(" ", "_")
            elif table in ground.WAYS and line.startswith("| ") \
                    and not line.startswith("| client "):
                words = [re.sub(r" \[\d+\]$", "", w.strip())
                         for w in line.strip().strip("|").split("|")]
                for case, result in zip(cases.CASES, words[1:], strict=True):
                    seen[table, words[0], case] = result
    return seen
