"""Wish: NumPy's own functions ask me what they shall do with my array.

Then: error, 0 points.
"""


class Mine(np.ndarray):
    def __array_function__(self, function, types, args, kwargs):
        return True

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.True_

    def __array_wrap__(self, *a):
        return self


def double(x):
    return np.zeros(np.shape(x)).view(Mine)
