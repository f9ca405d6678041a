"""Text of the pages that is made by code: corrections, the family table, the source of a method."""

import ast
import inspect
import os
import textwrap

from IPython.display import Markdown

SITE = "LECTURE_SITE"  # the variable that scripts/notebooks.py sets when it runs pages for the site

# chapter -> rows of (method, what it remembers, the effective rate of parameter i, good for, fails
# when), in the order of the book.
FAMILY = {
    "gradient_descent": [
        (
            "gradient descent",
            "nothing",
            r"$\eta$",
            "well-scaled problems",
            r"$\eta > 2/L$; curvatures or frequencies differ",
        ),
    ],
    "minibatch": [
        (
            "mini-batch gradient descent",
            "nothing",
            r"$\eta_t$",
            "more data than one gradient is worth",
            "the rate stays constant: the noise sets a floor",
        ),
    ],
    "momentum": [
        (
            "momentum, Nesterov",
            "$m_t$, sum of gradients that fades",
            r"$\eta$; on a steady slope $\eta / (1 - \gamma)$",
            "ravines",
            r"$\gamma$ or $\eta$ does not suit the curvatures: it overshoots",
        ),
    ],
    "adaptive_rates": [
        (
            "delta-bar-delta",
            r"$\bar g_t$, average of gradients, and $\eta_{t,i}$",
            r"$\eta_{t,i}$, up by steps, down by factors",
            "full batches, curvature along the axes",
            "gradients are noisy: signs flip by chance",
        ),
    ],
    "adagrad": [
        (
            "AdaGrad",
            "$s_t$, sum of squares",
            r"$\eta / (\sqrt{s_{t,i}} + \epsilon)$",
            "features of differing frequency that matter",
            "steep beginnings, long runs, turned axes",
        ),
    ],
    "rmsprop": [
        (
            "RMSprop",
            "$v_t$, average of squares that forgets",
            r"$\eta / (\sqrt{v_{t,i}} + \epsilon)$",
            "losses whose scale changes, mini-batches",
            r"$\eta$ stays constant: it swings by $\eta / 2$ to either side; turned axes",
        ),
        (
            "Rprop",
            r"$\Delta_{t,i}$, a step size; the last sign",
            r"$\Delta_{t,i}$, times the sign alone",
            "full batches",
            "mini-batches: gradients cannot cancel",
        ),
    ],
    "adadelta": [
        (
            "AdaDelta",
            "$v_t$ and $r_t$, averages of squared gradients and of squared updates",
            r"$\sqrt{r_{t-1,i} + \epsilon} / \sqrt{v_{t,i} + \epsilon}$",
            "losses of unknown scale",
            r"$\sqrt\epsilon$ is small against the way; at the end, where curvature is above 2",
        ),
    ],
    "adam": [
        (
            "Adam",
            "$m_t$ and $v_t$, averages of gradients and of squares that forget",
            r"$\eta / (\sqrt{\hat v_{t,i}} + \epsilon)$, times $\hat m_{t,i}$",
            "mini-batches; a good first guess for networks",
            "a silence, then a spike; rare gradients carry the signal",
        ),
    ],
    "norms": [
        (
            "AdaMax",
            "$m_t$, average of gradients; $u_t$, the largest so far, fading",
            r"$\eta / u_{t,i}$, times $\hat m_{t,i}$",
            "steps that must not be long: at most $1.009\\, \\eta$",
            "outliers, which it holds; rare features that matter",
        ),
    ],
    "nadam": [
        (
            "NAdam",
            r"$m_t$ and $v_t$ as Adam; $\mu_t$, a momentum that may rise, and its product",
            r"$\eta / (\sqrt{\hat v_{t,i}} + \epsilon)$, times $\bar m_{t,i}$",
            r"where Adam overshoots: a large $\beta_1$",
            "where Adam fails; the newest gradient is noise, and counts nearly double",
        ),
    ],
    "amsgrad": [
        (
            "AMSGrad",
            r"$m_t$ and $v_t$ as Adam, and $v^{\max}_t$, the largest $v$ so far",
            r"$\eta / (\sqrt{v^{\max}_{t,i}} + \epsilon)$, times $m_{t,i}$",
            r"rare, large gradients that $\beta_2$ would forget",
            "one outlier: the rate stays low for good",
        ),
    ],
    "schedules": [
        (
            "any of these with a schedule",
            "the number of the step",
            r"$\eta_t$ in the place of $\eta$",
            "noise that has to die out; risky first steps (warm-up)",
            "the length of the run is unknown; there is no noise to settle",
        ),
    ],
    "tuning": [
        (
            "random search over any of these",
            "each setting that was tried, and its score",
            r"as in the method, with $\eta$ drawn on a log scale",
            "a few hyperparameters of unknown scale",
            "a trial is dear; the best lies outside the box; scores are noisy",
        ),
    ],
    "strategies": [
        (
            "batch normalization",
            r"$\mu$ and $\sigma^2$ of each unit, averaged for evaluation",
            r"$\eta / \lVert w \rVert^2$, for the direction of a unit's weights $w$",
            "deep stacks, large learning rates",
            "batches of few rows: the statistics are noise",
        ),
    ],
    "second_order": [
        (
            "Newton",
            "nothing; computes the matrix $H$",
            r"a matrix for all: $\eta (H + \lambda I)^{-1}$",
            "few parameters, exact gradients, ravines at any angle",
            "saddles, noise; $d^2$ numbers to keep",
        ),
        (
            "conjugate gradients",
            "$p$, the last direction",
            r"the length $\alpha$ along $p$",
            "quadratics, linear equations, products with $A$ alone",
            "a curvature is negative; gradients are noisy",
        ),
        (
            "L-BFGS",
            "the last pairs of a step and its change of gradient",
            "a matrix made of them, never formed",
            "full batches, many parameters",
            "mini-batches: the change of gradient is noise",
        ),
    ],
}
HEAD = ("Method", "Remembers", "Effective rate of parameter $i$", "Good for", "Fails when")


