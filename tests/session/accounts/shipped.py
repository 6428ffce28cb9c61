"""The files of contrib/, installed as they are in a World of their own.

Nothing in them is substituted but the keys: the World lays its own /etc, /srv
and /usr/local/bin over the machine's.  Its log is the machine's /dev/log.
"""

import functools
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading

import answers
import clients
import sshd
import suite
import trees
import world
from suite import add, check, check_equal, need_tool

CONTRIB = os.path.join(suite.TOP, "contrib")
# account -> its group beside scponly, and its root
MEMBERS = {
    "web1": ("scp-backup", "backup/web1"), "job": ("scp-ci", "artifacts"),
    "router": ("scp-gear", "config/router"),
    "alice": ("scp-tenants", "tenants/alice"),
    "bob": ("scp-tenants", "tenants/bob"),
}
KEYS = {"drop": "drop", "mirror": "pub", "shared": "shared", "hook": "pub"}
making = threading.Lock()


def install(w, name, to):
    shutil.copy(os.path.join(CONTRIB, name), w.path("etc", to))


def key_lines():
    """The comment of each key in authorized_keys -> what stands before it."""
    with open(os.path.join(CONTRIB, "authorized_keys")) as f:
        found = re.findall(r"^(command=.*) ssh-ed25519 \S+ (\w+)$", f.read(),
                           re.MULTILINE)
    return {name: options for options, name in found}


def documented_homes():
    """What our documents say after -d of accounts that only copy."""
    found = set()
    for name in ("contrib/README", "man/scp-server.8"):
        with open(os.path.join(suite.TOP, name)) as f:
            lines = re.findall(r"useradd (?:.*\\\n)*.*", f.read())
        lines = [line for line in lines if "/scp-server" in line]
        check(lines, "no useradd in " + name)
        found |= {re.search(r"\s-d (\S+)", line).group(1)
                  for line in lines}
    return found


def move_home(w, name):
    """As useradd would have made it: on this account nothing else hangs."""
    home, = documented_homes()
    with open(w.path("etc/passwd")) as f:
        lines = f.read()
    check_equal(lines.count(":/home/%s:" % name), 1, "homes of " + name)
    sshd.write(w.path("etc/passwd"),
               lines.replace(":/home/%s:" % name, ":%s:" % home))
    shutil.rmtree(w.path("home", name))


@functools.lru_cache(maxsize=None)
def made():
    w = world.World(suite.SERVER)
    for name, (group, root) in MEMBERS.items():
        w.srv(w.add(name, world.PROGRAM), root)
        w.group(group, [n for n, m in MEMBERS.items() if m[0] == group])
        move_home(w, name)
    w.group("scponly", list(MEMBERS))
    for name, options in key_lines().items():
        person = w.add(name, "/bin/sh", options=options)
        if not os.path.isdir(w.path("srv", KEYS[name])):
            w.srv(person, KEYS[name])
    appliance(w)
    install(w, "scp-server.conf", "scp-server.conf")
    install(w, "sshd_config.d/scp-server.conf",
            "ssh/sshd_config.d/scp-server.conf")
    w.openssh("Include /etc/ssh/sshd_config.d/*.conf")
    return w


def appliance(w):
    """root, with its home where dropbear finds our key and not the real."""
    with open(w.path("etc/passwd")) as f:
        others = [line for line in f if not line.startswith("root:")]
    sshd.write(w.path("etc/passwd"), "".join(others))
    root = w.add("root", "/bin/sh", uid=0)
    lines = sorted(others + [root.passwd()],
                   key=lambda line: int(line.split(":")[2]))
    sshd.write(w.path("etc/passwd"), "".join(lines))
    os.mkdir(w.path("srv/firmware"))


def the_world():
    world.need_world()
    with making:
        return made()


