"""Attacks 13 to 18: command strings, options, environment, login shell."""

import itertools
import os
import re
import subprocess

import peer
import suite
from place import (FILE, NEW, PATIENCE, STOCK, attack, dies_of, has_only,
                   is_refused, login, place, request, stock, talk, waiting)
from trees import read, write

SHELL_WORDS = ("`touch pwned`", "$(touch pwned)", "x;touch pwned",
               "x|touch pwned", "x&touch pwned", "x&&touch pwned",
               "x>pwned", "x\ntouch pwned", "${IFS}pwned", "<(touch pwned)",
               "\"`touch pwned`\"", "\"$(touch pwned)\"", "x #", "(x)", "x\\")


@attack("13-CVE-2020-15778-shell-in-target",
        "a backquote in the target runs in the remote login shell (OpenSSH; "
        "libssh CVE-2019-14889; system() on names: CVE-2006-0225)")
def shell_in_target():
    with place() as here:
        for text in SHELL_WORDS:
            for verb in ("-t", "-f"):
                line = "scp %s %s" % (verb, text)
                is_refused(request(here, line, FILE, cwd=here.root))
                is_refused(login(line, FILE, cwd=here.root))
        has_only(here.root)
        literal = request(here, "scp -t '`touch pwned`'", FILE, cwd=here.root)
        suite.check_equal(literal[:2], (0, b"\0\0\0"), "as a name")
        has_only(here.root, "`touch pwned`")
        for name in ("execve", "execveat", "fork", "vfork", "clone3"):
            dies_of(here, name)
        if not os.access(STOCK, os.X_OK):
            return None
        talk(["sh", "-c", STOCK + " -t " + SHELL_WORDS[0]], cwd=here.outside)
        return ("the shell that starts OpenSSH's scp has run the command"
                if os.path.exists(here.path("outside/pwned")) else None)


# What deny-lists of options let through, E being a program to run.
OPTION_LINES = (
    "scp -S E -t x", "scp -SE -t x", "scp -rS E -t x", "scp -tS E x",
    "scp -oProxyCommand=E -t x", "scp -o ProxyCommand=E -t x",
    "scp -rpoProxyCommand=E -t x", "scp -F E -t x", "scp -FE -f x",
    "scp -D E -t x", "scp -J h -f x", "scp -P 22 -t x", "scp -i E -t x",
    "scp -c E -t x", "scp -X nrequests=1 -t x", "scp -3 a:x b:y",
    "scp -t -S E x", "scp x h:y", "scp -e E -t x", "scp --rsh=E -t x",
    "rsync --server -e E . x", "rsync --rsh=E x y", "svnserve -t",
    "cvs server", "unison -server", "E", "/bin/sh", "sh -c E",
    "/bin/scp.sh -t x",
    "scp;E", "exec scp -t x", "env scp -t x", "scp\t-S\tE\t-t\tx",
)


@attack("14-CVE-2019-1000018-options-run-programs",
        "an option that the filter in front of scp or rsync did not know "
        "starts a program (rssh CVE-2019-3463, -3464, CVE-2012-2251, -2252, "
        "-3478; scponly CVE-2002-1469, CVE-2004-1162, CVE-2005-4533, "
        "CVE-2007-6350, -6415; SFTPGo CVE-2025-24366)")
def options_run_programs():
    with place() as here:
        evil = write(here.path("evil"), b"#!/bin/sh\ntouch %s\n" %
                     here.path("pwned").encode(), 0o755)
        for line in OPTION_LINES:
            text = re.sub(r"\bE\b", evil, line)
            is_refused(request(here, text, FILE, cwd=here.root))
            is_refused(login(text, FILE, cwd=here.root))
        clusters = list(itertools.product("tfrpdvSoFe", repeat=3))
        for cluster in ("".join(c) for c in clusters[::13]):
            if set(cluster) & set("SoFe"):
                is_refused(request(here, "scp -%s %s x" % (cluster, evil),
                                   FILE, cwd=here.root))
        suite.check(not os.path.exists(here.path("pwned")), "it was run")
        has_only(here.root)
        if stock(["-S", evil, "127.0.0.1:x", here.outside]) is None:
            return None
        return ("OpenSSH's scp has run the program of -S"
                if os.path.exists(here.path("pwned")) else None)


@attack("15-CVE-2005-4532-setuid-chroot-helper",
        "installed setuid root, it lets local users chroot where they like "
        "(scponlyc; rssh_chroot_helper CVE-2005-3345)")
def setuid_helper():
    suite.need_root()
    with place() as here:
        if os.statvfs(here.base).f_flag & os.ST_NOSUID:
            suite.skip(here.base + " is mounted nosuid")
        os.chmod(here.base, 0o777)
        program = here.path("program")
        for mode, wanted in ((0o4755, 78), (0o2755, 78), (0o6755, 78),
                             (0o755, 0)):
            # a system call of our own: install(1) would lose the bits
            write(program, read(suite.SERVER), mode)
            os.chown(program, 0, 0)
            os.chmod(program, mode)
            seen = subprocess.run(
                [program, "-o", "AuditLog=none", "-o", "Root=none",
                 "-t", here.path("up")],
                input=FILE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                user=64123, group=64123, extra_groups=[], timeout=PATIENCE)
            suite.check_equal(seen.returncode, wanted, oct(mode))
            suite.check_equal(os.path.exists(here.path("up")), wanted == 0,
                              "stored with " + oct(mode))
            os.unlink(program)


