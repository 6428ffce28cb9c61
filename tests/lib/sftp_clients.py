"""Clients that copy over SFTP, behind the face of clients.py.

More words of `can`:

  resumes     goes on with a part that is there, up and down
  tree-into   copies directories into one that is there
  whole-tree  copies the contents of a directory to a directory

rename(), remove() and link() are there if a client has them.  `keeps` is what a copy
can bring along, up and down, of "mode" and "mtime".
"""

import contextlib
import importlib
import os
import subprocess
import tempfile

import clients
import sshd
from clients import Client, Outcome

TREES = {"tree", "several", "several-down"}
MODES = {"modes", "up-modes", "down-modes", "dir-modes"}
TIMES = {"file-times", "dir-times"}
BOTH = {"mode", "mtime"}


def quoted(path):
    """For the command lines of sftp, psftp and lftp."""
    return '"%s"' % path.replace("\\", "\\\\").replace('"', '\\"')


def is_mounted(top):
    """Also if who serves it is gone, where stat(2) fails."""
    with open("/proc/self/mounts") as f:
        return any(line.split()[1] == top for line in f)


class Scp(clients.OpenSSH):
    """scp as it is since OpenSSH 9.0.  A target goes over as it is typed."""
    name = "scp"
    can = clients.OpenSSH.can - {"between", "server-names", "item-text",
                                 "all-items-text", "fatal-text"}
    keeps = (BOTH, BOTH)

    def words(self, port):
        return ["scp", "-s", "-q",
                "-P", str(port)] + clients.openssh_options(self.site)

    def plain(self, path):
        return "%s@%s:%s" % (self.site.account.name, sshd.ADDRESS, path)

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self._run(daemon, tree, preserve,
                         sources + [self.plain(target)])


class Lines(Client):
    """A client that is told what to do in lines on stdin."""

    def run_lines(self, daemon, lines):
        text = "".join(line + "\n" for line in lines)
        status, out, err = clients.run(self.words(daemon.port), self.site,
                                       os.fsencode(text))
        return Outcome(status, (out + err).decode(errors="replace"))


class Sftp(Lines):
    name = "sftp"
    tools = ("sftp", "ssh")
    can = TREES | MODES | TIMES | {"folder", "odd-names", "resumes"}
    keeps = (BOTH, BOTH)

    def words(self, port):
        return ["sftp", "-q", "-b", "-", "-P", str(port)] + \
            clients.openssh_options(self.site) + [
                "%s@%s" % (self.site.account.name, sshd.ADDRESS)]

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self.run_lines(daemon, [
            "put %s%s%s %s" % ("-r " * tree, "-p " * preserve, quoted(s),
                               quoted(target)) for s in sources])

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self.run_lines(daemon, [
            "get %s%s%s %s" % ("-r " * tree, "-p " * preserve, quoted(s),
                               quoted(target)) for s in sources])

    def resume(self, daemon, up, source, target):
        return self.run_lines(daemon, ["%s %s %s" % (
            "reput" if up else "reget", quoted(source), quoted(target))])

    def rename(self, daemon, old, new):
        return self.run_lines(daemon, ["rename %s %s" % (quoted(old),
                                                         quoted(new))])

    def remove(self, daemon, path):
        return self.run_lines(daemon, ["rm " + quoted(path)])

    def link(self, daemon, text, path):
        return self.run_lines(daemon, ["ln -s %s %s" % (text, quoted(path))])


class Curl(clients.Curl):
    name = "curl"
    can = {"resumes"}

    def missing(self):
        if Client.missing(self) is None and "sftp" not in sshd.run(
                "curl", "-V").split("Protocols:")[1].split("\n")[0].split():
            return "curl with sftp"
        return Client.missing(self)

    def _outcome(self, words):
        words[-1] = words[-1].replace("scp://", "sftp://", 1)
        return super()._outcome(words)

    def resume(self, daemon, up, source, target):
        if up:
            return self._copy(daemon, target, ["-C", "-", "-T", source])
        return self._copy(daemon, source, ["-C", "-", "-o", target])

    def _command(self, daemon, line):
        """-Q takes commands before a copy; a list of names is the least."""
        return self._copy(daemon, "/", ["-l", "-o", "/dev/null", "-Q", line])

    def rename(self, daemon, old, new):
        return self._command(daemon, 'rename "%s" "%s"' % (old, new))

    def remove(self, daemon, path):
        return self._command(daemon, 'rm "%s"' % path)


