"""The insights realm interprets: statements rest on figures, and say how sure they are."""

from __future__ import annotations

import csv
import io
import math
import statistics

from artifact_plane.adapters.realms.tabular.profile import MAX_SAMPLE_ROWS
from artifact_plane.adapters.realms.tabular.relations import confidence_of
from tests.adapters.realms.conftest import csv_of, objects
from tests.adapters.realms.insights_stage import CLAIMS, interpretation, sentences


def penguins() -> bytes:
    rows = [
        f"{'Gentoo' if row % 3 == 0 else 'Adelie'},{180 + row % 40},{(180 + row % 40) * 20 + row % 7},"
        f"{'NA' if row % 20 == 0 else 'f'},2024-{row % 12 + 1:02}-15,{row % 12 * 10 + row % 5}"
        for row in range(200)
    ]
    return csv_of("species,flipper,mass,sex,day,sold", *rows)


def test_every_statement_rests_on_figures_and_says_how_sure_it_is() -> None:
    statements = objects(interpretation(penguins())["statements"])
    assert len(statements) >= 4
    for one in statements:
        assert one["evidence"]
        assert 0.9 <= float(str(one["confidence"])) <= 1


def test_columns_that_go_together_are_named_with_their_correlation() -> None:
    payload = interpretation(penguins())
    statement = next(one for one in objects(payload["statements"]) if "'mass' rises strongly" in str(one["statement"]))
    evidence = statement["evidence"]
    assert isinstance(evidence, dict)
    rows = list(csv.DictReader(io.StringIO(penguins().decode())))
    expected = statistics.correlation([float(row["flipper"]) for row in rows], [float(row["mass"]) for row in rows])
    assert math.isclose(float(evidence["r"]), expected, rel_tol=1e-5)
    assert evidence["rows_used"] == 200
    assert "Do 'flipper' and 'mass' measure the same thing?" in (payload["questions"] or ())  # type: ignore[operator]


def test_a_measure_over_time_is_named_with_its_trend() -> None:
    (trend,) = [one for one in sentences(interpretation(penguins())) if "rises over 'day'" in one]
    assert trend.startswith("'sold' rises over 'day' by ")
    assert "a month" in trend


def test_a_measure_that_differs_by_category_is_named_with_its_groups() -> None:
    rows = [f"{'ab'[row % 2]},{row % 2 * 50 + row % 17}" for row in range(100)]
    statement = next(
        one for one in objects(interpretation(csv_of("kind,x", *rows))["statements"]) if "differs by" in str(one)
    )
    assert "the mean is highest for 'b'" in str(statement["statement"])
    evidence = statement["evidence"]
    assert isinstance(evidence, dict)
    b_values = [row % 2 * 50 + row % 17 for row in range(100) if row % 2]
    assert objects(evidence["groups"])[0] == {"group": "b", "rows": 50, "mean": statistics.fmean(b_values)}


def test_what_chance_explains_is_not_stated() -> None:
    rows = [f"{row * 7919 % 101 / 3},{row * 104729 % 97 / 7},{'xyz'[row * 31 % 3]}" for row in range(200)]
    payload = interpretation(csv_of("a,b,kind", *rows))
    assert not [one for one in sentences(payload) if "rises" in one or "falls" in one or "differs" in one]


def test_missing_values_and_conflicts_are_caveats_and_steps() -> None:
    payload = interpretation(CLAIMS)
    texts = sentences(payload)
    assert any(text.startswith("2 of 80 cells are missing (2.5 %)") for text in texts)
    assert any("are no number and are left out" in text for text in texts)
    assert payload["next_steps"] == [
        "Correct the 1 value of 'amount' that should be number, beginning at line 4.",
        "Find out why 'amount' misses 1 of 20 values.",
        "Find out why 'paid' misses 1 of 20 values.",
    ]


def test_a_table_larger_than_its_sample_says_on_how_many_rows_statements_rest() -> None:
    rows = [f"{row},{row * 2.5 + row % 3}" for row in range(0, 3 * MAX_SAMPLE_ROWS, 2)]
    payload = interpretation(csv_of("a,b", *rows))
    first = objects(payload["statements"])[0]["evidence"]
    assert isinstance(first, dict)
    assert first["rows"] == len(rows)
    used = first["rows_used"]
    assert isinstance(used, int)
    assert used < len(rows)
    assert f"an even sample of {used} rows" in sentences(payload)[0]


def test_confidence_grows_with_the_correlation_and_with_the_rows() -> None:
    assert confidence_of(0.5, 3) == 0
    assert confidence_of(0.5, 10) < confidence_of(0.5, 100) < confidence_of(0.9, 100) <= 1
    assert confidence_of(1.0, 100) <= 1
    assert math.isclose(confidence_of(0.196, 100), 0.95, abs_tol=0.005)
