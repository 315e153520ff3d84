"""How far a command has come, away from a terminal."""

from ringwall.cli.progress import progress_of


def test_a_line_is_not_said_twice(capsys):
    """
    Steps that end together come with the same number; the total may grow, and then there is something to say again.
    """
    with progress_of("Collecting") as progress:
        for done, total in ((6, 6), (6, 6), (7, 9), (9, 9)):
            progress(done, total, "queues")

    assert capsys.readouterr().err == "Collecting: 6 of 6 queues\nCollecting: 9 of 9 queues\n"
