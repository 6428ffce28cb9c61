"""Start-up files of a home that is the account's Root.

Planting: each name in each spelling, by an upload to it, as a file or
directory that arrives, and in a tree; the home must stay as it was.  Reading
them is refused too.  Planted: what root put there beforehand must not run at
any kind of login; the same files run for an account with a shell of its own,
which shows that the test would notice.
"""

import os
import re

import answers
import cells
import clients
import trees
import world
from suite import add, check, check_equal

BODY = b"touch /srv/marks/uploaded\n"
NAMES = (
    ".ssh/rc", ".ssh/authorized_keys", ".ssh/authorized_keys2",
    ".ssh/environment", ".ssh/config", ".bashrc", ".bash_profile",
    ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".zshrc",
    ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".login", ".cshrc",
    ".tcshrc", ".pam_environment", ".forward", ".procmailrc", ".k5login",
    ".k5users", ".rhosts", ".shosts", ".netrc", ".config/autostart/x",
    ".local/bin/x", ".gnupg/gpg.conf", ".gitconfig", ".vimrc", ".emacs",
    ".emacs.d/init.el", ".xprofile", ".xsessionrc", "bin/x",
)
# N is the name, H the home; there is a directory "sub" in it.
SPELLINGS = (
    "N", "./N", "/N", "//N", "~/N", "'~/N'", "HN", "sub/../N",
    "/sub/.././N", "'N'", "\"N\"", "-- N", "N/",
)
REFUSED = rb"\x02scp: [^\n]*(name|names,) not allowed (here )?\(DotFiles\)\n"


def add_accounts(w):
    """home-*: confined to the home; free: the same home with a shell."""
    lines = []
    for name in ("home-plant", "home-planted"):
        person = w.add(name, world.PROGRAM)
        os.mkdir(w.path(person.home, "sub"))
        trees.write(w.path(person.home, "f"), b"f\n")
        person.own(w.path(person.home))
        lines += ["Match User " + name, "Root %h"]
    w.add("home-free", "/bin/sh")
    os.mkdir(w.path("srv/marks"))
    os.chmod(w.path("srv/marks"), 0o777)
    return [], lines


class Home:
    def __init__(self, w, name):
        self.w = w
        self.person = w.people[name]
        self.top = w.path(self.person.home)

    def say(self, command, sent=b"", options=()):
        words = self.w.shared(self.person)
        words[1:1] = options
        status, out, err = clients.run(
            words + ([command] if command else []), self.person, sent)
        return status, answers.refusal(status, out), err

    def marks(self):
        return sorted(os.listdir(self.w.path("srv/marks")))


def cases_of(name):
    """How the name may be written on a file system that folds case."""
    return dict.fromkeys((name, name.upper(), name.title(),
                          name[:2] + name[2:].swapcase()))


def spelt(home, name):
    for spelling in SPELLINGS:
        text = spelling.replace("H", home.person.home + "/")
        for variant in cases_of(name):
            yield text.replace("N", variant)


def unchanged(home, act):
    """act() must leave the home as it is."""
    before = trees.snapshot(home.top)
    act()
    lines = trees.differences(trees.snapshot(home.top), before,
                              {"mode", "dir-mode"})
    check(not lines, "planted: %s" % lines[:5])


def refused(home, command, sent, before=b""):
    status, out, err = home.say(command, sent)
    check(status == 2 and re.fullmatch(before + REFUSED, out),
          "%s: status %d, %r (%s)" % (command, status, out, err))


def named_as_the_target(home, name):
    sent = b"C0644 %d f\n%s\0" % (len(BODY), BODY)
    for path in spelt(home, name):
        refused(home, "scp -t " + path, sent)
    refused(home, "scp -r -t " + name.split("/")[0], sent)
    refused(home, "scp -r -p -d -t " + name, sent)


def sent_below_a_directory(home, name):
    """As the file or the directory of a C or D record, also in a tree."""
    first, *rest = name.split("/")
    for variant in cases_of(first):
        if rest:
            records = b"D0755 0 %s\n" % variant.encode()
        else:
            records = b"C0644 %d %s\n" % (len(BODY), variant.encode())
        for command in ("scp -r -t .", "scp -r -t /", "scp -r -t sub/..",
                        "scp -r -t ~", "scp -r -t " + home.person.home):
            told_later(home, command, records)
        if not rest:
            refused(home, "scp -t .", records, b"\0")


def told_later(home, command, records):
    """With -r a refused file is dropped first; a directory ends it."""
    body = BODY + b"\0" if records.startswith(b"C") else b""
    status, out, err = home.say(command, records + body)
    wanted = rb"\0\0\x01" if body else rb"\0\x02"
    check(re.fullmatch(wanted + REFUSED[4:], out) and status in (1, 2),
          "%s: status %d, %r (%s)" % (command, status, out, err))


def climbed_to(home, name):
    """A tree that tries to leave its own directory."""
    body = b"C0644 %d f\n" % len(BODY)
    for climb in (b"D0755 0 ..\n", b"D0755 0 .\n",
                  b"D0755 0 ../%s\n" % name.encode(),
                  b"C0644 5 ../%s\n" % name.encode()):
        status, out, _ = home.say("scp -r -t sub",
                                  b"D0755 0 made\n" + climb + body)
        check(status == 2 and out.startswith(b"\0\0\2scp: "),
              "%r: %r" % (climb, out))
    made = os.path.join(home.top, "sub", "made")
    if os.path.isdir(made):
        os.rmdir(made)


