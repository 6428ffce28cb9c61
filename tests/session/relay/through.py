"""Copies through the client (scp -3)."""

import os

import trees
from copies import (A, B, LARGE, add_stories, make_tree, path_of, same_tree,
                    the_hosts)
from suite import add, check, check_equal

# who serves at A, and who takes at B
PAIRS = (("free", "ours"), ("free", "bob"), ("stock", "ours"))


def through_client(source, sink):
    def run():
        h = the_hosts()
        h.put(source, "file", LARGE)
        at = "%s@%s:%s" % (source, A, path_of(source, "file"))
        to = "%s@%s:%s" % (sink, B, path_of(sink, "copy"))
        status, said = h.scp("-3", "-p", at, to)
        check_equal(status, 0, said)
        check_equal(trees.read(os.path.join(h.at("b", sink), "copy")), LARGE,
                    "content")
        tree = make_tree(h, source)
        at = "%s@%s:%s" % (source, A, path_of(source, "tree"))
        to = "%s@%s:%s" % (sink, B, path_of(sink, ""))
        status, said = h.scp("-3", "-p", "-r", at, to)
        check_equal(status, 0, said)
        same_tree(os.path.join(h.at("b", sink), "tree"), tree,
                  ("mode", "mtime"))
    return run


def three_a_refusal_of_the_sink_reaches_caller_and_trails():
    h = the_hosts()
    for name in ("a", "b.bad", "c"):
        h.put("free", "tree/" + name, b"x") if os.path.isdir(
            os.path.join(h.at("a", "free"), "tree")) else (
                os.mkdir(os.path.join(h.at("a", "free"), "tree")),
                h.put("free", "tree/" + name, b"x"))
    status, _ = h.scp("-3", "-r", "free@%s:/tree" % A, "ours@%s:/" % B)
    check(status != 0, "the caller was told nothing")
    check_equal(sorted(os.listdir(os.path.join(h.at("b", "ours"), "tree"))),
                ["a", "c"], "what is stored")
    check("DenyNames" in h.records("b"), "nothing in B's trail")
    check('"reason":"peer"' in h.records("a"), "nothing in A's trail")


def three_a_missing_source_reaches_the_caller():
    h = the_hosts()
    status, _ = h.scp("-3", "free@%s:/none" % A, "ours@%s:/" % B)
    check(status != 0, "the caller was told nothing")


def add_cases():
    for source, sink in PAIRS:
        add("three/%s_to_%s" % (source, sink), through_client(source, sink))
    add_stories("three", globals())
