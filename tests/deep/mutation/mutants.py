"""Small mistakes in C source text, one at a time.

A Mutant replaces one piece of a file.  The text is read as tokens, not parsed:
what comes of it may not compile, which the bench finds out.
"""

import collections
import re

Mutant = collections.namedtuple("Mutant", "file start end new kind")

TOKEN = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])+\'|'
    r"\d\w*|[A-Za-z_]\w*|->|\+\+|--|<<=|>>=|<<|>>|&&|\|\||[-+*/%&|^=!<>]=|"
    r"\s+|.", re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(?!define)(?:[^\n]*\\\n)*[^\n]*",
                       re.MULTILINE)
DEFINED = re.compile(r"^[ \t]*#[ \t]*define[ \t]+\w+", re.MULTILINE)

Token = collections.namedtuple("Token", "text start end")

# Operator -> what it is mistaken for.  Signs only between two operands.
MISTAKEN = {
    "==": ["!="], "!=": ["=="],
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
    "&&": ["||"], "||": ["&&"], "++": ["--"], "--": ["++"],
    "+=": ["-="], "-=": ["+="], "|=": ["="],
}
SIGNS = {"+": ["-"], "-": ["+"], "|": ["&"], "&": ["|"], "<<": [">>"]}
WORDS = {"true": ["false"], "false": ["true"]}
NO_STATEMENT = {"return", "case", "default", "goto", "if", "for", "while",
                "switch", "do", "else", "static", "const", "struct", "enum",
                "unsigned", "extern", "union"}


def tokens(text):
    """What counts: no comments, blanks, or directives other than #define."""
    def blank(found):
        return re.sub(r"[^\n]", " ", found.group())
    text = DEFINED.sub(blank, DIRECTIVE.sub(blank, text))
    return [Token(t.group(), t.start(), t.end())
            for t in TOKEN.finditer(text)
            if not t.group().isspace() and
            not t.group().startswith(("/*", "//"))]


def is_operand(token):
    return re.fullmatch(r"[\w\"'].*|[)\]]", token.text, re.DOTALL) is not None


def is_word(token):
    return re.fullmatch(r"[A-Za-z_]\w*", token.text) is not None


def closing(seen, i):
    """The index of the bracket that closes the one at i."""
    depth = 0
    for j in range(i, len(seen)):
        depth += (seen[j].text in "([{") - (seen[j].text in ")]}")
        if depth == 0:
            return j
    raise ValueError("a bracket stays open")


def wrong_number(text):
    """One more, and one less."""
    body = text.rstrip("uUlL")
    try:
        value = int(body, 8 if re.fullmatch(r"0[0-7]+", body) else 0)
    except ValueError:
        return []
    form = {"0x": "0x%x"}.get(body[:2], "0%o" if body[0] == "0" and value
                              else "%d")
    suffix = text[len(body):]
    return [form % n + suffix
            for n in (value + 1, value - 1) if n >= 0]


def wrong_character(text):
    inside = text[1:-1]
    if inside == "\\0":
        return ["'\\1'"]
    if len(inside) == 1 and inside not in "&[":
        return ["'%c'" % (ord(inside) + 1)]
    return ["'z'"]


def shorter_strings(text):
    """Without the first octet, without the last; sentences are left alone."""
    octets = re.findall(r"\\.|.", text[1:-1], re.DOTALL)
    if len(octets) < 2 or " " in octets or "%" in octets:
        return []
    return ['"%s"' % "".join(octets[1:]), '"%s"' % "".join(octets[:-1])]


def of_token(before, token, after):
    """What one token may be mistaken for, and how that is called."""
    text = token.text
    if text in MISTAKEN:
        return "operator", MISTAKEN[text]
    if text in SIGNS and before and is_operand(before) and \
            (is_operand(after) or after.text in ("(", "~")):
        return "operator", SIGNS[text]
    if text == "!":
        return "negation", [""]
    if text in WORDS:
        return "constant", WORDS[text]
    if text[0].isdigit():
        return "constant", wrong_number(text)
    if text[0] == "'":
        return "constant", wrong_character(text)
    if text[0] == '"':
        return "string", shorter_strings(text)
    return None, []


def is_declaration(statement):
    """"type name", "type *name", "struct x y"; not "(void)call()"."""
    words = [t for t in statement[:4]]
    if len(words) < 2 or not is_word(words[0]):
        return False
    rest = words[1:]
    while rest and rest[0].text == "*":
        rest = rest[1:]
    return bool(rest) and is_word(rest[0])


def statements(seen):
    """Lists of the tokens of simple statements inside functions."""
    depth, i = 0, 0
    fresh = False
    while i < len(seen):
        text = seen[i].text
        if text == "{":
            before = seen[i - 1].text if i else ""
            if depth == 0 and before != ")":    # a table, a type
                i = closing(seen, i) + 1
                continue
            depth, fresh = depth + 1, True
        elif text == "}":
            depth, fresh = depth - 1, True
        elif text == ";":
            fresh = True
        elif depth and fresh and (text in ("case", "default") or
                                  seen[i + 1].text == ":"):
            while seen[i].text != ":":
                i += 1
        elif depth and text in ("if", "while", "for", "switch"):
            i, fresh = closing(seen, i + 1) + 1, True
            continue
        elif depth and text in ("else", "do"):
            fresh = True
        elif depth and fresh:
            end = i
            while seen[end].text != ";":
                if seen[end].text in "([{":
                    end = closing(seen, end)
                end += 1
            yield seen[i:end + 1]
            i, fresh = end, True
            continue
        i += 1


