"""What an administrator does with the packages: sshd's snippet, dropbear,
/etc/shells, and a shell that completes."""

import os
import shutil

import made
import suite
from machine import APT, LISTENS, Machine, run
from suite import case, check, check_equal

HERE = os.path.dirname(os.path.abspath(__file__))
SNIPPET = "$M/etc/ssh/sshd_config.d/scp-server.conf"


def put(m, *names):
    for name in names:
        m.put(made.debs()[name], name + ".deb")


def newer(m, file, line):
    """A package that is one release newer, with a line more in a file of
    it: what the package manager asks about, if the administrator's differs.
    """
    where = suite.scratch()
    try:
        run("dpkg-deb", "-R", made.debs()["scp-server"], where + "/tree")
        run("sed", "-i", "-E", r"s/^(Version: .*)-1$/\1-2/",
            where + "/tree/DEBIAN/control")
        with open(where + "/tree" + file, "a", encoding="utf-8") as f:
            f.write(line)
        run("dpkg-deb", "-b", "--root-owner-group", where + "/tree",
            where + "/newer.deb")
        m.put(where + "/newer.deb", "newer.deb")
    finally:
        run("rm", "-r", where)


def bound(m, user):
    """What sshd makes such an account do; that it starts is part of this."""
    out = m.run("mkdir -p $M/run/sshd; chroot $M sshd -t; "
                "chroot $M sshd -T -C user=%s | grep -i '^forcecommand'"
                % user)
    return out.split()[1]


@case
def the_enabled_snippet_is_the_administrators_until_a_purge():
    """No option answers for the administrator: there is no question."""
    with Machine("openssh-server", "openssh-client") as m:
        put(m, "scp-server")
        m.run(APT + "install /scp-server.deb")
        m.run("chroot $M groupadd scponly; "
              "chroot $M useradd -G scponly -M -d / web1")
        check_equal(bound(m, "web1"), "none", "before")
        # as README.Debian has it, and with a line of their own
        m.run("cd $M/etc/ssh/sshd_config.d; "
              "cp scp-server.conf.disabled scp-server.conf; "
              "printf '\\tMaxSessions 3\\n' >>scp-server.conf")
        check_equal(bound(m, "web1"), "/usr/bin/scp-server", "enabled")
        edited = m.run("cat " + SNIPPET)
        newer(m, "/etc/ssh/sshd_config.d/scp-server.conf.disabled",
              "# newer\n")
        m.run(APT + "install /newer.deb")
        check_equal(m.run("cat " + SNIPPET), edited, "upgraded")
        check("# newer" in m.run("cat %s.disabled" % SNIPPET), "the new one")
        check_equal(bound(m, "web1"), "/usr/bin/scp-server", "upgraded")
        m.run(APT + "remove scp-server")
        check_equal(bound(m, "web1"), "/usr/bin/scp-server", "removed")
        out = m.run(APT + "purge scp-server")
        check("sshd no longer binds accounts by" in out, out)
        check_equal(m.run("ls $M/etc/ssh/sshd_config.d"), "", "purged")
        check_equal(bound(m, "web1"), "none", "purged")


POSTRM = "chroot $M sh /var/lib/dpkg/info/scp-server.postrm purge 2>&1; "

# What an administrator may have made of the snippet, by sed(1).
NOT_OURS = (
    "s|/usr/bin/scp-server|/usr/local/bin/scp-server|",
    "s|ForceCommand .*|ForceCommand scp-server|",
    "s|ForceCommand .*|ForceCommand /opt/usr/bin/scp-server|",
    "s|ForceCommand .*|ForceCommand /usr/bin/scp-server-of-ours|",
    "s|ForceCommand .*|# ForceCommand /usr/bin/scp-server|",
    "$aMatch User backup\\nForceCommand /bin/backup",
    "$aMatch User other\\n\\tforcecommand=internal-sftp",
    "$aSubsystem sftp /usr/local/lib/scp-server/sftp-server",
)
OURS = (
    "",
    "s|ForceCommand .*|forcecommand \"/usr/bin/scp-server -o Sftp=no\"|",
    "$aMatch User other\\nForceCommand=/usr/bin/scp-server --read-only",
)


