"""The policy source over YAML files keeps its port's law; what it adds: files, places, caching, links."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.codec.records_policy import policy_digest
from artifact_plane.adapters.filesystem.policy_source import MVP_POLICY, YamlPolicySource, check_text
from artifact_plane.domain.model.decision import Layer, MaterializationDecision
from artifact_plane.domain.model.errors import InvalidInput, InvalidPolicy, Unavailable
from artifact_plane.domain.model.policy_document import PolicyDocument
from tests.contracts.policy_source import PLATFORM_TABLE, OpenSource, PolicySourceContract, ruled
from tests.contracts.under_test import PolicyTexts
from tests.doubles.samples import OTHER_TENANT, SOLUTION, TENANT

PERSIST, CACHE, DISCARD = (
    MaterializationDecision.PERSIST,
    MaterializationDecision.CACHE,
    MaterializationDecision.DISCARD,
)
NATIVE = ("intent", "journey", "state_transition", "governance_decision")
DERIVED = ("workflow", "sop", "blueprint", "solution", "roadmap", "poc", "visual")
MVP_TABLE = dict.fromkeys((*NATIVE, *DERIVED), PERSIST)
"""001's mvp_materialization_policy.yaml."""

SETTLED_NS = 10 * 10**9


def digest(document: PolicyDocument) -> str:
    """A policy's digest, as the other adapters make it."""
    return policy_digest(document, JsonCodec().digest)


def yaml_source(folder: Path, override: Path | Mapping[str, object] | None = None) -> YamlPolicySource:
    """A source over a folder, by whose clock every file has been as it is for a while."""
    return YamlPolicySource(folder, digest=digest, override=override, now_ns=lambda: time.time_ns() + SETTLED_NS)


def write(path: Path, text: str) -> Path:
    """A file with that text, and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def own(folder: Path, tenant_id: str = TENANT, solution_id: str = SOLUTION) -> Path:
    """Where a solution's override stands."""
    return folder / "solutions" / tenant_id / f"{solution_id}.yaml"


class TestYamlPolicySource(PolicySourceContract):
    """Everything that ``PolicySourceContract`` says."""

    @pytest.fixture
    def open_source(self, tmp_path: Path) -> OpenSource:
        def source(texts: PolicyTexts) -> YamlPolicySource:
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            folder.mkdir()
            if texts.platform is not None:
                write(folder / "platform.yaml", texts.platform)
            if texts.governance is not None:
                write(folder / "governance.yaml", texts.governance)
            for (tenant_id, solution_id), text in texts.solutions.items():
                write(own(folder, tenant_id, solution_id), text)
            return yaml_source(folder)

        return source


# The packaged policies


async def test_the_packaged_platform_policy_is_001s_table(tmp_path: Path) -> None:
    """Exactly 001's DEFAULT_POLICY, and attachments cached; no rule has a condition, and each has its place."""
    document = (await yaml_source(tmp_path).policy(TENANT, SOLUTION)).document
    found = {name: rules[0].choice.decision.value for name, rules in document.platform.entries.items()}
    assert found == PLATFORM_TABLE
    assert [rule for rules in document.platform.entries.values() for rule in rules if rule.when.compiled()] == []
    assert document.platform.entries["workflow"][0].source == "built-in/platform.yaml:10:13"
    assert (document.override, document.governance, document.cache_ttl) == (None, (), 3600)


async def test_001s_mvp_override_loads_as_it_is(tmp_path: Path) -> None:
    """Its entries for platform-native records included, which say what is the case anyway."""
    document = (await yaml_source(tmp_path, MVP_POLICY).policy(TENANT, SOLUTION)).document
    assert document.override is not None
    found = {name: rules[0].choice.decision for name, rules in document.override.entries.items()}
    assert found == MVP_TABLE


async def test_under_the_mvp_override_what_it_names_is_kept(tmp_path: Path) -> None:
    """The demonstration of 001: all discarded by default, all kept by the override."""
    default = await yaml_source(tmp_path).policy(TENANT, SOLUTION)
    mvp = await yaml_source(tmp_path, MVP_POLICY).policy(TENANT, SOLUTION)
    for name in DERIVED:
        assert (ruled(default, name).decision, ruled(default, name).layer) == (DISCARD, Layer.PLATFORM_DEFAULT)
        assert (ruled(mvp, name).decision, ruled(mvp, name).layer) == (PERSIST, Layer.SOLUTION_OVERRIDE)


def test_the_packaged_platform_policy_is_read_without_the_yaml_parser(tmp_path: Path) -> None:
    """A command that needs no other policy does not pay for the parser's import."""
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from artifact_plane.adapters.filesystem.policy_source import YamlPolicySource\n"
        f"source = YamlPolicySource(Path({str(tmp_path)!r}), digest=lambda document: 'd')\n"
        "asyncio.run(source.policy('t', 's'))\n"
        "sys.exit('ruamel.yaml' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


# Places


