"""A run as one page to decide from, and the same verdicts as Markdown; reads only what a run's folder holds.

Charts are Vega-Lite specifications, which are data: they are written here and drawn in the browser by the library that
the wheel of vl-convert-python carries. Compared were, of one bundle inlined into the page: vl-convert's 0.9 MB; bokeh's
1.3 MB; lets-plot's 2.9 MB; plotly's 4.8 MB; uPlot's and dygraphs' 0.1 MB, which draw time series and nothing else. Vega
runs under a policy that forbids eval, and it takes its colours from the page's style, so that light, dark and paper
need no second drawing.
"""
