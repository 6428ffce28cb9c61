"""Who has the keys of an account and wants more than its policy gives.

He knows the clients of OpenSSH, has a way into each door of the set-up, and an
account of his own on the machine, which is nobody's friend (the neighbour).
What he proves is a file in /srv/proof, the text of /srv/secret/flag, a byte
through a tunnel, or a file where the policy has none.
"""

import os
import shutil
import socket
import subprocess
import threading

import sshd
import built

SECRET, INSIDE = b"THE-SECRET", b"INSIDE"
PATIENCE = 30
SILENT = -1      # what _run() returns when it has lost patience

# Commands in place of those of a copy.
COMMANDS = [
    "touch /srv/proof/command",
    "scp -t x; touch /srv/proof/semicolon",
    "scp -f $(touch /srv/proof/substitution)",
    "scp -f `touch /srv/proof/backquote`",
    "scp -t x\ntouch /srv/proof/newline",
    "scp -S /usr/bin/touch /srv/proof/program x:y",
    "scp -oProxyCommand='touch /srv/proof/proxy' x:y z",
    "scp-server -c 'touch /srv/proof/login'",
    "sh -c 'touch /srv/proof/shell'",
    "rsync --server -e.Lsfx . /srv/proof",
]

# What a client of our login shell could send in the administrator's place.
FORGED = ["scp-server -o Root=none -f /srv/secret/flag",
          "scp-server -o Root=/srv -f secret/flag",
          "scp-server --config /srv/drop/inside -f /srv/secret/flag",
          "scp-server / -f /srv/secret/flag",
          "cat /srv/secret/flag"]

READ = ["/srv/secret/flag", "../secret/flag", "../../srv/secret/flag",
        "/secret/flag", "way/flag", "~/../../srv/secret/flag"]

# Files of a home that somebody executes or believes.
SCRIPT = "#!/bin/sh\ntouch /srv/proof/%s\n"
HOME = {".ssh/rc": SCRIPT % "rc", ".bashrc": SCRIPT % "bashrc",
        ".zshenv": SCRIPT % "zshenv", ".profile": SCRIPT % "profile",
        ".bash_profile": SCRIPT % "bash_profile",
        ".ssh/environment": "LD_PRELOAD=%(object)s\nPATH=%(bin)s\n",
        ".pam_environment": "LD_PRELOAD DEFAULT=%(object)s\n",
        "scp-server": SCRIPT % "program", "scp": SCRIPT % "scp"}

NEIGHBOUR = """
for path in "$@"; do
	while [ "$path" != / ]; do
		if mv "$path" "$path.old" 2>/dev/null; then
			if [ -d "$path.old" ]; then
				mkdir -m 777 "$path" "$path/drop" "$path/root"
				printf '#!/bin/sh\\ntouch /srv/proof/theirs\\n' \\
				    >"$path/scp-server"
				chmod 755 "$path/scp-server"
				chmod 777 "$path"/*
			else
				printf '#!/bin/sh\\ntouch /srv/proof/theirs\\n' \\
				    >"$path"
				chmod 755 "$path"
			fi
			echo "$path"
		fi
		path=$(dirname "$path")
	done
done
"""


