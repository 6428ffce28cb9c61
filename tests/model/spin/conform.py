"""Is what went over a wire a walk through the model?

Two automata with the states of scp.pml, one for each role of the server, read
a recording in the order in which it was seen: what the server says must be
what the model lets it say, given what it could have heard by then.
"""

import collections
import re

OK, WARN, FATAL = b"\0", b"\1", b"\2"
TIMES = re.compile(rb"T ?-?\d+ -?\d+ -?\d+ -?\d+\n")
HEADER = re.compile(rb"([CD])([0-7]{1,7}) (\d{1,19}) ([^\n]*)\n")

# flags: r, d, p of the request; pipelining: allowed to either side
Session = collections.namedtuple("Session", "role flags pipelining")


class Refused(Exception):
    """The recording is no walk through the model."""


def refuse(what, *words):
    raise Refused(what % words)


class Stream:
    """Octets that came one way and were not yet understood."""

    def __init__(self):
        self.data = b""
        self.at = 0
        self.ended = False

    def add(self, data):
        self.data = self.data[self.at:] + data
        self.at = 0

    def left(self):
        return len(self.data) - self.at

    def peek(self):
        return self.data[self.at:self.at + 1]

    def line(self):
        """A whole line, or None."""
        end = self.data.find(b"\n", self.at)
        if end < 0:
            return None
        line = self.data[self.at:end + 1]
        self.at = end + 1
        return line

    def next_record(self):
        """The next line, left where it is, if it is a record at all."""
        line = self.data[self.at:self.data.find(b"\n", self.at) + 1]
        good = line == b"E\n" or TIMES.fullmatch(line) or HEADER.fullmatch(line)
        return line if good else None

    def drop(self, size):
        n = min(size, self.left())
        self.at += n
        return n

    def word(self):
        """\\0, or \\1 or \\2 with its text; None if it is not there yet."""
        first = self.peek()
        if first in (WARN, FATAL):
            return None if self.line() is None else first
        self.drop(1)
        return first or None


