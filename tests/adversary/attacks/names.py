"""Attacks 1 to 12: names and paths that the peer gives."""

import os
import pwd
import re
import subprocess

import inject
import peer
import suite
from place import (FILE, NEW, SANITIZED, SECRET, attack, has_only, is_fatal,
                   is_printable, is_refused, mode_of, place, request, serve,
                   talk, untouched)
from trees import read, write

HOSTILE = (b"..", b".", b"", b"../x", b"/x", b"a/b", b"/", b"./x", b"x/",
           b"../outside/secret", b"a/../../outside/secret", b"a\0b")


@attack("01-CVE-2018-20685-directory-mode",
        "a directory record for '.' or no name changes the target's own mode "
        "(OpenSSH; in dropbear CVE-2020-36254)")
def directory_mode():
    with place() as here:
        os.chmod(here.root, 0o700)
        for name in (b".", b"", b"..", b"./", b"./."):
            for confined in (True, False):
                at = "/" if confined else here.root
                for tail in (b"", b"E\n", FILE + b"E\n"):
                    data = b"D0777 0 " + name + b"\n" + tail
                    is_fatal(serve(here, ["-r", "-p", "-t", at], data,
                                   confined))
                    suite.check_equal(mode_of(here.root), 0o700, "mode")
        has_only(here.root)


@attack("02-CVE-2019-6111-names-nobody-asked-for",
        "the sender chooses names that leave the target: by '/', '..' or more "
        "ends than directories (OpenSSH; in libssh CVE-2026-0964)")
def chosen_names():
    with place() as here, untouched(here):
        for name in HOSTILE:
            for record in (b"C0644 4 " + name + b"\n" + NEW + b"\0",
                           b"D0755 0 " + name + b"\n" + FILE + b"E\n"):
                is_fatal(serve(here, ["-r", "-t", "/"], record))
        has_only(here.root)
        up = b"D0755 0 d\nE\nE\n" + FILE
        suite.check_equal(serve(here, ["-r", "-t", "/"], up)[:2],
                          (0, b"\0\0\0\0"), "an end too many")
        has_only(here.root, "d")
        has_only(here.base, "root", "outside", "log")


@attack("03-CVE-2019-6109-terminal-escapes",
        "escape sequences in names and messages drive the terminal of whoever "
        "reads them (OpenSSH, with CVE-2019-6110)")
def terminal_escapes():
    evil = b"\x1b]0;owned\x07\x1b[2J\x9b31m"
    with place() as here:
        seen = serve(here, ["-f", evil], b"\0\0\0")
        is_printable(seen[1].translate(None, b"\1\2"), "answer")
        is_printable(seen[2], "stderr")
        for name in (evil, b"\x1b[2J", b"a\rb", b"\x7f", b"a\tb", b"\x08"):
            record = b"C0644 4 " + name + b"\n" + NEW + b"\0"
            seen = serve(here, ["-r", "-t", "/"], record)
            suite.check(seen[0] == 1 and b"\1scp: " in seen[1], repr(seen))
            is_printable(seen[1].translate(None, b"\0\1"), "answer")
            seen = serve(here, ["-r", "-t", "/"], b"D0755 0 " + name + b"\n")
            is_fatal(seen)
        has_only(here.root)
        name = b"c1-\xc2\x9b31m-\xff\x80"
        data = b"C0644 4 " + name + b"\n" + NEW + b"\0"
        serve(here, ["-r", "-t", "/"], data + b"\1" + evil + b"\n")
        suite.check_equal(os.listdir(os.fsencode(here.root)), [name], "stored")
        is_printable(read(here.log), "the log")
        here.records()                          # each is a JSON text
        suite.check(b"\\\\x9b" in read(here.log), "the name is not told")


@attack("04-CVE-2020-12062-second-answer",
        "a failure to set times is answered twice, so that the peers lose "
        "step and data is read as commands (OpenSSH, disputed)")
