"""What users type and clients send where no shell reads it.

Patterns and odd names with real clients; command lines through ssh: quoting
in every dialect, what a shell would have run, no request, a terminal, sshd's
own /bin/sh ~/.ssh/rc, and SFTP.
"""

import os
import re
import shutil
import subprocess

import answers
import cells
import clients
import sshd
import trees
import world
from suite import add, check, check_equal

NAME = "typed"
CONTENT = {"a.txt": b"a\n", "b.txt": b"b\n", "c.log": b"c\n",
           ".hidden.txt": b"h\n", "with space.dat": b"s\n"}
HELLO = b"C0644 6 f\nhello\n\0"
NOT_ALLOWED = rb"\x02scp: command not allowed\n"
NO_SHELL = b"scp: this is the server half of scp, not a shell; copy from " \
    b"your own machine: scp -O file account@host:\n"
SCP_ONLY = b"this account takes scp commands only; copy from your own machine"

# What a client asks for -> what comes, in the order of the directory.
PATTERNS = (
    ("*.txt", {"a.txt", "b.txt"}),
    ("/*.txt", {"a.txt", "b.txt"}),
    ("?.txt", {"a.txt", "b.txt"}),
    ("[bc].*", {"b.txt", "c.log"}),
    ("{a,c}.*", {"a.txt", "c.log"}),
    ("{a.txt,c.log}", {"a.txt", "c.log"}),
    (".h*", {".hidden.txt"}),
    ("~/a.txt", {"a.txt"}),
    ("~/*.log", {"c.log"}),
    ("with\\ space.dat", {"with space.dat"}),
)

# A command, and the name that it stores HELLO under.
STORED = (
    ("scp -t plain", "plain"),
    ("'scp' -vt plain", "plain"),
    ("/usr/bin/scp  -t   plain", "plain"),
    ("scp -t 'with space'", "with space"),
    ("scp -t with\\ space", "with space"),
    ("scp -t \"with space\"", "with space"),
    ("scp -t 'it'\"'\"'s'\\!'x'", "it's!x"),
    ("scp -t it\\'s", "it's"),
    ("scp -t \"say \\\"so\\\"\"", 'say "so"'),
    ("scp -t 'a'b\"c\"", "abc"),
    ("scp -t '$(touch pwned)'", "$(touch pwned)"),
    ("scp -t '`touch pwned`'", "`touch pwned`"),
    ("scp -t \\$HOME", "$HOME"),
    ("scp -t \"\\$HOME\"", "$HOME"),
    ("scp -t 'a;b|c&d>e'", "a;b|c&d>e"),
    ("scp -t 'st*r'", "st*r"),
    ("scp -t '[x]{y,z}'", "[x]{y,z}"),
    ("scp -t -- -dash", "-dash"),
    ("scp -t ~/plain", "plain"),
    ("scp -t '~/plain'", "plain"),
    ("scp -t sub/../plain", "plain"),
)

# What a shell would have acted on: nothing is stored, nothing runs.
REFUSED = (
    "scp -t \"$(touch pwned)\"", "scp -t $(touch pwned)",
    "scp -t `touch pwned`", "scp -t \"`touch pwned`\"", "scp -t $HOME/f",
    "scp -t \"$HOME/f\"", "scp -t f;touch pwned", "scp -t f|touch pwned",
    "scp -t f&touch pwned", "scp -t f && touch pwned", "scp -t f>pwned",
    "scp -t f<pwned", "scp -t (f)", "scp -t f\ntouch pwned", "scp -t 'f",
    "scp -t \"f", "scp -t f\\", "scp -t f # comment",
)

# Not scp at all: a sentence on stderr, nothing on stdout.
FOREIGN = (
    "/bin/sh ~/.ssh/rc", "sh -c 'scp -t f'", "cd / && scp -t f", "ls -la",
    "env scp -t f", "bash", "rsync --server . f", "./scp -t f",
    "scp2 -t f", "$(touch pwned)", "'scp -t f'", "; scp -t f",
    "echo begin; scp -t f", "sudo scp -t f",
)


def add_accounts(w):
    """The same twice: by login shell, and by a forced command."""
    match, lines = [], []
    for how, shell in (("shell", world.PROGRAM), ("force", "/bin/sh")):
        person = w.add("%s-%s" % (NAME, how), shell)
        fill(w, person)
        lines += ["Match User " + person.name, "Root /srv/%u",
                  "DotFiles allow"]
    match += ["Match User %s-force" % NAME, "\tForceCommand " + world.PROGRAM]
    return match, lines


