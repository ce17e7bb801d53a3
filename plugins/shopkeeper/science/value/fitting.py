"""Maximum likelihood for models whose parameters are all above 0.

The search and its verdict belong here; each model brings its own log-likelihood with both derivatives.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
Terms = tuple[float, Floats, Floats]
"""A value, its gradient and its Hessian."""
Likelihood = Callable[[Floats], Terms]

_FLAT = 1e-7
_FARTHEST = 12.0


class NoMaximum(ValueError):
    """The likelihood has no top, or the search did not reach it."""


@dataclass(frozen=True)
class Maximum:
    """The top of a likelihood; the standard errors are those of the observed information."""

    parameters: dict[str, float]
    standard_errors: dict[str, float]
    log_likelihood: float


def maximize(likelihood: Likelihood, start: dict[str, float], observations: float) -> Maximum:
    """Climb from `start` in the logarithms of the parameters; raise `NoMaximum` where there is no top."""

    def descent(logs: Floats) -> Terms:
        parameters = np.exp(logs)
        value, gradient, hessian = likelihood(parameters)
        slope = gradient * parameters
        bend = hessian * np.outer(parameters, parameters) + np.diag(slope)
        return -value / observations, -slope / observations, -bend / observations

    once = _Remembered(descent)
    begin = np.log(list(start.values()))
    found = minimize(
        lambda logs: once(logs)[0],
        begin,
        jac=lambda logs: once(logs)[1],
        hess=lambda logs: once(logs)[2],
        method="trust-exact",
        options={"gtol": 1e-9, "maxiter": 100},
    )
    _, slope, bend = once(found.x)
    names = list(start)
    lost = [name for name, log in zip(names, found.x - begin, strict=True) if abs(log) > _FARTHEST]
    if lost or np.max(np.abs(slope)) > _FLAT or np.min(np.linalg.eigvalsh(bend)) <= 0:
        which = f" ({', '.join(lost)} ran off)" if lost else ""
        raise NoMaximum(
            f"the fit did not converge{which}: these customers do not determine {', '.join(names)}"
        )
    parameters = np.exp(found.x)
    errors = parameters * np.sqrt(np.diag(np.linalg.inv(bend)) / observations)
    return Maximum(
        dict(zip(names, parameters.tolist(), strict=True)),
        dict(zip(names, errors.tolist(), strict=True)),
        -observations * float(found.fun),
    )


class _Remembered:
    """A function that keeps its latest answer, since the search asks for value, slope and bend in turn."""

    def __init__(self, function: Likelihood) -> None:
        self._function = function
        self._point: bytes | None = None

    def __call__(self, point: Floats) -> Terms:
        if point.tobytes() != self._point:
            self._answer = self._function(point)
            self._point = point.tobytes()
        return self._answer