class Sshfs(Client):
    """The account's files mounted here, and cp."""
    name = "sshfs"
    tools = ("sshfs", "fusermount3")
    can = TREES | MODES | TIMES | {"folder", "odd-names", "resumes",
                                   "goes-on", "looks-first"}
    keeps = (BOTH, BOTH)

    def mounted(self, daemon, do):
        """do(where the root is seen): what it returns, an Outcome."""
        top = tempfile.mkdtemp(dir=self.site.top)
        words = ["sshfs", "-p", str(daemon.port),
                 "%s@%s:/" % (self.site.account.name, sshd.ADDRESS), top,
                 "-o", "IdentityFile=" + self.site.path("key"),
                 "-o", "StrictHostKeyChecking=no,BatchMode=yes",
                 "-o", "IdentitiesOnly=yes,LogLevel=ERROR",
                 "-o", "UserKnownHostsFile=" + self.site.path("known_hosts"),
                 "-o", "ssh_command=ssh -F none,workaround=rename"]
        status, out, err = clients.run(words, self.site)
        if status != 0:
            os.rmdir(top)
            return Outcome(status, (out + err).decode(errors="replace"))
        try:
            return do(top)
        finally:
            self._unmount(top)
            self.site.account.idle()
            os.rmdir(top)

    def _unmount(self, top):
        """The kernel asks for CLOSE after close(2), and an unmount drops what
        it still has to ask for: a file would not be stored.  What is asked
        later and answered shows that CLOSE was asked for; the end of the
        session, that it has come."""
        with contextlib.suppress(OSError):      # sshfs has ended
            os.statvfs(top)
        sshd.wait_for(lambda: subprocess.run(
            ["fusermount3", "-u", top], stderr=subprocess.DEVNULL
        ).returncode == 0 or not is_mounted(top), 20)

    def _cp(self, words, tree, preserve):
        words = ["cp"] + ["-r"] * tree + ["--preserve=mode,timestamps"] * \
            preserve + ["--"] + words
        return self._tool(*words)

    def _tool(self, *words):
        return self._outcome(list(words))

    def there(self, daemon, path):
        if not path.startswith("/"):
            path = os.path.join(self.site.home, path)
        return path.lstrip("/")

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self.mounted(daemon, lambda top: self._cp(
            sources + [os.path.join(top, self.there(daemon, target))],
            tree, preserve))

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self.mounted(daemon, lambda top: self._cp(
            [os.path.join(top, self.there(daemon, s)) for s in sources] +
            [target], tree, preserve))

    def resume(self, daemon, up, source, target):
        def go_on(top):
            a, b = source, target
            if up:
                b = os.path.join(top, self.there(daemon, target))
            else:
                a = os.path.join(top, self.there(daemon, source))
            try:
                with open(b, "ab") as new, open(a, "rb") as old:
                    old.seek(os.path.getsize(b))
                    new.write(old.read())
            except OSError as e:
                return Outcome(1, str(e))
            return Outcome(0, "")
        return self.mounted(daemon, go_on)

    def rename(self, daemon, old, new):
        return self.mounted(daemon, lambda top: self._tool("mv", "-f", *[
            os.path.join(top, self.there(daemon, p)) for p in (old, new)]))

    def remove(self, daemon, path):
        return self.mounted(daemon, lambda top: self._tool(
            "rm", os.path.join(top, self.there(daemon, path))))

    def link(self, daemon, text, path):
        return self.mounted(daemon, lambda top: self._tool(
            "ln", "-s", text, os.path.join(top, self.there(daemon, path))))


class Pscp(clients.PuTTY):
    name = "pscp"
    can = {"tree-into", "folder", "several"}
    keeps = ({"mtime"}, {"mtime"})

    def words(self, port):
        return ["pscp", "-sftp", "-q",
                "-P", str(port)] + clients.putty_options(self.site)

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self._run(daemon, tree, preserve, sources + [
            "%s@%s:%s" % (self.site.account.name, sshd.ADDRESS, target)])


