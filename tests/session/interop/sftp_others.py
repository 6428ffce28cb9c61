"""Clients of SFTP that only this suite drives, behind the face of
lib/sftp_clients.py."""

import others
import sftp_backups
import sftp_clients
import sftp_drivers
import sftp_filezilla

NEWER = others.NEWER + "/usr/bin/"


class NewerScp(sftp_clients.Scp):
    """The current OpenSSH, which ./newer fetches."""
    name = "scp-newer"
    missing = others.NewerOpenSSH.missing

    def words(self, port):
        return [NEWER + "scp"] + super().words(port)[1:] + [
            "-S", NEWER + "ssh"]


class NewerSftp(sftp_clients.Sftp):
    name = "sftp-newer"
    missing = others.NewerOpenSSH.missing

    def words(self, port):
        words = super().words(port)
        return [NEWER + "sftp", "-S", NEWER + "ssh"] + words[1:]


CLIENTS = (sftp_clients.Scp, sftp_clients.Sftp, NewerScp, NewerSftp,
           sftp_clients.Curl, sftp_clients.Pscp, sftp_clients.Psftp,
           sftp_clients.Sshfs, sftp_clients.Rclone, sftp_clients.Paramiko,
           sftp_clients.AsyncSSH, sftp_clients.Lftp, sftp_filezilla.FileZilla) + \
    sftp_drivers.CLIENTS + sftp_backups.CLIENTS + sftp_drivers.NODE
