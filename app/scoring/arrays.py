"""The arrays of every floor, by what they hold; a function's docstring gives their shape."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
#: Places of rows in other arrays.
Rows = NDArray[np.intp]