class Sink:
    """The server stores; its words are answers, one for each thing asked."""

    def __init__(self, session):
        self.s = session
        self.peer, self.own = Stream(), Stream()
        self.state = "TARGET"
        self.depth = self.ahead = self.left = 0
        self.timed = self.times_came = False
        self.window = 0                 # answers ahead that may still come
        self.said = collections.Counter()

    def hear(self, data):
        self.peer.add(data)

    def say(self, data):
        self.own.add(data)
        while self.own.left() > 0:
            word = self.own.word()
            if word is None:
                return
            self.answer(word)

    def answer(self, word):
        if word not in (OK, WARN, FATAL):
            refuse("the answer %r", word)
        if self.state in ("DONE", "STOP"):
            refuse("%r after the end", word)
        self.said[word] += 1
        if word == FATAL:               # it may stop anywhere
            self.state = "STOP"
        elif self.state == "TARGET":
            self.state = "RECORD" if word == OK else "REFUSED"
        else:
            self.answer_record(word)

    def answer_record(self, word):
        """Finds what this word answers."""
        self.advance()
        if self.state == "RECORD" and word == OK and self.window > 0:
            self.window -= 1            # ahead, or as if it had been
            self.ahead += 1
        elif self.state == "RECORD":
            if self.peer.next_record() is None:
                refuse("%r, and nothing was asked", word)
            self.take(self.peer.line(), word)
        elif self.state == "VERDICT":
            self.state = "RECORD"
            self.open_window()
        elif self.state in ("STOP", "DONE"):
            refuse("%r after the end", word)
        else:
            refuse("%r in %s", word, self.state)

    def open_window(self):
        """With a verdict, D or E: a C or D, and a T if there was one."""
        if self.s.pipelining:
            self.window = 1 + self.timed - self.ahead

    def advance(self):
        """Everything that gets no answer any more."""
        while True:
            state = self.state
            if state == "RECORD":
                self.advance_record()
            elif state == "BODY":
                self.left -= self.peer.drop(self.left)
                if self.left == 0:
                    self.state = "STATUS"
                elif self.peer.ended:
                    self.state = "STOP"
            elif state == "STATUS":
                self.advance_status()
            if self.state == state:
                return

    def advance_record(self):
        """\\1 and \\2 have no answer; some others had theirs."""
        first = self.peer.peek()
        if first == WARN and self.peer.line() is not None:
            self.times_came = False
            self.advance_record()
        elif first == FATAL:
            if self.peer.line() is not None:
                self.state = "STOP"
        elif self.ahead > 0 and self.peer.next_record() is not None:
            self.ahead -= 1
            self.take(self.peer.line(), OK)
            if self.state == "RECORD":
                self.advance_record()

    def advance_status(self):
        if self.peer.left() == 0 and self.peer.ended:
            self.state = "VERDICT"
            return
        word = self.peer.word()
        if word is None:
            return
        self.state = "VERDICT" if word in (OK, WARN) else "STOP"

    def take(self, line, word):
        """A record that is answered by this word."""
        kind = line[:1]
        header = HEADER.fullmatch(line)
        if kind == b"T":
            self.times_came = True
            if word != OK:
                refuse("%r to a T", word)
        elif kind == b"C" and header:
            if word != OK:
                refuse("a C refused by %r: its body would be records", word)
            self.timed, self.times_came = self.times_came, False
            self.left = int(header.group(3))
            # the answer to a T that did not come would be its body's
            self.state = "UNTIMED" if self.ahead > 0 else "BODY"
        elif kind == b"D" and header:
            if word != OK:
                refuse("a D refused by %r: its children would follow", word)
            self.timed, self.times_came = self.times_came, False
            self.depth += 1
            self.open_window()
        elif line == b"E\n":
            self.times_came = False
            self.depth -= 1
            self.open_window()
            if self.depth < 0:
                self.state = "DONE"
        else:
            refuse("%r to %r", word, line[:40])

    def end(self, status):
        """The server is gone: was it allowed to, and with this status?"""
        if status < 0:
            return                      # killed: it may be anywhere
        if self.own.left() > 0:
            refuse("half a word at the end")
        self.advance()
        if self.state == "TARGET" and status != 78:
            refuse("no first reply")
        if self.state == "VERDICT":
            refuse("no verdict")
        if self.state == "REFUSED" and not self.peer.ended:
            refuse("\\1 as the first reply, and no \\2")
        if self.state == "RECORD" and self.peer.line() is not None:
            refuse("a record without an answer")
        self.judge_status(status)

    def judge_status(self, status):
        good = self.state == "DONE" or \
            self.state == "RECORD" and self.peer.left() == 0
        if status == 0 and (self.said[WARN] or self.said[FATAL] or not good):
            refuse("status 0 after %s in %s", dict(self.said), self.state)
        if (self.said[FATAL] or self.state == "REFUSED") \
                and status not in (2, 78):
            refuse("status %d after \\2", status)


