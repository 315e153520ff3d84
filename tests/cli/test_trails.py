"""A trail as the options name it."""

import pickle
from datetime import UTC, datetime

from ringwall.cli.trails import TrailWanted
from tests.trail_records import ACCOUNT, ROLE, a_log, a_record, of_role

NOW = datetime(2026, 3, 12, 6, tzinfo=UTC)


def test_a_session_counts_for_its_role_whatever_the_path(tmp_path):
    """
    Some records do not name the issuer of a session, and so not the role's path; also for another process.
    """
    (tmp_path / f"{ACCOUNT}.json").write_bytes(a_log(a_record(who=of_role(issuer=False))))
    trails = TrailWanted(str(tmp_path), 30, {}).read_all([ACCOUNT], NOW)

    assert [*trails.usage[ROLE].uses] == ["ec2:DescribeInstances"]
    assert pickle.loads(pickle.dumps(trails)).usage[ROLE] == trails.usage[ROLE]
    assert [*trails.coverage] == [ACCOUNT]
