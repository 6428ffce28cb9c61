"""Clients that only the matrix drives, behind the face of lib/clients.py.

  tree-up     copies directories up, but not down
"""

import asyncio
import importlib
import json
import os
import tempfile

import clients
import sshd
import suite
from clients import Outcome

PATIENCE = 300          # both begin slowly, and the machine may be busy

NEWER = os.path.join(suite.TOP, os.environ.get("BUILD", "build"),
                     "openssh-newer")


class NewerOpenSSH(clients.OpenSSH):
    """The current OpenSSH, which ./newer fetches."""
    name = "scp-newer"

    def missing(self):
        if not os.path.exists(NEWER + "/usr/bin/scp"):
            return "the current OpenSSH (run tests/session/interop/newer)"
        return None

    def words(self, port):
        program = NEWER + "/usr/bin/"
        return [program + "scp", "-O", "-q", "-S", program + "ssh",
                "-P", str(port)] + clients.openssh_options(self.site)


class AsyncSSH(clients.Client):
    """The Python module asyncssh, called in this process; it sends paths as
    they are, so its user quotes them."""
    name = "asyncssh"
    can = {"tree", "folder", "several", "file-times"}
    # TinySSH leaves it waiting for ever: see FAULTS in cases.py.
    patience = {"tinyssh": 15}

    def missing(self):
        try:
            importlib.import_module("asyncssh")
            return None
        except ImportError:
            return "Python with the module asyncssh"

    async def _copy(self, daemon, make_ends, tree, preserve):
        """What hangs in its own clean-up does not end by being cancelled."""
        import asyncssh
        seconds = self.patience.get(daemon.name, clients.PATIENCE)
        connection = await asyncssh.connect(
            sshd.ADDRESS, daemon.port, username=self.site.account.name,
            client_keys=[self.site.path("key")], known_hosts=None,
            config=None, agent_path=None, login_timeout=clients.PATIENCE)
        try:
            source, target = make_ends(connection)
            copy = asyncio.ensure_future(asyncssh.scp(
                source, target, recurse=tree, preserve=preserve))
            done, _ = await asyncio.wait({copy}, timeout=seconds)
            if not done:
                raise AssertionError("it does not end")
            copy.result()
        finally:
            connection.abort()

    def _call(self, daemon, make_ends, tree, preserve):
        import asyncssh
        try:
            asyncio.run(self._copy(daemon, make_ends, tree, preserve))
            return Outcome(0, "")
        except (OSError, asyncssh.Error) as e:
            return Outcome(1, str(e))

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self._call(daemon, lambda c: (
            sources, (c, clients.backslashed(target))), tree, preserve)

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self._call(daemon, lambda c: (
            (c, clients.backslashed(sources[0])), target), tree, preserve)


class Ansible(clients.Client):
    """ansible carrying files with OpenSSH's scp -O.  Its modules go through
    the session's own input (pipelining), so scp moves nothing but files.
    It quotes paths for a shell, which scp without -T refuses to know again
    in a download."""
    name = "ansible"
    tools = ("ansible", "scp", "ssh")
    can = {"tree-up", "folder"}
    remote_tmp = "~/.ansible/tmp"

    def settings(self, daemon):
        options = " ".join(clients.openssh_options(self.site))
        home = self.site.path("client", "ansible")
        return {"ANSIBLE_SSH_TRANSFER_METHOD": "scp",
                "ANSIBLE_SCP_EXTRA_ARGS": "-O -T",
                "ANSIBLE_SSH_ARGS": options,
                "ANSIBLE_PIPELINING": "1",
                "ANSIBLE_REMOTE_PORT": daemon.port,
                "ANSIBLE_REMOTE_USER": self.site.account.name,
                "ANSIBLE_REMOTE_TMP": self.remote_tmp,
                "ANSIBLE_HOME": home,
                "ANSIBLE_LOCAL_TEMP": home + "/tmp",
                "ANSIBLE_SSH_CONTROL_PATH_DIR": home + "/cp",
                "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
                "ANSIBLE_NOCOLOR": "1"}

    def _module(self, daemon, module, **arguments):
        words = ["env"] + ["%s=%s" % each
                           for each in self.settings(daemon).items()]
        words += ["ansible", "all", "-i", sshd.ADDRESS + ",", "-m", module,
                  "-a", json.dumps(arguments)]
        status, out, err = clients.run(words, self.site, seconds=PATIENCE)
        return Outcome(status, (out + err).decode(errors="replace"))

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self._module(daemon, "copy", src=sources[0],
                            dest=target + "/" * tree)

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self._module(daemon, "fetch", src=sources[0], dest=target,
                            flat=True)


class Packer(clients.Client):
    """packer's file provisioner, with a builder that builds nothing."""
    name = "packer"
    tools = ("packer",)
    can = {"tree-up", "folder"}

    def _provision(self, daemon, direction, source, destination):
        template = {
            "builders": [{
                "type": "null", "communicator": "ssh",
                "ssh_host": sshd.ADDRESS, "ssh_port": daemon.port,
                "ssh_username": self.site.account.name,
                "ssh_private_key_file": self.site.path("key"),
                "ssh_file_transfer_method": "scp", "ssh_timeout": "30s"}],
            "provisioners": [{
                "type": "file", "direction": direction,
                "source": source, "destination": destination}]}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            json.dump(template, f)
            f.flush()
            status, out, err = clients.run(
                ["env", "CHECKPOINT_DISABLE=1",
                 "PACKER_CONFIG_DIR=" + self.site.path("client", "packer"),
                 "packer", "build", "-color=false", f.name],
                self.site, seconds=PATIENCE)
        return Outcome(status, (out + err).decode(errors="replace"))

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self._provision(daemon, "upload", sources[0], target)

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self._provision(daemon, "download", sources[0], target)


COPIERS = (NewerOpenSSH, AsyncSSH, Ansible, Packer)
