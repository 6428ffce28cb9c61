"""Modes, times and owners of what a session stores or finds there."""

import os

import suite
from sessions import (GROUP, NEW, NOBODY, OLD, OTHER, SEND_NEW, expect,
                      expect_mode, place, records_of, root_of, serve,
                      serve_as, talk)
from trees import read, write

LONG_AGO = 1000000000
PEERS_TIME = 1234567890


@suite.case
def the_setgid_bit_of_a_directory_stays_when_p_asks_for_no_other_mode():
    with place() as base:
        root = root_of(base)
        sub = os.path.join(root, "d")
        line = ["-o", "Umask=022", "-r", "-p", "-t", root]
        os.mkdir(sub)
        os.chmod(sub, 0o2755)
        expect(serve(line, b"D0755 0 d\nE\n"), 0, b"\0\0\0")
        expect_mode(sub, 0o2755)
        os.rmdir(sub)
        root_of(base, 0o2775)
        expect(serve(line, b"D0755 0 d\nE\n"), 0, b"\0\0\0")
        expect_mode(sub, 0o2755)


@suite.case
def the_sticky_bit_of_a_directory_stays_and_is_in_its_record():
    with place() as base:
        root, log = root_of(base), os.path.join(base, "log")
        sub = os.path.join(root, "d")
        os.mkdir(sub)
        os.chmod(sub, 0o1777)
        expect(talk([suite.SERVER, "-o", "AuditLog=" + log, "-o", "Root=none",
                     "-r", "-p", "-t", root], b"D0755 0 d\nE\n"),
               0, b"\0\0\0")
        expect_mode(sub, 0o1755)
        suite.check_equal([r["mode"] for r in records_of(log)
                           if r["event"] == "file"], ["1755"], "the record")


def group_root(base, mode=0o2775):
    """A web root: nobody is in its group, which is not nobody's own."""
    root = root_of(base, mode, NOBODY, GROUP)
    os.chmod(root, mode)
    return root


def send_tree(base, root, options, line=b"D0755 0 d\nD0700 0 e\n"):
    expect(serve_as(base, NOBODY, ["-o", "Umask=022"] + options +
                    ["-r", "-t", root], line + SEND_NEW + b"E\nE\n", (GROUP,)),
           0, b"\0" * 7)
    for name in ("d", "d/e", "d/e/f"):
        suite.check_equal(os.stat(os.path.join(root, name)).st_gid, GROUP,
                          "group of " + name)
    return [os.path.join(root, name) for name in ("d", "d/e")]


@suite.case
def new_directories_of_a_group_keep_the_setgid_bit_of_their_parent():
    suite.need_root()
    for options, modes in ((["-p"], (0o2755, 0o2700)),
                           ([], (0o2755, 0o2700)),
                           (["-o", "DirectoryMode=0775"], (0o2775, 0o2775)),
                           (["-p", "-o", "Overwrite=inplace"],
                            (0o2755, 0o2700)),
                           (["-p", "-o", "Overwrite=deny"],
                            (0o2755, 0o2700))):
        with place() as base:
            for path, mode in zip(send_tree(base, group_root(base), options),
                                  modes):
                expect_mode(path, mode)


@suite.case
def a_root_of_a_group_is_enough_and_a_drop_box_leaves_the_mode():
    suite.need_root()
    for options, mode in (([], 0o2775), (["--write-only"], 0o2755)):
        with place() as base:
            root = group_root(base)
            os.mkdir(os.path.join(root, "in"))      # of root, without the bit
            os.chown(os.path.join(root, "in"), NOBODY, GROUP)
            os.chmod(os.path.join(root, "in"), 0o2755 if options else 0o755)
            expect(serve_as(base, NOBODY, [
                "-o", "Root=" + root, "-o", "Umask=022", "-p", "-r", *options,
                "-t", "/in"], b"D0775 0 d\nD2775 0 e\nE\nE\n", (GROUP,)),
                0, b"\0" * 5)
            expect_mode(os.path.join(root, "in", "d"),
                        mode if options else 0o775)


