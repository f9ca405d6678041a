"""The report on a class: counted by hand, harmless, without names where it is anonymous."""

import csv
import html
import html.parser
import re
import urllib.parse
from dataclasses import replace

import pytest

from exercises.__main__ import main
from exercises.grader import exports, grade, report
from exercises.grader.gradebook import Gradebook
from exercises.grader.submissions import Submission
from exercises.questions import Score
from tests.attacks.tiny import TINY
from tests.counted import (
    CHANGES,
    DIFFER,
    FILES,
    HOSTILE,
    LATE,
    NAMES,
    NOT_A,
    SCORES,
    SEED,
    SQUARE,
    choice,
    double,
    fill,
    own,
)
from tests.grading import known


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The gradebook of the class that was counted by hand."""
    with known(TINY), Gradebook(tmp_path_factory.mktemp("class"), create=True) as book:
        fill(book)
        yield book


def written(book, path, *exercises, names=None):
    with known(*exercises):
        report.write(book, path, {one.name: book.current(one.name) for one in exercises}, names)
    return path.read_text("utf-8")


@pytest.fixture
def page(book, tmp_path):
    return written(book, tmp_path / report.NAME, TINY)


class Reader(html.parser.HTMLParser):
    """The text of a page in one line, and its links. Fails on what would be run or fetched."""

    def __init__(self, page):
        super().__init__()
        self.words, self.links, self.ids = [], [], []
        page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
        self.feed(page)
        self.close()
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        assert tag not in ("script", "img", "iframe", "link", "object", "base", "form", "style")
        for name, value in attributes:
            assert not name.startswith("on") and name not in ("src", "style")
            assert not re.search(r"https?:|javascript:", value or "")
        named = dict(attributes)
        self.links += [named["href"]] if "href" in named else []
        self.ids += [named["id"]] if "id" in named else []

    def handle_data(self, data):
        self.words.append(data)

    def after(self, heading, end):
        return self.text.rpartition(f" {heading} ")[2].partition(f" {end} ")[0]


# --- what it counts


def test_the_class_in_numbers(page):
    """Totals count what was decided by hand and the days that Cem is late: 4 0 1 0 2.5 0 0."""
    text = Reader(page).text
    assert "10 students: 7 graded, 1 missing, 1 unreadable, 1 not graded." in text
    assert "The 7 graded notebooks have 1.07 of 4 points on average; the median is 0." in text
    assert "2 students of 7 have at least half of the points." in text
    assert "The most frequent total: 0 to under 1 (4 students)." in text
    rows = "0 to under 1 4 1 to under 2 1 2 to under 3 1 3 to under 4 0 4 1 Questions"
    assert f"Points Students {rows}" in text


def test_a_question_in_numbers(page):
    first = Reader(page).after("tiny.1 · Double", "tiny.2 · Choice")
    statuses = "1 correct (14%) 1 partly correct (14%) 3 not correct yet (43%)"
    assert first.startswith(f"0.57 of 3 points on average {statuses}")
    assert "1 stopped with an error (14%) 1 took too long (14%) Known mistakes" in first
    assert page.count('<rect class="wrong" x="28.571" width="42.857" height="1"/>') == 1
    second = Reader(page).after("tiny.2 · Choice", "Submissions")
    assert second.startswith("0.43 of 1 point on average 3 correct (43%) 2 not correct yet (29%)")


def test_mistakes_are_told_apart_from_other_messages(page):
    """A hint counts once a student, also where more is said, and names who earned it."""
    first = Reader(page).after("tiny.1 · Double", "tiny.2 · Choice")
    mistakes, _, others = first.partition(" Other messages ")
    assert mistakes.partition(" Known mistakes ")[2] == (
        f"3 students (43%): {SQUARE} Ben B Cem Çelik (Cem C) Dora D "
        "1 answer is wrong in a way that the question does not know."
    )
    assert others.startswith(f"2 students (29%): {DIFFER} Dora D Eve E 1 student (14%): {LATE}")
    assert f"1 student (14%): {CHANGES} Dora D" in others


def test_what_to_teach_again(page):
    taught = Reader(page).after("Teach again", "Totals")
    assert taught == (
        f"3 students (43%) in tiny.1 · Double : {SQUARE} "
        f"2 students (29%) in tiny.2 · Choice : {NOT_A}"
    )


@pytest.mark.parametrize(("known_mistakes", "told"), [(8, "8765"), (3, "32")])
def test_five_mistakes_at_most_and_none_of_one_student(tmp_path, known_mistakes, told):
    """Hint 1 is given once, hint 2 twice, and so on; that of the other question to everybody."""
    hints = [f"Hint {i + 1}." for i in range(known_mistakes)]
    first, second = TINY.questions
    mistakes = tuple(replace(first.mistakes[0], hint=hint) for hint in hints)
    exercise = replace(TINY, questions=(replace(first, mistakes=mistakes), second))
    with known(exercise), Gradebook(tmp_path, create=True) as book:
        run = book.begin("tiny", 1, {}, {})
        for count, hint in enumerate(hints, 1):
            for i in range(count):
                one = Submission(f"{count}-{i}", f"{count}-{i}", "tiny", None)
                scores = (double(0, "wrong", hint, hint), choice(NOT_A))
                book.add(run, grade.Result(one, scores), "x")
        book.finish(run)
        page = written(book, tmp_path / "x.html", exercise)
    taught = Reader(page).after("Teach again", "Totals")
    everybody = known_mistakes * (known_mistakes + 1) // 2
    found = re.findall(r"(\d+) students? .*? : (.*?)\.", taught)
    assert found == [(str(everybody), "Not a"), *((count, f"Hint {count}") for count in told)]


def test_many_undiagnosed_answers_are_to_be_read(tmp_path):
    with known(TINY), Gradebook(tmp_path, create=True) as book:
        run = book.begin("tiny", 1, {}, {})
        for name in "ab":
            scores = (double(0, "wrong", DIFFER, DIFFER), choice())
            book.add(run, grade.Result(Submission(name, name, "tiny", None), scores), "x")
        book.finish(run)
        text = Reader(written(book, tmp_path / "x.html", TINY)).text
    assert "No mistake that the questions know was made by two students or more." in text
    assert "Read some answers to tiny.1 · Double : 2 are wrong in a way" in text


def test_submissions_to_look_at(page):
    told = Reader(page).after("Submissions", "How it was graded")
    for status, words in (
        ("unreadable", "Files that could not be read: 1 Ida I : The file is empty;"),
        ("not graded", "Not graded: 1 Jón J : Your instructor could not read"),
        ("missing", "Missing: 1 Hal H : There is no tiny.ipynb, but tiny_Hal"),
    ):
        assert words in told, status
    assert f"Answers that took too long: 1 Finn F , tiny.1: {LATE}" in told
    assert "Answers that stopped with an error: 1 Gil" in told
    assert "Late: 1 Cem Çelik (Cem C) : 2 days, 1 of 2 points count" in told
    assert "Decided by hand: 2 Ann A , the whole exercise: a comment !" in told
    assert "Eve E , tiny.1: 1.5 points in place of 0 Well tried, Eve E." in told
    # 13 s, and six times a quarter of a second
    assert "Slowest: 13.0 s (the median is 0.2 s, all together 14 s) Finn F : 13.0 s" in told
    assert "Finn F : 13.0 s (tiny.1 12.5 s)" in told


def test_long_lists_are_cut(tmp_path):
    with known(TINY), Gradebook(tmp_path, create=True) as book:
        run = book.begin("tiny", 1, {}, {})
        for i in range(12):
            one, scores = Submission(f"s{i}", f"s{i}", "tiny", None), (own(f"Error {i}."), choice())
            book.add(run, grade.Result(one, scores, spent={"tiny.1": i + 1.0}), "x")
        book.finish(run)
        reader = Reader(written(book, tmp_path / "x.html", TINY))
    others = reader.after("Other messages", "tiny.2 · Choice")
    assert others.count("1 student (8%)") == 8
    assert others.endswith("And 4 messages more, each to 1 student.")
    slowest = reader.after("Slowest: 12.0 s", "How it was graded")
    assert re.findall(r"(s\d+) :", slowest) == ["s11", "s10", "s9", "s8", "s7"]


def test_an_answer_of_which_one_part_took_too_long(tmp_path):
    score = double(1, "partial", "", LATE, calls=("timeout",))
    with known(TINY), Gradebook(tmp_path, create=True) as book:
        run = book.begin("tiny", 1, {}, {})
        book.add(run, grade.Result(Submission("a", "a", "tiny", None), (score, choice())), "x")
        book.finish(run)
        text = Reader(written(book, tmp_path / "x.html", TINY)).text
    assert "Answers that took too long: 1 a , tiny.1" in text
    assert "does not know" not in text


def test_how_it_was_graded(book, page):
    text = Reader(page).text
    began = book.about(book.current("tiny"))["started"]
    assert f"Begun {began} Limits of a question 5 s of CPU time, 15 s on the clock, 512 MB" in text
    assert "Due 2026-11-30T12:00:00Z, with 1 extension Late 25% less for each begun day" in text
    assert "Python 3.11.2 Questions ffffffffffff" in text
    assert str(SEED) not in page


def test_the_report_and_the_table_agree(book, page, tmp_path):
    with known(TINY):
        exports.write(book, tmp_path, {"tiny": book.current("tiny")})
    with open(tmp_path / "summary.csv", newline="", encoding="utf-8") as file:
        whole, first, second = csv.DictReader(file)
    assert [whole[name] for name in ("notebooks", "missing", "unreadable", "not graded")] == list(
        "7111"
    )
    assert (first["mean_points"], second["mean_points"]) == ("0.57", "0.43")
    assert (first["count_1"], first["message_1"]) == ("3", SQUARE)
    assert (first["count_2"], first["message_2"]) == ("2", DIFFER)


@pytest.mark.parametrize(
    ("most", "totals", "labels", "counts"),
    [
        (4, [0, 4, 4, 2], "0,1,2,3,4", [1, 0, 1, 0, 2]),
        (
            4,
            [0.5, 3.99, 4],
            "0 to under 1,1 to under 2,2 to under 3,3 to under 4,4",
            [1, 0, 0, 1, 1],
        ),
        (10, [1, 2, 10], "0 to 1,2 to 3,4 to 5,6 to 7,8 to 9,10", [1, 1, 0, 0, 0, 1]),
        (5, [], "0,1,2,3,4,5", [0] * 6),
        (21, [20.5, 21], None, [0] * 6 + [1, 1]),
    ],
)
def test_ranges_of_totals(most, totals, labels, counts):
    bins = report.bins(totals, most)
    assert [one["count"] for one in bins] == counts
    assert labels is None or ",".join(one["label"] for one in bins) == labels


# --- whom it is shown


def test_everything_of_students_is_escaped(page):
    reader = Reader(page)
    assert "default-src 'none'" in page and not re.search(r"url\(|@import|<script|<img", page)
    assert reader.text.count(HOSTILE) >= 3  # the student, the message, the comment
    assert f"Gil & {HOSTILE} ({HOSTILE})" in reader.text


def test_links_lead_to_the_pages_of_feedback(book, page, tmp_path):
    with known(TINY):
        exports.write_feedback(book, tmp_path / "feedback", {"tiny": book.current("tiny")})
    reader = Reader(page)
    inside = {link[1:] for link in reader.links if link.startswith("#")}
    assert inside == {"tiny.1", "tiny.2"} and inside <= set(reader.ids)
    pages = {urllib.parse.unquote(link) for link in reader.links if not link.startswith("#")}
    assert all(link.isascii() for link in reader.links)
    assert pages == {f"feedback/{path.parent.name}/tiny.html" for path in tmp_path.rglob("tiny.*")}


def test_the_same_gradebook_gives_the_same_bytes(book, page, tmp_path):
    with Gradebook(book.path.parent) as again:
        assert written(again, tmp_path / "again.html", TINY) == page


def test_nobody_is_named_in_an_anonymous_report(book, page, tmp_path):
    hidden = written(book, tmp_path / "x.html", TINY, names=exports.pseudonyms(book))
    for name in (*SCORES, *FILES, *NAMES.values(), "Hal_Holm", "Gil", "Eve", "feedback/"):
        assert name not in html.unescape(hidden)
    assert {link[0] for link in Reader(hidden).links} == {"#"}
    of_all = ("Teach again", "Questions")
    assert Reader(hidden).after(*of_all) == Reader(page).after(*of_all) != ""
    assert f"3 students (43%): {SQUARE} student-" in Reader(hidden).text


def test_no_order_tells_pseudonyms(book, tmp_path):
    hidden = Reader(written(book, tmp_path / "x.html", TINY, names=exports.pseudonyms(book)))
    who = re.search(rf"{SQUARE} (student-\w+) (student-\w+) (student-\w+) ", hidden.text).groups()
    assert list(who) == sorted(who)


@pytest.mark.parametrize("kind", ["csv", "gradescope"])
def test_anonymous_exports_quote_nobody(book, tmp_path, kind):
    with known(TINY):
        runs = {"tiny": book.current("tiny")}
        exports.export(book, kind, tmp_path, runs, exports.pseudonyms(book))
    written = [path for path in tmp_path.rglob("*.*") if path.suffix in (".csv", ".json")]
    text = "\n".join(path.read_text("utf-8") for path in written)
    assert "Gil" not in text and "Hal_Holm" not in text and SQUARE in text


# --- the command


def test_the_command(book, capsys):
    out = book.path.parent
    with known(TINY):
        assert main(["report", "--out", str(out)]) == 0
        assert capsys.readouterr().out == f"wrote {out / 'report.html'}\n"
        assert main(["report", "--out", str(out), "--exercise", "tiny", "--anonymous"]) == 0
    named, hidden = (out / name for name in ("report.html", "report-anonymous.html"))
    assert "Cem Çelik" in named.read_text("utf-8") and "Çelik" not in hidden.read_text("utf-8")


def test_the_commands_without_grades(tmp_path, capsys):
    with Gradebook(tmp_path, create=True):
        pass
    table = tmp_path / "by hand.csv"
    table.write_text("student,exercise,question,points,comment\n")
    with known(TINY):
        for command in (["report"], ["regrade"], ["export", "canvas"], ["adjust", str(table)]):
            assert main([*command, "--out", str(tmp_path)]) == 2
            told = capsys.readouterr()
            assert "no exercise has been graded" in told.err and told.out == ""
        assert main(["report", "--out", str(tmp_path), "--exercise", "tiny"]) == 2
        assert "tiny has not been graded" in capsys.readouterr().err


def test_a_decision_by_hand_is_in_the_report_at_once(tmp_path):
    path = tmp_path / "by hand.csv"
    path.write_text("student,exercise,question,points,comment\na,tiny,tiny.1,2,\n")
    with known(TINY), Gradebook(tmp_path, create=True) as book:
        run = book.begin("tiny", 1, {}, {})
        one = Submission("a", "a", "tiny", None)
        book.add(run, grade.Result(one, (own("ValueError"), choice())), "x")
        book.finish(run)
        assert main(["adjust", str(path), "--out", str(tmp_path)]) == 0
    text = Reader((tmp_path / report.NAME).read_text("utf-8")).text
    assert "a , tiny.1: 2 points in place of 0" in text
    assert "The 1 graded notebook has 3 of 4 points on average" in text


# --- other classes


def test_several_exercises_and_one_without_a_notebook(book, tmp_path):
    other = replace(TINY, name="other", title="Other", questions=())
    with known(TINY, other):
        run = book.begin("other", 1, {}, {})
        absent = Submission("a", "a", "other", None, "missing", "Nothing was handed in.")
        score = Score("other.1", 0, 2, "missing", "Nothing was handed in.")
        book.add(run, grade.Result(absent, (score,)), "x")
        book.finish(run)
    reader = Reader(written(book, tmp_path / "x.html", TINY, other))
    glance = "Tiny : 10 students, 7 graded notebooks with 1.07 of 4 points on average"
    assert f"{glance} Other : 1 student" in reader.text
    assert "1 student: 0 graded, 1 missing, 0 unreadable, 0 not graded. Submissions" in reader.text
    assert {"#tiny", "#other"} <= set(reader.links) and {"tiny", "other"} <= set(reader.ids)


def test_questions_that_came_and_went_since(book, tmp_path):
    first, choice = TINY.questions
    new = replace(choice, key="tiny.3", title="New")
    exercise = replace(TINY, questions=(first, new))
    text = Reader(written(book, tmp_path / "x.html", exercise)).text
    assert "tiny.3 · New 0 of 1 point on average This question was not there yet" in text
    assert "tiny.2 · Choice" not in text
