"""Set-ups that hold: nothing gets around them, and a copy is made."""

import os
import shutil

import sshd
from built import NAME, OURS, PASSWORD, Setup

DROP = "Root /srv/drop"
KEYED = {"shell": "/bin/sh", "AuthenticationMethods": "publickey"}
FORCED = {"shell": "/bin/sh", "ForceCommand": "scp-server"}
SFTP = "Sftp yes"


def command(options="/srv/drop", more="restrict,"):
    return '%scommand="scp-server %s"' % (more, options)


def root_alone(site):
    """A Root to be read only."""
    os.chown(site.path("srv/drop"), 0, 0)


def one_for_each(site):
    site.srv(site.person, "all", NAME)
    site.give("/srv/all/%s/inside" % NAME, "INSIDE\n")


def signed(site):
    sshd.write(site.path("etc/ssh/authority.pub"),
               site.public_key("authority"))


def authority_as_key(options):
    """A line of the file of keys: one that signs others."""
    def prepare(site):
        sshd.write(site.path("etc/ssh/keys", NAME), "%s %s%s" % (
            options, site.public_key("authority"), command() + " " +
            site.public))
    return prepare


def pam(environment="", account="pam_permit.so"):
    """PAM that lets everybody in, or whom this does, and sets variables."""
    def prepare(site):
        os.makedirs(site.path("etc/pam.d"))
        sshd.write(site.path("etc/pam.d/sshd"), "".join(
            "%s\trequired\t%s\n" % words for words in (
                ("auth", "pam_deny.so"), ("account", account),
                ("session", "pam_env.so"), ("password", "pam_deny.so"))))
        sshd.write(site.path("etc/environment"), environment)
        os.makedirs(site.path("etc/security"))
        sshd.write(site.path("etc/security/pam_env.conf"), "")
    return prepare


def in_group(name):
    return lambda site: site.group(name, [NAME])


def link_to_root(site):
    os.rename(site.path("srv/drop"), site.path("srv/real"))
    os.symlink("real", site.path("srv/drop"))


def sticky(site):
    """As in /tmp: others may write there, and not exchange what is there."""
    os.makedirs(site.path("srv/all"))
    os.chmod(site.path("srv/all"), 0o1777)
    shutil.move(site.path("srv/drop"), site.path("srv/all/drop"))


def bash_that_is_read_only(site):
    """The home is out of reach, and root's."""
    os.chown(site.path(site.person.home), 0, 0)