@suite.case
def the_setgid_bit_of_DirectoryMode_is_there_before_the_first_file():
    suite.need_root()
    for options in ([], ["--write-only"], ["-p"],
                    ["-o", "Overwrite=inplace"]):
        with place() as base:
            root = group_root(base, 0o775)
            os.chown(root, NOBODY, GROUP)
            options += ["-o", "DirectoryMode=2770"]
            expect(serve_as(base, NOBODY, ["-o", "Umask=022"] + options + [
                "-r", "-t", root], b"D0755 0 d\nD0700 0 e\n" + SEND_NEW +
                b"E\nE\n", (GROUP,)), 0, b"\0" * 7)
            for name in ("d", "d/e"):
                expect_mode(os.path.join(root, name), 0o2770)
            gids = {os.stat(os.path.join(root, name)).st_gid
                    for name in ("d", "d/e", "d/e/f")}
            suite.check_equal(len(gids), 1, "groups: %r" % gids)


def copy_again(base, options, at):
    """A tree with a directory without write permission, a second time."""
    root = root_of(base, 0o755, NOBODY, NOBODY)
    sub = os.path.join(root, "d")
    os.mkdir(sub)
    os.chown(sub, NOBODY, NOBODY)
    os.chmod(sub, 0o555)
    seen = serve_as(base, NOBODY, [w.replace("ROOT", root) for w in options] +
                    ["-r", "-t", at or root],
                    b"D0555 0 d\n" + SEND_NEW + b"E\n")
    expect_mode(sub, 0o555)
    return seen, os.path.join(sub, "f")


@suite.case
def a_tree_with_a_read_only_directory_is_copied_twice():
    suite.need_root()
    for options in ([], ["-p"]):
        with place() as base:
            seen, path = copy_again(base, options, "")
            expect(seen, 0, b"\0" * 5)
            suite.check_equal(read(path), NEW, "content")


@suite.case
def a_read_only_directory_beneath_a_root_stays_one_and_is_named():
    suite.need_root()
    with place() as base:
        seen, path = copy_again(base, ["-o", "Root=ROOT"], "/")
        expect(seen, 1, b"\0\0\0\1scp: /d: Permission denied\n\0")
        suite.check(not os.path.exists(path), "it is there")


def sticky(base, owner, file_owner):
    """A directory like /tmp, with a file of somebody's."""
    root = root_of(base, 0o1777, owner, owner)
    path = write(os.path.join(root, "f"), OLD, 0o666)
    os.chown(path, file_owner, file_owner)
    return root, path


def sticky_refuses(dir_owner, file_owner, uid):
    with place() as base:
        root, path = sticky(base, dir_owner, file_owner)
        before = os.stat(path)
        for at in (root, path):
            status, answers = serve_as(base, uid, ["-t", at], SEND_NEW)
            suite.check_equal(
                answers, b"\0\2scp: %s: Permission denied\n" %
                path.encode(), "answers")
            suite.check_equal(status, 2, "exit status")
        suite.check_equal(read(path), OLD, "content")
        after = os.stat(path)
        suite.check_equal((after.st_ino, after.st_uid, after.st_mode),
                          (before.st_ino, file_owner, before.st_mode), "file")
        suite.check_equal(os.listdir(root), ["f"], "names")


@suite.case
def root_replaces_nobodys_file_in_a_sticky_directory():
    suite.need_root()
    sticky_refuses(0, NOBODY, 0)


@suite.case
def a_user_is_told_before_the_body_of_anothers_file_in_a_sticky_directory():
    suite.need_root()
    sticky_refuses(0, OTHER, NOBODY)


@suite.case
def a_user_is_told_before_the_body_of_a_sticky_directorys_owners_file():
    suite.need_root()
    sticky_refuses(OTHER, OTHER, NOBODY)