ENVIRONMENT = {
    "BASH_ENV": "evil", "ENV": "evil", "SHELLOPTS": "xtrace", "IFS": "/",
    "PS4": "$(touch pwned)", "BASH_FUNC_scp%%": "() { touch pwned; }",
    "x": "() { :;}; touch pwned", "TERM": "() { :;}; touch pwned",
    "TZ": "/etc/passwd", "TZDIR": "/", "LANG": "../../evil", "LC_ALL": "evil",
    "LOCPATH": ".", "NLSPATH": "./%N", "GCONV_PATH": ".", "LANGUAGE": "evil",
    "MALLOC_PERTURB_": "165", "GLIBC_TUNABLES": "glibc.malloc.check=3",
    "HOSTALIASES": "evil", "RES_OPTIONS": "debug", "TMPDIR": "/nowhere",
    "POSIXLY_CORRECT": "1", "HOME": "/nowhere", "PATH": ".", "SHELL": "evil",
    "SSH_CONNECTION": "$(touch pwned) 1 2 3", "SSH_AUTH_SOCK": "evil",
    "SSH_USER_AUTH": "/etc/passwd", "SSH_TTY": "evil",
    "POPT_ALIASES": "scp alias -t --exec evil", "XDG_CONFIG_HOME": ".",
}


def started(here, environment):
    """Both ways in that read the environment: what they say."""
    seen = [talk([suite.SERVER, "-o", "AuditLog=none", "-o", "Root=" +
                  here.root] + words, FILE, env=environment, cwd=here.root)
            for words in ([], ["-t", "/f"])]
    return [s[:2] for s in seen]


@attack("16-CVE-2014-6271-environment",
        "what the environment holds is run, loaded or obeyed: functions for "
        "bash (Shellshock), BASH_ENV, TZ, LOCPATH, ~/.ssh/environment")
def environment():
    with place() as here:
        write(here.in_root("evil"), b"touch pwned\n", 0o755)
        clean = {"SSH_ORIGINAL_COMMAND": "scp -t /f"}
        wanted = started(here, clean)
        suite.check_equal(wanted, [(0, b"\0\0\0")] * 2, "without any")
        for name, value in ENVIRONMENT.items():
            suite.check_equal(started(here, dict(clean, **{name: value})),
                              wanted, name)
        suite.check_equal(started(here, dict(clean, **ENVIRONMENT)), wanted,
                          "all of them")
        has_only(here.root, "evil", "f")
        with waiting(here, ["-t", "/f"],
                     env=dict(os.environ, MARKER="x" * 100)) as server:
            suite.check_equal(server.reply(), peer.OK, "the first answer")
            try:
                left = read("/proc/%d/environ" % server.process.pid)
            except PermissionError:
                return              # it is undumpable, so only root may look
            suite.check_equal(left.strip(b"\0"), b"", "environment")


START_UP = (".bashrc", ".bash_profile", ".profile", ".ssh/rc", ".login",
            ".ssh/authorized_keys", ".ssh/environment", ".zshenv", ".cshrc",
            ".tcshrc", ".pam_environment", ".forward", ".k5login", ".rhosts",
            ".shosts", ".config/autostart/x", ".procmailrc", ".netrc",
            "bin/ls", ".local/bin/ls", ".BASHRC", ".Ssh/rc")


@attack("17-start-up-files",
        "an account that may only copy uploads ~/.bashrc or ~/.ssh/rc, which "
        "its next login runs; sshd also calls a login shell for ~/.ssh/rc")
def start_up_files():
    with place() as here:
        for path in START_UP:
            is_not_planted(here, path)
        has_only(here.root)
        for text in ("/bin/sh ~/.ssh/rc", "/bin/sh .ssh/rc", "/bin/sh -c id",
                     "/bin/bash", "-i", "."):
            status, answers, _ = login(text, FILE)
            suite.check_equal((status, answers), (2, b""), text)


def is_not_planted(here, path):
    """Neither in a tree, nor by its path though its directory is there."""
    top, _, name = path.rpartition("/")
    tree = b"".join(b"D0755 0 %s\n" % part.encode()
                    for part in top.split("/") if part)
    tree += b"C0644 4 %s\n" % name.encode() + NEW + b"\0"
    sent = [("scp -r -t .", tree)]
    if top:
        os.makedirs(here.in_root(top))
    sent += [("scp -t " + at + path, FILE) for at in ("", "~/", "/", "./")]
    for text, data in sent:
        status, answers, _ = request(here, text, data)
        suite.check(status in (1, 2) and b"not allowed" in answers,
                    "%s: %r" % (path, answers))
        suite.check_equal(os.listdir(here.in_root(top)), [], path)
    if top:
        os.removedirs(here.in_root(top))
    os.makedirs(here.root, exist_ok=True)


@attack("18-CVE-2017-8386-interactive-help",
        "a restricted shell's own help starts a pager, and that a shell "
        "(git-shell --help)")
def interactive_help():
    with place() as here:
        for argv0, words in (("-scp-server", []), ("scp-server", []),
                             ("-scp", []), ("-sh", [])):
            done = subprocess.run([argv0] + words, executable=suite.SERVER,
                                  input=b"!sh\n", stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=PATIENCE,
                                  env={"PAGER": "touch pwned"}, cwd=here.root)
            suite.check(done.returncode in (1, 2) and done.stdout == b"",
                        "%s: %r" % (argv0, done))
            suite.check_equal(done.stderr.count(b"\n"), 1, "lines on stderr")
        for text in ("scp --help", "scp -h", "scp-server --help", "help", "?",
                     "scp --version", "scp -V", "scp-server --check",
                     "scp-server --explain 'scp -t x'", "man scp", "less x"):
            for seen in (request(here, text, b"!sh\n"),
                         login(text, b"!sh\n", cwd=here.root)):
                suite.check(seen[0] in (1, 2, 78), "%s: %r" % (text, seen))
                suite.check(not seen[1].startswith(b"\0"), repr(seen))
        has_only(here.root)
