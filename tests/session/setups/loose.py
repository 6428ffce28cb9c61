"""Set-ups with a way around: the check has to say so."""

import os
import shutil

import sshd
from bound import (DROP, FORCED, KEYED, authority_as_key, command, pam,
                   signed)
from built import NAME, PASSWORD, Setup, preload

HOME = "/home/" + NAME


def not_forced(match):
    """Forced, but not for the clients of a Match line."""
    return {"shell": "/bin/sh", "policy": DROP, "doors": ["elsewhere"],
            "last": match + "\nForceCommand none\nMatch All\n"
            "ForceCommand scp-server\n"}


def others_may_write(path):
    """Root lies where a neighbour may put something else."""
    def prepare(site):
        os.makedirs(site.path("srv/open"))
        if path == "/srv/open/drop":
            shutil.move(site.path("srv/drop"), site.path(path))
        else:
            site.install(path)
        os.chmod(site.path("srv/open"), 0o777)
    return prepare


def program_of_the_account(site):
    site.install("/srv/drop/tools/scp-server")
    site.person.own(site.path("srv/drop/tools"))


def path_of_the_account(site):
    site.srv(site.person, "drop", "tools")


def keys_within(site):
    site.srv(site.person, "drop", "k")
    shutil.copy(site.path("etc/ssh/keys", NAME),
                site.path("srv/drop/k", NAME))
    os.chown(site.path("srv/drop/k", NAME), site.person.uid, site.person.gid)


def keys_of_a_command(site):
    sshd.write(site.path("etc/ssh/keys-command"),
               "#!/bin/sh\necho '%s'\n" % site.public_key("other").strip(),
               0o755)


def another_key(options):
    def prepare(site):
        with open(site.path("etc/ssh/keys", NAME), "a") as f:
            f.write("%s %s" % (options, site.public_key("other")))
    return prepare


def another_name(name):
    """The other key is one of RSA, with a name that sshd knows it by, too."""
    def prepare(site):
        for end in ("", ".pub"):
            os.unlink(site.path("other" + end))
        sshd.run("ssh-keygen", "-q", "-t", "rsa", "-N", "", "-C", "other",
                 "-f", site.path("other"))
        with open(site.path("etc/ssh/keys", NAME), "a") as f:
            f.write(site.public_key("other").replace("ssh-rsa", name))
    return prepare


def log_within(site):
    site.give("/srv/drop/log", "", 0o600)


def home_with(*names):
    """A home that is the account's own, and has these."""
    def prepare(site):
        site.give(HOME + "/inside", "INSIDE\n")
        for name in names:
            site.give(HOME + "/" + name, "INSIDE\n")
        site.person.own(site.path(HOME))
    return prepare


def rc_that_is_there(site):
    """Nobody can change it, but it is there."""
    sshd.write(site.path(HOME, ".ssh/rc"), "touch /srv/proof/rc\n")


def environment_that_is_there(site):
    """Nobody can change it, but it is there."""
    shutil.copy(preload(), site.path("srv/loaded.so"))
    sshd.write(site.path(HOME, ".ssh/environment"),
               "LD_PRELOAD=/srv/loaded.so\n")


def key_file_of_the_home(site):
    """Where sshd looks when nobody says otherwise."""
    shutil.copy(site.path("etc/ssh/keys", NAME),
                site.path(HOME, ".ssh/authorized_keys"))
    site.person.own(site.path(HOME))


IN_HOME = {"root": HOME, "policy": "Root %h\nDotFiles allow"}

