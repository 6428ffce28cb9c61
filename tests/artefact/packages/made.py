"""Packages as they are made: of what is committed, and of an old commit.

The old one stands for what hosts upgrade from: its configurations were open
where nothing was said, and had keywords that are no more.  Its packages are
made once, below build/packages, with a release number below that of today.
"""

import functools
import glob
import os
import shutil
import subprocess

import suite
from machine import WHERE, run

OLD_COMMIT = "7a2b283"
OLD = os.path.join(WHERE, "old-" + OLD_COMMIT)

RELEASE = r"s/^(scp-server \(.*)-1\)/\1-0.1)/"
RPM_RELEASE = r"s/^(Release: +)1/\10.1/"


def need_clone():
    suite.need_tool("git")
    if not os.path.exists(os.path.join(suite.TOP, ".git")):
        suite.skip("this is not a clone")


def packages_of(where):
    """{package: its file} of a directory with debs."""
    return {os.path.basename(path).split("_")[0]: path
            for path in glob.glob(os.path.join(where, "*.deb"))}


def rpms_of(where):
    return {os.path.basename(path).rsplit("-", 2)[0]: path
            for path in glob.glob(os.path.join(where, "RPMS", "*", "*.rpm"))}


@functools.lru_cache(maxsize=None)
def debs():
    """{package: its file}.  Its own tests are run by the other suites."""
    suite.need_tool("dpkg-buildpackage", "dh")
    need_clone()
    run("packaging/build", "deb", cwd=suite.TOP,
        env=dict(os.environ, DEB_BUILD_OPTIONS="nocheck"))
    return packages_of(os.path.join(suite.TOP, "build", "deb"))


@functools.lru_cache(maxsize=None)
def rpms():
    suite.need_tool("rpmbuild", "rpm")
    need_clone()
    run("packaging/build", "rpm", cwd=suite.TOP,
        env=dict(os.environ, NOCHECK="1"))
    return rpms_of(os.path.join(suite.TOP, "build", "rpm"))


def need_musl():
    """Its libraries come from the network, once."""
    suite.need_tool("musl-gcc", "apt-get", "dpkg-source")
    done = subprocess.run(
        ["packaging/musl", "-s", "-j2", "all"], cwd=suite.TOP, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    root = os.path.join(suite.TOP, "build", "musl", "root")
    if not os.path.exists(os.path.join(root, "complete")):
        suite.skip("no packages to be had: " + done.stdout[-300:])
    return root


@functools.lru_cache(maxsize=None)
def static():
    """The archive of the build with musl."""
    need_musl()
    run("packaging/build", "musl", cwd=suite.TOP)
    made, = glob.glob(os.path.join(suite.TOP, "build", "musl",
                                   "scp-server-*.tar.gz"))
    return made


def old_tree(name):
    """The sources of then, in a directory that is not there yet."""
    need_clone()
    if subprocess.run(["git", "-c", "safe.directory=*", "cat-file", "-e",
                       OLD_COMMIT + "^{commit}"], cwd=suite.TOP,
                      stderr=subprocess.DEVNULL).returncode != 0:
        suite.skip("commit %s is not in this clone's history" % OLD_COMMIT)
    new = os.path.join(OLD, name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    tree = os.path.join(new, "scp-server-0.1")
    os.makedirs(new)
    run("sh", "-c", "git -c safe.directory='*' archive "
        "--prefix=scp-server-0.1/ $0 | tar -x -C \"$1\"", OLD_COMMIT, new,
        cwd=suite.TOP)
    return tree


def once(make):
    """A function that makes a directory of old packages, if there is none."""
    @functools.lru_cache(maxsize=None)
    @functools.wraps(make)
    def made():
        done = os.path.join(OLD, make.__name__)
        if not os.path.isdir(done):
            make(old_tree(make.__name__))
            os.rename(done + ".new", done)
        return done
    return made


@once
def old_debs(tree):
    suite.need_tool("dpkg-buildpackage", "dh")
    run("cp", "-R", "packaging/debian", "debian", cwd=tree)
    run("sed", "-i", "-E", RELEASE, "debian/changelog", cwd=tree)
    run("dpkg-buildpackage", "-b", "-us", "-uc", cwd=tree,
        env=dict(os.environ, DEB_BUILD_OPTIONS="nocheck"))


@once
def old_rpms(tree):
    suite.need_tool("rpmbuild")
    top = os.path.dirname(tree)
    os.mkdir(os.path.join(top, "SOURCES"))
    run("sed", "-i", "-E", RPM_RELEASE, "packaging/rpm/scp-server.spec",
        cwd=tree)
    run("tar", "-czf", "SOURCES/scp-server-0.1.tar.gz", "scp-server-0.1",
        cwd=top)
    run("rpmbuild", "-bb", "--nodeps", "--nocheck", "--define",
        "_topdir " + top, "packaging/rpm/scp-server.spec", cwd=tree)


@once
def old_static(tree):
    """It had no archive: what its make install puts below files/."""
    libraries = need_musl()
    top = os.path.join(tree, "build", "musl")
    os.makedirs(top)
    for part in ("root", "kernel"):
        run("cp", "-a", os.path.join(os.path.dirname(libraries), part), top)
    run("packaging/musl", "-s", "-j2", "install", "PREFIX=/usr",
        "DESTDIR=" + os.path.join(os.path.dirname(tree), "files"), cwd=tree)
