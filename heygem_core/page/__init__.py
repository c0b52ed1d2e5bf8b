"""One self-contained page in English and Chinese, light and dark: the frame of every HTML report.

Nothing on it may load anything: a content security policy in the page itself has the browser see to that, and to it
that no script runs but the page's own.
"""
