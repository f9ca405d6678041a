"""The comparison of outputs, and the verdicts on them."""

import numpy as np
import pytest

from lecture_code import judging
from lecture_code.answers import Reply, obtain
from lecture_code.judging import DIFFERENCES, NO_OUTPUT, Case, compare, facts, judge, trouble
from lecture_code.wire import decode, encode

# --- comparing


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (1.0 + 1e-10, 1.0),
        (1, 1.0),
        (np.asarray(2.0), 2.0),
        (2.0, np.float64(2.0)),
        ([1.0, 2.0], np.array([1.0, 2.0])),
        ([[1, 2]], np.array([[1.0, 2.0]])),
        ([1.0, np.zeros(2)], (1.0, np.zeros(2))),
        ({"a": 1.0}, {"a": 1.0}),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        (1e-300, 1e-300 * (1 + 1e-10)),
        (np.array([], float), np.zeros(0)),
        (np.asarray(1 + 1j), np.asarray(1 + 1j + 1e-12)),
        (True, np.bool_(True)),
        ("b", "b"),
    ],
)
def test_equal(answer, expected):
    assert compare(answer, expected) is None


@pytest.mark.parametrize(
    ("answer", "expected", "kind"),
    [
        (1.0 + 1e-8, 1.0, "value"),
        (0.0, 1e-300, "value"),
        (np.inf, 1e308, "value"),
        (-np.inf, np.inf, "value"),
        (1.0, np.nan, "value"),
        (np.nan, 1.0, "nan"),
        (np.array([1.0, np.nan]), np.ones(2), "nan"),
        (np.ones(1), 1.0, "shape"),
        (np.ones((2, 1)), np.ones(2), "shape"),
        (True, 1.0, "type"),
        (1.0, True, "type"),
        ("1.0", 1.0, "type"),
        (None, 1.0, "type"),
        ([1.0, "x"], np.ones(2), "type"),
        ([1.0, [2.0]], np.ones(2), "type"),
        (10**18 * [1][0], np.ones(2), "shape"),
        (1j, 1.0, "type"),
        ((1.0,), (1.0, 2.0), "length"),
        (np.ones(2), (1.0, 1.0), "type"),
        ({"b": 1.0}, {"a": 1.0}, "keys"),
        ({"a": (1.0, 2.0)}, {"a": (1.0, 3.0)}, "value"),
        ("a", "b", "value"),
        (1.0, "b", "type"),
        (np.float32(1 / 3), 1 / 3, "precision"),
    ],
)
def test_different(answer, expected, kind):
    answer = decode(encode(answer)) if type(answer) is not complex else np.asarray(answer)
    difference = compare(answer, expected)
    assert difference.kind == kind and difference.kind in DIFFERENCES


def test_texts_say_where():
    one, other = (1.0, {"a": np.zeros((2, 2))}), (1.0, {"a": np.array([[0, 0], [0, 3.0]])})
    text = "[1]['a']: 0, expected 3 at [1, 1]; 1 of 4 numbers differ"
    assert compare(one, other).text == text
    assert compare(np.zeros(2), np.ones(2), atol=1.0) is None


def test_form_only():
    assert compare(5.0, 0.0, values=False) is None
    assert compare(np.ones(3), np.zeros(3), values=False) is None
    for answer, kind in ((np.nan, "nan"), (np.inf, "infinite"), ([1.0], "shape"), ("5", "type")):
        assert compare(answer, 0.0, values=False).kind == kind


# --- judging


def replies(*values_, arguments=((1.0,), (2.0,))):
    return [Reply("value", value, given_) for value, given_ in zip(values_, arguments, strict=True)]


CASES = [Case((1.0,), 2.0, (1.0, NO_OUTPUT)), Case((2.0,), 4.0, (1.0, 8.0))]


def verdict(given_, **options):
    return judge(CASES, given_, hints=("never one", "always eight"), **options)


