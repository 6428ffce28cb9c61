"""Many sessions at once through a real sshd."""

import os
import shutil

import crowd
import peer
import sftp
import sshd
import suite

LOGINS = 200
PATIENCE = 300


def words(site, port, command):
    return ["ssh", "-F", "none", "-T", "-o", "BatchMode=yes",
            "-o", "StrictHostKeyChecking=no", "-o",
            "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-i", site.path("key"), "-p", str(port),
            "%s@%s" % (site.account.name, sshd.ADDRESS), command]


def begin(site, port, n):
    """SCP and SFTP in turn, each below a directory of its own."""
    top = os.path.join(site.home, "d%d" % n)
    os.mkdir(top)
    os.chown(top, site.account.uid, site.account.gid)
    kind, program = ((peer.Server, "scp -t"), (sftp.Client,
                     "sftp-server -d"))[n % 2]
    return kind(words(site, port, "%s d%d" % (program, n)), "/", PATIENCE,
                dict(os.environ, HOME=site.path("client")))


def logins():
    suite.need_root()
    suite.need_tool("ssh", "ssh-keygen")
    if not os.path.exists("/usr/sbin/sshd"):
        suite.skip("needs sshd")
    site = sshd.Site(suite.SERVER)
    begun = []
    try:
        shutil.copy(site.path("bin/scp"), site.path("bin/sftp-server"))
        with suite.policy("Root %h\n"):
            port = site.openssh().port
            for n in range(LOGINS):
                begun.append(begin(site, port, n))
            for session in begun:
                crowd.answers(session)
            for session in begun:
                crowd.stores(session)
            for session in begun:
                crowd.ends(session)
        for n in range(LOGINS):
            with open(os.path.join(site.home, "d%d" % n, "file"), "rb") as f:
                suite.check(f.read() == crowd.BODY, "content of %d" % n)
    finally:
        for session in begun:
            session.close()
        site.close()


def add_cases():
    suite.add("many_logins_at_once", logins)