SETUPS = [
    Setup("login_shell", "safe", policy=DROP),
    Setup("login_shell_and_forced", "safe", policy=DROP,
          ForceCommand="scp-server", Subsystem="sftp internal-sftp"),
    Setup("forced", "safe", policy=DROP, **FORCED),
    Setup("forced_with_internal_sftp", "safe", policy=DROP,
          **dict(FORCED, Subsystem="sftp internal-sftp")),
    Setup("forced_by_its_whole_path", "safe", policy=DROP, shell="/bin/sh",
          ForceCommand=OURS),
    Setup("forced_with_options", "safe", shell="/bin/sh", reads=False,
          ForceCommand="scp-server -wo -no-overwrite /srv/drop"),
    Setup("forced_read_only", "safe", policy=DROP + "\nAccess read-only",
          writes=False, **FORCED),
    Setup("write_only", "safe", policy=DROP + "\nAccess write-only",
          reads=False),
    Setup("read_only_of_root_alone", "safe", writes=False, prepare=root_alone,
          policy=DROP + "\nAccess read-only"),
    Setup("sftp_and_scp", "safe", policy=DROP + "\n" + SFTP, **FORCED),
    Setup("sftp_and_scp_by_login_shell", "safe", policy=DROP + "\n" + SFTP),
    Setup("chroot", "safe", policy=DROP + "\nChroot yes", **FORCED),
    Setup("match_user", "safe", policy="Match User %s\n%s" % (NAME, DROP),
          **FORCED),
    Setup("match_group", "safe", policy="Match Group drop\n" + DROP,
          prepare=in_group("drop"), **FORCED),
    Setup("match_address", "safe", policy="Match User %s Address "
          "127.0.0.0/8\n%s" % (NAME, DROP), **FORCED),
    Setup("match_address_with_login_shell", "safe", policy="Match Group drop "
          "Address 127.0.0.0/24\n" + DROP,
          prepare=in_group("drop")),
    Setup("match_address_with_a_key", "safe", keys=[command("-wo")],
          reads=False, policy="Match Address 127.0.0.1\n" + DROP, **KEYED),
    Setup("match_address_elsewhere", "safe", writes=False, policy="Access "
          "read-only\n" + DROP + "\nMatch Address 10.0.0.0/8\n"
          "Access read-write", **FORCED),
    Setup("root_for_each", "safe", policy="Root /srv/all/%u",
          root="/srv/all/" + NAME, prepare=one_for_each, **FORCED),
    Setup("root_by_a_link", "safe", policy=DROP + "\nSymlinks follow",
          prepare=link_to_root, **FORCED),
    Setup("root_in_a_sticky_directory", "safe", policy="Root /srv/all/drop",
          root="/srv/all/drop", prepare=sticky, **FORCED),
    Setup("limits", "safe", policy=DROP + "\nMaxFileSize 100M\n"
          "MaxSessionFiles 10\nAllowNames copied* inside", **FORCED),
    Setup("key_with_command", "safe", keys=[command()], **KEYED),
    Setup("key_with_command_without_a_password", "safe", keys=[command()],
          shell="/bin/sh"),
    Setup("key_with_each_option", "safe", keys=[command(
        more="no-port-forwarding,no-X11-forwarding,no-agent-forwarding,"
        "no-pty,no-user-rc,")], **KEYED),
    Setup("key_from_some_hosts", "safe",
          keys=[command(more='from="127.0.0.0/8",restrict,')], **KEYED),
    Setup("keys_that_restrict_what_sshd_allows", "safe", keys=[command()],
          DisableForwarding="no", PermitUserRC="yes", **KEYED),
    Setup("key_write_only", "safe", keys=[command("-wo /srv/drop")],
          reads=False, **KEYED),
    Setup("key_that_signs_with_command", "safe", doors=["certificate"],
          prepare=authority_as_key(
              'cert-authority,restrict,command="scp-server /srv/drop"'),
          **KEYED),
    Setup("certificates_with_forced", "safe", policy=DROP, prepare=signed,
          doors=["certificate"], TrustedUserCAKeys="/etc/ssh/authority.pub",
          **FORCED),
    Setup("password_with_forced", "safe", policy=DROP, password=PASSWORD,
          doors=["password"], PasswordAuthentication="yes", **FORCED),
    Setup("password_with_login_shell", "safe", policy=DROP, password=PASSWORD,
          doors=["password"], PasswordAuthentication="yes"),
    Setup("allow_users", "safe", policy=DROP, AllowUsers="bob " + NAME,
          **FORCED),
    Setup("allow_groups", "safe", policy=DROP, AllowGroups="drop",
          prepare=in_group("drop"), **FORCED),
    Setup("match_block_of_sshd", "safe", policy=DROP, shell="/bin/sh",
          PermitUserRC=None, DisableForwarding=None, X11Forwarding="yes",
          last="Match User %s\nForceCommand scp-server\nPermitUserRC no\n"
          "DisableForwarding yes\nX11Forwarding no\n"
          "AllowAgentForwarding no\n" % NAME),
    Setup("match_of_addresses_for_somebody_else", "safe", policy=DROP,
          doors=["elsewhere"], last="Match User bob Address 127.0.0.8/29\n"
          "X11Forwarding yes\n", **FORCED),
    Setup("path_of_pam", "safe", policy=DROP, UsePAM="yes", **FORCED,
          prepare=pam("PATH=/usr/local/bin:/usr/bin:/bin\n")),
    Setup("path_of_setenv", "safe", policy=DROP,
          SetEnv="PATH=/usr/local/bin:/bin", **FORCED),
    Setup("variables_of_the_language", "safe", policy=DROP,
          AcceptEnv="LANG LC_*", **FORCED),
    Setup("variables_of_the_language_by_login_shell", "safe", policy=DROP,
          AcceptEnv="LANG LC_* COLORTERM NO_COLOR"),
    Setup("each_forwarding_alone", "safe", policy=DROP, **FORCED,
          DisableForwarding="no", AllowTcpForwarding="no",
          AllowStreamLocalForwarding="no"),
    Setup("user_rc_out_of_reach", "safe", policy=DROP, PermitUserRC="yes",
          **FORCED),
    Setup("user_rc_with_login_shell", "safe", policy=DROP,
          PermitUserRC="yes"),
    Setup("environment_out_of_reach", "safe", policy=DROP,
          PermitUserEnvironment="yes", **FORCED),
    Setup("no_subsystem", "safe", policy=DROP, Subsystem=None, **FORCED),
    Setup("open_session_with_keys_of_root", "safe", policy="Root none",
          root="", **FORCED),
    Setup("ports_that_nobody_may_open", "safe", policy=DROP, **FORCED,
          DisableForwarding="no", AllowStreamLocalForwarding="no",
          PermitOpen="none", PermitListen="none"),
]
