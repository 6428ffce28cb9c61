"""The model of requests: command strings and options.

Words, as a shell would make them, nothing ever expanded:

	word   = 1*( plain / "\\" any / "'" any "'" / DQUOTE any DQUOTE )
	in double quotes a backslash quotes only  \\ " $ `

Refused as a whole: control octets, a live $ or `, an unquoted ; & | < > ( ),
a word that begins with an unquoted #, an unclosed quote, a backslash at the
end.  Options are getopt's clusters, of the letters that scp clients send.
"""

import re

LIVE = b";&|<>()$`"
SPECIAL = b"*?[]{},\\"          # what a pattern acts on
TEXT_MAX, COUNT_MAX = 65536, 256
SINK, SOURCE, SFTP, RELAY = 1, 2, 3, 6
HARMLESS = "vq1246BCOTs"
FLAGS = "rpd"


class Refused(Exception):
    """args: the name of the error, and the letter of a bad option."""


class Word:
    """Octets, each with whether it was quoted."""

    def __init__(self):
        self.octets = []

    def add(self, octets, quoted):
        self.octets += [(o, quoted) for o in octets]

    def text(self):
        return bytes(o for o, _ in self.octets)

    def escaped(self):
        """A backslash before what is quoted and would mean something."""
        return b"".join((b"\\" if q and o in SPECIAL else b"") + bytes([o])
                        for o, q in self.octets)

    def live(self, wanted):
        return any(o in wanted and not q for o, q in self.octets)


PIECE = re.compile(
    rb"""(?P<blank>[ \t]+)|'(?P<single>[^']*)'|\\(?P<one>.)"""
    rb'''|"(?P<double>(?:\\[\\"$`]|[^"$`\\]|\\(?![\\"$`]))*)"'''
    rb"""|(?P<plain>[^'"\\ \t]+)""", re.S)


def split(text):
    """The whole words before a refusal, and its error or None."""
    words, word, at, error = [], None, 0, None
    control = re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", text)
    if len(text) > TEXT_MAX:
        text, error = text[:TEXT_MAX], "ERR_MANY"
    if control and control.start() < len(text):
        text, error = text[:control.start()], "ERR_COMMAND"
    while at < len(text):
        piece = PIECE.match(text, at)
        if piece is None:               # an open quote, a last backslash
            return words, "ERR_COMMAND"
        kind, octets, at = piece.lastgroup, piece.group(piece.lastgroup), \
            piece.end()
        if kind == "blank":
            words += [word] if word is not None else []
            word = None
            continue
        if word is None:
            if len(words) == COUNT_MAX:
                return words, "ERR_MANY"
            if octets[:1] == b"#" and kind == "plain":
                return words, "ERR_COMMAND"
            word = Word()
        if kind == "plain" and any(o in LIVE for o in octets):
            return words, "ERR_COMMAND"
        if kind == "double":
            octets = re.sub(rb'\\([\\"$`])', rb"\1", octets)
        word.add(octets, kind != "plain")
    if word is not None and error is None:
        words.append(word)
    return words, error


class Request:
    """What options and operands come to."""

    def __init__(self):
        self.flags = set()
        self.sink = self.source = False
        self.rate = 0
        self.options = []               # of the administrator
        self.root = None
        self.relay = False
        self.operands = []


def take_rate(request, value):
    if value is None or not re.fullmatch(rb"[0-9]{1,9}", value):
        raise Refused("ERR_OPTION", "l")
    if request.rate == 0 or 0 < int(value) < request.rate:
        request.rate = int(value)


SHORT = {b"-ro": b"Access=read-only", b"-wo": b"Access=write-only",
         b"-no-overwrite": b"Overwrite=deny"}


def take_cluster(request, letters, rest, ours):
    """One word of letters; rest are the words after it."""
    for n, letter in enumerate(letters.decode("latin-1")):
        if letter == "t":
            request.sink = True
        elif letter == "f":
            request.source = True
        elif letter in FLAGS:
            request.flags.add(letter)
        elif letter == "l" or (letter == "o" and ours):
            value = letters[n + 1:] or (rest.pop(0) if rest else None)
            if letter == "l":
                take_rate(request, value)
            elif value is None:
                raise Refused("ERR_OPTION", "o")
            else:
                request.options.append(value)
            return
        elif letter not in HARMLESS:
            raise Refused("ERR_OPTION", letter)


def take_options(request, words, ours):
    """Options up to "--" or the first operand; ours: scp-server's own too."""
    rest = list(words)
    while rest and rest[0][:1] == b"-" and rest[0] != b"-":
        word = rest.pop(0)
        if word == b"--":
            break
        if ours and word in SHORT:
            request.options.append(SHORT[word])
        elif word[1:2] == b"-":
            raise Refused("ERR_OPTION")
        else:
            take_cluster(request, word[1:], rest, ours)
    request.operands = rest


def names_host(text):
    """A colon before any slash, not the first octet; brackets hide colons."""
    if text.startswith(b"scp://"):
        return True
    bracket = False
    for n, octet in enumerate(text):
        c, before = bytes([octet]), text[n - 1:n]
        if c == b"[" and (n == 0 or before == b"@"):
            bracket = True
        elif c == b"]" and bracket:
            bracket = False
        elif c == b":" and not bracket:
            return n > 0
        elif c == b"/":
            return False
    return False


