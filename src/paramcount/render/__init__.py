"""Renderers: pure functions of a report and options.  Nothing here prints or asks about the process it runs in.

``document`` is the form between: a report becomes a few paragraphs and tables once, and ``text``, ``terminal``,
``markdown`` and ``html`` each lower those.  ``json`` and ``csv`` are for programs and read the report itself.
"""
