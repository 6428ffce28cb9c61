"""MATRIX.md around its tables."""

import os

import frame
import others

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
    return frame.package(package)


def tail():
    lines = frame.versions(PACKAGES, version)
    lines += ["", "## Replayed", "",
              "What these say is replayed by `tests/session/dialog/run`.", "",
              "| client | what is particular | dialogs |", "|---|---|---|"]
    lines += ["| %s | %s | %s |" % (who, what, ", ".join(dialogs))
              for who, what, dialogs in REPLAYED]
    lines += ["", "By `tests/session/e2e/run`, through a shell of a real sshd:", "",
              "| client | what is particular | case |", "|---|---|---|"]
    lines += ["| %s | %s | %s |" % each for each in TYPED]
    return lines + ["", "## Not tried", ""] + ["- " + each
                                               for each in UNTRIED]
