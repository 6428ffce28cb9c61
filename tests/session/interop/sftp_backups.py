"""Programs that do more than copy: ansible, and two that keep backups."""

import tempfile

import clients
import others
import sftp_clients
import sshd


class LftpTemporary(sftp_clients.Lftp):
    """It stores as .in.NAME and renames that."""
    name = "lftp, temporary"

    def words(self, port):
        words = super().words(port)
        words[3] = "set xfer:use-temp-file yes; " + words[3]
        return words


class Ansible(others.Ansible):
    """Its files come by sftp, and the rest by a shell."""
    name = "ansible"
    tools = ("ansible", "sftp", "ssh")
    method = "sftp"

    def settings(self, daemon):
        return dict(super().settings(daemon),
                    ANSIBLE_SSH_TRANSFER_METHOD=self.method,
                    ANSIBLE_SCP_EXTRA_ARGS="")


class AnsibleSmart(Ansible):
    """sftp, and scp if that fails."""
    name = "ansible, smart"
    method = "smart"


class Backup(clients.Client):
    """store() puts a directory into a repository, fetch() gets the last state
    of it, forget() removes what is older."""
    can = {"backup"}

    def address(self, daemon, path):
        return "%s@%s:%d/%s" % (self.site.account.name, sshd.ADDRESS,
                                daemon.port, path)

    def steps(self, *commands):
        """One after the other, until one fails."""
        for words in commands:
            done = self._outcome(words)
            if done.status != 0:
                break
        return done

    def tuned(self, *words):
        return ["env", "XDG_CACHE_HOME=" + self.site.path("client", "cache"),
                *words]


class Restic(Backup):
    name = "restic"
    tools = ("restic", "ssh")

    def words(self, daemon, repository, *words):
        ssh = " ".join(clients.ssh_words(self.site, daemon.port))
        return self.tuned("RESTIC_PASSWORD=x", "restic", "-q", "--no-cache",
                          "-o", "sftp.command=%s -s sftp" % ssh, "-r",
                          "sftp:%s:%s" % (self.site.account.name, repository),
                          *words)

    def store(self, daemon, directory, repository, again=False):
        steps = [] if again else [self.words(daemon, repository, "init")]
        return self.steps(*steps, ["env", "-C", directory] + self.words(
            daemon, repository, "backup", "."))

    def fetch(self, daemon, repository, directory):
        return self.steps(self.words(daemon, repository, "restore",
                                     "--no-lock", "latest", "--target",
                                     directory))

    def forget(self, daemon, repository):
        return self.steps(self.words(daemon, repository, "forget", "--prune",
                                     "--keep-last", "1"))


class Duplicity(Backup):
    name = "duplicity"
    tools = ("duplicity", "sftp")

    def words(self, daemon, *words):
        """It keeps what it knows of a repository: not from cell to cell."""
        options = " ".join(
            word if word.startswith("-") else word for word in
            clients.openssh_options(self.site)
            if word not in ("-F", "none"))
        return self.tuned(
            "duplicity", *words, "--no-encryption", "--verbosity", "error",
            "--num-retries", "1", "--ssh-options=" + options.replace(
                "-o ", "-o"), "--archive-dir", tempfile.mkdtemp(
                    dir=self.site.top))

    def url(self, daemon, repository):
        return "pexpect+sftp://" + self.address(daemon, repository)

    def store(self, daemon, directory, repository, again=False):
        return self.steps(self.words(daemon, "full", directory, self.url(
            daemon, repository)))

    def fetch(self, daemon, repository, directory):
        return self.steps(self.words(daemon, "restore", "--force", self.url(
            daemon, repository), directory))

    def forget(self, daemon, repository):
        return self.steps(self.words(
            daemon, "remove-all-but-n-full", "1", "--force", self.url(
                daemon, repository)))


CLIENTS = (LftpTemporary, Ansible, AnsibleSmart, Restic, Duplicity)
