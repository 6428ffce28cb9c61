"""Writes the page from what the parts have reached."""

import os


def escaped(text):
    return text.replace("|", "\\|")


def section(part, kept):
    lines = ["## %s" % part.title, "",
             "`make proof-%s` (%s), %s, %.0f minutes, %s: %s" % (
                 part.name, kept["command"], kept["day"], kept["minutes"],
                 kept["machine"], kept["closing"] or "no closing line"), ""]
    if kept["status"] != 0:
        lines += ["**It did not pass: exit status %d.**" % kept["status"], ""]
    if kept["figures"]:
        lines += ["| what | figure | target |", "|---|---|---|"]
        lines += ["| %s |" % " | ".join(map(escaped, row))
                  for row in kept["figures"]]
        lines.append("")
    return lines


def write(state, parts, mine):
    """Whole or not at all; returns the parts that are missing in it."""
    lines = ["# Proof", "", "Figures that `make proof` measured of %s; "
             "`tests/proof/README` says how, and each part can be run alone."
             % mine, ""]
    missing = []
    for part in parts:
        kept = state.kept(part.name)
        if kept is None:
            missing.append(part.name)
        else:
            lines += section(part, kept)
    if missing:
        lines += ["Not run for this page: %s." % ", ".join(missing), ""]
    with open(state.page + ".new", "w", encoding="utf-8") as f:
        f.write("\n".join(lines))
    os.rename(state.page + ".new", state.page)
    return missing