def second_answer():
    if SANITIZED:
        suite.skip("sanitizers and ptrace don't go together")
    inject.build()
    with place() as here:
        list_of_calls = here.path("calls")
        # the umask takes a right, so that its mode has to be set
        data = (b"T1 0 1 0\nC0666 4 f\n" + NEW + b"\0" +
                b"C0644 4 g\n" + NEW + b"\0")
        # a file whose times or mode are refused is stored, and this is told
        for call in ("utimensat", "fchmod"):
            argv = inject.command(list_of_calls, (call, 1, "-e", 5),
                                  here.server("-p", "-d", "-t", "/"))
            status, answers, _ = talk(argv, data)
            changed = [c for c in inject.read_calls(list_of_calls) if c.changed]
            suite.check_equal(len(changed), 1, "failures of " + call)
            said = re.sub(rb"[\1\2][^\n]*\n", b"!", answers)
            suite.check_equal((status, said), (1, b"\0\0\0!\0\0"), call)
            has_only(here.root, "f", "g")
            for name in ("f", "g"):
                suite.check_equal(read(here.in_root(name)), NEW, name)
                os.unlink(here.in_root(name))


@attack("05-CVE-2025-15382-wolfssh-list",
        "what wolfSSH's SCP server had to mend: '/' and '..' in names, links "
        "written through, set-id bits kept, times set by path, no depth limit, "
        "a byte read beyond the end of a path")
def wolfssh_list():
    with place() as here, untouched(here):
        os.symlink(here.secret, here.in_root("l"))
        stamp = b"T1000000000 0 1000000000 0\n"
        data = stamp + b"C4755 4 l\n" + NEW + b"\0"
        seen = serve(here, ["-r", "-p", "-t", "/"], data)
        suite.check_equal(seen[:2], (0, b"\0\0\0\0"), "onto a link")
        suite.check(not os.path.islink(here.in_root("l")), "still a link")
        suite.check_equal(oct(mode_of(here.in_root("l"))), "0o755", "mode")
        os.symlink(here.outside, here.in_root("d"))
        data = stamp + b"D0777 0 d\n" + FILE + b"E\n"
        is_fatal(serve(here, ["-r", "-p", "-t", "/"], data))
        is_fatal(serve(here, ["-r", "-t", "/"], b"D0755 0 x\n" * 65))
        for operand in ("../" * 1300, "a/" * 2047, "x" * 4096, "/.."):
            is_refused(serve(here, ["-t", operand + "/f"], FILE))


@attack("06-CVE-2026-30914-two-normal-forms",
        "the policy judges one spelling of a path and the file system is asked "
        "for another (SFTPGo)")
def two_normal_forms():
    spellings = (".ssh/keys", "./.ssh/keys", "//.ssh//keys", "x/../.ssh/keys",
                 "/x/./../.ssh/./keys", ".ssh/x/../keys", "../.ssh/keys",
                 "l/keys", "x/../l/keys", ".SSH/keys", "~/.ssh/keys",
                 "'.ssh'/keys", "\\.ssh/k\\eys", '".s"s"h/"keys')
    with place() as here:
        os.mkdir(here.in_root(".ssh"))
        os.mkdir(here.in_root("x"))
        write(here.in_root(".ssh/keys"), SECRET)
        os.symlink(".ssh", here.in_root("l"))
        for path in spellings:
            seen = request(here, "scp -t " + path, FILE)
            is_refused(seen)
            seen = request(here, "scp -f " + path, b"\0\0\0")
            suite.check(SECRET not in seen[1] and seen[0] != 0, path)
        suite.check_equal(read(here.in_root(".ssh/keys")), SECRET, "content")
        has_only(here.in_root(".ssh"), "keys")
        seen = request(here, "scp -f x/../.ssh/keys", b"\0\0\0",
                       ["-o", "DotFiles=allow"])
        suite.check(SECRET in seen[1], "the spelling never led there")


@attack("07-CVE-2026-30915-account-name-in-root",
        "an account named '../..' moves the root that is made of its name "
        "(SFTPGo: home template)")
