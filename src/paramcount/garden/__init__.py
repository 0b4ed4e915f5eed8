"""Experiments of the TensorFlow Model Garden by name: built by the package itself where it is installed.

Where it is, it is always asked, also for a plain name that the catalog has: what is installed may be of another
version, or changed, and its own build is the truth about it.  Where it is not, a plain name is answered from the
catalog, which ``scripts/make_garden.py`` has made with the package; settings need the package.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from paramcount.model import Model

PREFIX = "garden:"
"""What stands in front of the name of an experiment, where any model may be named."""

INSTALL = "pip install 'paramcount[garden]'"
"""What installs the package in versions that work together."""


def model_of(name: str, settings: Sequence[str] = (), configs: Sequence[str] = ()) -> Model:
    """The model of an experiment.

    Args:
        name: the experiment, with or without ``garden:`` in front.
        settings: the Garden's own overrides, such as ``task.model.backbone.resnet.model_id=101``.
        configs: paths of YAML files with settings, applied in order before ``settings``.

    Raises:
        UsageError: when there is no such experiment, a setting is none of it, or it needs the package.
        CannotBuild: when the experiment cannot be built.
        SourceMissing, SourceUnreadable: when a file cannot be read.

    Example:
        >>> model_of("resnet_imagenet").root.children[1].name
        'res_net'
    """
    from paramcount.garden.process import build, installed

    name = name.removeprefix(PREFIX)
    if installed():
        return build(name, settings, configs)
    from paramcount.catalog.garden import known
    from paramcount.garden.stored import model

    known(name)  # A name that is misspelt is told before a package is asked for.
    if settings or configs:
        from paramcount.errors import UsageError

        raise UsageError("settings need the Model Garden package, which is not installed", advice=INSTALL)
    return model(name)