class Psftp(Lines):
    name = "psftp"
    tools = ("psftp", "puttygen")
    can = {"whole-tree", "resumes"}

    def words(self, port):
        script = self.site.path("psftp.script")
        return ["psftp", "-P", str(port)] + clients.putty_options(
            self.site) + ["-b", script, "%s@%s" % (
                self.site.account.name, sshd.ADDRESS)]

    def quote(self, path):
        return '"%s"' % path.replace('"', '""')

    def run_lines(self, daemon, lines):
        with tempfile.NamedTemporaryFile(dir=self.site.top) as script:
            script.write(os.fsencode("".join(s + "\n" for s in lines)))
            script.flush()
            words = self.words(daemon.port)
            words[words.index("-b") + 1] = script.name
            status, out, err = clients.run(words, self.site)
        return Outcome(status, (out + err).decode(errors="replace"))

    def _lines(self, word, tree, paths, target):
        return ["%s %s%s %s" % (word, "-r " * tree, self.quote(p),
                                self.quote(target)) for p in paths]

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self.run_lines(daemon, self._lines(
            "put", tree, sources, target))

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self.run_lines(daemon, self._lines(
            "get", tree, sources, target))

    def resume(self, daemon, up, source, target):
        return self.run_lines(daemon, self._lines(
            "reput" if up else "reget", False, [source], target))

    def rename(self, daemon, old, new):
        return self.run_lines(daemon, self._lines("mv", False, [old], new))

    def remove(self, daemon, path):
        return self.run_lines(daemon, ["rm " + self.quote(path)])


class Rclone(Client):
    """It always sets times by path after CLOSE, and asks for them again."""
    name = "rclone"
    tools = ("rclone",)
    can = {"whole-tree"}
    keeps = ({"mtime"}, {"mtime"})

    def remote(self, daemon, path):
        """As it would stand in a configuration."""
        return ":sftp,host=%s,port=%d,user=%s,key_file=%s,shell_type=none," \
            "disable_hashcheck=true:%s" % (
                sshd.ADDRESS, daemon.port, self.site.account.name,
                self.site.path("key"), path)

    def _copy(self, tree, a, b):
        return self._rclone(*(["copy", "--create-empty-src-dirs"] if tree
                              else ["copyto"]), a, b)

    def _rclone(self, *words):
        return self._outcome([
            "rclone", "--config", "/dev/null", "--retries", "1",
            "--low-level-retries", "1", "-q", *words])

    def rename(self, daemon, old, new):
        return self._rclone("moveto", self.remote(daemon, old),
                            self.remote(daemon, new))

    def remove(self, daemon, path):
        return self._rclone("deletefile", self.remote(daemon, path))

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self._copy(tree, sources[0], self.remote(daemon, target))

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self._copy(tree, self.remote(daemon, sources[0]), target)


class Lftp(Lines):
    name = "lftp"
    tools = ("lftp", "ssh")
    can = {"resumes", "whole-tree"}
    keeps = ({"mtime"}, {"mtime"})

    def words(self, port):
        program = " ".join(["ssh", "-a", "-x"] + clients.openssh_options(
            self.site))
        return ["lftp", "--norc", "-e", "set cmd:fail-exit yes; "
                "set sftp:connect-program \"%s\"; set net:max-retries 1; "
                "set sftp:auto-confirm yes; open -u %s, sftp://%s:%d" % (
                    program, self.site.account.name, sshd.ADDRESS, port)]

    def put(self, daemon, sources, target, tree=False, preserve=False):
        if tree:
            return self.run_lines(daemon, ["mirror -R %s %s" % (
                quoted(sources[0]), quoted(target))])
        return self.run_lines(daemon, ["put %s -o %s" % (
            quoted(sources[0]), quoted(target))])

    def get(self, daemon, sources, target, tree=False, preserve=False):
        if tree:
            return self.run_lines(daemon, ["mirror %s %s" % (
                quoted(sources[0]), quoted(target))])
        return self.run_lines(daemon, [
            "set xfer:clobber yes", "get %s -o %s" % (
                quoted(sources[0]), quoted(target))])

    def resume(self, daemon, up, source, target):
        return self.run_lines(daemon, ["%s -c %s -o %s" % (
            "put" if up else "get", quoted(source), quoted(target))])

    def rename(self, daemon, old, new):
        return self.run_lines(daemon, ["mv %s %s" % (quoted(old),
                                                     quoted(new))])

    def remove(self, daemon, path):
        return self.run_lines(daemon, ["rm " + quoted(path)])

    def link(self, daemon, text, path):
        return self.run_lines(daemon, ["ln -s %s %s" % (text, quoted(path))])