class Shipped:
    """An account of the World, and its directory on the server's side."""

    def __init__(self, name, root, daemon=None):
        self.w = the_world()
        self.person = self.w.people[name]
        self.daemon = daemon or self.w.daemons["openssh"]
        self.client = clients.OpenSSH(self.person)
        self.top = self.w.path("srv", root)
        self.here = self.w.path("here-" + name)
        os.makedirs(self.here, exist_ok=True)

    def put(self, target, content=b"sent\n", refused=None):
        source = trees.write(os.path.join(self.here, "f"), content)
        self.judge(self.client.put(self.daemon, [source], target), refused)

    def get(self, path, refused=None):
        back = os.path.join(self.here, "back")
        self.judge(self.client.get(self.daemon, [path], back), refused)
        return None if refused else trees.read(back)

    def judge(self, outcome, refused):
        if refused is None:
            # nor does sshd complain, for instance about the home
            check_equal(outcome, (0, ""), "outcome")
        else:
            check(outcome.status != 0 and refused in outcome.text,
                  "not refused with %r: %r" % (refused, outcome))

    def say(self, command, sent=b""):
        status, out, err = clients.run(
            clients.ssh_words(self.person, self.daemon.port) + [command],
            self.person, sent)
        return status, answers.refusal(status, out), err

    def holds(self, wanted):
        seen = {name: trees.read(os.path.join(self.top, name))
                for name in os.listdir(self.top)}
        check_equal(seen, wanted, "what is stored")

    def mode(self, name):
        return os.stat(os.path.join(self.top, name)).st_mode & 0o7777


def a_backup_drop_box():
    box = Shipped("web1", "backup/web1")
    box.put("/monday.tar")
    box.put("/monday.tar", b"other\n", refused="File exists")
    box.get("/monday.tar", refused="downloads are not allowed")
    box.holds({"monday.tar": b"sent\n"})
    check_equal(box.mode("monday.tar"), 0o440, "mode")


def artifacts_of_a_build():
    ci = Shipped("job", "artifacts")
    ci.put("/a.tar.gz")
    ci.put("/a.tar.gz", b"other\n", refused="File exists")
    ci.put("/.a", refused="(DotFiles)")
    check_equal(ci.get("/a.tar.gz"), b"sent\n", "content")
    status, out, _ = ci.say("scp -t big", b"C0644 2147483649 big\n")
    check(status == 2 and b"(MaxFileSize)" in out, "%d %r" % (status, out))
    ci.holds({"a.tar.gz": b"sent\n"})


def a_router():
    gear = Shipped("router", "config/router")
    for n in range(3):
        gear.put("running-config", b"version %d\n" % n)
    gear.get("running-config", refused="downloads are not allowed")
    gear.holds({"running-config": b"version 2\n",
                "running-config.~1~": b"version 0\n",
                "running-config.~2~": b"version 1\n"})
    status, out, _ = gear.say("scp -v -p -t /startup",
                              b"C0777 2 startup\nx\n\0")
    check_equal((status, out), (0, b"\0\0\0"), "an older client")
    check_equal(gear.mode("startup"), 0o700, "mode")


def two_tenants():
    alice, bob = [Shipped(n, "tenants/" + n) for n in ("alice", "bob")]
    for tenant in (alice, bob):
        tenant.put("/mine", tenant.person.name.encode())
        check_equal(tenant.get("/mine"), tenant.person.name.encode(), "mine")
        tenant.put("/.bashrc", refused="(DotFiles)")
        tenant.put("/x.exe", refused="(DenyNames)")
    alice.get("../bob/mine", refused="Path leaves the served directory")
    alice.get("/srv/tenants/bob/mine", refused="No such file")
    alice.get("/etc/passwd", refused="No such file")
    bob.holds({"mine": b"bob"})
    check_equal(bob.mode("mine"), 0o640, "mode")


def an_appliance():
    need_tool("dropbear", "dropbearconvert")
    daemon = the_world().dropbear("-c", world.PROGRAM)
    box = Shipped("root", "firmware", daemon)
    box.put("/new.bin")
    box.put("/new.bin", b"newer\n")
    box.put("/passwd", refused="(AllowNames)")
    box.put("/../etc/new.bin", refused="Path leaves the served directory")
    box.holds({"new.bin": b"newer\n"})
    check_equal(box.mode("new.bin"), 0o600, "mode")


