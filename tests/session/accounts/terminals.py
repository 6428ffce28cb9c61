"""Who types at a terminal, or sends another command, is told what to do next:
by login shell and by forced command, with SFTP, without it, without a Root,
and where the administrator made a mistake."""

import functools

import clients
import world
from suite import add, check, check_equal

NEXT = "copy from your own machine: scp -O file account@host:"
PAGES = "see scp-server.conf(5) and scp-server-check(8)"
HELP = "see scp-server --help"

# account -> login shell?, options of the forced command, lines of the file,
# the exit statuses without a request and with another, what is said
ACCOUNTS = {
    "tty-shell": (True, "", "Root /srv", (1, 2), NEXT),
    "tty-shell-scp": (True, "", "Root /srv\nSftp no", (1, 2), NEXT),
    "tty-shell-bare": (True, "", "", (1, 2), NEXT),
    "tty-force": (False, "-o Root=/srv", "", (1, 2), NEXT),
    "tty-force-scp": (False, "-o Root=/srv -o Sftp=no", "", (1, 2), NEXT),
    "tty-force-read": (False, "-o Root=/srv --read-only", "", (1, 2), NEXT),
    "tty-force-bare": (False, "", "", (1, 2), NEXT),
    "tty-value": (False, "-o Root=/srv -o Sftp=sideways", "", (78, 78),
                  "-o Sftp=sideways: neither yes nor no"),
    "tty-pages": (False, "-o Rooot=/srv", "", (78, 78), PAGES),
    "tty-meant": (False, "-o Rooot=/srv", "", (78, 78),
                  "perhaps Root is meant"),
    "tty-option": (False, "--raed-only /srv", "", (2, 2), HELP),
}
ASKED = (None, "ls -l", "rsync --server -e.LsfxCIvu . /x", "id; id",
         "git-receive-pack x", "bash -l")


def add_accounts(w):
    lines = []
    for name, (by_shell, options, policy, _, _) in ACCOUNTS.items():
        w.add(name, world.PROGRAM if by_shell else "/bin/sh",
              options="" if by_shell else 'command="%s %s"' % (
                  world.PROGRAM, options))
        if policy:
            lines += ["Match User " + name, policy]
    return [], lines


def is_told(get_world, name, asked, terminal):
    w = get_world()
    _, _, _, statuses, wanted = ACCOUNTS[name]
    person = w.people[name]
    words = w.shared(person)
    if terminal:        # a shared connection would want one of its own
        words = clients.ssh_words(person, w.daemons["openssh"].port)
        words[1:1] = ["-tt"]
    status, out, err = clients.run(words + [asked] * bool(asked), person)
    check_equal(status, statuses[asked is not None], "status")
    check_equal(out if not terminal else b"", b"", "stdout")
    text = (out + err).decode().replace("\r\n", "\n")
    check(wanted in text, "it says %r" % text)
    check_equal(text.count("scp: "), 1, "sentences in %r" % text)


def add_cases(get_world):
    for name in ACCOUNTS:
        for asked in ASKED:
            for terminal in (False, True)[:1 + (asked in ASKED[:2])]:
                add("terminal/%s/%s%s" % (
                    name, "-tt:" * terminal,
                    "login" if asked is None else asked.replace("/", "_")),
                    functools.partial(is_told, get_world, name, asked,
                                      terminal))