class Paramiko(Client):
    """Called in this process.  Its put() asks for the size afterwards."""
    name = "paramiko"
    can = {"resumes"}
    keeps = (BOTH, set())

    def missing(self):
        try:
            importlib.import_module("paramiko")
            return None
        except ImportError:
            return "Python with the module paramiko"

    def session(self, daemon, do):
        import paramiko
        with paramiko.SSHClient() as ssh:
            ssh.set_missing_host_key_policy(paramiko.AutoAddPolicy)
            ssh.connect(sshd.ADDRESS, daemon.port, self.site.account.name,
                        key_filename=self.site.path("key"),
                        allow_agent=False, look_for_keys=False)
            try:
                with ssh.open_sftp() as session:
                    do(session)
                return Outcome(0, "")
            except (OSError, EOFError, paramiko.SSHException) as e:
                return Outcome(1, "%s %s" % (type(e).__name__, e))

    def put(self, daemon, sources, target, tree=False, preserve=False):
        def do(session):
            session.put(sources[0], target)
            if preserve:
                st = os.stat(sources[0])
                session.chmod(target, st.st_mode & 0o777)
                session.utime(target, (int(st.st_atime), int(st.st_mtime)))
        return self.session(daemon, do)

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self.session(daemon, lambda s: s.get(sources[0], target))

    def resume(self, daemon, up, source, target):
        def do(session):
            if not up:
                with open(target, "ab") as new, session.open(source) as old:
                    old.seek(os.path.getsize(target))
                    new.write(old.read())
                return
            with session.open(target, "ab") as new, \
                    open(source, "rb") as old:
                old.seek(session.stat(target).st_size)
                new.write(old.read())
        return self.session(daemon, do)

    def rename(self, daemon, old, new):
        return self.session(daemon, lambda s: s.posix_rename(old, new))

    def remove(self, daemon, path):
        return self.session(daemon, lambda s: s.remove(path))

    def link(self, daemon, text, path):
        return self.session(daemon, lambda s: s.symlink(text, path))


class AsyncSSH(Client):
    """Called in this process."""
    name = "asyncssh"
    can = {"tree", "several", "folder"}
    keeps = (BOTH, BOTH)

    def missing(self):
        try:
            importlib.import_module("asyncssh")
            return None
        except ImportError:
            return "Python with the module asyncssh"

    async def _session(self, daemon, do):
        import asyncssh
        async with asyncssh.connect(
                sshd.ADDRESS, daemon.port, username=self.site.account.name,
                client_keys=[self.site.path("key")], known_hosts=None,
                config=None, agent_path=None,
                login_timeout=clients.PATIENCE) as connection:
            async with connection.start_sftp_client() as session:
                await do(session)

    def _call(self, daemon, do):
        import asyncio
        import asyncssh
        try:
            asyncio.run(asyncio.wait_for(self._session(daemon, do),
                                         clients.PATIENCE))
            return Outcome(0, "")
        except (asyncssh.Error, OSError) as e:
            return Outcome(1, str(e))

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self._call(daemon, lambda s: s.put(
            sources, target, recurse=tree, preserve=preserve)
            if len(sources) > 1 else s.put(
                sources[0], target, recurse=tree, preserve=preserve))

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self._call(daemon, lambda s: s.get(
            sources[0], target, recurse=tree, preserve=preserve))

    def rename(self, daemon, old, new):
        return self._call(daemon, lambda s: s.posix_rename(old, new))

    def remove(self, daemon, path):
        return self._call(daemon, lambda s: s.remove(path))

    def link(self, daemon, text, path):
        return self._call(daemon, lambda s: s.symlink(text, path))


# Of `make check`, and of `make check-all`.
USUAL = (Scp, Sftp, Curl, Sshfs)
MORE = (Pscp, Psftp, Rclone, Lftp, Paramiko, AsyncSSH)