@case
def a_purge_leaves_a_snippet_that_binds_to_something_else():
    with Machine("openssh-server", "openssh-client") as m:
        put(m, "scp-server")
        m.run(APT + "install /scp-server.deb; "
              "cp %s.disabled $M/root/snippet" % SNIPPET)
        m.run(APT + "remove scp-server")
        edit = "sed -e '%s' $M/root/snippet >" + SNIPPET + "; "
        for change in NOT_OURS:
            out = m.run(edit % change + POSTRM)
            check("scp-server.conf is left as it is" in out and
                  "no longer binds" not in out, change + ": " + out)
            m.run("test -s " + SNIPPET)
        for change in OURS:
            out = m.run(edit % change + POSTRM + "test ! -e " + SNIPPET)
            check("sshd no longer binds accounts by" in out,
                  change + ": " + out)
        # the package's path, and a program that is there: it isn't gone
        m.run(edit % "" + "cp $M/bin/true $M/usr/bin/scp-server; " + POSTRM +
              "rm $M/usr/bin/scp-server; test -s " + SNIPPET)


@case
def a_purge_keeps_the_accounts_of_an_installation_by_hand_bound():
    with Machine("openssh-server", "openssh-client") as m:
        put(m, "scp-server")
        m.run(APT + "install /scp-server.deb")
        m.run(APT + "remove scp-server")
        m.put(os.path.join(suite.TOP, "contrib", "sshd_config.d",
                           "scp-server.conf"), "snippet")
        m.run("mv $M/snippet %s; chroot $M groupadd scponly; "
              "chroot $M useradd -G scponly -M -d / web1" % SNIPPET)
        check_equal(bound(m, "web1"), "/usr/local/bin/scp-server", "before")
        out = m.run(APT + "purge scp-server")
        check("scp-server.conf is left as it is" in out, out)
        check_equal(bound(m, "web1"), "/usr/local/bin/scp-server", "purged")


@case
def a_snippet_that_is_linked_or_renamed_makes_trouble():
    """So README.Debian says to copy it."""
    with Machine("openssh-server", "openssh-client") as m:
        put(m, "scp-server")
        m.run(APT + "install /scp-server.deb")
        m.run("mv %s.disabled %s" % (SNIPPET, SNIPPET))
        newer(m, "/etc/ssh/sshd_config.d/scp-server.conf.disabled",
              "# newer\n")
        out = m.run("chroot $M dpkg -i /newer.deb || test $? -eq 1")
        check("==> Deleted (by you or by a script)" in out, out)
        m.run("ln -sf scp-server.conf.disabled %s; mkdir -p $M/run/sshd; "
              "! chroot $M sshd -t" % SNIPPET)


CHSH = "chroot $M su web1 -s /bin/sh -c 'chsh -s "


@case
def the_line_of_etc_shells_is_the_administrators():
    with Machine() as m:
        put(m, "scp-server")
        shells = m.text("/etc/shells")
        m.run(APT + "install /scp-server.deb")
        check_equal(m.text("/etc/shells"), shells + "/usr/bin/scp-server\n",
                    "installed")
        # chsh(1) gives an account what is listed only, and asks pam_shells
        # whether the shell that it has got is
        m.run("chroot $M useradd -M -d / -s /bin/sh -p '' web1")
        m.run(CHSH + "/usr/bin/scp-server'; "
              "grep '^web1:.*:/usr/bin/scp-server$' $M/etc/passwd; " +
              CHSH + "/bin/sh'")
        m.run("sed -i /scp-server/d $M/etc/shells; "
              "! " + CHSH + "/usr/bin/scp-server'; "
              "chroot $M usermod -s /usr/bin/scp-server web1; "
              "! " + CHSH + "/bin/sh'")
        newer(m, "/etc/scp-server.conf", "# newer\n")
        m.run(APT + "install /newer.deb")
        check_equal(m.text("/etc/shells"), shells, "taken out, upgraded")
        m.run(APT + "remove scp-server")
        m.run(APT + "install /scp-server.deb")
        check_equal(m.text("/etc/shells"), shells + "/usr/bin/scp-server\n",
                    "removed, and installed again")