def of_statement(statement):
    first = statement[0].text
    if first == "return":
        value = [t.text for t in statement[1:-1]]
        if value in ([], ["NULL"], ["true"], ["false"]):
            return "return", []
        return "return", ["return 1;" if value == ["0"] else "return 0;"]
    if first in NO_STATEMENT or is_declaration(statement):
        return None, []
    return "statement", [";"]


def conditions(seen):
    """The tokens from the bracket of an if or while to its end."""
    for i, token in enumerate(seen[:-1]):
        if token.text in ("if", "while") and seen[i + 1].text == "(":
            yield seen[i + 1], seen[closing(seen, i + 1)]


def rows(text):
    """Neighbouring rows of a table change what follows their first field."""
    row = r"^\t\{ ((?:[^,\n{}'\"]|'[^']*'|\"[^\"]*\")+), (.+?) \},"
    pair = re.compile(r"(?=(%s[^\n]*\n%s))" % (row, row), re.MULTILINE)
    for found in pair.finditer(text):
        start, end = found.span(1)
        whole = found.group(1)
        one, two = found.span(3), found.span(5)
        new = (whole[:one[0] - start] + found.group(5) +
               whole[one[1] - start:two[0] - start] + found.group(3) +
               whole[two[1] - start:])
        yield start, end, new


def of_c(name, text):
    """Every mutant of a C file, in the order of its text."""
    found = []
    seen = tokens(text)

    def add(start, end, kind, new):
        found.append(Mutant(name, start, end, new, kind))

    for i, token in enumerate(seen):
        kind, wrong = of_token(seen[i - 1] if i else None, token,
                               seen[min(i + 1, len(seen) - 1)])
        for new in wrong:
            add(token.start, token.end, kind, new)
    for statement in statements(seen):
        kind, wrong = of_statement(statement)
        for new in wrong:
            add(statement[0].start, statement[-1].end, kind, new)
    for opened, closed in conditions(seen):
        add(opened.start, closed.end, "condition",
            "(!%s)" % text[opened.start:closed.end])
    for start, end, new in rows(text):
        add(start, end, "rows", new)
    return sorted(set(found))


COLUMNS = "SWNGTRMVOHIJUZDEAPBKCFXY"
ROW = re.compile(r'^CALL\("(\w+)",\s+"([A-Z-]{24})", (.*), ("[^"]*"\))$',
                 re.MULTILINE)


def of_filter_table(name, text):
    """Every letter of every row turned, every condition lost or changed."""
    found = []
    table = list(ROW.finditer(text))
    for i, row in enumerate(table):
        for column, letter in enumerate(COLUMNS):
            at = row.start(2) + column
            new = letter if text[at] == "-" else "-"
            found.append(Mutant(name, at, at + 1, new, "letter"))
        found.append(Mutant(name, row.start(), row.end(), "", "row"))
        other = table[(i + 1) % len(table)]
        found.append(Mutant(name, *row.span(1), other.group(1), "call"))
        if row.group(3) != "ANY":
            found.append(Mutant(name, *row.span(3), "ANY", "condition"))
        for number in re.finditer(r"\b\d+\b", row.group(3)):
            at = row.start(3)
            for new in wrong_number(number.group()):
                found.append(Mutant(name, at + number.start(),
                                    at + number.end(), new, "constant"))
    for macro in re.finditer(r"^#define (?:OPEN|MODE)[^\n]*$", text,
                             re.MULTILINE):
        for number in re.finditer(r"\b\d+\b", macro.group()):
            at = macro.start()
            for new in wrong_number(number.group()):
                found.append(Mutant(name, at + number.start(),
                                    at + number.end(), new, "constant"))
    return sorted(f for f in set(found)
                  if text[f.start:f.end] != f.new)


def of_flags(name, text):
    """Each O_ word of the flags that the filter is made of, left out."""
    found = []
    for define in re.finditer(r"^#define F_\w+[^\n]*(?:\\\n[^\n]*)*", text,
                              re.MULTILINE):
        for word in re.finditer(r"\bO_\w+", define.group()):
            at = define.start()
            found.append(Mutant(name, at + word.start(), at + word.end(), "0",
                                "flag"))
    return found


def apply(text, mutant):
    return text[:mutant.start] + mutant.new + text[mutant.end:]


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def lines_around(text, start, end):
    """The whole lines that hold a piece, in one."""
    start = text.rfind("\n", 0, start) + 1
    end = text.find("\n", end)
    return " ".join(text[start:end if end != -1 else None].split())


def sentence(text, mutant):
    """What was written, and what it became, as one line each."""
    changed = apply(text, mutant)
    return (lines_around(text, mutant.start, mutant.end),
            lines_around(changed, mutant.start,
                         mutant.start + len(mutant.new)))
