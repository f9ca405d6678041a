"""A collection of hostile submissions to a tiny exercise, and what must become of each.

`answers/<family>/<name>.py` is the text of an answer cell for the question `tiny.1`. Nobody imports
it: the tests write it into a notebook, behind `prelude.py`. `files/<family>/<name>.py` has a
function `submit(folder)` that writes what a student hands in as files; `NAME` in it is the name of
the student's folder where that is part of the attack.

Each starts with what the attacker wishes and what must happen instead:

    Wish: every comparison of the grader says yes, by patching np.allclose.

    Then: wrong, 0 points.                 of tiny.1; tiny.2 is correct, or named after a semicolon
    Says: a number                         words in tiny.1's message or on the feedback page
    Without the sandbox: wrong.            the attack is real: the status of tiny.1 in unsafe mode
    Root only.                             the line above holds where the tests run as root
    Seconds: 20                            the longest that the submission may take, 10 by default

An attempt to get out of the sandbox defines `escaped()`, which says whether the wish came true, and
spoils an answer that is right otherwise.
"""