async def test_a_ruling_names_the_file_the_same_way_wherever_its_home_lies(tmp_path: Path) -> None:
    """So two homes with the same texts have the same digest."""
    records = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        write(own(folder), "materialization_policy:\n  workflow: persist\n")
        records.append(await yaml_source(folder).policy(TENANT, SOLUTION))
    assert ruled(records[0], "workflow").source == f"solutions/{TENANT}/{SOLUTION}.yaml:2:13"
    assert records[0] == records[1]


async def test_a_problem_names_the_file_as_the_user_can_open_it(tmp_path: Path) -> None:
    """Of all files at once, each with its line and column."""
    wrong = "materialization_policy:\n  sop: presist\n"
    platform = write(tmp_path / "platform.yaml", wrong)
    override = write(own(tmp_path), wrong)
    governance = write(tmp_path / "governance.yaml", "governance:\n  - &a {}\n")
    with pytest.raises(InvalidPolicy) as caught:
        await yaml_source(tmp_path).policy(TENANT, SOLUTION)
    assert [str(problem).split(": ")[0] for problem in caught.value.problems] == [
        f"{platform}:2:8",
        f"{governance}:2:5",
        f"{override}:2:8",
    ]


async def test_a_retention_class_that_two_texts_define_differently_is_refused(tmp_path: Path) -> None:
    """The place is the override's file."""
    write(tmp_path / "platform.yaml", "retention: {a: {keep: 1y}}")
    override = write(own(tmp_path), "retention:\n  a: {keep: 2y}")
    with pytest.raises(InvalidPolicy) as caught:
        await yaml_source(tmp_path).policy(TENANT, SOLUTION)
    assert str(caught.value).startswith(f"{override}:2:6: ")


def test_a_text_can_be_checked_without_a_source() -> None:
    """What ``ap policy check`` prints (case P01)."""
    (problem,) = check_text(b"materialization_policy:\n  sop: presist\n", "my.yaml")
    assert str(problem) == (
        "my.yaml:2:8: 'presist' is not a decision (persist, cache, discard); did you mean 'persist'?"
    )
    assert check_text(b"governance: []", "g.yaml", governance=True) == ()


# The override of the call


@pytest.mark.parametrize("as_data", [True, False])
async def test_an_override_of_the_call_takes_the_place_of_each_solutions_own(tmp_path: Path, as_data: bool) -> None:
    """As a file or as plain data; other solutions' too."""
    write(own(tmp_path), "materialization_policy: {workflow: persist}")
    file = write(tmp_path / "mine" / "o.yaml", "materialization_policy: {sop: cache}")
    source = yaml_source(tmp_path, {"materialization_policy": {"sop": "cache"}} if as_data else file)
    for tenant_id in (TENANT, OTHER_TENANT):
        record = await source.policy(tenant_id, SOLUTION)
        assert [ruled(record, name).decision for name in ("workflow", "sop")] == [DISCARD, CACHE]
        assert ruled(record, "sop").source == ("override" if as_data else "o.yaml:1:31")


async def test_an_empty_override_of_the_call_is_one(tmp_path: Path) -> None:
    """Empty is not absent (law 3)."""
    write(own(tmp_path), "materialization_policy: {workflow: persist}")
    empties: list[Path | Mapping[str, object]] = [{}, write(tmp_path / "empty.yaml", "")]
    for empty in empties:
        record = await yaml_source(tmp_path, empty).policy(TENANT, SOLUTION)
        assert record.document.override is not None
        assert ruled(record, "workflow").decision is DISCARD


async def test_an_override_that_is_no_file_is_refused(tmp_path: Path) -> None:
    """A typo in ``--policy`` is not an empty policy; a device is not read for ever."""
    os.mkfifo(tmp_path / "pipe")
    for path, said in (
        (tmp_path / "absent.yaml", "there is no such file"),
        (tmp_path, "this is not a file"),
        (tmp_path / "pipe", "this is not a file"),
        (Path("/dev/zero"), "this is not a file"),
    ):
        with pytest.raises(InvalidPolicy) as caught:
            await yaml_source(tmp_path, path).policy(TENANT, SOLUTION)
        assert str(caught.value) == f"{path}: {said}"


async def test_an_override_may_be_reached_by_a_link(tmp_path: Path) -> None:
    """It is the user's own choice."""
    (tmp_path / "link.yaml").symlink_to(MVP_POLICY)
    record = await yaml_source(tmp_path, tmp_path / "link.yaml").policy(TENANT, SOLUTION)
    assert ruled(record, "sop").decision is PERSIST


# Files


