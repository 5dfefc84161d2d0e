"""The course's drawings: ideas that need no data. Figures of data are in `plots`.

There is a module for each subject; chapters say `drawings.<name>()`. Each function returns a `Drawing`, which a
notebook shows when it is the last line of a cell: SVG written into the page itself. So it needs no file beside the
notebook, lines and letters take the colour of the text around them, on light paper and on dark, and a screen reader
reads its `alt`. (An SVG in an image or an attachment can do neither, and JupyterLab refuses it as an attachment.)

One visual language: values in circles, what is computed with them in boxes, blue for what flows forward, orange and
dashed for what flows back.
"""

from coursekit.drawings.budgets import residual_block, schedule_by_clock, two_prices, what_a_test_leaks
from coursekit.drawings.colour import colour_image, one_way_push, where_or_whether
from coursekit.drawings.learning import chain_rule, neuron_and_layer, step_downhill, two_layers_collapse
from coursekit.drawings.svg import Drawing

__all__ = [
    "Drawing",
    "chain_rule",
    "colour_image",
    "neuron_and_layer",
    "one_way_push",
    "residual_block",
    "schedule_by_clock",
    "step_downhill",
    "two_layers_collapse",
    "two_prices",
    "what_a_test_leaks",
    "where_or_whether",
]