def test_judgement():
    assert verdict(replies(2.0, 4.0)).status == "correct"
    assert verdict(replies(None, None)).status == "not done yet"
    half = " Right for 1 of 2 inputs."
    assert verdict(replies(2.0, None)).message == DIFFERENCES["type"] + half
    assert verdict(replies(2.0, np.nan)).message == DIFFERENCES["nan"] + half
    assert verdict(replies(1.0, 1.0)).message == "never one"
    assert verdict(replies(1.0, 4.0)).message == DIFFERENCES["value"] + half
    assert verdict(replies(-2.0, -4.0)).message == DIFFERENCES["value"] + " Only the sign differs."
    assert verdict(replies(8.0, 8.0)).message == DIFFERENCES["value"]
    assert verdict(replies(2.0, 3.0)).details == "3, expected 4 (for 2.0)"
    error = Reply("error", error="ValueError", line=3, text="ValueError: x = 1.0")
    found = verdict([error, error])
    assert found.status == "error" and found.message == "ValueError in line 3 of the answer cell."
    assert found.details == "ValueError: x = 1.0."
    assert verdict([Reply("error", error="NotImplementedError")] * 2).status == "not done yet"


def test_a_choice_is_from_the_options():
    def chosen(value):
        return judge([Case((), "b", ("a",))], [Reply("value", value)], hints=("Not a.",), **options)

    options = {"options": ("a", "b", "c")}
    assert [chosen(value).message for value in "abc"] == ["Not a.", "", DIFFERENCES["value"]]
    assert chosen("d").message == DIFFERENCES["option"]
    assert chosen(["b"]).message == DIFFERENCES["type"]


def test_changed_arguments_are_told():
    changed = replies(2.0, 4.0, arguments=((1.0,), (9.0,)))
    assert verdict(changed).status == "correct"
    found = verdict(changed, pure=True)
    assert found.status == "wrong"
    assert found.message.startswith("The values are right, but the function changes its arguments;")
    form = verdict(changed, pure=True, values=False)  # which values are right is not known then
    assert form.message.startswith("The function changes its arguments;")
    both = verdict(replies(1.0, 1.0, arguments=((1.0,), (9.0,))), pure=True)
    assert both.message.startswith("never one The function changes its arguments;")
    assert verdict(replies(2.0, 4.0, arguments=(None, None)), pure=True).status == "correct"


ROW = np.array([1.0, -2.0, 0.0])
ONES = np.ones(2)


@pytest.mark.parametrize(
    ("expected", "outputs", "said"),
    [
        ([2.0, 4.0, 6.0], [2.0, 5.0, 7.0], "Right for 1 of 3 inputs."),
        ([2.0, ROW, 6.0], [2.0, 2 * ONES, 6.0], "Right for single numbers, wrong for arrays."),
        ([2.0, ROW, ROW], [5.0, ROW, ROW], "Right for arrays, wrong for single numbers."),
        ([2.0, ROW, ROW], [2.0, ROW, ONES], "Right for 2 of 3 inputs."),
        ([2.0, ROW], [-2.0, -ROW], "Only the sign differs."),
        ([2.0, ROW], [-2.0, abs(ROW)], "Only the sign differs."),
        ([(1.0, {"a": 2.0})], [[1.0, {"a": -2.0}]], "Only the sign differs."),
        (
            [2.0, 4.0, 6.0],
            [2.0, 4.0, -6.0],
            "Right for 2 of 3 inputs; for the others only the sign differs.",
        ),
        ([2.0, ROW], [6.0, 3 * ROW], "Every number is off by the same factor."),
        ([2.0, ROW], [-6.0, -3 * ROW], "Every number is off by the same factor."),
        (
            [2.0, ROW, 5.0],
            [6.0, 3 * ROW, 5.0],
            "Right for 1 of 3 inputs; for the others every number is off by the same factor.",
        ),
        ([2.0, ROW], [6.0, 2 * ROW], ""),
        ([ROW, -ROW], [3 * ROW + [0, 0, 1e-3], -3 * ROW], ""),
        # One number, or equal ones, are always off by some factor; none at all is no factor.
        ([2.0], [3.0], ""),
        ([2 * ONES], [3 * ONES], ""),
        ([2.0, ROW], [0.0, 0 * ROW], ""),
        ([2.0, 4.0], [np.inf, np.inf], ""),
        ([2.0, np.inf], [6.0, -np.inf], ""),
        ([2.0, ROW], [6.0, 3 * ONES], ""),
        ([2.0, 4.0], ["6.0", None], ""),
        ([True, False], [False, True], ""),
        (["a", "b"], ["b", "a"], ""),
        ([np.array(1j), np.array(1.0 + 0j)], [np.array(-1j), np.array(2.0 + 0j)], ""),
        ([np.zeros(0), 1.0], [np.zeros(0), 2.0], "Right for arrays, wrong for single numbers."),
    ],
)
def test_facts_about_values_that_differ(expected, outputs, said):
    cases = [Case((1.0,), one) for one in expected]
    assert facts(cases, outputs) == said


