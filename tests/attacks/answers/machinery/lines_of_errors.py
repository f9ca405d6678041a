"""Wish: my exception happened in a line that tells the secret input.

Then: error, 0 points.
"""


class Frame:
    f_code = type("code", (), {"co_filename": "<answer cell>"})
    tb_frame = property(lambda self: self)
    tb_next = None

    def __init__(self, line):
        self.tb_lineno = line


class Told(ValueError):
    __traceback__ = property(
        lambda self: Frame(1 + int(10 * abs(self.args[0]))), lambda self, value: None
    )


def double(x):
    raise Told(np.sum(x))