class Attacker:
    def __init__(self, site, daemon, setup):
        self.site, self.port, self.setup = site, daemon.port, setup
        self.here = site.path("client")
        self.masters = {}
        self.doors = {"key": ["-i", site.path("key")]}
        for name in setup.doors:
            self.doors[name] = self._door(name)
        # what he leaves behind him to come in by
        self.doors["planted"] = ["-i", self._new_key("planted")]
        self.flags = {}         # of scp, by door: the protocols it serves

    def _door(self, name):
        if name == "password":
            ask = self._file("ask", "#!/bin/sh\necho '%s'\n" % built.PASSWORD,
                             0o755)
            return ["-o", "PreferredAuthentications=password,"
                    "keyboard-interactive", "-o", "BatchMode=no",
                    "-o", "NumberOfPasswordPrompts=1", "ask=" + ask]
        if name == "elsewhere":     # the same key from another address
            return ["-i", self.site.path("key"), "-b", "127.0.0.9"]
        if name == "certificate":
            sshd.run("ssh-keygen", "-q", "-s", self.site.path("authority"),
                     "-I", "x", "-n", built.NAME,
                     self._new_key("signed") + ".pub")
            return ["-i", self.here + "/signed"]
        return ["-i", self.site.path(name)]

    def _new_key(self, name):
        path = self.here + "/" + name
        sshd.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name,
                 "-f", path)
        return path

    def _file(self, name, text, mode=0o644):
        path = self.here + "/" + name
        os.makedirs(os.path.dirname(path), exist_ok=True)
        sshd.write(path, text, mode)
        return path

    def __enter__(self):
        for name in self.doors:
            self._share(name)
        return self

    def __exit__(self, *_):
        for master in self.masters.values():
            master.terminate()
            master.wait()

    def _options(self, door):
        words = ["-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o",
                 "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o",
                 "IdentitiesOnly=yes", "-o", "ConnectTimeout=20"]
        words += [w for w in self.doors[door] if not w.startswith("ask=")]
        return words + ([] if door == "password" else
                        ["-o", "BatchMode=yes"])

    def _environment(self, door):
        env = {"PATH": os.environ["PATH"], "HOME": self.here,
               "LC_ALL": "C.UTF-8"}
        for word in self.doors[door]:
            if word.startswith("ask="):
                env.update(SSH_ASKPASS=word[4:], DISPLAY=":0",
                           SSH_ASKPASS_REQUIRE="force")
        return env

    def _share(self, door):
        """A connection for many sessions; without one the door is shut."""
        path = self.here + "/m-" + door
        master = subprocess.Popen(
            ["ssh", "-M", "-N", "-S", path, "-p", str(self.port), "-l",
             built.NAME, *self._options(door), sshd.ADDRESS],
            env=self._environment(door), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sshd.wait_for(lambda: os.path.exists(path) or
                      master.poll() is not None, PATIENCE)
        if os.path.exists(path):
            self.masters[door] = master
            self.flags[door] = ["-O"] + ["-s"] * (self.sftp(door, []) == 0)
        else:
            master.kill()
            master.wait()

    def _run(self, words, door, stdin=b"", seconds=PATIENCE):
        try:
            return subprocess.run(
                words, env=self._environment(door), input=stdin,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=seconds)
        except subprocess.TimeoutExpired as e:
            return subprocess.CompletedProcess(words, SILENT,
                                               e.stdout or b"")

    def say(self, door, command, stdin=b"", *options):
        """A session of a shared connection; what it answers."""
        return self._run(["ssh", "-S", self.here + "/m-" + door, *options,
                          sshd.ADDRESS, command], door, stdin).stdout

    def log_in(self, door, command, *options, stdin=b""):
        """A session of a connection of its own."""
        return self._run(["ssh", "-p", str(self.port), "-l", built.NAME,
                          *self._options(door), *options, sshd.ADDRESS,
                          command], door, stdin).stdout

    def scp(self, door, flag, *words):
        """A copy.  Where nobody answers, that protocol is not tried again."""
        status = self._run(["scp", "-q", flag, "-o", "ControlPath=%s/m-%s" % (
            self.here, door), *self._options(door), *words], door).returncode
        if status == SILENT:
            self.flags[door] = [f for f in self.flags[door] if f != flag]
        return status

    def sftp(self, door, lines):
        return self._run(["sftp", "-q", "-b", "-", "-o",
                          "ControlPath=%s/m-%s" % (self.here, door),
                          *self._options(door), sshd.ADDRESS], door, "".join(
                              "-%s\n" % line for line in lines).encode()
                         ).returncode

    # what the administrator wants
    def copies(self):
        """The ways in which a copy can be made through the first door."""
        if "key" not in self.masters:
            return []
        new = self._file("copied", "a copy\n")
        worked = []
        root, start = self.setup.root, self.setup.start
        if not root:
            root, start = "/srv/drop", "/srv/drop/"
        for flag in self.flags["key"]:
            name = start + "copied" + flag
            if self.setup.writes and self.scp(
                    "key", flag, new, sshd.ADDRESS + ":" + name) == 0 and \
                    self.text(name if name[0] == "/" else
                              root + "/" + name) == b"a copy\n":
                worked.append("up " + flag)
            if self.setup.reads and self.scp(
                    "key", flag, "%s:%sinside" % (sshd.ADDRESS, start),
                    self.here + "/got" + flag) == 0:
                worked.append("down " + flag)
        return worked

    def text(self, path):
        try:
            with open(self.site.path(path), "rb") as f:
                return f.read()
        except OSError:
            return None

    # what the attacker wants
    def gets_around(self):
        found = []
        for door in list(self.masters):
            for trick in (self.commands, self.terminal, self.outside,
                          self.forged, self.direction, self.subsystem,
                          self.tunnels, self.environment):
                found += ["%s by %s" % (what, door) for what in trick(door)]
        for door in list(self.masters):
            found += self.plant(door)
        found += self.next_login()
        found += self.neighbour()
        return sorted(set(found))

    def proof(self):
        """What commands of his have left, which is then removed."""
        where = self.site.path("srv/proof")
        names = os.listdir(where)
        for name in names:
            path = os.path.join(where, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        return names

    def commands(self, door):
        for command in COMMANDS:
            self.say(door, command)
        return self.proof()

    def terminal(self, door):
        self.say(door, "", b"touch /srv/proof/terminal\nexit\n", "-tt")
        self._run(["ssh", "-T", "-S", self.here + "/m-" + door, sshd.ADDRESS],
                  door, b"touch /srv/proof/no-terminal\nexit\n")
        return self.proof()

    def outside(self, door):
        """Reads and writes elsewhere, if that is not what is meant."""
        if not self.setup.root:
            return []
        text = self.say(door, "scp -f " + " ".join(READ), b"\0" * 40)
        found = ["reads the secret"] if SECRET in text else []
        for path in ("/srv/proof/up", "../proof/up", "../../srv/proof/up"):
            self.say(door, "scp -t " + path, b"C0644 3 up\nabc\0")
        return found + self.proof()

    def forged(self, door):
        if not self.setup.root:
            return []
        text = b"".join(self.say(door, command, b"\0" * 9)
                        for command in FORGED)
        return ["forges a command"] if SECRET in text else []

    def direction(self, door):
        """Against Access."""
        found = []
        if not self.setup.reads and INSIDE in self.say(
                door, "scp -f inside", b"\0" * 9):
            found.append("reads")
        if not self.setup.writes:
            self.say(door, "scp -t written", b"C0644 3 written\nabc\0")
            if self.text(self.setup.root + "/written") is not None:
                found.append("writes")
        return found

    def subsystem(self, door):
        got = self.here + "/sftp-" + door
        new = self._file("proof", "x")
        root = self.setup.root
        self.sftp(door, (["get /srv/secret/flag " + got,
                          "get ../secret/flag " + got,
                          "put %s /srv/proof/sftp" % new] if root else []) +
                  ["get inside %s.in" % got,
                   "put %s written-by-sftp" % new])
        found = self.proof()
        if os.path.exists(got):
            found.append("reads by SFTP")
        if not self.setup.reads and os.path.exists(got + ".in"):
            found.append("reads by SFTP")
        if not self.setup.writes and self.text(root + "/written-by-sftp"):
            found.append("writes by SFTP")
        return found

    def tunnels(self, door):
        found = []
        control = self.here + "/m-" + door
        done = self._run(["ssh", "-S", control, "-W", "%s:%d" % (
            sshd.ADDRESS, self.port), sshd.ADDRESS], door, b"x\n")
        if b"SSH-2.0" in done.stdout:
            found.append("tunnel")
        done = self._run(["ssh", "-S", control, "-O", "forward", "-R",
                          "127.0.0.1:0:127.0.0.1:1", sshd.ADDRESS], door)
        if done.returncode == 0:
            found.append("tunnel back")
        if self._local_socket(door, control):
            found.append("socket")
        # sshd makes a socket of this name for him
        self._run(["ssh", "-S", control, "-O", "forward", "-R",
                   "/srv/proof/socket-of-sshd:127.0.0.1:1", sshd.ADDRESS],
                  door)
        return found + self.proof()

    def _local_socket(self, door, control):
        """A socket of the server's file system answers here."""
        there, here = self.site.path("srv/listens"), self.here + "/s-" + door
        if os.path.exists(there):
            os.unlink(there)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(there)
            os.chmod(there, 0o777)
            server.listen()
            server.settimeout(10)

            def answer():
                try:
                    with server.accept()[0] as peer:
                        peer.sendall(b"hello")
                except OSError:
                    pass        # nobody came
            thread = threading.Thread(target=answer)
            thread.start()
            self._run(["ssh", "-S", control, "-O", "forward", "-L",
                       here + ":/srv/listens", sshd.ADDRESS], door)
            got = b""
            try:
                with socket.socket(socket.AF_UNIX) as client:
                    client.settimeout(10)
                    client.connect(here)
                    got = client.recv(5)
            except OSError:
                pass            # refused
            with socket.socket(socket.AF_UNIX) as end:
                end.connect(there)      # so that nobody waits any more
            thread.join()
        return got == b"hello"

    def put(self, door, path, target):
        """An upload by whatever protocol is served."""
        for flag in self.flags[door]:
            if self.scp(door, flag, path, "%s:%s" % (
                    sshd.ADDRESS, target)) == 0:
                return True
        return False

    def environment(self, door):
        """Variables that make a program run what he has uploaded."""
        if not self.setup.writes:
            return []
        script = self._file("script", SCRIPT % "variable", 0o755)
        self.put(door, built.preload(), "it.so")
        self.put(door, script, "script")
        root = self.setup.root or self.site.person.home
        self.log_in(door, "scp -t nothing", "-o",
                    "SetEnv=LD_PRELOAD=%s/it.so BASH_ENV=%s/script "
                    "ENV=%s/script SHLVL=5" % (root, root, root))
        return self.proof()

    def _plants(self):
        """A tree of a home in which everything is his."""
        top = self.here + "/plants"
        keys = self.site.public_key("client/planted")
        values = {"object": (self.setup.root or "/srv/drop") + "/it.so",
                  "bin": self.setup.root or "/srv/drop"}
        for name, text in HOME.items():
            self._file("plants/" + name, text % values if "%(" in text else
                       text, 0o755)
        for name in (".ssh/authorized_keys", "keys"):
            self._file("plants/" + name, keys, 0o600)
        os.chmod(top + "/.ssh", 0o700)
        return top

    def plant(self, door):
        """Puts them where a session, sshd or a shell may find them."""
        if not self.setup.writes:
            return []
        top = self._plants()
        home = self.site.person.home
        for target in [".", home, "/", "/" + built.NAME, "bin"]:
            for flag in self.flags[door]:
                self.scp(door, flag, "-p", "-r", *[
                    top + "/" + n for n in sorted(os.listdir(top))],
                    "%s:%s" % (sshd.ADDRESS, target))
        for name, target in self.setup.aims:
            self.put(door, top + "/" + name, target)
        return self.log(door)

    def log(self, door):
        """The records of what he did, within his reach."""
        for path in ("/srv/drop/log",):
            if self.text(path) is not None and door == "key":
                self.put(door, self._file("log", "none of that\n"), "log")
                if (self.text(path) or b"").startswith(b"none of that"):
                    return ["replaces the log"]
                if b"session" in self.say(door, "scp -f log", b"\0" * 9):
                    return ["reads the log"]
        return []

    def next_login(self):
        """What was planted acts when somebody logs in again."""
        for door in self.masters:
            self.log_in(door, "scp -t nothing")
        self._share("planted")
        if "planted" in self.masters:
            self.say("planted", "touch /srv/proof/planted-key")
            return self.proof() + ["a key that he made lets in"]
        return self.proof()

    def neighbour(self):
        """Another local account puts its own in place of what is ours."""
        root = self.setup.root or "/srv/drop"
        program = self.setup.settings.get("ForceCommand") or self.setup.shell
        program = program.split()[0]
        done = subprocess.run(
            self.site.inside(["setpriv", "--reuid=%d" % built.NEIGHBOUR,
                              "--regid=%d" % built.NEIGHBOUR,
                              "--clear-groups", "/bin/sh", "-c", NEIGHBOUR,
                              "sh", root, program if program[0] == "/" else
                              "/usr/local/bin/" + program]),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            timeout=PATIENCE)
        moved = done.stdout.split()
        found = []
        if moved and self.setup.writes and "key" in self.masters and \
                any(root.startswith(path) for path in moved):
            self.put("key", self._file("private", "for Root alone\n"),
                     "private")
            if self.text(root + "/private"):
                found.append("the neighbour gets the uploads")
        if moved and "key" in self.masters:
            self.log_in("key", "scp -t nothing")
        return found + self.proof()