class Source:
    """The server sends; what it may send depends on what it has heard."""

    def __init__(self, session):
        self.s = session
        self.peer, self.own = Stream(), Stream()
        self.state = "ITEM"
        self.asked = 1                  # answers wanted so far: the first one
        self.heard = []                 # the words that came
        self.depth = self.left = 0
        self.time_sent = self.warned = False
        self.said = collections.Counter()

    def hear(self, data):
        self.peer.add(data)
        while self.peer.left() > 0:
            word = self.peer.word()
            if word is None:
                return
            self.heard.append(word)

    def say(self, data):
        self.own.add(data)
        while self.step():
            pass

    def answers(self):
        """How many of the answers that are wanted have come."""
        return min(len(self.heard), self.asked)

    def last_is_missing(self):
        """Some peers leave without the last answer: words to them are lost."""
        return self.peer.ended and self.answers() == self.asked - 1 and \
            self.state == "ITEM"

    def must_have_heard(self, what):
        if self.answers() < self.asked:
            refuse("%s before answer %d", what, self.asked - 1)
        if FATAL in self.heard[:self.asked]:
            refuse("%s after the peer's \\2", what)

    def may_go_on(self, what):
        """Lock-step waits for every answer, pipelining for the first."""
        if not self.s.pipelining or self.asked == 1:
            self.must_have_heard(what)

    def step(self):
        if self.state == "ANSWER" and self.own.left() > 0:
            self.leave_header()
        if self.state == "ITEM":
            return self.step_item()
        if self.state == "BODY":
            n = self.own.drop(self.left)
            self.left -= n
            if self.left == 0:
                self.state = "DATA_END"
            return n > 0 or self.state == "DATA_END"
        if self.state == "DATA_END":
            return self.step_data_end()
        return False

    def leave_header(self):
        """What follows a C or D depends on its answer."""
        if self.own.peek() == FATAL:
            self.state = "ITEM"
            return
        self.must_have_heard("what follows a header")
        accepted = self.heard[self.asked - 1] == OK
        if self.kind == b"D":
            self.depth += accepted
            self.state = "ITEM"
        else:
            self.state = "BODY" if accepted else "ITEM"

    def step_data_end(self):
        word = self.own.word()
        if word is None:
            return False
        if word not in (OK, WARN):
            refuse("the data end %r", word)
        self.said[word] += 1
        self.asked += 1
        self.state = "ITEM"
        return True

    def step_item(self):
        line = self.own.line()
        if line is None:
            return False
        kind = line[:1]
        if kind == FATAL:
            self.said[FATAL] += 1
            self.state = "STOP"
        elif kind == WARN:
            self.said[WARN] += 1
            if not self.last_is_missing():
                self.may_go_on("a warning")
            self.warned = True
        else:
            self.may_go_on("a record")
            self.step_record(kind, line)
        return self.state != "STOP"

    def step_record(self, kind, line):
        """T, C, D or E."""
        if kind == b"E":
            if line != b"E\n" or self.depth == 0:
                refuse("an E of no directory")
            last = self.heard[self.asked - 1:self.asked]
            if self.time_sent and last != [WARN]:
                refuse("a T for an E")
            self.time_sent = False
            self.depth -= 1
            self.asked += 1
            self.warned = False
            return
        if self.warned:
            refuse("a warning that is followed by a record")
        self.asked += 1
        if kind == b"T":
            if self.time_sent and not self.refused_times():
                refuse("two T for one file")
            self.time_sent = True
            return
        header = HEADER.fullmatch(line)
        if header is None:
            refuse("the record %r", line[:40])
        if self.time_sent != ("p" in self.s.flags):
            refuse("-p and T do not agree")
        self.time_sent = False
        self.kind, self.left = kind, int(header.group(3))
        self.state = "ANSWER"

    def refused_times(self):
        return self.heard[self.asked - 2:self.asked - 1] == [WARN]

    def end(self, status):
        if status < 0:
            return
        if self.own.left() > 0 and status == 0:
            refuse("half a record at the end")
        good = self.state == "ITEM" and self.depth == 0
        if self.state == "ANSWER" and self.answers() == self.asked:
            good = self.heard[self.asked - 1] == WARN and self.depth == 0
        spoken = self.heard[:self.asked]
        bad = self.said[WARN] or self.said[FATAL] or WARN in spoken or \
            FATAL in spoken or not good
        if status == 0 and bad:
            refuse("status 0 in %s, depth %d", self.state, self.depth)
        if self.said[FATAL] and status not in (2, 78):
            refuse("status %d after \\2", status)


def follow(session, events):
    """The automaton that has read these, if it did not raise Refused."""
    automaton = (Sink if session.role == "sink" else Source)(session)
    for sign, data in events:
        if sign == "<":
            automaton.say(data)
        elif data is None:
            automaton.peer.ended = True
        else:
            automaton.hear(data)
    return automaton


def walk(session, events, status):
    """Raises Refused if the recording is no walk through the model.

    status None: its end was not seen.
    """
    automaton = follow(session, events)
    if status is not None:
        automaton.end(status)