def fill(w, person):
    root = w.srv(person, person.name)
    os.mkdir(os.path.join(root, "sub"))
    for name, content in CONTENT.items():
        trees.write(os.path.join(root, name), content)
    person.own(root)


class Line:
    """A session of one of the two accounts, and what its root holds."""

    def __init__(self, w, how):
        self.w = w
        self.person = w.people["%s-%s" % (NAME, how)]
        self.port = w.daemons["openssh"].port
        self.root = w.path("srv", self.person.name)
        self.before = self.names()

    def names(self):
        return sorted(os.listdir(self.root))

    def say(self, command, sent=b"", options=()):
        """ssh HOST COMMAND; without a command that is a login."""
        words = self.w.shared(self.person)
        words[1:1] = options
        status, out, err = clients.run(
            words + ([command] if command else []), self.person, sent)
        return status, answers.refusal(status, out), err

    def changed_nothing(self):
        check_equal(self.names(), self.before, "names")
        check(not os.path.exists(self.w.path(self.person.home, "pwned")),
              "something ran")


def a_pattern(line, pattern, wanted):
    here = line.w.path("here-pattern-" + line.person.name)
    os.mkdir(here)
    try:
        words = clients.OpenSSH(line.person).words(line.port)
        status, out, err = clients.run(
            words + ["%s@%s:%s" % (line.person.name, sshd.ADDRESS, pattern),
                     here], line.person)
        check_equal(status, 0, "status (%s)" % err)
        check_equal(set(os.listdir(here)), wanted, "what came")
    finally:
        shutil.rmtree(here)


def stored(line, command, name):
    status, out, err = line.say(command, HELLO)
    check_equal((status, out), (0, b"\0\0\0"), "answer (%s)" % err)
    check_equal(line.names(), sorted(line.before + [name]), "names")
    check_equal(trees.read(os.path.join(line.root, name)), b"hello\n", name)
    os.unlink(os.path.join(line.root, name))


def refused(line, command):
    status, out, err = line.say(command, HELLO)
    check_equal(status, 2, "status (%s)" % err)
    check(re.fullmatch(NOT_ALLOWED, out), "answer: %r" % out)
    line.changed_nothing()


def foreign(line, command):
    status, out, err = line.say(command, HELLO)
    check_equal((status, out), (2, b""), "answer (%s)" % err)
    check(SCP_ONLY in err and err.count(b"\n") == 1, "stderr: %r" % err)
    line.changed_nothing()


def a_pattern_that_matches_nothing(line):
    status, out, _ = line.say("scp -f *.none", b"\0")
    check_equal(status, 1, "status")
    check(re.fullmatch(rb"\x01scp: \*\.none: No such file or directory\n",
                       out), "answer: %r" % out)


def a_pattern_as_a_target(line):
    for pattern in ("*.txt", "a?txt"):
        status, out, _ = line.say("scp -t " + pattern, HELLO)
        check_equal((status, out), (
            2, b"\2scp: a pattern can't be a target\n"), "answer")
    line.changed_nothing()


def somebody_elses_home(line):
    for path in ("~root/f", "~nobody/f"):
        status, out, _ = line.say("scp -t " + path, HELLO)
        check_equal((status, out[:6]), (2, b"\2scp: "), "answer")
    line.changed_nothing()


def above_the_root_is_one_answer(line):
    """Whether a file is there can't be learnt: one text, byte for byte."""
    seen = set()
    for path in ("../typed-none/f", "../../etc/passwd", "/../../none"):
        status, out, _ = line.say("scp -f " + path, b"\0")
        check(status in (1, 2), "status %d" % status)
        seen.add(out.replace(path.encode(), b"PATH"))
    check_equal(len(seen), 1, "answers: %r" % seen)


def a_login(line):
    """No request, no terminal: one sentence on stderr, and that is it."""
    status, out, err = line.say(None)
    check_equal((status, out), (1, b""), "answer (%s)" % err)
    check_equal(err, NO_SHELL, "stderr")


def a_terminal(line):
    """ssh -t: with a terminal stdout and stderr are one."""
    status, out, err = line.say(None, options=("-tt",))
    check_equal(status, 1, "status")
    text = (out + err).replace(b"\r\n", b"\n")
    check_equal(text, NO_SHELL, "its sentence")


def a_login_as_winscp(line):
    """WinSCP in SCP mode opens a shell and types into it."""
    status, out, err = line.say(
        None, b"echo \"WinSCP: this is end-of-file:0\"\n")
    check_equal((status, out, err), (1, b"", NO_SHELL), "answer")