def asked_for(home, name):
    """There since the account was made: .ssh/authorized_keys."""
    first = name.split("/")[0]
    for path in (name, "/" + name, "sub/../" + name, first):
        status, out, _ = home.say("scp -r -f " + path, b"\0")
        check(status != 0 and out[:1] in b"\1\2" and b"\nssh-" not in out,
              "%s: status %d, %r" % (path, status, out))


def by_a_real_client(home):
    """The local tree holds a whole set of them."""
    here = home.w.path("here-startup")
    for name in NAMES:
        path = os.path.join(here, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        trees.write(path, BODY)
    client = clients.OpenSSH(home.person)
    daemon = home.w.daemons["openssh"]
    for name in (".bashrc", ".ssh", "bin", ".config"):
        outcome = client.put(daemon, [os.path.join(here, name)], "/",
                             tree=True)
        check(outcome.status != 0 and "(DotFiles)" in outcome.text,
              "%s: %s" % (name, outcome.text))
    outcome = client.put(daemon, [here + "/."], "/", tree=True)
    check(outcome.status != 0, "the whole tree: " + outcome.text)


def a_tree_on_the_way_down(home):
    """The home itself is served without them, and without a complaint."""
    status, out, err = home.say("scp -r -f .", b"\0" * 20)
    check_equal(status, 0, "status (%s)" % err)
    check(b"authorized_keys" not in out and b".ssh" not in out, out)
    check(b" f\n" in out, "nothing came: %r" % out)


ATTEMPTS = (named_as_the_target, sent_below_a_directory, asked_for)

# What root puts there, as somebody before us might have.
PLANTED = (".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv",
           ".cshrc", ".login", ".ssh/rc", "bin/scp", "bin/scp-server")


def plant(home):
    for name in PLANTED:
        path = os.path.join(home.top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        trees.write(path, b"#!/bin/sh\ntouch /srv/marks/%s-%s\n" % (
            home.person.name.encode(), name.replace("/", "_").encode()),
            0o755)
    trees.write(os.path.join(home.top, ".pam_environment"),
                b"BASH_ENV=/srv/marks/x\n")


def nothing_planted_runs(w):
    """Every kind of login; sshd starts .ssh/rc through the login shell."""
    home = Home(w, "home-planted")
    plant(home)
    for command, options, wanted in (
            ("scp -f f", (), (0, b"C0644 2 f\nf\n\0")),
            ("/bin/sh .ssh/rc", (), (2, b"")), (None, (), (1, b"")),
            ("bash -l", (), (2, b"")), ("sftp", ("-s",), (2, b""))):
        status, out, err = home.say(command, b"\0\0\0", options)
        check_equal((status, out), wanted, "%s (%s)" % (command, err))
    check_equal(home.say(None, options=("-tt",))[0], 1, "a terminal")
    through_dropbear(home)
    check_equal(home.marks(), [], "what ran")


def through_dropbear(home):
    client = clients.OpenSSH(home.person)
    daemon = cells.daemon_of(home.w, "dropbear")
    outcome = client.get(daemon, ["/f"], home.w.path("back-planted"))
    check_equal(outcome.status, 0, outcome.text)


def the_same_files_run_with_a_shell(w):
    """Otherwise nothing_planted_runs would prove nothing."""
    home = Home(w, "home-free")
    plant(home)
    try:
        home.say("true")
        home.say(None, b"true\n")
        check("home-free-.ssh_rc" in home.marks(), "sshd ran no .ssh/rc")
        check("home-free-.profile" in home.marks(), "sh ran no .profile")
    finally:
        for mark in home.marks():
            os.unlink(w.path("srv/marks", mark))



def an_uploaded_rc_does_nothing(w):
    """The whole story: it is refused, and a later login shows nothing."""
    home = Home(w, "home-plant")
    client = clients.OpenSSH(home.person)
    source = trees.write(w.path("rc"), BODY)
    outcome = client.put(w.daemons["openssh"], [source], "/.ssh/rc")
    check(outcome.status != 0, "it was taken")
    status, out, _ = clients.run(clients.ssh_words(
        home.person, w.daemons["openssh"].port) + ["scp -f f"],
        home.person, b"\0\0\0")
    check_equal((status, out), (0, b"C0644 2 f\nf\n\0"), "a later login")
    check_equal(home.marks(), [], "what ran")


STORIES = (an_uploaded_rc_does_nothing, the_same_files_run_with_a_shell,
           nothing_planted_runs)


def add_cases(get_world):
    def planting(act):
        def run():
            home = Home(get_world(), "home-plant")
            unchanged(home, lambda: act(home))
        return run
    ahead = world.Ahead(4, get_world)
    for name in NAMES:
        for attempt in ATTEMPTS:
            act = (lambda home, name=name, attempt=attempt:
                   attempt(home, name))
            ahead.add("startup/%s/%s" % (name.replace("/", "_"),
                                         attempt.__name__), planting(act))
    for name in NAMES:      # these make a directory, so one by one
        add("startup/%s/climbed_to" % name.replace("/", "_"), planting(
            lambda home, name=name: climbed_to(home, name)))
    for act in (by_a_real_client, a_tree_on_the_way_down):
        add("startup/" + act.__name__, planting(act))
    for story in STORIES:
        add("startup/" + story.__name__,
            lambda story=story: story(get_world()))