DROPBEAR = """
mkdir -p $M/etc/dropbear
[ -e $M/etc/dropbear/key ] ||
    chroot $M dropbearkey -t ed25519 -f /etc/dropbear/key >/dev/null
chroot $M /usr/sbin/dropbear -r /etc/dropbear/key -p 127.0.0.1:2222
""" + LISTENS + """TO="-q -F none -P 2222 -i $M/tmp/key -o StrictHostKeyChecking=no
    -o UserKnownHostsFile=$M/tmp/hosts -o BatchMode=yes -o IdentitiesOnly=yes"
"""

DROPBEAR_ACCOUNTS = """
ssh-keygen -q -t ed25519 -N '' -f $M/tmp/key
mkdir -p $M/root/.ssh
install -m 0600 $M/tmp/key.pub $M/root/.ssh/authorized_keys
chroot $M useradd -s /usr/bin/scp-server -m -d /home/web1 -p '*' web1
chroot $M install -d -o web1 -g web1 -m 0700 /srv/web1 /home/web1/.ssh
chroot $M install -o web1 -m 0600 /root/.ssh/authorized_keys /home/web1/.ssh
printf 'Match User web1\\n\\tRoot /srv/web1\\n' >$M/etc/scp-server.conf
echo content >$M/tmp/f
"""


@case
def dropbear_serves_sftp_by_it():
    """The clients are those of this system: a dropbear host has none."""
    suite.need_tool("sftp", "scp", "ssh-keygen")
    with Machine("dropbear-bin") as m:
        put(m, "scp-server", "scp-server-dropbear")
        m.run(APT + "install /scp-server.deb")
        m.run(DROPBEAR_ACCOUNTS)
        # the control: without the second package nothing answers
        m.run(DROPBEAR + "! scp $TO $M/tmp/f root@127.0.0.1:/srv/f")
        m.run(APT + "install /scp-server-dropbear.deb")
        out = m.run(DROPBEAR + """
            printf 'put %s /srv/f\\nget /srv/f %s\\nls -l /srv\\n' \
                $M/tmp/f $M/tmp/back >$M/tmp/batch
            sftp $TO -b $M/tmp/batch root@127.0.0.1
            cmp $M/tmp/f $M/srv/f
            cmp $M/tmp/f $M/tmp/back
            scp $TO $M/tmp/f root@127.0.0.1:/srv/g
            cmp $M/tmp/f $M/srv/g
            scp $TO $M/tmp/f web1@127.0.0.1:/h
            cmp $M/tmp/f $M/srv/web1/h
            ! scp $TO web1@127.0.0.1:/etc/passwd $M/tmp/passwd
            scp -O $TO $M/tmp/f web1@127.0.0.1:/i
            cmp $M/tmp/f $M/srv/web1/i""")
        check("-rw" in out, out)
        # dropbear asks for a listed shell, and root's is one
        m.run("sed -i /scp-server/d $M/etc/shells; " + DROPBEAR + """
            scp $TO $M/tmp/f root@127.0.0.1:/srv/k
            ! scp $TO $M/tmp/f web1@127.0.0.1:/k
            test ! -e $M/srv/web1/k""")
        out = m.run(APT.replace("-y", "-s") + "install openssh-sftp-server")
        check("Remv scp-server-dropbear " in out, out)
        m.run(APT + "remove scp-server-dropbear; "
              "test ! -L $M/usr/lib/sftp-server")


@case
def dropbear_has_both_packages_and_both_protocols():
    suite.need_tool("scp", "ssh-keygen")
    with Machine("dropbear-bin") as m:
        put(m, "scp-server", "scp-server-dropbear", "scp-server-as-scp")
        m.run(APT + "install /scp-server.deb "
              "/scp-server-dropbear.deb /scp-server-as-scp.deb")
        m.run(DROPBEAR_ACCOUNTS)
        m.run(DROPBEAR + """
            for old in -O -s; do
                scp $old $TO $M/tmp/f root@127.0.0.1:/srv/f$old
                cmp $M/tmp/f $M/srv/f$old
            done""")


BUSYBOX = "chroot $M env -i PATH=/bb:/usr/sbin:/usr/bin /bb/sh "