def a_key_that_adds():
    key = Shipped("drop", "drop")
    key.put("/f")
    key.put("/f", b"other\n", refused="File exists")
    key.get("/f", refused="downloads are not allowed")
    key.holds({"f": b"sent\n"})


def a_key_that_reads():
    key = Shipped("mirror", "pub")
    trees.write(os.path.join(key.top, "hook"), b"the hook\n")
    check_equal(key.get("/hook"), b"the hook\n", "content")
    key.put("/new", refused="uploads are not allowed")
    key.holds({"hook": b"the hook\n"})


def a_key_that_keeps():
    key = Shipped("shared", "shared")
    key.put("/f", b"one\n")
    key.put("/f", b"two\n")
    key.put("/.f", refused="(DotFiles)")
    key.holds({"f": b"two\n", "f.~1~": b"one\n"})


def a_key_that_gets_one_file():
    key = Shipped("hook", "pub")
    trees.write(os.path.join(key.top, "hook"), b"the hook\n")
    trees.write(os.path.join(key.top, "secret"), b"secret\n")
    for command in ("scp -f hook", "scp -f secret", "ls"):
        status, out, err = key.say(command, b"\0\0\0")
        check_equal((status, out), (0, b"C0644 9 hook\nthe hook\n\0"),
                    "%s (%s)" % (command, err))
    # neither would begin, so it is told, and gets nothing
    key.put("/secret", b"other\n", refused="serves another kind of copy")
    key.holds({"hook": b"the hook\n", "secret": b"secret\n"})
    os.unlink(os.path.join(key.top, "secret"))


def every_key_has_a_case():
    check_equal(set(key_lines()), set(KEYS), "keys in authorized_keys")


def nothing_else_through_the_connection():
    """A terminal, a forwarding, a command: the snippet's promises."""
    w = the_world()
    person, port = w.people["web1"], w.daemons["openssh"].port
    words = clients.ssh_words(person, port)
    for options, command in (((), "id"), ((), None), (("-tt",), None),
                             (("-W", "127.0.0.1:%d" % port), None)):
        line = words[:1] + list(options) + words[1:]
        status, out, err = clients.run(line + [command] * bool(command),
                                       person)
        check(status != 0 and out == b"", "%s: %d %r" % (line[1:2], status,
                                                         out))


# Hides the program $0, and puts a /dev with the log socket $1 in place.
STAGE = """
mount -t tmpfs -o mode=755 none /dev
mknod -m 666 /dev/null c 1 3
ln -s $1 /dev/log
test ! -e $0 || mount --bind /dev/null $0
shift
exec "$@"
"""


def the_check_finds_nothing():
    """scp-server-check in the same system: what is shipped is safe.  It is
    for OpenSSH, so a TinySSH of the machine is out of sight; and there is a
    log socket, as on any machine but a bare one."""
    w = the_world()
    with tempfile.TemporaryDirectory() as top, socket.socket(
            socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        os.chmod(top, 0o755)
        log.bind(os.path.join(top, "log"))
        os.chmod(os.path.join(top, "log"), 0o666)
        for name in MEMBERS:
            done = subprocess.run(
                w.inside(["/bin/sh", "-ec", STAGE, "/usr/sbin/tinysshd",
                          os.path.join(top, "log"),
                          world.PROGRAM + "-check", "--user", name]),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=30)
            check(done.returncode >= 0, "signal %d" % -done.returncode)
            check_equal(done.returncode, 0, done.stdout.decode())


STORIES = (a_backup_drop_box, artifacts_of_a_build, a_router, two_tenants,
           an_appliance, a_key_that_adds, a_key_that_reads, a_key_that_keeps,
           a_key_that_gets_one_file, every_key_has_a_case,
           nothing_else_through_the_connection, the_check_finds_nothing)


def add_cases(_):
    for story in STORIES:
        add("shipped/" + story.__name__, story)
