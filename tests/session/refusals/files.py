"""The clients of SFTP, and what they do besides copying: take a name away,
and make a symbolic link to "old"."""

import libraries
import sftp_clients
from sftp_clients import quoted


class Sftp(sftp_clients.Sftp):
    def remove(self, daemon, path):
        return self.run_lines(daemon, ["rm " + quoted(path)])

    def link(self, daemon, path):
        return self.run_lines(daemon, ["ln -s old " + quoted(path)])


class Curl(sftp_clients.Curl):
    """-Q: before the download of a file that is there."""

    def _quote(self, daemon, line):
        return self._copy(daemon, "/old", ["-o", "/dev/null", "-Q", line])

    def remove(self, daemon, path):
        return self._quote(daemon, "rm " + quoted(path))

    def link(self, daemon, path):
        return self._quote(daemon, "symlink old " + quoted(path))


class Psftp(sftp_clients.Psftp):
    def remove(self, daemon, path):
        return self.run_lines(daemon, ["rm " + self.quote(path)])


class Lftp(sftp_clients.Lftp):
    def remove(self, daemon, path):
        return self.run_lines(daemon, ["rm " + quoted(path)])

    def link(self, daemon, path):
        return self.run_lines(daemon, ["ln -s old " + quoted(path)])


class Paramiko(sftp_clients.Paramiko):
    def remove(self, daemon, path):
        return self.session(daemon, lambda s: s.remove(path))

    def link(self, daemon, path):
        return self.session(daemon, lambda s: s.symlink("old", path))


class AsyncSSH(sftp_clients.AsyncSSH):
    def remove(self, daemon, path):
        return self._call(daemon, lambda s: s.remove(path))

    def link(self, daemon, path):
        return self._call(daemon, lambda s: s.symlink("old", path))


COPIERS = (sftp_clients.Scp, Sftp, Curl, sftp_clients.Pscp, Psftp, Lftp,
           Paramiko, AsyncSSH) + libraries.SFTP_COPIERS