@case
def the_static_archive_serves_a_small_system_with_dropbear():
    """Its script is run by the shell and the tools of busybox."""
    suite.need_tool("scp", "ssh-keygen", "busybox")
    with Machine("dropbear-bin") as m:
        m.put(shutil.which("busybox"), "busybox")
        m.put(made.static(), "static.tar.gz")
        m.run("mkdir $M/bb $M/opt/new; chroot $M /busybox --install -s /bb; "
              "tar -xf $M/static.tar.gz --strip-components=1 -C $M/opt/new")
        m.run(DROPBEAR_ACCOUNTS.split("printf 'Match")[0])
        before, shells = m.files(), m.text("/etc/shells")
        m.run(BUSYBOX + "/opt/new/install dropbear")
        check_equal(m.text("/etc/shells"), shells + "/usr/bin/scp-server\n",
                    "/etc/shells")
        m.run("chroot $M sh -c 'cd /opt && DESTDIR=img new/install'; "
              "test -x $M/opt/img/usr/bin/scp-server; rm -r $M/opt/img")
        m.run("printf 'Match User web1\\n\\tRoot /srv/web1\\n' "
              ">$M/etc/scp-server.conf; echo content >$M/tmp/f")
        m.run(DROPBEAR + """
            for old in -O -s; do
                for to in root@127.0.0.1:/srv/f$old web1@127.0.0.1:/f$old; do
                    scp $old $TO $M/tmp/f $to
                done
                cmp $M/tmp/f $M/srv/f$old
                cmp $M/tmp/f $M/srv/web1/f$old
            done""")
        # again: an upgrade, with an edited configuration and an account less
        m.run("echo 'MaxDepth 9' >$M/etc/scp-server.conf")
        out = m.run(BUSYBOX + "/opt/new/install")
        check("/etc/scp-server.conf is kept" in out, out)
        check("this version refuses copies of web1:" in out, out)
        m.run("rm -r $M/srv/f* $M/srv/web1/*; " + BUSYBOX +
              "/opt/new/install remove")
        check_equal(m.text("/etc/shells"), shells, "/etc/shells")
        check_equal(
            {path for path in m.files() - before
             if "/dropbear" not in path and not path.startswith("./run/")},
            {"./etc/scp-server.conf", "./etc/scp-server.conf.new",
             "./etc/ssh", "./etc/ssh/sshd_config.d",
             "./etc/ssh/sshd_config.d/scp-server.conf.disabled"}, "left")


# What is typed, and what bash makes of it.
TYPED = (
    (r"scp-server -o Overw\t", "<scp-server><-o><Overwrite=>", ""),
    (r"scp-server -o Overwrite=\t\t", "<scp-server><-o><Overwrite=>",
     "deny inplace replace versions"),
    (r"scp-server -o Overwrite=inp\t", "<scp-server><-o><Overwrite=inplace>",
     ""),
    (r"scp-server -o Overw\tv\tx", "<scp-server><-o><Overwrite=versions><x>",
     ""),
    (r"scp-server -oOverw\tv\tx", "<scp-server><-oOverwrite=versions><x>",
     ""),
    (r"scp-server -o Root=/usr/sha\tdoc\t",
     "<scp-server><-o><Root=/usr/share/doc>", ""),
    (r"scp-server --read-\t", "<scp-server><--read-only>", ""),
    (r"scp-server-check --us\tdaem\t",
     "<scp-server-check><--user><daemon>", ""),
    (r"scp-server-check expl\t'scp -t x' -o Acc\twrite\t",
     "<scp-server-check><explain><scp -t x><-o><Access=write-only>", ""),
    (r"scp-server-check -o AllowNames=\t", "<scp-server-check><-o>"
     "<AllowNames=>", ""),
)


@case
def an_interactive_bash_completes():
    with Machine("bash-completion") as m:
        put(m, "scp-server")
        m.run(APT + "install /scp-server.deb")
        m.put(os.path.join(HERE, "tab.py"), "tab.py")
        typed = "\n".join(line for line, _, _ in TYPED)
        with open(os.path.join(m.top, "typed"), "w", encoding="ascii") as f:
            f.write(typed + "\n")
        out = m.run("python3 -B %s $M <$TOP/typed" % os.path.join(
            HERE, "tab.py")).splitlines()
        wrong = []
        for (line, words, shown), seen in zip(TYPED, out):
            if not seen.startswith(words + " ") or shown not in seen:
                wrong.append("%s: saw %s, wanted %s with %r" % (
                    line, seen, words, shown))
        check_equal((wrong, len(out)), ([], len(TYPED)), "completion")
