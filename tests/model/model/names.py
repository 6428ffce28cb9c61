"""The model of paths as they are typed, and of the keywords about names."""

import re

import grammar

PATH_MAX = 4096

# What something other than its owner would act on, directly below a home.
STARTUP = (
    ".ssh .bashrc .bash_* .profile .zsh* .login .cshrc .tcshrc "
    ".pam_environment .forward .procmailrc .k5login .k5users .rhosts .shosts "
    ".netrc .config .local .gnupg .gitconfig .vimrc .emacs* .xprofile "
    ".xsessionrc bin").encode().split()


def pattern_regex(pattern, flags=0):
    """* ? [a-z] [!a-z] and backslash; every octet, dots too."""
    out, i = b"", 0
    while i < len(pattern):
        c = pattern[i:i + 1]
        found = re.match(rb"\[([!^]?)([^\]\\]+)\]", pattern[i:])
        if c == b"*":
            out += b".*"
        elif c == b"?":
            out += b"."
        elif found:
            sign, inner = found.groups()
            out += b"[" + (b"^" if sign else b"") + inner + b"]"
            i += found.end() - 1
        elif c == b"\\" and i + 1 < len(pattern):
            i += 1
            out += re.escape(pattern[i:i + 1])
        else:
            out += re.escape(c)
        i += 1
    return re.compile(out, re.S | flags)


STARTUP_REGEX = [pattern_regex(p, re.I) for p in STARTUP]


class Rules:
    """DotFiles, AllowNames and DenyNames of one session."""

    def __init__(self, dotfiles="allow", allow=None, deny=None):
        self.dotfiles = dotfiles
        self.allow = [pattern_regex(p) for p in (allow or b"").split()]
        self.deny = [pattern_regex(p) for p in (deny or b"").split()]

    def judge(self, names, start=()):
        """The first name that may not be named decides; None if all may.

        The names of StartDirectory, or of an operand in the arguments, at the
        front are the administrator's.
        """
        own = len(start) if start and names[:len(start)] == start else 0
        for n, name in enumerate(names):
            if n < own:
                continue
            dot = name[:1] == b"."
            if self.dotfiles == "deny" and dot:
                return "ERR_DOTFILES"
            if self.dotfiles != "allow" and n == 0:
                if dot:
                    return "ERR_DOTFILES"
                if any(r.fullmatch(name) for r in STARTUP_REGEX):
                    return "ERR_STARTUP"
            if any(r.fullmatch(name) for r in self.deny):
                return "ERR_DENY_NAMES"
            if self.allow and not any(r.fullmatch(name) for r in self.allow):
                return "ERR_ALLOW_NAMES"
        return None


def strip_root(root, text):
    """Root's own absolute path at the front means the root."""
    if text[:1] != b"/":
        return text
    ours = [n for n in root.split(b"/") if n]
    found = re.match(b"/+" + b"/+".join(re.escape(n) for n in ours) +
                     rb"(?=/|\Z)", text) if ours else None
    return b"/" + text[found.end():].lstrip(b"/") if found else text


def normalise(text, start=(), home=(), root=b""):
    """(names from the root, spelt as a directory) of what was typed."""
    if text[:1] == b"~":
        text = text[1:].strip(b"/") and text[1:].lstrip(b"/") or b"."
        names = list(home)
    else:
        text = strip_root(root, text)
        names = [] if text[:1] == b"/" else list(start)
    if text == b"":
        raise grammar.Refused("ENOENT")
    for name in text.split(b"/"):
        if name in (b"", b"."):
            continue
        if name == b"..":
            if not names:
                raise grammar.Refused("ERR_PATH")
            names.pop()
            continue
        grammar.judge_name(name)
        names.append(name)
        if len(b"/".join(names)) >= PATH_MAX:
            raise grammar.Refused("ENAMETOOLONG")
    return names, text.split(b"/")[-1] in (b"", b".", b"..")
