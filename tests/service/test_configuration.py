"""The configuration: one file and the environment, and nothing in them that is not understood."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from ringwall.errors import UsageError
from ringwall.service.configuration import Configuration
from ringwall.service.configuration_file import as_toml, example, read_configuration, settings, shown

ROOT = Path(__file__).parents[2]


@pytest.fixture
def written(tmp_path):
    """A file with this text."""

    def write(text):
        path = tmp_path / "ringwall.toml"
        path.write_text(text)
        return path

    return write


def test_the_defaults_need_no_file():
    """
    Everything may be left out.
    """
    assert read_configuration(None, {}) == Configuration()


def test_the_environment_overrides_the_file_and_options_override_both(written):
    """
    What is said nearer to the call counts.
    """
    path = written('[server]\nport = 1\nhost = "::1"\n[scanning]\nthreads = 3\n')
    found = read_configuration(
        path, {"RINGWALL_SERVER_PORT": "2", "RINGWALL_SERVER_HOST": "127.0.0.2"}, {("server", "port"): 3}
    )

    assert (found.server.port, found.server.host, found.scanning.threads) == (3, "127.0.0.2", 3)


@pytest.mark.parametrize(
    ("name", "text", "section", "key", "value"),
    [
        ("RINGWALL_DATABASE_URL", "postgresql://h/d", "store", "url", "postgresql://h/d"),
        ("RINGWALL_DATA", "/var/lib/ringwall", "store", "data", "/var/lib/ringwall"),
        ("RINGWALL_SERVER_BEHIND_PROXY", "true", "server", "behind_proxy", True),
        ("RINGWALL_AWS_REGIONS", "eu-west-1, us-east-1", "aws", "regions", ("eu-west-1", "us-east-1")),
        ("RINGWALL_AWS_PROFILE", "audit", "aws", "profile", "audit"),
        ("RINGWALL_SCANNING_EVENTS_QUEUE_URL", "https://q", "scanning", "events_queue_url", "https://q"),
        ("RINGWALL_QUOTAS_ARCHIVE_RULES", "7", "quotas", "archive_rules", 7),
        ("RINGWALL_API_REQUESTS_PER_SECOND", "12.5", "api", "requests_per_second", 12.5),
    ],
)
def test_every_kind_of_value_can_come_from_the_environment(name, text, section, key, value):
    """
    A variable is called after its section and key, and its text is read as the key's type.
    """
    found = read_configuration(None, {name: text, "RINGWALL_URL": "not ours", "PATH": "/bin"})

    assert getattr(getattr(found, section), key) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sever]\n", "there is no section `[sever]`; did you mean `server`?"),
        ("[server]\nprot = 1\n", "there is no key `server.prot`; did you mean `port`?"),
        ("[quotas]\nzzz = 1\n", "there is no key `quotas.zzz`; there are account_analyzers, organization_analyzers"),
        ("server = 1\n", "`server` is a section: write `[server]`"),
        ('[server]\nport = "80"\n', "`server.port`: expected `int`, got `str`"),
        ("[server]\nport = 70000\n", "`server.port`: expected `int` <= 65535"),
        ("[api]\nbody_bytes = 1\n", "`api.body_bytes`: expected `int` >= 65536"),
        ("[api]\nrequests_per_second = 0\n", "`api.requests_per_second`: expected `float` >= 0.1"),
        ("[api]\nthreads = 65\n", "`api.threads`: expected `int` <= 64"),
        ('[audit]\nretention = "never"\n', "`audit.retention`: expected a number and its unit"),
        ('[scanning]\ninterval = "often"\n', "`scanning.interval`: expected a number and its unit, such as `30m`"),
        ('[aws]\naccounts = ["12"]\nrole_name = "r"\n', "`aws.accounts[0]`: expected twelve digits"),
        ('[aws]\nregion = "EU"\n', "`aws.region`: expected a Region, such as `eu-west-1`"),
        ('[aws]\nregions = ["eu-west-1", "nowhere"]\n', "`aws.regions[1]`: expected a Region"),
        ('[aws]\nendpoint_url = "nope"\n', "`aws.endpoint_url`: expected a URL that begins with `https://`"),
        ('[scanning]\nevents_queue_url = "q"\n', "`scanning.events_queue_url`: expected a URL that begins with"),
        ('[store]\nurl = "mysql://u:p@h/d"\n', "`store.url`: expected `postgresql://user:password@host/name`"),
        ('[analysis]\nmode = "guess"\n', "`analysis.mode`: invalid enum value 'guess'"),
        ('[server]\ntls_key = "k.pem"\n', "`server.tls_certificate` and `server.tls_key` belong together"),
        ('[aws]\naccounts = ["111122223333"]\n', "name it as `aws.role_name`"),
        ('[aws]\norganization = true\naccounts = ["111122223333"]\nrole_name = "r"\n', "exclude each other"),
        ('[aws]\nexternal_id = "x"\n', "`aws.external_id` belongs to a role"),
        ('[analysis]\ntrust = ["nobody"]\n', "`analysis.trust`: "),
        ("[server\n", "this is not TOML"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_place(written, text, said):
    """
    The error names the file, the key, and what is expected there.
    """
    path = written(text)

    with pytest.raises(UsageError) as error:
        read_configuration(path, {})

    assert str(error.value).startswith(f"{path}: ")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"RINGWALL_SERVER_PRT": "1"}, "RINGWALL_SERVER_PRT names no key of [server]; did you mean `port`?"),
        ({"RINGWALL_SERVR_PORT": "1"}, "RINGWALL_SERVR_PORT names no section; did you mean `RINGWALL_SERVER_PORT`?"),
        ({"RINGWALL_SERVER_PORT": "x"}, "RINGWALL_SERVER_PORT: expected `int`, got `str`"),
        ({"RINGWALL_SERVER_METRICS_TOKEN": "hunter2"}, "RINGWALL_SERVER_METRICS_TOKEN: expected `str` of length >= 16"),
    ],
)
def test_a_variable_that_makes_no_sense_is_named(environment, said):
    """
    A typo in the environment is no silence, and what may be a secret is not repeated.
    """
    with pytest.raises(UsageError) as error:
        read_configuration(None, environment)

    assert said in str(error.value)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("name", ["RINGWALL_SERVICE_HOST", "RINGWALL_SERVICE_PORT", "RINGWALL_PORT", "RINGWALL_URL"])
def test_a_variable_that_is_no_setting_is_none(name):
    """
    Such as those that Kubernetes sets in every container beside a Service named `ringwall`.
    """
    assert read_configuration(None, {name: "tcp://10.0.0.1:8420"}) == read_configuration(None, {})


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    """
    A file that was named has to be there.
    """
    with pytest.raises(UsageError, match="cannot read"):
        read_configuration(tmp_path / "none.toml", {})


def test_the_policy_is_what_was_configured():
    """
    The use cases get durations and quotas, not text.
    """
    found = read_configuration(
        None,
        {
            "RINGWALL_SCANNING_INTERVAL": "2h",
            "RINGWALL_SCANNING_RETENTION": "10d",
            "RINGWALL_AUDIT_RETENTION": "20d",
            "RINGWALL_QUOTAS_ARCHIVE_RULES": "7",
        },
    )
    policy = found.policy(account="111122223333", region="eu-west-1")

    assert (policy.account, policy.region) == ("111122223333", "eu-west-1")
    assert (policy.scan_interval, policy.retention) == (timedelta(hours=2), timedelta(days=10))
    assert policy.audit_retention == timedelta(days=20)
    assert (policy.quotas.archive_rules, policy.quotas.account_analyzers) == (7, 1)


def test_what_is_shown_can_be_read_again_and_holds_no_secret(written):
    """
    What is in force is printed as a file, without the password and the token.
    """
    environment = {
        "RINGWALL_DATABASE_URL": "postgresql://ringwall:hunter2@db/ringwall",
        "RINGWALL_SERVER_METRICS_TOKEN": "0123456789abcdef",
    }
    text = as_toml(read_configuration(None, environment))

    assert "hunter2" not in text
    assert "0123456789abcdef" not in text
    assert tomllib.loads(text)["store"]["url"] == "postgresql://ringwall:***@db/ringwall"


def test_the_example_is_the_defaults(written):
    """
    Whoever starts with the example changes nothing by it, and finds every key in it.
    """
    text = example()

    assert read_configuration(written(text), {}) == Configuration()
    assert all(f"{each.key} =" in text and each.description in text for each in settings())


def test_the_packaged_example_is_fresh():
    """
    deploy/ringwall.toml is what `ringwall config show-example` prints.
    """
    assert (ROOT / "deploy" / "ringwall.toml").read_text() == example()


@pytest.mark.parametrize("setting", settings(), ids=lambda each: f"{each.section}.{each.key}")
def test_every_key_is_documented(setting):
    """
    The page about the service has a row for each key, with its default and its meaning.
    """
    page = (ROOT / "docs" / "service.md").read_text()
    section = page.partition(f"\n### `[{setting.section}]`\n")[2].partition("\n### ")[0]
    default = "none" if setting.default is None else f"`{shown(setting.default, is_secret=False)}`"

    assert f"| `{setting.key}` | {default} | {setting.description} |\n" in section
