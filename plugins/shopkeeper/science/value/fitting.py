"""Maximum likelihood for models whose parameters are above 0, but for effects, which may be anything.

Only the search; each model brings its own log-likelihood with both derivatives.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from shopkeeper.science.saved import Saved

Floats = NDArray[np.float64]
Terms = tuple[float, Floats, Floats]
"""A value, its gradient and its Hessian."""
Likelihood = Callable[[Floats], Terms]

_FLAT = 1e-7
_FARTHEST = 12.0


class NoMaximum(ValueError):
    """The likelihood has no maximum, or the search did not reach it."""


@dataclass(frozen=True)
class Maximum(Saved):
    """The top of a likelihood; the standard errors are those of the observed information."""

    parameters: dict[str, float]
    standard_errors: dict[str, float]
    log_likelihood: float


def maximize(likelihood: Likelihood, start: dict[str, float], observations: float) -> Maximum:
    """Climb from `start` in the logarithms of the parameters; raise `NoMaximum` if there is no top."""

    def in_logs(logs: Floats) -> Terms:
        parameters = np.exp(logs)
        value, gradient, hessian = likelihood(parameters)
        slope = gradient * parameters
        return value, slope, hessian * np.outer(parameters, parameters) + np.diag(slope)

    return climb(in_logs, start, observations)


def climb(
    likelihood: Likelihood, start: dict[str, float], observations: float, effects: tuple[str, ...] = ()
) -> Maximum:
    """Climb from `start` and 0 for each of `effects`; raise `NoMaximum` if there is no top.

    The likelihood takes, and is derived by, the logarithms of the parameters in `start`, and then the effects
    as they are.
    """

    def descent(point: Floats) -> Terms:
        value, slope, bend = likelihood(point)
        return -value / observations, -slope / observations, -bend / observations

    once = _Remembered(descent)
    begin = np.append(np.log(list(start.values())), np.zeros(len(effects)))
    names = [*start, *effects]
    try:
        # Where there is no top, the search may leave the numbers that a float can hold.
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            found = minimize(
                lambda point: once(point)[0],
                begin,
                jac=lambda point: once(point)[1],
                hess=lambda point: once(point)[2],
                method="trust-exact",
                options={"gtol": 1e-9, "maxiter": 100},
            )
    except (ValueError, np.linalg.LinAlgError):
        raise NoMaximum(
            f"the fit did not converge: these customers do not determine {', '.join(names)}"
        ) from None
    _, slope, bend = once(found.x)
    lost = [name for name, far in zip(names, found.x - begin, strict=True) if abs(far) > _FARTHEST]
    if lost or np.max(np.abs(slope)) > _FLAT or np.min(np.linalg.eigvalsh(bend)) <= 0:
        which = f" ({', '.join(lost)} ran off)" if lost else ""
        raise NoMaximum(
            f"the fit did not converge{which}: these customers do not determine {', '.join(names)}"
        )
    parameters = np.append(np.exp(found.x[: len(start)]), found.x[len(start) :])
    errors = np.sqrt(np.diag(np.linalg.inv(bend)) / observations)
    errors[: len(start)] *= parameters[: len(start)]
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
