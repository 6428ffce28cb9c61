"""MATRIX.sftp.md around its tables."""

import json
import os

import report

NODE = "npm: "


def version(name):
    """Of node's clients that of the lock, which is what is fetched."""
    if not name.startswith(NODE):
        return report.version(name)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "npm",
                           "package-lock.json")) as f:
        packages = json.load(f)["packages"]
    name = name[len(NODE):]
    return "%s %s (npm)" % (name, packages["node_modules/" + name]["version"])


HEAD = """\
# Which clients of SFTP work

Written by `make interop` (`tests/session/interop/run --matrix`); a share of it is run
again by every `make check-all`, where a cell that says yes must still be yes.

Each cell uses a real client through a real sshd on loopback, and looks at what
is there afterwards. A failure has to be told by the client (its exit status),
and leaves nothing.

- *attributes*: times and modes, as far as the client keeps them
- *overwrite*: shorter and longer files, and an empty one, over another
- *resume*: a part goes on, up and down
- *rename over*: a name that stands is replaced
- *interrupted*: the connection breaks in the middle of an upload; no new name
  is there, and an old file stays as it was
- *disk full*: an upload that does not fit, and one that does

- yes: works
- no: does not, and the note says why
- `-`: the client has no such thing, and the note says why
- `?`: not run yet

subsystem is sshd's `Subsystem sftp /usr/lib/openssh/sftp-server`, over which
scp-server lies, for an account that is not confined; forced command is
`ForceCommand` with a Root. In the table *keywords* the account of each column
has that keyword besides a Root: yes is where what it refuses fails, or, of
Overwrite versions, FileMode, PreserveTimes, PreserveModes and Interrupted,
where it acts.
restic and duplicity keep a repository of their own files there: yes is where a
backup and what comes back work, of *delete* where old ones go.
In the table *ways* each client copies a file, and has the case in brackets
besides, which is another one for each way. scp-newer and sftp-newer are the
current OpenSSH's, which `tests/session/interop/newer` fetches from Debian's
backports; ssh2 and ssh2-sftp-client are node's, which
`tests/session/interop/node-clients` fetches with npm. Libraries are driven by
the programs in `tests/session/interop/drivers`, and filezilla is its engine,
fzsftp. The clients "atomic" and "temporary" store under another name first,
which is an option of theirs.
"""

PACKAGES = (
    ("scp, sftp", ("openssh-client",)),
    ("scp-newer, sftp-newer", (report.others.NEWER,)),
    ("curl", ("curl", "libssh2-1")),
    ("pscp, psftp", ("putty-tools",)),
    ("sshfs", ("sshfs", "fuse3")), ("rclone", ("rclone",)),
    ("paramiko", ("python3-paramiko",)),
    ("asyncssh", ("python3-asyncssh",)), ("lftp", ("lftp",)),
    ("libssh", ("libssh-dev",)), ("jsch", ("libjsch-java",)),
    ("Net::SSH2", ("libnet-ssh2-perl", "libssh2-1")),
    ("Net::SFTP::Foreign", ("libnet-sftp-foreign-perl",)),
    ("php", ("php-ssh2", "libssh2-1")),
    ("net-sftp", ("ruby-net-sftp", "ruby-net-ssh")),
    ("filezilla", ("filezilla",)), ("ansible", ("ansible-core",)),
    ("restic", ("restic",)),
    ("duplicity", ("duplicity", "python3-pexpect")),
    ("ssh2, ssh2-sftp-client", (NODE + "ssh2", NODE + "ssh2-sftp-client")),
    ("openssh (sshd)", ("openssh-server",)),
    ("dropbear (sshd)", ("dropbear-bin",)), ("tinyssh (sshd)", ("tinysshd",)),
)

UNTRIED = (
    "WinSCP: it is for Windows. What it sends is replayed by "
    "`tests/session/sftp/run 'change/uploaded_under*'`.",
)


def tail():
    return report.frame.versions(PACKAGES, version) + [
        "", "## Not tried", ""] + ["- " + each for each in UNTRIED]
