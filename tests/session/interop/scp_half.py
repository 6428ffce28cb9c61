"""MATRIX.md: clients of SCP by way in and by what they do."""

import os

import cases
import frame
import ground
import report


class Scp(frame.Half):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "MATRIX.md")
    tables = {way: {name: case.heading for name, case in cases.CASES.items()}
              for way in ground.WAYS}
    alike = set(tables)
    clients = ground.CLIENTS
    make_ground = ground.Ground
    # These take seconds to begin.
    slow = {"ansible": ("openssh/remote_scp", "file"),
            "packer": ("openssh/forced_command", "file")}
    optional = {"scp-newer"}

    def try_cell(self, table, client, column, **options):
        case = cases.CASES[column]
        options.setdefault("policy", case.policy)
        frame.try_in(ground.Cell(self.ground(), table, client, column,
                                 **options), [case.row])

    def why_not(self, table, client, column):
        return cases.why_not(table, client, column)

    def why_no(self, table, client, column):
        return cases.why_no(table, client, column)

    def partly(self, table, client, column):
        return cases.PARTLY.get((client.name, column))

    def is_luck(self, table, client):
        return cases.is_luck(table, client)

    def head(self):
        return report.HEAD

    def tail(self):
        return report.tail()