def an_upload_as_winscp(line):
    """With two blanks and its E; the session ends without end of input."""
    words = clients.ssh_words(line.person, line.port)
    with subprocess.Popen(words + ["scp -r  -d -t \"/\""],
                          stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as client:
        client.stdin.write(HELLO + b"E\n")
        client.stdin.flush()
        check_equal(client.stdout.read(), b"\0\0\0\0", "answers")
        check_equal(client.wait(60), 0, "status")
    os.unlink(os.path.join(line.root, "f"))


def an_sftp_client(line):
    """The same program answers, with its version first."""
    for request, options in (("sftp", ("-s",)),
                             ("/usr/lib/openssh/sftp-server", ())):
        status, out, err = line.say(request, b"\0\0\0\5\1\0\0\0\3", options)
        check_equal((status, out[4:9]), (0, b"\2\0\0\0\3"),
                    "answer (%s)" % err)


def a_scp_of_today(line):
    """Without -O it speaks SFTP."""
    if line.person.shell != world.PROGRAM:
        return
    daemon = cells.daemon_of(line.w, "dropbear")
    words = clients.OpenSSH(line.person).words(daemon.port)
    words.remove("-O")
    status, _, err = clients.run(
        words + ["%s@%s:a.txt" % (line.person.name, sshd.ADDRESS),
                 line.w.path("back")], line.person)
    check_equal((status, err), (0, b""), "answer")


def our_own_name_sent_by_a_client(line):
    """Through a login shell its options are read, but can only tighten; the
    request is then sshd's, and there is none.  To a forced command it is a
    foreign command like any other."""
    tightens = ("--read-only", "-o Root=/", "-o Sftp=no", "-o MinFree=1K",
                "-o AuditDigest=sha256", "-o PreserveTimes=no",
                "-o PreserveModes=no", "-o MakeParents=no", "-o SetIdBits=no",
                "-o Interrupted=discard", "-o Links=no", "-o Relay=deny")
    loosens = ("-o User=root", "-o Symlinks=follow", "-o Chroot=no",
               "-o AuditLog=none", "--config /srv/f", "-t /",
               "-o Links=yes", "-o MakeParents=yes", "-o Relay=*")
    for options, wanted in [(options, 1) for options in tightens] + [
            (options, 78) for options in loosens]:
        status, out, err = line.say("scp-server " + options, HELLO)
        if line.person.shell != world.PROGRAM:
            wanted = 2
        check(status == wanted or wanted == 78 and status == 2,
              "status %d for %s: %s" % (status, options, err))
        check_equal(out, b"", "stdout")
        check(err != b"", "nothing on stderr")
    line.changed_nothing()


def odd_names_both_ways(line):
    client = clients.OpenSSH(line.person)
    daemon = line.w.daemons["openssh"]
    here = line.w.path("here-odd-" + line.person.name)
    os.mkdir(here)
    try:
        source = trees.write(os.path.join(here, "f"), b"odd\n")
        for name in trees.ODD_NAMES:
            for outcome in (client.put(daemon, [source], "/" + name),
                            client.get(daemon, ["/" + name],
                                       os.path.join(here, "back"))):
                check_equal(outcome.status, 0, "%r: %s" % (name,
                                                           outcome.text))
            check_equal(trees.read(os.path.join(here, "back")), b"odd\n",
                        name)
            os.unlink(os.path.join(line.root, name))
        line.changed_nothing()
    finally:
        shutil.rmtree(here)


STORIES = (a_pattern_that_matches_nothing, a_pattern_as_a_target,
           somebody_elses_home, above_the_root_is_one_answer, a_login,
           a_terminal, a_login_as_winscp, an_upload_as_winscp,
           an_sftp_client, a_scp_of_today, our_own_name_sent_by_a_client,
           odd_names_both_ways)


def each(story, *columns):
    """A story told for every row of a table."""
    def tell(line):
        for row in zip(*columns):
            try:
                story(line, *row)
            except AssertionError as e:
                raise AssertionError("%r: %s" % (row[0], e)) from None
    return tell


TABLES = (
    ("patterns", each(a_pattern, *zip(*PATTERNS))),
    ("quoting", each(stored, *zip(*STORED))),
    ("what_a_shell_would_have_run", each(refused, REFUSED)),
    ("other_commands", each(foreign, FOREIGN)),
)


def add_cases(get_world):
    rows = TABLES + tuple((story.__name__, story) for story in STORIES)
    for how in ("shell", "force"):
        for name, story in rows:
            add("line/%s/%s" % (how, name),
                lambda how=how, story=story: story(Line(get_world(), how)))