@pytest.mark.parametrize("planted", ["platform.yaml", "governance.yaml", "solutions", f"solutions/{TENANT}", "own"])
@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
async def test_nothing_planted_in_the_folder_is_followed(tmp_path: Path, planted: str, kind: str) -> None:
    """A link or a device in a policy's place is refused, not read and not passed over (case A06)."""
    folder = tmp_path / "policy"
    path = own(folder) if planted == "own" else folder / planted
    path.parent.mkdir(parents=True, exist_ok=True)
    elsewhere = write(own(tmp_path / "elsewhere"), "materialization_policy: {sop: persist}")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "dangling link":
        path.symlink_to(tmp_path / "nowhere")
    else:
        path.symlink_to(
            {"solutions": elsewhere.parents[1], f"solutions/{TENANT}": elsewhere.parent}.get(planted, elsewhere)
        )
    with pytest.raises(Unavailable) as caught:
        await yaml_source(folder).policy(TENANT, SOLUTION)
    assert str(path) in str(caught.value)
    assert caught.value.remedy


async def test_the_policy_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    """Whoever owns the home says where it lies."""
    write(own(tmp_path / "real"), "materialization_policy: {sop: persist}")
    (tmp_path / "policy").symlink_to(tmp_path / "real")
    record = await yaml_source(tmp_path / "policy").policy(TENANT, SOLUTION)
    assert ruled(record, "sop").decision is PERSIST


@pytest.mark.parametrize("odd", ["../x", "a/b", "", "a" * 129, "..", "a\x00b", "é"])
async def test_ids_that_could_lead_elsewhere_are_refused(tmp_path: Path, odd: str) -> None:
    """An id is checked before it becomes a path (cases A01, T06)."""
    for tenant_id, solution_id in ((odd, SOLUTION), (TENANT, odd)):
        with pytest.raises(InvalidInput):
            await yaml_source(tmp_path).policy(tenant_id, solution_id)


async def test_a_text_that_may_not_be_read_is_unavailable_and_not_absent(tmp_path: Path) -> None:
    """A folder in a file's place stands for all that the file system refuses."""
    (tmp_path / "governance.yaml").mkdir()
    with pytest.raises(Unavailable):
        await yaml_source(tmp_path).policy(TENANT, SOLUTION)
    with pytest.raises(Unavailable):
        await yaml_source(write(tmp_path / "file", "")).policy(TENANT, SOLUTION)


# Caching


async def test_an_unchanged_policy_is_not_read_again(tmp_path: Path) -> None:
    """The same record comes back, also for another solution without a file of its own."""
    write(tmp_path / "platform.yaml", "materialization_policy: {sop: cache}")
    source = yaml_source(tmp_path)
    first = await source.policy(TENANT, SOLUTION)
    assert await source.policy(TENANT, SOLUTION) is first
    assert await source.policy(OTHER_TENANT, "other") is first


async def test_every_change_of_a_file_is_seen_by_the_next_question(tmp_path: Path) -> None:
    """Written, rewritten in place with the same length, replaced, removed."""
    source, file = YamlPolicySource(tmp_path, digest=digest), own(tmp_path)

    async def decided() -> MaterializationDecision:
        return ruled(await source.policy(TENANT, SOLUTION), "sop").decision

    assert await decided() is DISCARD
    write(file, "materialization_policy: {sop: persist}")
    assert await decided() is PERSIST
    stamp = file.stat()
    write(file, "materialization_policy: {sop: discard}")
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert await decided() is DISCARD
    write(tmp_path / "new", "materialization_policy: {sop: persist}").replace(file)
    assert await decided() is PERSIST
    file.unlink()
    assert await decided() is DISCARD
    write(tmp_path / "governance.yaml", "governance: [{name: n, require: cache, reason: r}]")
    assert await decided() is CACHE


async def test_a_file_that_changed_just_now_is_not_trusted_to_be_settled(tmp_path: Path) -> None:
    """Two changes may fall into one tick of the file system's clock; so for a while every question reads anew."""
    file = write(own(tmp_path), "materialization_policy: {sop: persist}")
    source = YamlPolicySource(tmp_path, digest=digest, now_ns=lambda: file.stat().st_ctime_ns + 1)
    first, second = [await source.policy(TENANT, SOLUTION) for _ in range(2)]
    assert first == second
    assert first is not second


async def test_a_policy_that_did_not_load_is_read_again(tmp_path: Path) -> None:
    """Mended is mended."""
    source = yaml_source(tmp_path)
    write(own(tmp_path), "materialization_policy: {sop: presist}")
    with pytest.raises(InvalidPolicy):
        await source.policy(TENANT, SOLUTION)
    write(own(tmp_path), "materialization_policy: {sop: persist}")
    assert ruled(await source.policy(TENANT, SOLUTION), "sop").decision is PERSIST


async def test_however_many_solutions_there_are_what_is_remembered_is_bounded(tmp_path: Path) -> None:
    """A thousand and more names of solutions do not fill the memory; the answers stay right."""
    write(own(tmp_path), "materialization_policy: {sop: persist}")
    source = yaml_source(tmp_path)
    for number in range(1_100):
        assert ruled(await source.policy(TENANT, f"s{number}"), "sop").decision is DISCARD
    assert ruled(await source.policy(TENANT, SOLUTION), "sop").decision is PERSIST
