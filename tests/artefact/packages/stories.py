"""Each kind of package on a bare system: installed, used, upgraded, removed.

A Kind says how its package manager is called; what happens is the same for
all.  The system is Debian's for each of them: rpm is installed there, and the
archive of the static build needs nothing.
"""

import os

import made
from machine import APT, SSHD, Machine
from suite import add, case, check, check_equal

SETUP = """
chroot $M groupadd scponly
mkdir -p $M/etc/ssh/keys $M/root/.ssh
chroot $M ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
for name in web1 web2; do
	chroot $M useradd -G scponly -s /usr/bin/scp-server -M -d / -p '*' $name
	chroot $M install -d -o $name -g $name -m 0700 /srv/scp/$name
	cp $M/root/.ssh/id_ed25519.pub $M/etc/ssh/keys/$name
done
echo content >$M/root/f
chroot $M chmod 0644 /root/f
"""

# The snippet of the package, enabled as README.installed has it.
ENABLE = """
cd $M/etc/ssh/sshd_config.d
cp scp-server.conf.disabled scp-server.conf
"""

# What an administrator has written, when there was no snippet.
BOUND = """
printf 'Match Group scponly\\n\\tForceCommand /usr/bin/scp-server\\n\\t%s\\n' \
    'AuthorizedKeysFile /etc/ssh/keys/%u' \
    >$M/etc/ssh/sshd_config.d/bound.conf
"""

POLICY = """
printf 'Match Group scponly\\n\\tRoot /srv/scp/%%u\\n' >$M/etc/scp-server.conf
"""

CLIENTS = SSHD + """
TO="-q -P 2222 -o StrictHostKeyChecking=no -o BatchMode=yes"
SCP="chroot $M scp -O $TO"
MODERN="chroot $M scp $TO"
SFTP="chroot $M sftp $TO"
"""

# store WHO: by SCP, by SFTP from two clients, and back.
USES = CLIENTS + """
uses() {
	rm -f $M/srv/scp/$1/* $M/root/back
	$SCP /root/f $1@127.0.0.1:/one
	cmp $M/root/f $M/srv/scp/$1/one
	$SCP $1@127.0.0.1:/one /root/back
	cmp $M/root/f $M/root/back
	$MODERN /root/f $1@127.0.0.1:/two
	cmp $M/root/f $M/srv/scp/$1/two
	printf 'put /root/f /three\\nget /two /root/back2\\n' >$M/root/batch
	$SFTP -b /root/batch $1@127.0.0.1 >/dev/null
	cmp $M/root/f $M/srv/scp/$1/three
	cmp $M/root/f $M/root/back2
}
"""


# What an administrator may have changed, and a removal leaves.
KEPT = {"./etc/scp-server.conf",
        "./etc/ssh/sshd_config.d/scp-server.conf.disabled"}


class Deb:
    name = "deb"
    kept = KEPT
    needs = ()

    @staticmethod
    def put(m, when):
        if when == "new":
            packages = made.debs()
        else:
            packages = made.packages_of(made.old_debs())
        m.put(packages["scp-server"], "scp-server.deb")

    install = upgrade = (
        APT + "-o Dpkg::Options::=--force-confdef "
        "-o Dpkg::Options::=--force-confold install /scp-server.deb")
    remove = APT + "remove scp-server"


class Rpm:
    """On a Debian system rpm knows of no library: apt brings it."""
    name = "rpm"
    kept = {"./etc/scp-server.conf.rpmsave"}
    needs = ("rpm", "libbsd0")

    @staticmethod
    def put(m, when):
        packages = made.rpms() if when == "new" else \
            made.rpms_of(made.old_rpms())
        m.put(packages["scp-server"], "scp-server.rpm")

    install = "chroot $M rpm -i --nodeps /scp-server.rpm"
    upgrade = "chroot $M rpm -U --nodeps /scp-server.rpm"
    remove = "chroot $M rpm -e scp-server"


class Static:
    """Of old there was no archive, and nothing but make install."""
    name = "musl"
    kept = KEPT
    needs = ()

    @staticmethod
    def put(m, when):
        if when == "new":
            m.put(made.static(), "static.tar.gz")
            m.run("mkdir -p $M/opt/new; tar -xf $M/static.tar.gz "
                  "--strip-components=1 -C $M/opt/new")
        else:
            files = os.path.join(made.old_static(), "files")
            m.run("mkdir -p $M/opt/new; cp -a %s $M/opt/new/; printf "
                  "'#!/bin/sh\\ncp -a /opt/new/files/. /\\n' "
                  ">$M/opt/new/install; chmod +x $M/opt/new/install" % files)

    install = upgrade = "chroot $M /opt/new/install"
    remove = "chroot $M /opt/new/install remove"


def machine_with_sshd(kind):
    return Machine("openssh-server", "openssh-client", *kind.needs)


@case
def a_daemon_that_listens_late_is_waited_for():
    with Machine("openssh-server", "openssh-client") as m:
        m.run("""
            mv $M/usr/sbin/sshd $M/usr/sbin/late
            printf '#!/bin/sh\\n(sleep 2; exec /usr/sbin/late "$@") &\\n' \\
                >$M/usr/sbin/sshd
            chmod +x $M/usr/sbin/sshd""" + SSHD + """
            : </dev/tcp/127.0.0.1/2222""")


