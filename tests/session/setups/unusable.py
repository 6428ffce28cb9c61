"""Set-ups that can't work: the check has to say so, and no copy is made."""

import os
import time

import sshd
from bound import DROP, FORCED, KEYED, command, in_group, pam
from built import NAME, Setup


def chmod(path, mode):
    return lambda site: os.chmod(site.path(path), mode)


def chown(path, uid):
    return lambda site: os.chown(site.path(path), uid, uid)


def unlink(path):
    return lambda site: os.unlink(site.path(path))


def jail(site):
    os.makedirs(site.path("srv/jail"))


def deep(site):
    """A Root that is the account's, below what it can't enter."""
    os.makedirs(site.path("srv/shut"), 0o700)
    os.rename(site.path("srv/drop"), site.path("srv/shut/drop"))


def program_for_root(site):
    site.install("/srv/programs/scp-server")
    os.chmod(site.path("srv/programs"), 0o700)


def shadow(fields):
    """The row that sshd looks at before anything else."""
    return lambda site: sshd.write(
        site.path("etc/shadow"), "%s:%s\n" % (NAME, fields), 0o600)


def aged(fields):
    """Only PAM looks at the age of a password after a login with a key."""
    def prepare(site):
        pam(account="pam_unix.so")(site)
        shadow(fields)(site)
        site.replace("etc/passwd", NAME + ":*:", NAME + ":x:")
    return prepare


def keys_from(*command, end=".pub"):
    """What a tool makes of the key lies in the place of it."""
    return lambda site: sshd.write(
        site.path("etc/ssh/keys", NAME), sshd.run(*command, site.path("key" + end)))


def keys_that_all_may_write(site):
    os.chmod(site.path("etc/ssh/keys", NAME), 0o666)


