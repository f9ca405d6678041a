"""Wish: a module of mine stands where the grader's own judge is looked up.

Then: wrong, 0 points.
"""

judging = type(sys)("lecture_code.judging")
judging.compare = lambda *a, **k: None
judging.judge = lambda *a, **k: judging.Verdict("correct")
judging.Verdict = lambda *a: a
sys.modules["lecture_code.judging"] = judging
sys.modules["exercises"] = sys.modules["exercises.questions"] = judging


def double(x):
    return 0 * x
