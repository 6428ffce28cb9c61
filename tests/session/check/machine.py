"""An account and an sshd for one command, a served tree, and the output.

The sshd that the program asks is the real one, with its usual path and
configuration file: in a private mount namespace, files made for the case lie
over /etc/ssh/sshd_config, /etc/passwd and /etc/group, and a directory with the
server in it over /usr/local/bin.
"""

import atexit
import os
import re
import shutil
import subprocess

import private
import suite

# After Chroot yes there is no /proc, which LeakSanitizer needs.
os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=0")

TOP = suite.scratch()
atexit.register(shutil.rmtree, TOP, True)

USER, UID = "alice", 54321

# A sanitized build has no seccomp, and that is not what most cases are about.
PREFER = ["-o", "Sandbox=prefer"]

# Puts each made file over the one it stands for, then becomes the command.
INSIDE = """
while [ "$1" != -- ]; do
    mount --bind "$1" "$2" || exit 99
    shift 2
done
shift
exec "$@"
"""

SAFE = {
    "ForceCommand": "scp-server",
    "PermitUserRC": "no",
    "PermitUserEnvironment": "no",
    "DisableForwarding": "yes",
    "X11Forwarding": "no",
    "AllowAgentForwarding": "no",
    "AuthorizedKeysFile": "/etc/ssh/keys/%u",
    "Subsystem": "sftp internal-sftp",
    # the files of keys lie below /tmp
    "StrictModes": "no",
}


if os.environ.get(private.ENTERED):
    private.keep_a_log()


def install(where, name="scp-server"):
    """A copy of the server; returns its path."""
    os.makedirs(where, exist_ok=True)
    shutil.copy(suite.SERVER, os.path.join(where, name))
    os.chmod(os.path.join(where, name), 0o755)
    return os.path.join(where, name)


def write(path, text, mode=0o644):
    with open(path, "w", encoding="latin-1") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def run(*words, **more):
    return subprocess.run([suite.CHECK, *words], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="latin-1", timeout=60, **more)


def explain(command, *words):
    return run("explain", command, *PREFER, *words)


def rows(text):
    """{name: value} of the indented rows; sentences are left out."""
    return dict(m.groups() for m in
                re.finditer(r"^  (\S+(?: yes)?) +(\S.*)$", text, re.M))


def found(text):
    """(finding, fix) of each thing that is unsafe or can't work."""
    return re.findall(r"^  (?:UNSAFE|BROKEN): (.*)\n    fix: (.*)$", text,
                      re.M)


def give(path, uid=UID):
    """To the account; without root everything stays with who runs this."""
    if os.geteuid() == 0:
        os.lchown(path, uid, uid)
    return path


def make_place(name, uid=UID):
    path = os.path.join(TOP, name)
    os.makedirs(path, exist_ok=True)
    return give(path, uid)


def make_tree():
    root = make_place("tree")
    for name, size in (("small", 3), ("large", 5000), (".hidden", 3),
                       (".ssh/keys", 3), ("dir/.inner", 3), ("dir/a.txt", 3),
                       ("dir/b.exe", 3)):
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write(path, "x" * size)
    for name, target in (("out", "/etc/passwd"), ("up", "../passwd"),
                         ("in", "small")):
        if not os.path.lexists(root + "/" + name):
            os.symlink(target, root + "/" + name)
    if not os.path.exists(root + "/fifo"):
        os.mkfifo(root + "/fifo")
    for where, _, names in os.walk(root):
        for path in [where] + [os.path.join(where, n) for n in names]:
            give(path)
    return root


class Machine:
    """An account and an sshd that exist only for one command."""

    def __init__(self, shell="/usr/local/bin/scp-server", home=None,
                 uid=UID, **sshd):
        suite.need_root()
        suite.need_tool("unshare", "mount", "/usr/sbin/sshd")
        self.home = home or make_place("home/" + USER)
        with open("/etc/passwd") as f:
            users = f.read()
        with open("/etc/group") as f:
            groups = f.read()
        self.passwd = write(
            os.path.join(TOP, "passwd"), users + "%s:x:%d:%d::%s:%s\n" % (
                USER, uid, UID, self.home, shell))
        self.group = write(
            os.path.join(TOP, "group"), groups + "%s:x:%d:\ndrop:x:%d:%s\n" % (
                USER, UID, UID + 1, USER))
        self.sshd = dict(SAFE, **sshd)
        self.first = self.last = ""
        # what lies over what; a TinySSH of the host has no say
        self.over = [("/dev/null", path) for path in (
            "/usr/sbin/tinysshd", "/usr/local/sbin/tinysshd",
            "/usr/bin/tinysshd", "/usr/local/bin/tinysshd")
            if os.path.exists(path)]
        self.hidden = None      # a file that is not there
        self.config = []        # of scp-server
        self.bin = os.path.join(TOP, "bin")
        if not os.path.exists(os.path.join(self.bin, "scp-server")):
            install(self.bin)

    def configure(self, path):
        """Puts a file in the place of the usual configuration."""
        if not os.environ.get(private.ENTERED):
            suite.skip("needs a private system")
        self.config = [path, "/etc/scp-server.conf"]
        if not os.path.exists(self.config[1]):
            write(self.config[1], "")
            atexit.register(os.remove, self.config[1])

    def command(self, *words):
        config = self.first + "".join(
            "%s %s\n" % pair for pair in self.sshd.items()
            if pair[1] is not None) + self.last
        made = write(os.path.join(TOP, "sshd_config"), config)
        return ["unshare", "-m", "--propagation", "private", "/bin/sh", "-c",
                INSIDE, "sh", made, "/etc/ssh/sshd_config",
                self.passwd, "/etc/passwd", self.group, "/etc/group",
                self.bin, "/usr/local/bin", *self.config,
                *(["/dev/null", self.hidden] if self.hidden else []),
                *(path for pair in self.over for path in pair), "--",
                suite.CHECK, *words]

    def run(self, *words):
        done = subprocess.run(
            self.command(*words), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="latin-1", timeout=60)
        if done.returncode == 99:
            suite.skip("can't mount here: " + done.stderr)
        return done

    def check(self, *words):
        return self.run("--user", USER, *words)

    def explain(self, command, *words):
        return self.run("explain", command, "--user", USER, *PREFER, *words)

    def fix(self, line):
        """Does what a finding says."""
        where, _, setting = line.partition(": ")
        if where == "sshd_config":
            self.last += "\n".join(setting.split(" / ")) + "\n"
        elif where == "sshd_config, before any Match":
            self.first += setting + "\n"
        else:
            raise AssertionError("no line of sshd's: " + line)


def need_inspection(done):
    if "not inspected" in done.stdout:
        suite.skip(re.search(r"not inspected: .*", done.stdout)[0])