SETUPS = [
    Setup("no_root", "broken", **FORCED),
    Setup("no_root_by_login_shell", "broken"),
    Setup("no_root_for_any_address", "broken", **FORCED,
          policy="Match Address 127.0.0.0/8\nAccess read-only"),
    Setup("no_root_by_key", "broken", keys=[command("")], **KEYED),
    Setup("root_that_is_not_there", "broken", policy="Root /srv/none",
          **FORCED),
    Setup("root_of_somebody_else", "broken", reads=False,
          policy=DROP + "\nAccess write-only", prepare=chown("srv/drop", 0), **FORCED),
    Setup("root_that_is_shut", "broken", policy="Root /srv/shut/drop",
          root="/srv/shut/drop", prepare=deep, **FORCED),
    Setup("configuration_for_root_alone", "broken", policy=DROP,
          prepare=chmod("etc/scp-server.conf", 0o600), **FORCED),
    Setup("configuration_that_others_write", "broken", policy=DROP,
          prepare=chmod("etc/scp-server.conf", 0o666), **FORCED),
    Setup("configuration_with_a_mistake", "broken", policy="Rot /srv/drop",
          **FORCED),
    Setup("option_that_does_not_exist", "broken", shell="/bin/sh",
          ForceCommand="scp-server --readonly /srv/drop"),
    Setup("option_that_the_login_shell_refuses", "broken", policy=DROP,
          ForceCommand="scp-server -o AuditLog=none"),
    Setup("forced_in_quotes", "broken", policy=DROP, writes=False,
          ForceCommand='"scp-server --read-only"', advised=True),
    Setup("forced_with_a_comment", "broken", policy=DROP, writes=False,
          ForceCommand="scp-server --read-only # nightly", advised=True),
    Setup("forced_file_by_login_shell", "broken", policy=DROP, writes=False,
          ForceCommand="scp-server -f /inside"),
    Setup("program_that_is_not_there", "broken", policy=DROP,
          shell="/bin/sh", ForceCommand="/usr/bin/scp-server"),
    Setup("program_for_root_alone", "broken", policy=DROP, shell="/bin/sh",
          ForceCommand="/srv/programs/scp-server", prepare=program_for_root),
    Setup("login_shell_that_is_not_there", "broken", policy=DROP,
          shell="/usr/bin/scp-server"),
    Setup("nologin", "broken", policy=DROP,
          **dict(FORCED, shell="/usr/sbin/nologin")),
    Setup("shell_that_is_not_there", "broken", policy=DROP,
          **dict(FORCED, shell="/usr/local/bin/dash")),
    Setup("allow_users_without_it", "broken", policy=DROP, AllowUsers="bob",
          **FORCED),
    Setup("deny_users_with_it", "broken", policy=DROP, DenyUsers="a*",
          **FORCED),
    Setup("allow_groups_without_it", "broken", policy=DROP,
          AllowGroups="staff", **FORCED),
    Setup("deny_groups_with_it", "broken", policy=DROP, DenyGroups="drop",
          prepare=in_group("drop"), **FORCED),
    Setup("path_of_pam_without_it", "broken", policy=DROP, UsePAM="yes",
          prepare=pam("PATH=/usr/bin:/bin\n"), **FORCED),
    Setup("path_of_setenv_without_it", "broken", policy=DROP,
          SetEnv="PATH=/usr/bin", **FORCED),
    Setup("chroot_of_sshd_without_it", "broken", policy=DROP,
          ChrootDirectory="/srv/jail", prepare=jail, **FORCED),
    Setup("log_that_it_can_not_open", "broken",
          policy=DROP + "\nAuditLog /var/log/none/log", **FORCED),
    Setup("no_key", "broken", policy=DROP,
          prepare=unlink("etc/ssh/keys/" + NAME), **FORCED),
    Setup("no_keys_wanted", "broken", policy=DROP, PubkeyAuthentication="no",
          **FORCED),
    Setup("keys_that_others_write", "broken", policy=DROP,
          prepare=keys_that_all_may_write, **FORCED),
    Setup("account_that_is_locked", "broken", policy=DROP, password="!",
          **FORCED),
    Setup("account_that_has_expired", "broken", policy=DROP,
          prepare=shadow("*:19000:0:99999:7::19001:"), **FORCED),
    Setup("password_that_has_to_be_changed", "broken", policy=DROP,
          UsePAM="yes", prepare=aged("*:0:0:99999:7:::"), **FORCED),
    Setup("password_that_is_too_old", "broken", policy=DROP, UsePAM="yes",
          prepare=aged("!:19000:0:90:7:::"), **FORCED),
    Setup("key_that_is_wrapped", "broken", policy=DROP,
          prepare=keys_from("fold", "-w", "40"), **FORCED),
    Setup("key_that_is_private", "broken", policy=DROP,
          prepare=keys_from("cat", end=""), **FORCED),
    Setup("key_in_another_form", "broken", policy=DROP,
          prepare=keys_from("ssh-keygen", "-e", "-f"), **FORCED),
    Setup("key_with_a_misspelt_option", "broken", policy=DROP,
          keys=["restrictt"], **FORCED),
    Setup("key_that_opens_no_port", "broken", policy=DROP,
          keys=['permitopen="host"'], **FORCED),
    Setup("key_that_opens_port_0", "broken", policy=DROP,
          keys=['permitopen="host:0"'], **FORCED),
    Setup("key_that_listens_at_no_port", "broken", policy=DROP,
          keys=['permitlisten="x:nosuchservice"'], **FORCED),
    Setup("key_with_no_tunnel", "broken", policy=DROP,
          keys=['tunnel="x"'], **FORCED),
    Setup("key_with_no_variable", "broken", policy=DROP,
          keys=['environment="FOO"'], **FORCED),
    Setup("key_with_a_misspelt_variable", "broken", policy=DROP,
          keys=['environment="A-B=c"'], **FORCED),
    Setup("key_from_no_network", "broken", policy=DROP,
          keys=['from="127.0.0.1/8"'], **FORCED),
    Setup("key_from_too_long_a_prefix", "broken", policy=DROP,
          keys=['from="127.0.0.1,127.0.0.0/33"'], **FORCED),
    Setup("key_with_principals_of_no_authority", "broken", policy=DROP,
          keys=['principals="alice"'], **FORCED),
    Setup("methods_with_a_password", "broken", policy=DROP,
          PasswordAuthentication="yes",
          AuthenticationMethods="publickey,password", **FORCED),
    Setup("key_that_expires_today", "broken", policy=DROP,
          keys=['expiry-time="%s"' % time.strftime("%Y%m%d")], **FORCED),
    Setup("no_sessions", "broken", policy=DROP, MaxSessions="0", **FORCED),
    Setup("key_that_has_expired", "broken", shell="/bin/sh", policy=DROP,
          keys=['expiry-time="20200101"'], ForceCommand="scp-server"),
]
