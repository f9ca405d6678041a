"""Wish: an exception strikes after my call, in the middle of the grader's code.

Then: error, 0 points.
"""

ident = ctypes.c_ulong(__import__("_thread").get_ident())


class Late(BaseException):
    pass


def double(x):
    setter = ctypes.pythonapi.PyThreadState_SetAsyncExc
    deepcopy = sys.modules["copy"].deepcopy
    sys.modules["lecture_code.answers"].to_tree = lambda value: setter(ident, ctypes.py_object(Late))
    return 0 * x