def account_name_in_root():
    suite.need_root()
    suite.need_tool("unshare", "setpriv", "mount")
    script = ('mount --bind "$1" /etc/passwd && shift && exec setpriv '
              '--reuid 64123 --regid 64123 --clear-groups "$@"')
    with place() as here:
        os.makedirs(here.in_root("plain"))
        os.chown(here.in_root("plain"), 64123, 64123)
        accounts = read("/etc/passwd")
        program = here.path("scp-server")
        subprocess.run(["install", "-m", "755", suite.SERVER, program],
                       check=True)
        for name in ("../outside", "..", ".", "a/b", ".x", "-x", "plain"):
            path = write(here.path("passwd"), accounts +
                         b"%s:x:64123:64123::/:/bin/sh\n" % name.encode())
            seen = talk(["unshare", "-m", "sh", "-c", script, "sh", path,
                         program, "-o", "AuditLog=none", "-o",
                         "Root=%s/%%u" % here.root, "-t", "/"], FILE)
            wanted = ((0, b"\0\0\0") if name == "plain" else
                      (78, b"\2scp: server configuration error\n"))
            suite.check_equal(seen[:2], wanted, name)
        has_only(here.outside, "secret")
        has_only(here.in_root("plain"), "f")
    suite.check(all(p.pw_uid != 64123 for p in pwd.getpwall()), "left behind")


@attack("08-CVE-2026-23942-sibling-prefix",
        "/srv/user10 passes for a part of /srv/user1, as the root's path is "
        "compared as a string (Erlang; in goshs CVE-2026-40876)")
def sibling_prefix():
    with place() as here:
        sibling = here.root + "0"
        os.mkdir(sibling)
        write(os.path.join(sibling, "secret"), SECRET)
        write(here.in_root("f"), NEW)
        for path in (sibling + "/secret", "../root0/secret", "0/secret",
                     here.root + "/../root0/secret"):
            seen = serve(here, ["-f", path], b"\0\0\0")
            suite.check(seen[0] != 0 and SECRET not in seen[1], path)
            serve(here, ["-t", path], FILE)
        suite.check_equal(read(os.path.join(sibling, "secret")), SECRET)
        has_only(sibling, "secret")
        seen = serve(here, ["-f", here.root + "/f"], b"\0\0\0")
        suite.check(NEW in seen[1], "the root's own path is not understood")


@attack("09-CVE-2023-35887-existence-outside",
        "answers about paths above the root tell whether something is there "
        "(Apache MINA; with CVE-2026-48827, no check for '..')")
def existence_outside():
    with place() as here:
        write(here.path("outside", "there.."), NEW)
        os.symlink("../outside/secret", here.in_root("lsecret"))
        os.symlink("../outside/absent", here.in_root("labsent"))
        for words in (["-f"], ["-t"], ["-r", "-f"], ["-o", "Symlinks=follow",
                                                     "-f"]):
            for there, absent in (("../outside/secret", "../outside/absent"),
                                  ("../outside/secret/", "../outside/absent/"),
                                  ("../../etc", "../../nix"),
                                  ("lsecret", "labsent")):
                if words == ["-t"] and there == "lsecret":
                    continue        # as a name it is a link to replace
                seen = [serve(here, words + [path], b"\0\0\0")
                        for path in (there, absent)]
                told = [(s[0], s[1].replace(p.encode(), b"PATH"), s[2])
                        for s, p in zip(seen, (there, absent))]
                suite.check_equal(told[0], told[1], there)
                suite.check(SECRET not in seen[0][1], "it was sent")


@attack("10-CVE-2017-7418-link-in-root-path",
        "only the last component of the root is looked at: an account that "
        "owns one before it leads the chroot elsewhere (ProFTPD)")