def test_facts_know_the_tolerance():
    case = Case((np.float32([1, 2]),), np.array([1.0, 2.0]))
    assert facts([case], [np.array([3.0, 6.00001])]) == "Every number is off by the same factor."
    assert (
        facts([Case((), 1.0), Case((), 4.0)], [-1.0, -4.01], atol=0.1) == "Only the sign differs."
    )


def test_a_judge_replaces_the_comparison():
    def even(arguments, output):
        return None if output % 2 == 0 else "The number is odd."

    assert verdict(replies(8.0, 6.0), accept=even).status == "correct"
    assert verdict(replies(8.0, 7.0), accept=even).message == "The number is odd."
    assert verdict(replies(8.0, np.nan), accept=even).message == DIFFERENCES["nan"]
    matches = (lambda arguments, output: output > 5, None)
    found = verdict(replies(8.0, 7.0), accept=even, matches=matches)
    assert found.message == "never one"


def test_warnings_of_trusted_code_stay_silent(recwarn):
    def matches(arguments, output):
        return bool(np.isnan(np.log(np.float64(-1.0)) * output / np.float64(0.0)))

    found = verdict(replies(8.0, 7.0), matches=(matches, None))
    assert found.message == "never one" and not recwarn.list


def test_float32_inputs_allow_float32_answers():
    x = np.array([1 / 3], np.float32)
    case = Case((x,), np.asarray(x, float) * 3 + 1e-6)
    assert judge([case], [Reply("value", x * np.float32(3))]).status == "correct"
    wide = Case((x.astype(float),), case.expected)
    found = judge([wide], [Reply("value", x * np.float32(3))])
    assert found.message == DIFFERENCES["precision"]


@pytest.mark.parametrize(
    ("statuses", "overall"),
    [
        (["correct", "correct"], "correct"),
        (["correct", "error"], "partial"),
        (["correct", "timeout"], "timeout"),
        (["wrong", "timeout"], "timeout"),
        (["error", "timeout"], "timeout"),
        (["error", "wrong"], "wrong"),
        (["not done yet"] * 2, "not done yet"),
    ],
)
def test_status_of_a_question(statuses, overall):
    assert judging.overall(statuses) == overall


def test_a_name_that_is_missing_is_told_from_one_that_the_answer_uses():
    for source, message in (
        ("g = 3", "The cell does not define the name that the question asks for."),
        ("f = g", "NameError in line 1 of the answer cell. An answer cell runs alone: "),
    ):
        _, reply = obtain(source, (), "f", function=True)
        assert trouble(reply)[1].startswith(message)
    secret = Reply("error", error="NameError")  # of a call with inputs that nobody may see
    assert trouble(secret)[1].startswith("NameError. An answer cell runs alone: ")