def judge(request, ours):
    """Do the options make a request?"""
    count = len(request.operands)
    if request.sink and request.source:
        raise Refused("ERR_BOTH")
    if not request.sink and not request.source:
        if not ours and count > 1 and names_host(request.operands[-1]):
            request.relay = True    # scp SOURCE ... HOST:PATH, on the source
            request.operands.pop()
            return
        if not ours:
            raise Refused("ERR_NEITHER" if count else "ERR_NO_REQUEST")
        if count > 1 or request.flags:  # [options] [ROOT]: the command comes
            raise Refused("ERR_OPTION")
        request.root = request.operands.pop() if count else None
    elif request.sink and count != 1:
        raise Refused("ERR_TARGET")
    elif request.source and count == 0:
        raise Refused("ERR_NO_SOURCE")


def look_for_direction(request, words):
    """Of a refused request: does any word before "--" say -t or -f?"""
    before = words[:words.index(b"--")] if b"--" in words else words
    clusters = [w for w in before if re.fullmatch(rb"-[0-9A-Za-z]*", w)]
    request.sink |= any(b"t" in w for w in clusters)
    request.source |= any(b"f" in w for w in clusters)


def verb_of(request):
    return (SINK if request.sink else SOURCE if request.source else
            RELAY if request.relay else 0)


class Verdict:
    """error is None or its name; in_band: the peer is told on stdout."""

    def __init__(self, error=None, letter="", in_band=False, verb=0,
                 request=None, paths=()):
        self.error, self.letter, self.verb = error, letter, verb
        self.in_band, self.request = in_band, request
        self.paths = list(paths)        # (is a pattern, octets)


def read_words(words, ours):
    """The verdict on options and operands; ours: scp-server was called."""
    request = Request()
    try:
        take_options(request, words, ours)
    except Refused as e:
        look_for_direction(request, words)
        verb = verb_of(request)
        return Verdict(*e.args, in_band=verb != 0, verb=verb)
    verb = verb_of(request)
    try:
        judge(request, ours)
    except Refused as e:
        return Verdict(*e.args, in_band=verb != 0, verb=verb)
    verb = verb_of(request)
    return Verdict(in_band=verb not in (0, RELAY), verb=verb, request=request,
                   paths=[(False, w) for w in request.operands])


def is_program(word, name):
    return re.fullmatch(rb"(/.*/|/)?" + name, word, re.S) is not None


def judge_path(word, verb):
    text = word.text()
    if re.match(rb"~[^/]", text, re.S):
        raise Refused("ERR_TILDE")
    if verb == SINK:
        if word.live(b"*?"):
            raise Refused("ERR_PATTERN")
        return False, text
    if word.live(b"*?[{"):
        return True, word.escaped()
    return False, text


def read_sftp(words):
    """The options of sftp-server, which are sshd's or a client's."""
    request, rest = Request(), list(words)
    try:
        while rest:
            word = rest.pop(0)
            if word[:1] != b"-" or word == b"-":
                raise Refused("ERR_OPTION", word.decode("latin-1")
                              if len(word) == 1 else "")
            take_sftp_cluster(request, word[1:], rest)
    except Refused as e:
        return Verdict(*e.args, verb=SFTP)
    return Verdict(verb=SFTP, request=request)


def take_sftp_cluster(request, letters, rest):
    for n, letter in enumerate(letters.decode("latin-1")):
        if letter in "pPQ":
            raise Refused("ERR_SFTP_OPTION")
        if letter == "R":
            request.options.append(b"Access=read-only")
        elif letter in "udfl":
            value = letters[n + 1:] or (rest.pop(0) if rest else None)
            if value is None:
                raise Refused("ERR_OPTION", letter)
            if letter == "u":
                if len(b"Umask=" + value) > 15:
                    raise Refused("ERR_OPTION")
                # of several the last one counts, as in sftp-server
                request.options = [
                    b"Umask=" + value if o.startswith(b"Umask=") else o
                    for o in request.options + [b"Umask="]]
            if letter == "d" and re.search(rb"%(?![%udh])",
                                           value.replace(b"%%", b"")):
                raise Refused("ERR_OPTION", value.decode("latin-1")
                              if len(value) == 1 else "")
            return
        elif letter not in "eh":
            raise Refused("ERR_OPTION", letter)


def read_command(text):
    """The verdict on the string that a client asked sshd to run."""
    words, error = split(text)
    if not words:
        return Verdict("ERR_FOREIGN" if error else "ERR_NO_REQUEST")
    program = words[0].text()
    if not is_program(program, b"scp"):
        if error is None and (program in (b"sftp", b"internal-sftp") or
                              is_program(program, b"sftp-server")):
            return read_sftp([w.text() for w in words[1:]])
        return Verdict("ERR_FOREIGN")
    # patterns keep their quoting; what is no operand is no pattern
    verdict = read_words([w.escaped() for w in words[1:]], False)
    verdict.in_band = verdict.verb != RELAY     # a person reads that
    if error or verdict.error:
        verdict.error = error or verdict.error
        return verdict
    end = len(words) - (verdict.verb == RELAY)
    operands = words[end - len(verdict.paths):end]
    try:
        verdict.paths = [judge_path(w, verdict.verb) for w in operands]
    except Refused as e:
        verdict.error = e.args[0]
    return verdict