def link_in_root_path():
    suite.need_root()
    with place("/run") as here:
        top = here.in_root("a/b/c")
        os.makedirs(top)

        def chrooted():
            return talk([suite.SERVER, "-o", "AuditLog=none", "-o", "Root=" +
                         top, "-o", "Chroot=yes", "-t", "/"], FILE)

        suite.check_equal(chrooted()[:2], (0, b"\0\0\0"), "the path is good")
        for part in ("a", "a/b", "a/b/c"):
            path = here.in_root(part)
            for mode, owner in ((0o777, 0), (0o775, 0), (0o755, 65534)):
                os.chmod(path, mode)
                os.chown(path, owner, 0)
                suite.check_equal(chrooted()[0], 78, part)
            os.chmod(path, 0o755)
            os.chown(path, 0, 0)
            os.rename(path, path + "-real")
            os.symlink(here.outside, path)
            suite.check_equal(chrooted()[0], 78, "a link for " + part)
            os.unlink(path)
            os.rename(path + "-real", path)
        has_only(here.outside, "secret")


SIZES_NEVER = (b"9223372036854775808", b"18446744073709551616",
               b"1" + b"0" * 30, b"-1", b"+4", b"0x4", b"4x", b"", b" 4",
               b"4.0", b"1e3")


@attack("11-proftpd-scp-records",
        "ProFTPD's SCP: records cut into packets, sizes that overflow, a short "
        "upload that keeps the old end, temporaries left by a quota, FIFOs")
def proftpd_records():
    with place() as here:
        write(here.in_root("f"), SECRET * 10)
        server = peer.Server(here.server("-t", "/f"))
        for n in range(len(FILE)):
            server.send(FILE[n:n + 1])
        suite.check_equal(server.finish(), (b"\0\0\0", 0), "byte by byte")
        suite.check_equal(read(here.in_root("f")), NEW, "content")
        for size in SIZES_NEVER:
            is_fatal(serve(here, ["-r", "-t", "/"],
                           b"C0644 " + size + b" g\n" + NEW + b"\0"))
        zeros = b"C0644 0000000000000000004 g\n" + NEW + b"\0"
        suite.check_equal(serve(here, ["-t", "/g"], zeros)[:2],
                          (0, b"\0\0\0"), "leading zeros")
        os.mkfifo(here.in_root("p"))
        is_refused(serve(here, ["-t", "/p"], FILE))
        big = b"C0644 3000000 big\n" + b"x" * 3000000 + b"\0"
        limit = ["sh", "-c", 'ulimit -f 1000; exec "$@"', "sh"]
        status, answers, _ = talk(limit + here.server("-t", "/big"), big)
        suite.check(status != 0 and b"scp: " in answers, repr(answers))
        has_only(here.root, "f", "g", "p")


@attack("12-GHSA-c9v7-wmwj-vf6x-denied-protocol",
        "a second protocol is served although policy denies it (Teleport: SFTP "
        "through the proxy; its SCP had attacks 1 and 3)")
def denied_protocol():
    # INIT, and OPENDIR of the root; VERSION, and STATUS with 8 and its words
    asked = (b"\0\0\0\5\1\0\0\0\3"
             b"\0\0\0\012\013\0\0\0\1\0\0\0\1/")
    refused = (b"\0\0\0\5\2\0\0\0\3"
               b"\0\0\0\106\145\0\0\0\1\0\0\0\10\0\0\0\065")
    with place() as here:
        write(here.in_root("f"), SECRET)
        for text in ("sftp", "internal-sftp", "sftp-server",
                     "/usr/lib/openssh/sftp-server",
                     "/usr/lib/openssh/sftp-server -R", "scp -s"):
            status, answers, _ = request(here, text, asked,
                                         ("-o", "Sftp=no"))
            suite.check(status in (1, 2), "%s: status %d" % (text, status))
            scp = text == "scp -s"
            suite.check(answers.startswith(b"\2" if scp else refused) and
                        (scp or len(answers) == 9 + 4 + 70), repr(answers))
        reasons = [r.get("reason") for r in here.records()]
        suite.check(reasons, "nothing was logged")