def check_the_notes(title, *, anchors, claim, run, correct):
    """A box that corrects a widely read text: what it claims, the run that shows it, what is right.

    title: a few words. anchors: the targets of the errata, such as "e3 e5", to refer to. claim,
    run, correct: Markdown; the numbers of `run` are computed by the page, so it is an f-string.

    The site has a box of MyST; Jupyter, which would show its colons, has a quotation.

    >>> box = check_the_notes("a sign", anchors="e0", claim="1 = 2.", run="1 is 1.", correct="1.")
    >>> print(box.data.splitlines()[0], box.data.splitlines()[2])
    > **Check the notes: a sign** > **Claim.** 1 = 2.
    """
    body = f"**Claim.** {claim}\n\n**Run.** {run}\n\n**Correct.** {correct}"
    targets = "".join(f"({anchor})=\n" for anchor in anchors.split())
    head = "{admonition}", ":class: check-the-notes\n\n"
    return Markdown(_box(f"Check the notes: {title}", body, *head, targets))


def fold(title, text):
    """A box that opens on a click, as Markdown; in Jupyter a quotation.

    >>> print(fold("Why?", "Since 1 is 1.").data)
    > **Why?**
    >
    > Since 1 is 1.
    """
    return Markdown(_box(title, text.strip(), "{dropdown}"))


def _box(title, body, kind, options="", targets=""):
    if SITE in os.environ:
        return f"{targets}:::{kind} {title}\n{options}{body}\n:::"
    lines = [f"**{title}**", "", *body.splitlines()]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def family(chapter):
    """The table of all methods up to a chapter, that chapter's last, as Markdown.

    >>> print(family("gradient_descent").data.splitlines()[2][:30])
    | gradient descent | nothing |
    >>> family("adagard")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: no row for the chapter 'adagard': known are gradient_descent, ...
    """
    if chapter not in FAMILY:
        raise ValueError(f"no row for the chapter {chapter!r}: known are {', '.join(FAMILY)}")
    names = list(FAMILY)
    known = names[: names.index(chapter) + 1]
    rows = [HEAD, (":--",) * len(HEAD), *(row for name in known for row in FAMILY[name])]
    return Markdown("\n".join("| " + " | ".join(row) + " |" for row in rows))


def source(thing):
    """The source of a function or class of the package, without its docstring, as Markdown.

    >>> print(source(family).data.splitlines()[1])
    def family(chapter):
    """
    text = textwrap.dedent(inspect.getsource(thing))
    documented = ast.parse(text).body[0]
    if ast.get_docstring(documented) is not None:
        lines = text.splitlines()
        first, last = documented.body[0].lineno, documented.body[0].end_lineno
        text = "\n".join(lines[: first - 1] + lines[last:]).replace("\n\n", "\n", 1)
    return Markdown(f"```python\n{text.rstrip()}\n```")