SETUPS = [
    Setup("nothing_binds", "unsafe", shell="/bin/sh", policy=DROP),
    Setup("nothing_binds_bash", "unsafe", shell="/bin/bash",
          policy=DROP + "\nAccess read-only", writes=False),
    Setup("internal_sftp_past_the_login_shell", "unsafe", policy=DROP,
          Subsystem="sftp internal-sftp"),
    Setup("forced_internal_sftp", "unsafe", policy=DROP, shell="/bin/sh",
          ForceCommand="internal-sftp"),
    Setup("forced_for_a_shell", "unsafe", shell="/bin/sh",
          ForceCommand="scp-server /srv/drop; $SSH_ORIGINAL_COMMAND"),
    Setup("forced_shell", "unsafe", shell="/bin/sh", policy=DROP,
          ForceCommand='sh -c "$SSH_ORIGINAL_COMMAND"'),
    Setup("forced_sftp_server", "unsafe", shell="/bin/sh", policy=DROP,
          ForceCommand="/usr/lib/openssh/sftp-server"),
    Setup("match_block_for_somebody_else", "unsafe", shell="/bin/sh",
          policy=DROP, last="Match User bob\nForceCommand scp-server\n"),
    Setup("forced_for_this_host_alone", "unsafe", shell="/bin/sh",
          policy=DROP, doors=["elsewhere"], last="Match Address 127.0.0.1\n"
          "ForceCommand scp-server\n"),
    Setup("not_forced_for_some_hosts", "unsafe", shell="/bin/sh",
          policy=DROP, doors=["elsewhere"], last="Match Address 127.0.0.8/29\n"
          "ForceCommand none\nMatch All\nForceCommand scp-server\n"),
    Setup("open_from_some_hosts", "unsafe", policy="Match User %s Address "
          "127.0.0.0/8\nRoot none\nMatch All\n%s" % (NAME, DROP), **FORCED),
    Setup("open_from_all_but_some_hosts", "unsafe", doors=["elsewhere"],
          policy="Root none\nMatch Address 127.0.0.0/29\n" + DROP, **FORCED),
    Setup("open_from_some_hosts_with_keys", "unsafe",
          keys=[command("-o Sftp=no")], policy="Match Address 127.0.0.0/8\n"
          "Root none\nMatch All\n" + DROP, **KEYED),
    Setup("home_is_root_from_some_hosts", "unsafe", prepare=home_with(),
          PermitUserEnvironment="yes", root=HOME, **FORCED,
          policy=DROP + "\nMatch Address 127.0.0.0/8\nRoot %h\n"
          "DotFiles allow"),
    Setup("not_forced_beside_one_host", "unsafe", **not_forced(
        "Match User %s Address 127.0.0.*,!127.0.0.1" % NAME)),
    Setup("not_forced_beside_a_network", "unsafe", **not_forced(
        "Match Address 127.0.0.0/8,!127.0.0.0/31")),
    Setup("not_forced_by_the_end_of_an_address", "unsafe", **not_forced(
        "Match Address *.9")),
    Setup("not_forced_around_a_network", "unsafe", **not_forced(
        "Match Address 127.0.0.0/29\nForceCommand scp-server\n"
        "Match Address 127.0.0.0/8")),
    Setup("not_forced_after_many_others", "unsafe", **not_forced(
        "".join("Match Address 10.0.0.%d\nMaxSessions 10\n" % n
                for n in range(30)) + "Match Address 127.0.0.9")),
    Setup("key_without_command", "unsafe", keys=["restrict"],
          policy=DROP, **KEYED),
    Setup("another_key_without_command", "unsafe", keys=[command()],
          doors=["other"], prepare=another_key("restrict"), **KEYED),
    Setup("another_key_named_by_its_signature", "unsafe", keys=[command()],
          doors=["other"], prepare=another_name("rsa-sha2-512"), **KEYED),
    Setup("another_key_named_by_another_signature", "unsafe",
          keys=[command()], doors=["other"],
          prepare=another_name("rsa-sha2-256"), **KEYED),
    Setup("key_for_a_shell", "unsafe", keys=[
        command("/srv/drop || $SSH_ORIGINAL_COMMAND")], **KEYED),
    Setup("key_of_another_program", "unsafe", policy=DROP, keys=[
        'restrict,command="sh -c \\"$SSH_ORIGINAL_COMMAND\\""'], **KEYED),
    Setup("key_that_signs_without_command", "unsafe",
          doors=["certificate"],
          prepare=authority_as_key("cert-authority"), **KEYED),
    Setup("certificates_past_the_keys", "unsafe", keys=[command()],
          prepare=signed, doors=["certificate"],
          TrustedUserCAKeys="/etc/ssh/authority.pub", **KEYED),
    Setup("password_past_the_keys", "unsafe", keys=[command()],
          shell="/bin/sh", password=PASSWORD, doors=["password"],
          PasswordAuthentication="yes"),
    Setup("keys_of_a_command", "unsafe", keys=[command()],
          doors=["other"], prepare=keys_of_a_command,
          AuthorizedKeysCommand="/etc/ssh/keys-command",
          AuthorizedKeysCommandUser="nobody", **KEYED),
    Setup("key_that_may_forward", "unsafe", DisableForwarding="no",
          keys=[command(more="restrict,port-forwarding,")], **KEYED),
    Setup("key_that_does_not_restrict", "unsafe", DisableForwarding="no",
          keys=[command(more="")], **KEYED),
    Setup("forwarding", "unsafe", policy=DROP, DisableForwarding="no",
          **FORCED),
    Setup("forwarding_by_login_shell", "unsafe", policy=DROP,
          DisableForwarding="no"),
    Setup("forwarding_there", "unsafe", policy=DROP, DisableForwarding="no",
          AllowTcpForwarding="local", AllowStreamLocalForwarding="no",
          **FORCED),
    Setup("forwarding_back", "unsafe", policy=DROP, DisableForwarding="no",
          AllowTcpForwarding="remote", AllowStreamLocalForwarding="no",
          **FORCED),
    # the sshd of today refuses these where it refuses TCP, and does not say
    # that it will
    Setup("forwarding_of_sockets_alone", "unsafe", policy=DROP, alarm=True,
          DisableForwarding="no", AllowTcpForwarding="no", **FORCED),
    Setup("every_variable", "unsafe", policy=DROP, AcceptEnv="*"),
    Setup("variables_of_the_loader", "unsafe", policy=DROP,
          AcceptEnv="LANG LD_*", **FORCED),
    Setup("variables_of_bash", "unsafe", policy=DROP, shell="/bin/bash",
          ForceCommand="scp-server", AcceptEnv="BASH_ENV SHLVL"),
    Setup("home_and_rc", "unsafe", PermitUserRC="yes", prepare=home_with(),
          keys=[command("-o DotFiles=allow " + HOME, "")], root=HOME, **KEYED),
    Setup("home_and_environment", "unsafe", PermitUserEnvironment="yes",
          prepare=home_with(), **FORCED, **IN_HOME),
    Setup("environment_that_is_there", "unsafe", policy=DROP,
          PermitUserEnvironment="yes", prepare=environment_that_is_there,
          **FORCED),
    Setup("home_and_keys", "unsafe", prepare=key_file_of_the_home,
          keys=[command("-o DotFiles=allow " + HOME)], root=HOME,
          **dict(KEYED, AuthorizedKeysFile=None)),
    Setup("home_and_bash", "unsafe", prepare=home_with(),
          **dict(FORCED, shell="/bin/bash"), **IN_HOME),
    Setup("homes_within_root", "unsafe", root="/home", start=NAME + "/",
          keys=[command("-o DotFiles=allow /home", "")], PermitUserRC="yes",
          prepare=home_with(), **KEYED),
    Setup("ssh_is_root", "unsafe", root=HOME + "/.ssh", PermitUserRC="yes",
          keys=[command(HOME + "/.ssh", "")], aims=[(".ssh/rc", "rc")],
          prepare=home_with(".ssh/inside"), **KEYED),
    Setup("keys_within_root", "unsafe", prepare=keys_within,
          keys=[command()], aims=[("keys", "k/" + NAME)],
          **dict(KEYED, AuthorizedKeysFile="/srv/drop/k/%%u")),
    Setup("open_session_and_its_keys", "unsafe", root="",
          prepare=key_file_of_the_home, keys=[command("-o Root=none")],
          **dict(KEYED, AuthorizedKeysFile=None)),
    Setup("rc_that_is_there", "unsafe", keys=[command(more="")],
          PermitUserRC="yes", prepare=rc_that_is_there, **KEYED),
    Setup("log_within_root", "unsafe", prepare=log_within,
          policy=DROP + "\nAuditLog /srv/drop/log", **FORCED),
    Setup("root_where_others_write", "unsafe", policy="Root /srv/open/drop",
          root="/srv/open/drop", prepare=others_may_write("/srv/open/drop"),
          **FORCED),
    Setup("program_where_others_write", "unsafe", policy=DROP,
          shell="/bin/sh", ForceCommand="/srv/open/scp-server",
          prepare=others_may_write("/srv/open/scp-server")),
    Setup("program_of_the_account", "unsafe", policy=DROP, shell="/bin/sh",
          ForceCommand="/srv/drop/tools/scp-server",
          prepare=program_of_the_account,
          aims=[("scp-server", "tools/scp-server")]),
    Setup("path_of_the_account", "unsafe", policy=DROP,
          prepare=path_of_the_account, aims=[("scp-server", "tools")],
          SetEnv="PATH=/srv/drop/tools:/usr/local/bin:/bin", **FORCED),
    Setup("path_of_pam_and_of_the_account", "unsafe", policy=DROP,
          prepare=lambda site: (path_of_the_account(site), pam(
              "PATH=/srv/drop/tools:/usr/local/bin:/bin\n")(site)),
          aims=[("scp-server", "tools")], UsePAM="yes", **FORCED),
    Setup("policy_for_somebody_else", "unsafe",
          policy="Root /srv\nMatch User alcie\n" + DROP, **FORCED),
    Setup("home_that_is_root", "unsafe", policy="Root %h", root=HOME,
          prepare=home_with(), alarm=True, **FORCED),
    Setup("x11_and_agent_alone", "unsafe", policy=DROP, alarm=True,
          DisableForwarding="no", AllowTcpForwarding="no",
          AllowStreamLocalForwarding="no", **dict(
              FORCED, X11Forwarding="yes", AllowAgentForwarding="yes")),
]
