"""Orthanc plugin: wakes the colouriser and puts its button into Orthanc Explorer.

Point "PythonScript" at this file and keep the folder `colouriser_plugin/` beside it.
Orthanc refuses to start when its Python script raises, so everything that could is
behind this guard, even a syntax that an old Python does not know. Without the plugin
nothing is lost: the colouriser follows Orthanc's change log by itself.

A site with a Python script of its own imports this module from it, and calls
`colouriser.on_change` from its own change callback: Orthanc allows only one.
"""

import orthanc

_plugin = None


def on_change(change, level, resource):
    """Tells the colouriser about one change of Orthanc; returns at once, never raises."""
    if _plugin is not None:
        _plugin.on_change(change, level, resource)


try:
    from colouriser_plugin import install

    _plugin = install(orthanc)
except Exception as fault:  # The promise to Orthanc: nothing leaves this file.
    orthanc.LogError(
        'colouriser: the plugin is off, Orthanc goes on without it: %s: %s. '
        'Install the folder colouriser_plugin/ beside colouriser.py.'
        % (type(fault).__name__, str(fault).replace('\n', ' '))
    )
