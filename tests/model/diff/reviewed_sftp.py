"""The reviewed differences to OpenSSH's sftp-server; see reviewed.py.

What: the answer, where one of the two did it; the code, where both refused;
data, a field of attributes, a name; "tree" and its fields in the end.  The
features are of the request, of the paths in it, and of what is going on.
"""

from compare import Row

NO = "missing|denied|failure|bad|unsupported"

SFTP = (
    # codes: both refuse
    Row("code-of-kind", "code", ("read|write|readlink|hardlink|fsync",), NO,
        NO, "what is no such thing: clients show the words, not the code"),
    Row("code-of-arguments", "code",
        ("sets-size|long-name|to-long-name|control-name",), NO, NO,
        "OpenSSH calls what the kernel finds invalid a bad message"),
    Row("code-of-directories", "code",
        ("open|rename|posix-rename|remove|rmdir|mkdir|symlink|list",), NO, NO,
        "a directory where there should be none, or the other way around"),
    Row("code-of-links", "code", ("setstat|lsetstat",), NO, NO,
        "no attributes of links"),

    # paths
    Row("lexical", "answer code name tree-content listed size mode",
        ("dot-dot",), ".*", ".*",
        "the text of a path is made plain before it is looked up"),
    Row("lexical-before", "tree tree-kind tree-content tree-mode tree-mtime "
        "answer code listed", ("dot-dot-used",), ".*", ".*",
        "it may have been another file that was changed"),
    Row("realpath-of-links", "name answer", ("realpath",), ".*", ".*",
        "a path is what it is called, whatever stands there"),
    Row("readlink-as-directory", "answer code", ("as-directory", "readlink"),
        "missing", ".*", "what has a slash behind its name is no link"),
    Row("set-behind-a-slash", "answer", ("setstat|lsetstat", "as-directory"),
        "ok", "denied", "\"d/.\" is made plain before it is looked up"),
    Row("renamed-to-itself", "answer",
        ("rename|posix-rename", "itself", "as-directory|to-directory"), "ok",
        NO, "\"d/.\" is made plain before it is looked up"),
    Row("control-name", "answer code", ("control-name",), NO, ".*",
        "names with control characters are not served"),

    # what is no change
    Row("nothing-to-set", "answer", ("sets-nothing",), NO, "ok",
        "OpenSSH looks at no file if there is nothing to set"),
    Row("fsync-of-a-reader", "answer", ("fsync", "reader"), "failure", "ok",
        "there is nothing to flush"),

    # OPEN
    Row("directory-read", "answer", ("open", "directory|behind-directory"),
        "failure", "handle", "no READ of a directory would work"),
    Row("created-unreadable", "answer", ("open-rc|open-rcx", "sets-mode"),
        "denied", "handle", "the empty file is made, and then opened to be "
        "read, which its mode may refuse"),
    Row("replaced-though-unwritable", "answer", ("open", "with-w",
                                                 "unwritable"),
        "handle", "denied", "a new file takes the old one's place"),
    Row("base-unreadable", "answer", ("open", "with-w", "unreadable"),
        NO, "handle", "what is appended needs what is there"),

    # SETSTAT
    Row("times-of-a-link", "answer", ("lsetstat", "link"), "unsupported",
        "ok", "no attributes of links"),
    Row("set-unreadable", "answer", ("setstat|lsetstat", "unreadable"),
        "denied", "ok", "attributes are set by descriptor"),

    # names
    Row("rename-over-dangling", "answer", ("rename", "to-dangling"),
        "failure", "ok", "a link that leads nowhere is there, too"),
    Row("link-to-a-link", "answer", ("hardlink", "link"), "failure", "ok",
        "links are made to files"),

    # an upload that has no name yet
    Row("made-beside-an-upload", "answer",
        ("mkdir|symlink|hardlink", "pending|to-pending", "busy"), "ok", NO,
        "an upload through a link is known by the path of the link"),
    Row("link-to-an-upload", "answer", ("hardlink", "pending"), NO, "ok",
        "there is nothing yet to make a link to"),
    Row("rename-of-an-upload", "answer code",
        ("rename|posix-rename", "pending|to-pending"), NO, ".*",
        "one that replaces a file keeps its name, and is not replaced"),
    Row("listed-after-close",
        "listed listed-size listed-mtime listed-mode", ("list", "busy"),
        ".*", ".*",
        "a listing tells what has a name"),
    Row("replaced-at-close", "answer data size mode mtime",
        ("busy", "read|fstat|stat|lstat"), ".*", ".*",
        "what stands there stays until CLOSE"),
    Row("open-before-close", "answer code", ("busy", "open"), ".*", ".*",
        "what stands there stays until CLOSE"),
    Row("old-file-is-kept", "answer data size mode mtime",
        ("read|fstat", "reader", "written-since"), ".*", ".*",
        "who has the old file open goes on reading that"),
    Row("old-file-is-set", "tree-mtime tree-mode mtime mode listed-mtime "
        "listed-mode", ("read-while-written",), ".*", ".*",
        "attributes that are set by a handle of the old file are its own"),
    Row("found-by-the-link", "answer code tree tree-kind tree-content "
        "tree-mtime tree-mode data size mode mtime listed listed-size "
        "listed-mtime listed-mode", ("pending|link-taken-away",),
        ".*", ".*",
        "an upload is found by the path that it was opened by, and by no "
        "other way to the file"),
    Row("nothing-there-yet", "answer",
        ("rename|posix-rename", "to-pending-by-link"), "ok", NO,
        "the file that a link leads to is there from the CLOSE on"),
    Row("times-stay", "tree-mtime mtime listed-mtime",
        ("times-of-an-upload",), ".*", ".*",
        "times that were set count, whatever is written after them"),
    Row("set-makes-a-file",
        "tree-mtime mtime listed-mtime tree-mode",
        ("set-on-an-upload",), ".*", ".*",
        "an upload of which only attributes were set is a new file, too"),
    Row("all-or-nothing", "tree-mtime tree-mode mtime mode listed-mtime "
        "listed-mode answer", ("half-set",), ".*", ".*",
        "where the size is refused OpenSSH sets the rest"),
    Row("base-needed", "answer code tree-content tree-mtime data",
        ("unreadable-base",), ".*", ".*",
        "what is not written is taken from the old file, which has to be "
        "readable then"),
    Row("two-writers", "answer code tree tree-kind tree-content tree-mtime "
        "tree-mode data size mode mtime listed listed-size listed-mode "
        "listed-mtime", ("two-writers",), ".*", ".*",
        "two uploads to one name are two files, and the last CLOSE is what "
        "stays; or one, if the second does not begin anew"),
    Row("truncated-to-read", "tree-content tree-mtime data size mtime answer "
        "listed-size listed-mtime", ("truncated-to-read",), ".*", ".*",
        "TRUNC without WRITE does nothing"),
    Row("hard-link", "tree tree-content tree-mtime tree-mode size mtime data "
        "mode listed-size listed-mtime answer", ("hard-link",), ".*", ".*",
        "a new file takes one name of several"),
    Row("one-handle", "answer code",
        ("read-while-written", "reader", "write|fsetstat"), "ok|" + NO,
        "ok|" + NO, "OPEN of an upload gives the handle that there is"),
    Row("beside-an-upload", "answer code tree tree-content size",
        ("read-while-written",), ".*", ".*",
        "what is not closed has no name for others"),
    Row("cut-though-unwritable", "answer",
        ("setstat", "sets-size", "unwritable"), "ok", "denied",
        "a new file takes the old one's place"),
    Row("truncation-needs-no-right", "answer", ("open", "open-rt"),
        "handle", "denied", "TRUNC without WRITE does nothing"),
    Row("replaced-though-unreadable", "answer",
        ("open", "with-w", "with-r", "unreadable"), "handle", "denied",
        "a new file takes the old one's place"),
)