def used_and_removed(kind):
    with machine_with_sshd(kind) as m:
        m.run(SETUP)
        kind.put(m, "new")
        before, shells = m.files(), m.text("/etc/shells")
        m.run(kind.install)
        check("/usr/bin/scp-server" in m.text("/etc/shells").split(),
              m.text("/etc/shells"))
        m.run(ENABLE + POLICY)
        m.run(USES + "uses web1; uses web2")
        m.run("rm $M/srv/scp/*/*; " + kind.remove)
        check_equal(m.text("/etc/shells"), shells, "/etc/shells")
        check_equal({path for path in m.files() - before
                     if not path.startswith(("./var/lib/rpm", "./root/",
                                             "./run/", "./usr/share/licenses",
                                             "./var/lib/shells.state"))},
                    kind.kept | {"./etc/ssh/sshd_config.d/scp-server.conf"},
                    "left")
        # sshd starts, and lets others in
        m.run(CLIENTS + "! $SCP /root/f web1@127.0.0.1:/one; "
              "cp $M/root/.ssh/id_ed25519.pub $M/root/.ssh/authorized_keys; "
              "$MODERN /root/f root@127.0.0.1:/srv/f; cmp $M/root/f $M/srv/f")


# Where nothing is said about a Root, the old version serves every file.
OLD_POLICY = """
printf '%s\\n' 'Match User web1' 'MaxFileSize 1M' \
    'Match User web2' 'Root /srv/scp/%u' >$M/etc/scp-server.conf
"""


# One more account, with a shell of its own, that a key alone binds.
BY_KEY = """
chroot $M useradd -s /bin/sh -m -d /home/web3 -p '*' web3
install -d -m 0700 $M/home/web3/.ssh
(printf 'restrict,command="/usr/bin/scp-server" '
    cat $M/root/.ssh/id_ed25519.pub) >$M/home/web3/.ssh/authorized_keys
chroot $M chown -R web3 /home/web3/.ssh
"""


def upgraded(kind):
    """web1 and web3 are refused by the new version, and web2 is not."""
    with machine_with_sshd(kind) as m:
        m.run(SETUP)
        kind.put(m, "old")
        m.run(kind.install)
        m.run(BOUND + OLD_POLICY + BY_KEY)
        m.run(CLIENTS + """
            $SCP /root/f web1@127.0.0.1:/srv/scp/web1/f
            cmp $M/root/f $M/srv/scp/web1/f
            $SCP /root/f web2@127.0.0.1:/f
            cmp $M/root/f $M/srv/scp/web2/f
            $SCP /root/f web3@127.0.0.1:/home/web3/f
            cmp $M/root/f $M/home/web3/f""")
        kind.put(m, "new")
        out = m.run(kind.upgrade)
        check("scp-server: this version refuses copies of web1:\n" in out, out)
        check("no session begins: no Root" in out and
              "fix: /etc/scp-server.conf: Root DIRECTORY" in
              " ".join(out.split()), out)
        check("scp-server: this version refuses copies of web3:\n" in out,
              out)
        check("web2" not in out, out)
        m.run(USES + """
            ! $SCP /root/f web1@127.0.0.1:/srv/scp/web1/g 2>$M/root/said
            grep 'this account has no Root' $M/root/said
            uses web2
            ! $SCP /root/f web3@127.0.0.1:/home/web3/g 2>$M/root/said
            grep 'this account has no Root' $M/root/said
            sed -i 's/MaxFileSize 1M/Root none/' $M/etc/scp-server.conf
            printf '%s\\n' 'Match User web3' 'Root none' \\
                >>$M/etc/scp-server.conf
            $SCP /root/f web1@127.0.0.1:/srv/scp/web1/g
            cmp $M/root/f $M/srv/scp/web1/g
            $SCP /root/f web3@127.0.0.1:/home/web3/g
            cmp $M/root/f $M/home/web3/g""")
        check_equal(m.run("chroot $M /usr/share/scp-server/after-upgrade"),
                    "", "after what was told")
        m.run("echo 'Sftp handoff' >$M/etc/scp-server.conf")
        out = m.run("chroot $M /usr/share/scp-server/after-upgrade")
        check("/etc/scp-server.conf:1: handoff: neither yes nor no" in out,
              out)
        # a mistake in the block of one account is reported for that one only
        m.run("printf '%s\\n' 'Match User web1' 'Root /srv/scp/web1' "
              "'Overwrite inplace' 'Match All' 'Root none' "
              ">$M/etc/scp-server.conf")
        out = m.run("chroot $M /usr/share/scp-server/after-upgrade")
        check("refuses copies of web1:\nscp-server-check: Overwrite inplace"
              in out and "serves no" not in out and "web3" not in out, out)
        # the line in /etc/shells is one that the old version wrote
        m.run("chroot $M scp-server --version; " + kind.remove)
        check("scp-server" not in m.text("/etc/shells"),
              m.text("/etc/shells"))


for _kind in (Deb, Rpm, Static):
    for _story in (used_and_removed, upgraded):
        add("%s_is_%s" % (_kind.name, _story.__name__),
            lambda kind=_kind, story=_story: story(kind))