@suite.case
def a_file_of_ones_own_in_a_sticky_directory_is_replaced():
    suite.need_root()
    for uid in (0, NOBODY):
        with place() as base:
            root, path = sticky(base, 0, uid)
            expect(serve_as(base, uid, ["-t", root], SEND_NEW), 0, b"\0\0\0")
            suite.check_equal(read(path), NEW, "content")


def leaves_directory_alone(words):
    with place() as base:
        root = root_of(base)
        sub = os.path.join(root, "d")
        os.mkdir(sub)
        os.chmod(sub, 0o711)
        os.utime(sub, (LONG_AGO, LONG_AGO))
        line = [w.replace("ROOT", root) for w in words]
        at = "/" if any("Root=" in w for w in line) else root
        line += ["-p", "-r", "-t", at]
        touch = b"T%d 0 %d 0\nD0777 0 d\nE\n" % (PEERS_TIME, PEERS_TIME)
        expect(serve(line, touch), 0, b"\0" * 4)
        expect_mode(sub, 0o711)
        suite.check_equal(os.stat(sub).st_mtime, LONG_AGO, "mtime")
        add = touch.replace(b"E\n", SEND_NEW + b"E\n")
        expect(serve(line, add), 0, b"\0" * 6)
        expect_mode(sub, 0o711)
        suite.check_equal(read(os.path.join(sub, "f")), NEW, "content")
        suite.check(os.stat(sub).st_mtime > PEERS_TIME, "the peer's time")


@suite.case
def a_drop_box_does_not_change_a_directory_that_is_there():
    leaves_directory_alone(["-o", "Root=ROOT", "--write-only"])


@suite.case
def overwrite_deny_does_not_change_a_directory_that_is_there():
    leaves_directory_alone(["-o", "Overwrite=deny"])


@suite.case
def a_confined_session_keeps_the_group_of_a_file_it_replaces():
    suite.need_root()
    with place() as base:
        root = root_of(base, 0o755, NOBODY, NOBODY)
        path = write(os.path.join(root, "f"), OLD, 0o660)
        os.chown(path, NOBODY, GROUP)
        os.chmod(path, 0o660)
        expect(serve_as(base, NOBODY, ["-o", "Root=" + root, "-t", "/"],
                        SEND_NEW, (GROUP,)), 0, b"\0\0\0")
        suite.check_equal(read(path), NEW, "content")
        suite.check_equal(os.stat(path).st_gid, GROUP, "group")
        expect_mode(path, 0o660)


@suite.case
def a_link_of_its_own_in_a_sticky_directory_is_followed():
    """Nobody else's: there it may be a trap."""
    suite.need_root()
    with place() as base:
        root = root_of(base, 0o1777)
        for owner, status in ((NOBODY, 0), (0, 2)):
            target = os.path.join(base, "target%d" % owner)
            link = os.path.join(root, "link%d" % owner)
            write(target, OLD)
            os.chown(target, NOBODY, NOBODY)
            os.symlink(target, link)
            os.lchown(link, owner, owner)
            os.chown(root, 1, 1)
            os.chmod(base, 0o777)
            seen = serve_as(base, NOBODY, ["-o", "Root=none", "-t", link],
                            SEND_NEW)
            suite.check_equal(seen[0], status, "status: %r" % (seen,))
            suite.check_equal(read(target), NEW if status == 0 else OLD,
                              "content")


@suite.case
def a_directory_of_an_upload_that_ends_early_has_its_mode():
    """Others are to go on there, and the record said so."""
    for mode, wanted in (("0775", 0o775), ("2775", 0o2775), ("0550", 0o750)):
        with place() as base:
            root = root_of(base)
            serve(["-o", "DirectoryMode=" + mode, "-r", "-t", root],
                  b"D0755 0 site\nD0755 0 in\nC0644 5 f\nab")
            for name in "site", "site/in":
                expect_mode(os.path.join(root, name), wanted)
