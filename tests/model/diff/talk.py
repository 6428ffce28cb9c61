"""The clients: how the steps of a session are said to a server, and heard."""

import peer


class Heard:
    """Replies: step number -> their octets 0 1 2; status; ended: at a step.

    Step -1 is the target.  A step that has no entry was never sent.
    """

    def __init__(self):
        self.replies = {}
        self.status = None
        self.ended = None
        self.hung = False

    def add(self, number, reply):
        self.replies[number] = self.replies.get(number, "") + (
            "%d" % reply[0] if reply else "")
        if not reply:
            self.ended = number
        return reply[:1] == peer.OK


def skip_directory(steps, number):
    """The step after the E that ends a directory that was refused."""
    depth = 0
    for n in range(number, len(steps)):
        depth += {"D": 1, "E": -1}.get(steps[n].kind, 0)
        if depth == 0:
            return n + 1
    return len(steps)


def lockstep(server, session, heard):
    """As OpenSSH's client: a reply to each line, a body only when wanted."""
    if not heard.add(-1, server.reply()):
        return
    number = 0
    while number < len(session.steps) and heard.ended is None:
        step = session.steps[number]
        server.send(step.line)
        if step.kind in "12":
            heard.replies[number] = ""
            number += 1
            continue
        good = heard.add(number, server.reply())
        if heard.replies[number].endswith("2"):
            return
        if good and step.kind == "C":
            last = session.client == "silent"
            server.send(step.body + (b"" if last else step.status))
            if last or step.features & {"body-short", "body-long"}:
                server.process.stdin.close()
            heard.add(number, server.reply())
            if server.process.stdin.closed or \
                    heard.replies[number].endswith("2"):
                return
        if step.kind == "D" and not good:
            number = skip_directory(session.steps, number)
        else:
            number += 1


def pipelined(server, session, heard):
    """Everything at once; the replies are told apart by what was sent."""
    for step in session.steps:
        server.send(step.line + (step.body + step.status
                                 if step.kind == "C" else b""))
    server.process.stdin.close()
    if not heard.add(-1, server.reply()):
        return
    for number, step in enumerate(session.steps):
        heard.replies.setdefault(number, "")
        if step.kind in "12":
            continue
        good = heard.add(number, server.reply())
        if good and step.kind == "C":
            good = heard.add(number, server.reply())
        if not good:
            return


def upload(argv, cwd, session, client=None):
    """One session with one server."""
    heard = Heard()
    play = pipelined if (client or session.client) == "pipelined" \
        else lockstep
    server = peer.Server(argv, cwd=cwd, timeout=60, env={})
    try:
        play(server, session, heard)
        _, heard.status = server.finish()
    except peer.Hung:
        heard.hung = True
    finally:
        server.close()
    return heard
